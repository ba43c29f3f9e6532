"""What is not ours to decide: each decline says why, what not to do alone, whom to call and how soon, what to ask."""

from __future__ import annotations

import re

import pytest

from helpline import aspects
from helpline.answers import Composer
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.reply import Reply

ASKED = {
    "dosage": ["what is the right dose", "can I take a lower dose"],
    "missed_dose": ["I missed my pill", "can I double up tomorrow", "I threw up after the tablet"],
    "stop_or_change_treatment": [
        "should I stop",
        "can I skip one",
        "can I switch to another drug",
        "should I start it",
        "how do I taper it",
        "which one is best for me",
        "is it safe for me",
        "what do my test results mean",
        "should I get a second opinion",
    ],
    "interaction_food_drug_alcohol": [
        "can I take ibuprofen with it",
        "can I drink wine",
        "can I take turmeric",
        "can I eat cheese",
        "can I have a flu shot",
    ],
    "efficacy_survival": ["how long do I have", "am I going to die"],
}
CASES = [(topic, text) for topic, texts in ASKED.items() for text in texts]
# What must never stand in a decline: a dose, a promise, comfort that nobody can give, or a decision.
FORBIDDEN = re.compile(
    r"\b(?:don't worry|do not worry|no need to|nothing to worry|you can wait|it is fine|it is safe|is safe|harmless"
    r"|you should (?:take|stop|start|skip|switch)|you can (?:take|stop|start|skip|drink|eat)|usually fine"
    r"|will be (?:fine|ok))",
    re.IGNORECASE,
)


def body(reply: Reply) -> str:
    return reply.text.split("\nSources:")[0]


def declined(composer: Composer, topic: str, text: str, *drugs: str) -> Reply:
    return composer.answer(Question(topic, drugs, aspects=aspects.heard(text)))


@pytest.mark.parametrize("drug", ["ribociclib", None])
@pytest.mark.parametrize(("topic", "text"), CASES)
def test_a_decline_helps(topic: str, text: str, drug: str | None, composer: Composer, dose: re.Pattern[str]) -> None:
    reply = declined(composer, topic, text, *filter(None, [drug]))
    told = body(reply)
    assert (reply.kind, reply.topic) == ("decline", topic)
    assert re.search(r"\b(?:cannot|decision|decide|never)\b", told), "why"
    assert re.search(r"Please (?:do not|never)", told), "what not to do alone"
    assert re.search(r"\b(?:call|Call|ask|Ask|tell|talk)\b", told), "whom to call"
    assert re.search(r"\b(?:now|today|before|this week|right away)\b", told), "how soon"
    assert "You could ask:" in told or "Tell them what was taken" in told, "what to ask or tell"
    assert "1-800-227-2345" in reply.text
    assert not FORBIDDEN.search(told), FORBIDDEN.search(told)
    assert not dose.search(told)
    assert len(told.split()) <= 120


def test_each_matter_has_words_of_its_own(composer: Composer) -> None:
    told = [body(declined(composer, topic, text, "ribociclib")) for topic, text in CASES]
    assert len(set(told)) == len(told) - 2, "only the two about prognosis, and taking less, are the same"


def test_too_much_names_the_poison_line(composer: Composer, knowledge: Knowledge) -> None:
    told = body(declined(composer, "missed_dose", "I took two by mistake, can I double up", "ribociclib"))
    line = knowledge.line("poison")
    assert f"{line.phone_text}. {line.hours[0].text('en')}" in told
    assert "(US, listed as of" in told


@pytest.mark.parametrize(
    ("drug", "text", "fact"),
    [
        ("lapatinib", "can I eat grapefruit", "keep away from grapefruit"),
        ("everolimus", "can I get a flu shot", "caution about live vaccines"),
        ("palbociclib", "do I take it with food", "taken with food"),
    ],
)
def test_the_general_fact_is_told(drug: str, text: str, fact: str, composer: Composer, knowledge: Knowledge) -> None:
    reply = declined(composer, "interaction_food_drug_alcohol", text, drug)
    line = next(x for x in body(reply).splitlines() if fact in x)
    assert knowledge.subjects[drug].names.display in line
    assert re.search(r"\[\d+\]$", line)
    assert fact not in body(declined(composer, "interaction_food_drug_alcohol", "and ibuprofen", drug))


