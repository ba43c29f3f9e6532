"""One turn at a time in each conversation, also where several workers serve it: a lock in Redis.

Rasa's own Redis lock store asks Redis in the event loop, where a Redis that hangs keeps everybody waiting. This one
uses the lock of the Redis client, which waits without holding anybody else up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from helpline import database

SECONDS_TO_ANSWER = 2
SECONDS_TO_WAIT = 7
SECONDS_HELD_AT_MOST = 20  # by a worker that died in the middle of a turn


class RedisLocks(LockStore):
    """Locks of `redis.asyncio`, one per conversation, at the address of the endpoint or of `HELPLINE_REDIS`."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, url: str | None = None) -> None:
        url = url or (endpoint_config.url if endpoint_config else None) or database.locks()
        self._redis: Any = redis.asyncio.Redis.from_url(
            url,
            socket_timeout=SECONDS_TO_ANSWER,
            socket_connect_timeout=SECONDS_TO_ANSWER,
            # A connection from before Redis was restarted is found out at its next use: take a new one.
            retry=Retry(NoBackoff(), 1),
            retry_on_error=[RedisConnectionError],
        )

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = SECONDS_HELD_AT_MOST,
        wait_time_in_seconds: float = 0.05,
    ) -> AsyncIterator[None]:
        """Hold the lock of a conversation.

        Raises:
            LockError: Redis does not answer, or the turn before takes too long.
        """
        lock = self._redis.lock(
            f"helpline:{conversation_id}",
            timeout=SECONDS_HELD_AT_MOST,
            sleep=wait_time_in_seconds,
            blocking_timeout=SECONDS_TO_WAIT,
        )
        try:
            got = await lock.acquire()
        except RedisError as error:
            raise LockError("the lock store does not answer") from error
        if not got:
            raise LockError("the turn before takes too long")
        try:
            yield
        finally:
            await _release(lock)

    async def probe(self) -> None:
        """Ask whether Redis answers.

        Raises:
            LockError: it does not.
        """
        try:
            await self._redis.ping()
        except RedisError as error:
            raise LockError("the lock store does not answer") from error

    async def close(self) -> None:
        """Let go of the connections to Redis."""
        await self._redis.close(close_connection_pool=True)


async def _release(lock: Any) -> None:
    try:
        await lock.release()
    except RedisError:  # it expires by itself; the turn is stored, and its reply is not to be lost
        return
