"""The fixed sentences that the bot says: the `responses` of domain.yml, read as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from helpline import document


class Phrases:
    """Fixed sentences by name, without Rasa's prefix `utter_`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    @classmethod
    def load(cls, domain: Path) -> Phrases:
        """Read the responses of a Rasa domain file; each has one text.

        Raises:
            DocumentError: the file is not readable YAML.
        """
        responses = (document.read(domain) or {}).get("responses") or {}
        return cls({name.removeprefix("utter_"): entries[0]["text"].strip() for name, entries in responses.items()})

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all sentences."""
        return frozenset(self._texts)

    def say(self, name: str, **values: str) -> str:
        """Return a sentence, its `{placeholders}` filled.

        Raises:
            KeyError: no such sentence, or a placeholder without a value.
        """
        return self._texts[name].format(**values)
