"""A linear classifier whose confidence is calibrated; Rasa's own weigh no features and calibrate nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.special import expit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

FILE = "classifier.npz"
INTENT_RANKING = "intent_ranking"
_NO_INTENT = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
# Private parts of scikit-learn's calibrated classifier. They hold numbers only; skops asks for them by name.
_TRUSTED = ["sklearn.calibration._CalibratedClassifier", "sklearn.calibration._SigmoidCalibration"]


@dataclasses.dataclass(frozen=True)
class Trained:
    """What training leaves: numbers, kept as a NumPy archive.

    Not with skops, as Rasa's own classifiers are: importing it beside TensorFlow takes many seconds at every start.

    Attributes:
        labels: intents, shape (intents,).
        rarity: the weight of each count, shape (counts,).
        weights: shape (features, intents), float32; the counts first, then the vector.
        bias: added to the scores, shape (intents,).
        slope, offset: turn a score into a probability, shape (intents,) each.

    """

    labels: npt.NDArray[np.str_]
    rarity: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float64]
    slope: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]

    def confidence(self, features: csr_matrix) -> npt.NDArray[np.float64]:
        """Return the probabilities of the intents, shape (intents,), from features of shape (1, features)."""
        score = (features.astype(np.float32) @ self.weights)[0] + self.bias
        alone = expit(-(self.slope * score + self.offset))
        together: npt.NDArray[np.float64] = alone / max(alone.sum(), np.finfo(float).tiny)
        return together


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedClassifier(GraphComponent, IntentClassifier):
    """A linear support vector machine over the sentence features, each class's score turned into a probability.

    The counts (sparse) are weighed by how rare they are and set to length one, as the sentence vector (dense) is, so
    that one number, `dense_weight`, tells how much the vector counts beside them. Held-out parts of the examples teach
    the step from scores to probabilities.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        trained: Trained | None = None,
    ) -> None:
        """Keep what was trained; there is nothing yet before training."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._trained = trained

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what comes before."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what it imports."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings; `benchmarks/nlu.py` shows how they were chosen."""
        return {
            # How closely the examples are followed: more follows them more.
            "C": 0.2,
            # The length of the sentence vector, where that of the counts is 1.
            "dense_weight": 1.4,
            "calibration_folds": 3,
            # How exact the solution is. More exact takes a third longer and ranks no question otherwise.
            "tol": 0.01,
            "ranking_length": LABEL_RANKING_LENGTH,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CalibratedClassifier:
        """Return a component that can be trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the examples' intents and keep the result in the model."""
        examples = [e for e in training_data.intent_examples if _has_text(e)]
        counts, vectors = _read(examples)
        rarity = TfidfTransformer().fit(counts).idf_
        machine = LinearSVC(C=self._config["C"], tol=self._config["tol"], class_weight="balanced", random_state=0)
        # One machine that learned from all, rather than one for each part: smaller, and quicker to ask.
        classifier = CalibratedClassifierCV(machine, cv=self._config["calibration_folds"], ensemble=False)
        classifier.fit(self._weigh(counts, vectors, rarity), [e.get(INTENT) for e in examples])
        fitted = classifier.calibrated_classifiers_[0]
        self._trained = Trained(
            labels=classifier.classes_.astype(str),
            rarity=rarity,
            # Laid out as the product reads them, in the features' type: otherwise each question copies them all.
            weights=np.ascontiguousarray(fitted.estimator.coef_.T, np.float32),
            bias=fitted.estimator.intercept_,
            slope=np.array([step.a_ for step in fitted.calibrators]),
            offset=np.array([step.b_ for step in fitted.calibrators]),
        )
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / FILE, **vars(self._trained))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no component learns from what this one makes of them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of every message; where there is nothing to read, no intent."""
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0] if ranking else _NO_INTENT, add_to_output=True)
            message.set(INTENT_RANKING, ranking[: self._config["ranking_length"] or None], add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        """Return the intents with their confidences, the likeliest first."""
        if self._trained is None or not _has_text(message):
            return []
        confidence = self._trained.confidence(self._weigh(*_read([message]), self._trained.rarity))
        return [
            {INTENT_NAME_KEY: str(self._trained.labels[i]), PREDICTED_CONFIDENCE_KEY: float(confidence[i])}
            for i in np.argsort(-confidence, kind="stable")
        ]

    def _weigh(self, counts: csr_matrix, vectors: npt.NDArray[Any], rarity: npt.NDArray[Any]) -> csr_matrix:
        """Return the features, shape (messages, counts + numbers of the vector)."""
        # A word that is there three times says more than one that is there once, but not three times as much.
        counts.data = np.log(counts.data) + 1
        counts = normalize(counts.multiply(rarity).tocsr())
        return hstack([counts, csr_matrix(vectors * self._config["dense_weight"])], format="csr")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CalibratedClassifier:
        """Load the classifier from the model."""
        with model_storage.read_from(resource) as folder, np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls(config, model_storage, resource, Trained(**arrays))


def _has_text(message: Message) -> bool:
    """Return whether there is something to classify: a blank text has no features."""
    return bool((message.get(TEXT) or "").strip())


def _read(messages: list[Message]) -> tuple[csr_matrix, npt.NDArray[np.float32]]:
    """Return the features of the featurizers: counts, shape (messages, counts), and vectors, (messages, numbers)."""
    # Rasa gives those of the words and those of the whole text; a question is classified as a whole.
    counts = [m.get_sparse_features(TEXT)[1].features for m in messages]
    vectors = [m.get_dense_features(TEXT)[1].features for m in messages]
    return vstack(counts, format="csr").astype(np.float64), np.vstack(vectors)
