"""The end of every medical reply: its sources, whether a clinician has read it, its date, and whom to talk to."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

from helpline.knowledge import Knowledge, Source, Subject
from helpline.page import Page
from helpline.phrases import Phrases

MOST_MONTHS = 12  # after which a text is said to be possibly out of date
# What kind of evidence a source is, in plain words.
EVIDENCE = {
    "label-mirror": "drug label",
    "manufacturer": "the maker's page",
    "gov": "government",
    "journal": "research",
    "patient-org": "patient organization",
    "seed": "patient organization",
    "trade-news": "news report",
    "other": "other site",
}
_SEED = "seed"  # the tier of the documents that the project started from
_DAY = re.compile(r"[A-Z][a-z]+ \d{1,2}, \d{4}")


class Closing:
    """Writes the closing lines of a page."""

    def __init__(self, knowledge: Knowledge, phrases: Phrases, today: Callable[[], datetime.date]) -> None:
        self._knowledge = knowledge
        self._phrases = phrases
        self._today = today
        seeds = (s for s in knowledge.sources.values() if s.tier == _SEED)
        self._seed_days = {s.id: day for s in seeds if (day := _day(s))}

    def lines(self, page: Page, subjects: Sequence[Subject], audience: str) -> list[str]:
        """Return the lines below the answer."""
        sources = [self._knowledge.sources[i] for i in page.sources]
        as_of, seed_day = self.as_of(page, subjects), self._seed_day(page)
        reviewed = "reviewed" if self.review_status(subjects) == "approved" else "not_reviewed"
        return [
            *(["Sources:"] if sources else []),
            *(f"[{n}] {_cite(s)}" for n, s in enumerate(sources, start=1)),
            *([""] if sources else []),
            self._phrases.say(reviewed, date=as_of),
            *([self._phrases.say("rests_on_first_sources", date=_month(seed_day))] if seed_day else []),
            *([self._phrases.say("newer")] if page.is_newer or any(s.newer for s in subjects) else []),
            *([self._phrases.say("may_be_out_of_date")] if self._is_old(as_of) else []),
            self._phrases.say("review_with_their_doctor" if audience == "caregiver" else "review_with_doctor"),
        ]

    def as_of(self, page: Page, subjects: Sequence[Subject]) -> str:
        """Return the date of a page: the one rule for all replies.

        It is the day on which its facts were last checked, the earliest where that differs. A fact that rests on one of
        the documents that we started from and on nothing else was checked against nothing since: its date is theirs.
        """
        checked = min((s.as_of for s in subjects), default=None) or self._knowledge.line("general").last_verified
        return min(checked, self._seed_day(page) or checked)

    def _seed_day(self, page: Page) -> str | None:
        """Return the date of the oldest of our first documents that a statement on the page rests on alone."""
        alone = [s.sources for s in page.told if all(i in self._seed_days for i in s.sources)]
        return min((self._seed_days[i] for sources in alone for i in sources), default=None)

    @staticmethod
    def review_status(subjects: Sequence[Subject]) -> str:
        """Return `approved` where every subject is, else the status of the first that is not."""
        waiting = [s.review_status for s in subjects if s.review_status != "approved"]
        return waiting[0] if waiting else "approved" if subjects else "draft"

    def _is_old(self, as_of: str) -> bool:
        year, month, day = (int(part) for part in as_of.split("-"))
        today = self._today()
        months = (today.year - year) * 12 + today.month - month - (today.day < day)
        return months >= MOST_MONTHS


def _day(source: Source) -> str | None:
    """Return the day in a date such as "Last revised October 11, 2024" as 2024-10-11, None where there is none."""
    found = _DAY.search(source.date)
    return datetime.datetime.strptime(found[0], "%B %d, %Y").date().isoformat() if found else None


def _month(day: str) -> str:
    """Return 2024-10-11 as "October 2024"."""
    return datetime.date.fromisoformat(day).strftime("%B %Y")


def _cite(source: Source) -> str:
    url = f" {source.url}" if source.url else ""
    end = "" if source.title.endswith(("?", "!", ".")) else "."
    return f"{source.title}{end} {source.publisher}, {source.date} ({EVIDENCE[source.tier]}).{url}"
