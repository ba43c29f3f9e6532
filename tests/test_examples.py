"""The examples of data/nlu.yml: annotated alike, and none of them a question that we measure with."""

from __future__ import annotations

import collections
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz import fuzz, process

from helpline import document, linker, paths

SHARED = paths.ROOT.parent / "shared" / "real-questions"
OWN = Path(__file__).parent / "data"
TOO_NEAR = 90  # of 100, by rapidfuzz
RUN = 12  # words: whoever shares so many has copied; eight are shared by chance ("the worst headache of my life ...")
ANNOTATION = re.compile(r"\[([^\]]+)\]\((\w+)\)")
Example = tuple[str, str]


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """(text with annotations, intent) of every example."""
    tables = [
        document.read(paths.ROOT / "data" / name)["nlu"] for name in ("nlu.yml", "follow_ups.yml", "going_on.yml")
    ]
    entries = [entry for table in tables for entry in table if "intent" in entry]
    lines = [(line.strip(), entry["intent"]) for entry in entries for line in entry["examples"].splitlines()]
    return [(line.removeprefix("- "), intent) for line, intent in lines if line]


def folded(text: str) -> str:
    """Lower case, without annotations and punctuation: what is left to compare."""
    plain = ANNOTATION.sub(r"\1", text).lower().replace("’", "'")
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def real_texts() -> list[str]:
    if not SHARED.exists():
        pytest.skip("the real questions are not here")
    dialogues = [turn["user"] for line in lines_of(SHARED / "dialogues-dev.jsonl") for turn in line["turns"]]
    return [line["text"] for line in lines_of(SHARED / "dev.jsonl")] + dialogues


def own_texts() -> list[str]:
    questions = [line["text"] for line in lines_of(OWN / "questions.jsonl")]
    return questions + [text for line in lines_of(OWN / "paraphrases.jsonl") for text in line["texts"]]


def own_turns() -> list[str]:
    """The longer turns of the later sets: of a few words ("is that serious") there is only one way to say them.

    The authors of the blind sets had seen no example: what is alike there is chance ("how do you take it").
    """
    return [
        turn["user"]
        for name, few in (("people", 4), ("blind", 6), ("blind-2", 6), ("blind-3", 6), ("blind-4", 8))
        for line in lines_of(OWN / f"dialogues-{name}.jsonl")
        for turn in line["turns"]
        if len(folded(turn.get("user", "")).split()) > few
    ]


def alarm_texts() -> list[str]:
    """What the safety layer learns from."""
    return [
        line["text"] for path in sorted((paths.ROOT / "data" / "alarms").glob("*.jsonl")) for line in lines_of(path)
    ]


def blind_texts() -> list[str]:
    """What the safety layer is measured with."""
    folders = [*sorted(OWN.glob("safety*")), OWN / "stories"]
    return [line["text"] for folder in folders for path in sorted(folder.glob("*.jsonl")) for line in lines_of(path)]


def runs_of(text: str) -> set[str]:
    """Its runs of so many words."""
    words = folded(text).split()
    return {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def near(texts: list[str], others: list[str]) -> list[tuple[str, str]]:
    """The pairs that are the same but for a few letters."""
    left, right = [folded(t) for t in texts], [folded(t) for t in others]
    alike = process.cdist(left, right, scorer=fuzz.ratio, score_cutoff=TOO_NEAR, dtype=np.uint8)
    return [(texts[i], others[j]) for i, j in zip(*np.nonzero(alike))]


def test_near_finds_what_differs_by_a_letter() -> None:
    assert near(["does [kisqali](drug) work?"], ["Does Kisqali works", "is it a pill"]) == [
        ("does [kisqali](drug) work?", "Does Kisqali works")
    ]


def test_no_real_question_is_an_example(examples: list[Example]) -> None:
    assert near([text for text, _ in examples], real_texts()) == []


def test_no_real_question_is_in_our_own_test_data() -> None:
    assert near([*own_texts(), *own_turns()], real_texts()) == []


def test_no_question_of_our_own_test_data_is_an_example(examples: list[Example]) -> None:
    """Of one or two words there is only one way to say them ("yep"): those may be in both."""
    asked = [text for text in own_texts() if len(folded(text).split()) > 2]
    assert near([text for text, _ in examples], [*asked, *own_turns()]) == []


def test_no_real_question_is_among_the_messages_of_alarms() -> None:
    assert near([*alarm_texts(), *blind_texts()], real_texts()) == []


def test_no_blind_message_is_learned_from(examples: list[Example]) -> None:
    learned = {folded(text) for text in [*alarm_texts(), *(text for text, _ in examples)]}
    assert [text for text in blind_texts() if folded(text) in learned] == []


def test_no_blind_message_is_close_to_one_that_is_learned_from() -> None:
    """Of a few words there is only one way to say them ("short of breath"): those may be in both, but not the same."""
    taught = alarm_texts()
    blind = [text for text in blind_texts() if len(folded(text).split()) > 5]
    assert near(taught, blind) == []
    known = {run for text in taught for run in runs_of(text)}
    assert [run for text in blind for run in runs_of(text) if run in known] == []


def test_no_example_stands_twice(examples: list[Example]) -> None:
    intents = collections.defaultdict(list)
    for text, intent in examples:
        intents[folded(text) or text].append(intent)
    assert {text: found for text, found in intents.items() if len(set(found)) > 1} == {}


def test_entities_are_annotated_alike(examples: list[Example]) -> None:
    labels = collections.defaultdict(set)
    for text, _ in examples:
        for name, label in ANNOTATION.findall(text):
            labels[name.lower()].add(label)
    known = {*linker.LABELS.values(), *linker.LABELS_NOT_COVERED.values()}
    assert set().union(*labels.values()) <= known
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}


@pytest.mark.parametrize("name", ["questions.jsonl", "paraphrases.jsonl"])
def test_own_test_data_is_well_formed(name: str) -> None:
    entries = list(lines_of(OWN / name))
    assert len({json.dumps(entry.get("text") or entry["texts"]) for entry in entries}) == len(entries)
    assert {entry.get("half", "dev") for entry in entries} <= {"dev", "report"}
