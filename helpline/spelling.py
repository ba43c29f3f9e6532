"""Corrects misspelled names: "verzinio" is read as "verzenio", "tamoxifin" as "tamoxifen".

A word is taken for a misspelling only where it is no English word, it is within a few edits of a word in one of our
names, and no word in the name of anything else is as near. Where it fits the names of two drugs of ours as well, we
say so, and the conversation asks which; where it fits a medicine of somebody else as well, it is left alone. Edits
are those of Damerau and Levenshtein (insert, delete, replace, swap of neighbours), counted by rapidfuzz; for everyday
words, of which there are many more, in the restricted form that edits no letter twice, which is four times as fast.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA, DamerauLevenshtein

SHORTEST = 5  # a shorter word is near too many others
_MOST_EDITS = 2
_MOST_NEIGHBOURS = 5
# The shortest name that is still known after two edits. Our own names are few; those of other medicines are many, and
# lie near many misspelled English words.
_SHORTEST_FOR_TWO = {"drug": 6, "other_medicine": 8}
_FREQUENT = 500  # words as frequent as this are what a misspelled word is compared with
_COMMON = 20_000  # words as frequent as this are still known with a stray sign beside them, or run into another
_LONG = 8  # a word of as many letters may have two edits
_KEPT = 4096  # corrections that are kept in memory
# So many unknown words of one message are corrected. Each costs a millisecond: a message of nothing else, which no
# correction would make readable, would hold up everybody.
MOST_CORRECTED = 24
_SHORTEST_PART = 2  # of two words that were run into one
# A common word with a stray figure or sign beside it: "9is". Not where the two belong together: "9am", "2nd".
_STRAY = re.compile(r"[\d\W_]?([a-z]{2,})[\d\W_]?")
# Written without their apostrophe by many: the classifier knows them as they are.
_CONTRACTED = re.compile(
    r"(?:(?:do|does|did|is|was|were|have|has|had|would|could|should|must)n|ca|wo)t"
    r"|(?:that|there|what|how|where|who|it|they|you|we)(?:s|re|ve|ll|d)"
)
_AFTER_NUMBERS = frozenset(("am", "pm", "st", "nd", "rd", "th", "mg", "ml", "kg", "cm", "mm", "in", "hr", "wk", "yr"))
_FREQUENT_PART = 5000  # a word less frequent than this may be a part of a name that a voice recogniser took apart
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

# What sounds the same is written the same: "pick ray" and "Piqray", "too kisa" and "Tukysa". In this order.
_SOUNDS = [
    (re.compile(pattern), same)
    for pattern, same in (
        ("ph", "f"),
        ("ck|qu?|c(?![eiyh])", "k"),
        ("c(?=[eiy])", "s"),
        ("oo", "u"),
        ("ee|ie|ey|y", "i"),
        ("x", "ks"),
        ("z", "s"),
        (r"(?<=.)e\b", ""),
        (r"(.)\1+", r"\1"),
    )
]


def _sound(word: str) -> str:
    """Return a word as it sounds, roughly: only names that sound just alike are taken for each other."""
    for pattern, same in _SOUNDS:
        word = pattern.sub(same, word)
    return word


class Speller:
    """Finds the word of a name that a misspelled word stands for."""

    def __init__(
        self, names: Iterable[tuple[str, str, str]], words: Mapping[str, int], slips: Collection[str] = ()
    ) -> None:
        """Keep the invented words of all names of medicines.

        A misspelled side effect or term is an English matter, and left to the classifier.

        Args:
            names: (label, id, name), as `linker.names` gives them.
            words: English words in lower case with their counts; none of them is taken for a misspelling.
            slips: those of the names that are misspellings themselves, in lower case. A word must be nearer to them:
                two slips away from a slip is no longer a name.
        """
        self._words = words
        self._slips = frozenset(slips)
        slips_of_words = {" ".join(slip.replace("-", " ").split()) for slip in slips}
        self._known: set[str] = set()
        self._labels: dict[str, str] = {}
        self._owners: dict[str, set[str]] = {}
        names = list(names)
        alone: dict[str, str] = {}
        drugs = {subject_id for label, subject_id, _ in names if label == "drug"}
        for label, subject_id, name in names:
            parts = name.lower().replace("-", " ").split()
            if len(parts) > 1 and " ".join(parts) in slips_of_words:
                continue  # its words are slips of the words of other names too: "deruxtican"
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
        # Those that a word of a length can be one edit from.
        self._near = {
            length: [word for word in self._choices if abs(len(word) - length) <= 1]
            for length in {len(word) + edit for word in self._choices for edit in (-1, 0, 1)}
        }
        sounds: dict[str, set[str]] = {}
        for word, label in self._labels.items():
            if label == "drug" and word in alone and len(word) > SHORTEST:
                sounds.setdefault(_sound(word), set()).add(word)
        self._sounds = {sound: min(own) for sound, own in sounds.items() if len({alone[word] for word in own}) == 1}

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
            return self._begun(word)
        if set.intersection(*(self._owners[name] for name in nearest)):
            return Reading(word=max(nearest, key=lambda name: len(self._owners[name])))
        if all(self._labels[name] == "drug" for name in nearest):
            return Reading(drugs=tuple(sorted(set().union(*(self._owners[name] for name in nearest)))))
        return _NOTHING

    def joined(self, parts: Sequence[str]) -> tuple[str, str] | None:
        """Return (label, id) of the name that a voice recogniser wrote in parts: "ner lynx", "pick ray"."""
        whole = "".join(parts).lower()
        word = whole if whole in self._owners else self._sounds.get(_sound(whole))
        if word is None and any(self._words.get(part.lower(), 0) < _FREQUENT_PART for part in parts):
            word = self._read_one_edit(whole)
        if word is None:
            return None
        owners = self._owners[word]
        return (self._labels[word], min(owners)) if len(owners) == 1 else None

    def _read_one_edit(self, word: str) -> str | None:
        """Return the name that an unknown word is one edit from, where there is one only."""
        if len(word) < SHORTEST or word in self._words or word in self._known:
            return None
        scorer = DamerauLevenshtein.distance
        near = self._near.get(len(word), ())
        found = process.extract(word, near, scorer=scorer, score_cutoff=1, limit=_MOST_NEIGHBOURS)
        return str(found[0][0]) if len(found) == 1 else None

    def _begun(self, word: str) -> Reading:
        """Return the name that a word is the beginning of, where it begins no other: "pertuz", "capiva"."""
        begun = [name for name in self._choices if name.startswith(word)]
        is_one = begun and set.intersection(*(self._owners[name] for name in begun))
        return Reading(word=min(begun, key=len)) if is_one and self._labels[begun[0]] == "drug" else _NOTHING

    def part_of(self, word: str) -> tuple[str, ...]:
        """Return the ids of the drugs in whose names a word stands, where it is nobody's whole name: "deruxtecan"."""
        return tuple(self._parts.get(word, ()))

    def _is_long(self, name: str) -> bool:
        """Return whether a name is still known after two edits."""
        return len(name) >= _SHORTEST_FOR_TWO[self._labels[name]] and name not in self._slips


