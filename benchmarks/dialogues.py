"""How well whole conversations are followed: every dialogue runs turn by turn in one session of a running server.

    python -m benchmarks.dialogues [FILE] [--url URL] [--show]

FILE holds one dialogue a line (JSON): `id` and `turns`, each turn with `user`, `expected_topic`, `expected_drugs` and,
where more than one topic is right, `alt_topics` (or "alt <topic>" in its `note`); where more than one choice of drugs
is, `alt_drugs`. `press` in place of `user` presses
the button of that title of the last reply, or of that to turn number `of`; `kind` says which kind of reply it must be.
Without FILE the dialogues of `tests/data/dialogues.jsonl` run, without --url a server is started and stopped.

A turn is right where the topic is accepted and the drugs are exactly those expected; a turn that expects no drugs is
right whatever drugs were linked, and an emergency is right where the alarm was raised.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from helpline import paths
from helpline.client import Client

OWN = paths.ROOT / "tests" / "data" / "dialogues.jsonl"
_ALARMS = ("emergency", "crisis")
_ALTERNATIVE = re.compile(r"\balt ([a-z]+(?:_[a-z]+)+)")

Turn = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Result:
    """One turn, and what was said to it."""

    dialogue: str
    number: int
    turn: Turn
    reply: dict[str, Any]
    is_right: bool


def load(path: Path) -> list[dict[str, Any]]:
    """Return the dialogues of a file, in its order."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def accepted(turn: Turn) -> set[str]:
    """Return the topics that are right for a turn."""
    return {turn["expected_topic"], *turn.get("alt_topics", []), *_ALTERNATIVE.findall(turn.get("note") or "")}


def is_right(turn: Turn, reply: dict[str, Any]) -> bool:
    """Return whether a reply is about what the turn asks: the topic, and exactly the drugs."""
    custom = reply.get("custom") or {}
    topics = accepted(turn)
    if turn["expected_topic"] == "emergency_red_flag" or custom.get("kind") in _ALARMS:
        return custom.get("kind") in _ALARMS and "emergency_red_flag" in topics
    if "kind" in turn and custom.get("kind") != turn["kind"]:
        return False
    linked = set(custom.get("drugs") or [])
    choices = [set(turn["expected_drugs"]), *map(set, turn.get("alt_drugs", []))]
    return custom.get("topic") in topics and any(not choice or linked == choice for choice in choices)


def run(dialogue: dict[str, Any], client: Client) -> Iterator[Result]:
    """Yield the result of each turn of a dialogue, in a session of its own."""
    client.start_anew()
    buttons: dict[int, dict[str, str]] = {}
    for number, turn in enumerate(dialogue["turns"], start=1):
        shown = buttons.get(turn.get("of", number - 1), {})
        reply = client.ask(shown[turn["press"]] if "press" in turn else turn["user"])
        buttons[number] = {b["title"]: b["payload"] for b in reply.get("buttons") or []}
        yield Result(dialogue["id"], number, turn, reply, is_right(turn, reply))


def described(result: Result) -> str:
    """Return one line about a turn that went wrong."""
    custom, turn = result.reply.get("custom") or {}, result.turn
    said = (turn.get("user") or f"[{turn.get('press')}]")[:100]
    wanted = "|".join(sorted(accepted(turn)))
    got = f"{custom.get('kind')} {custom.get('topic')} {custom.get('drugs')}"
    return f"{result.dialogue}.{result.number} {said!r}\n    wanted {wanted} {turn['expected_drugs']}, got {got}"


def table(results: Iterable[Result]) -> str:
    """Return the turns right, of all and of those that lean on earlier ones."""
    counts: dict[str, list[bool]] = collections.defaultdict(list)
    for result in results:
        counts["all turns"].append(result.is_right)
        counts["first turns" if result.number == 1 else "later turns"].append(result.is_right)
        if result.turn.get("needs_context"):
            counts["turns that need what came before"].append(result.is_right)
    rows = [f"{n:36} {sum(r):5} {len(r):5} {100 * sum(r) / len(r):6.1f}%" for n, r in counts.items()]
    return "\n".join([f"{'dialogues':36} {'right':>5} {'of':>5}", *rows])


@contextlib.contextmanager
def connected(url: str | None) -> Iterator[Client]:
    """Yield a client of the server at a URL; without one, of a server that is started and stopped."""
    with contextlib.ExitStack() as stack:
        if url is None:
            from helpline import server

            url = stack.enter_context(server.measured(server.free_port())).url
        yield stack.enter_context(Client(url))


def main(arguments: list[str] | None = None) -> None:
    """Run the dialogues and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=OWN)
    parser.add_argument("--url", help="of a running server; one is started where this is not given")
    parser.add_argument("--show", action="store_true", help="list the turns that went wrong")
    options = parser.parse_args(arguments)
    with connected(options.url) as client:
        results = [result for dialogue in load(options.file) for result in run(dialogue, client)]
    if options.show:
        print("\n".join(described(r) for r in results if not r.is_right))
    print(table(results))


if __name__ == "__main__":
    main()
