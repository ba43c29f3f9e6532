"""No text of ours repeats eight words of the documents that the project started from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from helpline import paths, seeds, validation

DOCUMENTS = paths.ROOT.parent / "shared" / "seeds"
INVENTED = "Alpha drugs calm the noisy cells of the left ear, and they do it within a week or two."


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "known", lambda: frozenset(seeds.hashes(INVENTED)))


@pytest.mark.usefixtures("invented")
@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Alpha drugs calm the noisy cells of the.", ["alpha drugs calm the noisy cells of the"]),
        ("They say ALPHA DRUGS calm: the noisy cells, of the left ear too.",
         ["alpha drugs calm the noisy cells of the left ear"]),
        ("Alpha drugs calm the noisy cells of a left ear.", []),
        ("Too short.", []),
    ],
)  # fmt: skip
def test_copied(text: str, runs: list[str]) -> None:
    assert list(seeds.copied(text)) == runs


@pytest.mark.usefixtures("invented")
def test_a_copied_statement_is_named_with_file_and_line(folder: Path, change: Callable[[str, str, str], None]) -> None:
    change("terms/alpha.yml", "Alpha is a protein.", "Some alpha drugs calm the noisy cells of the ear.")
    assert [str(p) for p in validation.check(folder)] == [
        'knowledge/terms/alpha.yml:11: "alpha drugs calm the noisy cells of the" stands word for word in a document '
        "that may not be copied: say it in other words"
    ]


def test_the_hashes_are_there() -> None:
    assert len(seeds.known()) > 4000
    assert all(re.fullmatch("[0-9a-f]{12}", found) for found in seeds.known())


def test_nothing_that_we_say_or_read_is_copied() -> None:
    folders = (("knowledge", "*.yml"), ("data", "*.yml"), ("helpline", "*.py"), ("widget", "*.*"), ("docs", "*.md"))
    files = [*(f for folder, ending in folders for f in (paths.ROOT / folder).rglob(ending)), *paths.ROOT.glob("*.md")]
    files += [paths.ROOT / "domain.yml"]
    assert len(files) > 100
    texts = {str(f): f.read_text(encoding="utf-8", errors="replace") for f in files if f.is_file()}
    assert {file: runs for file, text in texts.items() if (runs := list(seeds.copied(text)))} == {}


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents are not beside this checkout")
def test_the_hashes_are_those_of_the_documents() -> None:
    texts = [f.read_text(encoding="utf-8", errors="replace") for f in sorted(DOCUMENTS.glob("*.txt"))]
    assert seeds.HASHES.read_text(encoding="ascii") == seeds.record(texts)
    words = re.findall(r"\S+", texts[0])
    assert list(seeds.copied(" ".join(words[500:520])))
