"""The telephone lines: each can be reached from some reply, with its hours, its country and the date of our listing."""

from __future__ import annotations

import pytest

from helpline.answers import Composer
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.reply import Reply

CONTACTS = ("talk_to_human", "emotional_support", "cost_access")


def pages(composer: Composer, topic: str, aspects: tuple[str, ...] = ()) -> list[Reply]:
    replies: list[Reply] = []
    while not replies or any(b.payload == "/more" for b in replies[-1].buttons):
        replies.append(composer.answer(Question(topic, page=len(replies), aspects=aspects)))
    return replies


def said(composer: Composer) -> str:
    """Everything that a reply about contacts, an overdose or an alarm says."""
    replies = [r for topic in CONTACTS for r in pages(composer, topic)]
    replies += pages(composer, "talk_to_human", ("report",))
    replies += [composer.answer(Question("missed_dose", aspects=("too_much",)))]
    return "\n".join(r.text for r in replies)


def test_every_line_is_told_somewhere_with_its_hours_country_and_date(
    composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    told = said(composer)
    for line in knowledge.lines.values():
        if line.role in ("emergency", "crisis"):  # they are in the fixed replies to alarms
            continue
        hours = line.hours[0].text("en") if line.hours else phrases.say("hours_not_known")
        contact = f"{line.name} ({line.country}, listed as of {line.last_verified}): {line.phone_text}. {hours}"
        assert contact in told, line.id
        assert all(s.text("en") in told for s in (line.helps_with or ())[:2] if line.role != "general"), line.id


@pytest.mark.parametrize(
    ("alarm", "role"), [("overdose", "poison"), ("emergency", "emergency"), ("crisis", "crisis"), ("danger", "poison")]
)
def test_alarms_name_their_lines(alarm: str, role: str, knowledge: Knowledge) -> None:
    assert knowledge.line(role).phone in knowledge.alarms[alarm].reply["en"]


def test_an_old_number_says_so(composer: Composer) -> None:
    page = next(r.text for r in pages(composer, "talk_to_human") if "888-753-LBBC" in r.text)
    assert "report of about 2014" in page


@pytest.mark.parametrize("topic", CONTACTS)
def test_pages_of_lines(topic: str, composer: Composer, knowledge: Knowledge) -> None:
    replies = pages(composer, topic)
    assert len(replies) > 1
    for reply in replies:
        body = reply.text.split("\nSources:")[0]
        assert len(body.split()) <= 120
        assert body.count("\n• ") >= 1
        assert knowledge.line("general").phone_text in body
    numbers = [line for r in replies for line in r.text.splitlines() if line.startswith("• ")]
    assert len(set(numbers)) == len(numbers)


def test_a_report_of_a_side_effect(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("talk_to_human", aspects=("report",)))
    assert reply.kind == "handoff"
    assert reply.text.startswith("Please tell your cancer team about the side effect first")
    assert knowledge.lines["medwatch"].phone_text in reply.text


def test_help_with_costs_names_who_helps_with_money(composer: Composer) -> None:
    assert "money help" in composer.answer(Question("cost_access")).text
