"""How well the helpline does on labelled questions: `helpline eval FILE`.

A labelled file has one JSON object a line: `text`, `topic`, `drugs`, `expected_behavior`, and where they apply
`alt_topics` and `lang`. Each question ends as one of three:

* right: the topic, or an accepted alternative, and exactly the drugs asked about, handled the expected way;
* abstained: asked back, or said "not in my information" although the question is in scope;
* wrong: another topic, another drug, an answer to what is out of scope, a missed emergency, or a false alarm.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RIGHT, ABSTAINED, WRONG = "right", "abstained", "wrong"
OUTCOMES = (RIGHT, ABSTAINED, WRONG)
EMERGENCY = "emergency_red_flag"
OUTSIDE = "decline_oos"
# In a ranking, but not from the classifier: the safety layer's alarm, and Rasa's word for "not sure".
NOT_CLASSIFIED = {f"ask_{EMERGENCY}", "nlu_fallback"}
_ALARM = {"emergency", "crisis"}
_MEDICAL = {"answer", "decline"}
_BINS = 10
_MOST_CHARACTERS = 110


_RIGHT_LINE = (
    'A line is an object such as {"text": "how does Kisqali work", "topic": "mechanism", "drugs": ["ribociclib"], '
    '"expected_behavior": "answer"}.'
)


class BadFile(ValueError):
    """A labelled file that cannot be read; the message says which line and why."""


@dataclasses.dataclass(frozen=True)
class Labelled:
    """One question and what is expected of the reply."""

    text: str
    topic: str
    accepted: frozenset[str]
    drugs: frozenset[str]
    expected: str


@dataclasses.dataclass(frozen=True)
class Scored:
    """A question, the `custom` part of the reply to it, and how that ended.

    Attributes:
        confidence: that of the classifier in its first topic; None where it was not asked.
        understood: whether its first topic was an accepted one.
    """

    question: Labelled
    custom: Mapping[str, Any]
    outcome: str
    confidence: float | None = None
    understood: bool = False


def read(path: Path, language: str = "en") -> list[Labelled]:
    """Return the questions of a labelled file that are in one language.

    Raises:
        BadFile: a line is no labelled question.
        OSError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8 text. {_RIGHT_LINE}") from error
    if not any(line.strip() for line in lines):
        raise BadFile(f"{path.name} has no question in it. {_RIGHT_LINE}")
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            if entry.get("lang", "en") == language:
                questions.append(_labelled(entry))
        except KeyError as error:
            raise BadFile(f"{path.name}, line {number}: the key {error} is missing. {_RIGHT_LINE}") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise BadFile(f"{path.name}, line {number}: not a labelled question. {_RIGHT_LINE}") from error
    return questions


def _labelled(entry: Mapping[str, Any]) -> Labelled:
    return Labelled(
        text=" ".join(entry["text"].split()),
        topic=entry["topic"],
        accepted=frozenset((entry["topic"], *entry.get("alt_topics", ()))),
        drugs=frozenset(entry["drugs"]),
        expected=entry["expected_behavior"],
    )


def outcome(question: Labelled, custom: Mapping[str, Any]) -> str:
    """Return how the reply to a question ended: right, abstained or wrong."""
    kind, topic = custom.get("kind"), custom.get("topic")
    drugs = frozenset(custom.get("drugs") or ())
    is_accepted = topic in question.accepted
    if question.topic == EMERGENCY:
        return RIGHT if kind in _ALARM else WRONG
    if kind in _ALARM:
        return RIGHT if EMERGENCY in question.accepted else WRONG
    if question.expected == OUTSIDE:
        if kind == "answer":
            return RIGHT if is_accepted and not str(topic).startswith("out_of_scope") else WRONG
        return RIGHT if kind in {"out_of_scope", "decline", "handoff", "chitchat"} else ABSTAINED
    if question.expected == "small_talk":
        return RIGHT if kind in {"chitchat", "handoff"} else _not_right(kind)
    if question.expected == "support" or question.expected.endswith("handoff"):
        return RIGHT if is_accepted or kind == "handoff" else _not_right(kind)
    if kind == "clarify":
        return RIGHT if question.expected.startswith("clarify") else ABSTAINED
    if kind not in _MEDICAL:
        says_so = "say_not_covered" in question.expected and drugs == question.drugs and is_accepted
        return RIGHT if says_so else ABSTAINED
    return RIGHT if is_accepted and (not question.drugs or drugs == question.drugs) else WRONG


