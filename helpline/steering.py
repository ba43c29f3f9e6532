"""Steers a question by its aspects: what a few plain words of a message decide more surely than its topic does.

It works on what `helpline.conversation` made of a message, and before the answer is composed. An emergency is never
steered.
"""

from __future__ import annotations

import dataclasses

from helpline.aspects import ROUTES, TOGETHER
from helpline.knowledge import Knowledge
from helpline.question import DECLINED, LISTS, MOST_DRUGS, Clarification, Memory, Question, Understanding
from helpline.references import drugs_of

_INTERACTION = "interaction_food_drug_alcohol"
_PREGNANCY = "pregnancy_fertility_breastfeeding"
# Their answers are pages of telephone lines.
_CONTACTS = ("emotional_support", "talk_to_human", "cost_access")
_SAYS_MORE = ("more", "affirm", "simplify", "name_sources")
_KEPT = ("emotional_support", "small_talk", "out_of_scope_other_drug", "out_of_scope_other_cancer")
_CALLS_FROM = ("serious_side_effects", "side_effects", "talk_to_human", "monitoring", "overview")
_CHEMO_FROM = ("definition", "overview", "mechanism", "class_members", "administration", "comparison")
# Reading results and second opinions have no topic of their own: these are what the classifier takes them for.
_JUDGED_FROM = (
    "stop_or_change_treatment",
    "talk_to_human",
    "definition",
    "monitoring",
    "biomarker_test",
    "overview",
    "efficacy_survival",
    "cost_access",
    "out_of_scope_nonmedical",
    "small_talk",
)
# A vaccine has the name of an illness, which the classifier takes for a side effect; relapse, for much else.
_VACCINE_FROM = ("side_effect_of_symptom", "side_effects", "management_of_side_effect", "administration", "indication")
_PROGNOSIS_FROM = ("out_of_scope_nonmedical", "pregnancy_fertility_breastfeeding", "overview")
# A decision that is asked for in the same breath as something that we could tell.
_DECIDED_FROM = (
    "monitoring",
    "side_effect_of_symptom",
    "side_effects",
    "serious_side_effects",
    "administration",
    "duration_schedule",
    "indication",
    "overview",
    "brand_generic_biosimilar",
)
# Whether somebody may take two medicines together is asked in words that the classifier takes for "what goes with it",
# and of several medicines at once for much else.
_TOGETHER_FROM = ("combination", "management_of_side_effect", "indication", "overview", None)
# Medicines that may be a part of the same treatment, with the terms by which our sources name them as partners. Those
# against side effects may be as well; all others are no partners, so that only the decline fits.
_PARTNERS = {
    "hormone-drugs": ("hormone-therapy", "aromatase-inhibitor"),
    "chemotherapy-drugs": ("chemotherapy",),
    "immunotherapy-drugs": (),
    "other-targeted-drugs": (),
    "supportive-medicines": (),
}
_MEDICINES = ("hormone-therapy", "aromatase-inhibitor", "fulvestrant", "chemotherapy", "immunotherapy")
_BESIDE = ("alcohol", "vaccine", "supplement", "food")
_BESIDE_FROM = ("management_of_side_effect", "administration", "stop_or_change_treatment", "side_effects", None)
_CHOSEN_FROM = ("combination", "overview", "indication", "definition", None)
_SAFE_FROM = (
    "overview",
    "indication",
    "definition",
    "side_effects",
    "serious_side_effects",
    "stop_or_change_treatment",
)


