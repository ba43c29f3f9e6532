"""A message is cut into what it says and asks."""

from __future__ import annotations

import pytest

from helpline import linker
from helpline.clauses import asks, clauses
from helpline.knowledge import Knowledge


@pytest.fixture(scope="module")
def nlp(knowledge: Knowledge):  # type: ignore[no-untyped-def]
    return linker.build_pipeline(knowledge)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("how does it work", ["how does it work"]),
        ("", []),
        ("I am on Kisqali. Is hair loss normal?", ["I am on Kisqali.", "Is hair loss normal?"]),
        ("what is Kisqali and how is it taken", ["what is Kisqali", "and how is it taken"]),
        ("What is Kisqali, and what is it for?", ["What is Kisqali", ", and what is it for?"]),
        ("side effects and dose of Kisqali", ["side effects and dose of Kisqali"]),
        ("Is it a pill... can I crush it?!", ["Is it a pill...", "can I crush it?!"]),
        ("Help me. Now", ["Help me. Now"]),
    ],
)
def test_clauses(text: str, parts: list[str], nlp) -> None:  # type: ignore[no-untyped-def]
    doc = nlp(text)
    found = clauses(doc)
    assert [part.text for part in found if part.text] == parts
    assert sum(len(part) for part in found) == len(doc)


@pytest.mark.parametrize(
    ("text", "is_question"),
    [
        ("how does it work", True),
        ("my question is just how many times a day I take it", True),
        ("I would like to know which mutation that is", True),
        ("I am on Kisqali and doing well", False),
        ("so um can I drive", True),
        ("and its side effects?", True),
        ("I am on Kisqali.", False),
        ("...", False),
    ],
)
def test_asks(text: str, is_question: bool, nlp) -> None:  # type: ignore[no-untyped-def]
    assert asks(nlp(text)[:]) is is_question
