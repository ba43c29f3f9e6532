"""How long the core takes without Rasa: loading and checking all knowledge, composing an answer, hearing an alarm.

Reads only the checkout. Times are medians and 95th percentiles of single calls, in milliseconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable

from helpline import paths, validation
from helpline.answers import FIELDS, Composer
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.safety import Safety

_LONG_STORY = "My mother has been on this drug for a while and we are worried about many things. " * 10


def _milliseconds(calls: Iterable[Callable[[], object]]) -> list[float]:
    times = []
    for call in calls:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def _row(name: str, times: list[float]) -> tuple[str, float, float]:
    return name, statistics.median(times), times[int(len(times) * 0.95)]


def rows() -> list[tuple[str, float, float]]:
    """Return (what, median ms, 95th percentile ms) for each measure."""
    load = _milliseconds([lambda: validation.load(paths.KNOWLEDGE)] * 5)
    knowledge = validation.load(paths.KNOWLEDGE)
    composer = Composer(knowledge, Phrases.load(paths.DOMAIN))
    questions = [
        Question(topic, (subject.id,)) for subject in knowledge.subjects.values() for topic in FIELDS[subject.kind]
    ]
    compose = _milliseconds([lambda q=q: composer.answer(q) for q in questions])  # type: ignore[misc]
    safety = Safety(knowledge.alarms)
    hear = _milliseconds([lambda: safety.hear(_LONG_STORY)] * 500)
    return [
        _row("load and check all knowledge", load),
        _row(f"look up and compose an answer ({len(questions)} questions)", compose),
        _row(f"hear an alarm in {len(_LONG_STORY)} characters", hear),
    ]


def main() -> None:
    """Print the table."""
    print(f"{'what':60} {'p50 ms':>10} {'p95 ms':>10}")
    for name, median, p95 in rows():
        print(f"{name:60} {median:10.3f} {p95:10.3f}")


if __name__ == "__main__":
    main()
