"""Which database keeps the conversations: a SQLite file in the state folder, or PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

from helpline import paths

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgresql+psycopg2://")


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


def file() -> Path | None:
    """Return the file of the conversations, or None where a server keeps them."""
    setting = url()
    return Path(setting.removeprefix(_SQLITE)) if setting.startswith(_SQLITE) else None
