"""By when a request is answered. Time is told, not waited for."""

from __future__ import annotations

import asyncio

import clocks
import pytest

from helpline.deadline import Deadline


async def answer(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def test_what_is_done_in_time_is_returned() -> None:
    async def ask() -> None:
        deadline = Deadline(5)
        assert await deadline.keep(answer(3)) == "done"
        assert deadline.left == pytest.approx(2)

    clocks.run(ask())


def test_what_is_not_is_given_up() -> None:
    async def ask() -> None:
        deadline = Deadline(5)
        with pytest.raises(asyncio.TimeoutError):
            await deadline.keep(answer(5.1))
        assert clocks.now() == pytest.approx(5)
        assert deadline.left == 0

    clocks.run(ask())


def test_it_is_one_deadline_for_all_that_is_done() -> None:
    async def ask() -> None:
        deadline = Deadline(5)
        await deadline.keep(answer(4))
        with pytest.raises(asyncio.TimeoutError):
            await deadline.keep(answer(4))
        assert clocks.now() == pytest.approx(5)

    clocks.run(ask())


def test_nobody_waits_for_what_takes_long_to_end() -> None:
    ended = []

    async def hold() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(4)  # as to let go of a lock
            ended.append(clocks.now())

    async def ask() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await Deadline(5).keep(hold())
        assert clocks.now() == pytest.approx(5)
        await asyncio.sleep(10)

    clocks.run(ask())
    assert ended == [pytest.approx(9)]


def test_what_goes_wrong_is_raised() -> None:
    async def fail() -> None:
        raise KeyError("x")

    async def ask() -> None:
        with pytest.raises(KeyError):
            await Deadline(5).keep(fail())

    clocks.run(ask())


def test_what_goes_wrong_in_the_end_is_nobodys() -> None:
    told = []

    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise KeyError("x")

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        with pytest.raises(asyncio.TimeoutError):
            await Deadline(5).keep(fail())
        await asyncio.sleep(1)

    clocks.run(ask())
    assert told == []


def test_who_hangs_up_ends_it() -> None:
    ended = []

    async def hold() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(clocks.now())

    async def ask() -> None:
        asked = asyncio.ensure_future(Deadline(5).keep(hold()))
        await asyncio.sleep(1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await asyncio.sleep(1)

    clocks.run(ask())
    assert ended == [pytest.approx(1)]
