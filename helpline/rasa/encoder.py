"""The sentence encoder as a Rasa featurizer."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, SPACY_DOCS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from helpline import encoder
from helpline.encoder import Encoder
from helpline.rasa.nlu import KnowledgeNLP


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Gives each message one dense sentence feature, float32 of shape (1, 384): the vector of its text, names hidden.

    "Training" builds the encoder from the installed weights and keeps it in the model, so that serving needs neither
    the weights nor `onnx`. It reads the spaCy document, so `KnowledgeNLP` comes before it.
    """

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        loaded: Encoder | None = None,
    ) -> None:
        """Keep the encoder; there is none yet before training."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = loaded

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what comes before: the step that brings the spaCy documents."""
        return [KnowledgeNLP]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what serving imports; a change of their versions builds the encoder anew."""
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any: there is nothing to set but the name of the features."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache see a change of the encoder."""
        return encoder.fingerprint()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Return a component that can be trained."""
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Build the encoder into the model. It was trained by its authors; our examples do not change it."""
        with self._model_storage.write_to(self._resource) as folder:
            encoder.build(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoder:
        """Load the encoder from the model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, execution_context.node_name, model_storage, resource, Encoder(folder))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to every message that has a text."""
        for message in messages:
            for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
                doc = message.get(SPACY_DOCS[attribute])
                if doc is not None and self._encoder:
                    vector = self._encoder.encode(encoder.hide_names(doc))
                    self.add_features_to_message(None, vector[None, :], attribute, message)
        return messages
