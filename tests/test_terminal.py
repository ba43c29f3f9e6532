"""The terminal chat in a real terminal, against a server that only pretends."""

from __future__ import annotations

import contextlib
import re
import signal
import stat
import sys
import termios
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import StubServer
from session import ROWS, Recorder
from terminals import ALARM, ANSWER, SECONDS, Open, Terminal, flat

from helpline import paths

pytestmark = pytest.mark.slow  # a minute: each test opens a terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3|4|9|10)[0-9][;m]")
COMMANDS = (
    *("/help", "/about", "/sources", "/more", "/simple", "/detail", "/who", "/language", "/sheet"),
    *("/feedback", "/clear", "/forget", "/quit"),
)


@pytest.fixture
def dying_url() -> Iterator[str]:
    """The address of a server that is ready, and breaks off in the middle of every answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"text": "It bl')

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


# --- the start and the end


def test_notice_and_consent_come_before_the_first_question(open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal()
    shown = terminal.expect("\n> ")
    assert shown.lstrip().startswith("In an emergency, call 911")
    assert "I am a computer program, not a person, not a doctor" in flat(shown)
    assert "Press Enter to go on" in shown
    terminal.child.send("\r")
    assert "I can explain targeted drugs" in flat(terminal.prompt())
    assert stub.received == []
    assert "Take care." in terminal.leave()


def test_a_question_typed_at_the_notice_is_answered(open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal()
    terminal.expect("\n> ")
    assert "It blocks two switches" in terminal.say("I cannot breathe")
    assert stub.received[0]["message"] == "I cannot breathe"


@pytest.mark.parametrize(("keys", "code"), [("\x04", 0), ("no\r", 0), ("/quit\r", 0), ("\x03", 130)])
def test_who_does_not_agree_leaves(keys: str, code: int, open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal()
    terminal.expect("\n> ")
    terminal.child.send(keys)
    assert ("You can call the numbers above" in terminal.end(code)) is (code == 0)
    assert stub.received == []


@pytest.mark.parametrize("word", ["/quit", "quit", "exit", "/exit", " /QUIT now"])
def test_words_to_leave(word: str, terminal: Terminal, stub: StubServer) -> None:
    terminal.child.send(f"{word}\r")
    assert "Take care." in terminal.end()
    assert stub.received == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_window_leaves_the_terminal_as_it_was(number: int, open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.expect("\n> ")
    before = termios.tcgetattr(terminal.child.child_fd)[3]
    terminal.child.send("\r")
    terminal.prompt()
    assert termios.tcgetattr(terminal.child.child_fd)[3] != before
    terminal.child.kill(number)
    terminal.end(128 + number)


# --- one turn


def test_an_answer_is_readable(terminal: Terminal) -> None:
    shown = terminal.say("how does it work")
    assert "It blocks two switches that cells need to divide. [1]\n• It is a pill" in shown
    assert "Sources 1-2: /sources shows them.\nText as of 2026-11-22." in shown
    assert "\n  1) How it works\n  2) Used for\n" in shown
    assert "example.org" not in shown
    assert "\x1b[2mText as of 2026-11-22" in terminal.raw


def test_numbers_choose_and_text_is_always_possible(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("first")
    assert "> Used for" in terminal.say("2")
    terminal.say("1.")
    assert "There is no choice 7: type 1 to 2" in terminal.say("7")
    terminal.say("in my own words")
    terminal.say("²")
    said = [r["message"] for r in stub.received]
    assert said == ["first", "/b", '/ask_mechanism{"drug": "x"}', "in my own words", "²"]
    assert [r.get("session") for r in stub.received] == [None, *["token-1"] * 4]


def test_an_alarm_stands_in_a_box_and_rings(terminal: Terminal, stub: StubServer) -> None:
    stub.answers = [(200, ALARM)]
    shown = terminal.say("help")
    assert re.search(r"╭─ This can be an emergency ─+╮\n│ Call 911 now\. +│\n╰─+╯", shown)
    assert shown.count("\a") == 1


def test_the_bell_can_be_off(open_terminal: Open, stub: StubServer) -> None:
    stub.answers = [(200, ALARM)]
    terminal = open_terminal("--no-bell")
    terminal.agree()
    assert "\a" not in terminal.say("help")


def test_an_ended_session_starts_anew_and_asks_again(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("first")
    stub.answers = [(401, {"detail": "The session is expired."}), (200, ANSWER)]
    assert "The earlier conversation had ended" in terminal.say("2")
    assert [(r["message"], r.get("session")) for r in stub.received[1:]] == [("/b", "token-1"), ("Used for", None)]


def test_nothing_in_an_answer_steers_the_terminal(terminal: Terminal, stub: StubServer) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b2J\x07\r\u202e"
    source = {"n": evil, "title": f"T{evil}", "publisher": evil, "url": f"https://example.org/{evil}", "date": evil}
    reply = {
        "text": f"A{evil}nswer\n\nSources:\n[1] x\n\nend",
        "buttons": [{"title": f"B{evil}\n", "payload": "/b"}],
        "custom": {"kind": "answer", "sources": [source]},
        "session": "s",
    }
    stub.answers = [(200, reply)]
    start = len(terminal.raw)
    shown = terminal.say("x") + terminal.say("/sources")
    assert "A]0;owned[2J2Jnswer" in shown
    for found in ("\x1b]0;", "\x1b[2J", "\x07", "\x9b", "\xe2\x80\xae"):
        assert found not in terminal.raw[start:]


# --- keys


def test_tab_completes_names_and_commands(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("what is IBRA\t")
    terminal.say("side effects of mouth s\t")
    assert "There is no answer" not in terminal.say("/sou\t")
    assert [r["message"] for r in stub.received] == ["what is Ibrance", "side effects of mouth sores"]


def test_tab_lists_what_is_possible(terminal: Terminal) -> None:
    terminal.child.send("trastuzumab\t")
    shown = terminal.expect("hyaluronidase")
    assert "trastuzumab" in shown
    terminal.child.send("\x03")
    terminal.prompt()


def test_a_paste_of_several_lines_is_one_question(terminal: Terminal, stub: StubServer) -> None:
    terminal.child.send("\x1b[200~My drug is new.\r\nWhat does it do?\nAnd why?\x1b[201~")
    terminal.expect("And why")
    terminal.say("")
    assert [r["message"] for r in stub.received] == ["My drug is new.\nWhat does it do?\nAnd why?"]


def test_typing_ahead_is_not_lost(terminal: Terminal, stub: StubServer) -> None:
    terminal.child.send("one\rtwo\r")
    terminal.prompt()
    terminal.prompt()
    assert [r["message"] for r in stub.received] == ["one", "two"]


def test_history_is_in_memory(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("first")
    terminal.say("\x1b[A")
    terminal.say("/clear")
    terminal.say("\x1b[Aafter")
    assert [r["message"] for r in stub.received] == ["first", "first", "after"]


def test_history_in_a_file_where_asked(open_terminal: Open, tmp_path: Path) -> None:
    file = tmp_path / "typed"
    terminal = open_terminal("--history", str(file))
    terminal.agree()
    terminal.say("first")
    terminal.leave()
    assert "+first" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written(open_terminal: Open) -> None:
    terminal = open_terminal("--history", "/nowhere/typed")
    assert terminal.end(1) == "helpline: /nowhere/typed: No such file or directory.\n"


def test_control_c_gives_up_the_line(terminal: Terminal, stub: StubServer) -> None:
    terminal.child.send("half a quest\x03")
    assert "Ctrl-D leaves." in terminal.prompt()
    terminal.child.send("\x03")
    terminal.prompt()
    terminal.say("whole")
    assert [r["message"] for r in stub.received] == ["whole"]
    terminal.leave()


def test_control_c_stops_waiting(terminal: Terminal, stub: StubServer) -> None:
    with stub.held():
        terminal.child.send("slow\r")
        terminal.expect("Looking for an answer")
        terminal.child.send("\x03")
        assert "I have stopped waiting." in terminal.prompt()
    assert "It blocks two switches" in terminal.say("")
    assert [r["message"] for r in stub.received] == ["slow", "slow"]
    terminal.leave()


@pytest.mark.parametrize("milliseconds", range(0, 600, 25))
def test_control_c_at_any_moment(milliseconds: int, open_terminal: Open, stub: StubServer) -> None:
    """From the first sign of life on: through the notice, the loading, the first question and its answer."""
    terminal = open_terminal()
    terminal.expect("In an emergency")
    terminal.child.send("\rquestion\r")
    terminal.child.expect(pexpect.TIMEOUT, timeout=milliseconds / 1000)
    terminal.child.sendintr()
    ended = False
    for _ in range(SECONDS):  # what is typed while the terminal changes its mode is lost
        with contextlib.suppress(OSError):
            terminal.child.send("\x04")
        ended = terminal.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=1) == 0
        if ended:
            break
    assert ended
    terminal.raw += terminal.child.before
    terminal.child.close()
    assert terminal.child.signalstatus in (None, signal.SIGINT)
    assert terminal.child.exitstatus in (None, 0, 130)
    assert not re.search("Traceback|Exception ignored|Error", terminal.raw)


def test_a_window_that_changes_while_a_line_is_typed(open_terminal: Open, stub: StubServer) -> None:
    recorder = Recorder(stub.url, 80)
    recorder.agree()
    line = "how does this pill do what it does in the cells of the body"
    recorder.child.send(line)
    recorder.expect("of the body")
    recorder.screen.resize(columns=30)
    recorder.child.setwinsize(ROWS, 30)
    recorder.child.send("?\r")
    recorder.expect("Used for")
    recorder.prompt()
    assert [r["message"] for r in stub.received] == [f"{line}?"]
    assert max(map(len, recorder.text().split("\n"))) <= 30
    recorder.leave()


def test_empty_lines_ask_nothing(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("")
    terminal.say("   \t ")
    assert stub.received == []


# --- commands


def test_help_names_every_command(terminal: Terminal) -> None:
    shown = terminal.say("/help")
    assert re.findall(r"^  (/\w+)", shown, re.MULTILINE) == list(COMMANDS)


def test_about(terminal: Terminal, stub: StubServer) -> None:
    shown = flat(terminal.say("/about"))
    assert "I look up sentences that were written beforehand from named sources" in shown
    assert "No clinician has reviewed them yet." in shown
    assert stub.url in shown


def test_sources(terminal: Terminal) -> None:
    assert "There is no answer with sources yet." in terminal.say("/sources")
    terminal.say("x")
    start = len(terminal.raw)
    shown = terminal.say("/sources")
    assert "[1] The label\n    FDA, 2025, label\n    https://example.org/label\n[2] A page\n    NCI, 2024" in shown
    assert "javascript" not in shown
    assert re.search(r"\x1b\]8;[^;]*;https://example.org/label\x1b\\", terminal.raw[start:])


def test_no_links_where_the_terminal_has_none(open_terminal: Open) -> None:
    terminal = open_terminal(TERM="linux")
    terminal.agree()
    terminal.say("x")
    assert "https://example.org/label" in terminal.say("/sources")
    assert "\x1b]8" not in terminal.raw


def test_more(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("/more")
    assert stub.received[0]["message"] == "/more"


def test_clear_starts_anew(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    shown = terminal.say("/clear")
    assert "\x1b[2J\x1b[3J" in terminal.raw
    assert "In an emergency, call 911" in shown
    assert "There is no answer with sources yet." in terminal.say("/sources")
    terminal.say("2")
    assert [(r["message"], r.get("session")) for r in stub.received] == [("x", None), ("2", None)]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/sorces", "There is no command /sorces. Did you mean /sources? /help shows the commands."),
        ("/xyz", "There is no command /xyz. /help shows the commands."),
        ("/", "There is no command /. /help shows the commands."),
        ('/ask_dosage{"drug": "x"}', "There is no command"),
    ],
)
def test_an_unknown_command_is_not_sent(typed: str, told: str, terminal: Terminal, stub: StubServer) -> None:
    assert told in terminal.say(typed)
    assert stub.received == []


# --- servers that fail


def test_a_slow_server(open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal("--timeout", "1")
    terminal.agree()
    with stub.held():
        shown = terminal.say("slow")
    assert "Looking for an answer" in shown
    assert "The server took too long to answer." in shown
    assert "\r\x1b[K" in terminal.raw
    assert "It blocks two switches" in terminal.say("")


def test_an_error_is_told_and_the_chat_goes_on(terminal: Terminal, stub: StubServer) -> None:
    stub.answers = [(503, {"text": "Something is wrong on our side."}), (200, ANSWER)]
    assert "Something is wrong on our side.\nPress Enter to ask again." in terminal.say("x")
    assert "It blocks two switches" in terminal.say("")
    assert [r["message"] for r in stub.received] == ["x", "x"]


def test_a_server_that_goes_away(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    stub.stop()
    shown = flat(terminal.say("y"))
    stub.stop = lambda: None  # type: ignore[method-assign]
    assert f"at {stub.url}" in shown
    assert "To talk to a person at any hour, call 1-800-227-2345" in shown
    terminal.leave()


def test_a_server_killed_in_the_middle_of_its_answer(dying_url: str) -> None:
    terminal = Terminal("--url", dying_url)
    terminal.agree()
    assert "went away in the middle of its answer." in flat(terminal.say("x"))
    terminal.leave()


@pytest.mark.parametrize(
    "answer", [b"<html>", b"\xff", [1], {"session": "s"}, {"text": 1}, {"text": "x", "buttons": [{"title": "x"}]}]
)
def test_an_answer_that_is_none(answer: object, terminal: Terminal, stub: StubServer) -> None:
    stub.answers = [(200, answer)]
    assert "The server's answer cannot be read." in terminal.say("x")


@pytest.mark.parametrize("custom", [None, {}, {"sources": "x", "review": "x"}, {"kind": [], "sources": [1, {}]}])
def test_an_answer_with_odd_details_is_shown(custom: object, terminal: Terminal, stub: StubServer) -> None:
    stub.answers = [(200, {"text": "Hello.", "custom": custom, "session": 1})]
    assert "Hello." in terminal.say("x")
    terminal.say("/sources")


def test_no_server(closed_url: str) -> None:
    shown = Terminal("--url", closed_url).end(3)
    assert shown == (
        "helpline: In an emergency, call 911 or your local emergency number. "
        f"No helpline server answers at {closed_url}. Start one with: make serve\n"
    )


def test_a_server_that_is_not_ready(open_terminal: Open, stub: StubServer) -> None:
    stub.ready = 503
    assert "is not ready to answer. Try again in a moment." in open_terminal().end(1)


# --- terminals of all kinds


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_lines_fit_the_width(columns: int, open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal(columns=columns)
    shown = terminal.agree() + terminal.say("x") + terminal.say("/help") + terminal.say("/sources")
    stub.answers = [(200, ALARM | {"text": "Call 911 or your local emergency number now. " * 3})]
    shown += terminal.say("y")
    longest = max(len(line.strip("\a ")) for line in shown.split("\n"))
    assert min(columns, 92) - 15 < longest <= min(columns, 92)


def test_a_window_that_gets_smaller(terminal: Terminal) -> None:
    terminal.child.setwinsize(30, 40)
    shown = terminal.say("x")
    assert max(len(line) for line in shown.split("\n")) <= 40


def test_no_colour(open_terminal: Open, stub: StubServer) -> None:
    terminal = open_terminal(NO_COLOR="1")
    terminal.agree()
    terminal.say("x")
    stub.answers = [(200, ALARM)]
    terminal.say("y")
    assert not COLOUR.search(terminal.raw)


def test_colour_is_there_otherwise(terminal: Terminal) -> None:
    terminal.say("x")
    assert COLOUR.search(terminal.raw)


@pytest.mark.parametrize(
    ("options", "environment"),
    [(["--plain"], {}), ([], {"TERM": "dumb"}), ([], {"TERM": ""})],
    ids=["plain", "dumb", "none"],
)
def test_a_terminal_that_only_prints(
    options: list[str], environment: dict[str, str], open_terminal: Open, stub: StubServer
) -> None:
    """No box, no spinner, no cursor movement, no colour; the same words, numbers, commands and keys."""
    terminal = open_terminal(*options, **environment)
    terminal.expect("\n> ")
    terminal.child.send("\r")
    terminal.expect("You: ")
    terminal.child.send("half\x03")
    terminal.expect("You: ")
    terminal.child.send("x\r")
    assert "It blocks two switches" in terminal.expect("You: ")
    stub.answers = [(200, ALARM)]
    terminal.child.send("2\r")
    assert "THIS CAN BE AN EMERGENCY\nCall 911 now." in terminal.expect("You: ")
    with stub.held():
        terminal.child.send("slow\r")
        terminal.expect("Looking for an answer ...\r\n")
        terminal.child.send("\x03")
        terminal.expect("stopped waiting")
    terminal.expect("You: ")
    terminal.leave()
    assert [r["message"] for r in stub.received] == ["x", "/b", "slow"]
    assert "\x1b" not in terminal.raw
    assert not re.search("[\u2500-\u257f]", terminal.raw.encode("latin-1").decode())


def test_a_terminal_whose_output_goes_to_a_file(stub: StubServer, tmp_path: Path) -> None:
    """Nobody sees a prompt, so nothing is asked back and nothing waits for an Enter."""
    stub.answers = [(200, ANSWER)]
    file = tmp_path / "out"
    command = f'exec "{sys.executable}" -m helpline chat --url {stub.url} >"{file}"'
    child = pexpect.spawn("sh", ["-c", command], timeout=SECONDS, cwd=str(paths.ROOT), encoding="utf-8")
    child.send("first\r\x04")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    shown = file.read_text()
    assert "Press Enter" not in shown
    assert "You: first\nIt blocks two switches" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("options", [[], ["--plain"]], ids=["styled", "plain"])
def test_a_locale_that_is_not_utf8(options: list[str], open_terminal: Open, stub: StubServer) -> None:
    old = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    text = "• It’s “so” — naïve ≥ 2 漢"
    stub.answers = [(200, ALARM | {"text": text, "buttons": [{"title": text, "payload": "/b"}]})]
    terminal = open_terminal(*options, **old)
    terminal.expect("\n> ")
    terminal.child.send("\r")
    terminal.expect("You:")
    terminal.child.send("na\xefve caf\xe9\r")
    terminal.expect("(?i)can be an emergency")
    shown = terminal.expect(r"  1\) [^\n]*\n")
    assert '* It\'s "so" - naive >= 2 ?' in shown
    assert shown.isascii()
    terminal.expect("You:")
    terminal.leave()
