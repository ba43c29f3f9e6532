"""A file of the knowledge folder being checked: it is read once, and every fault of it is reported with its line."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rapidfuzz import process

from helpline import document
from helpline.document import Series, Table
from helpline.knowledge import Problem


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the closest allowed word, or '' where none is close."""
    found = process.extractOne(word, list(allowed), score_cutoff=70)
    return f' Did you mean "{found[0]}"?' if found else ""


class CheckedFile:
    """One file being checked: its table, and a way to report a problem at a line of it."""

    def __init__(self, path: Path, root: Path, problems: list[Problem]) -> None:
        self.name = f"{root.name}/{path.relative_to(root).as_posix()}"
        self.stem = path.stem
        self._problems = problems
        self.table = self._read(path)

    def _read(self, path: Path) -> Table | None:
        try:
            data = document.read(path)
        except document.DocumentError as error:
            self.report(error.line, str(error))
            return None
        if not isinstance(data, Table):
            self.report(1, "must be a mapping of keys to values")
            return None
        return data

    def report(self, line: int, message: str) -> None:
        """Report a fault of a line."""
        self._problems.append(Problem(self.name, line, message))

    def keys(self, table: Table, needed: Iterable[str], allowed: Iterable[str] = ()) -> None:
        """Report unknown, repeated and missing keys of a table."""
        needed = tuple(needed)
        known = sorted({*needed, *allowed})
        for key, line in table.repeated:
            self.report(line, f'key "{key}" stands twice')
        for key in table:
            if key not in known:
                hint = nearest(str(key), known)
                self.report(table.line_of(key), f'unknown key "{key}".{hint} Allowed: {", ".join(known)}')
        for key in needed:
            if key not in table:
                self.report(table.line, f'key "{key}" is missing')

    def choice(self, table: Table, key: str, allowed: Iterable[str]) -> str | None:
        """Return the value of a key that must be one of a few words; None, with a report, where it is not."""
        value, allowed = table.get(key), tuple(allowed)
        if value in allowed:
            return str(value)
        self.report(
            table.line_of(key),
            f'{key} "{value}" is not allowed.{nearest(str(value), allowed)} Allowed: {", ".join(allowed)}',
        )
        return None

    def word(self, table: Table, key: str) -> str:
        """Return a text that must not be empty."""
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if key in table:
            self.report(table.line_of(key), f'"{key}" must be a text')
        return ""

    def words(self, table: Table, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = table.get(key)
        if value is None and key not in table:
            return ()
        if not isinstance(value, Series):
            self.report(table.line_of(key), f'"{key}" must be a list, such as [one, two]')
            return ()
        seen: list[Any] = []
        for word, line in zip(value, value.lines):
            if not isinstance(word, str) or not word.strip():
                self.report(line, f'"{key}" holds "{word}", which is not a text. Put it in quotes')
            elif word in seen:
                self.report(line, f'"{key}" holds "{word}" twice')
            seen.append(word)
        return tuple(w for w in value if isinstance(w, str))

    def day(self, table: Table, key: str) -> str:
        """Return a date as YYYY-MM-DD."""
        value = str(table.get(key))
        with contextlib.suppress(ValueError):
            return datetime.date.fromisoformat(value).isoformat()
        if key in table:
            self.report(table.line_of(key), f'"{key}" must be a date such as 2026-11-22')
        return ""

    def flag(self, table: Table, key: str) -> bool:
        """Return a yes or no; no where the key is missing."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.report(table.line_of(key), f'"{key}" must be true or false')
        return value is True
