"""Makes what people type comparable: case, accents, apostrophes, numbers in words, joined words and spelling.

Only words that we listen for are ever corrected; any other word stays as it was written. No word is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

COMMA = ","
_SMALL = (
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
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {w: i for i, w in enumerate(_SMALL)} | {w: 20 + 10 * i for i, w in enumerate(_TENS)} | {"oh": 0}
_NUMBERS = frozenset((*_VALUES, "hundred"))
_EMOJI = {"\U0001f4a9": " poop ", "\u00b0": " degrees "}
_DROPPED = str.maketrans("", "", "'`")
_MARKS = re.compile(r"[\u0300-\u036f'\u2018\u2019`\u00b4]")
# "my throat's closing" tells what a throat does; the rules know the word without the letter.
_IS = re.compile(
    r"\b(throat|tongue|mouth|lip|face|eye|vision|sight|head|neck|chest|heart|arm|hand|leg|calf|foot|side|skin|rash|blood"
    r"|bleeding|breathing|voice|speech|belly|stomach|wound|port|line|temperature|temp|fever)['\u2019`\u00b4]s\b"
)
_DIGIT = re.compile(r"\d")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d\d?\b)")
_UNIT = re.compile(r"(?<=\d)(?=[a-z%])")
_JOINED_NUMBER = re.compile(r"(?<=[a-z]{4})(?=\d)")  # "feverof101"; not "her2"
_WORD = re.compile(r"\d+(?:\.\d+)?|[a-z]+[a-z0-9]*|,|%")
_ENDS = re.compile(r"[!?;\n]+|\.(?!\d)|\u2026")
_BREAKS = re.compile(r"[,:()\u2013\u2014\u00b7>]+|\s-+\s")
_AGE = re.compile(r", (?:aged? )?\d+ (?:years? old |yo )?,")  # "my wife, 79, has ..."
# Shorter words are spelt right or too near to others; longer ones may be two edits away.
_SHORTEST, _TWO_EDITS, _JOINED = 5, 9, 7


def fold(text: str) -> str:
    """Return lower case without accents and apostrophes; numbers keep a decimal point, units stand apart.

    What a part of the body "'s" doing is what it "is" doing.
    """
    if text.isascii():
        plain = _IS.sub(r"\1 is", text.lower()).translate(_DROPPED)
    else:
        for sign, word in _EMOJI.items():
            text = text.replace(sign, word)
        text = _IS.sub(r"\1 is", text.lower())
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    if not _DIGIT.search(plain):
        return plain
    return _UNIT.sub(" ", _DECIMAL_COMMA.sub(".", plain))


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, folded: words with single spaces between, and a comma at each break."""
    found = []
    plain = fold(text)
    has_numbers = _DIGIT.search(plain) is not None
    if has_numbers:
        plain = _JOINED_NUMBER.sub(" ", plain)
    for part in _ENDS.split(plain):
        words = _WORD.findall(_BREAKS.sub(" , ", part))
        if any(w != COMMA for w in words):
            sentence = " ".join(words)
            found.append(_AGE.sub("", sentence).replace("  ", " ") if has_numbers else sentence)
    return found


def with_numbers(words: Sequence[str]) -> list[str]:
    """Return the words, with "thirty eight point three" as 38.3 and "38 and a half" as 38.5."""
    if _NUMBERS.isdisjoint(words) and not _DIGIT.search(" ".join(words)):
        return list(words)
    out: list[str] = []
    at = 0
    while at < len(words):
        if words[at] not in _NUMBERS and words[at : at + 2] != ["a", "hundred"] and not words[at][0].isdigit():
            out.append(words[at])
            at += 1
            continue
        value, end = _number(words, at)
        if value is None:
            out.append(words[at])
            at += 1
        else:
            out.append(value)
            at = end
    return out


def _number(words: Sequence[str], at: int) -> tuple[str | None, int]:
    """Return the number that starts at a word and where it ends; small numbers alone stay words ("one side")."""
    whole, end = _whole(words, at)
    if whole is None:
        return None, at
    if words[end : end + 1] == ["point"] and end + 1 < len(words):
        digit = _digit(words[end + 1])
        if digit is not None:
            return f"{whole}.{digit}", end + 2
    if list(words[end : end + 3]) == ["and", "a", "half"]:
        return f"{whole}.5", end + 3
    return (str(whole), end) if words[at].isdigit() or whole >= 20 else (None, at)


