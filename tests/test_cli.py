"""The terminal command: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import StubServer

from helpline import cli, paths

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one command with some standard input; give its exit code, output and errors."""

    def run(*arguments: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        try:
            code = cli.main(arguments)
        except SystemExit as ended:  # argparse ends so
            code = int(str(ended.code))
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return code, captured.out, captured.err

    return run


# --- exit codes


def test_ok(run: Run, stub: StubServer) -> None:
    assert run("ask", "what is Kisqali", "--url", stub.url) == (0, "An answer.\n\n", "")
    assert stub.received[0]["message"] == "what is Kisqali"


@pytest.mark.parametrize(
    ("status", "body"), [(503, {"text": "Please try again."}), (400, {"detail": "Please try again."})]
)
def test_server_error(status: int, body: object, run: Run, stub: StubServer) -> None:
    stub.answers = [(status, body)]
    assert run("ask", "x", "--url", stub.url) == (1, "", "helpline: Please try again.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["answer"],
        ["ask", "one", "two"],
        ["ask", "x", "--jsno"],
        ["ask", "x", "--timeout", "soon"],
        ["serve", "--port", "0"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
    ],
    ids=" ".join,
)
def test_usage(arguments: list[str], run: Run) -> None:
    code, out, errors = run(*arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"helpline: .+ For help: helpline.* --help\n", errors)


@pytest.mark.parametrize("command", [["ask", "x"], ["ask", "x", "--json"], ["chat"]], ids=" ".join)
def test_unreachable(command: list[str], run: Run, closed_url: str) -> None:
    message = (
        "helpline: In an emergency, call 911 or your local emergency number. "
        f"No helpline server answers at {closed_url}. Start one with: make serve\n"
    )
    assert run(*command, "--url", closed_url, typed="x\n") == (3, "", message)


def test_interrupted(run: Run, stub: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("helpline.client.Client.ask", interrupt)
    assert run("ask", "x", "--url", stub.url) == (130, "", "")


@pytest.mark.parametrize(
    ("url", "answered"),
    [
        (None, (200, b"<html>")),
        (None, (200, {"session": "s"})),
        ("http://127.0.0.1:99999", None),
        ("ftp://127.0.0.1", None),
        ("nonsense", None),
    ],
    ids=["not JSON", "no text", "port too high", "other protocol", "no address"],
)
def test_no_traceback(url: str | None, answered: tuple[int, object] | None, run: Run, stub: StubServer) -> None:
    if answered:
        stub.answers = [answered]
    code, out, errors = run("ask", "x", "--url", url or stub.url)
    assert code in (1, 2, 3)
    assert out == ""
    assert errors.startswith("helpline: ")
    assert errors.count("\n") == 1


def test_a_question_that_is_not_utf8(run: Run, stub: StubServer) -> None:
    """The shell gives us such bytes as lone surrogates, which no server can be sent."""
    code, out, errors = run("ask", "what is \udcff Kisqali", "--url", stub.url)
    assert (code, out) == (2, "")
    assert errors.startswith("helpline: ")
    assert stub.received == []


def test_a_reader_that_goes_away_is_no_error(stub: StubServer) -> None:
    command = [sys.executable, "-m", "helpline.cli", "ask", "--url", stub.url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=paths.ROOT
    ) as process:
        process.stdout.close()
        _, errors = process.communicate(b"a\nb\n", timeout=30)
    assert (process.returncode, errors) == (0, b"")


# --- one question or many


def test_json_is_one_line_for_each_question(run: Run, stub: StubServer) -> None:
    reply = {"text": "Zwei\nZeilen, é.", "buttons": [], "custom": {"kind": "answer"}, "session": "s"}
    stub.answers = [(200, reply)]
    code, out, errors = run("ask", "--json", "--url", stub.url, typed="a\n\n  \nb\n  c  \n")
    assert (code, errors) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == [reply] * 3
    assert "é" in out
    assert [r["message"] for r in stub.received] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("options", "sessions"),
    [([], [None, None, None]), (["--session"], [None, "token-1", "token-1"])],
    ids=["new", "kept"],
)
def test_sessions_of_piped_questions(
    options: list[str], sessions: list[str | None], run: Run, stub: StubServer
) -> None:
    assert run("ask", "--url", stub.url, *options, typed="a\nb\nc\n")[0] == 0
    assert [r.get("session") for r in stub.received] == sessions


@pytest.mark.parametrize(
    ("options", "sent"), [(["--session"], ["a", "/more", "9"]), ([], ["a", "2", "9"])], ids=["kept", "new"]
)
def test_the_number_of_a_button_presses_it(options: list[str], sent: list[str], run: Run, stub: StubServer) -> None:
    buttons = [{"title": "How it works", "payload": "/a"}, {"title": "More", "payload": "/more"}]
    stub.answers = [(200, {"text": "Text.", "buttons": buttons, "session": "s"})]
    assert run("ask", "--url", stub.url, *options, typed="a\n2\n9\n")[0] == 0
    assert [r["message"] for r in stub.received] == sent


def test_no_questions_at_all(run: Run, stub: StubServer) -> None:
    assert run("ask", "--url", stub.url, typed="\n") == (0, "", "")
    assert stub.received == []


def test_piped_questions_end_at_an_error(run: Run, stub: StubServer) -> None:
    stub.answers = [(200, {"text": "One.", "session": "s"}), (503, {"text": "Later."})]
    assert run("ask", "--url", stub.url, typed="a\nb\nc\n") == (1, "One.\n\n", "helpline: Later.\n")


# --- what is shown


def test_buttons_are_numbered(run: Run, stub: StubServer) -> None:
    buttons = [{"title": "How it works", "payload": "/a"}, {"title": "More", "payload": "/more"}]
    stub.answers = [(200, {"text": "Text.", "buttons": buttons, "session": "s"})]
    assert run("ask", "x", "--url", stub.url)[1] == "Text.\n  1) How it works\n  2) More\n\n"


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x00", "\r", "\x7f", "\x9b", "\x0b"])
def test_control_characters_do_not_reach_the_terminal(character: str, run: Run, stub: StubServer) -> None:
    button = {"title": f"B{character}[31m", "payload": "/a"}
    stub.answers = [(200, {"text": f"one{character}[31m\n\ttwo", "buttons": [button], "session": "s"})]
    assert run("ask", "x", "--url", stub.url)[1] == "one[31m\n\ttwo\n  1) B[31m\n\n"


@pytest.mark.parametrize(
    "character",
    [
        "\x1b",
        "\x00",
        "\r",
        "\x7f",
        "\x9b",
    ],
)
def test_control_characters_in_json_are_escaped(character: str, run: Run, stub: StubServer) -> None:
    stub.answers = [(200, {"text": f"one{character}two", "session": "s"})]
    out = run("ask", "x", "--json", "--url", stub.url)[1]
    assert character not in out
    assert json.loads(out)["text"] in (f"one{character}two", "onetwo")


def test_control_characters_in_an_error(run: Run, stub: StubServer) -> None:
    stub.answers = [(503, {"text": "Later."})]
    assert "\x1b" not in run("ask", "x", "--url", stub.url)[2]


# --- chat


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Answer the prompts of `chat` with some lines, then with the end of input."""

    def type_in(*lines: str) -> None:
        left = iter(lines)

        def read(prompt: str = "") -> str:
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", read)

    return type_in


def test_chat_keeps_a_session_and_obeys_numbers(run: Run, stub: StubServer, type_in: Callable[..., None]) -> None:
    buttons = [{"title": "More", "payload": "/more"}]
    stub.answers = [
        (200, {"text": "One.", "buttons": buttons, "session": "s1"}),
        (200, {"text": "Two.", "session": "s2"}),
    ]
    type_in("  hello ", "", "1", "1")
    code, out, _ = run("chat", "--url", stub.url)
    assert code == 0
    assert [(r["message"], r.get("session")) for r in stub.received] == [("hello", None), ("/more", "s1"), ("1", "s2")]
    assert out.index("I am a computer program") < out.index("One.") < out.index("Two.")


def test_chat_goes_on_after_an_error(run: Run, stub: StubServer, type_in: Callable[..., None]) -> None:
    stub.answers = [(503, {"text": "Later."}), (200, {"text": "Two.", "session": "s"})]
    type_in("a", "b")
    code, out, errors = run("chat", "--url", stub.url)
    assert (code, errors) == (0, "helpline: Later.\n")
    assert "Two." in out


def test_chat_takes_a_small_two_for_text(run: Run, stub: StubServer, type_in: Callable[..., None]) -> None:
    type_in("²")
    assert run("chat", "--url", stub.url)[0] == 0


# --- check


def test_check_of_the_real_knowledge(run: Run) -> None:
    assert run("check") == (0, "knowledge: 0 problems found\n", "")


def test_check_lists_every_problem(
    run: Run, folder: Path, change: Callable[[str, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "KNOWLEDGE", folder)
    change("terms/alpha.yml", "Alpha is a protein.", "Alpha is a protein")
    one = 'knowledge/terms/alpha.yml:11: the text "...Alpha is a protein" must end with a full stop\n'
    assert run("check") == (1, f"{one}knowledge: 1 problem found\n", "")
    change("terms/alpha.yml", "as_of: 2026-11-22", "as_of: today")
    code, out, _ = run("check")
    assert code == 1
    assert out.splitlines()[-1] == "knowledge: 2 problems found"


def test_a_broken_knowledge_is_not_trained(
    run: Run, folder: Path, change: Callable[[str, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "KNOWLEDGE", folder)
    monkeypatch.setattr("helpline.model.train", lambda *_: pytest.fail("trained"))
    change("terms/alpha.yml", "Alpha is a protein.", "Alpha is a protein")
    code, out, errors = run("train")
    assert (code, out) == (1, "")
    assert errors.splitlines()[0].startswith("knowledge/terms/alpha.yml:11: ")
    assert "1 problem(s)" in errors
