"""Where conversations are kept: SQLite beside the checkout, or PostgreSQL where `HELPLINE_DATABASE` names one.

Rasa's own store exits the process on a `ValueError`, freezes it while the database hangs, and keeps what people wrote.
This one keeps intents, ids and slots only, works in threads of its own, and says `StoreUnavailable` where something is
wrong. What it uses of `SQLTrackerStore` is named in `tests/test_tracker_store.py`, which fails when Rasa changes it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import dataclasses
import functools
import itertools
import json
import os
import re
import select
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions
import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError

from helpline import database

RETENTION_SECONDS = 24 * 60 * 60
SECONDS_TO_CONNECT = 2
SECONDS_TO_ANSWER = 3  # twice in a turn at most: a connection that is dead, and a new one
_THREADS = 8  # PostgreSQL connections of one worker; SQLite has one writer, and so one thread
_LATEST = 5  # turns of which every event is read
_IDS = re.compile(r"[A-Za-z0-9_.:/@+ -]{0,4000}")
_METADATA = ("audience", "language")
_CUSTOM = ("kind", "topic", "answer_id")

Session = Any
ResultT = TypeVar("ResultT")


# Set for each message: whether its conversation goes on. One that was deleted meanwhile must not come to life again.
goes_on: contextvars.ContextVar[bool] = contextvars.ContextVar("goes_on", default=False)


class ConversationGone(Exception):
    """A conversation that was to go on was deleted while its message waited."""


class StoreUnavailable(Exception):
    """The conversation could not be read or written. The reason is a word for a machine."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclasses.dataclass(frozen=True)
class Glance:
    """A conversation in short.

    Attributes:
        turns: how many messages the person has sent.
        offered: the payloads of all buttons: people scroll up and press an earlier one.
        answers: the ids of the answers that were given.
    """

    turns: int
    offered: frozenset[str]
    answers: frozenset[str | None]


