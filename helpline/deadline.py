"""By when a request is answered, whatever hangs: worked out once, as it comes, and kept by all that is done for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")

_ended: set[asyncio.Task[Any]] = set()  # what was given up and has not ended yet; asyncio itself would forget it


class Deadline:
    """A point in time, so many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time() + seconds

    @property
    def left(self) -> float:
        """Return the seconds until then; none afterwards."""
        return max(0.0, self._at - self._loop.time())

    async def keep(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Return what comes of work. It is given up at the deadline, and where nobody waits for it any more.

        Not `asyncio.wait_for`, which waits for what it has given up: to let go of a lock or a place can hang as well.

        Raises:
            asyncio.TimeoutError: nothing came of it in time.
        """
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=self.left)
        finally:
            if not task.done():
                task.cancel()
                _ended.add(task)
                task.add_done_callback(_forget)
        if not done:
            raise asyncio.TimeoutError
        return task.result()


def _forget(task: asyncio.Task[Any]) -> None:
    _ended.discard(task)
    if not task.cancelled():
        task.exception()  # the person was told already: there is nothing more to say of it
