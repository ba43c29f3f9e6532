"""Whole conversations against the real server: most turns of tests/data/dialogues.jsonl must be right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import dialogues
from helpline import server
from helpline.client import Client
from helpline.knowledge import Knowledge
from helpline.question import TOPICS

TARGET = 0.93
DIALOGUES = dialogues.load(dialogues.OWN)


@pytest.fixture(scope="module")
def results() -> Iterator[list[dialogues.Result]]:
    with server.measured(server.free_port()) as started, Client(started.url) as client:
        yield [result for dialogue in DIALOGUES for result in dialogues.run(dialogue, client)]


@pytest.mark.slow
def test_conversations_are_followed(results: list[dialogues.Result]) -> None:
    """The classifier is not perfect, so neither is every turn; the words of each that went wrong are shown."""
    wrong = [dialogues.described(r) for r in results if not r.is_right]
    assert len(wrong) <= (1 - TARGET) * len(results), "\n".join(wrong)


@pytest.mark.slow
def test_no_emergency_is_missed(results: list[dialogues.Result]) -> None:
    alarms = [r for r in results if r.turn["expected_topic"] == "emergency_red_flag"]
    assert alarms
    assert [dialogues.described(r) for r in alarms if not r.is_right] == []


@pytest.mark.slow
def test_every_reply_invites_to_a_person_or_a_doctor_or_is_talk(results: list[dialogues.Result]) -> None:
    """The closing stays in follow-ups: "more", "simpler", a button, a correction."""
    medical = [r for r in results if r.reply["custom"]["kind"] in ("answer", "decline")]
    assert [r.dialogue for r in medical if "Please review this with" not in r.reply["text"]] == []


def test_dialogues_name_what_exists(knowledge: Knowledge) -> None:
    turns = [turn for dialogue in DIALOGUES for turn in dialogue["turns"]]
    assert len(DIALOGUES) >= 40
    assert {t["expected_topic"] for t in turns} | {a for t in turns for a in t.get("alt_topics", ())} <= set(TOPICS)
    assert {d for t in turns for d in t["expected_drugs"]} <= {d.id for d in knowledge.of_kind("drug")}
    assert len({d["id"] for d in DIALOGUES}) == len(DIALOGUES)


class Scripted:
    """A client that answers from a list and remembers what it was asked."""

    def __init__(self, *replies: dict[str, Any]) -> None:
        self.replies, self.asked = list(replies), []  # type: ignore[var-annotated]

    def start_anew(self) -> None:
        self.asked.append("anew")

    def ask(self, message: str) -> dict[str, Any]:
        self.asked.append(message)
        return self.replies.pop(0)


def reply(kind: str, topic: str, *drugs: str, **buttons: str) -> dict[str, Any]:
    shown = [{"title": title, "payload": payload} for title, payload in buttons.items()]
    return {"text": "", "buttons": shown, "custom": {"kind": kind, "topic": topic, "drugs": list(drugs)}}


def turn(topic: str, *drugs: str, **more: Any) -> dict[str, Any]:
    return {"expected_topic": topic, "expected_drugs": list(drugs)} | more


@pytest.mark.parametrize(
    ("asked", "replied", "is_right"),
    [
        (turn("mechanism", "a"), reply("answer", "mechanism", "a"), True),
        (turn("mechanism", "a"), reply("answer", "overview", "a"), False),
        (turn("mechanism", "a", alt_topics=["overview"]), reply("answer", "overview", "a"), True),
        (turn("mechanism", "a", note="alt overview"), reply("answer", "overview", "a"), False),
        (turn("mechanism", "a", note="alt missed_dose; typo"), reply("answer", "missed_dose", "a"), True),
        (turn("mechanism", "a"), reply("answer", "mechanism"), False),
        (turn("mechanism", "a"), reply("answer", "mechanism", "a", "b"), False),
        (turn("mechanism", "a", "b"), reply("answer", "mechanism", "b", "a"), True),
        (turn("mechanism"), reply("answer", "mechanism", "a"), True),
        (turn("mechanism", kind="clarify"), reply("answer", "mechanism"), False),
        (turn("emergency_red_flag"), reply("emergency", "emergency_red_flag"), True),
        (turn("emergency_red_flag"), reply("answer", "emergency_red_flag"), False),
        (turn("mechanism"), reply("emergency", "emergency_red_flag"), False),
        (turn("mechanism", alt_topics=["emergency_red_flag"]), reply("crisis", "emergency_red_flag"), True),
        (turn("mechanism"), {"text": ""}, False),
    ],
)
def test_scoring(asked: dict[str, Any], replied: dict[str, Any], is_right: bool) -> None:
    assert dialogues.is_right(asked, replied) is is_right


def test_a_dialogue_runs_in_one_session_and_presses_the_buttons_that_it_was_shown() -> None:
    first = reply("answer", "overview", More="/more", Other="/first")
    client = Scripted(first, reply("answer", "overview", Other="/second"), *[reply("answer", "overview")] * 2)
    turns = [
        turn("overview", user="a"),
        turn("overview", user="b"),
        turn("overview", press="Other"),
        turn("overview", press="More", of=1),
    ]
    ran = list(dialogues.run({"id": "x", "turns": turns}, client))  # type: ignore[arg-type]
    assert client.asked == ["anew", "a", "b", "/second", "/more"]
    assert [r.is_right for r in ran] == [True] * 4
    assert "all turns" in dialogues.table(ran)


def test_what_went_wrong_is_described() -> None:
    line = dialogues.described(
        dialogues.Result("x", 2, turn("mechanism", "a", user="hm"), reply("clarify", "y"), False)
    )
    assert line == "x.2 'hm'\n    wanted mechanism ['a'], got clarify y []"
