"""The endpoints with a real store and locks, where a turn takes a course that no client can bring about for certain."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import clocks
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from helpline import sessions, sheet
from helpline.assistant import Assistant
from helpline.limits import BURST, MOST_TURNS, Limits, Rates
from helpline.metrics import Metrics
from helpline.problems import Problem
from helpline.rasa import api
from helpline.rasa.tracker_store import Glance, HelplineTrackerStore
from helpline.sessions import Sessions

KEY = "a key of this test, that is long enough for HS256"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HelplineTrackerStore]:
    made = HelplineTrackerStore(Domain.empty(), url=f"sqlite:///{tmp_path}/conversations.db")
    yield made
    made.engine.dispose()


@pytest.fixture
def endpoints(assistant: Assistant) -> api.Api:
    return api.Api(assistant, Sessions(KEY), Limits(assistant.phrases, is_on=False, rates=Rates()), Metrics())


def request(store: Any, **body: Any) -> Any:
    agent = SimpleNamespace(
        is_ready=lambda: True, tracker_store=store, lock_store=InMemoryLockStore(), processor=SimpleNamespace()
    )
    app = SimpleNamespace(ctx=SimpleNamespace(agent=agent))
    raw = json.dumps(body).encode()
    return SimpleNamespace(
        app=app, content_type="application/json", body=raw, remote_addr="", ip="192.0.2.1", headers={}
    )


async def never() -> None:
    await asyncio.Event().wait()


async def too_slow() -> None:
    raise asyncio.TimeoutError


def stored(store: HelplineTrackerStore, then: Callable[[], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """A turn that is on the disk when something happens."""

    async def take(message: UserMessage) -> None:
        tracker = await store.get_or_create_tracker(message.sender_id)
        tracker.update(UserUttered(message.text))
        await store.save(tracker)
        await then()

    return take


async def wait_until_empty(store: HelplineTrackerStore) -> None:
    until = time.monotonic() + 20
    while await store.keys():
        assert time.monotonic() < until, "a conversation is left that nobody can delete"
        await asyncio.sleep(0.01)


async def test_a_first_message_without_an_answer_leaves_nothing(
    endpoints: api.Api, store: HelplineTrackerStore
) -> None:
    """Its session was never sent: nobody could delete it."""
    with pytest.raises(asyncio.TimeoutError):
        await endpoints.chat(stored(store, too_slow), request(store, message="hello"))
    await wait_until_empty(store)


async def test_who_hangs_up_in_a_first_message_leaves_nothing(endpoints: api.Api, store: HelplineTrackerStore) -> None:
    turn = asyncio.ensure_future(endpoints.chat(stored(store, never), request(store, message="hello")))
    until = time.monotonic() + 20
    while not await store.keys():
        assert time.monotonic() < until, "the turn was not stored"
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await wait_until_empty(store)


async def test_a_later_message_without_an_answer_leaves_its_conversation(
    endpoints: api.Api, store: HelplineTrackerStore
) -> None:
    tracker = await store.get_or_create_tracker("a")
    tracker.update(UserUttered("hello"))
    await store.save(tracker)
    with pytest.raises(asyncio.TimeoutError):
        await endpoints.chat(stored(store, too_slow), request(store, message="hello", session=Sessions(KEY).token("a")))
    assert not endpoints._deleting
    assert await store.keys() == ["a"]


async def test_a_conversation_can_be_put_on_a_sheet_and_deleted_after_its_session_has_expired(
    endpoints: api.Api, store: HelplineTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is good for an hour, a conversation is kept for a day: in between neither is lost."""
    tracker = await store.get_or_create_tracker("a")
    tracker.update(UserUttered("hello"))
    await store.save(tracker)
    monkeypatch.setattr(sessions, "LIFETIME", datetime.timedelta(minutes=-1))
    expired = Sessions(KEY).token("a")
    with pytest.raises(Problem) as refused:
        await endpoints.chat(stored(store, too_slow), request(store, message="hello", session=expired))
    assert "expired" in refused.value.detail
    assert (await endpoints.sheet(request(store, session=expired))).body.startswith(b"%PDF-")
    assert (await endpoints.forget(request(store, session=expired))).status == 204
    assert await store.keys() == []
    for token in (expired, Sessions(f"not {KEY}").token("a")):
        with pytest.raises(Problem):
            await endpoints.forget(request(store, session=token))
        with pytest.raises(Problem):
            await endpoints.sheet(request(store, session=token))


# --- one deadline, whatever hangs. Time is told, not waited for.


class SlowStore(HelplineTrackerStore):
    """A store of one long conversation, in memory, of which each part takes as long as it is told to."""

    def __init__(self, turns: int = 1, glance: float = 0.0, delete: float = 0.0) -> None:
        self._turns, self._glance, self._delete = turns, glance, delete
        self.deleted: list[str] = []

    async def glance(self, sender_id: str) -> Glance | None:
        await asyncio.sleep(self._glance)
        return Glance(self._turns, frozenset(), frozenset({"0123456789abcdef"}))

    async def delete(self, sender_id: str) -> None:
        await asyncio.sleep(self._delete)
        self.deleted.append(sender_id)


