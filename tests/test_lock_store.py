"""One turn at a time in a conversation, by a lock in a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError

from helpline import server
from helpline.rasa.lock_store import RedisLocks

REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(REDIS is None, reason="NO REDIS: THE LOCKS ARE NOT TESTED. Run scripts/system-packages")


class Redis:
    """A Redis of this test, to stop and start at will."""

    def __init__(self, folder: Path) -> None:
        self._port = server.free_port()
        self._command = [
            str(REDIS),
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(LockError):
                asyncio.run(self._probe())
                return
            time.sleep(0.05)
        raise AssertionError("Redis did not start")

    async def _probe(self) -> None:
        locks = RedisLocks(url=self.url)
        try:
            await locks.probe()
        finally:
            await locks.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    started = Redis(tmp_path)
    yield started
    started.stop()


def test_the_second_waits_for_the_first(redis: Redis) -> None:
    async def both() -> list[str]:
        order: list[str] = []
        workers = [RedisLocks(url=redis.url), RedisLocks(url=redis.url)]

        async def turn(name: str, locks: RedisLocks) -> None:
            async with locks.lock("one conversation"):
                order.append(f"{name} begins")
                await asyncio.sleep(0.1)
                order.append(f"{name} ends")

        await asyncio.gather(turn("a", workers[0]), turn("b", workers[1]))
        for locks in workers:
            await locks.close()
        return order

    order = asyncio.run(both())
    assert order in (["a begins", "a ends", "b begins", "b ends"], ["b begins", "b ends", "a begins", "a ends"])


def test_a_restart_is_survived_and_a_stop_is_told(redis: Redis) -> None:
    async def use(locks: RedisLocks) -> None:
        async with locks.lock("a"):
            pass

    async def through_a_restart() -> None:
        locks = RedisLocks(url=redis.url)
        await use(locks)
        await asyncio.to_thread(redis.stop)
        with pytest.raises(LockError):
            await use(locks)
        await asyncio.to_thread(redis.start)
        await use(locks)
        await asyncio.to_thread(redis.stop)
        await asyncio.to_thread(redis.start)
        await use(locks)  # with a connection from before the restart
        await locks.close()

    asyncio.run(through_a_restart())
