"""A linear classifier of texts whose confidence is calibrated: words and parts of words, counted, beside a vector.

It is a support vector machine; Rasa's own classifiers weigh no features and calibrate nothing. What it reads of a text
is prepared by `helpline.linker` (names hidden behind their kind) and `helpline.encoder`.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.svm import LinearSVC

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span

NUMBERS_FILE = "classifier.npz"
VOCABULARY_FILE = "classifier.json"
_NUMBER = re.compile(r"\b\d+\b")
_KEPT = 10_000  # words whose parts are kept
Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Text:
    """What the classifier reads of a text.

    Attributes:
        words: its lemmas, names hidden, with a space between.
        vector: of its meaning, shape (numbers,); empty where none is used.
    """

    words: str
    vector: npt.NDArray[np.float32]


def words(part: Doc | Span) -> str:
    """Return the words of a text of the pipeline in `helpline.linker`: names as their kind, every number the same."""
    return _NUMBER.sub("number", " ".join((token.lemma_ or token.text).lower() for token in part))


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a classifier learns; `benchmarks/nlu.py` shows how they were chosen.

    Attributes:
        closeness: how closely the examples are followed: more follows them more. The machine's "C".
        vector_weight: the length of the vector, where that of the counts is 1.
        folds: parts of the examples, held out in turn, that teach the step from scores to probabilities.
        tolerance: how exact the solution is. More exact takes longer and ranks no question otherwise.
    """

    closeness: float = 0.5
    vector_weight: float = 1.4
    folds: int = 3
    tolerance: float = 0.01


@dataclasses.dataclass(frozen=True)
class Classifier:
    """What training leaves: two vocabularies and numbers.

    Attributes:
        labels: shape (labels,).
        vocabularies: the words and pairs of words, and the parts of words, each with its column.
        rarity: the weight of each count, shape (counts,).
        weights: shape (features, labels), float32; the counts first, then the vector.
        bias: added to the scores, shape (labels,).
        slope, offset: turn a score into a probability, shape (labels,) each.
        vector_weight: as in `Settings`.
    """

    labels: tuple[str, ...]
    vocabularies: tuple[dict[str, int], dict[str, int]]
    rarity: Floats
    weights: npt.NDArray[np.float32]
    bias: Floats
    slope: Floats
    offset: Floats
    vector_weight: float

    @classmethod
    def train(cls, texts: Sequence[Text], labels: Sequence[str], settings: Settings | None = None) -> Classifier:
        """Learn the labels of texts; there must be three labels at least."""
        settings = settings or Settings()
        counters = _counters()
        counts = hstack([counter.fit_transform([t.words for t in texts]) for counter in counters], format="csr")
        rarity = TfidfTransformer().fit(counts).idf_
        features = hstack([_weigh(counts, rarity), csr_matrix(_vectors(texts, settings.vector_weight))], format="csr")
        machine = LinearSVC(C=settings.closeness, tol=settings.tolerance, class_weight="balanced", random_state=0)
        # One machine that learned from all, rather than one for each part: smaller, and quicker to ask.
        calibrated = CalibratedClassifierCV(machine, cv=settings.folds, ensemble=False).fit(features, labels)
        fitted = calibrated.calibrated_classifiers_[0]
        of_words, of_parts = ({word: int(i) for word, i in counter.vocabulary_.items()} for counter in counters)
        return cls(
            labels=tuple(str(label) for label in calibrated.classes_),
            vocabularies=(of_words, of_parts),
            rarity=rarity,
            # Laid out as the product reads them, in the features' type: otherwise each question copies them all.
            weights=np.ascontiguousarray(fitted.estimator.coef_.T, np.float32),
            bias=fitted.estimator.intercept_,
            slope=np.array([step.a_ for step in fitted.calibrators]),
            offset=np.array([step.b_ for step in fitted.calibrators]),
            vector_weight=settings.vector_weight,
        )

    def __post_init__(self) -> None:
        words, parts = (counter.build_analyzer() for counter in _counters())
        of_words, of_parts = self.vocabularies

        def rows(word: str) -> list[int]:
            return [row + len(of_words) for row in map(of_parts.get, parts(word)) if row is not None]

        object.__setattr__(self, "_words", words)
        # Parts end with their word, and most words are used again.
        object.__setattr__(self, "_rows_of_parts", functools.lru_cache(maxsize=_KEPT)(rows))

    def probabilities(self, texts: Sequence[Text]) -> Floats:
        """Return the probability of each label for each text, shape (texts, labels)."""
        scores = np.array([self._score(text) for text in texts])
        # Each label's own step gives the logit of that label against all others. Weighed against each other (softmax),
        # they tell right from wrong better, and are less shy, than the probabilities divided by their sum.
        together: Floats = softmax(-(self.slope * scores + self.offset), axis=1)
        return together

    def _score(self, text: Text) -> Floats:
        """Return the score of each label, shape (labels,).

        It does for one text what training does for many with sparse matrices (`_weigh`): making those would take
        several times as long as reading the few rows that a text has.
        """
        words, rows_of_parts = self.__dict__["_words"], self.__dict__["_rows_of_parts"]
        rows = [row for row in map(self.vocabularies[0].get, words(text.words)) if row is not None]
        for word in text.words.split():
            rows += rows_of_parts(word)
        columns, counts = np.unique(np.array(rows, np.intp), return_counts=True)
        weighed = (np.log(counts) + 1) * self.rarity[columns]
        if rows:
            weighed /= np.linalg.norm(weighed)
        of_vector = (text.vector * self.vector_weight).astype(np.float32) @ self.weights[len(self.rarity) :]
        score: Floats = weighed.astype(np.float32) @ self.weights[columns] + of_vector + self.bias
        return score

    def save(self, folder: Path) -> None:
        """Write it into a folder. Numbers and words only: reading them back runs no code."""
        fields = dataclasses.asdict(self)
        (folder / VOCABULARY_FILE).write_text(json.dumps(fields.pop("vocabularies")), encoding="utf-8")
        np.savez(folder / NUMBERS_FILE, **fields)

    @classmethod
    def load(cls, folder: Path) -> Classifier:
        """Read one that `save` wrote."""
        vocabularies = json.loads((folder / VOCABULARY_FILE).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS_FILE, allow_pickle=False) as arrays:
            fields = dict(arrays)
        fields |= {"labels": tuple(map(str, fields["labels"])), "vector_weight": float(fields["vector_weight"])}
        return cls(vocabularies=tuple(vocabularies), **fields)


def _counters() -> tuple[CountVectorizer, CountVectorizer]:
    """Return what counts words and pairs of words, and what counts parts of words."""
    return (
        CountVectorizer(ngram_range=(1, 2), lowercase=False),
        # A part that is met once is a slip of the keyboard more often than not.
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 5), lowercase=False, min_df=2),
    )


def _weigh(counts: csr_matrix, rarity: Floats) -> csr_matrix:
    """Return the counts of texts weighed by how rare they are, each text of length one (`_score` does it for one)."""
    # A word that is there three times says more than one that is there once, but not three times as much.
    weighed = (np.log(counts.data) + 1) * rarity[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(rows, weighed**2, minlength=counts.shape[0]))
    return csr_matrix((weighed / lengths[rows], counts.indices, counts.indptr), shape=counts.shape)


def _vectors(texts: Sequence[Text], weight: float) -> Floats:
    """Return the vectors, shape (texts, numbers), each of the length that it counts for."""
    vectors: Floats = np.vstack([t.vector for t in texts]).astype(np.float64) * weight
    return vectors
