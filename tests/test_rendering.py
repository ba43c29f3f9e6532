"""What a terminal shows of a reply: all of its words, and nothing that steers it."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from helpline import rendering
from helpline.answers import FIELDS, Composer
from helpline.knowledge import Knowledge
from helpline.question import Question
from helpline.rendering import Line, Screen


def shown(reply: dict[str, Any], hint: str | None = None) -> str:
    out = io.StringIO()
    Screen(out, styled=False).reply(reply, hint)
    return out.getvalue()


def words(text: str) -> list[str]:
    return text.replace("•", " ").split()


def reply_of(composer: Composer, question: Question) -> dict[str, Any]:
    reply = composer.answer(question)
    return {"text": reply.text, "buttons": reply.button_list(), "custom": reply.custom()}


def test_every_answer_keeps_its_words(knowledge: Knowledge, composer: Composer) -> None:
    """The web shows the same text, with its list of sources opened from the markers as /sources does here."""
    for subject in knowledge.subjects.values():
        for topic in FIELDS[subject.kind]:
            reply = reply_of(composer, Question(topic, (subject.id,)))
            text = re.sub(r"\n\nSources:\n(\[\d+\] .*\n)+", "\n\n", reply["text"])
            buttons = " ".join(f"{n}) {b['title']}" for n, b in enumerate(reply["buttons"], start=1))
            hint = "SOURCES" if reply["custom"]["sources"] else ""
            found = [word for word in words(shown(reply, "SOURCES")) if word != "SOURCES"]
            assert found == words(f"{text} {buttons}"), (subject.id, topic, hint)


def test_all_sources_of_an_answer_can_be_taken_out(knowledge: Knowledge, composer: Composer) -> None:
    reply = reply_of(composer, Question("side_effects", ("palbociclib",)))
    parts = rendering.parts(reply)
    assert len(parts.sources) == reply["text"].split("Sources:")[1].count("\n[")
    assert parts.closing[0].role == "review"
    assert {line.role for line in parts.closing[1:]} == {"closing"}
    assert not any("http" in line.text for block in parts.blocks for line in block)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("One.\n\nTwo.", [[Line("One.")], [Line("Two.")]]),
        ("One.\n• two\n- three", [[Line("One."), Line("two", "bullet"), Line("three", "bullet")]]),
        ("-5 is a number", [[Line("-5 is a number")]]),
        ("Sources:\n[1] none is known", [[Line("Sources:"), Line("[1] none is known")]]),
    ],
)
def test_blocks(text: str, blocks: list[list[Line]]) -> None:
    assert [list(block) for block in rendering.parts({"text": text}).blocks] == blocks


@pytest.mark.parametrize(
    ("character", "form"), [("•", "*"), ("’", "'"), ("—", "-"), ("…", "..."), ("é", "e"), ("漢", "?"), ("a", "a")]
)
def test_characters_that_an_encoding_does_not_have(character: str, form: str) -> None:
    assert rendering.legible(character, "ascii") == form
    assert rendering.legible(character, "utf-8") == character


@pytest.mark.parametrize(
    "character", [*"\x00\x07\x08\x0b\x0c\r\x1b\x7f\x85\x9b", "\u200b", "\u202e", "\u2066", "\ud800"]
)
def test_characters_that_steer_are_taken_out(character: str) -> None:
    assert rendering.clean(f"a{character}b\n\tc") == "ab\n\tc"


def test_bold_words() -> None:
    assert shown({"text": "a **bold** word"}) == "a bold word\n\n"


def test_a_pipe_gets_the_text_as_it_is() -> None:
    reply = {"text": "Long " * 50 + "\n\nSources:\n[1] T", "buttons": [{"title": "More", "payload": "/more"}]}
    assert rendering.plain(reply) == f"{reply['text']}\n  1) More\n"
