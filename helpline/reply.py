"""The reply object: the contract between the core, the actions, the channel and every client."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from helpline.knowledge import Source

KINDS = ("answer", "clarify", "decline", "emergency", "crisis", "out_of_scope", "handoff", "chitchat")


@dataclasses.dataclass(frozen=True)
class Button:
    """A quick reply. `payload` is what the client sends back as the message."""

    title: str
    payload: str


@dataclasses.dataclass(frozen=True)
class Reply:
    """One reply to one message. `text` is complete and usable alone.

    Attributes:
        is_medical: holds texts of the knowledge base, which a clinician approves.
    """

    text: str
    kind: str
    topic: str
    drugs: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    language: str = "en"
    sources: tuple[Source, ...] = ()
    review_status: str | None = None
    as_of: str | None = None
    buttons: tuple[Button, ...] = ()
    is_medical: bool = False

    @property
    def answer_id(self) -> str:
        """Return a short id of what was answered: the same question always gets the same id."""
        parts = (self.kind, self.topic, *self.drugs, *self.subjects, self.language, self.text)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def custom(self) -> dict[str, Any]:
        """Return the machine-readable part of the reply object."""
        return {
            "kind": self.kind,
            "topic": self.topic,
            "drugs": list(self.drugs),
            "subjects": list(self.subjects),
            "language": self.language,
            "sources": [
                {"n": n, "title": s.title, "publisher": s.publisher, "url": s.url, "date": s.date, "layer": s.layer}
                for n, s in enumerate(self.sources, start=1)
            ],
            "review": {"status": self.review_status, "as_of": self.as_of} if self.review_status else None,
            "answer_id": self.answer_id,
        }

    def button_list(self) -> list[dict[str, str]]:
        """Return the buttons as Rasa and the clients expect them."""
        return [dataclasses.asdict(b) for b in self.buttons]
