"""Finds wording of the two documents that the project started from. They are copyrighted, so only hashes are kept here.

A text copies a document where eight words in a row are the same. `seeds.txt` holds a short hash of each run of eight
words, in the order of the hashes: it tells whether a run stands in a document, and nothing else. `scripts/seeds FOLDER`
writes it anew from the documents.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

RUN = 8
HASHES = Path(__file__).parent / "seeds.txt"
_WORD = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*")
_BYTES = 6  # of a hash: one text of ours in a hundred million would look copied by chance


def hashes(text: str) -> list[str]:
    """Return the hash of each run of eight words, in the order of the text."""
    words = _WORD.findall(text.lower())
    return [_hash(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]


def copied(text: str) -> Iterator[str]:
    """Yield each longest run of words, eight or more, that stands in one of the documents."""
    words = _WORD.findall(text.lower())
    runs = [_hash(words[i : i + RUN]) in known() for i in range(len(words) - RUN + 1)]
    start = None
    for i, is_copied in enumerate([*runs, False]):
        if is_copied and start is None:
            start = i
        elif not is_copied and start is not None:
            yield " ".join(words[start : i - 1 + RUN])
            start = None


@functools.cache
def known() -> frozenset[str]:
    """Return the hashes of the documents."""
    lines = HASHES.read_text(encoding="ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def record(texts: Iterable[str]) -> str:
    """Return the content of `seeds.txt` for the documents."""
    found = sorted({run for text in texts for run in hashes(text)})
    return "\n".join(["# Written by scripts/seeds. One hash for each run of eight words.", *found, ""])


def _hash(words: list[str]) -> str:
    return hashlib.blake2b(" ".join(words).encode(), digest_size=_BYTES, person=b"helpline").hexdigest()
