"""What was asked: the topic, the subjects it is about, and for whom the answer is."""

from __future__ import annotations

import dataclasses

# Every topic id of the contract. An intent is `ask_<topic>`; a knowledge field has the topic's name where there is one.
TOPICS = (
    "overview",
    "mechanism",
    "side_effects",
    "serious_side_effects",
    "side_effect_of_symptom",
    "management_of_side_effect",
    "indication",
    "administration",
    "duration_schedule",
    "dosage",
    "biomarker_test",
    "monitoring",
    "pregnancy_fertility_breastfeeding",
    "interaction_food_drug_alcohol",
    "combination",
    "comparison",
    "efficacy_survival",
    "cost_access",
    "brand_generic_biosimilar",
    "class_members",
    "drugs_for_subtype",
    "drugs_with_side_effect",
    "definition",
    "stop_or_change_treatment",
    "missed_dose",
    "emergency_red_flag",
    "emotional_support",
    "talk_to_human",
    "out_of_scope_other_drug",
    "out_of_scope_other_cancer",
    "out_of_scope_nonmedical",
    "small_talk",
)

# The entity, in messages and in the payloads of buttons, that names a subject of each kind.
ENTITY_OF_KIND = {"drug": "drug", "class": "drug_class", "side_effect": "side_effect", "term": "term"}

MOST_DRUGS = 3  # answered about in one reply

AUDIENCES = ("patient", "caregiver", "clinician")

# Asked for a decision that belongs to the person and their doctor.
DECLINED = ("dosage", "stop_or_change_treatment", "missed_dose", "interaction_food_drug_alcohol")
OUT_OF_SCOPE = ("out_of_scope_other_drug", "out_of_scope_other_cancer", "out_of_scope_nonmedical")
# Their answers are lists of drugs.
LISTS = ("class_members", "drugs_for_subtype", "drugs_with_side_effect")
# Answered the same whatever was named.
WITHOUT_SUBJECT = (
    "emergency_red_flag",
    "emotional_support",
    "talk_to_human",
    "cost_access",
    "small_talk",
    *OUT_OF_SCOPE,
)


@dataclasses.dataclass(frozen=True)
class Mention:
    """A name found in a message. `kind` is the spaCy label; `id` that of the subject, or of the group not covered.

    `is_past` says that it is told as what somebody had before: "had Herceptin, now Kadcyla"; `is_partner`, that
    something else goes with it: "is it given with Herceptin".
    """

    kind: str
    id: str
    text: str = ""
    is_past: bool = False
    is_partner: bool = False


@dataclasses.dataclass(frozen=True)
class Reference:
    """What the short words of a message point back to; see `helpline.references`.

    Attributes:
        place: a place in the last list, from 0; -1 is its end ("the last one").
        both: two drugs together.
        three: three drugs together.
        many: all that was spoken of last ("they", "those").
        other: the one of two that is not spoken of now.
        others: all of a list or a kind that are not spoken of now ("the other two").
        narrows: asks which of the last list ("which of those").
        route: a way of giving that stands for a drug ("the pill").
        points_by_route: says "the one" of it: "the one you get by drip".
        grave: asks for the bad ones ("severe diarrhea").
        effects: speaks of side effects or risks in general.
        corrects: the message takes something back ("no, I meant ...").
        tells: the message tells something and asks nothing.
        called: says that help was called, or is on its way.
        organs: the parts of the body that it names.
        beside: says that something is taken together with what is spoken of ("can I take paracetamol with it").
        helps: says that something is taken against an effect ("is imodium what people take for it").
        causes: asks whether something brings an illness about ("can it give you leukemia").
        weighs: asks which of several has less or more of something ("which of them makes you less sick").
        drug_like: has a word with the ending of a cancer drug's name.
        of_all: asks it of all that there are, and not of those spoken of ("which of all is worst for anemia").
        what_about: begins with "what about" or "how about".
        again: asks for the last answer once more.
        complains: says that the answers are of no use.
        afraid: says how frightened or desperate somebody is.
        tells_drug: tells that somebody takes something, and nothing else.
        forgot_name: says that the name of the drug is not known.
        repeats: asks how often, and says of nothing in particular what is done.
        same: asks whether another is the same, in a word or two ("Lynparza same?").
        it: speaks of "it", "this" or "that".
        content: the number of words that say something, names among them: not "and", "what about", "please".
        words: the number of words of the message.
    """

    place: int | None = None
    both: bool = False
    three: bool = False
    many: bool = False
    other: bool = False
    others: bool = False
    narrows: bool = False
    route: str | None = None
    points_by_route: bool = False
    grave: bool = False
    effects: bool = False
    corrects: bool = False
    tells: bool = False
    called: bool = False
    organs: tuple[str, ...] = ()
    beside: bool = False
    helps: bool = False
    causes: bool = False
    weighs: bool = False
    of_all: bool = False
    what_about: bool = False
    again: bool = False
    complains: bool = False
    afraid: bool = False
    tells_drug: bool = False
    forgot_name: bool = False
    repeats: bool = False
    same: bool = False
    drug_like: bool = False
    it: bool = False
    content: int = 0
    words: int = 0


