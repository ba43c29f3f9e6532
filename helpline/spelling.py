"""Corrects misspelled names: "verzinio" is read as "verzenio", "tamoxifin" as "tamoxifen".

A word is taken for a misspelling only where it is no English word, it is within a few edits of a word in one of our
names, and no word in the name of anything else is as near. Where it fits the names of two drugs of ours as well, we
say so, and the conversation asks which; where it fits a medicine of somebody else as well, it is left alone. Edits
are those of Damerau and Levenshtein (insert, delete, replace, swap of neighbours), counted by rapidfuzz.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

SHORTEST = 5  # a shorter word is near too many others
_MOST_EDITS = 2
_MOST_NEIGHBOURS = 5
# The shortest name that is still known after two edits. Our own names are few; those of other medicines are many, and
# lie near many misspelled English words.
_SHORTEST_FOR_TWO = {"drug": 6, "other_medicine": 8}
_FREQUENT = 5000  # words as frequent as this are what a misspelled word is compared with
_LONG = 8  # a word of as many letters may have two edits
_KEPT = 4096  # corrections that are kept in memory
_EVERYDAY = 1000  # words as frequent as this in the list are no part of a name that could be misspelled ("and", "oral")


@functools.lru_cache(maxsize=1)
def english_words() -> Mapping[str, int]:
    """Return English words in lower case with their counts, from the frequency list of pyspellchecker (MIT)."""
    from spellchecker import SpellChecker

    return dict(SpellChecker(language="en").word_frequency.dictionary)


# Endings of international names, by which a medicine is known as one although its name stands in no list of ours. The
# endings of the names of our own drugs are not among them: such a word may be one of ours, spelled too far off.
_ENDINGS = re.compile(
    r"\w{3,}(?:statin|pril|sartan|olol|dipine|prazole|conazole|floxacin|cillin|thromycin|cycline|cyclovir|navir|tegravir|"
    r"setron|triptan|gliptin|gliflozin|glutide|glitazone|xaban|gatran|oxetine|azepam|zolam|profen|fenac|coxib|"
    r"platin|taxel|rubicin|citabine|fosfamide|trexed|relin|relix|steride|lukast|fibrate|thiazide|dronate|dronic|"
    r"codone|morphone|piprazole|peridol|triptyline|pramine|gabalin|racetam|sulfa|mectin|bendazole|pidem|orexant)"
)


def is_medicine(word: str) -> bool:
    """Return whether an unknown word has the ending of the international name of a medicine."""
    return bool(_ENDINGS.fullmatch(word.lower()))


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a word may be a misspelling of.

    Attributes:
        word: the word of a name that it stands for; None where there is none, or where names differ.
        drugs: the ids of the drugs between which it cannot be decided.
    """

    word: str | None = None
    drugs: tuple[str, ...] = ()


_NOTHING = Reading()


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
        self._owners: dict[str, set[str]] = {}
        names = list(names)
        alone: dict[str, str] = {}
        drugs = {subject_id for label, subject_id, _ in names if label == "drug"}
        for label, subject_id, name in names:
            parts = name.lower().replace("-", " ").split()
            self._known.update(parts)
            for word in parts if label in _SHORTEST_FOR_TWO else ():
                if word.isalpha() and len(word) >= SHORTEST and words.get(word, 0) < _EVERYDAY:
                    self._owners.setdefault(word, set()).add(subject_id)
                    if label == "drug" or word not in self._labels:
                        self._labels[word] = label
                    if len(parts) == 1:
                        alone[word] = subject_id
        self._parts = {
            word: sorted(i for i in own if i in drugs) for word, own in self._owners.items() if word not in alone
        }
        # A word that is somebody's whole name is theirs, although it may be a part of longer names too.
        self._owners |= {word: {subject_id} for word, subject_id in alone.items()}
        self._choices = list(self._owners)

    def read(self, word: str) -> Reading:
        """Return what a word is a misspelling of."""
        word = word.lower()
        if len(word) < SHORTEST or not word.isalpha() or word in self._words or word in self._known:
            return _NOTHING
        found = process.extract(
            word,
            self._choices,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=_MOST_EDITS,
            limit=_MOST_NEIGHBOURS,
        )
        fewest = min((edits for _, edits, _ in found), default=0)
        nearest = [name for name, edits, _ in found if edits == fewest and (fewest == 1 or self._is_long(name))]
        if not nearest:
            return _NOTHING
        if set.intersection(*(self._owners[name] for name in nearest)):
            return Reading(word=max(nearest, key=lambda name: len(self._owners[name])))
        if all(self._labels[name] == "drug" for name in nearest):
            return Reading(drugs=tuple(sorted(set().union(*(self._owners[name] for name in nearest)))))
        return _NOTHING

    def part_of(self, word: str) -> tuple[str, ...]:
        """Return the ids of the drugs in whose names a word stands, where it is nobody's whole name: "deruxtecan"."""
        return tuple(self._parts.get(word, ()))

    def _is_long(self, name: str) -> bool:
        """Return whether a name is still known after two edits."""
        return len(name) >= _SHORTEST_FOR_TWO[self._labels[name]]


class Corrector:
    """Finds the everyday word that a misspelled word stands for: "adminitsered" is "administered"."""

    def __init__(self, words: Mapping[str, int], names: Iterable[tuple[str, str, str]]) -> None:
        """Keep the frequent words, and the words of our own names of side effects and terms.

        Args:
            words: English words in lower case with their counts.
            names: (label, id, name), as `linker.names` gives them.
        """
        self._words = words
        self._known = {part for _, _, name in names for part in name.lower().replace("-", " ").split()}
        self._by_length: dict[int, list[str]] = {}
        frequent = {word for word, count in words.items() if count >= _FREQUENT}
        for word in sorted(frequent | (self._known & words.keys())):
            if word.isalpha() and len(word) >= SHORTEST - 1:
                self._by_length.setdefault(len(word), []).append(word)
        self.correct = functools.lru_cache(maxsize=_KEPT)(self._correct)

    def _correct(self, word: str) -> str | None:
        """Return the word that a lower-case word is a misspelling of; None where it is none, or too far off."""
        if len(word) < SHORTEST or not word.isalpha() or word in self._words or word in self._known:
            return None
        edits = 1 if len(word) < _LONG else _MOST_EDITS
        near = [
            w for length in range(len(word) - edits, len(word) + edits + 1) for w in self._by_length.get(length, ())
        ]
        found = process.extract(
            word, near, scorer=DamerauLevenshtein.distance, score_cutoff=edits, limit=_MOST_NEIGHBOURS
        )
        # Of words as near as each other: one of our names ("vomiting" rather than "voting"), or what people write most.
        return min(found, key=lambda f: (f[1], f[0] not in self._known, -self._words[f[0]]))[0] if found else None
