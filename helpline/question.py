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

AUDIENCES = ("patient", "caregiver", "clinician")

# Asked for a decision that belongs to the person and their doctor.
DECLINED = ("dosage", "stop_or_change_treatment", "missed_dose", "interaction_food_drug_alcohol")
OUT_OF_SCOPE = ("out_of_scope_other_drug", "out_of_scope_other_cancer", "out_of_scope_nonmedical")
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
    """A name found in a message. `kind` is the spaCy label; `id` that of the subject, or of the group not covered."""

    kind: str
    id: str
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Understanding:
    """What the classifier and the linker made of one message.

    Attributes:
        topic: the likeliest topic; None where the message was not understood.
        act: what else a message can be: `more`, `inform_subject`, `affirm`, `deny`, `greet`, ...; None for a question.
        mentions: the names found, in the order of the text.
        alternatives: other likely topics, the likeliest first; used for asking back.
        alarm: `emergency` or `crisis` where the safety layer heard one.
    """

    topic: str | None
    act: str | None = None
    mentions: tuple[Mention, ...] = ()
    alternatives: tuple[str, ...] = ()
    alarm: str | None = None

    def named(self, *kinds: str) -> tuple[str, ...]:
        """Return the ids named of some kinds, each once."""
        return tuple(dict.fromkeys(m.id for m in self.mentions if m.kind in kinds))


@dataclasses.dataclass(frozen=True)
class Memory:
    """What carries over from one turn to the next. It holds ids only, never text that a person wrote.

    Attributes:
        subjects: what the conversation is about.
        topic: the topic answered last, which "more" continues.
        pending: a topic that waits for the name of a subject.
        page: how far the last answer was read; 0 is its first page.
        unclear: how many messages in a row were not understood.
    """

    subjects: tuple[str, ...] = ()
    topic: str | None = None
    pending: str | None = None
    page: int = 0
    unclear: int = 0
    audience: str = "patient"
    language: str = "en"


@dataclasses.dataclass(frozen=True)
class Question:
    """A question that can be looked up. `subjects` holds ids, in the order in which they were named."""

    topic: str
    subjects: tuple[str, ...] = ()
    language: str = "en"
    audience: str = "patient"
    page: int = 0
    named: str = ""
    alarm: str | None = None


@dataclasses.dataclass(frozen=True)
class Clarification:
    """Something must be asked back first.

    Attributes:
        ask: the domain response that asks, without its prefix `utter_`.
        pending: the topic that waits for the answer.
        topics: topics offered as buttons, the likeliest first.
        subjects: ids offered as buttons, or already understood.
    """

    ask: str
    pending: str | None = None
    topics: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    language: str = "en"
