"""Between Rasa's tracker and dispatcher and the core's objects."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Container
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from helpline import paths
from helpline.assistant import Assistant
from helpline.conversation import ASKED_ABOUT
from helpline.question import AUDIENCES, TOPICS, Memory, Mention, Understanding
from helpline.reply import Reply

_ASK = "ask_"
_ALTERNATIVES = 3


@functools.lru_cache(maxsize=1)
def assistant() -> Assistant:
    """Load the core once per process, at the first question."""
    return Assistant.load(paths.ROOT)


def heard(tracker: Tracker, understood: bool = True) -> Understanding:
    """Return what NLU made of the last message; without a topic where it was not understood."""
    message = tracker.latest_message or {}
    intent = (message.get("intent") or {}).get("name") or ""
    ranking = [r.get("name", "").removeprefix(_ASK) for r in message.get("intent_ranking") or []]
    entities = message.get("entities") or []
    topic = intent.removeprefix(_ASK)
    return Understanding(
        topic=topic if understood and topic in TOPICS else None,
        act=intent if understood and not intent.startswith(_ASK) else None,
        mentions=tuple(
            Mention(e["entity"], str(e["value"]), str(e.get("text") or e["value"]))
            for e in entities
            if e["entity"] != "alarm"
        ),
        alternatives=tuple(t for t in ranking if t in TOPICS)[:_ALTERNATIVES],
        alarm=next((e["value"] for e in entities if e["entity"] == "alarm"), None),
    )


def memory(tracker: Tracker) -> Memory:
    """Return what the slots remember; anything unknown in them is dropped."""
    slots = tracker.slots
    known = assistant().knowledge.subjects
    audience = slots.get("audience")
    return Memory(
        subjects=tuple(i for i in (slots.get("subjects") or "").split() if i in known),
        topic=_known(slots.get("topic"), TOPICS),
        pending=_known(slots.get("pending"), ASKED_ABOUT),
        page=_count(slots.get("page")),
        unclear=_count(slots.get("unclear")),
        audience=audience if audience in AUDIENCES else "patient",
        language=slots.get("language") or "en",
    )


def _known(value: Any, allowed: Container[str]) -> str | None:
    return value if value in allowed else None


def _count(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


def send(dispatcher: CollectingDispatcher, reply: Reply, kept: Memory) -> list[dict[str, Any]]:
    """Send one reply as one message and return the slots that keep the memory."""
    dispatcher.utter_message(text=reply.text, buttons=reply.button_list(), json_message=reply.custom())
    values = dataclasses.asdict(kept) | {
        "subjects": " ".join(kept.subjects) or None,
        "page": str(kept.page),
        "unclear": str(kept.unclear),
    }
    return [SlotSet(name, value) for name, value in values.items()]
