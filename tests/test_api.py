"""The endpoints with a real store and locks, where a turn takes a course that no client can bring about for certain."""

from __future__ import annotations

import asyncio
import datetime
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from helpline import sessions
from helpline.assistant import Assistant
from helpline.limits import Limits, Rates
from helpline.metrics import Metrics
from helpline.problems import Problem
from helpline.rasa import api
from helpline.rasa.tracker_store import HelplineTrackerStore
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


def request(store: HelplineTrackerStore, **body: Any) -> Any:
    agent = SimpleNamespace(
        is_ready=lambda: True, tracker_store=store, lock_store=InMemoryLockStore(), processor=SimpleNamespace()
    )
    app = SimpleNamespace(ctx=SimpleNamespace(agent=agent))
    raw = json.dumps(body).encode()
    return SimpleNamespace(app=app, content_type="application/json", body=raw, remote_addr="", ip="192.0.2.1")


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
