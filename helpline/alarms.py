"""Learns from examples how people tell of an emergency, and how they only ask about one.

It decides together with the rules of `helpline/safety.py`, whose finding is one of its features: a linear model over
the words and the parts of words of a message, run by NumPy in a fraction of a millisecond. It learns from
`data/alarms/` and `data/nlu.yml`, in seconds, and is kept in `models/` under a hash of all that it came from. It needs
neither Rasa nor the classifier.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import hashlib
import itertools
import json
import os
import random
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from helpline import document, paths, wording

if TYPE_CHECKING:
    from helpline.knowledge import Knowledge

KINDS = ("none", "call_now", "emergency", "overdose", "crisis", "danger")
FOLDER = paths.ROOT / "data" / "alarms"
AUTHORS = (
    "signs",
    "crisis",
    "mixed",
    "more_signs",
    "more_crisis",
    "urgent",
    "everyday",
    "despair",
    "contrasts",
    "gaps",
    "stories",
    "calm",
    "turns",
    "late",
    "elsewhere",
    "methods",
    "going_on",
    "chatty",
    "abroad",
    "states",
    "voices",
    "dialects",
    "evenings",
    "ordinary",
    "nights",
    "roundabout",
    "farewells",
    "pairs",
    "borders",
    "mornings",
    "tales",
    "texts",
)
"""Files of messages that people wrote: one author each."""
FRAMES = "frames.yml"
_QUESTIONS = (paths.ROOT / "data" / "nlu.yml", paths.ROOT / "data" / "follow_ups.yml")
_ALARM_INTENT = "ask_emergency_red_flag"
_PREFIX = "alarms-"

# How a message is read.
_NAME, _STOP = "name", "."
_WORDS, _PARTS = (1, 2, 3), (3, 4, 5)
# How much an example that was put together from parts counts, beside one that somebody wrote.
_FRAMED_WEIGHT = 0.5
_FRAMED = {"happening": 1500, "harmless": 2800}
_MISTYPED = 0.2  # of the examples put together
_RARE = 0.5
_FOLLOWED = 2.0  # how closely the examples are followed
_ROUNDS, _CLOSE = 500, 1e-5  # until the weights settle: stopped early, one new example moves the verdict on others
# A word that was met so often is one that misspellings are corrected to; one met so often is spelt right.
_USUAL, _RIGHT = 4, 2
# What is met less often says too little; what is said counts nearly as much in a long message as in a short one:
# divided by the length of the message to the power of `_FLAT`, and by `_SCALE`.
_MET, _FLAT, _SCALE = 3, 0.25, 4.0
# A message of so many words is long: it is heard in passages of so many sentences too, and the most alarming one counts
# for so much of the whole. Chosen on messages that it had not learned from: with 0.5 no more emergencies are heard, and
# more calm stories raise an alarm (docs/hazard-log.md).
_LONG, _PASSAGE, _SHARE = 60, 3, 0.25
# What the words say counts so much beside the meaning, where that is known. Chosen as above.
_BESIDE = 0.6
_SHORT = 6  # of so many words or fewer, the number is a feature

Floats = npt.NDArray[np.float32]
_NOTHING: Floats = np.zeros(len(KINDS) + 2, np.float32)


@dataclasses.dataclass(frozen=True)
class Heard:
    """A message as the rules heard it.

    Attributes:
        sentences: their words, spelt right, with numbers tagged by what they could be (`wording.tag_numbers`).
        found: what the rules say of it, as names of features that are there or not.
    """

    sentences: Sequence[Sequence[str]]
    found: tuple[str, ...] = ()

    @property
    def noted(self) -> tuple[str, ...]:
        """What the rules say, and how short the message is: a few words alone are seldom an alarm."""
        length = sum(map(len, self.sentences))
        return (*self.found, f"!words{length}") if length <= _SHORT else self.found


Listen = Callable[[str], Heard]


@dataclasses.dataclass(frozen=True)
class Example:
    """A message and the alarm that it should raise: one of `KINDS`."""

    text: str
    label: str
    weight: float = 1.0


# --- the examples


def written(author: str) -> list[Example]:
    """Return the messages of one author."""
    lines = (FOLDER / f"{author}.jsonl").read_text().splitlines()
    return [Example(m["text"], m["label"]) for m in map(json.loads, lines)]


def questions() -> list[Example]:
    """Return the classifier's examples as harmless ones, without those of alarms."""
    tables: list[Any] = [document.read(path) for path in _QUESTIONS]
    return [
        Example(re.sub(r"\[([^]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line.lstrip("- ")), "none")
        for table in tables
        for entry in table["nlu"]
        if entry.get("intent", _ALARM_INTENT) != _ALARM_INTENT
        for line in entry["examples"].splitlines()
    ]


def framed() -> list[Example]:
    """Return examples put together from the parts in `frames.yml`: the same ones each time."""
    table: Any = document.read(FOLDER / FRAMES)
    return [Example(text, label, _FRAMED_WEIGHT) for text, label in dict.fromkeys(_Frames(table).examples())]


def examples(authors: Iterable[str] = AUTHORS) -> list[Example]:
    """Return all that the model learns from."""
    return [*(e for author in authors for e in written(author)), *questions(), *framed()]


class _Frames:
    """Puts signs into sentences, for `framed`."""

    _THIRD = (
        (r"\bI am\b", "{} is"),
        (r"\bI have\b", "{} has"),
        (r"\bI haven't\b", "{} hasn't"),
        (r"\bI do not\b", "{} does not"),
        (r"\bI don't\b", "{} doesn't"),
        (r"\bI (keep|feel|get|vomit|wheeze)\b", r"{} \1s"),
        (r"\bI\b", "{}"),
    )
    _PAST = (
        (r"\bI am\b", "I was"),
        (r"\bI have\b", "I had"),
        (r"\bis\b", "was"),
        (r"\bare\b", "were"),
        (r"\bhurts\b", "hurt"),
        (r"\bcan't\b", "couldn't"),
        (r"\bwon't\b", "wouldn't"),
        (r"\bhas\b", "had"),
        (r"\bhaven't\b", "hadn't"),
        (r"\bkeeps?\b", "kept"),
        (r"\bfeels?\b", "felt"),
        (r"\bdon't\b", "didn't"),
        (r"\bgoes\b", "went"),
        (r"\bget\b", "got"),
    )

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._lists = {name: [str(w) for w in words] for name, words in table["lists"].items()}
        self._random = random.Random(0)  # noqa: S311 - no secret: the same examples each time

    def examples(self) -> Iterator[tuple[str, str]]:
        for kind, signs in self._table["signs"].items():
            parts = {key: [str(s) for s in signs[key]] for key in ("noun", "adj", "i", "others")}
            fill = self._fillers(parts)
            yield from ((text, kind) for key in ("noun", "i") for text in parts[key])
            yield from ((f"{who} {text}", kind) for text in parts["others"] for who in ("she", "my husband"))
            yield from ((f"{who} {did}", kind) for who in signs.get("child", ()) for did in signs["did"])
            for label, frames in self._table["frames"].items():
                for _ in range(_FRAMED[label]):
                    yield self._one(self._random.choice(frames), fill), kind if label == "happening" else "none"
        fill = self._fillers({"noun": [""], "adj": [""], "i": [""], "others": [""]})
        for frames, label, times in (
            (self._table["crisis"]["now"], "crisis", 12),
            (self._table["crisis"]["harmless"], "none", 12),
            (self._table["harmless"], "none", 8),
        ):
            yield from ((self._one(frame, fill), label) for frame in frames for _ in range(times))
        yield from ((text, label) for label, texts in self._table["spanish"].items() for text in texts)

    def _fillers(self, parts: Mapping[str, Sequence[str]]) -> dict[str, Callable[[], str]]:
        def somebody() -> str:
            who = self._random.choice(self._lists["who"])
            if self._random.random() < 0.35:
                return f"{who} {self._random.choice(parts['others'])}"
            return _changed(self._random.choice(parts["i"]), self._THIRD).replace("{}", who).replace("my ", "her ")

        def one_of(words: Sequence[str]) -> Callable[[], str]:
            return lambda: self._random.choice(words)

        fill = {name: one_of(words) for name, words in {**self._lists, **parts}.items()}
        fill["was"] = lambda: _changed(self._random.choice(parts["i"]), self._PAST)
        fill["she"] = somebody
        return fill

    def _one(self, frame: str, fill: Mapping[str, Callable[[], str]]) -> str:
        text = re.sub(r"\[([^]]*)\]", lambda m: self._random.choice(m[1].split("|")), frame)
        text = " ".join(re.sub(r"<(\w+)>", lambda m: fill[m[1]](), text).split())
        return self._mistyped(text) if self._random.random() < _MISTYPED else text

    def _mistyped(self, text: str) -> str:
        """Return a text with one letter lost, doubled or changed with the next."""
        at = self._random.randrange(max(1, len(text) - 1))
        pair = text[at : at + 2]
        return text[:at] + self._random.choice((pair[1:], pair[:1] + pair, pair[::-1])) + text[at + 2 :]


def _changed(text: str, changes: Iterable[tuple[str, str]]) -> str:
    for old, new in changes:
        text = re.sub(old, new, text)
    return text


# --- a message as features


class Reader:
    """Turns what was heard into the words that the model knows: names hidden, numbers by what they could be."""

    def __init__(self, knowledge: Knowledge) -> None:
        kinds = ("drug", "class")
        names = [n for s in knowledge.subjects.values() if s.kind in kinds for n in s.names.all]
        names += [n for group in knowledge.not_covered for n in group.names]
        # The longest first, and always in one order: the hash of the content depends on it.
        unlike = {" ".join(wording.sentences(n)) for n in names if len(n) > 2}
        folded = sorted(unlike, key=lambda name: (-len(name), name))
        self.content = repr((folded, knowledge.alarms.on_drugs))
        self._names: dict[str, list[list[str]]] = {}
        for name in map(str.split, folded):
            self._names.setdefault(name[0], []).append(name)
        self._begin = frozenset(self._names)

    def read(self, heard: Heard) -> list[list[str]]:
        """Return the words of each sentence."""
        return [self._sentence(words) for words in heard.sentences]

    def _sentence(self, words: Sequence[str]) -> list[str]:
        if not self._begin.isdisjoint(words):
            words = self._without_names(list(words))
        return [_number(w) if w[0].isdigit() else w for w in words]

    def _without_names(self, words: list[str]) -> list[str]:
        out, at = [], 0
        while at < len(words):
            length = self._named(words, at) if words[at] in self._begin else 0
            out.append(_NAME if length else words[at])
            at += length or 1
        return out

    def _named(self, words: list[str], at: int) -> int:
        """Return how many words the longest name at a place has; 0 where there is none."""
        return next((len(name) for name in self._names[words[at]] if words[at : at + len(name)] == name), 0)


def _number(word: str) -> str:
    return "$" + "$".join(word.split("$")[1:-1])


def runs(words: Sequence[str]) -> set[str]:
    """Return the runs of one to three words."""
    found = set(words)
    for size in _WORDS[1:]:
        found.update(map(" ".join, zip(*(words[at:] for at in range(size)))))
    return found


def parts(word: str) -> set[str]:
    """Return the parts of a word; their names begin with "#"."""
    padded = f"<{word}>"
    return {"#" + padded[at : at + size] for size in _PARTS for at in range(max(1, len(padded) - size + 1))}


# --- the model


class Scales:
    """How much each run of words and each part of a word counts, by how rare it is among the examples."""

    def __init__(self, names: Sequence[str], rarity: Floats) -> None:
        """Keep them."""
        self.names = tuple(names)
        self.rarity = rarity
        self._rows = {name: row for row, name in enumerate(names)}

    def weigh(self, words: Sequence[str], found: Iterable[str]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return the rows of what is known of a message, some more than once, and their values, for training.

        What the rules found counts in full. `Model` weighs them alike.
        """
        within = [row for word in set(words) for row in self.known(parts(word))]
        rows = [np.array(each, np.int64) for each in (self.known(runs(words)), within)]
        values = [self.rarity[at] for at in rows]
        values = [value / _length(float(value @ value)) for value in values]
        rules = np.array(self.known(found), np.int64)
        return np.concatenate([*rows, rules]), np.concatenate([*values, np.ones(len(rules))]).astype(np.float32)

    def known_runs(self, words: Sequence[str]) -> set[int]:
        """Return the rows of the runs that are known: a run is, only where the shorter one that it begins with is."""
        rows, found = self._rows, set()
        for at, word in enumerate(words):
            row = rows.get(word)
            for after in words[at + 1 : at + _WORDS[-1]]:
                if row is None:
                    break
                found.add(row)
                word = f"{word} {after}"
                row = rows.get(word)
            if row is not None:
                found.add(row)
        return found

    def known_parts(self, word: str) -> set[int]:
        """Return the rows of the parts of a word that are known: a part is, only where its beginning is."""
        rows, padded, found = self._rows, f"#<{word}>", set()
        for at in range(1, max(2, len(padded) - _PARTS[0] + 1)):
            for size in _PARTS:
                row = rows.get("#" + padded[at : at + size])
                if row is None or at + size > len(padded):
                    break
                found.add(row)
        return found

    def known(self, names: Iterable[str]) -> list[int]:
        """Return the rows of those names that are known."""
        return [row for row in map(self._rows.get, names) if row is not None]


@dataclasses.dataclass(frozen=True)
class Model:
    """What was learned.

    Attributes:
        scales: the features.
        weights: shape (features, kinds), float32.
        bias: shape (kinds,).
        words: those of the examples that were met more than once; `often` says how often, shape (words,).
    """

    scales: Scales
    weights: Floats
    bias: Floats
    words: tuple[str, ...]
    often: npt.NDArray[np.int64]

    def probabilities(
        self, sentences: Sequence[Sequence[str]], found: Iterable[str], meant: Floats | None = None
    ) -> Floats:
        """Return the probability of each of `KINDS` for a message, shape (kinds,).

        Args:
            sentences: its words.
            found: what the rules found in it.
            meant: how much its meaning speaks for each kind (`helpline.adapter`), shape (kinds,), where it is known.
        """
        words = joined(sentences)
        said = self._sum(self.scales.known_runs(words))
        within = self._within(dict.fromkeys(words)).sum(axis=0)
        scores = self._scores(said[None], within[None], found)
        likely: Floats = _shares(scores if meant is None else _BESIDE * scores + meant)[0]
        return likely

    def most_alarming(self, sentences: Sequence[Sequence[str]], found: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the probabilities of `KINDS` for a message, and for the passage of it that least seems harmless.

        A passage is of `_PASSAGE` sentences on end. A word that stands in two of them counts twice, and runs end with
        a sentence: so each sentence is summed once, and a passage is the sum of its sentences. The whole has each run
        once, and those that go across the end of a sentence.
        """
        ended = [[*words, _STOP] for words in sentences]
        row_of: dict[str, int] = {}
        rows = [[row_of.setdefault(word, len(row_of)) for word in set(words)] for words in ended]
        parts_of = self._within(row_of)
        within = [parts_of.take(of_sentence, axis=0).sum(axis=0) for of_sentence in rows]
        runs_of = [self.scales.known_runs(words) for words in ended]
        across = (self.scales.known_runs([*words[-2:], *after[:2]]) for words, after in itertools.pairwise(ended))
        whole = self._sum(set().union(*runs_of, *across))
        scores = self._scores(
            np.concatenate([whole[None], _passages([self._sum(known) for known in runs_of])]),
            np.concatenate([parts_of.sum(axis=0)[None], _passages(within)]),
            found,
        )
        likely = _shares(scores)
        return likely[0], likely[1 + int(likely[1:, 0].argmin())]

    def _scores(self, said: Floats, within: Floats, found: Iterable[str]) -> Floats:
        """Return the scores of the kinds for sums of what is said and of the parts of words, one a row."""
        scores: Floats = self.bias + _told(said) + _told(within)
        for row in self.scales.known(found):
            scores += self.weights[row]
        return scores

    @functools.cached_property
    def _table(self) -> Floats:
        """What each feature says of each kind, and the square of its length; eight numbers, a line of the cache."""
        table = np.zeros((len(self.weights), len(KINDS) + 2), np.float32)
        table[:, : len(KINDS)] = self.weights * self.scales.rarity[:, None]
        table[:, len(KINDS)] = self.scales.rarity**2
        return table

    @functools.cached_property
    def _word_rows(self) -> Mapping[str, int]:
        """The words of the examples, never others that people write, by their row in `_word_table`."""
        return {word: row for row, word in enumerate(name for name in self.scales.names if name.isalpha())}

    @functools.cached_property
    def _word_table(self) -> Floats:
        """The sum of the parts of each word, worked out once."""
        return np.array([self._sum(self.scales.known_parts(word)) for word in self._word_rows], np.float32)

    def _sum(self, rows: Collection[int]) -> Floats:
        total: Floats = self._table.take(list(rows), axis=0).sum(axis=0) if rows else _NOTHING
        return total

    def _within(self, words: Collection[str]) -> Floats:
        """Return the sum of the parts of each of some words, one a row."""
        rows = [self._word_rows.get(word, -1) for word in words]
        sums: Floats = self._word_table.take(rows, axis=0)
        for at, word in enumerate(words) if -1 in rows else ():
            if rows[at] < 0:
                sums[at] = self._sum(self.scales.known_parts(word))
        return sums

    def save(self, path: Path) -> None:
        """Write everything into one file, at once: nobody ever reads half of it."""
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.savez(
                file,
                names=_packed(self.scales.names),
                rarity=self.scales.rarity,
                weights=self.weights.astype(np.float16),
                bias=self.bias,
                words=_packed(self.words),
                often=self.often,
            )
        os.chmod(file.name, 0o644)  # whoever serves may be another user than the one who trained
        os.replace(file.name, path)

    @classmethod
    def load(cls, path: Path) -> Model:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                Scales(_unpacked(arrays["names"]), arrays["rarity"]),
                arrays["weights"].astype(np.float32),
                arrays["bias"],
                _unpacked(arrays["words"]),
                arrays["often"],
            )


def _packed(names: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def _unpacked(names: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(names.tobytes().decode().split("\n"))


def _passages(sentences: Sequence[Floats]) -> Floats:
    """Return the sum of each `_PASSAGE` of some sentences on end, from a sum for each sentence."""
    each = np.array(sentences)
    last = len(each) - _PASSAGE + 1
    passages: Floats = sum(each[at : at + last] for at in range(1, _PASSAGE)) + each[:last]
    return passages


def _told(total: Floats) -> Floats:
    """Return what sums say, one a row, whatever the length of the message."""
    squared = np.maximum(total[:, len(KINDS), None], 1.0)
    said: Floats = total[:, : len(KINDS)] / (_SCALE * squared ** (_FLAT / 2))
    return said


def _shares(scores: Floats) -> Floats:
    """Return the probabilities that scores give, one a row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _length(squared: float) -> float:
    """Return what features are divided by, from the square of their length."""
    return _SCALE * float(max(squared, 1.0) ** (_FLAT / 2))


def train(reader: Reader, taught: Sequence[Example], listen: Listen) -> Model:
    """Learn from examples, and from what the rules find in them. Takes some seconds."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    heard = [listen(e.text) for e in taught]
    written_as = [reader.read(each) for each in heard]
    often = collections.Counter(word for each in written_as for words in each for word in words if word.isalpha())
    often = collections.Counter({word: times for word, times in often.items() if times >= _RIGHT})
    spelling = _spelling(often)
    read = [joined(map(spelling.correct, each)) for each in written_as]
    seen = collections.Counter(name for words in read for name in runs(words).union(*map(parts, set(words))))
    seen.update(name for each in heard for name in each.noted)
    names = sorted(name for name, times in seen.items() if times >= _MET)
    rarity = np.log((1 + len(taught)) / (1 + np.array([seen[n] for n in names]))) + 1
    scales = Scales(names, rarity.astype(np.float32))
    found = [scales.weigh(words, each.noted) for words, each in zip(read, heard)]
    matrix = csr_matrix(
        (
            np.concatenate([values for _, values in found]),
            np.concatenate([rows for rows, _ in found]),
            np.cumsum([0, *(len(rows) for rows, _ in found)]),
        ),
        shape=(len(read), len(names)),
    )
    machine = LogisticRegression(C=_FOLLOWED, max_iter=_ROUNDS, tol=_CLOSE)
    shares = collections.Counter(e.label for e in taught)
    # A rare kind counts more, but not so much more that whatever resembles its few examples becomes one.
    weights = [e.weight * (shares["none"] / shares[e.label]) ** _RARE for e in taught]
    machine.fit(matrix, [KINDS.index(e.label) for e in taught], sample_weight=weights)
    return Model(
        scales,
        np.ascontiguousarray(machine.coef_.T, np.float32),
        machine.intercept_.astype(np.float32),
        tuple(sorted(often)),
        np.array([often[word] for word in sorted(often)]),
    )


def joined(sentences: Iterable[Sequence[str]]) -> list[str]:
    """Return the words of sentences, each ended by a full stop."""
    return [word for sentence in sentences for word in (*sentence, _STOP)]


class Listener:
    """Says how likely each kind of alarm is, of any message."""

    def __init__(self, reader: Reader, model: Model) -> None:
        """Keep them; words that no example holds are brought back to those that some do."""
        self._reader = reader
        self._model = model
        self._spelling = _spelling(dict(zip(model.words, map(int, model.often))))

    @property
    def words(self) -> tuple[str, ...]:
        """Words of the examples that were met more than once."""
        return self._model.words

    def likely(self, heard: Heard, meant: Floats | None = None) -> Floats:
        """Return the probability of each of `KINDS`, shape (kinds,).

        What a message means, where it is known (`helpline.adapter`), is added to what its words say of each kind.

        A sign in the midst of a long calm story is outweighed by the words of the rest of it: so, where only they are
        known, its most alarming passage is heard beside the whole.
        """
        sentences = [self._spelling.correct(words) for words in self._reader.read(heard)]
        if meant is not None or len(sentences) <= _PASSAGE or sum(map(len, sentences)) < _LONG:
            return self._model.probabilities(sentences, heard.noted, meant)
        whole, passage = self._model.most_alarming(sentences, heard.found)
        mean: Floats = whole + _SHARE * (passage - whole)
        return mean


def _spelling(often: Mapping[str, int]) -> wording.Spelling:
    """Return what brings words that hardly anybody wrote back to those that many did."""
    return wording.Spelling([w for w, times in often.items() if times >= _USUAL and len(w) > 2], often)


def current(knowledge: Knowledge, listen: Listen) -> Listener:
    """Return the listener for the present examples: read from `models/`, or trained now."""
    reader = Reader(knowledge)
    path = _kept(reader)
    return Listener(reader, Model.load(path) if path.exists() else _train_anew(reader, path, listen))


def prepare(knowledge: Knowledge, listen: Listen) -> None:
    """Train for the present examples where that is not done, so that no start of a server has to."""
    reader = Reader(knowledge)
    if not _kept(reader).exists():
        _train_anew(reader, _kept(reader), listen)


def _kept(reader: Reader) -> Path:
    return paths.MODELS / f"{_PREFIX}{content_hash(reader)}.npz"


def _train_anew(reader: Reader, path: Path, listen: Listen) -> Model:
    model = train(reader, examples(), listen)
    with contextlib.suppress(OSError):  # where nothing can be written, the next start trains again
        model.save(path)
        for old in paths.MODELS.glob(f"{_PREFIX}*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
    return model


def content_hash(reader: Reader) -> str:
    """Return a hash of everything that the model is made from."""
    digest = hashlib.sha256(reader.content.encode())
    here = Path(__file__)
    rules = (paths.KNOWLEDGE / "safety.yml", here.with_name("safety.py"), here.with_name("rules.py"))
    for path in (*sorted(FOLDER.iterdir()), *_QUESTIONS, *rules, here, Path(wording.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