@dataclasses.dataclass(frozen=True)
class Asked:
    """One of several questions in a message: its topic, what it names, and how likely the topic is."""

    topic: str
    mentions: tuple[Mention, ...] = ()
    chance: float = 0.0


@dataclasses.dataclass(frozen=True)
class Understanding:
    """What the classifier and the linker made of one message.

    Attributes:
        topic: the likeliest topic; None where the message was not understood.
        act: what else a message can be: `more`, `inform_subject`, `affirm`, `deny`, `greet`, ...; None for a question.
        mentions: the names found, in the order of the text.
        alternatives: other likely topics, the likeliest first; used for asking back.
        chances: how likely each of the alternatives is, in their order.
        outside: how likely it is that the message asks nothing that we know of.
        alarm: `emergency` or `crisis` where the safety layer heard one.
        refers: what its short words point back to.
        asked: the questions of a message that asks more than one, in its order.
        part: the one question of a message that tells more than it asks, with how sure its topic is.
        audience: who is asking, where the message says so.
        is_late: whether the last message is so long ago that what it was about must be confirmed.
        aspects: which part of a topic is asked about; see `helpline.aspects`.
        is_abroad: whether the person is outside the US; None where the message does not say.
        begun: the subjects of which a name begins as the whole message does: "palb".
    """

    topic: str | None
    act: str | None = None
    mentions: tuple[Mention, ...] = ()
    alternatives: tuple[str, ...] = ()
    chances: tuple[float, ...] = ()
    outside: float = 0.0
    alarm: str | None = None
    refers: Reference = Reference()
    asked: tuple[Asked, ...] = ()
    part: Asked | None = None
    audience: str | None = None
    is_late: bool = False
    aspects: tuple[str, ...] = ()
    is_abroad: bool | None = None
    begun: tuple[str, ...] = ()

    def named(self, *kinds: str) -> tuple[str, ...]:
        """Return the ids named of some kinds, each once."""
        return tuple(dict.fromkeys(m.id for m in self.mentions if m.kind in kinds))


@dataclasses.dataclass(frozen=True)
class Memory:
    """What carries over from one turn to the next. It holds ids only, never text that a person wrote.

    Attributes:
        subjects: what the conversation is about.
        topic: the topic answered last, which "more" continues.
        pending: a topic that waits for the name of a subject, or for a yes.
        page: how far the last answer was read; 0 is its first page.
        unclear: how many messages in a row were not understood.
        recent: the drugs spoken of, the latest first.
        listing: the ids last shown in a row, which "the second one" counts.
        offered: what the last reply offered: topics, `more`, or `confirm`.
        alarm: the alarm of the last reply.
        withheld: the topic that an alarm was raised in place of.
        aspects: the aspects answered last, which "more" continues.
        abroad: the person said that they are outside the US: no number of the US with an alarm.
        waiting: topics asked about in the same message as the pending one: they are offered with its answer.
    """

    subjects: tuple[str, ...] = ()
    topic: str | None = None
    pending: str | None = None
    page: int = 0
    unclear: int = 0
    recent: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    alarm: str | None = None
    withheld: str | None = None
    aspects: tuple[str, ...] = ()
    abroad: bool = False
    waiting: tuple[str, ...] = ()
    audience: str = "patient"
    language: str = "en"


@dataclasses.dataclass(frozen=True)
class Question:
    """A question that can be looked up.

    Attributes:
        subjects: ids, in the order in which they were named.
        page: which page of the answer; 0 is the first.
        named: the words to repeat where the subject is none of ours.
        among: the ids that a list is narrowed to; all where it is empty.
        is_brief: only the plainest sentences are wanted.
        is_grave: only what is listed as serious is wanted.
        asks_why: the reason is wanted, which our sources may not give.
        asks_sources: not the answer is wanted, but where it is from.
        is_guess: the message may have meant something else, and the answer says so.
        then: what else the message asked, or may have meant; it is offered beside the answer.
        aspects: which part of the topic is asked about; see `helpline.aspects`.
    """

    topic: str
    subjects: tuple[str, ...] = ()
    language: str = "en"
    audience: str = "patient"
    page: int = 0
    named: str = ""
    alarm: str | None = None
    among: tuple[str, ...] = ()
    is_brief: bool = False
    is_grave: bool = False
    asks_why: bool = False
    asks_sources: bool = False
    is_guess: bool = False
    then: tuple[Question, ...] = ()
    aspects: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Clarification:
    """Something must be asked back first.

    Attributes:
        ask: the domain response that asks, without its prefix `utter_`.
        pending: the topic that waits for the answer.
        topics: topics offered as buttons, the likeliest first.
        subjects: ids already understood.
        choices: ids offered as buttons, of which one is asked for.
        confirms: whether a yes or no is asked for.
        waiting: the topics of the other questions of the message.
    """

    ask: str
    pending: str | None = None
    topics: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    confirms: bool = False
    waiting: tuple[str, ...] = ()
    language: str = "en"