class SlowLocks(InMemoryLockStore):
    """Locks that take seconds to let go of, as those of a Redis that hangs do."""

    @contextlib.asynccontextmanager
    async def lock(self, *args: Any, **kwargs: Any) -> Any:
        try:
            yield
        finally:
            await asyncio.sleep(4)


@pytest.fixture
def limited(assistant: Assistant) -> api.Api:
    return api.Api(assistant, Sessions(KEY), Limits(assistant.phrases, is_on=True, rates=Rates()), Metrics())


async def held(message: UserMessage) -> None:
    async with SlowLocks().lock("a"):
        await asyncio.sleep(60)


async def quick(message: UserMessage) -> None:
    await message.output_channel.send_response("a", {"text": "hello", "custom": {"kind": "answer"}})


async def outcome(work: Awaitable[Any]) -> tuple[str, float]:
    """Return what became of a request, and when."""
    try:
        return str((await work).status), clocks.now()
    except Problem as problem:
        return str(problem.status.value), clocks.now()
    except asyncio.TimeoutError:
        return "too late", clocks.now()


# what hangs -> the store
HANGS = {
    "reading what was said": SlowStore(glance=60),
    "the turn, and the lock after it": SlowStore(),
    "reading, and then the turn": SlowStore(glance=6),
    "deleting what has had its last turn": SlowStore(turns=MOST_TURNS, delete=60),
    "all of it": SlowStore(turns=MOST_TURNS, glance=3, delete=3),
}


@pytest.mark.parametrize("hangs", HANGS)
def test_a_message_is_told_of_in_time_whatever_hangs(limited: api.Api, hangs: str) -> None:
    session = Sessions(KEY).token("a")
    asked = request(HANGS[hangs], message="hello", session=session)
    assert clocks.run(outcome(limited.chat(held, asked))) == ("too late", pytest.approx(api.SECONDS_TO_ANSWER))


@pytest.mark.parametrize("turns", [1, MOST_TURNS])
def test_also_after_the_queue(limited: api.Api, turns: int) -> None:
    """The last of a burst has waited for seven seconds: what is left of the eight is all that it has."""
    session = Sessions(KEY).token("a")
    asked = request(SlowStore(turns=turns, delete=60), message="hello", session=session)

    async def burst() -> list[tuple[str, float]]:
        return await asyncio.gather(*(outcome(limited.chat(held, asked)) for _ in range(BURST + 2)))

    outcomes = clocks.run(burst())
    assert sorted(status for status, _ in outcomes) == ["429", "429"] + ["too late"] * BURST
    assert max(at for _, at in outcomes) == pytest.approx(api.SECONDS_TO_ANSWER)


def test_a_burst_is_answered_to_the_last(limited: api.Api) -> None:
    asked = request(SlowStore(), message="hello", session=Sessions(KEY).token("a"))

    async def burst() -> list[tuple[str, float]]:
        return await asyncio.gather(*(outcome(limited.chat(quick, asked)) for _ in range(BURST)))

    outcomes = clocks.run(burst())
    assert [status for status, _ in outcomes] == ["200"] * BURST
    assert BURST - 2 < max(at for _, at in outcomes) < api.SECONDS_TO_ANSWER


@pytest.mark.parametrize(
    ("name", "store", "body"),
    [
        ("forget", SlowStore(delete=60), {}),
        ("forget", SlowStore(glance=60), {}),
        ("feedback", SlowStore(glance=60), {"answer_id": "0123456789abcdef", "helpful": True}),
    ],
)
def test_so_is_everything_else(limited: api.Api, name: str, store: SlowStore, body: dict[str, Any]) -> None:
    asked = request(store, session=Sessions(KEY).token("a"), **body)
    told = clocks.run(outcome(getattr(limited, name)(asked)))
    assert told == ("too late", pytest.approx(api.SECONDS_TO_ANSWER))


async def test_a_sheet_that_was_given_up_keeps_its_place_until_it_is_made(
    endpoints: api.Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    begun: list[int] = []

    def make(*args: Any) -> bytes:
        begun.append(1)
        go_on.wait(20)
        return b"%PDF"

    monkeypatch.setattr(sheet, "make", make)
    monkeypatch.setattr(api, "_SECONDS_FOR_A_SHEET", 0.5)
    turns = [{"asked": "x", "topic": "mechanism", "drugs": ["everolimus"]}]
    asked = request(SlowStore(), session=Sessions(KEY).token("a"), turns=turns)
    given_up = await asyncio.gather(*(endpoints.sheet(asked) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in given_up] == [asyncio.TimeoutError] * 3
    assert endpoints._sheets.pending == 3
    go_on.set()
    until = time.monotonic() + 20
    while endpoints._sheets.pending:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
    assert len(begun) == 2  # the third never had a place: nobody waits for it
