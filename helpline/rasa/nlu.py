"""Rasa NLU components: our spaCy pipeline, linked entities, and the safety layer."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import SPACY_DOCS
from rasa.nlu.extractors.spacy_entity_extractor import SpacyEntityExtractor
from rasa.nlu.utils.spacy_utils import SpacyModel, SpacyNLP
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from helpline import linker, paths, validation
from helpline.knowledge import Knowledge
from helpline.safety import Safety

ALARM_INTENT = "ask_emergency_red_flag"
ALARM_ENTITY = "alarm"
MEANT = "meant"
"""Of a message: what the sentence encoder hears of each kind of alarm, for the safety layer."""


@functools.lru_cache(maxsize=1)
def _knowledge() -> Knowledge:
    """Read the knowledge base once per process."""
    return validation.load(paths.KNOWLEDGE)


@functools.lru_cache(maxsize=1)
def _pipeline() -> Language:
    """Build the spaCy pipeline once per process: Rasa creates its component twice, and both can use one."""
    return linker.build_pipeline(_knowledge())


@dataclasses.dataclass
class KnowledgeSpacyModel(SpacyModel):
    """The spaCy pipeline; its fingerprint is that of the names, so that Rasa's cache never keeps an old one."""

    content: str = ""

    def fingerprint(self) -> str:
        """Return the hash of all names in the pipeline."""
        return self.content


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MODEL_LOADER, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=False,
    model_from="KnowledgeNLP",
)
class KnowledgeNLP(SpacyNLP):
    """Rasa's `SpacyNLP` with the pipeline that is built from `knowledge/` instead of a packaged model."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Make Rasa's cache see a change of the names."""
        return linker.fingerprint(_knowledge())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KnowledgeNLP:
        """Build the pipeline; nothing is downloaded or read from a model package."""
        content = linker.fingerprint(_knowledge())
        model = KnowledgeSpacyModel(_pipeline(), "knowledge", content)
        return cls(model, {**cls.get_default_config(), **config})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False, model_from="KnowledgeNLP")
class KnowledgeEntityExtractor(SpacyEntityExtractor):
    """Rasa's `SpacyEntityExtractor`, giving each entity the id that it links to as its value.

    Rasa's reads every message a second time, because its documents are in small letters; `KnowledgeNLP` keeps the case.
    """

    def process(self, messages: list[Message], model: SpacyModel) -> list[Message]:
        """Add the entities of each message's document; `model` is used where a message has none."""
        for message in messages:
            doc = message.get(SPACY_DOCS[TEXT]) or model.model(message.get(TEXT) or "")
            found = self.filter_irrelevant_entities(
                self.add_extractor_name(self._extract_entities(doc)), self._config["dimensions"]
            )
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    @staticmethod
    def _extract_entities(doc: Any) -> list[dict[str, Any]]:
        return [
            {
                "entity": entity.label_,
                "value": entity.ent_id_,
                "text": entity.text,
                "start": entity.start_char,
                "end": entity.end_char,
                "confidence": None,
            }
            for entity in doc.ents
        ]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyClassifier(GraphComponent):
    """The last component: an alarm in the words of a message overrides whatever was classified before.

    It needs nothing of the components before it. Where they left what the message means, that counts too.
    """

    def __init__(self, safety: Safety) -> None:
        """Keep the layer."""
        self._safety = safety

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyClassifier:
        """Read the rules from the knowledge base, and what was learned, which is trained here where it is missing."""
        return cls(Safety.complete(_knowledge()))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the alarm intent, with the kind of alarm as an entity, where an alarm is heard."""
        for message in messages:
            text = message.get(TEXT) or ""
            kind = self._safety.alarm(text, message.get(MEANT))
            if kind:
                intent = {INTENT_NAME_KEY: ALARM_INTENT, PREDICTED_CONFIDENCE_KEY: 1.0}
                # An alarm is in the whole message; Rasa's test runner wants to know where an entity stands.
                alarm = {"entity": ALARM_ENTITY, "value": kind, "start": 0, "end": len(text)}
                alarm["extractor"] = type(self).__name__
                message.set(INTENT, intent, add_to_output=True)
                # What was understood beneath the alarm is kept, for when the person says that they were only asking.
                ranking = [intent, *message.get("intent_ranking", [])]
                message.set("intent_ranking", ranking, add_to_output=True)
                message.set(ENTITIES, [*message.get(ENTITIES, []), alarm], add_to_output=True)
        return messages