def _whole(words: Sequence[str], at: int) -> tuple[int | None, int]:
    first = words[at]
    if first.isdigit():
        return int(first), at + 1
    if first in ("hundred", "a", "one") and (first == "hundred" or words[at + 1 : at + 2] == ["hundred"]):
        end = at + (1 if first == "hundred" else 2)
        if words[end : end + 1] == ["and"] and end + 1 < len(words) and words[end + 1] in _VALUES:
            end += 1
        rest, after = _below_hundred(words, end)
        return 100 + (rest or 0), after
    if first == "one" and words[at + 1 : at + 2] == ["oh"]:
        rest, after = _below_hundred(words, at + 2)
        return (100 + rest, after) if rest is not None else (None, at)
    return _below_hundred(words, at)


def _below_hundred(words: Sequence[str], at: int) -> tuple[int | None, int]:
    if at >= len(words) or words[at] not in _VALUES:
        return None, at
    value = _VALUES[words[at]]
    if words[at] in _TENS and at + 1 < len(words) and 0 < _VALUES.get(words[at + 1], 0) < 10:
        return value + _VALUES[words[at + 1]], at + 2
    return value, at + 1


def _digit(word: str) -> str | None:
    return word if word.isdigit() else str(_VALUES[word]) if _VALUES.get(word, 10) < 10 else None


class Spelling:
    """Brings misspelt and joined words back to words that we know.

    Args:
        mended: the words that misspellings are corrected to, and of which one must be in a joined word.
        right: all other words that are spelt right.
    """

    def __init__(self, mended: Iterable[str], right: Iterable[str]) -> None:
        self._mended = frozenset(mended)
        self._known = self._mended | frozenset(right)
        self._prepared: dict[str, list[str]] = {}
        self._begun = {word[:end] for word in self._known for end in range(1, len(word) + 1)}
        self._near: dict[tuple[str, int], list[str]] = {}
        for word in sorted(w for w in self._mended if len(w) >= _SHORTEST - 1):
            for length in range(len(word) - 2, len(word) + 3):
                if abs(length - len(word)) <= _edits(length):
                    self._near.setdefault((word[0], length), []).append(word)

    def correct(self, words: Iterable[str]) -> list[str]:
        """Return the words, misspelt ones replaced and joined ones taken apart."""
        words = list(words)
        if self._known.issuperset(words):
            return words
        out: list[str] = []
        for word in words:
            if word in self._known:
                out.append(word)
            else:
                out.extend(self._prepared.get(word) or self._right(word))
        return out

    def prepare(self, words: Iterable[str]) -> None:
        """Work out once what becomes of words that many people write; what one person writes is never kept."""
        self._prepared = {word: self._right(word) for word in words if word not in self._known}

    def _right(self, word: str) -> list[str]:
        if len(word) < _SHORTEST or not word.isalpha():
            return [word]
        if len(word) >= _JOINED:
            parts = self._parts(word)
            if parts:
                return parts
        return [self._nearest(word)]

    def _nearest(self, word: str) -> str:
        near = self._near.get((word[0], len(word)), ())
        found = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=_edits(len(word))) if near else None
        return found[0] if found else word

    def _parts(self, word: str) -> list[str] | None:
        """Return the fewest known words that make up a joined one, where one of them is to be mended."""
        fewest: list[list[str] | None] = [[], *([None] * len(word))]
        for start in range(len(word)):
            before = fewest[start]
            if before is None:
                continue
            for end in range(start + 1, len(word) + 1):
                piece = word[start:end]
                if piece not in self._begun:
                    break
                if piece not in self._known:
                    continue
                best = fewest[end]
                if best is None or len(before) + 1 < len(best):
                    fewest[end] = [*before, piece]
        parts = fewest[len(word)]
        return parts if parts and any(p in self._mended and len(p) > 3 for p in parts) else None


def _edits(length: int) -> int:
    """Return how many letters of a word of a length may be wrong."""
    return 2 if length >= _TWO_EDITS else 1


def tag_numbers(
    words: Sequence[str], ranges: Mapping[str, Sequence[tuple[float, float, bool]]], other: frozenset[str]
) -> list[str]:
    """Return the words, each number with the ranges that it lies in ("38.4$fever$"), unless its unit is another.

    A range is (from, to, whether only numbers with a decimal point count).
    """
    if not _DIGIT.search(" ".join(words)):
        return list(words)
    out = []
    for word, after in zip(words, [*words[1:], ""]):
        if word[0].isdigit():
            value, decimal = float(word), "." in word
            names = [] if after in other else [n for n, spans in ranges.items() if _within(value, decimal, spans)]
            word = "$".join([word, *names]) + "$"
        out.append(word)
    return out


def _within(value: float, decimal: bool, spans: Sequence[tuple[float, float, bool]]) -> bool:
    return any(low <= value <= high and (decimal or not only_decimal) for low, high, only_decimal in spans)
