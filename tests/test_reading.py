"""The benchmark of reading level counts names as it says, and fails on a text that is too hard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import reading
from helpline import validation
from helpline.knowledge import Knowledge

HARD = "Concomitant administration necessitates individualized multidisciplinary cardiological surveillance."


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Lapatinib (Tykerb) is a pill.", "it is a pill."),
        ("People take tykerb with capecitabine.", "People take it with capecitabine."),
        ("Phesgo (pertuzumab, trastuzumab and hyaluronidase) is a shot.", "it is a shot."),
        ("It acts on HER2 (a protein).", "It acts on HER2 (a protein)."),
    ],
)
def test_names_of_our_drugs_are_one_plain_word(knowledge: Knowledge, text: str, plain: str) -> None:
    assert reading.plain_names(knowledge)(text) == plain


def test_a_text_that_is_too_hard_fails(
    folder: Path,
    change: Callable[[str, str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(reading.paths, "KNOWLEDGE", folder)
    assert reading.main() == 0
    change("terms/betase.yml", "Betase is an enzyme.", HARD)
    assert reading.main() == 1
    said = capsys.readouterr().out
    assert f"betase.definition: {HARD}" in said
    assert re.search(r"knowledge/terms/betase\.yml:\d+", said)


def test_a_point_inside_a_number_ends_no_sentence(folder: Path, change: Callable[[str, str, str], None]) -> None:
    change("terms/betase.yml", "Betase is an enzyme.", "A fever of 100.4 F is high.")
    assert dict(reading.answers(validation.load(folder)))["betase.definition"] == "A fever of 1004 F is high."
