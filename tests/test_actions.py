"""The actions through a small tracker: no server, no network. One message each, and the slots to remember."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import __main__, translation
from actions.actions import ActionAnswerQuestion, ActionFallBack
from helpline.admission import PLACES
from helpline.question import Asked, Memory, Mention, Understanding
from helpline.reply import Reply

KISQALI = {"entity": "drug", "value": "ribociclib", "text": "Kisqali", "start": 0, "end": 7}
PIQRAY = {"entity": "drug", "value": "alpelisib", "text": "Piqray"}
TAMOXIFEN = {"entity": "other_medicine", "value": "hormone-drugs", "text": "tamoxifen"}
CHILLS = {"entity": "side_effect", "value": "infection", "text": "chills"}
ALARM = {"entity": "alarm", "value": "emergency", "extractor": "SafetyClassifier"}
CRISIS = {"entity": "alarm", "value": "crisis"}

ON_KISQALI = {"subjects": "ribociclib", "recent": "ribociclib"}
AFTER_KISQALI = ON_KISQALI | {"topic": "side_effects", "offered": "more"}
START = {"page": "0", "unclear": "0", "audience": "patient", "language": "en"}


def tracker(
    intent: str | None, *entities: dict[str, Any], slots: dict[str, Any] | None = None, **message: Any
) -> Tracker:
    """What rasa-sdk gives to an action after one message."""
    ranking = [{"name": name, "confidence": 0.5} for name in message.pop("ranking", ())]
    events = message.pop("events", [])
    said = {"intent": {"name": intent}, "entities": list(entities), "intent_ranking": ranking} | message
    return Tracker("someone", slots or {}, said, events, False, None, {}, "action_listen")


async def run(action: Any, heard: Tracker) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run an action; give its one message, and the slots that then differ from those of a new conversation."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, heard, {})
    assert len(dispatcher.messages) == 1
    slots = [event for event in events if event["event"] == "slot"]
    # Only the fallback has to say that the turn is over; after the others a rule does.
    ends = [{"event": "followup", "timestamp": None, "name": "action_listen"}]
    assert [e for e in events if e not in slots] == (ends if isinstance(action, ActionFallBack) else [])
    assert all(event["value"] != heard.slots.get(event["name"]) for event in slots)
    kept = heard.slots | {event["name"]: event["value"] for event in slots}
    return dispatcher.messages[0], {n: v for n, v in kept.items() if v is not None and v != START.get(n)}


# name of the turn -> (what was heard, (kind, topic, drugs) of the reply, what is remembered)
TURNS: dict[str, tuple[Tracker, tuple[str, str, list[str]], dict[str, str]]] = {
    "a question": (
        tracker("ask_side_effects", KISQALI),
        ("answer", "side_effects", ["ribociclib"]),
        AFTER_KISQALI,
    ),
    "a follow-up": (
        tracker("ask_indication", slots=AFTER_KISQALI),
        ("answer", "indication", ["ribociclib"]),
        ON_KISQALI | {"topic": "indication"},
    ),
    "and Piqray?": (
        tracker("inform_subject", PIQRAY, slots=AFTER_KISQALI, text="and Piqray?"),
        ("answer", "side_effects", ["alpelisib"]),
        AFTER_KISQALI | {"subjects": "alpelisib", "recent": "alpelisib ribociclib"},
    ),
    "more": (
        tracker("more", slots=AFTER_KISQALI),
        ("answer", "side_effects", ["ribociclib"]),
        ON_KISQALI | {"topic": "side_effects", "page": "1"},
    ),
    "yes": (
        tracker("affirm", slots=AFTER_KISQALI),
        ("answer", "side_effects", ["ribociclib"]),
        ON_KISQALI | {"topic": "side_effects", "page": "1"},
    ),
    "no": (
        tracker("deny", slots=AFTER_KISQALI),
        ("chitchat", "small_talk", []),
        ON_KISQALI | {"topic": "side_effects"},
    ),
    "declined": (
        tracker("ask_dosage", KISQALI),
        ("decline", "dosage", ["ribociclib"]),
        ON_KISQALI | {"topic": "dosage"},
    ),
    "which drug?": (tracker("ask_side_effects"), ("clarify", "side_effects", []), {"pending": "side_effects"}),
    "the drug that was asked for": (
        tracker("inform_subject", KISQALI, slots={"pending": "indication"}),
        ("answer", "indication", ["ribociclib"]),
        ON_KISQALI | {"topic": "indication"},
    ),
    "not our medicine: 'its side effects' are no longer those of Kisqali": (
        tracker("ask_side_effects", TAMOXIFEN, slots=AFTER_KISQALI),
        ("out_of_scope", "out_of_scope_other_drug", []),
        {"recent": "ribociclib", "topic": "out_of_scope_other_drug"},
    ),
    "an emergency keeps what it was about and what it was raised in place of": (
        tracker(
            "ask_emergency_red_flag", KISQALI, ALARM, ranking=("ask_emergency_red_flag", "ask_side_effects"), slots={}
        ),
        ("emergency", "emergency_red_flag", []),
        ON_KISQALI | {"alarm": "emergency", "withheld": "side_effects"},
    ),
    "a crisis": (
        tracker("ask_emergency_red_flag", CRISIS),
        ("crisis", "emergency_red_flag", []),
        {"alarm": "crisis"},
    ),
    "an alarm, whatever the classifier": (
        tracker("nlu_fallback", CRISIS),
        ("crisis", "emergency_red_flag", []),
        {"alarm": "crisis"},
    ),
    "greeting": (tracker("greet"), ("chitchat", "small_talk", []), {}),
    "a person": (
        tracker("ask_talk_to_human"),
        ("handoff", "talk_to_human", []),
        {"topic": "talk_to_human", "offered": "more"},
    ),
    "understood again": (
        tracker("ask_side_effect_of_symptom", CHILLS, slots=AFTER_KISQALI | {"unclear": "1"}),
        ("answer", "side_effect_of_symptom", ["ribociclib"]),
        AFTER_KISQALI | {"subjects": "ribociclib infection", "topic": "side_effect_of_symptom"},
    ),
    "nothing understood": (
        tracker("nlu_fallback", ranking=("nlu_fallback", "ask_mechanism", "greet", "ask_overview")),
        ("clarify", "mechanism", []),
        {"unclear": "1", "offered": "mechanism overview"},
    ),
    "nothing understood twice": (
        tracker("nlu_fallback", slots={"unclear": "1"}),
        ("handoff", "talk_to_human", []),
        {},
    ),
    "no after asking back": (
        tracker("deny", slots={"unclear": "1", "offered": "mechanism overview"}),
        ("handoff", "talk_to_human", []),
        {},
    ),
    "a name at least": (
        tracker("nlu_fallback", KISQALI, slots={"unclear": "1"}),
        ("answer", "overview", ["ribociclib"]),
        ON_KISQALI | {"topic": "overview"},
    ),
    "what was talked about is kept": (
        tracker("nlu_fallback", slots=AFTER_KISQALI),
        ("clarify", "small_talk", ["ribociclib"]),
        ON_KISQALI | {"topic": "side_effects", "unclear": "1"},
    ),
    "a nurse": (
        tracker("inform_audience", text="I'm an oncology nurse"),
        ("chitchat", "small_talk", []),
        {"audience": "clinician"},
    ),
    "an audience that was picked": (
        tracker("greet", metadata={"audience": "caregiver"}),
        ("chitchat", "small_talk", []),
        {"audience": "caregiver"},
    ),
}


@pytest.mark.parametrize("turn", TURNS)
async def test_answer_question(turn: str) -> None:
    heard, replied, remembered = TURNS[turn]
    message, kept = await run(ActionAnswerQuestion(), heard)
    custom = message["custom"]
    assert (custom["kind"], custom["topic"], custom["drugs"]) == replied
    assert kept == remembered
    assert message["text"]
    assert message["buttons"] == [{"title": b["title"], "payload": b["payload"]} for b in message["buttons"]]


@pytest.mark.parametrize(("unclear", "kind"), [(None, "clarify"), ("0", "clarify"), ("1", "handoff")])
async def test_fall_back(unclear: str | None, kind: str) -> None:
    message, kept = await run(ActionFallBack(), tracker("affirm", slots={"unclear": unclear}))
    assert message["custom"]["kind"] == kind
    assert kept == ({"unclear": "1"} if kind == "clarify" else {})


SECONDS = 10  # until a test has failed


class HeldAssistant:
    """The core, in which what is asked about one topic, and every fallback, is held until it is let go."""

    def __init__(self) -> None:
        self._core = translation.assistant()
        self._go_on = threading.Event()
        self._held = threading.Semaphore(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def _hold(self) -> None:
        self._held.release()
        assert self._go_on.wait(SECONDS), "nobody let it go"

    def reply(self, heard: Understanding, memory: Memory) -> tuple[Reply, Memory]:
        if heard.topic == "mechanism":
            self._hold()
        return self._core.reply(heard, memory)

    def fall_back(self, memory: Memory) -> tuple[Reply, Memory]:
        self._hold()
        return self._core.fall_back(memory)

    async def wait_until_held(self, times: int) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as own:  # not one of the threads that are held
            for _ in range(times):
                assert await asyncio.get_running_loop().run_in_executor(own, self._held.acquire, True, SECONDS)

    def let_go(self) -> None:
        self._go_on.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldAssistant]:
    made = HeldAssistant()
    monkeypatch.setattr(translation, "assistant", lambda: made)
    yield made
    made.let_go()


HELD = tracker("ask_mechanism", KISQALI)


@pytest.mark.parametrize("action", [ActionAnswerQuestion(), ActionFallBack()])
async def test_a_slow_action_keeps_nobody_waiting(action: Any, slow: HeldAssistant) -> None:
    """As many as Rasa has under way at once, but for one, are held: the other's reply comes all the same."""
    await __main__.give_threads(None, asyncio.get_running_loop())
    late = [asyncio.ensure_future(run(action, HELD)) for _ in range(PLACES - 1)]
    await slow.wait_until_held(len(late))
    message, _ = await asyncio.wait_for(run(ActionAnswerQuestion(), tracker("ask_side_effects", PIQRAY)), SECONDS)
    assert message["custom"]["drugs"] == ["alpelisib"]
    assert not any(each.done() for each in late)
    slow.let_go()
    assert {reply["custom"]["kind"] for reply, _ in await asyncio.gather(*late)} <= {"answer", "clarify"}


