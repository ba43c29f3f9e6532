"""How many messages are answered at once, and how many may wait: no more than are answered while a person waits.

What would wait longer is told so at once. How long an answer takes is measured as the answers go out, so that a slow
or crowded machine takes in less; no number of messages is written down here.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable

PLACES = 8  # answered at once: enough that one which waits for the actions or the store holds nobody else up
SECONDS_TO_WAIT = 1.5  # of the three that a person may wait: the rest is for answers that cost more than most
_SECONDS_AT_FIRST = 0.05  # between two answers, until some were measured
_WEIGHT = 0.1  # of the newest measure in the moving average


class Busy(Exception):
    """One more would wait too long. `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__("busy")
        self.seconds = math.ceil(seconds)


class Admission:
    """The places of one process, with a queue in front of them."""

    def __init__(self, places: int = PLACES, now: Callable[[], float] = time.monotonic) -> None:
        """Open it, with nobody there.

        Args:
            places: how many are answered at once.
            now: a clock.
        """
        self._places, self._now = places, now
        self._free = asyncio.Semaphore(places)
        self._between = _SECONDS_AT_FIRST
        self._last = 0.0
        self.pending = 0

    @property
    def expected(self) -> float:
        """Return the seconds until one more would be answered."""
        return (self.pending + 1) * self._between

    @contextlib.asynccontextmanager
    async def place(self, seconds: float = SECONDS_TO_WAIT) -> AsyncIterator[None]:
        """Wait for a place and hold it.

        Args:
            seconds: how long whoever comes can wait at most; who has waited elsewhere can wait less.

        Raises:
            Busy: so many are waiting that one more would wait too long.
        """
        # While a place is free there is no queue, whatever was measured: after a fault it is measured anew.
        if self.pending >= self._places and self.expected > min(seconds, SECONDS_TO_WAIT):
            raise Busy(self.expected)
        self.pending += 1
        try:
            async with self._free:
                begun = self._now()
                yield
                self._measure(begun)
        finally:
            self.pending -= 1

    def _measure(self, begun: float) -> None:
        """Learn from an answer: in a crowd from the time since the one before it, else from how long it took."""
        now = self._now()
        self._between += _WEIGHT * (now - max(begun, self._last) - self._between)
        self._last = now
