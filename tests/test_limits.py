"""How fast one may ask. Time is the event loop's; a test that waits, waits for what it tests."""

from __future__ import annotations

import asyncio
import time

import pytest

from helpline.limits import BURST, MOST_TURNS, Limits, Rates, are_on, network, proxies, rates
from helpline.phrases import Phrases
from helpline.problems import Problem


@pytest.fixture
def limits(phrases: Phrases) -> Limits:
    return Limits(phrases, is_on=True, rates=Rates())


async def test_a_burst_waits_in_the_queue_and_the_rest_is_told(limits: Limits) -> None:
    start = time.monotonic()
    waits = [asyncio.ensure_future(limits.wait("one", "192.0.2.1")) for _ in range(BURST + 4)]
    done, waiting = await asyncio.wait(waits, timeout=1.6)
    refused = [task.exception() for task in done if task.exception()]
    assert {type(error) for error in refused} == {Problem}
    assert (len(refused), len(done) - len(refused), len(waiting)) == (4, 2, BURST - 2)
    problem = refused[0]
    assert isinstance(problem, Problem)
    assert (problem.status, problem.headers) == (429, {"Retry-After": "2"})
    assert time.monotonic() - start < 3
    for task in waiting:
        task.cancel()


async def test_many_sessions_of_one_address_share_its_queue(limits: Limits) -> None:
    await limits.wait("a", "192.0.2.1")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(limits.wait("b", "192.0.2.1"), 0.2)
    await asyncio.wait_for(limits.wait("c", "192.0.2.2"), 0.2)


async def test_many_sessions_of_one_address_are_told_at_once_where_its_queue_is_full(limits: Limits) -> None:
    """Also those that still wait in the queue of their own session count in that of the address."""
    waits = [asyncio.ensure_future(limits.wait(session, "192.0.2.1")) for session in "abc" for _ in range(BURST)]
    done, waiting = await asyncio.wait(waits, timeout=0.5)
    assert len(waiting) == BURST - 1
    assert [type(task.exception()) for task in done if task.exception()] == [Problem] * (len(waits) - BURST)
    with pytest.raises(Problem, match="Too fast"):
        limits.require_room("d", "192.0.2.1")
    limits.require_room("d", "192.0.2.2")
    for task in waiting:
        task.cancel()


async def test_one_session_at_many_addresses_has_one_queue(limits: Limits) -> None:
    await limits.wait("a", "192.0.2.1")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(limits.wait("a", "192.0.2.2"), 0.2)


async def test_who_has_waited_too_long_is_told(limits: Limits) -> None:
    await limits.wait("a", "192.0.2.1")
    with pytest.raises(Problem, match="Too fast"):
        await limits.wait("a", "192.0.2.1", seconds=0.1)
    await asyncio.wait_for(limits.wait("a", "192.0.2.1"), 3)  # it has left the queue


async def test_sessions_of_one_address_are_counted(limits: Limits) -> None:
    for _ in range(Rates.sessions_of_address):
        await limits.begin_session("192.0.2.1")
    with pytest.raises(Problem, match="Too many conversations") as refused:
        await limits.begin_session("192.0.2.1")
    assert refused.value.retry_after == 10
    await limits.begin_session("192.0.2.2")


async def test_off_is_off(phrases: Phrases) -> None:
    limits = Limits(phrases, is_on=False, rates=Rates())
    for _ in range(50):
        await limits.begin_session("192.0.2.1")
        await asyncio.wait_for(limits.wait("a", "192.0.2.1"), 0.1)
    assert not limits.is_last_turn_over(MOST_TURNS * 10)


def test_turns_are_counted(limits: Limits) -> None:
    assert not limits.is_last_turn_over(MOST_TURNS - 1)
    assert limits.is_last_turn_over(MOST_TURNS)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::2]", "2001:db8::/64"),
        ("unknown", "unknown"),
        ("", "unknown"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1, 10.0.0.1\ud800", "unknown"),
    ],
)
def test_what_counts_as_one_address(address: str, counted: str) -> None:
    assert network(address) == counted


@pytest.mark.parametrize("setting", ["-1", "one", "", "1.0", "\u0661"])
def test_how_many_proxies_is_a_number(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_PROXIES", "2")
    assert proxies() == 2
    monkeypatch.setenv("HELPLINE_PROXIES", setting)
    with pytest.raises(ValueError, match="HELPLINE_PROXIES"):
        proxies()


def test_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPLINE_LIMITS", raising=False)
    assert are_on()
    monkeypatch.setenv("HELPLINE_LIMITS", "off")
    assert not are_on()
    monkeypatch.setenv("HELPLINE_LIMITS", "no")
    with pytest.raises(ValueError, match="Allowed: on, off"):
        are_on()


async def test_a_place_with_many_people_may_be_given_more(phrases: Phrases) -> None:
    """The rate of an address, which is that of all of its people, leaves that of each of them alone."""
    limits = Limits(phrases, is_on=True, rates=Rates(messages_of_address=3, sessions_of_address=7))
    for session in "abc":
        await asyncio.wait_for(limits.wait(session, "192.0.2.1"), 0.2)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(limits.wait("d", "192.0.2.1"), 0.2)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(limits.wait("a", "192.0.2.2"), 0.2)
    waits = [asyncio.ensure_future(limits.wait(str(n), "192.0.2.3")) for n in range(3 * BURST + 4)]
    done, waiting = await asyncio.wait(waits, timeout=0.2)
    assert sum(isinstance(task.exception(), Problem) for task in done) >= 4
    assert len(waiting) == 3 * (BURST - 1)
    for task in waiting:
        task.cancel()
    for _ in range(7):
        await limits.begin_session("192.0.2.1")
    with pytest.raises(Problem):
        await limits.begin_session("192.0.2.1")


def test_the_rates_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("HELPLINE_SESSION_RATE", "HELPLINE_ADDRESS_RATE", "HELPLINE_ADDRESS_SESSIONS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert rates() == Rates(1, 1, 6)
    for number, name in enumerate(names, 2):
        monkeypatch.setenv(name, str(number))
    assert rates() == Rates(2, 3, 4)
    for name in names:
        for wrong in ("0", "-1", "1.5", "many", "1001", "\u0661", ""):
            monkeypatch.setenv(name, wrong)
            with pytest.raises(ValueError, match=name):
                rates()
        monkeypatch.delenv(name)
