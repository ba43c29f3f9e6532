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
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from aiolimiter import AsyncLimiter
from cachetools import TTLCache

from helpline import switches
from helpline.phrases import Phrases
from helpline.problems import Problem

BURST = 8
MOST_TURNS = 100  # no setting: what `docs/serving.md` promises of the last turn is measured up to here
_HIGHEST_RATE = 1000
_SECONDS_REMEMBERED = 3600
_MOST_REMEMBERED = 100_000


def are_on() -> bool:
    """Return whether limits are on; `HELPLINE_LIMITS=off` turns those per session and address off, for measuring.

    Raises:
        ValueError: the setting is something else.
    """
    return switches.is_on("HELPLINE_LIMITS")


@dataclass(frozen=True)
class Rates:
    """How much is let through of one conversation and of one address."""

    messages_of_session: int = 1  # a second
    messages_of_address: int = 1  # a second
    sessions_of_address: int = 6  # a minute


def rates() -> Rates:
    """Return the rates: `HELPLINE_SESSION_RATE`, `HELPLINE_ADDRESS_RATE` and `HELPLINE_ADDRESS_SESSIONS`.

    Raises:
        ValueError: a setting is no number from 1 to 1000.
    """
    return Rates(
        _rate("HELPLINE_SESSION_RATE", os.environ.get("HELPLINE_SESSION_RATE"), Rates.messages_of_session),
        _rate("HELPLINE_ADDRESS_RATE", os.environ.get("HELPLINE_ADDRESS_RATE"), Rates.messages_of_address),
        _rate("HELPLINE_ADDRESS_SESSIONS", os.environ.get("HELPLINE_ADDRESS_SESSIONS"), Rates.sessions_of_address),
    )


def _rate(name: str, setting: str | None, default: int) -> int:
    if setting is None:
        return default
    if not re.fullmatch("[0-9]{1,4}", setting) or not 1 <= int(setting) <= _HIGHEST_RATE:
        raise ValueError(f'{name} "{setting}" is not allowed. Allowed: 1 to {_HIGHEST_RATE}')
    return int(setting)


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

    def __init__(self, messages_per_second: int) -> None:
        self._bucket = AsyncLimiter(messages_per_second, 1)
        self._places = (BURST - 1) * messages_per_second  # of a burst, the first does not wait
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        return self._waiting >= self._places

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

    def __init__(self, phrases: Phrases, is_on: bool, rates: Rates) -> None:
        self._phrases, self._is_on, self._rates = phrases, is_on, rates
        self._queues: TTLCache[str, _Queue] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)
        self._sessions: TTLCache[str, AsyncLimiter] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)

    def is_last_turn_over(self, turns: int) -> bool:
        """Return whether a conversation has had all of its turns."""
        return self._is_on and turns >= MOST_TURNS

    async def wait(self, session_id: str, address: str, seconds: float = BURST) -> None:
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
            self._sessions[key] = AsyncLimiter(self._rates.sessions_of_address, 60)
        bucket = self._sessions[key]
        if not bucket.has_capacity():
            detail = self._phrases.say("too_many_sessions")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many conversations", detail, retry_after=10)
        await bucket.acquire()

    def _too_fast(self) -> Problem:
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too fast", self._phrases.say("too_fast"), retry_after=2)

    def _queues_of(self, session_id: str, address: str) -> list[_Queue]:
        return [
            self._queue(f"session {session_id}", self._rates.messages_of_session),
            self._queue(f"address {network(address)}", self._rates.messages_of_address),
        ]

    def _queue(self, key: str, messages_per_second: int) -> _Queue:
        if key not in self._queues:
            self._queues[key] = _Queue(messages_per_second)
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
