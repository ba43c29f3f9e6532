"""How fast and how much one conversation and one address may ask; `helpline.admission` is about all together.

A message that comes a little early waits for its turn, as in a queue at a desk; where the queue is full, the person is
told to wait. The buckets are `aiolimiter`'s. They are this process's own: where several workers share the load, the
proxy in front of them counts (`deploy/nginx.conf`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
from collections.abc import Iterator
from http import HTTPStatus

from aiolimiter import AsyncLimiter
from cachetools import TTLCache

from helpline import switches
from helpline.phrases import Phrases
from helpline.problems import Problem

MESSAGES_PER_SECOND = 1
BURST = 8
SECONDS_TO_WAIT = BURST - 0.7  # the last of a burst waits for seven others; its own turn needs a moment of the eight
SESSIONS_PER_MINUTE = 6
MOST_TURNS = 100
_SECONDS_REMEMBERED = 3600
_MOST_REMEMBERED = 100_000


def are_on() -> bool:
    """Return whether limits are on; `HELPLINE_LIMITS=off` turns those per session and address off, for measuring.

    Raises:
        ValueError: the setting is something else.
    """
    return switches.is_on("HELPLINE_LIMITS")


def proxies() -> int:
    """Return how many proxies stand in front, each of which adds an address: `HELPLINE_PROXIES`.

    Raises:
        ValueError: the setting is no such number.
    """
    setting = os.environ.get("HELPLINE_PROXIES", "0")
    if not setting.isascii() or not setting.isdigit():
        raise ValueError(f'HELPLINE_PROXIES "{setting}" is not allowed. Allowed: 0, 1, 2 ...')
    return int(setting)


class _Queue:
    """A bucket with a short queue in front of it."""

    def __init__(self) -> None:
        self._bucket = AsyncLimiter(MESSAGES_PER_SECOND, 1)
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        return self._waiting >= BURST - 1  # of a burst, the first does not wait

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Stand in the queue."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def wait(self) -> None:
        await self._bucket.acquire()


class Limits:
    """The queues of one process."""

    def __init__(self, phrases: Phrases, is_on: bool) -> None:
        self._phrases, self._is_on = phrases, is_on
        self._queues: TTLCache[str, _Queue] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)
        self._sessions: TTLCache[str, AsyncLimiter] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)

    def is_last_turn_over(self, turns: int) -> bool:
        """Return whether a conversation has had all of its turns."""
        return self._is_on and turns >= MOST_TURNS

    async def wait(self, session_id: str, address: str, seconds: float = SECONDS_TO_WAIT) -> None:
        """Return when a message of a conversation and an address may be answered.

        Raises:
            Problem: too many are waiting already, or its turn does not come in so many seconds.
        """
        if not self._is_on:
            return
        try:
            await asyncio.wait_for(self._wait_in(self._queues_of(session_id, address)), seconds)
        except asyncio.TimeoutError as error:
            raise self._too_fast() from error

    async def _wait_in(self, queues: list[_Queue]) -> None:
        self._require_room(queues)
        with contextlib.ExitStack() as places:
            for queue in queues:  # in both from the beginning: who comes later sees how long each is
                places.enter_context(queue.place())
            for queue in queues:
                await queue.wait()

    def require_room(self, session_id: str, address: str) -> None:
        """Refuse, before anything else is done for it, a message for which there is no room in the queues.

        Raises:
            Problem: there is none.
        """
        if self._is_on:
            self._require_room(self._queues_of(session_id, address))

    def _require_room(self, queues: list[_Queue]) -> None:
        if any(queue.is_full for queue in queues):
            raise self._too_fast()

    async def begin_session(self, address: str) -> None:
        """Count a conversation that begins.

        Raises:
            Problem: too many have begun at this address.
        """
        if not self._is_on:
            return
        key = network(address)
        if key not in self._sessions:
            self._sessions[key] = AsyncLimiter(SESSIONS_PER_MINUTE, 60)
        bucket = self._sessions[key]
        if not bucket.has_capacity():
            detail = self._phrases.say("too_many_sessions")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many conversations", detail, retry_after=10)
        await bucket.acquire()

    def _too_fast(self) -> Problem:
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too fast", self._phrases.say("too_fast"), retry_after=2)

    def _queues_of(self, session_id: str, address: str) -> list[_Queue]:
        return [self._queue(f"session {session_id}"), self._queue(f"address {network(address)}")]

    def _queue(self, key: str) -> _Queue:
        if key not in self._queues:
            self._queues[key] = _Queue()
        return self._queues[key]


def network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 that one household has of IPv6."""
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped  # all of them lie in one /64
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((int(ip), 64), strict=False))