class HelplineTrackerStore(SQLTrackerStore):
    """Rasa's SQL tables, written and read in threads, without the words of anybody."""

    _meta = sa.MetaData()
    _probe_table = sa.Table("probe", _meta, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.Float))

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        url: str | None = None,
        **kwargs: Any,
    ) -> None:
        # Not SQLTrackerStore's own: it would wait for ever for a database that is down, before anybody can be told.
        TrackerStore.__init__(self, domain, event_broker, **kwargs)
        url = url or host or database.url()
        self.engine = _postgresql(url) if url.startswith("postgresql") else _sqlite(url)
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)
        threads = _THREADS if url.startswith("postgresql") else 1
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="tracker-store")
        self._is_prepared = False
        # What is being written, and for whom: also after a turn was given up, a thread goes on with its work.
        self._writing: dict[concurrent.futures.Future[None], str] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the new events of a conversation, without the words in them.

        Raises:
            StoreUnavailable: they are not stored.
        """

        def write(session: Session) -> None:
            for event in self._additional_events(session, tracker):
                data = scrub(event.as_dict())
                row = self.SQLEvent(
                    sender_id=tracker.sender_id,
                    type_name=event.type_name,
                    timestamp=data.get("timestamp"),
                    intent_name=((data.get("parse_data") or {}).get("intent") or {}).get("name"),
                    action_name=data.get("name"),
                    data=json.dumps(data),
                )
                session.add(row)

        work = self._threads.submit(self._transaction, write)
        self._writing[work] = tracker.sender_id
        work.add_done_callback(self._writing.pop)
        await asyncio.wrap_future(work)

    async def _written(self, sender_id: str) -> None:
        """Wait for what is being written of a conversation."""
        work = [future for future, whose in self._writing.copy().items() if whose == sender_id]
        if work:
            await asyncio.wait([asyncio.wrap_future(future) for future in work])

    async def delete(self, sender_id: str) -> None:
        """Delete one conversation.

        Raises:
            StoreUnavailable: it is not deleted.
        """
        await self._written(sender_id)
        await self._run(lambda session: self._of(session, sender_id).delete(synchronize_session=False))
        await self._empty_log()

    async def sweep(self, now: float | None = None) -> int:
        """Delete every conversation whose last event is older than a day, and return how many events that were.

        Raises:
            StoreUnavailable: nothing is deleted.
        """
        before = (time.time() if now is None else now) - RETENTION_SECONDS
        event = self.SQLEvent
        last = sa.func.max(event.timestamp)
        old = sa.select(event.sender_id).group_by(event.sender_id).having(last < before)
        deleted = await self._run(
            lambda session: int(session.query(event).filter(event.sender_id.in_(old)).delete(synchronize_session=False))
        )
        await self._empty_log()
        return deleted

    async def _empty_log(self) -> None:
        """Take what was deleted out of SQLite's write-ahead log too: there it would stay until the log is full.

        Somebody who reads at this very moment holds the log; the next sweep empties it.
        """
        if self.engine.dialect.name == "sqlite":
            await self._run(lambda session: session.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)")).close())

    async def probe(self) -> None:
        """Write something and read it back.

        Raises:
            StoreUnavailable: that did not work.
        """
        at = time.time()
        table = self._probe_table

        def write(session: Session) -> float:
            session.execute(table.delete())
            session.execute(table.insert().values(id=1, at=at))
            return float(session.execute(sa.select(table.c.at)).scalar_one())

        if await self._run(write) != at:
            raise StoreUnavailable("store_forgets")

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        """Return a conversation with its slots and its latest turns: no rule of ours looks further back.

        Making a tracker of all that was said would take a hundredth turn four times as long as the first.
        """
        await self._written(sender_id)

        def read(session: Session) -> tuple[int, list[str]]:
            event = self.SQLEvent
            every = self._event_query(session, sender_id, fetch_events_from_all_sessions)
            kinds = every.with_entities(event.id, event.type_name, event.action_name).all()
            needed = _needed(kinds)
            found = session.query(event.data).filter(event.id.in_(needed)).order_by(event.id)
            return len(kinds) - len(needed), [data for (data,) in found]

        left_out, found = await self._run(read)
        if not found and goes_on.get():
            raise ConversationGone
        events = [_event(json.loads(data)) for data in found]
        if not events:
            return None
        tracker = DialogueStateTracker.from_events(sender_id, events, self.domain.slots)
        tracker.events_left_out = left_out
        return tracker

    def _additional_events(self, session: Session, tracker: DialogueStateTracker) -> Iterator[Event]:
        """Return the events of a tracker that are not stored; Rasa counts those that are."""
        stored = self._event_query(session, tracker.sender_id, fetch_events_from_all_sessions=False).count()
        known = max(0, stored - getattr(tracker, "events_left_out", 0))
        return itertools.islice(tracker.events, known, len(tracker.events))

    async def glance(self, sender_id: str) -> Glance | None:
        """Return what a request has to know of a conversation before its turn; None where none is stored.

        It reads a fraction of the events that a tracker is made of.

        Raises:
            StoreUnavailable: it cannot be read.
        """

        def read(session: Session) -> tuple[int, int, list[str]]:
            events = self._of(session, sender_id)
            users = events.filter(self.SQLEvent.type_name == UserUttered.type_name).count()
            said = events.filter(self.SQLEvent.type_name == BotUttered.type_name)
            return events.count(), users, [event.data for event in said]

        events, turns, said = await self._run(read)
        replies = [json.loads(text).get("data") or {} for text in said]
        buttons = [button["payload"] for data in replies for button in data.get("buttons") or []]
        answers = [(data.get("custom") or {}).get("answer_id") for data in replies]
        return Glance(turns, frozenset(buttons), frozenset(answers)) if events else None

    async def keys(self) -> list[str]:
        """Return the ids of all conversations."""
        return await self._run(lambda session: [row[0] for row in session.query(self.SQLEvent.sender_id).distinct()])

    def _event_query(self, session: Session, sender_id: str, fetch_events_from_all_sessions: bool) -> Any:
        """Return the query of a conversation's events since its last session start.

        Rasa compares times, so that a clock that was put back hides what was said since. The order of writing does not.
        """
        events = self._of(session, sender_id)
        if not fetch_events_from_all_sessions:
            starts = session.query(sa.func.max(self.SQLEvent.id)).filter(
                self.SQLEvent.sender_id == sender_id, self.SQLEvent.type_name == SessionStarted.type_name
            )
            start = starts.scalar_subquery()
            events = events.filter(sa.or_(start.is_(None), self.SQLEvent.id >= start))
        return events.order_by(self.SQLEvent.id)

    def _of(self, session: Session, sender_id: str) -> Any:
        return session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id)

    async def _run(self, work: Callable[[Session], ResultT]) -> ResultT:
        """Do work in one transaction, in a thread: a database that hangs keeps nobody else waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transaction, work)

    def _transaction(self, work: Callable[[Session], ResultT]) -> ResultT:
        try:
            self._prepare()
            with self.session_scope() as session, session.begin():
                return work(session)
        except (SQLAlchemyError, psycopg2.Error, OSError, ValueError) as error:
            if self.engine.dialect.name == "sqlite":
                # A connection that was opened while nothing could be written can never write: take a new one.
                self.engine.dispose()
            # Their messages hold what was to be written: the type has to do.
            raise StoreUnavailable(f"store_{type(error).__name__}") from None

    @contextlib.contextmanager
    def session_scope(self) -> Iterator[Session]:
        """Give a session. Unlike Rasa's, it never takes a `ValueError` for a missing schema and exits."""
        session = self.sessionmaker()
        try:
            yield session
        finally:
            session.close()

    def _prepare(self) -> None:
        """Create the tables where they are missing, and refuse tables of another shape."""
        if self._is_prepared:
            return
        with self.engine.begin() as connection:
            self.Base.metadata.create_all(connection)
            self._meta.create_all(connection)
            there = {column["name"] for column in sa.inspect(connection).get_columns(self.SQLEvent.__tablename__)}
        if there != {column.name for column in self.SQLEvent.__table__.columns}:
            raise StoreUnavailable("store_schema_differs")
        self._is_prepared = True


