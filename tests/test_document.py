"""YAML that remembers its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpline import document

TEXT = """\
# a comment
name: alpha
list:
  - one
  - two: 2

  - three
flow: [a, b]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.yml"


def test_keys_and_items_know_their_lines(file: Path) -> None:
    file.write_text(TEXT)
    table = document.read(file)
    assert table == {"name": "alpha", "list": ["one", {"two": 2}, "three"], "flow": ["a", "b"]}
    assert (table.line, table.lines) == (2, {"name": 2, "list": 3, "flow": 8})
    assert (table["list"].line, table["list"].lines) == (4, [4, 5, 7])
    assert table["flow"].lines == [8, 8]
    assert table["list"][1].line_of("two") == 5


def test_line_of_a_missing_key_is_that_of_the_table(file: Path) -> None:
    file.write_text(TEXT)
    assert document.read(file).line_of("nothing") == 2


def test_repeated_keys_are_kept_in_mind(file: Path) -> None:
    file.write_text("a: 1\nb: 2\na: 3\n")
    table = document.read(file)
    assert table.repeated == [("a", 3)]
    assert table["a"] == 3


@pytest.mark.parametrize(("text", "value"), [("", None), ("# only a comment\n", None), ("word", "word"), ("[1]", [1])])
def test_file_that_is_no_mapping(file: Path, text: str, value: object) -> None:
    file.write_text(text)
    assert document.read(file) == value


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"a: 1\nb: [1\nc: 2\n", 2, 'what "[" opens is not closed. Put "]" at its end'),
        (b"a: b: c\n", 1, 'a text with a colon must stand in double quotes: "b: c"'),
        (b"a: 1\nb: *nobody\n", 2, 'a text that starts with "*" must stand in double quotes'),
        (b"a: 1\nb: !!python/object:os.system {}\n", 2, 'a text that starts with "!" must stand in double quotes'),
        (b"a: 1\n---\nb: 2\n", 2, "is not YAML: but found another document"),
        (b"a: 1\n[b]: 2\n", 2, "a key must be a word"),
        (b"a: 1\n~: 2\n", 2, "a key must be a word"),
        (b"a: 1\nb: \xe9\n", 2, "is not UTF-8 text"),
        (b"a: 1\nb: \x00\n", 1, "is not YAML: "),
    ],
    ids=["open list", "two colons", "alias", "python tag", "two documents", "list as key", "no key", "latin-1", "nul"],
)
def test_unreadable(file: Path, content: bytes, line: int, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(document.DocumentError) as refused:
        document.read(file)
    assert refused.value.line == line
    assert str(refused.value).startswith(message)


def test_missing_file(file: Path) -> None:
    with pytest.raises(document.DocumentError, match=r"^cannot be read: No such file or directory$"):
        document.read(file)


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(document.DocumentError, match=r"^cannot be read: Is a directory$"):
        document.read(tmp_path)
