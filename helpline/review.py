"""The review record of each subject: who has approved which text, and what still waits for a clinician."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

from helpline.knowledge import FOLDERS, Knowledge, Subject, content_hash

_FOLDER_OF_KIND = {kind: folder for folder, kind in FOLDERS.items()}
# The record is one line in flow style, or a block of indented lines.
_RECORD = re.compile(r"^review:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)


class CannotReview(Exception):
    """The review cannot be recorded; the message says why."""


def listing(knowledge: Knowledge) -> list[tuple[str, Subject]]:
    """Return (status, subject) for every subject: stale first, then draft, in review, approved."""
    order = ("stale", "draft", "in_review", "approved")
    rows = [(s.review_status, s) for s in knowledge.subjects.values()]
    return sorted(rows, key=lambda row: (order.index(row[0]), row[1].kind, row[1].id))


def path_of(subject: Subject, root: Path) -> Path:
    """Return the file of a subject in a knowledge folder."""
    return root / _FOLDER_OF_KIND[subject.kind] / f"{subject.id}.yml"


def start(subject: Subject, root: Path) -> None:
    """Record that a clinician is reading the text."""
    _write(path_of(subject, root), "review: {status: in_review}\n")


def approve(subject: Subject, root: Path, reviewer: str, role: str, date: datetime.date) -> None:
    """Record a named reviewer's approval of the text as it stands, with its hash.

    Raises:
        CannotReview: the reviewer has no name or no role.
    """
    if not reviewer.strip() or not role.strip():
        raise CannotReview("An approval needs the reviewer's name and role: --reviewer NAME --role ROLE")
    record = f"  reviewer: {json.dumps(reviewer)}\n  role: {json.dumps(role)}\n  date: {date.isoformat()}\n"
    text = f"review:\n  status: approved\n{record}  hash: {content_hash(subject)}\n"
    _write(path_of(subject, root), text)


def _write(path: Path, record: str) -> None:
    text = path.read_text(encoding="utf-8")
    written, count = _RECORD.subn(lambda _: record, text, count=1)
    if not count:
        raise CannotReview(f"{path.name} has no review record to write to.")
    path.write_text(written, encoding="utf-8")
