"""What a client sends to have a sheet for the doctor's visit made, and where it puts it.

A conversation is a list of turns: what was asked, and the ids of the answer. The server writes the answers anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

PAPERS = ("letter", "a4")
LARGE = "large"
ENDING = ".pdf"
MOST_TURNS, MOST_QUESTIONS, MOST_CHARACTERS = 40, 20, 200
ASKED_BACK = "clarify"  # what was said before such a reply and after it is one question
_NO_ANSWERS = (ASKED_BACK, "chitchat")  # kinds of replies that answer nothing yet
_MOST_ASKED = 1000  # characters, as many as the server takes


class CannotSave(OSError):
    """The sheet cannot be put where it was wanted; the message says why."""


def turn(asked: str, reply: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a turn for the sheet, None where the reply answers nothing yet."""
    custom = reply.get("custom") or {}
    if not custom.get("topic") or custom.get("kind") in _NO_ANSWERS:
        return None
    ids = {key: custom.get(key) or [] for key in ("drugs", "subjects")}
    return {"asked": asked[:_MOST_ASKED], "topic": custom["topic"], **ids, "answer_id": custom.get("answer_id")}


def offered(settings: Mapping[str, Any], turns: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the questions for the doctor that fit what was asked about, each once."""
    known = settings.get("questions")
    topics = dict.fromkeys(turn["topic"] for turn in turns)
    found = [q for topic in topics for q in (known.get(topic) or ())] if isinstance(known, dict) else []
    return [q for q in dict.fromkeys(found) if isinstance(q, str)][:MOST_QUESTIONS]


def wanted(
    turns: Sequence[Mapping[str, Any]], questions: Iterable[str], paper: str, large_print: bool, language: str
) -> dict[str, Any]:
    """Return what the server is asked for: the latest turns, and as many questions as it takes."""
    cut = [q[:MOST_CHARACTERS] for q in questions][:MOST_QUESTIONS]
    return {
        "turns": list(turns[-MOST_TURNS:]),
        "questions": cut,
        "paper": paper,
        "large_print": large_print,
        "language": language,
    }


def file_of(name: str) -> Path:
    """Return the file to write, which is a new one.

    Raises:
        CannotSave: it is there already, has no folder, or is not named as a PDF.
    """
    path = Path(name).expanduser()
    if path.suffix.lower() != ENDING:
        raise CannotSave(f"The sheet is a PDF: give it a name that ends in {ENDING}.")
    if os.path.lexists(path):
        raise CannotSave("There is a file of that name already. Choose another name.")
    if not path.parent.is_dir():
        raise CannotSave("There is no such folder. Choose another one.")
    return path


def save(path: Path, pdf: bytes) -> None:
    """Write a sheet to a new file that only its owner can read: it is about health.

    Raises:
        CannotSave: that is not possible; nothing is left behind.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                file.write(pdf)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CannotSave(f"The sheet could not be written: {error.strerror}.") from error
