"""A page of a reply: statements cut to a bounded length, their sources numbered, each with its drug where needed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from helpline.knowledge import URGENCIES, Statement, Subject

T = TypeVar("T")

MOST_WORDS = 90  # of one page of statements; the contract allows 120 for the whole answer
MOST_STATEMENTS = 6  # a first sentence and at most five bullets
MOST_MARKERS = 2  # sources shown for one statement; the first are the strongest


@dataclasses.dataclass
class Page:
    """A reply in the making: its lines, and its sources in the order of their first marker.

    Attributes:
        told: the statements that stand on the page; those are medical texts, which a clinician approves.
    """

    lines: list[str] = dataclasses.field(default_factory=list)
    sources: list[str] = dataclasses.field(default_factory=list)
    told: list[Statement] = dataclasses.field(default_factory=list)

    def mark(self, statement_sources: Sequence[str]) -> str:
        """Return the markers of a statement, `[1][2]`, numbering new sources."""
        numbers = []
        for source in statement_sources[:MOST_MARKERS]:
            if source not in self.sources:
                self.sources.append(source)
            numbers.append(self.sources.index(source) + 1)
        return "".join(f"[{n}]" for n in sorted(numbers))

    def add(self, text: str, statement_sources: Sequence[str] = ()) -> None:
        """Add a line with the markers of its sources."""
        self.lines.append(f"{text} {self.mark(statement_sources)}".strip())

    def quote(self, statement: Statement, language: str) -> str:
        """Return a statement with its markers, and keep that it was told."""
        self.told.append(statement)
        return f"{statement.text(language)} {self.mark(statement.sources)}"

    def tell(self, statement: Statement, language: str) -> None:
        """Add a statement, as a bullet where it is not the first line."""
        bullet = "• " if self.lines else ""
        self.lines.append(bullet + self.quote(statement, language))

    @property
    def is_newer(self) -> bool:
        """Return whether a statement on the page is newer than our main source."""
        return any(s.newer for s in self.told)


def fill(
    items: Iterable[T],
    words_of: Callable[[T], int],
    start: int = 0,
    first: int | None = None,
    most_items: int = MOST_STATEMENTS - 1,
    most_words: int = MOST_WORDS,
    parts: Callable[[T, T], bool] = lambda before, item: False,
) -> list[list[T]]:
    """Return items in pages of bounded length, at least one on each.

    Args:
        items: what is to be told, in order.
        words_of: counts the words of an item.
        start: the words of the lead, which stands on each page.
        first: the words of the lead of the first page, where it is another.
        most_items: the most items of a page.
        most_words: the most words of a page.
        parts: says whether an item may not stand on the page of the one before it.
    """
    pages: list[list[T]] = [[]]
    words = start if first is None else first
    for item in items:
        length = words_of(item)
        full = words + length > most_words or len(pages[-1]) == most_items
        if pages[-1] and (full or parts(pages[-1][-1], item)):
            pages.append([])
            words = start
        pages[-1].append(item)
        words += length
    return pages


def cut(
    statements: Iterable[Statement], language: str, lead: str = "", is_mixed: bool = False, kept_free: int = 0
) -> list[list[Statement]]:
    """Return statements in pages, each of which begins with the lead and keeps some words free.

    Details never follow plain sentences on a page, unless the two may be mixed.
    """
    return fill(
        statements,
        lambda s: len(s.text(language).split()),
        start=len(lead.split()) + kept_free,
        most_items=MOST_STATEMENTS - bool(lead),
        parts=lambda before, s: not is_mixed and before.level == "plain" and s.level == "detailed",
    )


def with_name(statement: Statement, subject: Subject) -> Statement:
    """Return a statement that says whom it is about, unless it has the name in it."""
    names = (subject.names.display, subject.names.inside)
    texts = {
        lang: text if any(name in text for name in names) else f"{names[0]}: {text}"
        for lang, text in statement.texts.items()
    }
    return dataclasses.replace(statement, texts=texts)


def by_level(statements: Iterable[Statement], audience: str) -> list[Statement]:
    """Return plain statements first, detailed ones first for a clinician; otherwise in the order given."""
    level = "detailed" if audience == "clinician" else "plain"
    return sorted(statements, key=lambda s: s.level != level)


def by_urgency(statements: Iterable[Statement]) -> list[Statement]:
    """Return the most urgent first."""
    return sorted(statements, key=lambda s: URGENCIES.index(s.urgency or URGENCIES[-1]))
