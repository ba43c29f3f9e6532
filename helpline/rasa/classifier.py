"""A linear classifier whose confidence is calibrated; Rasa's own weigh no features and calibrate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
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
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.svm import LinearSVC

FILE = "classifier.skops"
INTENT_RANKING = "intent_ranking"
_NO_INTENT = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
# Private parts of scikit-learn's calibrated classifier. They hold numbers only; skops asks for them by name.
_TRUSTED = ["sklearn.calibration._CalibratedClassifier", "sklearn.calibration._SigmoidCalibration"]


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
        weigher: TfidfTransformer | None = None,
        classifier: CalibratedClassifierCV | None = None,
    ) -> None:
        """Keep what was trained; there is nothing yet before training."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._weigher = weigher or TfidfTransformer(sublinear_tf=True)
        self._classifier = classifier

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
        examples = [e for e in training_data.intent_examples if _has_features(e)]
        self._weigher.fit(_sparse(examples))
        machine = LinearSVC(C=self._config["C"], tol=self._config["tol"], class_weight="balanced", random_state=0)
        # One machine that learned from all, rather than one for each part: smaller, and quicker to ask.
        self._classifier = CalibratedClassifierCV(machine, cv=self._config["calibration_folds"], ensemble=False)
        self._classifier.fit(self._features(examples), [e.get(INTENT) for e in examples])
        self._persist()
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
        if self._classifier is None or not _has_features(message):
            return []
        probabilities = self._classifier.predict_proba(self._features([message]))[0]
        return [
            {INTENT_NAME_KEY: str(self._classifier.classes_[i]), PREDICTED_CONFIDENCE_KEY: float(probabilities[i])}
            for i in np.argsort(-probabilities, kind="stable")
        ]

    def _features(self, messages: list[Message]) -> csr_matrix:
        """Return the features, shape (messages, counts + numbers of the vector)."""
        counts = self._weigher.transform(_sparse(messages))
        vectors = np.vstack([m.get_dense_features(TEXT)[1].features for m in messages])
        return hstack([counts, csr_matrix(vectors * self._config["dense_weight"])], format="csr")

    def _persist(self) -> None:
        import skops.io

        with self._model_storage.write_to(self._resource) as folder:
            skops.io.dump({"weigher": self._weigher, "classifier": self._classifier}, folder / FILE)

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
        import skops.io

        with model_storage.read_from(resource) as folder:
            trained = skops.io.load(folder / FILE, trusted=_TRUSTED)
        return cls(config, model_storage, resource, trained["weigher"], trained["classifier"])


def _has_features(message: Message) -> bool:
    """Return whether there is something to classify: a blank text has no features."""
    return bool(message.get_sparse_features(TEXT)[1] and message.get_dense_features(TEXT)[1])


def _sparse(messages: list[Message]) -> csr_matrix:
    """Return the counts of all sparse featurizers, shape (messages, counts)."""
    return vstack([m.get_sparse_features(TEXT)[1].features for m in messages], format="csr")
