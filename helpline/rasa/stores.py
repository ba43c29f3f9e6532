"""The stores of the running server, taken out of the wrapper in which Rasa hides their errors."""

from __future__ import annotations

from typing import Any

from rasa.core.agent import Agent
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from sanic import Sanic

from helpline.rasa.lock_store import RedisLocks
from helpline.rasa.tracker_store import HelplineTrackerStore


class NotServing(Exception):
    """The server has no model, or a store that loses conversations. The reason is a word for a machine."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def agent_of(app: Sanic) -> Agent:
    """Return the agent, whose store now says when something was not stored.

    Raises:
        NotServing: no model is loaded, or conversations would be kept in another store than ours.
    """
    agent = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        raise NotServing("model_not_loaded")
    agent.tracker_store = agent.processor.tracker_store = unwrapped(agent.tracker_store)
    if not isinstance(agent.tracker_store, HelplineTrackerStore):
        raise NotServing("store_class_differs")
    if not isinstance(agent.lock_store, (InMemoryLockStore, RedisLocks)):
        raise NotServing("lock_store_class_differs")
    return agent


def unwrapped(store: TrackerStore) -> TrackerStore:
    """Return the store that Rasa has wrapped in one that swallows its errors and goes on in memory."""
    return store._tracker_store if isinstance(store, FailSafeTrackerStore) else store


def lock(agent: Agent, conversation_id: str) -> Any:
    """Return the lock of a conversation, to be used in `async with`."""
    store: LockStore = agent.lock_store
    return store.lock(conversation_id)
