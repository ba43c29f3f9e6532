"""What raises an alarm. The life-critical path: short, readable, one line each."""

from __future__ import annotations

import pytest

from helpline.knowledge import AlarmWords, Knowledge
from helpline.safety import Safety


@pytest.fixture(scope="module")
def safety(knowledge: Knowledge) -> Safety:
    return Safety(knowledge.alarms)


def missed(text: str, reason: str) -> object:
    return pytest.param(text, marks=pytest.mark.xfail(strict=True, reason=f"safety.py: {reason}"))


@pytest.mark.parametrize(
    "text",
    [
        "I have chest pain",
        "CHEST PAIN!!!",
        "chest pain",
        "I can't breathe",
        "I can\u2019t breathe",
        "I cannot breathe and I took Kisqali this morning",
        "my wife is short of breath since last night",
        "She fainted this morning",
        "he had a seizure",
        "Is it normal that I have chest pain on Kisqali?",
        "Can this be serious? My chest hurts.",
        "I took too many pills",
        "my son swallowed my pills",
        "My throat is closing after the infusion",
        "No fever. But I have trouble breathing.",
        "He won't wake up",
        "what are the side effects of enhertu? i cant breathe",
        missed("I have no energy and chest pain", "_DENIES reaches over the 'no' of another word"),
        missed("I could not sleep and I have chest pain", "_DENIES reaches over the 'not' of another word"),
        missed("I am not feeling well, chest pain", "_DENIES reaches over a comma"),
        missed("no appetite but my throat is closing", "_DENIES reaches over 'but'"),
        missed("never had this before, chest pain since an hour", "_DENIES reaches over a comma"),
        missed("without warning I passed out", "_DENIES takes 'without warning' for a denial"),
        missed("when I walk I get chest pain", "_HAPPENING does not know 'I get'"),
        missed("what should I do, chest pains", "_ASKS takes 'what should I do' for a question about a drug"),
        missed("How do I know if it is a stroke, her face is drooping", "_HAPPENING does not know 'her face'"),
        missed("i cant breath", "knowledge/safety.yml lacks the usual misspelling"),
    ],
)
def test_emergency(text: str, safety: Safety) -> None:
    assert safety.hear(text) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "I don't want to live any more",
        "thinking about suicide",
        "I want to end my life",
        "my friend wants to kill herself",
        "no reason to live",
        "I have chest pain and I want to die",
        missed("I feel like ending it all", "knowledge/safety.yml knows 'end it all' only"),
    ],
)
def test_crisis(text: str, safety: Safety) -> None:
    assert safety.hear(text) == "crisis"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?!",
        "hello",
        "What is Kisqali?",
        "Can Enhertu cause shortness of breath?",
        "does Kisqali cause chest pain",
        "What are signs of a stroke?",
        "is there a risk of stroke with Kisqali",
        "I have no chest pain",
        "I'm not short of breath",
        "She never had a seizure",
        "My fingers are numb",
        "can I die from this",
        "how does it kill cancer cells",
        "I hate the infusion chair",
    ],
)
def test_no_alarm(text: str, safety: Safety) -> None:
    assert safety.hear(text) is None


@pytest.mark.parametrize("kind", ["emergency", "crisis"])
def test_every_phrase_is_heard(kind: str, knowledge: Knowledge, safety: Safety) -> None:
    """Each phrase of knowledge/safety.yml raises an alarm when it is all that is said."""
    words = knowledge.alarms[kind]
    deaf = [p for p in (*words.signs, *words.now) if safety.hear(p.replace("*", "")) is None]
    assert deaf == []


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("a blue moon", "emergency"),
        ("A   BLUE-MOON!", "emergency"),
        ("blue moons", None),
        ("there is no blue moon", None),
        ("can it cause a blue moon", None),
        ("I have a blue moon, can it cause that", "emergency"),
        ("a red suns rise", "emergency"),
        ("no red sun", "emergency"),
        ("blue sun", None),
        ("a dark night and a blue moon", "crisis"),
    ],
)
def test_rules(text: str, alarm: str | None) -> None:
    """Signs, `now` phrases, a final * and the order of alarms, on words of our own."""
    reply = {"en": "x"}
    words = {
        "emergency": AlarmWords(reply, ("page",), signs=("blue moon",), now=("red sun*",)),
        "crisis": AlarmWords(reply, ("page",), signs=(), now=("dark night",)),
    }
    assert Safety(words).hear(text) == alarm
