"""What the server offers to a client."""

from __future__ import annotations

from helpline import offers
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import TOPICS


def test_each_reason_and_each_question_has_its_sentence(knowledge: Knowledge, phrases: Phrases) -> None:
    offered = offers.settings(knowledge, phrases)
    assert [reason["id"] for reason in offered["feedback_reasons"]] == list(offers.FEEDBACK_REASONS)
    named = {name.removeprefix("feedback_") for name in phrases.names if name.startswith("feedback_")}
    assert named == set(offers.FEEDBACK_REASONS)
    asked = {name.removeprefix("ask_doctor_") for name in phrases.names if name.startswith("ask_doctor_")}
    assert asked == set(offered["questions"]) <= set(TOPICS)


def test_questions_for_the_doctor_are_questions_one_a_line(phrases: Phrases) -> None:
    for asked in offers.questions(phrases).values():
        assert asked
        assert all(question.endswith("?") and len(question) <= 100 for question in asked)


def test_the_line_is_that_of_the_knowledge(knowledge: Knowledge, phrases: Phrases) -> None:
    offered = offers.settings(knowledge, phrases)["helpline"]
    assert offered["phone"] == knowledge.line("general").phone
    assert "any time" in offered["hours"]


def test_the_names_to_complete_are_those_that_we_write(knowledge: Knowledge, phrases: Phrases) -> None:
    names = offers.settings(knowledge, phrases)["names"]
    assert {"Ibrance", "palbociclib", "hair loss", "PARP inhibitors"} <= set(names)
    assert names == sorted(set(names), key=str.lower)
