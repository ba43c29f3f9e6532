"""The table of what is answered about each drug: how a reply is judged, and that no cell is wrong on the server."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import coverage
from helpline import server
from helpline.answers import Composer
from helpline.client import Client
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.validation import FIELDS

SHOWN = ("overview", "brand_generic_biosimilar")  # what a drug is and is called, which every answer says


def reply(composer: Composer, topic: str, *subjects: str) -> dict[str, Any]:
    answered = composer.answer(Question(topic, subjects))
    return {"text": answered.text, "custom": answered.custom()}


def test_the_questions_are_the_fields_of_a_drug() -> None:
    assert set(coverage.QUESTIONS) == set(FIELDS["drug"]) - set(SHOWN)
    assert len(coverage.QUESTIONS) == 14
    assert len(coverage.seed_drugs()) == 20


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        (("mechanism", "ribociclib"), "mechanism", coverage.ANSWER),
        (("mechanism", "ribociclib"), "side_effects", coverage.WRONG),
        (("mechanism", "palbociclib"), "mechanism", coverage.WRONG),
        (("mechanism", "ribociclib", "palbociclib"), "mechanism", coverage.WRONG),
        (("dosage", "ribociclib"), "duration_schedule", coverage.WRONG),
    ],
)
def test_verdicts(
    asked: tuple[str, ...], field: str, said: str, composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    drug = knowledge.subjects["ribociclib"]
    assert coverage.verdict(drug, field, reply(composer, *asked), phrases) == said


def test_what_is_not_said(composer: Composer, knowledge: Knowledge, phrases: Phrases) -> None:
    drug = next(d for d in knowledge.of_kind("drug") if d.fields["combination"] is None)
    assert coverage.verdict(drug, "combination", reply(composer, "combination", drug.id), phrases) == "do not say"
    assert coverage.verdict(drug, "combination", reply(composer, "mechanism", drug.id), phrases) == "wrong"


def test_the_table(knowledge: Knowledge) -> None:
    drug = knowledge.subjects["ribociclib"]
    rows = coverage.table([(drug, field, coverage.ANSWER) for field in coverage.QUESTIONS]).splitlines()
    assert rows[2] == "| Ribociclib (Kisqali) |" + " answer |" * 14
    assert rows[-1] == "14 questions: 14 answer, 0 do not say, 0 wrong"


@pytest.mark.slow
def test_no_cell_is_wrong() -> None:
    with server.measured(server.free_port()) as started, Client(started.url) as client:
        found = list(coverage.cells(client, coverage.seed_drugs()))
    assert len(found) == 280
    assert [(drug.id, field) for drug, field, said, _ in found if said == coverage.WRONG] == []
