"""How well the safety layer hears, on the blind set of tests/data/safety/, and what it costs.

    python -m benchmarks.safety             the development half
    python -m benchmarks.safety --report    the reporting half: run it once for a version, and tune nothing on it
    python -m benchmarks.safety --missed    the development messages that are heard wrongly

How the set was made and what counts as heard is told in tests/data/safety/README.md.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from collections.abc import Iterator
from typing import Any

from helpline import paths, validation
from helpline.safety import Safety

FOLDER = paths.ROOT / "tests" / "data" / "safety"
FILES = ("emergencies", "crisis", "harmless", "advice")
EMERGENCY = {"emergency", "overdose", "danger"}
HEARD_AS: dict[str, set[str | None]] = {
    "emergency": {"emergency", "overdose"},
    "call_now": {"call_now", "emergency", "overdose"},
    "crisis": {"crisis", "danger"},
    "none": {None},
    "no_advice": {None},
}


def messages(half: str) -> Iterator[dict[str, Any]]:
    """Yield the messages of one half, and no other."""
    for name in FILES:
        for line in (FOLDER / f"{name}.jsonl").read_text().splitlines():
            message = json.loads(line)
            if message["half"] == half:
                yield message


def group(message: dict[str, Any]) -> str:
    """Return the row of the table that a message counts in."""
    if message["expect"] == "crisis":
        return "crisis, explicit" if message["explicit"] else "crisis, veiled"
    return {"none": "harmless", "no_advice": "advice-seeking"}.get(message["expect"], message["expect"])


def rows(half: str, safety: Safety) -> tuple[list[tuple[str, int, int, int]], list[tuple[dict[str, Any], str | None]]]:
    """Return (group, messages, right, answered as more urgent) and the messages heard wrongly."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    wrong = []
    for message in messages(half):
        heard, row = safety.hear(message["text"]), counts[group(message)]
        row["all"] += 1
        row["right"] += heard in HEARD_AS[message["expect"]]
        row["more urgent"] += message["expect"] == "call_now" and heard in EMERGENCY
        if heard not in HEARD_AS[message["expect"]]:
            wrong.append((message, heard))
    return [(name, row["all"], row["right"], row["more urgent"]) for name, row in counts.items()], wrong


def cost(half: str, safety: Safety, rounds: int = 5) -> tuple[float, float]:
    """Return the median and the 95th percentile of the time for one message, in milliseconds."""
    times = []
    texts = [m["text"] for m in messages(half)]
    for text in texts * rounds:
        start = time.perf_counter()
        safety.hear(text)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)]


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety")
    parser.add_argument("--report", action="store_true", help="the reporting half instead of the development half")
    parser.add_argument("--missed", action="store_true", help="show what is heard wrongly (development half only)")
    options = parser.parse_args(arguments)
    half = "report" if options.report else "dev"
    safety = Safety(validation.load(paths.KNOWLEDGE).alarms)
    table, wrong = rows(half, safety)
    print(f"{'safety layer, ' + half + ' half':30} {'messages':>9} {'right':>6} {'percent':>8} {'more urgent':>12}")
    for name, total, right, urgent in table:
        print(f"{name:30} {total:9} {right:6} {100 * right / total:8.1f} {urgent or '':>12}")
    median, p95 = cost(half, safety)
    print(f"one message: p50 {median:.3f} ms, p95 {p95:.3f} ms")
    if options.missed and half == "dev":
        for message, heard in wrong:
            print(f"{message['id']} expected {message['expect']}, heard {heard}: {message['text']}")


if __name__ == "__main__":
    main()
