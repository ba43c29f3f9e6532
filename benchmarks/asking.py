"""Asks the core in this process: what a model made of a message goes in, the `custom` part of the reply comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Tracker

from actions import translation


def custom(text: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reply to a message that begins a conversation.

    Args:
        text: what was asked.
        message: what the model made of it, as `helpline.model.read` gives it.
    """
    latest = {"text": text, "metadata": {}, **message}
    tracker = Tracker("benchmark", {}, latest, [], False, None, {}, "action_listen")
    reply, _ = translation.assistant().reply(translation.heard(tracker), translation.memory(tracker))
    return reply.custom()


def replies(texts: Iterable[str], messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the reply objects to messages, each asked alone."""
    return [{"custom": custom(text, message)} for text, message in zip(texts, messages)]
