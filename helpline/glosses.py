"""Finds hard words that a plain text uses before anybody explained them.

A hard word is one that the file of a term or side effect lists under `names: hard:`. In the plain statements of a
field, in their order, the first use of a hard word must be explained on the spot, or be linked to the file that
explains it. On the spot means: in brackets behind everyday words or before them, after "called", before "is", "are" or
"means", or before a comma ("HER2, a protein ..."). Linked means: the statement is `about` that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from helpline.knowledge import Statement, Subject

# What stands behind a hard word where the sentence explains it, and what stands before it.
_EXPLAINED_AFTER = r"(?: \([^)]+\)| (?:is|are|means?|stands? for)\b|, (?:an?|the|one|two|that|which)\b)"
_EXPLAINED_BEFORE = r"(?:\((?:an? |the |or )?|\bcalled (?:an? |the )?|\bknown as )"


class Glossary:
    """The hard words of a knowledge base."""

    def __init__(self, hard: Mapping[str, str]) -> None:
        """Keep the words: each leads to the id of the subject that explains it."""
        self._explained_in = {word.lower(): subject_id for word, subject_id in hard.items()}
        longest_first = sorted(map(re.escape, hard), key=len, reverse=True)
        self._words = re.compile(rf"(?<![\w-])({'|'.join(longest_first)})(?:s?)(?![\w-])", re.IGNORECASE)

    def unexplained(self, subject: Subject, statements: Iterable[Statement]) -> Iterator[tuple[int, str, str]]:
        """Yield (index of the statement, hard word, id that explains it) for each first use that nobody explains."""
        if not self._explained_in:
            return
        plain = [(i, s) for i, s in enumerate(statements) if s.level == "plain" and s.texts.get("en")]
        page = " ".join(s.text("en") for _, s in plain)
        own = f"{subject.names.display} {subject.names.generic or ''}".lower()
        # Who asks about a thing by its name is told what the thing is, not what each word of the name is.
        met = {subject.id}
        for index, statement in plain:
            for found in self._words.finditer(statement.text("en")):
                word = found.group(1)
                explained_in = self._explained_in[word.lower()]
                if explained_in not in met:
                    # Who knows what "HER2-positive" is knows what HER2 is.
                    met |= {explained_in, *(self._explained_in.get(part.lower(), "") for part in word.split("-"))}
                    if (
                        word.lower() not in own
                        and explained_in not in statement.about
                        and not _is_explained(word, page)
                    ):
                        yield index, word, explained_in


def _is_explained(word: str, page: str) -> bool:
    word = re.escape(word)
    return bool(re.search(rf"{_EXPLAINED_BEFORE}{word}s?\b|\b{word}s?{_EXPLAINED_AFTER}", page, re.IGNORECASE))
