"""Decides what a message asks, from what was understood and what the conversation was about."""

from __future__ import annotations

from helpline.knowledge import Knowledge
from helpline.question import (
    DECLINED,
    OUT_OF_SCOPE,
    TOPICS,
    WITHOUT_SUBJECT,
    Clarification,
    Memory,
    Question,
    Understanding,
)

# The kinds of subject that a topic can be asked about, the one that it needs first.
ASKED_ABOUT: dict[str, tuple[str, ...]] = {
    "overview": ("drug", "class", "side_effect", "term"),
    "definition": ("term", "side_effect", "class", "drug"),
    "mechanism": ("drug", "class", "term"),
    "side_effects": ("drug", "class"),
    "serious_side_effects": ("drug", "class", "side_effect"),
    "side_effect_of_symptom": ("drug", "side_effect"),
    "management_of_side_effect": ("side_effect",),
    "indication": ("drug", "class"),
    "administration": ("drug", "class"),
    "duration_schedule": ("drug",),
    "dosage": ("drug",),
    "biomarker_test": ("drug", "term"),
    "monitoring": ("drug", "term"),
    "pregnancy_fertility_breastfeeding": ("drug",),
    "interaction_food_drug_alcohol": ("drug",),
    "combination": ("drug",),
    "comparison": ("drug",),
    "efficacy_survival": ("drug",),
    "brand_generic_biosimilar": ("drug",),
    "class_members": ("class",),
    "drugs_for_subtype": ("term",),
    "drugs_with_side_effect": ("side_effect",),
    "stop_or_change_treatment": ("drug",),
    "missed_dose": ("drug",),
}
# Asked of a drug even where only a side effect or a term is named.
_FOR_A_DRUG = ("side_effect_of_symptom", "monitoring", "biomarker_test")
# What a bare name asks, and what a topic becomes when it is asked of another kind of subject.
_BARE = {"drug": "overview", "class": "overview", "side_effect": "definition", "term": "definition"}
_SMALL_TALK = ("greet", "goodbye", "thank", "bot_challenge", "deny", "chitchat")


