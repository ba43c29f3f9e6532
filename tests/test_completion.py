"""Names that are completed from their beginning."""

from __future__ import annotations

import pytest

from helpline.completion import Beginnings
from helpline.knowledge import Knowledge


@pytest.fixture(scope="module")
def beginnings(knowledge: Knowledge) -> Beginnings:
    return Beginnings(knowledge)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("palb", ("palbociclib",)),
        (" Verz ?", ("abemaciclib",)),
        ("HERC", ("trastuzumab", "trastuzumab-hyaluronidase")),
        ("herceptin h", ("trastuzumab-hyaluronidase",)),
        ("mouth s", ("mouth-sores",)),
    ],
)
def test_a_beginning_means_the_subjects_whose_names_begin_so(
    beginnings: Beginnings, text: str, ids: tuple[str, ...]
) -> None:
    assert beginnings.of(text) == ids


@pytest.mark.parametrize("text", ["", "p", "?", "nope", "thanks", "is it palb", "palbx", "a b c d e f"])
def test_what_begins_no_name_means_none(beginnings: Beginnings, text: str) -> None:
    assert beginnings.of(text) == ()


def test_every_name_is_found_by_itself(beginnings: Beginnings, knowledge: Knowledge) -> None:
    for subject in knowledge.subjects.values():
        for name in subject.names.all:
            if len(name) > 1 and len(name.split()) <= 5 and name == name.strip(" .?!,"):
                assert subject.id in beginnings.of(name), name