@pytest.mark.parametrize("topic", ["stop_or_change_treatment", "efficacy_survival", "overview"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("since Herceptin cures cancer", "none of our sources says that trastuzumab (Herceptin) cures"),
        ("it has no side effects anyway", "none of our sources says that trastuzumab (Herceptin) has no side effects"),
        ("it always works", "none of our sources says that trastuzumab (Herceptin) works for everyone"),
    ],
)
def test_a_false_premise_is_not_accepted(topic: str, text: str, said: str, composer: Composer) -> None:
    reply = declined(composer, topic, text, "trastuzumab")
    assert said in reply.text.splitlines()[0]
    assert len(body(reply).split()) <= 120


def test_an_aspect_of_two_medicines_without_a_fact_gets_the_plain_words(composer: Composer) -> None:
    reply = composer.answer(Question("interaction_food_drug_alcohol", ("ribociclib",), aspects=(aspects.TOGETHER,)))
    assert body(reply) == body(composer.answer(Question("interaction_food_drug_alcohol", ("ribociclib",))))


def test_partners_are_told_beneath_the_decline_and_only_where_approved(
    composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    asked = Question(
        "interaction_food_drug_alcohol", ("ribociclib", "aromatase-inhibitor"), aspects=(aspects.TOGETHER,)
    )
    told = body(composer.answer(asked))
    assert told.index("I cannot tell") < told.index("aromatase inhibitor")
    assert len(told.split()) <= 120
    approved = Composer(knowledge, phrases, only_approved=True).answer(asked)
    assert (approved.kind, "aromatase" in approved.text) == ("decline", False)


def test_support_gives_people_and_no_drug_facts(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("emotional_support", ("ribociclib",)))
    assert (reply.kind, reply.drugs, reply.is_medical) == ("handoff", (), False)
    assert "I am sorry that this is so hard." in reply.text
    assert "Kisqali" not in reply.text
    assert knowledge.lines["cancercare"].phone_text in reply.text


def test_the_truth_about_who_answers(composer: Composer) -> None:
    text = composer.answer(Question("small_talk", named="bot_challenge")).text
    assert "a computer program, not a person and not a doctor" in text


# --- only approved texts


APPROVED_ONLY = [
    ("cost_access", "answer"),
    ("talk_to_human", "handoff"),
    ("emotional_support", "handoff"),
    ("dosage", "decline"),
    ("missed_dose", "decline"),
    ("stop_or_change_treatment", "decline"),
    ("interaction_food_drug_alcohol", "decline"),
    ("emergency_red_flag", "emergency"),
    ("small_talk", "chitchat"),
]


@pytest.mark.parametrize(("topic", "kind"), APPROVED_ONLY)
def test_what_needs_no_approval_is_never_withheld(
    topic: str, kind: str, knowledge: Knowledge, phrases: Phrases
) -> None:
    composer = Composer(knowledge, phrases, only_approved=True)
    reply = composer.answer(Question(topic, ("everolimus",), aspects=("vaccine",)))
    assert reply.kind == kind
    assert phrases.say("withheld") not in reply.text
    assert "live vaccines" not in reply.text, "a fact of a text that is not approved"


def test_our_sources_do_not_say_is_never_withheld(knowledge: Knowledge, phrases: Phrases) -> None:
    composer = Composer(knowledge, phrases, only_approved=True)
    drug = next(d for d in knowledge.of_kind("drug") if d.fields["combination"] is None)
    reply = composer.answer(Question("combination", (drug.id,)))
    assert reply.kind == "answer"
    assert phrases.say("sources_do_not_say", subject=drug.names.inside) in reply.text
    none = composer.answer(Question("drugs_for_subtype", ("subcutaneous", "triple-negative")))
    assert "Our sources name no drug" in none.text


@pytest.mark.parametrize(
    "question",
    [
        Question("mechanism", ("everolimus",)),
        Question("comparison", ("everolimus", "ribociclib")),
        Question("class_members", ("cdk46-inhibitor",)),
        Question("side_effect_of_symptom", ("everolimus", "diarrhea")),
        Question("side_effect_of_symptom", ("diarrhea",)),
        Question("pregnancy_fertility_breastfeeding", ("everolimus",)),
        Question("comparison", ("everolimus", "ribociclib"), aspects=("in_common",)),
        Question("overview", ("everolimus",), aspects=("is_chemo",)),
        Question("definition", ("her2",)),
    ],
    ids=lambda q: f"{q.topic} {'-'.join((*q.subjects, *q.aspects))}",
)
def test_medical_texts_are_withheld(question: Question, knowledge: Knowledge, phrases: Phrases) -> None:
    reply = Composer(knowledge, phrases, only_approved=True).answer(question)
    assert reply.kind == "handoff"
    assert phrases.say("withheld") in reply.text
    assert reply.topic == question.topic
    assert reply.drugs == Composer(knowledge, phrases).answer(question).drugs