async def test_there_is_a_thread_for_whoever_comes_after_those_that_were_given_up(slow: HeldAssistant) -> None:
    await __main__.give_threads(None, asyncio.get_running_loop())
    for _ in range(2):
        given_up = [asyncio.ensure_future(run(ActionAnswerQuestion(), HELD)) for _ in range(PLACES)]
        await slow.wait_until_held(len(given_up))
        for each in given_up:
            each.cancel()
    message, _ = await asyncio.wait_for(run(ActionAnswerQuestion(), tracker("ask_side_effects", PIQRAY)), SECONDS)
    assert message["custom"]["drugs"] == ["alpelisib"]
    slow.let_go()


async def test_actions_whose_threads_are_all_held_are_not_healthy(slow: HeldAssistant) -> None:
    """Then `/ready` says so, and they are ended and started again."""
    await __main__.give_threads(None, asyncio.get_running_loop())
    health = SimpleNamespace(path="/health")
    late = [asyncio.ensure_future(run(ActionAnswerQuestion(), HELD)) for _ in range(__main__.THREADS - 1)]
    await slow.wait_until_held(len(late))
    await asyncio.wait_for(__main__.ask_threads(health), SECONDS)
    late.append(asyncio.ensure_future(run(ActionAnswerQuestion(), HELD)))
    await slow.wait_until_held(1)
    asked = asyncio.ensure_future(__main__.ask_threads(health))
    await asyncio.wait_for(__main__.ask_threads(SimpleNamespace(path="/webhook")), SECONDS)
    assert not asked.done()
    slow.let_go()
    await asyncio.gather(asked, *late)


