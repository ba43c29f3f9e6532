"""Labelled questions are scored, and the figures and pictures say what was measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from helpline import cli, evaluation
from helpline.evaluation import BadFile, Labelled, Scored


def question(topic: str = "mechanism", expected: str = "answer", drugs: str = "", accepted: str = "") -> Labelled:
    return Labelled("?", topic, frozenset((topic, *accepted.split())), frozenset(drugs.split()), expected)


def custom(kind: str, topic: str = "mechanism", drugs: str = "") -> dict[str, Any]:
    return {"kind": kind, "topic": topic, "drugs": drugs.split()}


@pytest.mark.parametrize(
    ("asked", "reply", "end"),
    [
        (question(drugs="a"), custom("answer", drugs="a"), "right"),
        (question(drugs="a"), custom("answer", drugs="b"), "wrong"),
        (question(drugs="a"), custom("answer", drugs="a b"), "wrong"),
        (question(), custom("answer", drugs="a"), "right"),
        (question(), custom("answer", "overview"), "wrong"),
        (question(accepted="overview"), custom("answer", "overview"), "right"),
        (question(), custom("clarify"), "abstained"),
        (question(), custom("out_of_scope", "out_of_scope_other_drug"), "abstained"),
        (question(), {}, "abstained"),
        (question(expected="clarify_or_answer"), custom("clarify"), "right"),
        (question(expected="answer_or_say_not_covered", drugs="a"), custom("handoff", drugs="a"), "right"),
        (question("emergency_red_flag", "emergency"), custom("crisis", "emergency_red_flag"), "right"),
        (question("emergency_red_flag", "emergency"), custom("clarify"), "wrong"),
        (question(), custom("emergency", "emergency_red_flag"), "wrong"),
        (question(accepted="emergency_red_flag"), custom("emergency", "emergency_red_flag"), "right"),
        (
            question("out_of_scope_other_drug", "decline_oos"),
            custom("out_of_scope", "out_of_scope_other_drug"),
            "right",
        ),
        (question("out_of_scope_other_drug", "decline_oos"), custom("answer"), "wrong"),
        (question("out_of_scope_other_drug", "decline_oos"), custom("clarify"), "abstained"),
        (question("out_of_scope_other_drug", "decline_oos", "", "definition"), custom("answer", "definition"), "right"),
        (question("small_talk", "small_talk"), custom("chitchat", "small_talk"), "right"),
        (question("small_talk", "small_talk"), custom("answer"), "wrong"),
        (question("small_talk", "small_talk"), custom("clarify"), "abstained"),
        (question("emotional_support", "support"), custom("answer", "emotional_support"), "right"),
        (question("emotional_support", "support"), custom("handoff", "talk_to_human"), "right"),
        (question("emotional_support", "support"), custom("decline"), "wrong"),
        (question("talk_to_human", "handoff"), custom("clarify"), "abstained"),
    ],
)
def test_outcome(asked: Labelled, reply: Mapping[str, Any], end: str) -> None:
    assert evaluation.outcome(asked, reply) == end


LINE = {"text": "how does\nit work", "topic": "mechanism", "drugs": ["a"], "expected_behavior": "answer"}


def labelled_file(folder: Path, *lines: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_read_takes_one_language_and_skips_blank_lines(tmp_path: Path) -> None:
    path = labelled_file(tmp_path, LINE, "", LINE | {"lang": "es"}, LINE | {"lang": "en", "alt_topics": ["overview"]})
    first, second = evaluation.read(path)
    assert first == Labelled("how does it work", "mechanism", frozenset({"mechanism"}), frozenset({"a"}), "answer")
    assert second.accepted == {"mechanism", "overview"}
    assert len(evaluation.read(path, "es")) == 1


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("no json", id="not JSON"),
        pytest.param("[1]", id="no object"),
        pytest.param({"text": "hello"}, id="field missing"),
        pytest.param(LINE | {"text": 5}, id="text is a number"),
        pytest.param(LINE | {"drugs": None}, id="drugs is null"),
    ],
)
def test_a_bad_line_is_told_by_its_number(line: object, tmp_path: Path) -> None:
    said = r"^questions\.jsonl, line 2: (not a labelled question|the key '\w+' is missing)\. A line is an object"
    with pytest.raises(BadFile, match=said):
        evaluation.read(labelled_file(tmp_path, LINE, line))


@pytest.mark.parametrize(
    ("content", "said"), [(b"%PDF-1.7 \xe2\xe3", "is not UTF-8 text"), (b"\n\n", "has no question")]
)
def test_a_file_of_another_kind_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=f"^sheet.pdf {said}.* A line is an object such as"):
        evaluation.read(file)


def result(end: str, confidence: float | None = None, understood: bool = False, **of: Any) -> Scored:
    return Scored(question(**of), custom("answer"), end, confidence, understood)


def test_summary() -> None:
    results = [
        *[result("right")] * 6,
        result("abstained"),
        result("wrong", drugs="a"),
        result("right", topic="out_of_scope_other_drug", expected="decline_oos"),
        result("wrong", topic="out_of_scope_other_drug", expected="decline_oos"),
    ]
    assert evaluation.summary(results) == {
        "questions": "10",
        "right": "70.0%",
        "abstained": "10.0%",
        "wrong": "20.0%",
        "right of answered": "77.8%",
        "out of scope caught": "50.0%",
        "emergencies caught": "0 of 0",
        "false alarms": "0",
        "drugs linked exactly": "0 of 1",
    }


def test_without_results_there_is_no_share() -> None:
    assert math.isnan(evaluation.share([], "right"))
    assert evaluation.summary([])["right"] == "-"


def test_score_takes_the_classifiers_first_topic() -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.7},
        {"name": "ask_mechanism", "confidence": 0.35},
        {"name": "ask_overview", "confidence": 0.2},
    ]
    (scored,) = evaluation.score([question()], [{"custom": custom("clarify")}], [{"intent_ranking": ranking}])
    assert (scored.outcome, scored.confidence, scored.understood) == ("abstained", 0.35, True)
    (scored,) = evaluation.score([question()], [{"custom": custom("clarify")}], [])
    assert (scored.confidence, scored.understood) == (None, False)


@pytest.mark.parametrize(
    ("intent", "topic"), [("ask_mechanism", "mechanism"), ("inform_subject", "overview"), ("greet", "small_talk")]
)
def test_topic_of_an_intent(intent: str, topic: str) -> None:
    assert evaluation.topic_of(intent) == topic


def test_confusions_are_counted_the_most_frequent_first() -> None:
    wrong = result("wrong", topic="mechanism")
    asked_back = Scored(question("dosage"), custom("clarify"), "abstained")
    lines = evaluation.confusions([asked_back, wrong, result("right"), wrong]).splitlines()
    assert [line for line in lines if "->" in line] == [
        "  2 wrong     mechanism -> answer: mechanism",
        "  1 abstained dosage -> clarify: mechanism",
    ]


def test_reliability_and_its_error() -> None:
    pairs = [(0.25, False), (0.25, True), (0.95, True), (1.0, True)]
    low, high = evaluation.reliability(pairs)
    assert (low.confidence, low.right, low.count) == (0.25, 0.5, 2)
    assert (high.confidence, high.right, high.count) == (pytest.approx(0.975), 1.0, 2)
    assert evaluation.calibration_error(pairs) == pytest.approx((0.25 * 2 + 0.025 * 2) / 4)
    assert math.isnan(evaluation.calibration_error([]))


def test_coverage_curve_answers_equal_confidence_together() -> None:
    pairs = [(0.5, False), (0.9, True), (0.5, True), (0.2, False)]
    assert evaluation.coverage_curve(pairs) == [(0.25, 0.0), (0.75, 1 / 3), (1.0, 0.5)]


def test_write(tmp_path: Path) -> None:
    results = [result("right", 0.9, True), result("wrong", 0.4), result("right", 0.5, True, topic="emergency_red_flag")]
    written = evaluation.write(results, tmp_path / "results")
    assert [path.name for path in written] == ["table.txt", "confusions.txt", "reliability.svg", "coverage.svg"]
    assert "right of answered" in written[0].read_text()
    assert "mechanism -> answer: mechanism" in written[1].read_text()
    assert all("</svg>" in path.read_text() for path in written[2:])
    assert "2 questions" in written[2].read_text()  # the emergency is heard by rules, not classified


def test_without_confidence_there_are_no_pictures(tmp_path: Path) -> None:
    assert [path.name for path in evaluation.write([result("right")], tmp_path)] == ["table.txt", "confusions.txt"]


def test_the_command_names_the_bad_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", str(labelled_file(tmp_path, "no json"))]) == cli.USAGE
    assert "questions.jsonl, line 1: not a labelled question" in capsys.readouterr().err


def test_the_command_without_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", str(tmp_path / "none.jsonl")]) == cli.SERVER_ERROR
    assert "No such file" in capsys.readouterr().err
