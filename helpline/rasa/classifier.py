"""The classifier as a Rasa component: what a message asks, how sure that is, and which questions are in it."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import SPACY_DOCS
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.tokens import Doc, Span

from helpline import adapter, classifier, encoder
from helpline.adapter import Adapter
from helpline.classifier import Classifier, Floats, Settings, Text
from helpline.clauses import asks, clauses
from helpline.encoder import Encoder
from helpline.rasa.nlu import MEANT, KnowledgeNLP

INTENT_RANKING = "intent_ranking"
QUESTIONS = "questions"
FEWEST_QUESTIONS = 2
Ranking = list[dict[str, Any]]
_NO_INTENT = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
_TOPIC = "ask_"
_MOST_PARTS = 8  # of a message that are read alone: nobody asks more at once, and each costs milliseconds
_NO_VECTOR = np.zeros(0, np.float32)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    """Sets the intent and the ranking of a message, and `questions` where it asks several things.

    "Training" also builds the sentence encoder into the model, so that serving needs neither its weights nor `onnx`.
    What the encoder hears of alarms is left on the message, for the safety layer. It reads the spaCy
    document, so `KnowledgeNLP` comes before it.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        trained: Classifier | None = None,
        loaded: Encoder | None = None,
    ) -> None:
        """Keep what was trained; there is nothing yet before training."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._classifier = trained
        self._encoder = loaded
        # Intents that are answered alike count together: it does not matter which of them it is.
        self._group = {name: group[0] for group in config["alike"] for name in group}

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what comes before: the step that brings the spaCy documents."""
        return [KnowledgeNLP]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what serving imports; a change of their versions trains anew."""
        return ["sklearn", "onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings; `benchmarks/nlu.py` shows how they were chosen."""
        settings = Settings()
        return {
            "closeness": settings.closeness,
            # Without it no vector is made and no encoder is kept.
            "vector_weight": settings.vector_weight,
            # Groups of intents that are answered alike.
            "alike": [],
            # How sure it must be of a question within a message to name it.
            "question_threshold": 0.5,
            # The same where its topic is not at least this likely for the whole message.
            "alone_threshold": 0.75,
            "share_of_whole": 0.1,
            "ranking_length": LABEL_RANKING_LENGTH,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache see a change of the encoder and of the classifier."""
        parts = (Path(classifier.__file__), Path(__file__), Path(adapter.__file__), adapter.FILE)
        return encoder.fingerprint() + hashlib.sha256(b"".join(map(Path.read_bytes, parts))).hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionClassifier:
        """Return a component that can be trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the examples' intents, and keep the result and the encoder in the model."""
        examples = [e for e in training_data.intent_examples if _doc(e) is not None]
        settings = Settings(closeness=self._config["closeness"], vector_weight=self._config["vector_weight"])
        with self._model_storage.write_to(self._resource) as folder:
            if settings.vector_weight:
                adapter.build(folder, Adapter.load())
                self._encoder = Encoder(folder)
            texts = [self._read(_doc(e))[0] for e in examples]
            self._classifier = Classifier.train(texts, [e.get(INTENT) for e in examples], settings)
            self._classifier.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> QuestionClassifier:
        """Load the classifier and the encoder from the model."""
        with model_storage.read_from(resource) as folder:
            loaded = Encoder(folder) if config["vector_weight"] else None
            return cls(config, model_storage, resource, Classifier.load(folder), loaded)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no component learns from what this one makes of them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent, the ranking and the questions of every message; where there is nothing to read, no intent."""
        for message in messages:
            doc = _doc(message)
            ranking: Ranking = []
            if doc is not None and self._classifier:
                text, meant = self._read(doc)
                ranking = self.ranking(self._classifier.probabilities([text])[0])
                message.set(MEANT, meant)
                message.set(QUESTIONS, self._questions(doc, ranking), add_to_output=True)
            message.set(INTENT, ranking[0] if ranking else _NO_INTENT, add_to_output=True)
            message.set(INTENT_RANKING, ranking, add_to_output=True)
        return messages

    def ranking(self, probabilities: Floats) -> Ranking:
        """Return the likeliest intents with their confidences, the likeliest first; those answered alike as one."""
        labels = self._classifier.labels if self._classifier else ()
        likely = probabilities.tolist()
        together = [sum(likely[label] for label in own) for own in self._members]
        order = sorted(range(len(together)), key=together.__getitem__, reverse=True)
        return [
            {
                INTENT_NAME_KEY: labels[max(self._members[group], key=likely.__getitem__)],
                PREDICTED_CONFIDENCE_KEY: together[group],
            }
            for group in order[: self._config["ranking_length"] or None]
        ]

    @functools.cached_property
    def _members(self) -> list[list[int]]:
        """The numbers of the labels that are answered alike, group by group."""
        members: dict[str, list[int]] = {}
        for label, name in enumerate(self._classifier.labels if self._classifier else ()):
            members.setdefault(self._group.get(name, name), []).append(label)
        return list(members.values())

    def _questions(self, doc: Doc, ranking: Ranking) -> list[dict[str, Any]]:
        """Return the topics that parts of a message ask about, with where each stands; none where it is one part.

        Of a message that tells much and asks once, it is that one question.

        A part that is read alone may say less than it means: its topic must be likely for the whole message too, unless
        it is very sure.
        """
        parts = clauses(doc)
        asking = [part for part in parts if asks(part)][:_MOST_PARTS] if len(parts) > 1 else []
        if not asking or self._classifier is None:
            return []
        likely = {r[INTENT_NAME_KEY] for r in ranking if r[PREDICTED_CONFIDENCE_KEY] >= self._config["share_of_whole"]}
        found = []
        texts = [self._read(part)[0] for part in asking]
        for part, probabilities in zip(asking, self._classifier.probabilities(texts)):
            first = self.ranking(probabilities)[0]
            name = first[INTENT_NAME_KEY]
            needed = self._config["question_threshold" if name in likely else "alone_threshold"]
            if name.startswith(_TOPIC) and first[PREDICTED_CONFIDENCE_KEY] >= needed:
                found.append(first | {"start": part.start_char, "end": part.end_char})
        is_one = len(asking) == len(found) == 1
        return found if is_one or len({f[INTENT_NAME_KEY] for f in found}) >= FEWEST_QUESTIONS else []

    def _read(self, part: Doc | Span) -> tuple[Text, encoder.Floats | None]:
        """Return what the classifier reads of a text, and what an encoder hears of alarms, where there is one."""
        words = classifier.words(part)
        if self._encoder is None:
            return Text(words, _NO_VECTOR), None
        vector, meant = self._encoder.read(encoder.hide_names(part))
        return Text(words, vector), meant


def _doc(message: Message) -> Doc | None:
    """Return the spaCy document of a message; none where there is nothing to read."""
    return message.get(SPACY_DOCS[TEXT]) if (message.get(TEXT) or "").strip() else None