def interpret(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return the question that a message asks, or what must be asked back first."""
    if heard.alarm or heard.topic == "emergency_red_flag":
        # The classifier alone, with no sign that the safety layer knows, is an urgent matter for the cancer team.
        return Question("emergency_red_flag", language=memory.language, alarm=heard.alarm or "call_now")
    if heard.act in _SMALL_TALK:
        return Question("small_talk", named=heard.act or "", language=memory.language)
    outside = _outside(heard, memory, knowledge)
    if outside:
        return outside
    if heard.act == "affirm" and not memory.topic:
        return Question("small_talk", named="affirm", language=memory.language)
    if heard.act in ("more", "affirm"):
        return _more(memory)
    topic = heard.topic
    subjects = _named_subjects(heard, knowledge)
    if topic in OUT_OF_SCOPE and heard.named("drug"):
        topic = None  # the classifier says "not ours" of a drug of ours: the names decide what is in scope
    if topic in WITHOUT_SUBJECT:
        return _question(topic, subjects, memory)
    if heard.act == "inform_subject" or topic is None:
        return _bare(subjects, heard, memory, knowledge)
    return _complete(topic, subjects, memory, knowledge)


def _named_subjects(heard: Understanding, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ids named, without those that are only the parts of a product named beside them.

    "Pertuzumab and trastuzumab (Phesgo)" is Phesgo, unless two are compared.
    """
    named = tuple(i for i in dict.fromkeys(m.id for m in heard.mentions) if i in knowledge.subjects)
    if heard.topic == "comparison":
        return named
    parts = {part for i in named for part in knowledge.parts(i) if set(knowledge.parts(i)) <= set(named)}
    return tuple(i for i in named if i not in parts)


def _outside(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | None:
    """Return the refusal where a medicine or cancer that we do not cover is asked about, and none of our drugs."""
    others = [m for m in heard.mentions if m.kind in ("other_medicine", "other_cancer")]
    if not others or heard.topic in ("emotional_support", "talk_to_human"):
        return None
    first = next((m for m in others if m.kind == "other_cancer"), others[0])
    if first.kind == "other_medicine":
        beside_ours = heard.topic in ("interaction_food_drug_alcohol", "combination", "comparison")
        if heard.named("drug") or (beside_ours and memory.subjects):
            return None
        if first.id in knowledge.subjects and heard.topic in ("definition", "overview"):
            return _question("definition", (first.id,), memory)
    topic = "out_of_scope_other_drug" if first.kind == "other_medicine" else "out_of_scope_other_cancer"
    return _question(topic, (), memory, named=first.text)


def _more(memory: Memory) -> Question | Clarification:
    if memory.topic not in TOPICS or memory.topic in (*DECLINED, *WITHOUT_SUBJECT):
        return Clarification("ask_what", language=memory.language)
    return _question(memory.topic, memory.subjects, memory, page=memory.page + 1)


def _bare(
    subjects: tuple[str, ...], heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Read a bare name as the topic that waits for it or was last asked, else as what the name is."""
    if not subjects:
        return Clarification("ask_what", topics=heard.alternatives, subjects=memory.subjects, language=memory.language)
    kind = knowledge.subjects[subjects[0]].kind
    if memory.pending and kind in ASKED_ABOUT[memory.pending]:
        waiting = tuple(i for i in memory.subjects if i not in subjects)
        return _complete(memory.pending, (*subjects, *waiting), memory, knowledge)
    if heard.act == "inform_subject" and memory.topic in ASKED_ABOUT and kind in ASKED_ABOUT[memory.topic]:
        return _complete(memory.topic, subjects, memory, knowledge)  # "and Piqray?"
    return _question(_BARE[kind], subjects, memory)


def _complete(topic: str, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Fill in from the conversation what the message leaves out; ask where that is not enough."""
    kinds = ASKED_ABOUT[topic]
    of_kinds = {k: tuple(i for i in subjects if knowledge.subjects[i].kind == k) for k in _BARE}
    fitting = tuple(i for i in subjects if knowledge.subjects[i].kind in kinds)
    remembered = tuple(i for i in memory.subjects if i in knowledge.subjects and knowledge.subjects[i].kind in kinds)
    if topic in ("side_effects", "serious_side_effects") and of_kinds["drug"] and of_kinds["side_effect"]:
        topic, kinds = "side_effect_of_symptom", ASKED_ABOUT["side_effect_of_symptom"]  # one effect is named: that one
        fitting = subjects
    if "boxed-warning" in subjects and (of_kinds["drug"] or remembered):  # "does it have a boxed warning"
        return _question("serious_side_effects", (*(of_kinds["drug"] or remembered), "boxed-warning"), memory)
    if topic in DECLINED:
        drugs = of_kinds["drug"] or remembered
        return _question(topic, (*drugs, *(i for i in subjects if i not in drugs)), memory)
    if topic == "comparison":
        return _comparison(of_kinds["drug"], remembered, memory)
    asks_which = topic in ("class_members", "drugs_for_subtype", "drugs_with_side_effect")
    if asks_which and not of_kinds["drug"] and not (topic == "drugs_with_side_effect" and of_kinds["side_effect"]):
        # "which drugs are X": what X is decides how they are found, whichever of these the classifier said.
        if of_kinds["class"]:
            return _question("class_members", of_kinds["class"], memory)
        if of_kinds["term"]:
            return _question("drugs_for_subtype", of_kinds["term"], memory)
    if topic in _FOR_A_DRUG and not of_kinds["drug"] and not of_kinds["class"]:
        # "does it cause diarrhea", "do I need an echo": the drug is the one that we talk about.
        fitting = (*(i for i in remembered if knowledge.subjects[i].kind == "drug"), *fitting)
    if not fitting and not of_kinds["drug"] and not of_kinds["class"]:
        fitting = remembered
    if fitting:
        return _question(topic, (*fitting, *(i for i in subjects if i not in fitting)), memory)
    if topic == "pregnancy_fertility_breastfeeding":  # our sources warn of it for all of these drugs
        return _question(topic, ("pregnancy-harm",), memory)
    if of_kinds["drug"] or of_kinds["class"]:  # "which drugs are in Kisqali": say what it is
        return _question("overview", subjects, memory)
    if topic == "efficacy_survival":  # "how long do I have": no name of a drug would answer that
        return _question(topic, (), memory)
    return Clarification(f"ask_which_{kinds[0]}", pending=topic, language=memory.language)


def _comparison(drugs: tuple[str, ...], remembered: tuple[str, ...], memory: Memory) -> Question | Clarification:
    pair = tuple(dict.fromkeys((*drugs, *(remembered if len(drugs) < 2 else ()))))
    if len(pair) < 2:
        return Clarification("ask_which_two", pending="comparison", subjects=pair, language=memory.language)
    return _question("comparison", pair[:2], memory)


def _question(topic: str, subjects: tuple[str, ...], memory: Memory, named: str = "", page: int = 0) -> Question:
    return Question(topic, subjects, memory.language, memory.audience, page, named)
