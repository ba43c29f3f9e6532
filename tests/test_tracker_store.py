"""The store keeps conversations whole, without the words in them, and says when it cannot."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import json
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from helpline import paths
from helpline.rasa import stores, tracker_store
from helpline.rasa.tracker_store import (
    RETENTION_SECONDS,
    ConversationGone,
    Glance,
    HelplineTrackerStore,
    StoreUnavailable,
    scrub,
)

pytestmark = pytest.mark.filterwarnings("ignore:Slot auto-fill:UserWarning")

WORDS = "my planted words about a lump"


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(paths.DOMAIN))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "conversations.db"


@pytest.fixture
def store(file: Path, domain: Domain) -> Iterator[HelplineTrackerStore]:
    made = HelplineTrackerStore(domain, url=f"sqlite:///{file}")
    yield made
    made.engine.dispose()


def turn(text: str = WORDS, intent: str = "ask_mechanism") -> list[object]:
    entity = {"entity": "drug", "value": "everolimus", "text": text, "start": 0, "end": 5}
    parsed = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": [entity], "questions": [text]}
    buttons = [{"title": text, "payload": "/more"}]
    data = {
        "buttons": buttons,
        "custom": {"kind": "answer", "topic": "mechanism", "answer_id": "a" * 16, "named": text},
    }
    return [
        UserUttered(text, parsed["intent"], [entity], parsed, metadata={"audience": "patient", "note": text}),
        SlotSet("subjects", "everolimus alpelisib"),
        ActionExecuted("action_answer_question"),
        BotUttered(text, data, metadata={"note": text}),
        ActionExecuted("action_listen"),
    ]


async def talk(store: HelplineTrackerStore, sender: str, turns: int = 1) -> DialogueStateTracker:
    """Take some turns as Rasa does: fetch, add, save."""
    for _ in range(turns):
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        if not tracker.events:
            for event in (ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")):
                tracker.update(event)
        for event in turn():
            tracker.update(event)
        await store.save(tracker)
    kept = await store.retrieve(sender)
    assert kept is not None
    return kept


async def test_turns_come_back_in_order_with_their_ids(store: HelplineTrackerStore) -> None:
    kept = await talk(store, "a", turns=3)
    said = [e for e in kept.events if isinstance(e, UserUttered)]
    assert [e.intent_name for e in said] == ["ask_mechanism"] * 3
    assert [[x["value"] for x in e.entities] for e in said] == [["everolimus"]] * 3
    assert kept.get_slot("subjects") == "everolimus alpelisib"
    answered = [e for e in kept.events if isinstance(e, BotUttered)]
    assert answered[-1].data["custom"] == {"kind": "answer", "topic": "mechanism", "answer_id": "a" * 16}
    assert [b["payload"] for b in answered[-1].data["buttons"]] == ["/more"]


async def test_a_long_conversation_comes_back_as_its_slots_and_latest_turns(store: HelplineTrackerStore) -> None:
    """And every turn of it is stored once, in its order."""
    tracker = await talk(store, "a")
    for event in (SlotSet("topic", "mechanism"), SlotSet("pending", "dosage"), SlotSet("pending", None)):
        tracker.update(event)
    await store.save(tracker)
    for number in range(20):
        tracker = await talk(store, "a")
        tracker.update(SlotSet("listing", f"kept-{number}"))
        await store.save(tracker)
    kept = await store.retrieve("a")
    assert kept is not None
    slots = ("subjects", "topic", "pending", "listing")
    assert [kept.get_slot(name) for name in slots] == ["everolimus alpelisib", "mechanism", None, "kept-19"]
    assert sum(isinstance(event, UserUttered) for event in kept.events) == tracker_store._LATEST
    assert isinstance(kept.events[0], SessionStarted)
    with store.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT type_name, data FROM events ORDER BY id")).all()
    kinds = [kind for kind, _ in rows]
    assert kinds.count("user") == kinds.count("bot") == 21
    assert [json.loads(data)["value"] for _, data in rows if '"listing"' in data] == [f"kept-{n}" for n in range(20)]
    assert len(rows) == 3 + 21 * 5 + 3 + 20


async def test_a_glance_tells_what_a_request_has_to_know(store: HelplineTrackerStore) -> None:
    assert await store.glance("a") is None
    await talk(store, "a", turns=3)
    await talk(store, "b")
    assert await store.glance("a") == Glance(3, frozenset({"/more"}), frozenset({"a" * 16}))


async def test_no_word_of_anybody_is_on_the_disk(store: HelplineTrackerStore, file: Path) -> None:
    await talk(store, "a", turns=2)
    store.engine.dispose()
    written = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"everolimus" in written
    assert b"planted" not in written


@pytest.mark.parametrize(
    "value", [{"a": WORDS}, [WORDS], "what?! is ünusual", "x" * 5000], ids=["object", "list", "sentence", "long"]
)
def test_a_slot_that_is_no_id_is_not_kept(value: object) -> None:
    assert scrub({"event": "slot", "name": "topic", "value": value})["value"] is None


async def test_only_we_can_read_the_files(store: HelplineTrackerStore, file: Path) -> None:
    await talk(store, "a")
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_what_is_acknowledged_is_on_the_disk(store: HelplineTrackerStore) -> None:
    await talk(store, "a")
    with store.engine.connect() as connection:
        settings = {
            name: connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL


async def test_deleting_one_conversation_leaves_the_others(store: HelplineTrackerStore) -> None:
    await talk(store, "a")
    await talk(store, "b")
    await store.delete("a")
    assert await store.retrieve("a") is None
    assert await store.keys() == ["b"]


async def test_what_a_thread_still_writes_is_deleted_too(store: HelplineTrackerStore, domain: Domain) -> None:
    """A turn that was given up is still being written: with PostgreSQL, beside the thread that deletes."""
    store._threads = concurrent.futures.ThreadPoolExecutor(4)
    await talk(store, "b")
    begun, go_on = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        begun.set()
        assert go_on.wait(20)

    tracker = DialogueStateTracker.from_events("a", turn(), domain.slots)
    sa.event.listen(store.sessionmaker, "before_commit", hold)
    saving = asyncio.ensure_future(store.save(tracker))
    assert await asyncio.to_thread(begun.wait, 20)
    saving.cancel()
    deleting = asyncio.ensure_future(store.delete("a"))
    reading = asyncio.ensure_future(store.retrieve("a"))
    await asyncio.sleep(0.05)
    assert not deleting.done()
    assert not reading.done()
    sa.event.remove(store.sessionmaker, "before_commit", hold)
    go_on.set()
    await deleting
    await reading
    assert await store.keys() == ["b"]
    assert not store._writing


async def test_a_conversation_that_was_deleted_meanwhile_is_not_made_anew(store: HelplineTrackerStore) -> None:
    async def answer(goes_on: bool) -> DialogueStateTracker | None:
        tracker_store.goes_on.set(goes_on)
        return await store.retrieve("a")

    assert await asyncio.create_task(answer(False)) is None
    with pytest.raises(ConversationGone):
        await asyncio.create_task(answer(True))
    await talk(store, "a")
    assert await asyncio.create_task(answer(True)) is not None


async def test_what_is_deleted_is_in_no_file(store: HelplineTrackerStore, file: Path) -> None:
    def holding(sender: str) -> list[str]:
        return [path.name for path in file.parent.iterdir() if sender.encode() in path.read_bytes()]

    for sender in ("person-to-forget", "person-who-stays", "person-of-yesterday"):
        await talk(store, sender, turns=3)
    assert holding("person-to-forget")
    await store.delete("person-to-forget")
    assert holding("person-to-forget") == []
    assert holding("person-who-stays")
    await store.sweep(time.time() + RETENTION_SECONDS + 60)
    assert holding("person-of-yesterday") == holding("person-who-stays") == []


async def test_old_conversations_are_swept(store: HelplineTrackerStore) -> None:
    await talk(store, "a")
    assert await store.sweep() == 0
    assert await store.sweep(time.time() + RETENTION_SECONDS - 60) == 0
    assert await store.sweep(time.time() + RETENTION_SECONDS + 60) > 0
    assert await store.keys() == []


async def test_a_clock_that_is_put_back_hides_no_turn(
    store: HelplineTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(store, "a")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    kept = await talk(store, "a", turns=2)
    assert len([e for e in kept.events if isinstance(e, UserUttered)]) == 3


@pytest.mark.parametrize(
    "sender", ["\ud800", "a\x00b", "x" * 100_000, "'; DROP TABLE events; --"], ids=["surrogate", "NUL", "long", "SQL"]
)
async def test_a_strange_id_is_an_error_or_an_id_and_never_the_end(store: HelplineTrackerStore, sender: str) -> None:
    """In Rasa's own store the first one ends the process."""
    with contextlib.suppress(StoreUnavailable):
        await talk(store, sender)
    assert (await talk(store, "b")).sender_id == "b"


