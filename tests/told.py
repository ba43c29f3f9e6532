"""Where each fact of the evidence is told: what `tests/test_evidence.py` and `scripts/told` share.

The evidence lies beside the project (`../shared/evidence`) and is no part of it. `tests/data/told.yml` holds, for each
of its facts, a hash of the fact, the fields of `knowledge/` that tell it, words and figures that stand there and show
it, and what the fact holds beyond that, with the reason. `tests/data/left_out.yml` holds the facts that nothing tells.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from helpline import paths
from helpline.knowledge import Knowledge

EVIDENCE = paths.ROOT.parent / "shared" / "evidence"
TOLD = Path(__file__).parent / "data" / "told.yml"
LEFT_OUT = Path(__file__).parent / "data" / "left_out.yml"
REASONS = {"dose", "weak source only", "out of scope", "not a fact for the reader", "said by another fact"}
# Why a piece of a fact that is told stands nowhere.
PIECE_REASONS = REASONS | {"citation", "said in other words", "a gap of the evidence"}

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILES = {
    "drugs": "drugs",
    "classes": "classes",
    "side_effects": "side_effects",
    "glossary": "glossary",
    "helpline": "helplines",
}
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
]
_NUMBERS = {word: str(n) for n, word in enumerate(_SMALL)} | {"once": "1", "twice": "2", "first": "1", "half": "50"}
# A digit in a name ("HER2", "CDK4/6", "SOLAR-1") is no figure.
_NAMES = re.compile(r"CDK ?4/6|[A-Za-z]+-?\d+(?:/[\dA-Z]+)*|PD-L?1|\b\d-[a-z]+quinazoline")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (key, entry) for every fact that is not UNVERIFIED; a link to drugs is an entry of its own."""
    for file, top in _FILES.items():
        for subject in read(EVIDENCE / f"{file}.yml")[top]:
            if file == "glossary":
                yield f"glossary/{subject['term']}", subject
                continue
            if file == "helpline":
                yield f"helpline/{subject['id']}", subject
            for field, entries in subject.items():
                for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                    if isinstance(entry, dict) and entry.get("status") != "UNVERIFIED":
                        yield f"{file}/{subject['id']}/{field}/{index}", entry


def wording(entry: dict[str, Any]) -> str:
    """Return what a fact says."""
    said = (entry.get(key) for key in ("fact", "definition", "contact", "hours", "what_they_help_with"))
    return " ".join(" ".join(str(text).split()) for text in said if text)


def digest(entry: dict[str, Any]) -> str:
    """Return a short hash of a fact: its words, its sources, its status, the drugs that it links."""
    parts = [entry.get(key) for key in ("drug_ids", "note", "status", "sources")]
    return hashlib.sha256(json.dumps([wording(entry), *parts]).encode()).hexdigest()[:10]


def figures(text: str) -> set[str]:
    """Return the figures of a text, without commas."""
    return {found.replace(",", "") for found in _FIGURE.findall(_NAMES.sub(" ", text))}


def figures_said(text: str) -> set[str]:
    """Return the figures of a text, with those that are written in words."""
    words = {_NUMBERS[word] for word in re.findall("[a-z]+", text.lower()) if word in _NUMBERS}
    return {found.replace(",", "") for found in _FIGURE.findall(text)} | words


def places(knowledge: Knowledge) -> dict[str, str]:
    """Return the text of each place that can tell a fact: `subject.field`, or the id of a helpline."""
    found = {}
    for subject in knowledge.subjects.values():
        for field in subject.fields:
            found[f"{subject.id}.{field}"] = " ".join(s.text("en") for s in subject.statements(field))
    for line in knowledge.lines.values():
        told = (s.text("en") for s in (*(line.hours or ()), *(line.helps_with or ())))
        found[line.id] = " ".join([line.name, line.phone, line.phone_text, line.other or "", *told])
    return found
