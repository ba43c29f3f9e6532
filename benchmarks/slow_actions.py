"""The action server with two answers that take long, for row R7 of `benchmarks/load.py`; nobody else starts it.

    python -m benchmarks.slow_actions --port 5055

How a drug works takes long to work out, and how it is given waits long for something: both in the middle of the answer.
"""

from __future__ import annotations

import time

from actions import __main__, translation
from benchmarks.load import SECONDS_OF_A_SLOW_ANSWER
from helpline.assistant import Assistant
from helpline.question import Memory, Understanding
from helpline.reply import Reply

COMPUTES, WAITS = "mechanism", "administration"
_SUM = 1000  # of numbers, between two looks at the clock


class SlowAssistant:
    """The core, with two slow topics."""

    def __init__(self, core: Assistant) -> None:
        self._core = core

    def __getattr__(self, name: str) -> object:
        """Return everything else as it is."""
        return getattr(self._core, name)

    def reply(self, heard: Understanding, memory: Memory) -> tuple[Reply, Memory]:
        """Return the core's reply, late."""
        until = time.monotonic() + SECONDS_OF_A_SLOW_ANSWER
        if heard.topic == WAITS:
            time.sleep(SECONDS_OF_A_SLOW_ANSWER)
        while heard.topic == COMPUTES and time.monotonic() < until:
            sum(range(_SUM))
        return self._core.reply(heard, memory)


def main() -> None:
    """Serve as the action server does."""
    slow = SlowAssistant(translation.assistant())
    translation.assistant = lambda: slow  # type: ignore[assignment]
    __main__.main()


if __name__ == "__main__":
    main()
