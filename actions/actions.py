"""Thin translations between Rasa and the core: no facts, no sentences.

Each works in a thread: an answer that takes long keeps nobody else waiting. What threads share is read and not changed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import translation


class ActionAnswerQuestion(Action):
    """Answers every message that a rule knows: the core decides what it asks, and whether to ask back."""

    def name(self) -> str:
        """Return the name used in domain.yml."""
        return "action_answer_question"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Send the reply to the last message and return the slots to remember."""
        return await asyncio.to_thread(translation.answer, dispatcher, tracker)


class ActionFallBack(Action):
    """Answers where no rule and no story fits, such as a "yes" to nothing, in place of Rasa's own fallback."""

    def name(self) -> str:
        """Return Rasa's name for it."""
        return "action_default_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Send a question back, or the way to a person where that has not helped before."""
        events = await asyncio.to_thread(translation.fall_back, dispatcher, tracker)
        # No rule says what comes after it: without this it would be chosen again and again.
        return [*events, FollowupAction("action_listen")]
