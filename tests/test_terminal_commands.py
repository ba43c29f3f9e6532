"""What a person can do in the terminal chat besides asking, each command typed in a real terminal."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from conftest import StubServer
from terminals import ALARM, ANSWER, Open, Terminal, flat

from helpline import commands
from helpline.question import AUDIENCES

pytestmark = pytest.mark.slow

TURN = {"topic": "mechanism", "drugs": ["palbociclib"], "subjects": [], "answer_id": "a1"}


def sent(stub: StubServer, name: str) -> list[dict[str, object]]:
    """What one address was sent, without the address."""
    return [{k: v for k, v in r.items() if k != "path"} for r in stub.received if r["path"].endswith(f"/{name}")]


# --- how answers are given


def test_audiences_are_those_of_the_core() -> None:
    assert tuple(commands.AUDIENCES) == AUDIENCES


def test_who(terminal: Terminal, stub: StubServer) -> None:
    assert "Answers are for: patient. Choices: patient (the person treated), caregiver" in flat(terminal.say("/who"))
    assert "for: clinician (a professional)." in terminal.say("/who Clinician")
    assert "Choose one of these: patient" in terminal.say("/who doctor")
    terminal.say("x")
    terminal.say("/who caregiver")
    terminal.say("y")
    assert [r.get("audience") for r in sent(stub, "chat")] == ["clinician", "caregiver"]


def test_language(terminal: Terminal, stub: StubServer) -> None:
    assert "Answers are in: en. Choices: en (English), fr (Français)." in terminal.say("/language")
    assert "That language is not offered. Choices: en" in terminal.say("/language xx")
    assert "The next answers are in: Français." in terminal.say("/language FR")
    terminal.say("x")
    assert [r.get("language") for r in sent(stub, "chat")] == ["fr"]


def test_languages_of_a_server_that_fails(terminal: Terminal, stub: StubServer) -> None:
    stub.others["settings"] = (503, {"text": "Something is wrong on our side."})
    assert "Something is wrong on our side." in terminal.say("/language")
    stub.others["settings"] = (200, {"languages": [1, {"code": "en"}]})
    assert "Choices: en (English)." in terminal.say("/language")


@pytest.mark.parametrize(
    ("command", "message"), [("/simple", "simpler please"), ("/detail", "in more detail"), ("/more", "/more")]
)
def test_simpler_and_more(command: str, message: str, terminal: Terminal, stub: StubServer) -> None:
    assert "It blocks two switches" in terminal.say(command)
    assert [r["message"] for r in stub.received] == [message]


# --- the sheet


def test_sheet(terminal: Terminal, stub: StubServer, tmp_path: Path) -> None:
    file = tmp_path / "my visit.pdf"
    terminal.say("how does it work")
    shown = terminal.say(f"/sheet {file} a4 large")
    assert "  1) Does it fit my cancer?\n  2) How long until it works?\n" in shown
    assert "Type numbers from 1 to 2" in terminal.say("3")
    assert "A question of your own" in terminal.say("2.")
    terminal.say("Can I travel?")
    shown = flat(terminal.say(""))
    assert f"Written: {file}" in shown or f"Written: {file}".replace(" ", "") in shown.replace(" ", "")
    assert "The server kept nothing." in shown
    assert sent(stub, "sheet") == [
        {
            "session": "token-1",
            "turns": [{"asked": "how does it work"} | TURN],
            "questions": ["Can I travel?", "How long until it works?"],
            "paper": "a4",
            "large_print": True,
            "language": "en",
        }
    ]
    assert file.read_bytes() == b"%PDF-1.7 a sheet"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("typed", "count"), [("", 2), ("0", 0), ("1, 2", 2), ("1 1", 1)])
def test_which_questions(typed: str, count: int, terminal: Terminal, stub: StubServer, tmp_path: Path) -> None:
    terminal.say("x")
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.say(typed)
    terminal.say("")
    (found,) = sent(stub, "sheet")
    assert len(found["questions"]) == count  # type: ignore[arg-type]
    assert (found["paper"], found["large_print"]) == ("letter", False)


def test_only_answers_come_onto_the_sheet(terminal: Terminal, stub: StubServer, tmp_path: Path) -> None:
    stub.answers = [
        (200, ANSWER | {"custom": {"kind": "clarify", "topic": "mechanism"}}),
        (200, ANSWER | {"custom": {"kind": "chitchat", "topic": "small_talk"}}),
        (200, ALARM | {"custom": {"kind": "emergency", "topic": "emergency_red_flag", "answer_id": "e1"}}),
        (200, ANSWER),
    ]
    for question in ("unclear", "hello", "it hurts", "1"):
        terminal.say(question)
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.say("0")
    terminal.say("")
    (found,) = sent(stub, "sheet")
    assert [(t["asked"], t["topic"]) for t in found["turns"]] == [  # type: ignore[attr-defined]
        ("it hurts", "emergency_red_flag"),
        ("1", "mechanism"),
    ]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("", "Name the file to write"),
        ("a4 large", "Name the file to write"),
        ("visit.txt", "give it a name that ends in .pdf"),
        ("there.pdf", "There is a file of that name already."),
        ("no/folder.pdf", "There is no such folder."),
    ],
)
def test_files_that_cannot_be_written(
    file: str, told: str, terminal: Terminal, stub: StubServer, tmp_path: Path
) -> None:
    (tmp_path / "there.pdf").write_text("mine")
    terminal.say("x")
    place = str(tmp_path / file) if file.endswith((".pdf", ".txt")) else file
    assert told in flat(terminal.say(f"/sheet {place}"))
    assert sent(stub, "sheet") == []
    assert (tmp_path / "there.pdf").read_text() == "mine"


def test_no_sheet_without_an_answer(terminal: Terminal, tmp_path: Path) -> None:
    assert "There is no answer yet: ask a question first." in terminal.say(f"/sheet {tmp_path / 'a.pdf'}")


def test_control_c_drops_a_sheet(terminal: Terminal, stub: StubServer, tmp_path: Path) -> None:
    terminal.say("x")
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.child.send("\x03")
    assert "no sheet was made" in terminal.prompt()
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.say("0")
    with stub.held():
        terminal.child.send("\r")
        terminal.expect("Looking for an answer")
        terminal.child.send("\x03")
        assert "no sheet was made" in terminal.prompt()
    assert list(tmp_path.iterdir()) == []
    terminal.leave()


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (503, {"text": "Something is wrong on our side."}, "Something is wrong on our side."),
        (200, b"<html>", "The server's answer cannot be read."),
        (400, {"detail": "A turn is unknown."}, "A turn is unknown."),
    ],
)
def test_a_sheet_that_cannot_be_made(
    status: int, answer: object, told: str, terminal: Terminal, stub: StubServer, tmp_path: Path
) -> None:
    stub.others["sheet"] = (status, answer)
    terminal.say("x")
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.say("")
    assert told in flat(terminal.say(""))
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_after_the_conversation_has_ended(terminal: Terminal, stub: StubServer, tmp_path: Path) -> None:
    """What was asked is still in the terminal; only the server has forgotten."""
    terminal.say("x")
    refused = iter([(401, {"detail": "The session is expired."})])
    sheet = stub.others["sheet"]

    class Once(dict):  # type: ignore[type-arg]
        def __getitem__(self, name: str) -> object:
            return next(refused, sheet) if name == "sheet" else super().__getitem__(name)

    stub.others = Once(stub.others)
    terminal.say(f"/sheet {tmp_path / 'a.pdf'}")
    terminal.say("0")
    assert "Written: " in terminal.say("")
    assert [r["message"] for r in sent(stub, "chat")] == ["x", "hello"]
    assert [t["turns"] for t in sent(stub, "sheet")] == [[{"asked": "x"} | TURN]] * 2


def test_a_sheet_of_a_script(stub: StubServer, open_terminal: Open, tmp_path: Path) -> None:
    """Without a person nothing is asked: all fitting questions are taken. See also test_terminal_scripts."""
    terminal = open_terminal("--plain", TERM="dumb")
    terminal.expect("\n> ")
    terminal.child.send("x\r")
    terminal.expect("You: ")
    terminal.child.send(f"/sheet {tmp_path / 'a.pdf'}\r")
    terminal.expect("\n> ")
    terminal.child.send("\r")
    terminal.expect("\n> ")
    terminal.child.send("\r")
    terminal.expect("You: ")
    assert len(sent(stub, "sheet")) == 1
    assert "\x1b" not in terminal.raw


# --- feedback


def test_feedback(terminal: Terminal, stub: StubServer) -> None:
    assert "There is no answer yet" in terminal.say("/feedback")
    terminal.say("x")
    assert "1) yes  2) no" in terminal.say("/feedback")
    assert "It is counted" in terminal.say("1")
    terminal.say("/feedback")
    assert "  1) It is hard to understand\n  2) Other\n" in terminal.say("no")
    assert "It is counted" in terminal.say("1")
    terminal.say("/feedback no")
    terminal.say("")
    assert sent(stub, "feedback") == [
        {"session": "token-1", "answer_id": "a1", "helpful": True},
        {"session": "token-1", "answer_id": "a1", "helpful": False, "reason": "too_hard"},
        {"session": "token-1", "answer_id": "a1", "helpful": False},
    ]


@pytest.mark.parametrize("typed", ["", "maybe", "\x03"])
def test_feedback_that_is_none(typed: str, terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    terminal.say("/feedback")
    terminal.child.send(typed if typed == "\x03" else f"{typed}\r")
    assert "Nothing was sent." in terminal.prompt()
    assert sent(stub, "feedback") == []


def test_feedback_that_comes_too_late(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    stub.others["feedback"] = (401, {"detail": "The session is expired."})
    assert "The conversation has ended on the server" in terminal.say("/feedback yes")


# --- clear and forget


def test_clear_says_what_is_kept(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    assert "/forget deletes it at once." in flat(terminal.say("/clear"))
    assert sent(stub, "forget") == []


def test_forget(terminal: Terminal, stub: StubServer) -> None:
    assert "There is nothing to delete" in terminal.say("/forget")
    terminal.say("x")
    shown = terminal.say("/forget")
    assert "In an emergency, call 911" in shown
    assert "The server has deleted this conversation." in flat(shown)
    assert sent(stub, "forget") == [{"session": "token-1"}]
    assert "\x1b[2J\x1b[3J" in terminal.raw
    terminal.say("\x1b[Aagain")  # nothing typed before is left in the memory of the line
    assert "Name the file" in terminal.say("/sheet")
    assert [(r["message"], r.get("session")) for r in sent(stub, "chat")] == [("x", None), ("again", None)]


def test_forget_what_the_server_has_forgotten(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    stub.others["forget"] = (401, {"detail": "The session is expired."})
    assert "The server has deleted this conversation." in flat(terminal.say("/forget"))


def test_forget_that_fails_is_told(terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    stub.others["forget"] = (503, {"text": "Something is wrong on our side."})
    shown = flat(terminal.say("/forget"))
    assert "Something is wrong on our side. The conversation was not deleted." in shown
    assert "\x1b[2J" not in terminal.raw
    terminal.say("y")
    assert [r.get("session") for r in sent(stub, "chat")] == [None, "token-1"]


# --- all of them


@pytest.mark.parametrize("columns", [40, 80])
def test_help_reads_well_at_any_width(columns: int, open_terminal: Open) -> None:
    terminal = open_terminal(columns=columns)
    terminal.agree()
    shown = terminal.say("/help")
    assert max(map(len, shown.split("\n"))) <= columns
    for command in ("/help", "/sheet FILE.pdf", "/who patient|caregiver|clinician"):
        assert re.search(rf"^  {re.escape(command)}\b", shown, re.MULTILINE), shown


def test_tab_completes_each_command(terminal: Terminal) -> None:
    for typed, command in (("/he", "/help"), ("/ab", "/about"), ("/lan", "/language")):
        terminal.child.send(f"{typed}\t\r")
        assert command in terminal.prompt()


@pytest.mark.parametrize("command", ["/language", "/forget", "/feedback yes", "/more"])
def test_commands_without_a_server(command: str, terminal: Terminal, stub: StubServer) -> None:
    terminal.say("x")
    stub.stop()
    shown = flat(terminal.say(command))
    stub.stop = lambda: None  # type: ignore[method-assign]
    assert "To talk to a person at any hour, call 1-800-227-2345" in shown
    terminal.leave()
