"""What a client sends for a sheet, and where it puts it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from helpline import inputs, sheet, takehome
from helpline.takehome import CannotSave

CUSTOM = {"kind": "answer", "topic": "overview", "drugs": ["x"], "subjects": [], "answer_id": "a1"}
TURN = {"asked": "what is x", "topic": "overview", "drugs": ["x"], "subjects": [], "answer_id": "a1"}


def test_a_turn() -> None:
    assert takehome.turn("what is x", {"custom": CUSTOM}) == TURN
    body = takehome.wanted([TURN], ["a?"], "a4", True, "en")
    assert inputs.SheetBody.parse_obj(body | {"session": "s"}).turns[0].asked == "what is x"


@pytest.mark.parametrize("custom", [None, {}, CUSTOM | {"kind": "clarify"}, CUSTOM | {"kind": "chitchat"}])
def test_what_is_no_answer_is_no_turn(custom: dict[str, Any] | None) -> None:
    assert takehome.turn("x", {"custom": custom}) is None


def test_limits_are_those_of_the_server() -> None:
    assert (takehome.MOST_TURNS, takehome.MOST_QUESTIONS) == (inputs.MOST_TURNS, inputs.MOST_QUESTIONS)
    assert takehome.MOST_CHARACTERS == inputs.MOST_CHARACTERS_OF_A_QUESTION
    assert tuple(sheet.PAPERS) == takehome.PAPERS
    turns = [TURN | {"answer_id": f"a{n}"} for n in range(50)]
    body = takehome.wanted(turns, ["x" * 500] * 30, "letter", False, "en")
    assert [t["answer_id"] for t in body["turns"]] == [f"a{n}" for n in range(10, 50)]
    assert [len(q) for q in body["questions"]] == [200] * 20


@pytest.mark.parametrize(
    ("settings", "questions"),
    [
        ({"questions": {"overview": ["b?", "a?"], "dosage": ["c?"]}}, ["b?", "a?"]),
        ({"questions": {"overview": ["b?", "b?", 1]}}, ["b?"]),
        ({"questions": {"dosage": ["c?"]}}, []),
        ({"questions": []}, []),
        ({}, []),
    ],
)
def test_questions_that_fit(settings: dict[str, Any], questions: list[str]) -> None:
    assert takehome.offered(settings, [TURN, TURN]) == questions


def test_save_writes_for_its_owner_only(tmp_path: Path) -> None:
    path = takehome.file_of(str(tmp_path / "a.PDF"))
    takehome.save(path, b"pdf")
    assert path.read_bytes() == b"pdf"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(CannotSave, match="could not be written: File exists"):
        takehome.save(path, b"another")
    assert path.read_bytes() == b"pdf"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.pdf").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotSave, match="a file of that name already"):
        takehome.file_of(str(tmp_path / "link.pdf"))
    with pytest.raises(CannotSave):
        takehome.save(tmp_path / "link.pdf", b"pdf")
    assert not (tmp_path / "elsewhere").exists()


def test_home_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert takehome.file_of("~/a.pdf") == tmp_path / "a.pdf"


def test_nothing_is_left_of_a_sheet_that_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    class File:
        write = flush = full

        def __enter__(self) -> File:
            return self

        def __exit__(self, *_: object) -> None:
            """Close nothing."""

    opened = []
    real = takehome.os.open
    monkeypatch.setattr(takehome.os, "open", lambda *a: opened.append(real(*a)) or opened[-1])
    monkeypatch.setattr(takehome.os, "fdopen", lambda *_: File())
    with pytest.raises(CannotSave, match="No space left on device"):
        takehome.save(tmp_path / "a.pdf", b"pdf")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    takehome.os.close(opened[0])