async def test_what_is_answered_at_once_is_what_is_answered_alone() -> None:
    """Threads share the core and what it keeps: each answer is its own, however often they change places."""
    alone = {name: await run(ActionAnswerQuestion(), heard) for name, (heard, _, _) in TURNS.items()}
    names = sorted(TURNS) * 4
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        together = await asyncio.gather(*(run(ActionAnswerQuestion(), TURNS[name][0]) for name in names))
    finally:
        sys.setswitchinterval(interval)
    assert [name for name, reply in zip(names, together) if reply != alone[name]] == []


async def test_slots_carry_a_conversation() -> None:
    """The slots of one turn are the memory of the next."""
    first, slots = await run(ActionAnswerQuestion(), tracker("ask_overview", KISQALI))
    second, slots = await run(ActionAnswerQuestion(), tracker("ask_administration", slots=slots))
    third, slots = await run(ActionAnswerQuestion(), tracker("ask_comparison", PIQRAY, slots=slots))
    fourth, _ = await run(ActionAnswerQuestion(), tracker("ask_mechanism", slots=slots, text="and the second one?"))
    assert [m["custom"]["drugs"] for m in (first, second)] == [["ribociclib"], ["ribociclib"]]
    assert third["custom"]["drugs"] == ["alpelisib", "ribociclib"]
    assert fourth["custom"]["drugs"] == ["ribociclib"]


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
        ({"recent": "ribociclib x", "listing": "x olaparib"}, Memory(recent=("ribociclib",), listing=("olaparib",))),
        ({"offered": "more x mechanism confirm"}, Memory(offered=("more", "mechanism", "confirm"))),
        ({"alarm": "emergency", "withheld": "mechanism"}, Memory(alarm="emergency", withheld="mechanism")),
        ({"alarm": "x", "withheld": "small_talk"}, Memory()),
        ({"abroad": True}, Memory(abroad=True)),
        ({"abroad": "yes"}, Memory()),
        ({"audience": "clinician", "language": "en"}, Memory(audience="clinician")),
        ({"language": "es"}, Memory()),  # known, and not offered yet
        ({"audience": "somebody", "language": "xx"}, Memory()),
        ({"page": "2", "unclear": "1"}, Memory(page=2, unclear=1)),
        ({"topic": "no_such_topic", "pending": "no_such_topic", "page": "two"}, Memory()),
    ],
)
def test_memory(slots: dict[str, Any], memory: Memory) -> None:
    assert translation.memory(tracker("greet", slots=slots)) == memory