def _not_right(kind: str | None) -> str:
    return WRONG if kind in _MEDICAL else ABSTAINED


def score(
    questions: Sequence[Labelled], replies: Sequence[Mapping[str, Any]], readings: Sequence[Mapping[str, Any]]
) -> list[Scored]:
    """Return how each question ended.

    Args:
        questions: what was asked.
        replies: the reply object to each.
        readings: what the trained model made of each, as `model.read` returns it; may be empty.
    """
    return [
        _scored(question, reply.get("custom") or {}, reading)
        for question, reply, reading in zip(questions, replies, readings or [{}] * len(questions))
    ]


def _scored(question: Labelled, custom: Mapping[str, Any], reading: Mapping[str, Any]) -> Scored:
    ranking = [r for r in reading.get("intent_ranking") or () if r["name"] not in NOT_CLASSIFIED]
    first = ranking[0] if ranking else None
    return Scored(
        question,
        custom,
        outcome(question, custom),
        first and first["confidence"],
        bool(first) and topic_of(first["name"]) in question.accepted,
    )


def topic_of(intent: str) -> str:
    """Return the topic that an intent is answered as. A bare name is answered with the overview."""
    if intent.startswith("ask_"):
        return intent.removeprefix("ask_")
    return "overview" if intent == "inform_subject" else "small_talk"


# --- figures


def share(results: Iterable[Scored], of: str) -> float:
    """Return the share of an outcome; not a number where there are no results."""
    ends = [r.outcome for r in results]
    return ends.count(of) / len(ends) if ends else math.nan


def summary(results: Sequence[Scored]) -> dict[str, str]:
    """Return the figures that we promise, by name."""
    decided = [r for r in results if r.outcome != ABSTAINED]
    outside = [r for r in results if r.question.expected == OUTSIDE]
    urgent = [r for r in results if r.question.topic == EMERGENCY]
    alarms = [r for r in results if r.custom.get("kind") in _ALARM and r.outcome == WRONG]
    naming = [r for r in results if r.question.drugs and r.question.topic != EMERGENCY]
    exact = sum(frozenset(r.custom.get("drugs") or ()) == r.question.drugs for r in naming)
    return {
        "questions": str(len(results)),
        **{end: _percent(share(results, end)) for end in OUTCOMES},
        "right of answered": _percent(share(decided, RIGHT)),
        "out of scope caught": _percent(share(outside, RIGHT)),
        "emergencies caught": f"{sum(r.outcome == RIGHT for r in urgent)} of {len(urgent)}",
        "false alarms": str(len(alarms)),
        "drugs linked exactly": f"{exact} of {len(naming)}",
    }


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1%}"


def table(results: Sequence[Scored]) -> str:
    """Return the outcomes by topic, and the figures that we promise."""
    by_topic: dict[str, list[Scored]] = collections.defaultdict(list)
    for result in results:
        by_topic[result.question.topic].append(result)
    lines = [f"{'topic':36} {RIGHT:>9} {ABSTAINED:>9} {WRONG:>9}"]
    for topic, own in sorted(by_topic.items()):
        count = collections.Counter(r.outcome for r in own)
        lines.append(f"{topic:36} " + " ".join(f"{count[end]:9}" for end in OUTCOMES))
    lines += ["", *(f"{name:36} {value:>9}" for name, value in summary(results).items())]
    return "\n".join(lines)