async def test_a_store_that_cannot_write_says_so(store: HelplineTrackerStore) -> None:
    await store.probe()
    with store.engine.begin() as connection:
        connection.execute(sa.text("PRAGMA query_only=ON"))
    sa.event.listen(store.engine, "connect", lambda new, _: new.execute("PRAGMA query_only=ON"))
    with pytest.raises(StoreUnavailable, match="store_OperationalError"):
        await store.probe()
    with pytest.raises(StoreUnavailable):
        await talk(store, "a")


async def test_an_error_holds_no_words(store: HelplineTrackerStore) -> None:
    await store.probe()
    with store.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE events"))
    with pytest.raises(StoreUnavailable) as raised:
        await talk(store, "planted")
    chain = [raised.value, raised.value.__cause__, *raised.value.args]
    assert "planted" not in repr(chain)
    assert raised.value.__suppress_context__


async def test_tables_of_another_shape_are_refused(file: Path, domain: Domain) -> None:
    file.parent.mkdir()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, words TEXT)")
    with pytest.raises(StoreUnavailable, match="store_schema_differs"):
        await HelplineTrackerStore(domain, url=f"sqlite:///{file}").probe()


async def test_a_file_that_is_no_database_is_refused(file: Path, domain: Domain) -> None:
    file.parent.mkdir()
    file.write_text("this is not a database, however long it may be " * 100)
    with pytest.raises(StoreUnavailable, match="store_DatabaseError"):
        await HelplineTrackerStore(domain, url=f"sqlite:///{file}").probe()


