"""How long a person waits for an answer on the page, in Chromium, with the real server: the first reply and the next.

Run: .venv/bin/python -m benchmarks.page   (needs what scripts/test-widget needs)
"""

from __future__ import annotations

import json
import statistics
import subprocess

from helpline import paths, server

GOAL = 300  # milliseconds, of the first reply after a warm start
_SCRIPT = paths.ROOT / "tests" / "widget" / "latency.js"


def main() -> None:
    """Print the table."""
    with server.measured(server.free_port()) as started:
        done = subprocess.run(["node", _SCRIPT, started.url], capture_output=True, text=True, check=True)
    waits: dict[str, list[float]] = json.loads(done.stdout)
    print(f"{'reply on the page, ms':32} {'visits':>6} {'median':>7} {'p95':>7} {'most':>7}")
    first, *others = waits["first"]
    rows = {"the very first of a server": [first], "first of a visit": others, "second of a visit": waits["second"]}
    for name, found in rows.items():
        p95 = sorted(found)[round(0.95 * (len(found) - 1))]
        print(f"{name:32} {len(found):6} {statistics.median(found):7.0f} {p95:7.0f} {max(found):7.0f}")
    print(f"goal: the first reply after a warm start under {GOAL} ms")


if __name__ == "__main__":
    main()
