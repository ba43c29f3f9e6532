"""The action server with an action that raises where it is asked how a drug works, for `benchmarks/faults.py`.

    python -m benchmarks.raising_actions --port 5055

What it raises holds the words of the person, as the text of many errors does: they must be in no log.
"""

from __future__ import annotations

from actions import __main__, translation
from helpline.assistant import Assistant
from helpline.question import Memory, Understanding
from helpline.reply import Reply

RAISES = "side_effects"


class RaisingAssistant:
    """The core, with one topic that it cannot answer."""

    def __init__(self, core: Assistant) -> None:
        self._core = core

    def __getattr__(self, name: str) -> object:
        """Return everything else as it is."""
        return getattr(self._core, name)

    def reply(self, heard: Understanding, memory: Memory) -> tuple[Reply, Memory]:
        """Return the core's reply, or raise."""
        if heard.topic == RAISES:
            raise ValueError(f"no answer to {heard}")
        return self._core.reply(heard, memory)


def main() -> None:
    """Serve as the action server does."""
    raising = RaisingAssistant(translation.assistant())
    translation.assistant = lambda: raising  # type: ignore[assignment]
    __main__.main()


if __name__ == "__main__":
    main()
