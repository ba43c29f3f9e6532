"""What is counted, and that it is numbers only."""

from __future__ import annotations

import re

from helpline import paths
from helpline.metrics import Metrics
from helpline.reply import KINDS


def test_turns_kinds_and_what_follows_from_them() -> None:
    metrics = Metrics()
    for kind in ("answer", "answer", "clarify", "emergency", "my words"):
        metrics.turn(kind, 0.07)
    metrics.failed_turn(7.6)
    metrics.session()
    metrics.problem(429)
    metrics.error("store_hangs")
    metrics.feedback(False, "too_hard")
    metrics.follow_pending(lambda: 3)
    lines = metrics.text().decode().splitlines()
    assert 'helpline_turns_total{kind="answer"} 2.0' in lines
    assert 'helpline_turns_total{kind="other"} 1.0' in lines
    assert "helpline_abstentions_total 1.0" in lines
    assert "helpline_alarms_total 1.0" in lines
    assert "helpline_sessions_total 1.0" in lines
    assert 'helpline_problems_total{status="429"} 1.0' in lines
    assert 'helpline_errors_total{reason="store_hangs"} 1.0' in lines
    assert 'helpline_feedback_total{helpful="no",reason="too_hard"} 1.0' in lines
    assert "helpline_pending_turns 3.0" in lines
    assert 'helpline_turn_seconds_bucket{le="0.1"} 5.0' in lines
    assert 'helpline_turn_seconds_bucket{le="5.0"} 5.0' in lines
    assert 'helpline_turn_seconds_bucket{le="8.0"} 6.0' in lines  # people waited for what failed as well


def test_labels_are_few_and_fixed() -> None:
    metrics = Metrics()
    metrics.turn("answer", 0.1)
    labels = set(re.findall(r"(\w+)=\"", metrics.text().decode()))
    assert labels <= {"kind", "le", "status", "reason", "helpful"}
    assert all(f'kind="{kind}"' in metrics.text().decode() for kind in KINDS)


def test_every_number_is_explained_to_the_operator() -> None:
    """With the values of its labels: what is not in the table is not counted, and the reverse."""
    text = (paths.ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(helpline_\w+)` \| ([^|]*) \|", text, re.MULTILINE))
    counted = {
        name: ", ".join(f"`{label}`" for label in labels) or "-"
        for name, labels in Metrics().names_and_labels().items()
    }
    assert told == counted
