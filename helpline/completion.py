"""Completion of the names that we know, and of the chat's commands: a sorted list and a search by halves.

A person completes a name on Tab, or with the buttons of the web chat; the server, where only its beginning was sent.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from helpline.knowledge import BrokenKnowledge, Knowledge, Subject

MOST_WORDS = 5
_FEWEST_LETTERS = 2
_WITH_OTHER_NAME = re.compile(r"(.+?) \((.+)\)")


class Names:
    """Names in alphabetical order, whatever their capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        self._sorted = sorted({name.lower(): name for name in names}.items())

    def beginning(self, text: str) -> list[str]:
        """Return the names that begin with a text, without regard to capitals."""
        start = text.lower()
        first = bisect.bisect_left(self._sorted, (start,))
        last = bisect.bisect_left(self._sorted, (start + "\U0010ffff",))
        return [name for _, name in self._sorted[first:last]]

    def completions(self, typed: str) -> list[tuple[int, str]]:
        """Return (how many characters to replace, by what) for what stands before the cursor.

        A name may have several words: the longest run of words at the end that begins a name counts.
        """
        for start in _starts(typed):
            found = self.beginning(typed[start:])
            if found:
                return [(len(typed) - start, _as_typed(typed[start:], name, found)) for name in found]
        return []


def _starts(typed: str) -> Iterator[int]:
    """Yield where the last words begin, the longest run first; nothing where the last word is not begun."""
    if typed and not typed[-1].isspace():
        starts = [match.start() for match in re.finditer(r"\S+", typed)]
        yield from starts[-MOST_WORDS:]


def _as_typed(typed: str, name: str, found: list[str]) -> str:
    """Keep what was typed while several names are possible, so that they still have a beginning in common."""
    return name if len(found) == 1 else typed + name[len(typed) :]


def names_of(knowledge: Knowledge) -> Iterator[str]:
    """Yield the names of drugs, classes and side effects as we write them; not every form that we understand."""
    for subject in knowledge.subjects.values():
        if subject.kind in ("drug", "class", "side_effect"):
            yield from _written(subject)


def _written(subject: Subject) -> Iterable[str]:
    names = subject.names
    if names.generic:
        return (names.generic, *names.brands)
    both = _WITH_OTHER_NAME.fullmatch(names.display)
    return both.groups() if both else (names.display,)


class Beginnings:
    """Says which subjects have a name that begins as a message does: "palb", where a name was asked for."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Take every form of the names that we understand."""
        self._ids: dict[str, list[str]] = {}
        for subject in knowledge.subjects.values():
            for name in subject.names.all:
                self._ids.setdefault(name.lower(), []).append(subject.id)
        self._names = Names(self._ids)

    def of(self, text: str) -> tuple[str, ...]:
        """Return their ids, in the order of the names; none where it is no beginning of a name."""
        begun = " ".join(text.split()).strip(" .?!,")
        if len(begun) < _FEWEST_LETTERS or len(begun.split()) > MOST_WORDS:
            return ()
        return tuple(dict.fromkeys(i for name in self._names.beginning(begun) for i in self._ids[name]))


def load(folder: Path) -> Names:
    """Return the names of a knowledge folder; none where it is broken: the chat works without."""
    from helpline import validation

    try:
        return Names(names_of(validation.load(folder)))
    except (BrokenKnowledge, OSError):
        return Names(())
