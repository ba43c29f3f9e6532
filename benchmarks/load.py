"""How the server does under load: steady, crowded and far too much. Messages come when they are due, answered or not.

    python -m benchmarks.load [--url URL] [--seconds 30] [--turns 2000]

Starts a server of its own without `--url`. One table, a row per id of `docs/serving.md`: R2 at 10 messages a second, R3
with 50 senders at once and at three times what it can do, R4 beside messages of the largest size, R7 beside a slow
answer and beside a sheet in the making, R10 turn 100 beside turn 1, R11 memory over many messages.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import itertools
import json
import random
import statistics
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp

from helpline import server
from helpline.client import CHAT
from helpline.inputs import MOST_CHARACTERS

SEED = 1  # of the words that nobody knows
SECONDS_OF_A_SLOW_ANSWER = 3.0
QUESTIONS = (
    "how does everolimus work",
    "what are the side effects of Ibrance",
    "is Kisqali a pill or an IV",
    "what is T-DM1",
    "hello",
    "I have a fever",
)


Client = aiohttp.ClientSession


@dataclasses.dataclass
class Outcome:
    """One message: when it was answered, and how."""

    status: int
    seconds: float
    has_text: bool


async def send(client: Client, message: str, session: str | None = None) -> tuple[Outcome, dict[str, Any]]:
    """Send one message."""
    start = time.perf_counter()
    body = {"message": message} | ({"session": session} if session else {})
    try:
        async with client.post(CHAT, json=body) as response:
            said = json.loads(await response.read())
            return Outcome(response.status, time.perf_counter() - start, bool(said.get("text"))), said
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
        return Outcome(0, time.perf_counter() - start, False), {}


async def open_loop(client: Client, per_second: float, seconds: float) -> list[Outcome]:
    """Send messages when they are due, whatever has become of those before.

    Each is timed from when it was due: a harness that is late itself must not make the server look faster.
    """
    start = time.perf_counter()

    async def send_when_due(n: int) -> Outcome:
        due = start + n / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late = max(0.0, time.perf_counter() - due)
        outcome, _ = await send(client, QUESTIONS[n % len(QUESTIONS)])
        return dataclasses.replace(outcome, seconds=outcome.seconds + late)

    return await asyncio.gather(*(send_when_due(n) for n in range(int(per_second * seconds))))


def percentile(outcomes: Iterable[Outcome], share: float) -> float:
    """Return the milliseconds under which a share of the outcomes stayed."""
    times = sorted(outcome.seconds for outcome in outcomes)
    return times[min(len(times) - 1, int(len(times) * share))] * 1000 if times else 0.0


def told(outcomes: list[Outcome]) -> str:
    """Return what became of the messages, by status."""
    statuses = sorted({outcome.status for outcome in outcomes})
    return ", ".join(f"{sum(o.status == s for o in outcomes)} x {s or 'no answer'}" for s in statuses)


def row(name: str, figure: str, note: str = "") -> None:
    """Print one row."""
    print(f"{name:42} {figure:28} {note}", flush=True)


async def steady(client: Client, seconds: float) -> None:
    """R1 and R2."""
    outcomes = await open_loop(client, 10, seconds)
    row(
        "R2 10 a second, p50 / p95",
        f"{percentile(outcomes, 0.5):.0f} / {percentile(outcomes, 0.95):.0f} ms",
        told(outcomes),
    )
    silent = sum(not outcome.has_text for outcome in outcomes)
    row("R1 answers without a text", str(silent), f"of {len(outcomes)}")


async def crowded(client: Client, seconds: float) -> None:
    """R3."""
    outcomes = [o for o, _ in await asyncio.gather(*(send(client, QUESTIONS[n % 6]) for n in range(50)))]
    show_crowd("R3 50 senders at once", outcomes)
    capacity = await most_per_second(client)
    row("R3 capacity, closed loop of 8", f"{capacity:.0f} a second")
    outcomes = await open_loop(client, capacity * 3, seconds)
    show_crowd("R3 three times that", outcomes)
    start = time.perf_counter()
    while (outcome := (await send(client, "hello"))[0]).status != 200 or outcome.seconds > 0.5:
        await asyncio.sleep(0.2)
    row("R3 recovery", f"{time.perf_counter() - start:.1f} s")


def show_crowd(name: str, outcomes: list[Outcome]) -> None:
    """Print how long those waited that were answered, those that were refused, and those that got nothing at all."""
    answered = [outcome for outcome in outcomes if outcome.status == 200]
    refused = [outcome for outcome in outcomes if outcome.status in (429, 503)]
    row(f"{name}, answered, p95", f"{percentile(answered, 0.95):.0f} ms", told(outcomes))
    row(f"{name}, told so, p95 / slowest", f"{percentile(refused, 0.95):.0f} / {percentile(refused, 1):.0f} ms")


async def most_per_second(client: Client) -> float:
    """Return how many messages a second are answered at most."""

    async def ask_again_and_again(until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            await send(client, QUESTIONS[count % 6])
            count += 1
        return count

    until = time.perf_counter() + 5
    return sum(await asyncio.gather(*(ask_again_and_again(until) for _ in range(8)))) / 5


# Messages of the largest size that take longest to read, each for another part of the pipeline.
_LARGE = {
    "the largest message": "everolimus hurts ",
    "one of names": "Ibrance Kisqali Herceptin ",
    "one of slips": "perjetta ",
    "one of short questions": "is it safe? ",
    "one of quotation marks": '" ',
}


async def bad_inputs(client: Client) -> None:
    """S1: how long it takes to be refused, or to be answered where there is something to read."""
    keys = ("message", "session", "audience", "sender")
    values = (None, 1, [], {}, "", "\x00", "\ud800", "/restart", "x" * 3000, "\u202e" * 500)
    bodies = [{key: value} for key in keys for value in values] + [{"message": "hi", "session": v} for v in values]
    bodies += [{"message": (text * MOST_CHARACTERS)[:MOST_CHARACTERS]} for text in (*_LARGE.values(), "?", "/", "x")]
    times = []
    for body in bodies * 4:
        start = time.perf_counter()
        async with client.post(CHAT, json=body) as response:
            await response.read()
            times.append(Outcome(response.status, time.perf_counter() - start, True))
    for what, of in (
        ("refusal of", [t for t in times if t.status >= 400]),
        ("answer to", [t for t in times if t.status == 200]),
    ):
        figure = f"{percentile(of, 0.95):.0f} / {percentile(of, 1):.0f} ms"
        row(f"S1 {what} a bad input, p95 / slowest", figure, told(of))


async def beside_large(client: Client) -> None:
    """R4: words that are known, names, questions and signs, and words that are not known, other ones each time."""
    letters = random.Random(SEED)
    unknown = ("".join(letters.choices("etaoinshrdlu ", k=MOST_CHARACTERS)) for _ in itertools.count())
    known = {what: itertools.repeat((text * MOST_CHARACTERS)[:MOST_CHARACTERS]) for what, text in _LARGE.items()}
    alone = [(await send(client, QUESTIONS[0]))[0].seconds for _ in range(20)]
    for what, texts in {**known, "one of unknown words": unknown}.items():
        beside = []
        for large in itertools.islice(texts, 20):
            slow = asyncio.ensure_future(send(client, large))
            await asyncio.sleep(0.005)
            beside.append((await send(client, QUESTIONS[0]))[0].seconds)
            await slow
        delay, worst = (1000 * (of(beside) - statistics.median(alone)) for of in (statistics.median, max))
        row(f"R4 delay beside {what}", f"{delay:.0f} / {worst:.0f} ms", "median / worst of 20")


async def beside_slow(client: Client) -> None:
    """Compare one person's wait while another's sheet, the slowest thing there is, is being made."""
    first = (await send(client, QUESTIONS[0]))[1]
    turn = {"asked": "x", "topic": "side_effects", "drugs": ["everolimus"]}
    body = {"session": first["session"], "turns": [turn] * 20}
    alone = [(await send(client, QUESTIONS[0]))[0].seconds for _ in range(10)]

    async def make_sheet() -> int:
        async with client.post(CHAT.replace("chat", "sheet"), json=body) as response:
            await response.read()
            return response.status

    sheet = asyncio.ensure_future(make_sheet())
    beside = []
    while not sheet.done():
        beside.append((await send(client, QUESTIONS[0]))[0].seconds)
    delay = (max(beside) - statistics.median(alone)) * 1000
    row("R7 delay beside a sheet being made, worst", f"{delay:.0f} ms", f"status {await sheet}")


class SlowServer(server.Server):
    """A server of which two answers take long."""

    actions = "benchmarks.slow_actions"


async def beside_slow_action(url: str) -> None:
    """R7: one person's wait while the action of another works for three seconds, and while it waits for three."""
    async with aiohttp.ClientSession(url) as client:
        quick = QUESTIONS[1]
        alone = statistics.median([(await send(client, quick))[0].seconds for _ in range(20)][10:])
        for what, question in (("works", "how does everolimus work"), ("waits", "is Kisqali a pill or an IV")):
            beside, slowest = [], []
            for _ in range(3):
                slow = asyncio.ensure_future(send(client, question))
                while not slow.done():
                    beside.append((await send(client, quick))[0].seconds)
                slowest.append(slow.result()[0])
            late = sorted(1000 * (seconds - alone) for seconds in beside)
            if min(outcome.seconds for outcome in slowest) < SECONDS_OF_A_SLOW_ANSWER:
                raise SystemExit("No action was slow: nothing was measured.")
            figure = f"{statistics.median(late):.0f} / {late[-1]:.0f} ms"
            note = f"median / worst of {len(late)}, beside 3 of {slowest[0].seconds:.1f} s: {told(slowest)}"
            row(f"R7 delay beside an action that {what}", figure, note)