class Corrector:
    """Finds the everyday word that a misspelled word stands for: "adminitsered" is "administered"."""

    def __init__(self, words: Mapping[str, int], names: Iterable[str], of_names: Iterable[str]) -> None:
        """Keep the frequent words, and those of names that are English.

        Args:
            words: English words in lower case with their counts.
            names: all names; no word of theirs is taken for a misspelling.
            of_names: the words of the names of classes, side effects and terms, spelled right.
        """
        self._words = words
        self._known = {part for name in names for part in name.lower().replace("-", " ").split()}
        self.of_names = frozenset(of_names)
        self._by_length: dict[int, list[str]] = {}
        frequent = {word for word, count in words.items() if count >= _FREQUENT}
        for word in sorted(frequent | self.of_names):
            if word.isalpha() and len(word) >= SHORTEST - 1:
                self._by_length.setdefault(len(word), []).append(word)
        self.correct = functools.lru_cache(maxsize=_KEPT)(self._correct)

    def __contains__(self, word: str) -> bool:
        """Return whether a lower-case word is known as it stands."""
        return word in self._words or word in self._known

    def _correct(self, word: str) -> str | None:
        """Return what a lower-case word is a misspelling of; None where it is none, or too far off."""
        if word in self or _CONTRACTED.fullmatch(word):
            return None
        if not word.isalpha():
            stray = _STRAY.fullmatch(word)
            return stray[1] if stray and self._is_common(stray[1]) and stray[1] not in _AFTER_NUMBERS else None
        if len(word) < SHORTEST:
            return None
        return (
            self._nearest(word, 1)
            or self._parted(word)
            or (self._nearest(word, _MOST_EDITS) if len(word) >= _LONG else None)
        )

    def _is_common(self, word: str) -> bool:
        return self._words.get(word, 0) >= _COMMON

    def _parted(self, word: str) -> str | None:
        """Return the two common words that were run into one: "drugsto" is "drugs to"."""
        pairs = ((word[:i], word[i:]) for i in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1))
        common = [pair for pair in pairs if all(map(self._is_common, pair))]
        return " ".join(max(common, key=lambda pair: min(map(self._words.__getitem__, pair)))) if common else None

    def _nearest(self, word: str, edits: int) -> str | None:
        found = [
            candidate
            for length in range(len(word) - edits, len(word) + edits + 1)
            for candidate in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=edits, limit=None
            )
        ]
        # Of words as near as each other: one of our names ("vomiting" rather than "voting"), or what people write most.
        return (
            min(found, key=lambda f: (f[1], f[0] not in self.of_names, -self._words.get(f[0], 0)))[0] if found else None
        )