# Whether an effect passes is asked in words that the classifier takes for much else.
_PASSES_FROM = (
    *("side_effects", "efficacy_survival", "indication", "overview", "mechanism", "stop_or_change_treatment"),
    *("out_of_scope_nonmedical", "out_of_scope_other_drug", "out_of_scope_other_cancer", "monitoring", None),
)
_COMPARED_FROM = (
    *("side_effects", "serious_side_effects", "administration", "duration_schedule", "monitoring", "mechanism"),
    *("indication", "brand_generic_biosimilar", "overview", "definition", None),
)
_SAME_FROM = ("brand_generic_biosimilar", "overview", "definition", "mechanism", "comparison", None)
_OF_EFFECTS = ("side_effects", "serious_side_effects", "side_effect_of_symptom", "management_of_side_effect")
_SIMILAR_FROM = ("class_members", "overview", "definition", "comparison", "drugs_for_subtype", None)
_FEW_WORDS = 6
# In a longer message such words are told more often than asked: "they said that it is chemo on an antibody, how ...".
_ONE_QUESTION = 16
_LIKELY_DECLINED = 0.4  # how likely what is not ours to say must be, to be declined and not asked back


def steer(
    asked: Question | Clarification, heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Return the question with its aspects, or the one that its aspects say is meant."""
    if isinstance(asked, Question) and (asked.alarm or _is_small_talk(asked.topic, heard)):
        return asked
    if isinstance(asked, Clarification) and _must_be_known(asked):
        return asked
    if heard.act in _SAYS_MORE:
        return _continued(asked, heard, memory)
    if "supplements" in heard.named("other_medicine"):  # known by its name: "milk thistle" is no food
        heard = dataclasses.replace(heard, aspects=tuple(dict.fromkeys((*heard.aspects, "supplement"))))
    meant = _meant(asked, heard, memory, knowledge)
    if not isinstance(meant, Question):
        return meant
    return dataclasses.replace(meant, aspects=(*heard.aspects, *meant.aspects))


def _must_be_known(asked: Clarification) -> bool:
    """Return whether it is asked which drug is meant: nothing else in the words can say that."""
    is_of_drug = bool(asked.choices) and asked.ask != "ask_which_side_effect"
    return is_of_drug or asked.confirms or asked.ask == "ask_known_drug"


def _is_small_talk(topic: str | None, heard: Understanding) -> bool:
    """Return whether a topic is small talk, and nobody asks whether their doctor is wrong."""
    return topic == "small_talk" and "second_opinion" not in heard.aspects


def _continued(asked: Question | Clarification, heard: Understanding, memory: Memory) -> Question | Clarification:
    """Return the next page of the last answer, of the same aspects; telephone lines have pages too."""
    if isinstance(asked, Question):
        return dataclasses.replace(asked, aspects=memory.aspects) if asked.topic == memory.topic else asked
    if heard.act == "more" and memory.topic in _CONTACTS:
        return Question(
            memory.topic, (), memory.language, memory.audience, page=memory.page + 1, aspects=memory.aspects
        )
    return asked


def _meant(
    asked: Question | Clarification, heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    aspects = set(heard.aspects)
    topic = asked.topic if isinstance(asked, Question) else asked.pending
    if topic in _KEPT and (topic != "small_talk" or _is_small_talk(topic, heard)):
        return _all_conditions(asked, heard, memory, knowledge)
    named = _named_itself(asked, heard, knowledge)
    spoken_of = asked.subjects if isinstance(asked, Question) else memory.subjects
    drugs = named or drugs_of(spoken_of, knowledge) or drugs_of(memory.subjects, knowledge)

    def ask(steered: str, *subjects: str) -> Question:
        then = asked.then if isinstance(asked, Question) else ()
        return Question(steered, subjects, memory.language, memory.audience, then=then)

    partners = _partners(heard, topic, named, drugs, knowledge)
    if partners is not None:
        together = ask(_INTERACTION, *drugs, *(i for i in partners if i not in drugs))
        return (
            together
            if aspects & {"vaccine", "alcohol", "supplement"}
            else dataclasses.replace(together, aspects=(TOGETHER,))
        )
    if not aspects:
        return _all_conditions(asked, heard, memory, knowledge)
    if "report" in aspects:
        return ask("talk_to_human")
    if "harms_unborn" in aspects and not named and "breastfeeding" not in aspects:
        return _all_conditions(ask("drugs_with_side_effect", "pregnancy-harm"), heard, memory, knowledge)
    effects = _effects_in_mind(heard, memory, knowledge)
    judged = aspects & {"second_opinion", "results"} and topic in (*_JUDGED_FROM, None)
    if judged or ("safe_for_me" in aspects and topic in (*_SAFE_FROM, None)):
        return ask("stop_or_change_treatment", *drugs)
    also_asked = isinstance(asked, Question) and asked.then
    if "best" in aspects and heard.named("other_medicine") and drugs and topic in _CHOSEN_FROM:
        return ask("stop_or_change_treatment", *drugs)  # "Kisqali or letrozole alone, tell me which"
    leave = {"decide"} if topic == "administration" else {"allowed", "decide"}  # "do I take it with a meal" asks how
    is_asked_leave = bool(aspects & leave)
    is_beside = bool(aspects & set(_BESIDE)) and not also_asked  # of two questions, each is answered
    if is_asked_leave and drugs and is_beside and not effects and topic in _BESIDE_FROM:
        return ask(_INTERACTION, *drugs)
    if "decide" in aspects and drugs and not also_asked and topic in (*_DECIDED_FROM, None):
        return ask("stop_or_change_treatment", *drugs)
    is_of_effects = bool(effects) or memory.topic in _OF_EFFECTS
    # "how long does it last" is asked of the drug, but for who was just told about an effect and names nothing else.
    is_of_last = bool(effects) and memory.topic in _OF_EFFECTS and not heard.mentions
    if (
        aspects & {"goes_away", "lasts"}
        and (is_of_last or "how_long" not in aspects)
        and drugs
        and is_of_effects
        and topic in (*_PASSES_FROM, "duration_schedule" if is_of_last else None)
    ):
        return ask("serious_side_effects", *drugs, *effects)
    if "vaccine" in aspects and topic in _VACCINE_FROM and drugs:
        return ask(_INTERACTION, *drugs)
    if "prognosis" in aspects and topic in _PROGNOSIS_FROM and "fertility" not in aspects:
        return ask("efficacy_survival", *drugs)
    if "breastfeeding" in aspects and topic != _PREGNANCY:
        return ask(_PREGNANCY, *(drugs or ("pregnancy-harm",)))
    if "is_chemo" in aspects and drugs and topic in (*_CHEMO_FROM, None) and heard.refers.words <= _ONE_QUESTION:
        return ask("overview", *drugs)
    if "when_to_call" in aspects and drugs and topic in (*_CALLS_FROM, None):
        effects = tuple(i for i in heard.named("side_effect") if i in knowledge.subjects)
        return ask("serious_side_effects", *drugs, *effects)
    holds = drugs_of(memory.subjects, knowledge)
    if len(named) > 1 and aspects & {"compares", "the_same", "best"} and topic in _COMPARED_FROM:
        return ask("comparison", *named)
    if "the_same" in aspects and len(named) == 1 and holds and (topic in _SAME_FROM or heard.refers.same):
        if named[0] in holds:  # another brand of it
            return ask("brand_generic_biosimilar", *named)
        return ask("comparison", *holds[: MOST_DRUGS - 1], *named)  # "is Lynparza the same?"
    if "the_same" in aspects and not named and len(drugs) > 1 and topic in _SAME_FROM:
        return ask("comparison", *drugs)  # "are both of them the same kind"
    if "contains" in aspects and len(named) == len(holds) == 1 and heard.refers.words <= _FEW_WORDS:
        return ask("overview", *holds)  # "does it contain Perjeta?"
    own_class = knowledge.subjects[drugs[0]].class_id if drugs else None
    is_alike = "similar" in aspects or ("family" in aspects and heard.topic == "class_members")
    if is_alike and own_class and topic in _SIMILAR_FROM and len(named) < 2:
        return ask("class_members", own_class)  # "other drugs like Ibrance"
    if "in_common" in aspects and len(named) > 1:
        return ask("comparison", *named)
    if isinstance(asked, Clarification):
        steered = _of_unclear(asked, heard, bool(drugs))
        if steered in LISTS:
            return _all_conditions(ask(steered), heard, memory, knowledge)
        return ask(steered, *drugs) if steered else asked
    return _all_conditions(asked, heard, memory, knowledge)


def _named_itself(asked: Question | Clarification, heard: Understanding, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the drugs named, but for one that the drug asked about goes with: "does it go together with Herceptin"."""
    named = tuple(i for i in heard.named("drug") if i in knowledge.subjects)
    partners = {m.id for m in heard.mentions if m.is_partner}
    about = set(drugs_of(asked.subjects, knowledge)) if isinstance(asked, Question) else set()
    return tuple(i for i in named if i not in partners) if about - set(named) else named


def _partners(
    heard: Understanding, topic: str | None, named: tuple[str, ...], drugs: tuple[str, ...], knowledge: Knowledge
) -> tuple[str, ...] | None:
    """Return the partners that our sources may name, where somebody asks whether they may take medicines together.

    "Is Ibrance given with letrozole?" asks for a fact and "can I take them together" for leave: that is None for the
    first, and for all that is not about medicines. With a medicine that is no part of the treatment ("Ibrance and
    simvastatin") only leave can be meant.
    """
    others = {m.id for m in heard.mentions if m.kind == "other_medicine" and not m.is_past}
    terms = {i for i in heard.named("term") if i in _MEDICINES}
    helps = topic == "management_of_side_effect" and bool(heard.named("side_effect"))
    asks_leave = "allowed" in heard.aspects and (topic == "combination" or bool(others or (terms and topic is None)))
    is_no_partner = bool(others - set(_PARTNERS) - set(knowledge.subjects))
    if not drugs or helps or topic not in _TOGETHER_FROM:
        return None
    if not asks_leave and not (is_no_partner and topic == "combination"):
        return None
    if is_no_partner:
        return ()
    meant = {i for group in others for i in _PARTNERS.get(group, (group,))} | terms | set(heard.named("drug"))
    told = (i for d in drugs for s in knowledge.subjects[d].statements("combination") for i in s.about)
    return tuple(i for i in dict.fromkeys(told) if i in meant)


def _effects_in_mind(heard: Understanding, memory: Memory, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the side effects named, else those that the last answer was about."""
    return tuple(
        i
        for i in heard.named("side_effect") or memory.subjects
        if i in knowledge.subjects and knowledge.subjects[i].kind == "side_effect"
    )


def _of_unclear(asked: Clarification, heard: Understanding, has_drug: bool) -> str | None:
    """Return the topic where something would be asked back, but the aspects say enough."""
    aspects = set(heard.aspects)
    if "prognosis" in aspects:
        return "efficacy_survival"
    if "best" in aspects and asked.pending in ("comparison", *LISTS, None):
        return "comparison"
    if aspects & set(ROUTES) and (asked.pending in LISTS or ("which_drugs" in aspects and not has_drug)):
        return asked.pending if asked.pending in LISTS else "drugs_for_subtype"
    if has_drug and asked.pending is None and aspects & {"alcohol", "vaccine", "supplement"}:
        return _INTERACTION
    likeliest = next((t for t, chance in zip(asked.topics, heard.chances) if chance >= _LIKELY_DECLINED), None)
    if has_drug and asked.pending is None and likeliest in DECLINED and aspects & {"allowed", "decide"}:
        return likeliest  # a yes or a no is asked for, and what is likeliest is not ours to say
    return None


def _all_conditions(
    asked: Question | Clarification, heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Give a question for drugs every condition that was named, and what "them" stands for."""
    if isinstance(asked, Clarification) or asked.topic not in LISTS:
        return asked
    named = [i for i in heard.named("drug_class", "side_effect", "term") if i in knowledge.subjects]
    if "of_them" in heard.aspects and not asked.among:
        named = [*memory.subjects, *named]
    return dataclasses.replace(asked, subjects=tuple(dict.fromkeys((*asked.subjects, *named))))
