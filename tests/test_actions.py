"""The actions through a small tracker: no server, no network. One message each, and the slots to remember."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import translation
from actions.actions import ActionAnswerQuestion, ActionAskBack, ActionFallBack
from helpline.question import Memory

SLOTS = dict.fromkeys(("subjects", "topic", "pending", "page", "unclear")) | {"audience": "patient", "language": "en"}
KISQALI = {"entity": "drug", "value": "ribociclib", "text": "Kisqali", "start": 0, "end": 7}
PIQRAY = {"entity": "drug", "value": "alpelisib", "text": "Piqray"}
TAMOXIFEN = {"entity": "other_medicine", "value": "hormone-drugs", "text": "tamoxifen"}
CHILLS = {"entity": "side_effect", "value": "infection", "text": "chills"}
ALARM = {"entity": "alarm", "value": "emergency", "extractor": "SafetyClassifier"}
CRISIS = {"entity": "alarm", "value": "crisis"}

AFTER_KISQALI = {"subjects": "ribociclib", "topic": "side_effects", "page": "0", "unclear": "0"}


def tracker(
    intent: str | None, *entities: dict[str, Any], slots: dict[str, Any] | None = None, ranking: tuple[str, ...] = ()
) -> Tracker:
    """What rasa-sdk gives to an action after one message."""
    message = {
        "intent": {"name": intent, "confidence": 1.0},
        "entities": list(entities),
        "intent_ranking": [{"name": name, "confidence": 0.5} for name in ranking],
    }
    return Tracker("someone", SLOTS | (slots or {}), message, [], False, None, {}, "action_listen")


async def run(action: Any, heard: Tracker) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run an action; give its one message, and the slots that it sets."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, heard, {})
    assert len(dispatcher.messages) == 1
    slots = [event for event in events if event["event"] == "slot"]
    # Only the fallback has to say that the turn is over; after the others a rule or story does.
    ends = [{"event": "followup", "timestamp": None, "name": "action_listen"}]
    assert [e for e in events if e not in slots] == (ends if isinstance(action, ActionFallBack) else [])
    return dispatcher.messages[0], {event["name"]: event["value"] for event in slots}


def remembered(**slots: Any) -> dict[str, Any]:
    """All slots after a turn."""
    return SLOTS | {"page": "0", "unclear": "0"} | slots


@pytest.mark.parametrize(
    ("heard", "kind", "topic", "drugs", "slots"),
    [
        pytest.param(
            tracker("ask_side_effects", KISQALI),
            "answer",
            "side_effects",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="side_effects"),
            id="a question",
        ),
        pytest.param(
            tracker("ask_mechanism", slots=AFTER_KISQALI),
            "answer",
            "mechanism",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="mechanism"),
            id="a follow-up",
        ),
        pytest.param(
            tracker("inform_subject", PIQRAY, slots=AFTER_KISQALI),
            "answer",
            "side_effects",
            ["alpelisib"],
            remembered(subjects="alpelisib", topic="side_effects"),
            id="and Piqray?",
        ),
        pytest.param(
            tracker("more", slots=AFTER_KISQALI),
            "answer",
            "side_effects",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="side_effects", page="1"),
            id="more",
        ),
        pytest.param(
            tracker("affirm", slots=AFTER_KISQALI),
            "answer",
            "side_effects",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="side_effects", page="1"),
            id="yes",
        ),
        pytest.param(
            tracker("deny", slots=AFTER_KISQALI),
            "chitchat",
            "small_talk",
            [],
            remembered(**AFTER_KISQALI),
            id="no",
        ),
        pytest.param(
            tracker("ask_dosage", KISQALI),
            "decline",
            "dosage",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="dosage"),
            id="declined",
        ),
        pytest.param(
            tracker("ask_side_effects"),
            "clarify",
            "side_effects",
            [],
            remembered(pending="side_effects"),
            id="which drug?",
        ),
        pytest.param(
            tracker("inform_subject", KISQALI, slots={"pending": "administration"}),
            "answer",
            "administration",
            ["ribociclib"],
            remembered(subjects="ribociclib", topic="administration"),
            id="the drug that was asked for",
        ),
        pytest.param(
            tracker("ask_side_effects", TAMOXIFEN, slots=AFTER_KISQALI),
            "out_of_scope",
            "out_of_scope_other_drug",
            [],
            remembered(subjects="ribociclib", topic="out_of_scope_other_drug"),
            id="not our medicine",
        ),
        pytest.param(
            tracker("ask_emergency_red_flag", KISQALI, ALARM, slots=AFTER_KISQALI),
            "emergency",
            "emergency_red_flag",
            [],
            remembered(**AFTER_KISQALI),
            id="an emergency changes nothing",
        ),
        pytest.param(
            tracker("ask_emergency_red_flag", CRISIS), "crisis", "emergency_red_flag", [], remembered(), id="a crisis"
        ),
        pytest.param(
            tracker("ask_dosage", KISQALI, CRISIS), "crisis", "emergency_red_flag", [], remembered(), id="alarm alone"
        ),
        pytest.param(tracker("greet"), "chitchat", "small_talk", [], remembered(), id="greeting"),
        pytest.param(
            tracker("ask_talk_to_human"),
            "handoff",
            "talk_to_human",
            [],
            remembered(topic="talk_to_human"),
            id="a person",
        ),
        pytest.param(
            tracker("ask_side_effect_of_symptom", CHILLS, slots=AFTER_KISQALI | {"unclear": "1"}),
            "answer",
            "side_effect_of_symptom",
            ["ribociclib"],
            remembered(subjects="ribociclib infection", topic="side_effect_of_symptom"),
            id="understood again",
        ),
    ],
)
async def test_answer_question(heard: Tracker, kind: str, topic: str, drugs: list[str], slots: dict[str, Any]) -> None:
    message, kept = await run(ActionAnswerQuestion(), heard)
    custom = message["custom"]
    assert (custom["kind"], custom["topic"], custom["drugs"]) == (kind, topic, drugs)
    assert kept == slots
    assert message["text"]
    assert message["buttons"] == [{"title": b["title"], "payload": b["payload"]} for b in message["buttons"]]


@pytest.mark.parametrize(
    ("heard", "kind", "topic", "slots"),
    [
        pytest.param(
            tracker("nlu_fallback", ranking=("nlu_fallback", "ask_mechanism", "greet", "ask_overview")),
            "clarify",
            "mechanism",
            remembered(unclear="1"),
            id="nothing understood",
        ),
        pytest.param(
            tracker("nlu_fallback", slots={"unclear": "1"}),
            "handoff",
            "talk_to_human",
            remembered(),
            id="nothing understood twice",
        ),
        pytest.param(
            tracker("deny", slots={"unclear": "1"}), "handoff", "talk_to_human", remembered(), id="no after asking back"
        ),
        pytest.param(
            tracker("nlu_fallback", KISQALI, slots={"unclear": "1"}),
            "answer",
            "overview",
            remembered(subjects="ribociclib", topic="overview"),
            id="a name at least",
        ),
        pytest.param(
            tracker("nlu_fallback", TAMOXIFEN),
            "out_of_scope",
            "out_of_scope_other_drug",
            remembered(topic="out_of_scope_other_drug"),
            id="not our medicine",
        ),
        pytest.param(
            tracker("nlu_fallback", CRISIS),
            "crisis",
            "emergency_red_flag",
            remembered(),
            id="an alarm, whatever the classifier",
        ),
        pytest.param(
            tracker("nlu_fallback", slots=AFTER_KISQALI),
            "clarify",
            "small_talk",
            remembered(subjects="ribociclib", topic="side_effects", unclear="1"),
            id="what was talked about is kept",
        ),
    ],
)
async def test_ask_back(heard: Tracker, kind: str, topic: str, slots: dict[str, Any]) -> None:
    message, kept = await run(ActionAskBack(), heard)
    assert (message["custom"]["kind"], message["custom"]["topic"]) == (kind, topic)
    assert kept == slots


@pytest.mark.parametrize(("unclear", "kind"), [(None, "clarify"), ("0", "clarify"), ("1", "handoff")])
async def test_fall_back(unclear: str | None, kind: str) -> None:
    message, kept = await run(ActionFallBack(), tracker("affirm", slots={"unclear": unclear}))
    assert message["custom"]["kind"] == kind
    assert kept == remembered(unclear="1" if kind == "clarify" else "0")


async def test_slots_carry_a_conversation() -> None:
    """The slots of one turn are the memory of the next."""
    first, slots = await run(ActionAnswerQuestion(), tracker("ask_overview", KISQALI))
    second, slots = await run(ActionAnswerQuestion(), tracker("ask_administration", slots=slots))
    third, _ = await run(ActionAnswerQuestion(), tracker("ask_comparison", PIQRAY, slots=slots))
    assert [m["custom"]["drugs"] for m in (first, second)] == [["ribociclib"], ["ribociclib"]]
    assert third["custom"]["drugs"] == ["alpelisib", "ribociclib"]


def test_slots_hold_no_words_of_a_person() -> None:
    """Only ids are kept: a name that was typed goes into the reply and nowhere else."""
    heard = translation.heard(tracker("ask_overview", TAMOXIFEN | {"text": "tamoxifen 20 for Jane"}))
    _, kept = translation.assistant().reply(heard, Memory())
    assert "Jane" not in str(kept)


@pytest.mark.parametrize(
    ("slots", "memory"),
    [
        ({}, Memory()),
        ({"subjects": "ribociclib no-such-id diarrhea"}, Memory(subjects=("ribociclib", "diarrhea"))),
        ({"audience": "clinician", "language": "es"}, Memory(audience="clinician", language="es")),
        ({"audience": "somebody"}, Memory()),
        ({"page": "2", "unclear": "1"}, Memory(page=2, unclear=1)),
        pytest.param(
            {"topic": "no_such_topic", "pending": "no_such_topic"},
            Memory(),
        ),
        pytest.param(
            {"page": "two"},
            Memory(),
        ),
    ],
)
def test_memory(slots: dict[str, Any], memory: Memory) -> None:
    assert translation.memory(tracker("greet", slots=slots)) == memory


@pytest.mark.parametrize(
    ("message", "topic", "act", "alternatives"),
    [
        (None, None, None, ()),
        ({}, None, None, ()),
        ({"intent": {"name": None}}, None, None, ()),
        ({"intent": {"name": "ask_dosage"}}, "dosage", None, ()),
        ({"intent": {"name": "ask_no_such_topic"}}, None, None, ()),
        ({"intent": {"name": "greet"}}, None, "greet", ()),
        (
            {"intent": {"name": "x"}, "intent_ranking": [{"name": n} for n in ("x", "ask_a", "ask_dosage", "greet")]},
            None,
            "x",
            ("dosage",),
        ),
    ],
)
def test_heard(message: Any, topic: str | None, act: str | None, alternatives: tuple[str, ...]) -> None:
    heard = tracker("greet")
    heard.latest_message = message
    understood = translation.heard(heard)
    assert understood.topic == topic
    assert (understood.act or None) == act
    assert understood.alternatives == alternatives


@pytest.mark.parametrize("action", [ActionAnswerQuestion, ActionAskBack, ActionFallBack])
async def test_an_empty_message_gets_a_reply(action: Callable[[], Any]) -> None:
    message, _ = await run(action(), tracker(None))
    assert message["custom"]["kind"] == "clarify"
