"""How well the safety layer hears, and what it costs.

    python -m benchmarks.safety                              each author's messages, heard by what the others taught
    python -m benchmarks.safety --files DIR [--half report]  a set that nobody trained on (tests/data/safety/)
    python -m benchmarks.safety --missed                     and the messages that are heard wrongly

A set of one's own is heard three ways: by the rules, by rules and words, and as the product does, where what the
message means counts too (`helpline/adapter.py`; `python -m benchmarks.adapter` measures it on the authors' messages).

The first is the honest estimate that can be had again and again: the model learns from all authors but one, and is
asked the messages of that one. The rules were seen by nobody but their author, who had read half of the third
author's messages (`mixed`). A blind set is run once; nothing is tuned on it.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from helpline import alarms, paths, validation
from helpline.adapter import Adapter
from helpline.encoder import Floats
from helpline.knowledge import Knowledge
from helpline.rasa import tuning
from helpline.safety import Safety

FOLDER = paths.ROOT / "tests" / "data" / "safety"
FILES = ("emergencies", "crisis", "harmless", "advice")
URGENT = {"emergency", "overdose", "danger"}
HEARD_AS: dict[str, set[str | None]] = {
    "emergency": {"emergency", "overdose"},
    "overdose": {"emergency", "overdose", "danger"},
    "call_now": {"call_now", "emergency", "overdose"},
    "crisis": {"crisis", "danger"},
    "danger": {"crisis", "danger"},
    "none": {None},
    "no_advice": {None},
}

Message = dict[str, Any]
Hear = Callable[[str], "str | None"]
Row = tuple[str, int, int, int, int]
"""Group, messages, heard rightly, answered with any alarm, answered as more urgent."""


def blind(folder: Path, half: str | None) -> Iterator[Message]:
    """Yield the messages of a blind set: of one half, and no other, where it is divided."""
    for name in FILES:
        path = folder / f"{name}.jsonl"
        for line in path.read_text().splitlines() if path.exists() else ():
            message = json.loads(line)
            if half is None or message.get("half", half) == half:
                yield message


def written(author: str) -> Iterator[Message]:
    """Yield the messages of an author who taught the model, in the form of a blind set."""
    for number, line in enumerate((alarms.FOLDER / f"{author}.jsonl").read_text().splitlines(), 1):
        message = json.loads(line)
        yield {
            **message,
            "id": f"{author}:{number}",
            "expect": message["label"],
            "explicit": "veiled" not in message["about"],
        }


def group(message: Message) -> str:
    """Return the row of the table that a message counts in."""
    if message["expect"] in ("crisis", "danger"):
        return "crisis, explicit" if message["explicit"] else "crisis, veiled"
    names = {"none": "harmless", "no_advice": "advice-seeking", "overdose": "emergency"}
    return names.get(message["expect"], message["expect"])


def rows(messages: Iterable[Message], hear: Hear) -> tuple[list[Row], list[tuple[Message, str | None]]]:
    """Return the table, and the messages heard wrongly."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    wrong = []
    for message in messages:
        heard, row = hear(message["text"]), counts[group(message)]
        row["all"] += 1
        row["right"] += heard in HEARD_AS[message["expect"]]
        row["any"] += heard is not None
        row["more urgent"] += message["expect"] == "call_now" and heard in URGENT
        if heard not in HEARD_AS[message["expect"]]:
            wrong.append((message, heard))
    table = [(name, row["all"], row["right"], row["any"], row["more urgent"]) for name, row in sorted(counts.items())]
    return table, wrong


def without(authors: Collection[str], knowledge: Knowledge) -> Safety:
    """Return the layer as it would be had some authors never written."""
    reader = alarms.Reader(knowledge)
    listen = Safety(knowledge.alarms).listen
    taught = alarms.examples([a for a in alarms.AUTHORS if a not in authors])
    return Safety(knowledge.alarms, alarms.Listener(reader, alarms.train(reader, taught, listen)))


class Meaning:
    """The layer as the product has it, with the encoder and what adapts it."""

    def __init__(self, safety: Safety) -> None:
        self._safety = safety
        self.reader = tuning.Reader(Adapter.load())

    def hear(self, text: str) -> str | None:
        """Return the alarm of a message."""
        return self.hear_meant((text, self.scores(text)))

    def hear_meant(self, told: tuple[str, Floats | None]) -> str | None:
        """Return the alarm of a message that the encoder has read, as it is read for the classifier in any case."""
        return self._safety.hear(*told)

    def scores(self, text: str) -> Floats | None:
        """Return what the encoder hears of alarms in a message."""
        return self.reader.scores([text])[0]


def cost(read: Callable[[Any], object], given: Sequence[Any], rounds: int = 5) -> tuple[float, float]:
    """Return the median and the 95th percentile of the processor time for one message, in milliseconds."""
    times = []
    for one in [*given] * rounds:
        start = time.thread_time()
        read(one)
        times.append((time.thread_time() - start) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.95)]


def show(title: str, messages: list[Message], hear: Hear, missed: bool) -> None:
    """Print one table."""
    table, wrong = rows(messages, hear)
    print(f"{title:40} {'messages':>9} {'right':>6} {'percent':>8} {'any alarm':>10} {'more urgent':>12}")
    for name, total, right, alarmed, urgent in table:
        print(f"{name:40} {total:9} {right:6} {100 * right / total:8.1f} {alarmed:10} {urgent or '':>12}")
    for message, heard in wrong if missed else ():
        print(f"{message['id']} expected {message['expect']}, heard {heard}: {message['text']}")


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety")
    parser.add_argument("--files", type=Path, help="the folder of a set that nobody trained on")
    parser.add_argument("--half", help="only this half of it")
    parser.add_argument("--missed", action="store_true", help="show what is heard wrongly")
    options = parser.parse_args(arguments)
    knowledge = validation.load(paths.KNOWLEDGE)
    rules, layer = Safety(knowledge.alarms), Safety.complete(knowledge)
    if options.files:
        messages = list(blind(options.files, options.half))
        meaning = Meaning(layer)
        show(f"{options.files.name}: rules", messages, rules.hear, missed=False)
        show(f"{options.files.name}: rules and words", messages, layer.hear, missed=False)
        show(f"{options.files.name}: and the meaning", messages, meaning.hear, options.missed)
    else:
        for author in alarms.AUTHORS:
            messages = list(written(author))
            show(f"{author}: rules", messages, rules.hear, missed=False)
            show(
                f"{author}: rules, words learned from others",
                messages,
                without([author], knowledge).hear,
                options.missed,
            )
        meaning = Meaning(layer)
    texts = [m["text"] for m in messages]
    told = [(text, meaning.scores(text)) for text in texts]
    tell_cost("rules", rules.hear, texts)
    tell_cost("rules and words", layer.hear, texts)
    tell_cost("and the meaning", meaning.hear_meant, told)
    shown = meaning.reader.shown(texts)
    tell_cost("the encoder, read for the classifier too", meaning.reader.encoder.encode, shown)
    tell_cost("the encoder without the head of the alarms", tuning.Reader().encoder.encode, shown)


def tell_cost(name: str, ask: Callable[[Any], object], given: Sequence[Any]) -> None:
    """Print what one message takes."""
    median, p95 = cost(ask, given)
    print(f"one message, {name}, processor time: p50 {median:.3f} ms, p95 {p95:.3f} ms")


if __name__ == "__main__":
    main()
