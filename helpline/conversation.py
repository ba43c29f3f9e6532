"""Decides what a message asks, from what was understood and what the conversation was about."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from helpline import references
from helpline.knowledge import Knowledge, Subject, look_alikes
from helpline.question import (
    DECLINED,
    ENTITY_OF_KIND,
    LISTS,
    MOST_DRUGS,
    OUT_OF_SCOPE,
    TOPICS,
    WITHOUT_SUBJECT,
    Clarification,
    Memory,
    Mention,
    Question,
    Reference,
    Understanding,
)
from helpline.safety import placed

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
_FOR_A_DRUG = (
    "side_effect_of_symptom",
    "serious_side_effects",
    "management_of_side_effect",
    "monitoring",
    "biomarker_test",
)
# Told apart by what they name: without such a name, and in a conversation about a drug of ours, they are a guess.
_NAMED_OUTSIDE = ("out_of_scope_other_drug", "out_of_scope_other_cancer")
# Terms that are kinds of medicine: "which drugs are X" asks for the members of a kind.
MEDICINES = ("antibody-drug-conjugate", "kinase-inhibitor", "monoclonal-antibody", "biosimilar")
# Asked of a medicine beside one of ours.
_BESIDE_OURS = ("interaction_food_drug_alcohol", "combination", "comparison")
# Their answers name something that "which one" asks for.
_ASKED_WHICH = ("biomarker_test", "monitoring", "combination")
# Terms that are ways of giving.
_ROUTES = ("pill", "iv", "subcutaneous")
# What one drug of a list asks, picked with no other word.
_PICKED = {
    "drugs_with_side_effect": "side_effect_of_symptom",
    "class_members": "overview",
    "drugs_for_subtype": "indication",
}
# What somebody had before is asked about too.
# Asked of two medicines: neither is only what the other goes with.
_OF_TWO = ("interaction_food_drug_alcohol", "comparison", "brand_generic_biosimilar", "stop_or_change_treatment")
_OF_EARLIER_TOO = ("combination", "interaction_food_drug_alcohol", "stop_or_change_treatment")
# What a bare name asks, and what a topic becomes when it is asked of another kind of subject.
_BARE = {"drug": "overview", "class": "overview", "side_effect": "definition", "term": "definition"}
# What a side effect or a term that follows on an answer about a drug asks of that drug ("and hair loss?").
_NEXT_OF_DRUG = {
    "side_effects": {"side_effect": "side_effect_of_symptom"},
    "serious_side_effects": {"side_effect": "side_effect_of_symptom"},
    "side_effect_of_symptom": {"side_effect": "side_effect_of_symptom"},
    "management_of_side_effect": {"side_effect": "management_of_side_effect"},
    "monitoring": {"side_effect": "monitoring", "term": "monitoring"},
    "biomarker_test": {"term": "biomarker_test"},
    "indication": {"term": "indication"},
    "administration": {"term": "administration"},
}
_SMALL_TALK = ("greet", "goodbye", "thank", "bot_challenge", "deny", "chitchat", "inform_audience")
# Taking an alarm back, in the turn after it.
_TAKES_BACK = ("retract_alarm", "deny", "chitchat")
_NO_LONGER_CALM = ("crisis", "danger")
_FEW_WORDS = 5
_FEW_BESIDE_NAMES = 2  # "and what about Piqray" and the like, where the classifier was not sure
_LONG_STORY = 40
_STORY_WORDS = 8  # beside the names: more than a search, so that what is told counts
# How sure the one question in a message must be to speak for all of it.
_SURE_OF_ALL = 0.7
_SURE_OF_PART = 0.9
_SURE_OF_PART_IN_DOUBT = 0.75
_SURE_OF_PART_LIKELY_OF_ALL = 0.5
# In a conversation: how likely a topic must be among those that are ours, and for the message alone.
_LIKELY_OF_OURS = 0.5
_LIKELY_ALONE = 0.2
_TIMES_THE_NEXT = 1.6
_LIKELY_OF_EFFECT = 0.1  # of a message that names an effect or a part of the body
# What goes with what: somebody who goes on is likelier to ask of these than of anything else.
_GO_TOGETHER = (
    ("side_effects", "serious_side_effects", "side_effect_of_symptom", "management_of_side_effect", "monitoring"),
    ("administration", "duration_schedule", "dosage", "missed_dose"),
    ("indication", "biomarker_test", "drugs_for_subtype", "efficacy_survival"),
    ("overview", "mechanism", "indication", "administration"),
    ("missed_dose", "stop_or_change_treatment"),
)
_TIMES_THE_SAME, _TIMES_TOGETHER = 2.0, 1.5
_OF_A_PAIR = {"side_effect_of_symptom", "serious_side_effects"}  # of a drug and an effect they say nearly the same
_LIKELY_TOGETHER = 0.7
# What somebody who tells of a side effect, and asks nothing, is taken to ask: the first of any length, then of a story.
_TOLD_FROM = (None, "overview", "definition", "side_effects")
_TOLD_IN_STORY = (*_TOLD_FROM, "monitoring", "administration", "duration_schedule", "indication", "efficacy_survival")
# The effect that a part of the body stands for, in a question about side effects that names none.
_OF_ORGAN = {
    "heart": "heart-damage",
    "lungs": "ild",
    "liver": "liver-problems",
    "kidneys": "kidney-problems",
    "eyes": "eye-problems",
    "hair": "hair-loss",
    "nerves": "neuropathy",
    "skin": "rash",
    "mouth": "mouth-sores",
    "platelets": "low-platelets",
    "sugar": "high-blood-sugar",
}
# What somebody is taken to ask who only tells what is taken.
_OF_TOLD_DRUG = ("side_effect_of_symptom", "side_effects", "duration_schedule", "missed_dose", "administration", None)
# What "what are they" is taken for alone.
_LISTED_OR_TOLD = ("class_members", "definition", "overview", "brand_generic_biosimilar")
_OF_EFFECTS = ("side_effects", "serious_side_effects", "side_effect_of_symptom", "management_of_side_effect")
# Medicines for cancer: alone, the name of one asks about it, and not whether it goes with ours.
_FOR_CANCER = ("hormone-drugs", "chemotherapy-drugs", "immunotherapy-drugs", "other-targeted-drugs")
_LIKELY_BESIDE = 0.1
# Cancers that a drug of ours may bring about.
_SECOND_CANCER = {"leukemia": "mds-aml"}
# Medicines that we say what they are, and nothing more.
_ONLY_DEFINED = ("chemotherapy", "hormone-therapy", "immunotherapy", "aromatase-inhibitor", "fulvestrant")
_OF_A_MEDICINE = (*_OF_EFFECTS, "administration", "duration_schedule", "dosage", "indication", "efficacy_survival")
# Ways to check: asked how often they are done, they are a matter of check-ups.
_CHECKS = (
    *("complete-blood-count", "ecg", "echocardiogram", "muga-scan", "liver-function-tests", "blood-sugar-test", "a1c"),
    "lvef",
)


def interpret(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return the question that a message asks, or what must be asked back first."""
    heard = _completed(heard, memory, knowledge)
    heard = _present(_goes_with(_asking_part(heard), memory), memory, knowledge)
    if heard.refers.drug_like and not heard.alarm and not heard.mentions and heard.topic in ASKED_ABOUT:
        return Clarification("ask_known_drug", pending=heard.topic, language=memory.language)  # not the drug in mind
    if len(heard.asked) < 2 or heard.alarm:
        one = _asked_once(_one(heard, memory, knowledge), heard, memory, knowledge)
        return _limited(one, heard, memory, knowledge)
    heard = _surest_first(heard)
    found: list[Question] = []
    before: tuple[Mention, ...] = ()
    for at, part in enumerate(heard.asked, start=1):
        # A part that names nothing is about what the part before it named.
        mentions = part.mentions or (before if part.topic in LISTS else ())  # "and which drugs are for it"
        before = mentions
        alone = dataclasses.replace(heard, topic=part.topic, act=None, mentions=mentions, asked=())
        said = dataclasses.replace(memory, subjects=found[-1].subjects or memory.subjects) if found else memory
        one = _limited(_one(alone, said, knowledge), heard, memory, knowledge)
        if isinstance(one, Clarification):
            if not found:
                return dataclasses.replace(one, waiting=tuple(later.topic for later in heard.asked[at:]))
            one = _question(part.topic, one.subjects, memory)  # asked back when it is taken up
        if (one.topic, one.subjects) not in [(q.topic, q.subjects) for q in found]:
            found.append(one)
    return dataclasses.replace(found[0], then=(*found[1:], *found[0].then))


