"""`helpline chat` in a terminal of its own, for tests that type and read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

import pexpect

from helpline import paths

SECONDS = 20
# Sent once for each line that is to be typed: from here on a paste comes marked as one.
PROMPT = r"\x1b\[\?2004h"
PLAIN_PROMPT = r"\n(?:You:|>) $"
ESCAPES = re.compile(r"\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>78]")
BUTTONS = [{"title": "How it works", "payload": '/ask_mechanism{"drug": "x"}'}, {"title": "Used for", "payload": "/b"}]
SOURCES = [
    {
        "n": 1,
        "title": "The label",
        "publisher": "FDA",
        "url": "https://example.org/label",
        "date": "2025",
        "layer": "label",
    },
    {
        "n": 2,
        "title": "A page",
        "publisher": "NCI",
        "url": "javascript:alert(1)",
        "date": "2024",
        "layer": "government",
    },
]
ANSWER = {
    "text": "It blocks two switches that cells need to divide. [1]\n"
    "• It is a pill that you take with hormone therapy. [2]\n\n"
    "Sources:\n[1] The label. FDA, 2025. https://example.org/label\n[2] A page. NCI, 2024.\n\n"
    "Text as of 2026-11-22. No clinician has reviewed it yet.\nPlease review this with your doctor.",
    "buttons": BUTTONS,
    "custom": {
        "kind": "answer",
        "topic": "mechanism",
        "drugs": ["palbociclib"],
        "subjects": [],
        "answer_id": "a1",
        "sources": SOURCES,
        "review": {"status": "draft", "as_of": "2026-11-22"},
    },
    "session": "token-1",
}
ALARM = {"text": "Call 911 now.", "buttons": [], "custom": {"kind": "emergency", "sources": []}, "session": "token-1"}


class Terminal:
    """`helpline chat` in a terminal of its own."""

    def __init__(
        self, *options: str, columns: int = 80, rows: int = 40, cwd: str = str(paths.ROOT), **environment: str
    ) -> None:
        self.environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | environment
        command = ["-m", "helpline", "chat", *options]
        self.child = pexpect.spawn(
            sys.executable,
            command,
            timeout=SECONDS,
            cwd=cwd,
            env=self.environment,
            encoding="latin-1",
            dimensions=(rows, columns),
        )
        self.child.delaybeforesend = None
        self.raw = ""
        self.sign = PLAIN_PROMPT if "--plain" in options else PROMPT

    def expect(self, pattern: str) -> str:
        """Wait for a pattern; return what was shown up to its end."""
        self.child.expect(pattern)
        shown = self.child.before + (self.child.after if isinstance(self.child.after, str) else "")
        self.raw += shown
        return ESCAPES.sub("", shown).encode("latin-1").decode(errors="replace").replace("\r", "")

    def agree(self) -> str:
        """Go past the notice to the first prompt; return what was shown."""
        shown = self.expect("\n> ")
        self.child.send("\r")
        return shown + self.prompt()

    def prompt(self) -> str:
        """Wait until a line can be typed; return what was shown until then."""
        return self.expect(self.sign)

    def say(self, line: str) -> str:
        """Type a line and Enter; return what was shown until the next prompt."""
        self.child.send(line.encode().decode("latin-1") + "\r")
        return self.prompt()

    def leave(self) -> str:
        """Press Ctrl-D; return what was shown last."""
        self.child.send("\x04")
        return self.end()

    def end(self, code: int = 0) -> str:
        """Wait for the end, and for the exit code."""
        shown = self.expect(pexpect.EOF)
        self.child.close()
        assert "Traceback" not in self.raw
        assert (self.child.exitstatus, self.child.signalstatus) == (code, None), self.raw[-2000:]
        return shown


Open = Callable[..., Terminal]


def flat(shown: str) -> str:
    return " ".join(shown.split())
