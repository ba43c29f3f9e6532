"""How many are let in. Time is told, not waited for."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from helpline.admission import PLACES, SECONDS_TO_WAIT, Admission, Busy


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admission(clock: Clock) -> Admission:
    return Admission(now=clock)


async def answer(admission: Admission, clock: Clock, seconds: float, times: int = 1) -> None:
    """Answer some messages, one after another."""
    for _ in range(times):
        async with admission.place():
            clock.seconds += seconds


async def crowd(admission: Admission, undo: contextlib.AsyncExitStack, most: int = 1000) -> int:
    """Let in as many as are let in, and return how many that were."""
    release = asyncio.Event()

    async def stay() -> None:
        async with admission.place():
            await release.wait()

    async def leave() -> None:
        release.set()
        await asyncio.gather(*tasks)

    undo.push_async_callback(leave)
    tasks: list[asyncio.Task[None]] = []
    for _ in range(most):
        task = asyncio.ensure_future(stay())
        await asyncio.sleep(0)
        if task.done():
            assert isinstance(task.exception(), Busy)
            break
        tasks.append(task)
    return len(tasks)


@pytest.mark.parametrize(("seconds", "let_in"), [(0.02, 75), (0.1, 15), (0.15, 10)])
async def test_as_many_are_let_in_as_are_answered_while_one_waits(
    admission: Admission, clock: Clock, seconds: float, let_in: int
) -> None:
    await answer(admission, clock, seconds, 100)
    async with contextlib.AsyncExitStack() as undo:
        assert await crowd(admission, undo) == pytest.approx(let_in, abs=1)


async def test_who_is_refused_is_told_how_long_it_would_take(admission: Admission, clock: Clock) -> None:
    await answer(admission, clock, 0.5, 100)
    async with contextlib.AsyncExitStack() as undo:
        assert await crowd(admission, undo) == PLACES
        with pytest.raises(Busy) as refused:
            await answer(admission, clock, 0)
        assert SECONDS_TO_WAIT < refused.value.seconds <= (PLACES + 1) * 0.5 + 1
    assert admission.pending == 0


async def test_who_has_waited_elsewhere_can_wait_less(admission: Admission, clock: Clock) -> None:
    await answer(admission, clock, 0.1, 100)
    async with contextlib.AsyncExitStack() as undo:
        assert await crowd(admission, undo, most=PLACES) == PLACES
        with pytest.raises(Busy):
            async with admission.place(0.5):
                pass
        waiting = asyncio.ensure_future(answer(admission, clock, 0))
        await asyncio.sleep(0)
        assert admission.pending == PLACES + 1
    await waiting


async def test_after_a_fault_it_is_measured_anew(admission: Admission, clock: Clock) -> None:
    """However slow the last answers were: while a place is free, a message takes it."""
    await answer(admission, clock, 60, 50)
    await answer(admission, clock, 0.02, 200)
    async with contextlib.AsyncExitStack() as undo:
        assert await crowd(admission, undo) > 50


async def test_what_fails_is_not_measured_and_gives_its_place_back(admission: Admission, clock: Clock) -> None:
    async def fail() -> None:
        async with admission.place():
            clock.seconds += 60
            raise TimeoutError

    before = admission.expected
    for _ in range(PLACES * 2):
        with pytest.raises(TimeoutError):
            await fail()
    assert admission.expected == before


async def test_in_a_crowd_the_time_between_answers_counts(admission: Admission, clock: Clock) -> None:
    """Eight who are answered at once within 0.8 s are ten a second, not one in 0.8 s."""
    for _ in range(100):
        async with contextlib.AsyncExitStack() as undo:
            for _ in range(PLACES):
                place = await undo.enter_async_context(contextlib.AsyncExitStack())
                await place.enter_async_context(admission.place())
                place.callback(lambda: setattr(clock, "seconds", clock.seconds + 0.1))
    assert admission.expected == pytest.approx(0.1, rel=0.2)