@pytest.mark.parametrize(
    ("metadata", "audience", "language"),
    [
        ({"audience": "patient"}, "patient", "en"),
        ({"language": "es"}, "clinician", "en"),
        ({"language": "en"}, "clinician", "en"),
        ({"audience": "king", "language": "klingon"}, "clinician", "en"),
        ({"audience": ["patient"], "language": {"a": 1}}, "clinician", "en"),
        (None, "clinician", "en"),
    ],
)
def test_what_the_client_picked_goes_before_what_is_remembered(metadata: Any, audience: str, language: str) -> None:
    memory = translation.memory(tracker("greet", slots={"audience": "clinician"}, metadata=metadata))
    assert (memory.audience, memory.language) == (audience, language)


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
            {
                "intent": {"name": "nlu_fallback"},
                "intent_ranking": [{"name": n} for n in ("nlu_fallback", "ask_a", "ask_dosage", "greet")],
            },
            None,
            None,
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


def test_a_corrected_name_is_not_heard() -> None:
    names = ({**KISQALI, "start": 8}, {**PIQRAY, "start": 17})
    corrected = translation.heard(tracker("inform_subject", *names, text="no, not Kisqali, Piqray"))
    plain = translation.heard(tracker("ask_comparison", *names, text="compare Kisqali, Piqray"))
    alone = translation.heard(tracker("inform_subject", {**KISQALI, "start": 8}, text="no, not Kisqali"))
    assert corrected.named("drug") == ("alpelisib",)
    assert plain.named("drug") == ("ribociclib", "alpelisib")
    assert alone.named("drug") == ("ribociclib",)


def test_several_questions_keep_their_names() -> None:
    names = ({**KISQALI, "start": 10, "end": 17}, {**PIQRAY, "start": 40, "end": 46})
    questions = [
        {"name": "ask_mechanism", "start": 0, "end": 20},
        {"name": "ask_dosage", "start": 20, "end": 50},
        {"name": "greet", "start": 50, "end": 60},
    ]
    heard = translation.heard(tracker("ask_mechanism", *names, questions=questions))
    assert heard.asked == (
        Asked("mechanism", (Mention("drug", "ribociclib", "Kisqali"),)),
        Asked("dosage", (Mention("drug", "alpelisib", "Piqray"),)),
    )


@pytest.mark.parametrize(("minutes", "is_late"), [(29.9, False), (30, True), (50, True)])
def test_a_message_is_late_by_the_time_of_the_reply_before_it(minutes: float, is_late: bool) -> None:
    events = [
        {"event": "user", "timestamp": 1000.0},
        {"event": "bot", "timestamp": 1001.0},
        {"event": "slot", "timestamp": 1001.5},
        {"event": "user", "timestamp": 1001.0 + minutes * 60},
    ]
    assert translation.heard(tracker("ask_dosage", events=events)).is_late is is_late


def test_the_first_message_is_not_late() -> None:
    assert not translation.heard(tracker("greet", events=[{"event": "user", "timestamp": 5000.0}])).is_late


@pytest.mark.parametrize("action", [ActionAnswerQuestion, ActionFallBack])
async def test_an_empty_message_gets_a_reply(action: type[Any]) -> None:
    message, _ = await run(action(), tracker(None))
    assert message["custom"]["kind"] == "clarify"


def test_a_drug_that_another_comes_after_is_one_of_the_past() -> None:
    names = ({**KISQALI, "start": 6, "end": 13}, {**PIQRAY, "start": 18, "end": 24})
    heard = translation.heard(tracker("ask_indication", *names, text="after Kisqali, is Piqray next"))
    alone = translation.heard(tracker("ask_indication", names[0], text="after Kisqali, what is next"))
    assert [m.is_past for m in heard.mentions] == [True, False]
    assert [m.is_past for m in alone.mentions] == [False]
