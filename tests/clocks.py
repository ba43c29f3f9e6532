"""A loop whose time is told, not waited for: where nothing is left to do, it is at once as late as what comes next."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


class _Clock(selectors.DefaultSelector):
    """Waits for nothing: the time that it was to wait has then passed."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits, and for nothing that has a time"
        self.seconds += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.seconds


def run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run work from second 0 on, without threads: a loop that tells the time does not see them end."""
    with contextlib.closing(_Loop()) as loop:
        try:
            return loop.run_until_complete(work)
        finally:
            loop.run_until_complete(_end_all())


async def _end_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def now() -> float:
    """Return the seconds since the work began."""
    return asyncio.get_running_loop().time()