async def long_conversation(client: Client) -> None:
    """R10."""
    times, session = [], None
    for _ in range(100):
        outcome, said = await send(client, QUESTIONS[0], session)
        session = said.get("session")
        times.append(outcome.seconds)
    first, last = statistics.median(times[1:11]), statistics.median(times[-10:])
    row("R10 turn 100 beside turn 1", f"{last / first:.1f} times", f"{first * 1000:.0f} -> {last * 1000:.0f} ms")


async def memory(client: Client, turns: int, started: server.Server) -> None:
    """R11."""
    pid = next(part.process.pid for part in started._parts if part.name == "rasa" and part.process)
    for n in range(200):
        await send(client, QUESTIONS[n % 6])
    before = resident(pid)
    for n in range(turns):
        await send(client, QUESTIONS[n % 6])
    after = resident(pid)
    row(
        "R11 memory of Rasa, growth",
        f"{(after / before - 1) * 100:.1f} %",
        f"{before} -> {after} MB in {turns} messages",
    )


def resident(pid: int) -> int:
    """Return the megabytes that a process holds."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


async def measure(url: str, seconds: float, turns: int, started: server.Server | None) -> None:
    """Print all rows."""
    # Not httpx: at a hundred messages a second it would need the processor that it is to leave to the server.
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as client:
        await open_loop(client, 5, 3)
        await steady(client, seconds)
        await crowded(client, seconds)
        await bad_inputs(client)
        await beside_large(client)
        await beside_slow(client)
        await long_conversation(client)
        if started is not None:
            await memory(client, turns, started)


def main() -> None:
    """Measure a server at an address, or one of our own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--turns", type=int, default=2000)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        started = None if options.url else stack.enter_context(server.measured(server.free_port()))
        url = options.url or (started.url if started else "")
        asyncio.run(measure(url, options.seconds, options.turns, started))
    if started is not None:
        with server.measured(server.free_port(), kind=SlowServer) as slow:
            asyncio.run(beside_slow_action(slow.url))


if __name__ == "__main__":
    main()
