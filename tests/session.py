"""A recorded session of the terminal chat, as its screen shows it: what docs/terminal.md has.

.venv/bin/python tests/session.py               write it into docs/terminal.md anew (needs a running server)
.venv/bin/python tests/session.py --columns 40  print it as a narrow terminal shows it
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

import pyte
from terminals import Terminal

from helpline import paths
from helpline.client import DEFAULT_URL

PAGE = paths.ROOT / "docs" / "terminal.md"
FILE = "my-visit.pdf"
ROWS = 2000  # all of it, without scrolling
BEGIN, END = "```text\n", "```\n"

# What is typed, one line after another; the answers to what a command asks stand with it.
TYPED = (
    "what is Ibrance",
    "1",
    "what are its side effects",
    "/more",
    "/simple",
    "does it cause hair loss",
    "and Kisqali?",
    "/sources",
    "can I drink wine with it",
    "I missed my pill this morning",
    "/who caregiver",
    "my mum has a fever of 101 and is shaking",
    "which drugs are for HER2-positive breast cancer",
    f"/sheet {FILE}",
    "1 2",
    "Can we travel in March?",
    "",
    "/feedback",
    "1",
    "I want to talk to a person",
    "/quit",
)


class Recorder(Terminal):
    """A chat whose every byte goes to a terminal that can be looked at."""

    def __init__(self, url: str, columns: int, *options: str, **environment: str) -> None:
        self.screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        super().__init__("--url", url, *options, columns=columns, rows=ROWS, **environment)

    def expect(self, pattern: str) -> str:
        """Wait for a pattern, and show on the screen what came."""
        before = len(self.raw)
        shown = super().expect(pattern)
        self._stream.feed(self.raw[before:].encode("latin-1"))
        return shown

    def text(self) -> str:
        """Return what stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip() + "\n"


def record(url: str, columns: int = 80, *options: str, **environment: str) -> str:
    """Return the screen after the session, without the folder in which the sheet was written."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(url, columns, *options, cwd=folder, **environment)
        recorder.agree()
        for line in TYPED[:-1]:
            recorder.say(line)
        recorder.child.send(f"{TYPED[-1]}\r")
        recorder.end()
        if not (Path(folder) / FILE).exists():
            raise AssertionError(f"there is no sheet:\n{recorder.text()}")
    return recorder.text()


def typed_in(text: str) -> list[str]:
    """Return the lines typed at a prompt of a recorded session; not what the chat says of the choice of a number."""
    lines = re.sub(r"^(You: \d+)\n> .*", r"\1", text, flags=re.MULTILINE)
    return [line.partition(" ")[2] for line in re.findall(r"^(?:You:|>)(?: .*)?$", lines, re.MULTILINE)]


def main() -> None:
    """Record, and print or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=DEFAULT_URL)
    parser.add_argument("--columns", type=int)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    text = record(options.url, options.columns or 80, *(["--plain"] if options.plain else []))
    if options.columns or options.plain:
        print(text)
        return
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(head + BEGIN + text + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
