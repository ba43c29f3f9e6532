"""What a client may send: each bad body is told what was wrong, and none of its words come back."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from helpline import inputs
from helpline.problems import Problem

TURN = {"asked": "how does it work", "topic": "mechanism", "drugs": ["everolimus"]}


def problem(kind: type[Any], body: object, content_type: str | None = "application/json") -> Problem:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(Problem) as raised:
        inputs.parse(kind, content_type, raw)
    return raised.value


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "The body is not valid JSON."),
        (b"\xff\xfe", 400, "The body is not valid JSON."),
        (b"[" * 4000, 400, "The body is not valid JSON."),
        (["hi"], 400, 'Send an object such as {"message": "..."}.'),
        ({}, 400, '"message" is missing.'),
        ({"message": 5}, 400, '"message" must be a text.'),
        ({"message": None}, 400, '"message" must not be null.'),
        ({"message": ["a"]}, 400, '"message" must be a text.'),
        ({"message": "hi", "session": 1}, 400, '"session" must be a text.'),
        ({"message": "hi", "audience": "king"}, 400, '"audience" has a value that is not known.'),
        ({"message": "x" * 5000}, 413, "The request has 5015 bytes; at most 4096 are read."),
    ],
    ids=["half", "not UTF-8", "deep", "list", "empty", "number", "null", "texts", "session", "audience", "large"],
)
def test_a_bad_message_is_told_what_was_wrong(body: object, status: int, said: str) -> None:
    raised = problem(inputs.ChatBody, body)
    assert (raised.status, raised.detail) == (status, said)


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "multipart/form-data", "application/jsonx"])
def test_only_json_is_read(content_type: str | None) -> None:
    assert problem(inputs.ChatBody, {"message": "hi"}, content_type).status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_json_with_its_encoding_is_json() -> None:
    assert inputs.parse(inputs.ChatBody, "Application/JSON; charset=utf-8", b'{"message": "hi"}').message == "hi"


def test_a_key_that_is_not_known_is_not_repeated() -> None:
    detail = problem(inputs.ChatBody, {"message": "hi", "my secret": "my pain"}).detail
    assert detail == 'There is a key that is not known. Allowed: "message", "session", "audience", "language".'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"turns": [TURN] * 41}, '"turns" has more than 40 entries.'),
        ({"turns": [{**TURN, "asked": "x" * 1001}]}, '"asked" has a text of more than 1000 characters.'),
        ({"turns": [{**TURN, "topic": "a b"}]}, '"topic" must be an id that a reply gave.'),
        (
            {"turns": [{**TURN, "text": "an answer of my own"}]},
            "There is a key that is not known. Allowed: "
            + ", ".join(f'"{k}"' for k in inputs.SheetTurn.__fields__)
            + ".",
        ),
        ({"turns": ["mechanism"]}, '"turns" must hold objects.'),
        ({"questions": ["x"] * 21}, '"questions" has more than 20 entries.'),
        ({"questions": ["x" * 201]}, '"questions" has a text of more than 200 characters.'),
        ({"paper": "a5"}, '"paper" has a value that is not known.'),
        ({"large_print": "yes"}, '"large_print" must be true or false.'),
    ],
)
def test_a_bad_sheet_is_told_what_was_wrong(change: dict[str, Any], said: str) -> None:
    body = json.dumps({"session": "s", "turns": [TURN]} | change).encode()
    with pytest.raises(Problem) as raised:
        inputs.parse(inputs.SheetBody, "application/json", body, inputs.MOST_BYTES_OF_A_SHEET)
    assert raised.value.detail == said


def test_a_full_sheet_is_read() -> None:
    """The most that is allowed, in plain letters, fits into the bytes that are allowed."""
    turns = [{**TURN, "asked": "x" * 1000}] * inputs.MOST_TURNS
    body = {"session": "s" * 300, "turns": turns, "questions": ["y" * 200] * inputs.MOST_QUESTIONS}
    sheet = inputs.parse(inputs.SheetBody, "application/json", json.dumps(body).encode(), inputs.MOST_BYTES_OF_A_SHEET)
    assert (len(sheet.turns), len(sheet.questions)) == (40, 20)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  hi  ", "hi"),
        ("\u0000\u200bhi\u202e\ud800", "hi"),
        ("\uff28\uff49", "Hi"),
        ("/restart", "restart"),
        ("//  /restart", "restart"),
        ("/\t/restart", "restart"),
        ("/ \n \u2028//\u2003/restart", "restart"),
        ("\u200b/restart", "restart"),
        ("\uff0frestart", "restart"),
        ('/ask_overview{"drug": "x"}', 'ask_overview{"drug": "x"}'),
        ("on/off", "on/off"),
        ("how is Herceptin  \t Hylecta given", "how is Herceptin Hylecta given"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_a_message_is_clean_and_no_command(text: str, read: str) -> None:
    assert inputs.message(text) == read


def test_a_button_just_offered_is_obeyed() -> None:
    assert inputs.message("/more", frozenset({"/more"})) == "/more"
    assert inputs.message("/restart", frozenset({"/more"})) == "restart"


@pytest.mark.parametrize("text", ["", " ", "\u200b\u0000", "/", "/ / /"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(Problem, match="Empty message"):
        inputs.message(text)


@pytest.mark.parametrize("text", ["a" * 1001, "a" * 100_000, "\ufdfa" * 100])
def test_too_long(text: str) -> None:
    """Also a text that grows when it is brought into one form."""
    with pytest.raises(Problem, match="Message too long"):
        inputs.message(text)


def test_a_language_is_one_of_those_offered() -> None:
    assert inputs.language("en", ("en", "es")) == "en"
    with pytest.raises(Problem, match="Language not offered"):
        inputs.language("xx", ("en", "es"))
