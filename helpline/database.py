"""Which database keeps the conversations: a SQLite file in the state folder, or PostgreSQL."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from helpline import paths

_SQLITE = "sqlite:///"
_REDIS = ("redis://", "rediss://", "unix://")
_POSTGRESQL = ("postgresql://", "postgresql+psycopg2://")
_LOCK = int.from_bytes(b"helpline", "big")  # a number that nothing else in the database is likely to lock
_SECONDS_TO_CONNECT = 2
_MILLISECONDS_TO_ANSWER = 3000


def url() -> str:
    """Return the setting `HELPLINE_DATABASE`, or the address of the file in the state folder.

    Raises:
        ValueError: the setting names neither SQLite nor PostgreSQL.
    """
    setting = os.environ.get("HELPLINE_DATABASE") or f"{_SQLITE}{paths.state() / 'conversations.db'}"
    if not setting.startswith((_SQLITE, *_POSTGRESQL)):
        # The setting may hold a password: it is not repeated.
        raise ValueError(
            "HELPLINE_DATABASE is not allowed. Allowed: sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME"
        )
    return setting


def locks() -> str | None:
    """Return the address of the Redis that keeps the locks, or None where this process keeps them itself.

    Raises:
        ValueError: the setting `HELPLINE_REDIS` is no such address.
    """
    setting = os.environ.get("HELPLINE_REDIS")
    if setting and not setting.startswith(_REDIS):
        raise ValueError("HELPLINE_REDIS is not allowed. Allowed: redis://HOST:PORT/0, rediss://..., unix://PATH")
    return setting or None


def file() -> Path | None:
    """Return the file of the conversations, or None where a server keeps them."""
    setting = url()
    return Path(setting.removeprefix(_SQLITE)) if setting.startswith(_SQLITE) else None


@contextlib.contextmanager
def held() -> Iterator[bool]:
    """Hold the lock of the conversations in PostgreSQL as long as its connection lives; tell whether it was free.

    Raises:
        psycopg2.Error: the database does not answer.
    """
    address = url().replace("postgresql+psycopg2://", "postgresql://", 1)
    options = f"-c statement_timeout={_MILLISECONDS_TO_ANSWER}"
    connection = psycopg2.connect(address, connect_timeout=_SECONDS_TO_CONNECT, options=options)
    with contextlib.closing(connection):
        connection.autocommit = True  # a transaction that stays open would keep the database from clearing up
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            is_ours = bool(cursor.fetchone()[0])
        yield is_ours