def _needed(events: Sequence[tuple[int, str, str]]) -> list[int]:
    """Return the ids of those events, given as (id, type, name) in order, that a conversation goes on from.

    These are its beginning, the last value of each slot, and its latest turns.
    """
    turns = [at for at, (_, kind, _) in enumerate(events) if kind == UserUttered.type_name]
    if len(turns) <= _LATEST:
        return [each for each, _, _ in events]
    begin, end = turns[0], turns[-_LATEST]
    slots = {name: each for each, kind, name in events[begin:end] if kind == SlotSet.type_name}
    return [*(each for each, _, _ in events[:begin]), *slots.values(), *(each for each, _, _ in events[end:])]


# --- engines


def _sqlite(url: str) -> Any:
    """Return an engine whose file only we can read, and that has written what it says it has written."""
    path = Path(url.removeprefix("sqlite:///"))
    with contextlib.suppress(OSError):  # said by the first statement
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    pool = sa.pool.QueuePool
    arguments = {"check_same_thread": False, "timeout": SECONDS_TO_ANSWER}
    engine = sa.create_engine(url, poolclass=pool, pool_size=1, connect_args=arguments, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _: Any) -> None:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {setting}")

    return engine


def _postgresql(url: str) -> Any:
    """Return an engine that gives up after `SECONDS_TO_ANSWER`, also where the database has stopped in mid-answer."""
    psycopg2.extensions.set_wait_callback(_wait)
    milliseconds = SECONDS_TO_ANSWER * 1000
    return sa.create_engine(
        url,
        pool_size=_THREADS,
        max_overflow=0,
        pool_timeout=SECONDS_TO_CONNECT,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": SECONDS_TO_CONNECT,
            "application_name": "helpline",
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
        },
    )


def _wait(connection: Any) -> None:
    """Wait for the database no longer than `SECONDS_TO_ANSWER`: libpq itself would wait for ever.

    The connection is closed by psycopg2 where this raises. It must not be closed here: in a commit or a rollback its
    lock is held, and the thread would wait for itself for ever.
    """
    until = time.monotonic() + SECONDS_TO_ANSWER
    while True:
        state = connection.poll()
        if state == psycopg2.extensions.POLL_OK:
            return
        reading = [connection.fileno()] if state == psycopg2.extensions.POLL_READ else []
        writing = [] if reading else [connection.fileno()]
        if not any(select.select(reading, writing, [], max(0.0, until - time.monotonic()))):
            raise psycopg2.OperationalError("no answer in time")


# --- what is kept of an event


@functools.cache
def _class_of(name: str) -> type[Event]:
    """Return the class of an event. Rasa looks through all of its classes for each event of each turn."""
    found: type[Event] = Event.resolve_by_type(name)
    return found


def _event(data: dict[str, Any]) -> Event:
    return _class_of(data["event"])._from_parameters(data)


def scrub(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as it is stored: intents, ids and slots, and no word that anybody wrote or read."""
    kept = {key: value for key, value in event.items() if key not in ("text", "data", "parse_data", "metadata")}
    metadata = event.get("metadata") or {}
    kept["metadata"] = {
        k: v for k, v in metadata.items() if k in (*_METADATA, "model_id", "assistant_id") and _is_id(v)
    }
    if event.get("event") == "user":
        kept |= {"text": "", "parse_data": _parse_data(event.get("parse_data") or {})}
    elif event.get("event") == "bot":
        kept |= {"text": "", "data": _bot_data(event.get("data") or {})}
    elif event.get("event") == "slot" and not _is_id(event.get("value")):
        kept["value"] = None
    return kept


def _parse_data(parsed: dict[str, Any]) -> dict[str, Any]:
    intent = parsed.get("intent") or {}
    entities = [
        {"entity": e.get("entity"), "value": e.get("value")}
        for e in parsed.get("entities") or []
        if _is_id(e.get("value"))
    ]
    return {
        "text": "",
        "intent": {"name": intent.get("name"), "confidence": intent.get("confidence")},
        "entities": entities,
    }


def _bot_data(data: dict[str, Any]) -> dict[str, Any]:
    custom = data.get("custom") or {}
    return {
        "buttons": [{"title": "", "payload": b["payload"]} for b in data.get("buttons") or []],
        "custom": {key: custom[key] for key in _CUSTOM if key in custom},
    }


def _is_id(value: Any) -> bool:
    """Return whether a value is what slots and entities hold: an id, several, a number or a choice."""
    return (
        value is None
        or isinstance(value, (bool, int, float))
        or (isinstance(value, str) and bool(_IDS.fullmatch(value)))
    )
