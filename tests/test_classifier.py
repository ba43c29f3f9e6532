"""The classifier learns, says how sure it is, and is the same after it was kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpline.classifier import Classifier, Settings, Text, words
from helpline.linker import build_pipeline

EXAMPLES = {
    "work": [
        "how does drugname work",
        "what does drugname do to cells",
        "how drugname works inside",
        "drugname working",
    ],
    "pain": ["does drugname hurt", "is drugname painful", "hurts when drugname is given", "pain from drugname"],
    "cost": ["what does drugname cost", "price of drugname", "how much to pay for drugname", "drugname price"],
}


def text(words: str) -> Text:
    """A text with a vector that says nothing."""
    return Text(words, np.ones(3, np.float32) / np.sqrt(3).astype(np.float32))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    texts, labels = zip(*[(text(w), label) for label, own in EXAMPLES.items() for w in own * 2])
    return Classifier.train(texts, labels, Settings(folds=2))


def test_it_learns(classifier: Classifier) -> None:
    found = classifier.probabilities([text("price for drugname please"), text("how is drugname working")])
    assert classifier.labels == ("cost", "pain", "work")
    assert found.argmax(axis=1).tolist() == [0, 2]
    assert found.sum(axis=1) == pytest.approx([1, 1])


def test_what_it_never_met_leaves_it_unsure(classifier: Classifier) -> None:
    sure, unsure = classifier.probabilities([text("price of drugname"), text("zzz")]).max(axis=1)
    assert unsure < sure


def test_it_is_the_same_after_it_was_kept(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    kept = Classifier.load(tmp_path)
    asked = [text("drugname price"), text("what does it do"), text("")]
    assert np.array_equal(kept.probabilities(asked), classifier.probabilities(asked))
    assert kept.labels == classifier.labels


def test_learning_twice_gives_the_same(classifier: Classifier) -> None:
    texts, labels = zip(*[(text(w), label) for label, own in EXAMPLES.items() for w in own * 2])
    again = Classifier.train(texts, labels, Settings(folds=2))
    assert np.array_equal(again.weights, classifier.weights)


def test_one_at_a_time_gives_the_same_as_together(classifier: Classifier) -> None:
    asked = [text("drugname price"), text("what does it do to cells")]
    together = classifier.probabilities(asked)
    assert np.allclose(together, np.vstack([classifier.probabilities([t]) for t in asked]))


def test_it_works_without_a_vector() -> None:
    texts = [Text(w, np.zeros(0, np.float32)) for own in EXAMPLES.values() for w in own * 2]
    labels = [label for label, own in EXAMPLES.items() for _ in own * 2]
    trained = Classifier.train(texts, labels, Settings(folds=2, vector_weight=0))
    assert trained.probabilities([Text("drugname price", np.zeros(0, np.float32))]).argmax() == 0


def test_words_hide_names_and_numbers(knowledge) -> None:  # type: ignore[no-untyped-def]
    doc = build_pipeline(knowledge)("Is Kisqali 600 the same as Ibrance?")
    assert words(doc) == "is drugname number the same as drugname ?"
    assert words(doc[:2]) == "is drugname"
