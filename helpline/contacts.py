"""People to talk to: the lines of `knowledge/helpline.yml`, each with hours, country and the date of our listing."""

from __future__ import annotations

from collections.abc import Sequence

from helpline.knowledge import Knowledge, Line
from helpline.page import Page, fill
from helpline.phrases import Phrases

MOST_WORDS = 115  # of a page of lines; the contract allows 120
MOST_TOLD = 2  # sentences about a line
GENERAL = "general"


class Contacts:
    """Adds telephone lines to pages."""

    def __init__(self, knowledge: Knowledge, phrases: Phrases) -> None:
        self._knowledge = knowledge
        self._phrases = phrases

    def add_hours(self, page: Page, language: str) -> None:
        """Add when a person can be reached at the first line of all."""
        line = self._knowledge.line(GENERAL)
        page.add(self._said(line, language, 0), _sources(line, 0))

    def add_role(self, page: Page, role: str, language: str) -> None:
        """Add the first line of a role."""
        line = self._knowledge.line(role)
        page.add(f"• {self._said(line, language)}", _sources(line))

    def add_page(self, page: Page, roles: Sequence[str], number: int, language: str) -> bool:
        """Add the lines of some roles to a page that holds its lead; return whether more follow.

        Each page begins with the general line: it is the one that always answers.
        """
        self.add_hours(page, language)
        start = sum(len(text.split()) for text in page.lines)
        first = self._knowledge.line(GENERAL)
        lines = [i for role in roles for i in self._knowledge.lines.values() if i.role == role and i is not first]
        pages = fill(lines, lambda i: len(self._said(i, language).split()) + 2, start, most_words=MOST_WORDS)
        for line in pages[number] if number < len(pages) else ():
            page.add(f"• {self._said(line, language)}", _sources(line))
        return number + 1 < len(pages)

    def _said(self, line: Line, language: str, told: int = MOST_TOLD) -> str:
        hours = line.hours[0].text(language) if line.hours else self._phrases.say("hours_not_known")
        helps = [s.text(language) for s in (line.helps_with or ())[:told]]
        contact = self._phrases.say(
            "contact", line=line.name, country=line.country, date=line.last_verified, phone=line.phone_text
        )
        return " ".join([contact, hours, *helps])


def _sources(line: Line, told: int = MOST_TOLD) -> tuple[str, ...]:
    """Return the sources of what is said of a line, each once."""
    said = [*(line.hours or ())[:1], *(line.helps_with or ())[:told]]
    return tuple(dict.fromkeys(source for s in said for source in s.sources)) or line.sources
