"""Rasa's check of what the action server answers, done in less time.

Rasa compares each answer with a JSON schema, and first that schema with the schema of schemas: half of all the work of
a turn. The answers are those of our own action server, and Rasa reads them into its own events right after: that their
outline is right is enough. `tests/test_action_results.py` fails when Rasa changes the method that is replaced.
"""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction


def check_quickly() -> None:
    """Take the place of Rasa's check in this process. Safe to call more than once."""
    RemoteAction._validate_action_result = _validate


def _validate(self: RemoteAction, result: Any) -> bool:
    """Return True where an answer has the outline of one.

    Raises:
        ValueError: it has not.
    """
    if not isinstance(result, dict):
        raise ValueError("The action server's answer is no object.")
    for key in ("events", "responses"):
        entries = result.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f'"{key}" of the action server\'s answer is no list of objects.')
    if not all(isinstance(event.get("event"), str) for event in result.get("events", [])):
        raise ValueError("An event of the action server's answer does not say which it is.")
    return True