async def test_a_slow_store_keeps_nobody_else_waiting(store: HelplineTrackerStore) -> None:
    slow = asyncio.ensure_future(store._run(lambda session: time.sleep(0.5)))
    await asyncio.sleep(0)
    assert not slow.done()  # and yet we are here
    await slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "helpline", folder], check=False)
    if made.returncode != 0:
        pytest.skip("mounting a disk needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_disk_that_was_read_only_is_written_again(disk: Path, domain: Domain) -> None:
    """SQLite opens a file that it cannot write for reading only, and goes on so for as long as it is open."""
    store = HelplineTrackerStore(domain, url=f"sqlite:///{disk}/conversations.db")
    await talk(store, "a")
    store.engine.dispose()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StoreUnavailable):
        await store.probe()
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert len((await talk(store, "a")).events) > 5
    store.engine.dispose()


def test_the_address_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HELPLINE_DATABASE", f"sqlite:///{tmp_path / 'other.db'}")
    assert HelplineTrackerStore(None).engine.url.database == str(tmp_path / "other.db")


# --- what we use of Rasa besides its documented interface


def test_rasa_still_has_what_we_use() -> None:
    """Where this fails, read `helpline/rasa/tracker_store.py` and `stores.py` against the new Rasa before going on."""
    columns = {"id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"}
    assert {c.name for c in SQLTrackerStore.SQLEvent.__table__.columns} == columns
    assert list(inspect.signature(SQLTrackerStore._additional_events).parameters) == ["self", "session", "tracker"]
    assert "itertools.islice(" in inspect.getsource(SQLTrackerStore._additional_events)
    assert "self._retrieve(" in inspect.getsource(SQLTrackerStore.retrieve)
    assert "self._retrieve(" in inspect.getsource(SQLTrackerStore.retrieve_full_tracker)
    assert "DialogueStateTracker.from_dict(" in inspect.getsource(SQLTrackerStore._retrieve)
    assert "cls.from_events(" in inspect.getsource(DialogueStateTracker.from_dict)
    assert "event_class._from_parameters(parameters)" in inspect.getsource(Event.from_parameters)
    assert not inspect.signature(SQLTrackerStore._retrieve).parameters.keys() - {
        "self", "sender_id", "fetch_events_from_all_sessions"
    }  # fmt: skip


def test_rasa_still_hides_the_errors_of_a_store_in_the_way_that_we_undo(domain: Domain) -> None:
    inner = InMemoryTrackerStore(domain)
    wrapped = Agent._create_tracker_store(inner, domain)
    assert isinstance(wrapped, FailSafeTrackerStore)
    assert stores.unwrapped(wrapped) is inner
    assert stores.unwrapped(inner) is inner
    assert "self.tracker_store.save(tracker)" in inspect.getsource(MessageProcessor.save_tracker)


def test_events_carry_words_only_where_we_look_for_them() -> None:
    """A key of Rasa's events that is new would be stored: look at it first."""
    known = {
        "event", "timestamp", "text", "parse_data", "input_channel", "message_id", "metadata", "data", "name", "value",
        "policy", "confidence", "action_text", "hide_rule_turn",
    }  # fmt: skip
    keys = {key for event in turn() for key in event.as_dict()}  # type: ignore[attr-defined]
    assert keys <= known
    assert "planted" not in json.dumps([scrub(event.as_dict()) for event in turn()])  # type: ignore[attr-defined]