def _completed(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Understanding:
    """Read the beginning of a name as that name, where one was asked for; where it begins several, as one of those."""
    if heard.alarm or heard.mentions or not memory.pending or memory.offered:
        return heard
    kind = ASKED_ABOUT[memory.pending][0]
    ids = [i for i in heard.begun if knowledge.subjects[i].kind == kind]
    if not ids or (len(ids) > 1 and kind != "drug"):
        return heard
    named = Mention(ENTITY_OF_KIND[kind], " ".join(ids))
    return Understanding(None, "inform_subject", (named,), refers=Reference(words=1), audience=heard.audience)


def _surest_first(heard: Understanding) -> Understanding:
    """Begin with the question of a story that the whole of it asks: the others may only be wondered aloud."""
    whole = heard.topic if heard.chances and heard.chances[0] >= _SURE_OF_ALL else None
    if heard.refers.words < _LONG_STORY or whole not in {a.topic for a in heard.asked}:
        return heard
    return dataclasses.replace(heard, asked=tuple(sorted(heard.asked, key=lambda a: a.topic != whole)))


def _asking_part(heard: Understanding) -> Understanding:
    """Give a message that tells much the topic of the one question in it, where the whole is less sure than that."""
    part = heard.part
    whole = heard.chances[0] if heard.chances and heard.topic not in (None, *OUT_OF_SCOPE) else 0.0
    if part is None or heard.alarm or heard.act or part.topic == heard.topic:
        return heard
    if heard.topic == "out_of_scope_other_cancer" and heard.named("other_cancer"):
        return heard  # "my dad has lung cancer, is Enhertu for that"
    if heard.refers.corrects and part.chance >= _SURE_OF_PART_IN_DOUBT:  # "not the side effects, how does it work"
        return dataclasses.replace(heard, topic=part.topic)
    needed = _SURE_OF_PART if whole else _SURE_OF_PART_IN_DOUBT
    if not whole and part.topic in heard.alternatives[:2]:
        needed = _SURE_OF_PART_LIKELY_OF_ALL
    if whole >= _SURE_OF_ALL or part.chance < needed:
        return heard
    return dataclasses.replace(heard, topic=part.topic, mentions=part.mentions or heard.mentions)


def _goes_with(heard: Understanding, memory: Memory) -> Understanding:
    """Read "does it go with Herceptin", where that is likely, as what the drug that we talk about is given with."""
    asks = any(m.is_partner for m in heard.mentions) and heard.refers.it and heard.topic is None and not heard.act
    is_likely = heard.alternatives[:1] == ("combination",) and heard.chances[0] >= _LIKELY_ALONE
    return dataclasses.replace(heard, topic="combination") if asks and is_likely and memory.subjects else heard


def _present(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Understanding:
    """Leave out the drugs that somebody had before, where one is named, or spoken of, that is asked about now.

    So are those with which the drug that we talk about is given, where that is asked.
    """
    if set(heard.aspects) & {"compares", "the_same"}:
        return heard
    spoken_of = bool(references.drugs_of(memory.subjects, knowledge))

    def present(topic: str | None, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
        if spoken_of and (topic == "combination" or (heard.refers.it and topic not in _OF_TWO)):
            # "is it always given with Ibrance", and we talk about another
            mentions = tuple(m for m in mentions if not m.is_partner)
        left = tuple(m for m in mentions if not m.is_past)
        is_named = any(m.kind == "drug" for m in left)
        if topic == "comparison" or (is_named and topic in _OF_EARLIER_TOO):
            return mentions
        return left if is_named or spoken_of else mentions

    asked = tuple(dataclasses.replace(a, mentions=present(a.topic, a.mentions)) for a in heard.asked)
    return dataclasses.replace(heard, mentions=present(heard.topic, heard.mentions), asked=asked)


def _one(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return what one message, or one part of it, asks."""
    subjects = _named_subjects(heard, knowledge)
    if heard.act == "retract_alarm" and not memory.alarm:
        heard = dataclasses.replace(heard, act=None)  # there is nothing to take back
    is_organ = heard.refers.organs and heard.refers.words <= _FEW_BESIDE_NAMES + 1
    if is_organ and heard.act in _SMALL_TALK and references.drugs_of(memory.subjects, knowledge):
        heard = dataclasses.replace(heard, act="inform_subject")  # "mouth"
    heard = _of_ours(heard, memory, knowledge)
    if heard.topic == "emergency_red_flag" and not heard.alarm:
        # The classifier alone, with no sign that the safety layer knows: ask, and say where help is.
        return Clarification("ask_urgent", subjects=subjects, language=memory.language)
    if heard.alarm:
        alarm = placed(heard.alarm, memory.abroad)
        return Question("emergency_red_flag", subjects, memory.language, alarm=alarm)
    if memory.alarm and heard.refers.called and not subjects:  # "they are seeing me in an hour"
        return Question("small_talk", language=memory.language, named="called")
    if memory.alarm and heard.act in _TAKES_BACK and not subjects:
        return _calm_again(memory, knowledge)
    unsure = next((m for m in heard.mentions if " " in m.id), None)
    fitting = tuple(i for i in unsure.id.split() if i in knowledge.subjects) if unsure else ()
    if fitting and not set(fitting) & set(subjects):  # a misspelling that fits two names
        return _which(heard.topic or memory.pending or memory.topic or "overview", fitting, memory)
    subjects = _with_organ(heard, subjects, memory, knowledge)
    pointed = () if references.drugs_of(subjects, knowledge) else references.resolve(heard.refers, memory, knowledge)
    if heard.topic in LISTS and memory.topic not in LISTS and not references.drugs_of(memory.subjects, knowledge):
        pointed = ()  # "name them", of a kind just spoken of
    if heard.act == "more" and heard.refers.others:
        pointed = ()  # "and the others", of a list that goes on
    if len(pointed) > 1 and references.means_one(heard.refers):
        return _which(heard.topic or memory.topic or "overview", pointed, memory)
    if heard.refers.route and not pointed and not subjects and heard.topic in ASKED_ABOUT:
        given = {knowledge.subjects[i].route for i in _drugs_in_mind(memory, knowledge, ())}
        if len(given) == 1 and heard.refers.points_by_route and heard.refers.route not in given:
            return _which(heard.topic, (), memory)  # "the one by drip", and we talk about a tablet
    act = heard.act
    if act == "more" and len(pointed) == 1 and heard.refers.place is not None:  # "tell me more about the second"
        return _question("overview", pointed, memory)
    if heard.refers.same and len(subjects) == 1 and memory.topic in ASKED_ABOUT and "the_same" not in heard.aspects:
        # "Lynparza same?" asks the same of another drug; "Tykerb same?", of the one that we talk about, its other name.
        is_other = subjects[0] not in memory.subjects
        act = "inform_subject" if is_other else None
        heard = dataclasses.replace(heard, topic=None if is_other else "brand_generic_biosimilar", act=act)
    if pointed or subjects:
        act = "inform_subject" if act in (*_SMALL_TALK, "affirm", "more") else act
    if not subjects and heard.topic in (None, "small_talk", "talk_to_human", "simplify", *OUT_OF_SCOPE):
        if heard.refers.complains:
            return _question("talk_to_human", (), memory, named="complaint")
        if heard.refers.again and memory.topic and not memory.pending:
            last = _question(memory.topic, memory.subjects, memory, page=memory.page)
            return dataclasses.replace(last, aspects=memory.aspects)
    if act in _SMALL_TALK or act in ("affirm", "retract_alarm"):
        return _talk(act, memory, knowledge)
    outside = _outside(heard, memory, knowledge)
    if outside:
        return outside
    heard = _going_on(heard, pointed, memory, knowledge)
    if act in ("more", "simplify", "explain_why", "name_sources"):
        return _about_last_answer(act, memory, knowledge)
    if pointed and heard.refers.route:  # "the pill" is the drug, not the word
        subjects = tuple(i for i in subjects if i not in _ROUTES)
    is_short = heard.refers.words <= _FEW_WORDS
    is_pick = heard.topic is None or (heard.topic == "comparison" and len(pointed) == 1 and is_short)
    if pointed and is_pick and not subjects:
        return _pointed(heard, pointed, memory, knowledge)
    spoken_of = tuple(dict.fromkeys((*subjects, *pointed)))
    return _topical(dataclasses.replace(heard, act=act), spoken_of, memory, knowledge)


def _going_on(heard: Understanding, pointed: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Understanding:
    """Give a few words that go on from the last answer the topic that they have there, and not alone."""
    kinds = {m.kind for m in heard.mentions}
    if heard.topic == "duration_schedule" and memory.topic == "monitoring" and heard.refers.repeats:
        return dataclasses.replace(heard, topic="monitoring")
    if (
        heard.topic in _LISTED_OR_TOLD
        and heard.refers.many
        and not heard.refers.content
        and memory.topic in _OF_EFFECTS
    ):
        return dataclasses.replace(heard, topic=memory.topic)  # "are there bad ones", "what are they"
    if heard.topic == "definition" and heard.refers.what_about and kinds == {"side_effect"} and memory.subjects:
        return dataclasses.replace(heard, topic="side_effect_of_symptom")
    is_short = _words_beside_names(heard) <= _FEW_BESIDE_NAMES and "which_drugs" not in heard.aspects
    holds = references.drugs_of(memory.subjects, knowledge)
    if heard.topic == "drugs_with_side_effect" and kinds == {"side_effect"} and is_short and holds and not pointed:
        return dataclasses.replace(heard, topic="side_effect_of_symptom")  # "liver problems?"
    if pointed and heard.topic is None and heard.refers.many and not heard.refers.both:
        return _told_apart(heard)
    of_effect = any(knowledge.subjects[i].kind == "side_effect" for i in memory.subjects)
    is_told = heard.refers.tells and heard.topic in ("side_effects", "serious_side_effects")
    if pointed and not kinds and of_effect and is_told:  # "I'm on the second one and it's bad", of an effect
        return dataclasses.replace(heard, topic="side_effect_of_symptom")
    return heard


def _told_apart(heard: Understanding) -> Understanding:
    """Give a message about "them" the topic that is likely, lists of drugs left out: "and how they are given"."""
    ours = [(t, chance) for t, chance in zip(heard.alternatives, heard.chances) if t not in LISTS]
    first, second = (*(chance for _, chance in ours), 0.0, 0.0)[:2]
    is_likely = first >= _LIKELY_ALONE and first >= _TIMES_THE_NEXT * second
    return dataclasses.replace(heard, topic=ours[0][0]) if is_likely else heard


def _of_ours(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Understanding:
    """Give a message of a conversation the topic that is likely among those that are ours, though unlikely alone.

    Whether a message is about something else is told apart by what it names: where it names nothing of the kind, and we
    talk about a drug, the classifier's doubt whether it is ours counts for nothing.
    """
    outside = heard.named("other_medicine", "other_cancer")
    unsure = heard.topic in OUT_OF_SCOPE or (heard.topic is None and heard.act is None)
    if not unsure or outside or not heard.chances or not (memory.subjects or heard.named("drug")):
        return heard
    heard = _in_context(heard, memory, knowledge)
    first, second = (*heard.chances, 0.0)[:2]
    if set(heard.alternatives[:2]) == _OF_A_PAIR and first + second >= _LIKELY_TOGETHER:
        if heard.refers.grave:  # "is it serious if I get a cough"
            return dataclasses.replace(heard, topic="serious_side_effects")
        # Where neither is likelier, a drug and an effect that are named ask whether the one brings the other.
        is_even = first < _TIMES_THE_NEXT * second and heard.named("drug") and heard.named("side_effect")
        return dataclasses.replace(heard, topic="side_effect_of_symptom" if is_even else heard.alternatives[0])
    of_effect = _of_effect(heard) if memory.subjects else None
    if of_effect:
        return dataclasses.replace(heard, topic=of_effect)
    of_ours = first / max(1.0 - heard.outside, first)
    if first < _LIKELY_ALONE or of_ours < _LIKELY_OF_OURS or first < _TIMES_THE_NEXT * second:
        return heard
    return dataclasses.replace(heard, topic=heard.alternatives[0])


def _in_context(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Understanding:
    """Weigh the likely topics by what was answered last: who goes on asks of the same, or of what is near."""
    near = {t for group in _GO_TOGETHER if memory.topic in group for t in group}
    if any(knowledge.subjects[i].kind == "side_effect" for i in memory.subjects):
        near |= set(_OF_EFFECTS)
    times = [
        _TIMES_THE_SAME if t == memory.topic else _TIMES_TOGETHER if t in near else 1.0 for t in heard.alternatives
    ]
    weighed = [chance * factor for chance, factor in zip(heard.chances, times)]
    total = sum(weighed) + max(1.0 - sum(heard.chances), 0.0)
    ranked = sorted(zip(heard.alternatives, weighed), key=lambda pair: -pair[1])
    return dataclasses.replace(
        heard,
        alternatives=tuple(t for t, _ in ranked),
        chances=tuple(w / total for _, w in ranked),
        outside=heard.outside / total,
    )


def _of_effect(heard: Understanding) -> str | None:
    """Return the likeliest topic about effects, where a message that was not understood names one."""
    if len(heard.refers.organs) != 1 and not heard.named("side_effect"):
        return None
    ranked = zip(heard.alternatives, heard.chances)
    return next((t for t, chance in ranked if t in _OF_EFFECTS and chance >= _LIKELY_OF_EFFECT), None)


def _with_organ(
    heard: Understanding, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge
) -> tuple[str, ...]:
    """Add the effect that a part of the body stands for: "and the lungs?", "is it hard on the heart"."""
    kinds = {knowledge.subjects[i].kind for i in subjects}
    is_short = _words_beside_names(heard) <= _FEW_BESIDE_NAMES + 1 and heard.topic in (None, *OUT_OF_SCOPE)
    follows = heard.act == "inform_subject" or (heard.act is None and is_short)  # "liver?"
    if len(heard.refers.organs) != 1 or kinds - {"drug"} or not (heard.topic in _OF_EFFECTS or follows):
        return subjects
    if not subjects and not references.drugs_of((*memory.subjects, *memory.recent), knowledge):
        return subjects
    return (*subjects, *(i for i in (_OF_ORGAN[heard.refers.organs[0]],) if i in knowledge.subjects))


def _pointed(
    heard: Understanding, drugs: tuple[str, ...], memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Return what "the second one" asks: what waits for it, what the list was about, or what was asked last."""
    topic = memory.pending or _PICKED.get(memory.topic or "")
    is_short = heard.refers.words <= _FEW_WORDS or heard.act == "inform_subject"
    if topic is None and is_short and memory.topic in ASKED_ABOUT:
        topic = "comparison" if heard.refers.both and memory.topic == "overview" else memory.topic
    if topic is None:
        return Clarification("ask_what", topics=heard.alternatives, subjects=drugs, language=memory.language)
    others = tuple(i for i in memory.subjects if not _is_drug(i, knowledge))
    return _complete(topic, (*drugs, *(others if topic in _FOR_A_DRUG else ())), memory, knowledge)


def _topical(
    heard: Understanding, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Return the question of a message that has a topic or a name."""
    topic = heard.topic
    place = heard.refers.place
    offered = [t for t in memory.offered if t in ASKED_ABOUT]
    if place is not None and not subjects and -len(offered) <= place < len(offered):
        return _complete(offered[place], (), memory, knowledge)
    if topic in OUT_OF_SCOPE and set(subjects) - set(_ROUTES):
        topic = None  # the classifier says "not ours" of a drug of ours: the names decide what is in scope
    if topic in _NAMED_OUTSIDE and memory.subjects:
        return _ask_about(memory.subjects, heard, memory, knowledge)  # nothing outside is named
    if topic == "cost_access" and not references.drugs_of(subjects, knowledge):
        subjects = (*subjects, *_drugs_in_mind(memory, knowledge, ()))
    if topic in WITHOUT_SUBJECT:
        return _question(topic, subjects, memory)
    weighed = _weighed(heard, subjects, memory, knowledge)
    if weighed:
        return weighed
    if heard.refers.narrows and memory.listing and topic != "comparison":
        narrowed = _narrowed(heard, memory, knowledge)
        if narrowed:
            return narrowed
    if topic == "drugs_with_side_effect" and references.drugs_of(subjects, knowledge) and not heard.named("drug"):
        topic = "side_effect_of_symptom"  # "can they cause diarrhea"
    if topic in LISTS and subjects and not heard.mentions:  # asks something else of the drugs pointed to
        others = tuple(t for t in heard.alternatives if t not in LISTS)
        return Clarification("ask_what", topics=others, subjects=subjects, language=memory.language)
    if topic == "biomarker_test" and "which_drugs" in heard.aspects and not heard.named("drug"):
        topic = "drugs_for_subtype"  # "drugs that need a PIK3CA test"
    if topic == "drugs_for_subtype" and len(heard.named("drug")) == 1 and "which_drugs" not in heard.aspects:
        topic = "indication"  # "is Kisqali for hormone receptor-positive cancer"
    which = _asked_which(heard, subjects, memory, knowledge)
    if which:
        return which
    if topic == "definition" and not (subjects or heard.refers.it or heard.refers.many) and heard.refers.content:
        return _which(topic, (), memory)  # "what is a port": a word that we do not know is not the one spoken of last
    if heard.refers.forgot_name and not references.drugs_of(subjects, knowledge):
        return _which("overview", (), memory)
    if (
        heard.refers.tells_drug
        and {knowledge.subjects[i].kind for i in subjects} == {"drug"}
        and topic in _OF_TOLD_DRUG
    ):
        return _ask_about(subjects, heard, memory, knowledge)
    told = _told(heard, subjects, memory, knowledge)
    if told:
        return told
    waits = memory.pending and topic in (None, "overview", "definition") and heard.refers.words <= _FEW_WORDS
    if heard.act == "inform_subject" or topic is None or (waits and subjects):
        return _bare(subjects, heard, memory, knowledge)
    if topic == "drugs_with_side_effect" and heard.refers.grave:
        return _grave(_complete(topic, subjects, memory, knowledge))
    asks_all = heard.refers.effects and topic == "serious_side_effects"
    return _complete(topic, subjects, memory, knowledge, asks_all)


def _weighed(heard: Understanding, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Question | None:
    """Return what is asked where drugs just spoken of are weighed: "which of them is worse for the stomach"."""
    asks_which = heard.topic == "drugs_with_side_effect" and "which_drugs" not in heard.aspects
    last = references.drugs_of(memory.subjects, knowledge)
    if heard.refers.of_all or not (heard.refers.weighs or (asks_which and len(last) > 1)):
        return None
    if heard.topic not in ("comparison", "drugs_with_side_effect", *_OF_EFFECTS, *OUT_OF_SCOPE, None):
        return None
    named = references.drugs_of(subjects, knowledge)
    listed = references.drugs_of(memory.listing, knowledge)
    rows = (named, last, listed if set(last) <= set(listed) else (), tuple(reversed(memory.recent[:2])))
    drugs = next((row for row in rows if 1 < len(row) <= MOST_DRUGS), ())
    if not drugs:
        return None
    effects = tuple(i for i in subjects if knowledge.subjects[i].kind == "side_effect")
    if not effects and len(heard.refers.organs) == 1:
        effects = tuple(i for i in (_OF_ORGAN[heard.refers.organs[0]],) if i in knowledge.subjects)
    return _question("side_effect_of_symptom" if effects else "comparison", (*drugs, *effects), memory)


def _asked_which(
    heard: Understanding, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge
) -> Question | Clarification | None:
    """Return what "which one" asks where there is no list: which drug for a term named, or what was just answered."""
    if not heard.refers.narrows or references.drugs_of(subjects, knowledge):
        return None
    is_term = any(knowledge.subjects[i].kind == "term" for i in subjects)
    if is_term and heard.act == "inform_subject":  # "which one was for triple negative"
        return _complete("drugs_for_subtype", subjects, memory, knowledge)
    is_bare = not subjects and not memory.listing and heard.refers.words <= _FEW_BESIDE_NAMES
    if is_bare and memory.topic in _ASKED_WHICH and references.drugs_of(memory.subjects, knowledge):
        return _question(memory.topic, memory.subjects, memory)  # "do I need a test", "which one"
    return None


def _told(heard: Understanding, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Question | None:
    """Return what is asked where a drug and an effect are named and no more: does it cause that, how grave is it."""
    effects = tuple(i for i in subjects if knowledge.subjects[i].kind == "side_effect" and i != "boxed-warning")
    drugs = references.drugs_of(subjects, knowledge)
    classes = tuple(i for i in subjects if knowledge.subjects[i].kind == "class")
    beside = _words_beside_names(heard)
    if not effects or not heard.refers.tells:
        return None
    if heard.topic not in (_TOLD_IN_STORY if beside >= _STORY_WORDS else _TOLD_FROM):
        return None
    if not drugs and classes and beside <= _FEW_BESIDE_NAMES:  # "PARP inhibitors nausea"
        return _question("drugs_with_side_effect", (*effects[:1], *classes[:1]), memory)
    if not drugs and beside > _FEW_BESIDE_NAMES:
        drugs = _drugs_in_mind(memory, knowledge, ())
    if not drugs:
        return None
    is_grave = all(_is_only_grave(knowledge.subjects[d], effects[0], knowledge) for d in drugs)
    topic = "serious_side_effects" if is_grave else "side_effect_of_symptom"
    return _question(topic, (*drugs, *effects), memory)


def _is_only_grave(drug: Subject, effect_id: str, knowledge: Knowledge) -> bool:
    """Return whether our sources list an effect of a drug as serious, and not among those that many people have."""
    is_common = any(effect_id in s.about for s in drug.statements("side_effects"))
    return knowledge.listing(drug, effect_id) == "serious" and not is_common


def _grave(asked: Question | Clarification) -> Question | Clarification:
    """Narrow "which drugs cause bad diarrhea" to those that are warned of."""
    if isinstance(asked, Question) and asked.topic == "drugs_with_side_effect":
        return dataclasses.replace(asked, is_grave=True)
    return asked


def _limited(
    asked: Question | Clarification, heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Confirm a drug that was spoken of long ago, and put drugs that are too many for one answer into a second."""
    if isinstance(asked, Clarification) or asked.alarm:
        return asked
    drugs = references.drugs_of(asked.subjects, knowledge)
    named = _named_subjects(heard, knowledge)
    if heard.is_late and drugs and not set(drugs) & set(named) and heard.act != "affirm":
        return Clarification(
            "confirm_subject", pending=asked.topic, subjects=asked.subjects, confirms=True, language=memory.language
        )
    if len(drugs) <= MOST_DRUGS or asked.topic not in ASKED_ABOUT:
        return asked
    first, left = drugs[:MOST_DRUGS], drugs[MOST_DRUGS:]
    others = tuple(i for i in asked.subjects if i not in drugs)
    if asked.topic == "comparison" and len(left) == 1:
        left = (first[0], *left)
    later = dataclasses.replace(asked, subjects=(*left[:MOST_DRUGS], *others))
    return dataclasses.replace(asked, subjects=(*first, *others), then=(*asked.then, later))


def _named_subjects(heard: Understanding, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ids named, without those that are only the parts of a product named beside them.

    "Pertuzumab and trastuzumab (Phesgo)" is Phesgo, unless two are compared.
    """
    named = tuple(i for i in dict.fromkeys(m.id for m in heard.mentions) if i in knowledge.subjects)
    if heard.topic == "comparison":
        return named
    parts = {part for i in named for part in knowledge.parts(i) if set(knowledge.parts(i)) <= set(named)}
    return tuple(i for i in named if i not in parts)


def _calm_again(memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return the question that an alarm was raised in place of, once the person says that nothing is happening."""
    if (memory.alarm or "").split("_")[0] in _NO_LONGER_CALM:
        return Question("emotional_support", language=memory.language, audience=memory.audience)
    topic = memory.withheld
    if any(knowledge.subjects[i].kind == "side_effect" for i in memory.subjects):
        topic = "side_effect_of_symptom"  # a sign was named: what our sources say about it
    if topic is None:
        return Clarification("ask_what", subjects=memory.subjects, language=memory.language)
    return _complete(topic, memory.subjects, memory, knowledge)


def _talk(act: str, memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return what small talk, a yes or a no means after the last reply."""
    offered = tuple(t for t in memory.offered if t in TOPICS)
    confirms = memory.pending if "confirm" in memory.offered else None
    if act == "affirm":
        if confirms:
            return _complete(confirms, memory.subjects, memory, knowledge)
        if len(offered) == 1:
            return _complete(offered[0], (), memory, knowledge)
        if offered:
            return Clarification(
                "ask_which_of_these", topics=offered, subjects=memory.subjects, language=memory.language
            )
        if memory.pending:
            return _which(memory.pending, memory.listing, memory)
        if "more" in memory.offered:
            return _about_last_answer("more", memory, knowledge)
    if act == "deny":
        if confirms:
            others = tuple(i for i in memory.recent if i not in memory.subjects)
            return _which(confirms, others, memory)
        if offered or memory.unclear:
            return Clarification("ask_what", language=memory.language)
    return Question("small_talk", language=memory.language, named="deny" if act == "retract_alarm" else act)


def _outside(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | None:
    """Return the refusal where a medicine or cancer that we do not cover is asked about, and none of our drugs."""
    held = references.drugs_of(heard.named("drug") or memory.subjects, knowledge)
    # What somebody had before is told, and not asked about, where we talk about a drug of ours.
    others = [m for m in heard.mentions if m.kind in ("other_medicine", "other_cancer") and not (m.is_past and held)]
    defined = [m for m in heard.mentions if m.id in _ONLY_DEFINED]
    if defined and heard.topic in _OF_A_MEDICINE and not heard.named("drug", "drug_class", "other_medicine"):
        is_story = _words_beside_names(heard) >= _STORY_WORDS  # "they were low on the chemo, is that a problem now"
        asked_of_ours = references.drugs_of(memory.subjects, knowledge) and (heard.topic not in _OF_EFFECTS or is_story)
        if not asked_of_ours and len(_named_subjects(heard, knowledge)) == 1:  # "what are the side effects of chemo"
            return _question("out_of_scope_other_drug", (), memory, named=defined[0].text)
    if not others or heard.topic in ("emotional_support", "talk_to_human"):
        return None
    first = next((m for m in others if m.kind == "other_cancer"), others[0])
    follows = memory.topic in _OF_EFFECTS and heard.refers.words <= _FEW_WORDS
    if first.kind == "other_cancer" and held and (heard.refers.causes or follows) and _SECOND_CANCER.get(first.id):
        # "Is it true that it can give you leukemia" is asked of the drug, and so is "and leukemia?" after an effect.
        effects = tuple(i for i in (_SECOND_CANCER[first.id],) if i in knowledge.subjects)
        return _question("serious_side_effects", (*held, *effects), memory)
    if first.kind == "other_medicine":
        is_compared = heard.topic == "comparison" and "best" not in heard.aspects
        if len(held) == 1 and (is_compared or (heard.topic in OUT_OF_SCOPE and "best" in heard.aspects)):
            return _question("out_of_scope_other_drug", held, memory, named=first.text)
        is_next = memory.topic == "comparison" and first.id in _FOR_CANCER and heard.refers.content <= 1
        if is_next and not heard.named("drug") and not heard.refers.beside:  # "and niraparib", after two that are ours
            return _question("out_of_scope_other_drug", (), memory, named=first.text)
        beside_ours = heard.topic in _BESIDE_OURS
        if heard.named("drug") or (beside_ours and (memory.subjects or heard.named("drug_class"))):
            return None
        if held and heard.topic in (None, "management_of_side_effect", *OUT_OF_SCOPE):
            beside = _beside_held(first, held, heard, memory, knowledge)
            if beside:
                return beside
        if first.id in knowledge.subjects and heard.topic in ("definition", "overview"):
            return _question("definition", (first.id,), memory)
    topic = "out_of_scope_other_drug" if first.kind == "other_medicine" else "out_of_scope_other_cancer"
    return _question(topic, (), memory, named=first.text)


def _beside_held(
    other: Mention, held: tuple[str, ...], heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | None:
    """Return what is asked of another medicine beside the drug in mind: whether it goes with it, or helps."""
    subjects = heard.named("side_effect") or memory.subjects
    effects = tuple(i for i in subjects if i in knowledge.subjects and knowledge.subjects[i].kind == "side_effect")
    is_bare = _words_beside_names(heard) <= _FEW_BESIDE_NAMES
    is_for_cancer = other.id in _FOR_CANCER or other.id in knowledge.subjects
    likeliest = (heard.topic,) if heard.topic in ASKED_ABOUT else heard.alternatives[:1]
    is_of_effect = (
        likeliest == ("management_of_side_effect",) and heard.named("side_effect") and not heard.refers.beside
    )
    helps = heard.refers.helps or is_of_effect or (is_bare and other.id == "supportive-medicines")
    if helps and effects and not is_for_cancer:  # "is imodium what people take for it"
        return _question("management_of_side_effect", (*effects[:1], *held), memory)
    leans = memory.topic in _BESIDE_OURS or heard.refers.beside or heard.refers.helps
    likely = [t for t, chance in zip(heard.alternatives[:1], heard.chances) if chance >= _LIKELY_BESIDE]
    if heard.refers.beside or (is_bare and (leans or not is_for_cancer)) or set(likely) & set(_BESIDE_OURS):
        return _question("interaction_food_drug_alcohol", held, memory)
    return None


def _about_last_answer(act: str, memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return the question behind "more", "simpler please", "why" and "where is that from"."""
    topic = memory.topic
    if act == "simplify" and (memory.pending or set(memory.offered) & set(ASKED_ABOUT)):
        return _said_simply(memory, knowledge)
    if act == "name_sources":
        if topic is None:
            return Question("small_talk", language=memory.language, named="no_answer_yet")
        last = _question(topic, memory.subjects, memory, page=memory.page)
        return dataclasses.replace(last, asks_sources=True)
    if topic is None or topic in WITHOUT_SUBJECT or (act == "more" and topic in DECLINED):
        return Clarification("ask_what", subjects=memory.subjects, language=memory.language)
    if act == "more":
        return _question(topic, memory.subjects, memory, page=memory.page + 1)
    if act == "simplify":
        return dataclasses.replace(_question(topic, memory.subjects, memory), audience="patient", is_brief=True)
    if topic in DECLINED:  # why we do not say is what the answer says
        return _question(topic, memory.subjects, memory)
    able = [i for i in memory.subjects if knowledge.subjects[i].kind in ASKED_ABOUT["mechanism"]]
    able = able or list(_drugs_in_mind(memory, knowledge, ()))  # "why does it do that", of an effect told alone
    asked = _question("mechanism", tuple(able), memory) if able else _question("definition", memory.subjects, memory)
    return dataclasses.replace(asked, asks_why=True)


def _said_simply(memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Return what "simpler please" means after a question that was asked back: the likeliest of it, in brief."""
    offered = [t for t in memory.offered if t in ASKED_ABOUT]
    if not offered:
        return _which(memory.pending or "overview", references.drugs_of(memory.listing, knowledge), memory)
    asked = _complete(offered[0], (), memory, knowledge)
    if isinstance(asked, Clarification):
        return asked
    return dataclasses.replace(
        asked, audience="patient", is_brief=True, is_guess=True, then=_others_of(offered, memory)
    )


def _others_of(topics: Sequence[str], memory: Memory) -> tuple[Question, ...]:
    """Return what else may have been meant, to be offered beside the likeliest."""
    return tuple(_question(t, memory.subjects, memory) for t in topics[1:] if t in ASKED_ABOUT)


def _asked_once(
    asked: Question | Clarification, heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Answer the likeliest where we would ask back twice in a row what is to be told about a drug that is known."""
    was_asked = bool(set(memory.offered) & set(TOPICS))
    if isinstance(asked, Question) or not asked.topics or not was_asked or asked.choices or asked.confirms:
        return asked
    chance = max((c for t, c in zip(heard.alternatives, heard.chances) if t == asked.topics[0]), default=0.0)
    drugs = references.drugs_of(asked.subjects, knowledge)
    if chance < _LIKELY_ALONE or not drugs or asked.topics[0] not in ASKED_ABOUT:
        return asked
    said = dataclasses.replace(memory, subjects=asked.subjects)
    guess = _complete(asked.topics[0], asked.subjects, said, knowledge)
    if isinstance(guess, Clarification):
        return guess
    return dataclasses.replace(guess, is_guess=True, then=_others_of(asked.topics, said))


def _narrowed(heard: Understanding, memory: Memory, knowledge: Knowledge) -> Question | None:
    """Return the question which of the last list are of a kind: "which of those are pills"."""
    for kind, topic in (
        ("side_effect", "drugs_with_side_effect"),
        ("class", "class_members"),
        ("term", "drugs_for_subtype"),
    ):
        named = [i for i in _named_subjects(heard, knowledge) if knowledge.subjects[i].kind == kind]
        if named:
            if named[0] in _ROUTES:
                topic = "class_members"
            return dataclasses.replace(_question(topic, (named[0],), memory), among=memory.listing)
    return None


def _bare(
    subjects: tuple[str, ...], heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Read a bare name as the topic that waits for it or was last asked, else as what the name is."""
    if not subjects:
        if memory.pending and heard.act == "inform_subject":
            return _which(memory.pending, memory.listing, memory)
        return Clarification("ask_what", topics=heard.alternatives, subjects=memory.subjects, language=memory.language)
    kind = knowledge.subjects[subjects[0]].kind
    is_reply = heard.act == "inform_subject" or _words_beside_names(heard) <= _FEW_WORDS
    if memory.pending and is_reply and kind in ASKED_ABOUT[memory.pending]:
        waiting = tuple(
            i for i in memory.subjects if i not in subjects and not (kind == "drug" and _is_drug(i, knowledge))
        )
        if memory.pending == "comparison":
            waiting = tuple(i for i in memory.subjects if i not in subjects)
        return _complete(memory.pending, (*subjects, *waiting), memory, knowledge)
    # A word beside the name that is none of "and", "what about", "please" and the like asks something: "Tukysa brain".
    known = sum(len(m.text.split()) for m in heard.mentions) + len(heard.refers.organs)
    adds = heard.act is None and heard.refers.content > known
    is_few = _words_beside_names(heard) <= _FEW_BESIDE_NAMES and not adds
    follows = heard.act == "inform_subject" or heard.refers.corrects or is_few
    if memory.topic not in ASKED_ABOUT and not heard.refers.corrects:
        # There is nothing to follow: the words beside the names ask something.
        kinds = {knowledge.subjects[i].kind for i in subjects}
        if heard.act == "inform_subject" and {"drug", "side_effect"} <= kinds:
            return _complete("side_effect_of_symptom", subjects, memory, knowledge)
        follows = _is_bare(heard, kinds)
    if not follows and heard.alternatives:
        in_mind = () if heard.named("drug", "drug_class") else _drugs_in_mind(memory, knowledge, ())
        return _ask_about((*in_mind, *subjects), heard, memory, knowledge)
    drugs = _drugs_in_mind(memory, knowledge, ())
    of_drug = _NEXT_OF_DRUG.get(memory.topic or "", {}).get(kind)
    if (
        of_drug == "administration" and subjects[0] not in _ROUTES
    ):  # "and for HER2-low?"; the name alone is a new matter
        of_drug = "indication" if _words_beside_names(heard) else None
    if kind == "side_effect" and (heard.act == "inform_subject" or (follows and heard.act is None)):
        of_drug = of_drug or "side_effect_of_symptom"  # whatever was told of the drug before
    if not follows or (memory.topic not in ASKED_ABOUT and not (of_drug and drugs)):
        return _question(_BARE[kind], subjects, memory)
    if of_drug and drugs:  # "and hair loss?"
        return _complete(of_drug, subjects, memory, knowledge)
    carried = memory.topic
    if kind == "drug" and carried == "drugs_with_side_effect":
        carried = "side_effect_of_symptom"  # "which cause diarrhea", "Nerlynx?"
    if (
        carried in ASKED_ABOUT
        and (kind in ASKED_ABOUT[carried] or (kind == "drug" and carried in _FOR_A_DRUG))
        and (heard.act == "inform_subject" or heard.refers.corrects or kind != "drug" or heard.refers.words > 1)
    ):
        # "and Piqray?": the same of another drug, with the side effect or the test that was asked about.
        kept = tuple(i for i in memory.subjects if knowledge.subjects[i].kind != kind) if kind == "drug" else ()
        kept = tuple(i for i in kept if carried in _FOR_A_DRUG and knowledge.subjects[i].kind != "class")
        return _complete(carried, (*subjects, *kept), memory, knowledge)
    return _question(_BARE[kind], subjects, memory)


def _is_bare(heard: Understanding, kinds: set[str]) -> bool:
    """Return whether a message that begins a conversation is a name and no more; "orserdu esr1" asks something."""
    asks_of_two = {"drug", "term"} <= kinds
    return not asks_of_two and (heard.act == "inform_subject" or _words_beside_names(heard) <= 0)


def _words_beside_names(heard: Understanding) -> int:
    return heard.refers.words - sum(len(m.text.split()) for m in heard.mentions)


def _ask_about(
    subjects: tuple[str, ...], heard: Understanding, memory: Memory, knowledge: Knowledge
) -> Question | Clarification:
    """Ask what is to be told about subjects that were understood, where the topic was not.

    Two drugs that must never be taken for each other are told apart at once: "on Herceptin, my nurse wrote Kadcyla".
    """
    about = tuple(dict.fromkeys(subjects))
    named = tuple(i for i in references.drugs_of(about, knowledge) if i in heard.named("drug"))
    if len(named) == 2 and look_alikes([knowledge.subjects[i] for i in named]):
        return _question("comparison", named, memory)
    return Clarification("ask_what_about", topics=heard.alternatives, subjects=about, language=memory.language)


def _is_drug(subject_id: str, knowledge: Knowledge) -> bool:
    return knowledge.subjects[subject_id].kind == "drug"


def _drugs_in_mind(memory: Memory, knowledge: Knowledge, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the drugs that a question without a name is about: those of the last answer, else the latest one.

    There are none after another medicine was asked about ("its side effects" are not those of the drug before it), nor
    where the last answer was about a class and the question can be about one.
    """
    drugs = references.drugs_of(memory.subjects, knowledge)
    if drugs:
        return drugs
    if memory.topic in ("out_of_scope_other_drug", "out_of_scope_other_cancer"):
        # Asked which drug, with one to choose, a person who goes on to ask means that one.
        return memory.listing if memory.pending and memory.listing == memory.recent[:1] else ()
    if memory.topic in LISTS and memory.listing:
        return memory.listing if len(memory.listing) <= MOST_DRUGS else ()
    if "class" in kinds and any(knowledge.subjects[i].kind == "class" for i in memory.subjects):
        return ()
    return memory.recent[:1]


def _complete(
    topic: str, subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge, asks_all: bool = False
) -> Question | Clarification:
    """Fill in from the conversation what the message leaves out; ask where that is not enough.

    `asks_all` says that the message speaks of side effects in general, and not of the one that was spoken of last.
    """
    kinds = ASKED_ABOUT[topic]
    of_kinds = {k: tuple(i for i in subjects if knowledge.subjects[i].kind == k) for k in _BARE}
    in_mind = _drugs_in_mind(memory, knowledge, kinds)
    fitting = tuple(i for i in subjects if knowledge.subjects[i].kind in kinds)
    remembered = tuple(i for i in memory.subjects if i in knowledge.subjects and knowledge.subjects[i].kind in kinds)
    if not remembered and "drug" in kinds:
        remembered = in_mind
    if topic == "side_effects" and of_kinds["drug"] and of_kinds["side_effect"]:
        topic, kinds = "side_effect_of_symptom", ASKED_ABOUT["side_effect_of_symptom"]  # one effect is named: that one
        fitting = subjects
    if topic == "duration_schedule" and not of_kinds["drug"] and set(subjects) & set(_CHECKS):
        topic, kinds = "monitoring", ASKED_ABOUT["monitoring"]  # "how often is the ECG"
        fitting = subjects
    if topic == "overview" and subjects and not of_kinds["drug"]:
        topic = "definition"  # "what is a PARP inhibitor"
    drugs_meant = of_kinds["drug"] or (() if topic in LISTS else in_mind)
    if "boxed-warning" in subjects and drugs_meant:  # "does it have a boxed warning"
        return _question("serious_side_effects", (*drugs_meant, "boxed-warning"), memory)
    if topic in DECLINED:
        drugs = of_kinds["drug"] or (() if of_kinds["class"] else remembered)
        return _question(topic, (*drugs, *(i for i in subjects if i not in drugs)), memory)
    if topic == "comparison":
        words = _words_compared(subjects, memory, knowledge)
        return _question(topic, words, memory) if words else _comparison(of_kinds["drug"], memory, knowledge)
    if topic == "class_members" and not subjects and in_mind and not of_kinds["class"]:
        kinds_in_mind = (i for i in memory.subjects if knowledge.subjects[i].kind == "class")
        own = knowledge.subjects[in_mind[0]].class_id  # "is there a similar one"
        if own and next(kinds_in_mind, None) is None:
            return _question(topic, (own,), memory)
    if topic in LISTS and not of_kinds["drug"] and not (topic == "drugs_with_side_effect" and of_kinds["side_effect"]):
        # "which drugs are X": what X is decides how they are found, whichever of these the classifier said.
        is_for_type = topic == "drugs_for_subtype" and of_kinds["term"]  # "targeted therapy for HER2-positive"
        if of_kinds["class"]:
            return _question("drugs_for_subtype" if is_for_type else "class_members", of_kinds["class"], memory)
        if of_kinds["term"]:
            is_kind = topic == "class_members" and not set(MEDICINES).isdisjoint(of_kinds["term"])
            return _question(topic if is_kind else "drugs_for_subtype", of_kinds["term"], memory)
    if topic in _FOR_A_DRUG and not of_kinds["drug"] and not of_kinds["class"]:
        # "does it cause diarrhea", "do I need an echo": the drug is the one that we talk about.
        effects = tuple(i for i in remembered if not _is_drug(i, knowledge)) if not (fitting or asks_all) else ()
        drugs = in_mind
        if topic == "management_of_side_effect":
            fitting = (*fitting, *effects)
            if fitting:
                return _question(topic, (*fitting, *drugs), memory)
            return _which_effect(drugs, memory, knowledge)
        if topic == "side_effect_of_symptom" and not drugs and memory.topic == "out_of_scope_other_drug":
            # "does it cause diarrhea", of a medicine that is not ours: what we say must not look like an answer to it.
            return dataclasses.replace(_which(topic, memory.recent, memory), subjects=fitting)
        fitting = (*drugs, *effects, *fitting)
    if not fitting and not of_kinds["drug"] and not of_kinds["class"]:
        fitting = remembered
    if topic == "management_of_side_effect" and of_kinds["drug"] and not fitting:
        return _which_effect(of_kinds["drug"], memory, knowledge)
    if fitting:
        return _question(topic, (*fitting, *(i for i in subjects if i not in fitting)), memory)
    if topic == "pregnancy_fertility_breastfeeding":  # our sources warn of it for all of these drugs
        return _question(topic, ("pregnancy-harm",), memory)
    if of_kinds["drug"]:  # "which drugs are in Kisqali": say what it is
        return _question("overview", subjects, memory)
    if of_kinds["class"]:  # our sources tell this of drugs, not of their kind
        members = tuple(d.id for d in knowledge.members(of_kinds["class"][0]))
        is_short = 0 < len(members) <= MOST_DRUGS
        return _question(topic, members, memory) if is_short else _which(topic, members, memory)
    if topic == "efficacy_survival":  # "how long do I have": no name of a drug would answer that
        return _question(topic, (), memory)
    choices = memory.listing if kinds[0] == "drug" and memory.topic in LISTS else ()
    return _which(topic, choices or (memory.recent if kinds[0] == "drug" else ()), memory)


def _which(topic: str, choices: tuple[str, ...], memory: Memory) -> Clarification:
    """Ask for the name that a topic needs, with those that were spoken of as buttons."""
    pending = topic if topic in ASKED_ABOUT else "overview"
    kind = "drug" if choices else "word" if pending == "definition" else ASKED_ABOUT[pending][0]
    return Clarification(f"ask_which_{kind}", pending=pending, choices=choices, language=memory.language)


def _which_effect(drugs: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Clarification:
    """Ask which side effect, with those of the drug as buttons for which our sources say what helps."""
    said = (i for d in drugs for s in knowledge.subjects[d].statements("side_effects") for i in s.about)
    pending = "management_of_side_effect"
    choices = tuple(dict.fromkeys(i for i in said if knowledge.subjects[i].fields.get(pending)))
    return Clarification(
        "ask_which_side_effect", pending=pending, subjects=drugs, choices=choices, language=memory.language
    )


def _words_compared(subjects: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> tuple[str, ...]:
    """Return two kinds of medicine to set beside each other: both named, or one named and one spoken of last."""

    def medicines(ids: tuple[str, ...]) -> tuple[str, ...]:
        known = (*MEDICINES, *_ONLY_DEFINED)
        return tuple(i for i in ids if knowledge.subjects[i].kind == "class" or i in known)

    named = medicines(subjects)
    if not named or references.drugs_of(subjects, knowledge):
        return ()
    both = tuple(dict.fromkeys((*named, *medicines(memory.subjects))))[:2]
    if len(named) < 2 and references.drugs_of(memory.subjects, knowledge):
        return ()
    return both if len(both) == 2 else ()


def _comparison(drugs: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Question | Clarification:
    """Compare the drugs named; one of them, or none, with those that were spoken of before."""
    if len(drugs) < 2:
        last = references.drugs_of(memory.subjects, knowledge)
        before = last if drugs or len(last) > 1 else tuple(reversed(memory.recent[:2]))
        if not last and not drugs and any(knowledge.subjects[i].kind in ("class", "term") for i in memory.subjects):
            listed = references.drugs_of(memory.listing, knowledge)  # "which one is best", of a kind
            if 1 < len(listed) <= MOST_DRUGS:
                return _question("comparison", listed, memory)
        drugs = tuple(dict.fromkeys((*drugs, *before, *(memory.recent[:1] if drugs else ()))))
        if not last or len(last) < 3:
            drugs = drugs[:2]
    if len(drugs) < 2:
        return Clarification("ask_which_two", pending="comparison", subjects=drugs, language=memory.language)
    return _question("comparison", drugs, memory)


def _question(topic: str, subjects: tuple[str, ...], memory: Memory, named: str = "", page: int = 0) -> Question:
    return Question(topic, subjects, memory.language, memory.audience, page, named)
