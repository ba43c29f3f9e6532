"""What we put in the place of Rasa's check, and that Rasa still has the place."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction

from helpline.rasa import action_results

THEIRS = RemoteAction._validate_action_result


@pytest.fixture
def action() -> Iterator[RemoteAction]:
    action_results.check_quickly()
    yield RemoteAction("action_answer_question", None)
    RemoteAction._validate_action_result = THEIRS


def test_rasa_still_asks_where_we_answer() -> None:
    assert list(inspect.signature(THEIRS).parameters) == ["self", "result"]
    assert "self._validate_action_result(response)" in inspect.getsource(RemoteAction.run)


ANSWERS = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "topic", "value": "x"}], "responses": [{"text": "An answer."}]},
    {"events": [{"event": "followup", "name": "action_listen"}], "responses": [{"custom": {"kind": "answer"}}]},
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_rasa_takes_is_taken(action: RemoteAction, answer: dict[str, Any]) -> None:
    assert action._validate_action_result(answer)
    assert THEIRS(action, answer)


NONE = [None, [], "text", {"events": {}}, {"events": [1]}, {"events": [{}]}, {"responses": "x"}, {"responses": [[]]}]


@pytest.mark.parametrize("answer", NONE)
def test_what_is_no_answer_is_refused(action: RemoteAction, answer: Any) -> None:
    with pytest.raises(ValueError, match="answer"):
        action._validate_action_result(answer)