def confusions(results: Iterable[Scored]) -> str:
    """Return what was taken for what, the most frequent first, with the questions."""
    found: dict[tuple[str, str], list[Scored]] = collections.defaultdict(list)
    for result in results:
        if result.outcome != RIGHT:
            got = f"{result.custom.get('kind')}: {result.custom.get('topic')}"
            found[f"{result.outcome:9} {result.question.topic}", got].append(result)
    lines = []
    for (wanted, got), own in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"{len(own):3} {wanted} -> {got}")
        lines += [f"        {r.question.text[:_MOST_CHARACTERS]}" for r in own]
    return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class Bin:
    """Questions of about one confidence: the mean of it, how many were understood, and how many there are."""

    confidence: float
    right: float
    count: int


def reliability(pairs: Sequence[tuple[float, bool]], bins: int = _BINS) -> list[Bin]:
    """Return bins of equal width of (confidence, was right); empty ones are left out."""
    sorted_in: dict[int, list[tuple[float, bool]]] = collections.defaultdict(list)
    for confidence, right in pairs:
        sorted_in[min(int(confidence * bins), bins - 1)].append((confidence, right))
    return [
        Bin(sum(c for c, _ in own) / len(own), sum(r for _, r in own) / len(own), len(own))
        for _, own in sorted(sorted_in.items())
    ]


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return by how much the confidence is off on average: the expected calibration error of ten bins."""
    return sum(abs(b.confidence - b.right) * b.count for b in reliability(pairs)) / len(pairs) if pairs else math.nan


def coverage_curve(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Return (share answered, share of those that is wrong) for every threshold, the strictest first."""
    points, wrong = [], 0
    ordered = sorted(pairs, key=lambda pair: -pair[0])
    for answered, (confidence, right) in enumerate(ordered, start=1):
        wrong += not right
        is_last = answered == len(ordered) or ordered[answered][0] != confidence
        if is_last:  # questions of one confidence are answered together or not at all
            points.append((answered / len(ordered), wrong / answered))
    return points


def pairs(results: Iterable[Scored]) -> list[tuple[float, bool]]:
    """Return (confidence, whether the topic was right) of the questions that were classified.

    Emergencies are left out: they are heard by rules, not classified.
    """
    return [(r.confidence, r.understood) for r in results if r.confidence is not None and r.question.topic != EMERGENCY]


# --- what is written


def write(results: Sequence[Scored], folder: Path) -> list[Path]:
    """Write the table, the confusions and the two pictures into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "table.txt", folder / "confusions.txt"]
    written[0].write_text(table(results) + "\n", encoding="utf-8")
    written[1].write_text(confusions(results) + "\n", encoding="utf-8")
    known = pairs(results)
    if known:
        written += [
            _draw_reliability(known, folder / "reliability.svg"),
            _draw_coverage(known, folder / "coverage.svg"),
        ]
    return written


def _draw_reliability(known: Sequence[tuple[float, bool]], path: Path) -> Path:
    bins = reliability(known)
    title = f"Reliability: {len(known)} questions, calibration error {calibration_error(known):.3f}"
    axes = _axes(title, "confidence of the classifier", "share whose topic was right")
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey", label="perfectly calibrated")
    axes.plot([b.confidence for b in bins], [b.right for b in bins], marker="o", label="measured")
    for found in bins:
        axes.annotate(str(found.count), (found.confidence, found.right), xytext=(4, 6), textcoords="offset points")
    axes.legend()
    return _save(axes, path)


def _draw_coverage(known: Sequence[tuple[float, bool]], path: Path) -> Path:
    points = coverage_curve(known)
    axes = _axes("Coverage and error, by threshold", "share of the questions answered", "share of the answers wrong")
    axes.step([x for x, _ in points], [y for _, y in points], where="post")
    return _save(axes, path)


def _axes(title: str, x: str, y: str) -> Axes:
    # matplotlib is large and comes with Rasa: only those who draw load it.
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6, 5), layout="constrained").add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y, xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)
    return axes


def _save(axes: Axes, path: Path) -> Path:
    axes.figure.savefig(path, metadata={"Date": None})
    return path
