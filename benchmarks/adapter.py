"""What the adapted encoder adds to the safety layer: `python -m benchmarks.adapter [--parts 6] [--first 1]`.

The authors of `data/alarms/` are dealt into six parts. Six times one part is left out: words and adapter learn from
the others, and are asked the messages of the part, once by the words alone and once with their meaning. Nothing of an
author who is asked was learned. Each part takes about twelve minutes on two cores; the thresholds are those of the
product, which were chosen on these figures.
"""

from __future__ import annotations

import argparse
import collections
import os
from collections.abc import Iterator, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks import safety as benchmark
from helpline import alarms, paths, validation
from helpline.encoder import Floats
from helpline.rasa import tuning

PARTS = 6
Heard = tuple[str, str, str | None, str | None]
"""Group, what is expected, heard by the words, heard with the meaning."""


def scores(authors: Sequence[str], reader: tuning.Reader) -> Iterator[tuple[benchmark.Message, Floats | None]]:
    """Yield the messages of some authors with what an adapter says of them that was taught the others."""
    taught = tuning.examples([a for a in alarms.AUTHORS if a not in authors])
    reader.use(tuning.tune(reader.pieces([e.text for e in taught]), taught, print))
    messages = [m for author in authors for m in benchmark.written(author)]
    yield from zip(messages, reader.scores([m["text"] for m in messages]))


def show(heard: Sequence[Heard]) -> None:
    """Print a table: messages heard rightly, and with any alarm, by the words and with the meaning."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for group, expected, by_words, with_meaning in heard:
        row = counts[group]
        row["all"] += 1
        for name, alarm in (("words", by_words), ("meaning", with_meaning)):
            row[name] += alarm in benchmark.HEARD_AS[expected]
            row[f"any, {name}"] += alarm is not None
    columns = f"{'by words: right':>16} {'any alarm':>10} {'with meaning: right':>20} {'any alarm':>10}"
    print(f"{'':20} {'messages':>9} {columns}")
    for group, row in sorted(counts.items()):
        shares = [row[name] / row["all"] for name in ("words", "any, words", "meaning", "any, meaning")]
        print(f"{group:20} {row['all']:9} {shares[0]:16.1%} {shares[1]:10.1%} {shares[2]:20.1%} {shares[3]:10.1%}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of each part, and of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=PARTS, help="that the authors are dealt into")
    parser.add_argument("--first", type=int, help="ask only so many parts, each of which takes long")
    options = parser.parse_args(arguments)
    parts = options.parts
    knowledge, reader = validation.load(paths.KNOWLEDGE), tuning.Reader()
    heard: list[Heard] = []
    for part in range(options.first or parts):
        authors = alarms.AUTHORS[part::parts]
        layer = benchmark.without(authors, knowledge)
        own = [
            (benchmark.group(m), m["expect"], layer.hear(m["text"]), layer.hear(m["text"], meant))
            for m, meant in scores(authors, reader)
        ]
        print(f"\n{', '.join(authors)}")
        show(own)
        heard += own
    print("\nall")
    show(heard)


if __name__ == "__main__":
    main()
