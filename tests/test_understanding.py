"""The trained model and the core together, without a server: what our own test data asks is understood.

The floors are under what was measured; they catch a broken pipeline, not a worse one (that is what `make bench` shows).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import asking
from helpline import evaluation, model, paths

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
SAME_ANSWER = 0.95


@pytest.fixture(scope="module")
def groups() -> list[list[str]]:
    """Ways to ask the same, five each."""
    return [json.loads(line)["texts"] for line in (DATA / "paraphrases.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def labelled() -> list[evaluation.Labelled]:
    return evaluation.read(DATA / "questions.jsonl")


@pytest.fixture(scope="module")
def readings(groups: list[list[str]], labelled: list[evaluation.Labelled]) -> dict[str, Mapping[str, Any]]:
    """What the trained model makes of every text: it is loaded once."""
    if not model.current().exists():
        pytest.fail(f"there is no model: run {paths.ROOT.name}/.venv/bin/helpline train")
    texts = [text for group in groups for text in group] + [question.text for question in labelled]
    return dict(zip(texts, model.read(texts)))


def answer_id(text: str, readings: Mapping[str, Mapping[str, Any]]) -> str:
    return str(asking.custom(text, readings[text])["answer_id"])


def test_the_same_asked_five_ways_gets_the_same_answer(
    groups: list[list[str]], readings: Mapping[str, Mapping[str, Any]]
) -> None:
    """Counted: the texts whose answer is the one that most of their group get."""
    same, other = 0, []
    for group in groups:
        ids = [answer_id(text, readings) for text in group]
        usual = max(ids, key=ids.count)
        same += ids.count(usual)
        other += [text for text, own in zip(group, ids) if own != usual]
    assert len(groups) >= 40
    assert same >= SAME_ANSWER * sum(map(len, groups)), other


def test_asked_again_it_is_the_same(groups: list[list[str]], readings: Mapping[str, Mapping[str, Any]]) -> None:
    texts = [group[0] for group in groups]
    again = dict(zip(texts, model.read(texts)))
    assert [answer_id(text, again) for text in texts] == [answer_id(text, readings) for text in texts]


def test_own_questions(labelled: list[evaluation.Labelled], readings: Mapping[str, Mapping[str, Any]]) -> None:
    messages = [readings[question.text] for question in labelled]
    results = evaluation.score(labelled, asking.replies([q.text for q in labelled], messages), messages)
    assert evaluation.share(results, evaluation.RIGHT) >= 0.86
    assert evaluation.share(results, evaluation.WRONG) <= 0.08
    urgent = [r for r in results if r.question.topic == evaluation.EMERGENCY]
    assert evaluation.share(urgent, evaluation.RIGHT) == 1
