"""Corrects misspelled names: "verzinio" is read as "verzenio", "tamoxifin" as "tamoxifen".

A word is taken for a misspelling only where it is no English word, it is within a few edits of a word in one of our
names, and no word in the name of anything else is as near. Where it fits the names of two subjects it is left alone:
then we ask. Edits are those of Damerau and Levenshtein (insert, delete, replace, swap of neighbours), counted by
rapidfuzz.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 5  # a shorter word is near too many others
_MOST_EDITS = 2
_MOST_NEIGHBOURS = 5
# The shortest name that is still known after two edits. Our own names are few; those of other medicines are many, and
# lie near many misspelled English words.
_SHORTEST_FOR_TWO = {"drug": 6, "other_medicine": 8}
_EVERYDAY = 1000  # words as frequent as this in the list are no part of a name that could be misspelled ("and", "oral")


@functools.lru_cache(maxsize=1)
def english_words() -> Mapping[str, int]:
    """Return English words in lower case with their counts, from the frequency list of pyspellchecker (MIT)."""
    from spellchecker import SpellChecker

    return dict(SpellChecker(language="en").word_frequency.dictionary)


class Speller:
    """Finds the word of a name that a misspelled word stands for."""

    def __init__(self, names: Iterable[tuple[str, str, str]], words: Mapping[str, int]) -> None:
        """Keep the invented words of all names of medicines.

        A misspelled side effect or term is an English matter, and left to the classifier.

        Args:
            names: (label, id, name), as `linker.names` gives them.
            words: English words in lower case with their counts; none of them is taken for a misspelling.
        """
        self._words = words
        self._known: set[str] = set()
        self._labels: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        for label, subject_id, name in names:
            parts = name.lower().replace("-", " ").split()
            self._known.update(parts)
            for word in parts if label in _SHORTEST_FOR_TWO else ():
                if word.isalpha() and len(word) >= SHORTEST and words.get(word, 0) < _EVERYDAY:
                    self._keep(word, label, subject_id if len(parts) == 1 else None)
        self._choices = list(self._owners)

    def _keep(self, word: str, label: str, owner: str | None) -> None:
        """Note whose word it is: the subject that is called just that, else it is a part of longer names."""
        self._owners[word] = owner or self._owners.get(word, f"part {word}")
        if label == "drug" or word not in self._labels:
            self._labels[word] = label

    def correct(self, word: str) -> str | None:
        """Return the word of a name that a word is a misspelling of; None where there is none, or two that differ."""
        word = word.lower()
        if len(word) < SHORTEST or not word.isalpha() or word in self._words or word in self._known:
            return None
        found = process.extract(
            word,
            self._choices,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=_MOST_EDITS,
            limit=_MOST_NEIGHBOURS,
        )
        fewest = min((edits for _, edits, _ in found), default=None)
        nearest = [name for name, edits, _ in found if edits == fewest]
        if len({self._owners[name] for name in nearest}) != 1:
            return None
        is_long = len(nearest[0]) >= _SHORTEST_FOR_TWO[self._labels[nearest[0]]]
        return nearest[0] if is_long or fewest == 1 else None
