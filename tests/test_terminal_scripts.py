"""The terminal commands without a terminal: pipes, closed streams, and the server that `chat --start` starts."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import StubServer

from helpline import cli, paths

SECONDS = 20
ANSWER = {
    "text": "It blocks two switches. [1]\n• It is a pill. [1]\n\nSources:\n[1] The label.\n\nText as of 2026-11-22.",
    "buttons": [{"title": "How it works", "payload": "/a"}, {"title": "Used for", "payload": "/b"}],
    "custom": {
        "kind": "answer",
        "topic": "mechanism",
        "answer_id": "a1",
        "sources": [{"n": 1, "title": "The label", "url": "https://example.org/label"}],
    },
    "session": "token-1",
}


# --- scripts, and no terminal at all


def run(*arguments: str, typed: bytes = b"", shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command without a terminal; `shell` is what a shell does with its streams."""
    command = [sys.executable, "-m", "helpline", *arguments]
    command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command] if shell else command
    variables = {"PATH": os.environ["PATH"]} | environment
    done = subprocess.run(
        command, input=typed, capture_output=True, cwd=paths.ROOT, env=variables, timeout=SECONDS, check=False
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


def test_a_piped_chat_is_one_conversation_without_questions_back(stub: StubServer) -> None:
    stub.answers = [(200, ANSWER)]
    done = run("chat", "--url", stub.url, typed=b"first\n\n2\n/sources\n")
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Press Enter" not in out
    assert out.index("I am a computer program") < out.index("You: first") < out.index("> Used for")
    assert "https://example.org/label" in out
    assert not re.search(r"[\x1b\x07]", out)
    assert [(r["message"], r.get("session")) for r in stub.received] == [("first", None), ("/b", "token-1")]


@pytest.mark.parametrize("command", [["chat"], ["ask"], ["ask", "x"], ["ask", "x", "--json"]], ids=" ".join)
@pytest.mark.parametrize("shell", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null"])
def test_closed_streams(command: list[str], shell: str, stub: StubServer) -> None:
    done = run(*command, "--url", stub.url, shell=shell, typed=b"question\n")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", [["chat"], ["ask", "x"], ["ask", "x", "--json"], ["sheet", "-", "x"]], ids=" ".join)
def test_a_full_disk(command: list[str], stub: StubServer) -> None:
    stub.answers = [(200, ANSWER)]
    done = run(*command, "--url", stub.url, shell=">/dev/full")
    assert (done.returncode, done.stderr) == (1, b"helpline: No space left on device.\n")


@pytest.mark.parametrize("command", [["chat"], ["ask"]], ids=" ".join)
def test_questions_that_are_not_utf8(command: list[str], stub: StubServer) -> None:
    done = run(*command, "--url", stub.url, typed=b"caf\xe9\n", LC_ALL="C.UTF-8")
    if command == ["ask"]:
        assert done.returncode == 2
        assert done.stderr.startswith(b"helpline: The question is not utf-8 text.")
    else:
        assert (done.returncode, stub.received[0]["message"]) == (0, "caf")


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_answers_in_a_locale_that_is_not_utf8(options: list[str], stub: StubServer) -> None:
    stub.answers = [(200, ANSWER)]
    done = run("ask", "x", *options, "--url", stub.url, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert (b"\n* It is a pill" in done.stdout) is (not options)
    assert (b"\\u2022 It is a pill" in done.stdout) is bool(options)


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "inf", "soon", "1e9"])
def test_times_that_are_none(timeout: str, stub: StubServer) -> None:
    done = run("ask", "x", f"--timeout={timeout}", "--url", stub.url)
    assert done.returncode == 2
    assert f'"{timeout}" is no time to wait'.encode() in done.stderr


@pytest.mark.parametrize(
    "url",
    ["nonsense", "ftp://127.0.0.1", "http://", "http://[::1", "http://a b/", "http://é", f"http://{'a' * 64}.org"],
)
def test_addresses_that_are_none(url: str) -> None:
    done = run("chat", "--url", url, LC_ALL="C.UTF-8")
    assert done.returncode == 2
    assert done.stderr.endswith(b"is not the address of a server. One looks like this: http://127.0.0.1:5005\n")


@pytest.mark.parametrize("command", ["ask", "chat", "sheet", "check", "review"])
def test_rasa_stays_out_of_the_way(command: str, stub: StubServer) -> None:
    stub.answers = [(200, ANSWER)]
    code = (
        "import sys; from helpline import cli; cli.main(sys.argv[1:]); "
        "heavy = {'rasa', 'rasa_sdk', 'tensorflow', 'spacy', 'sanic', 'numpy', 'httpx', 'typst', 'pydantic'}; "
        "heavy &= set(sys.modules); "
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    options = ["--url", stub.url] if command in ("ask", "chat", "sheet") else []
    options += ["-"] if command == "sheet" else []
    done = subprocess.run(
        [sys.executable, "-c", code, command, *options],
        input=b"question\n",
        capture_output=True,
        cwd=paths.ROOT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"%PDF" in done.stdout or command != "sheet"


def test_the_first_prompt_waits_for_nothing_large(stub: StubServer) -> None:
    code = (
        "import sys; from helpline import cli, paths; from helpline.chat import *; "
        "Chat(Client(sys.argv[1]), Screen(sys.stdout, True), Phrases.load(paths.DOMAIN), True).open();"
        "sys.exit(str({'rich', 'prompt_toolkit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, stub.url], capture_output=True, cwd=paths.ROOT, check=False)
    assert done.stderr == b"set()\n"


# --- the sheet


ALARM = {"text": "Call 911 now.", "custom": {"kind": "emergency", "topic": "emergency_red_flag"}, "session": "s"}
UNCLEAR = {"text": "Which drug?", "custom": {"kind": "clarify", "topic": "overview"}, "session": "s"}


def wanted(stub: StubServer) -> dict[str, Any]:
    return next(r for r in stub.received if r["path"].endswith("/sheet"))


def test_a_sheet_of_questions(stub: StubServer, tmp_path: Path) -> None:
    stub.answers = [(200, ANSWER)]
    file = tmp_path / "visit.pdf"
    options = ["--paper", "a4", "--large-print", "--own", "Can I travel?"]
    done = run("sheet", str(file), "first", "second", *options, "--url", stub.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"written: {file}\n".encode(), b"")
    assert file.read_bytes().startswith(b"%PDF")
    found = wanted(stub)
    assert [t["asked"] for t in found["turns"]] == ["first", "second"]
    assert found["questions"] == ["Can I travel?", "Does it fit my cancer?", "How long until it works?"]
    assert (found["paper"], found["large_print"], found["session"]) == ("a4", True, "token-1")
    assert [r.get("session") for r in stub.received[:2]] == [None, "token-1"]


def test_a_sheet_of_piped_questions_on_standard_output(stub: StubServer) -> None:
    stub.answers = [(200, ANSWER)]
    done = run("sheet", "-", "--only-own", "--url", stub.url, typed=b"first\n\nsecond\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"%PDF-1.7 a sheet", b"")
    assert [t["asked"] for t in wanted(stub)["turns"]] == ["first", "second"]
    assert wanted(stub)["questions"] == []


def test_an_alarm_is_told_at_once_and_not_only_on_paper(stub: StubServer) -> None:
    stub.answers = [(200, ALARM)]
    done = run("sheet", "-", "it hurts", "--url", stub.url)
    assert done.returncode == 0
    assert done.stderr.startswith(b"Call 911 now.")


def test_a_question_without_an_answer_is_named_by_its_number(stub: StubServer, tmp_path: Path) -> None:
    stub.answers = [(200, UNCLEAR), (200, ANSWER)]
    done = run("sheet", str(tmp_path / "a.pdf"), "secret words", "second", "--url", stub.url)
    assert done.stderr == b"helpline: question 1 is not on the sheet: it has no answer yet.\n"
    stub.answers = [(200, UNCLEAR)]
    done = run("sheet", str(tmp_path / "b.pdf"), "secret words", "--url", stub.url)
    assert done.returncode == 1
    assert b"None of the questions has an answer to print. Name the drug in each." in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


@pytest.mark.parametrize("file", ["visit.txt", "no/folder.pdf", "there.pdf"])
def test_a_sheet_that_cannot_be_written_asks_nothing(file: str, stub: StubServer, tmp_path: Path) -> None:
    (tmp_path / "there.pdf").write_text("mine")
    done = run("sheet", str(tmp_path / file), "x", "--url", stub.url)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert stub.received == []


def test_a_sheet_of_a_script_takes_all_questions(stub: StubServer, tmp_path: Path) -> None:
    stub.answers = [(200, ANSWER)]
    file = tmp_path / "visit.pdf"
    done = run("chat", "--url", stub.url, typed=f"first\n/sheet {file}\n/feedback no\n/forget\n".encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert file.exists()
    assert len(wanted(stub)["questions"]) == 2
    assert [r["path"].rsplit("/")[-1] for r in stub.received] == ["chat", "sheet", "feedback", "forget"]


# --- a server of its own


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, stub: StubServer) -> list[str]:
    """What happens to the server that `chat --start` starts; the stub answers as if it were that server."""
    happened: list[str] = []

    class Server:
        def __init__(self, port: int) -> None:
            happened.append(f"port {port}")

        def start(self, tell: Callable[[float], None]) -> None:
            tell(0.0)
            happened.append("start")
            stub.ready = 200

        def stop(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)  # an impatient Ctrl-C
            happened.append("stop")

    stub.ready = 503
    monkeypatch.setattr("helpline.server.Server", Server)
    monkeypatch.setattr(cli, "_train", lambda options: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO("question\n"))
    return happened


def test_a_server_is_started_and_stopped(served: list[str], stub: StubServer) -> None:
    assert cli.main(["chat", "--start", "--url", stub.url]) == 0
    assert served == [f"port {stub.url.rsplit(':', 1)[1]}", "start", "stop"]


def test_a_started_server_is_stopped_whatever_happens(
    served: list[str], stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("helpline.client.Client.ask", interrupt)
    assert cli.main(["chat", "--start", "--url", stub.url]) == 130
    assert served[-1] == "stop"


def test_a_window_closed_while_the_server_starts(
    served: list[str], stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpline.server.Server.start", lambda self, tell: os.kill(os.getpid(), signal.SIGHUP))
    with pytest.raises(SystemExit, match="129"):
        cli.main(["chat", "--start", "--url", stub.url])
    assert served[-1] == "stop"


def test_a_running_server_is_left_alone(served: list[str], stub: StubServer) -> None:
    stub.ready = 200
    assert cli.main(["chat", "--start", "--url", stub.url]) == 0
    assert served == []


@pytest.mark.parametrize("url", ["http://192.0.2.1:9", "https://127.0.0.1:9"])
def test_a_server_starts_on_this_machine_only(
    url: str, served: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("helpline.client.Client.is_ready", lambda self: False)
    assert cli.main(["chat", "--start", "--url", url]) == 3
    assert "one can be started only on this machine" in capsys.readouterr().err
    assert served == []


@pytest.mark.parametrize(("options", "plain"), [([], False), (["PLAIN=1"], True)])
def test_make_chat_for_a_screen_reader(options: list[str], plain: bool) -> None:
    done = subprocess.run(["make", "-n", "chat", *options], capture_output=True, cwd=paths.ROOT, text=True, check=True)
    assert ("--plain" in done.stdout) is plain


# --- Ctrl-C at the edges


@pytest.mark.parametrize("moment", ["helpline.cli", "helpline.terminal", "helpline.phrases"])
def test_control_c_while_the_command_loads(moment: str, stub: StubServer) -> None:
    code = (
        "import os, signal, sys; from helpline import __main__\n"
        "class Interrupting:\n"
        "    def find_spec(name, *_):\n"
        f"        if name == {moment!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting)\n"
        "sys.exit(__main__.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "chat", "--url", stub.url], capture_output=True, cwd=paths.ROOT, check=False
    )
    assert done.returncode in (-signal.SIGINT, 130)
    assert (done.stdout, done.stderr) == (b"", b"")
