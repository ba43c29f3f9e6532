"""Whether an acknowledged turn is ever lost, and how long a person waits, when something is killed or stands still.

    python -m benchmarks.faults [--rounds 10]

In each round people talk with a server of its own while one thing goes wrong: Rasa is killed or hangs, the store is
held by another, the disk is full or read-only, the actions are killed, stopped or raise, the clock jumps (with Debian's
`faketime`), slow clients hold connections; with PostgreSQL and Redis, as beyond one machine, each is restarted, killed
and held. Then the turns in the database are compared with those that were answered: more is no loss (a turn was
kept, its answer did not arrive), fewer is. Every message holds a planted word, which must be in no file afterwards.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import glob
import itertools
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import jwt
import sqlalchemy as sa

from benchmarks import engines
from helpline import server
from helpline.client import CHAT
from helpline.server import Server

TALKERS = 4
PLANTED = "zebrafinch"
_KEY = "f" * 64
_MEGABYTES = 16  # more than the four that SQLite lets its log grow to
_SLOW_CLIENTS = 100
_CLOCK = "clock"
_FAKETIME = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))
_TURNS = 20  # of one conversation, as many as a long one has
_QUESTIONS = ("how does everolimus work",)
_RAISING = ("what are the side effects of everolimus", *_QUESTIONS)  # the first raises, in raising_actions.py


class Talk:
    """People who talk at once; what was answered is counted by conversation."""

    def __init__(self, url: str, questions: Sequence[str] = _QUESTIONS) -> None:
        self.url = url
        self._questions = questions
        self.acknowledged: collections.Counter[str] = collections.Counter()
        self.statuses: collections.Counter[int] = collections.Counter()
        self.longest = 0.0
        self.silent = 0
        self.last_answer = 0.0
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._talk) for _ in range(TALKERS)]

    def __enter__(self) -> Talk:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _talk(self) -> None:
        session: str | None = None
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False) as client:
            while not self._stop.is_set():
                start = time.monotonic()
                number = next(self._numbers)
                body = {"message": f"{self._questions[number % len(self._questions)]} {PLANTED}{number}"}
                body |= {"session": session} if session else {}
                try:
                    response = client.post(CHAT, json=body)
                except httpx.HTTPError:
                    self.longest = max(self.longest, time.monotonic() - start)
                    self.statuses[0] += 1
                    time.sleep(0.2)
                    continue
                self.longest = max(self.longest, time.monotonic() - start)
                self.statuses[response.status_code] += 1
                said = response.json()
                self.silent += not said.get("text")
                if response.status_code == 401:  # told to begin anew, as after a jump of the clock
                    session = None
                elif response.status_code == 200:
                    session = said["session"]
                    sender = jwt.decode(session, options={"verify_signature": False})["sub"]  # by whatever clock
                    self.acknowledged[sender] += 1
                    if self.acknowledged[sender] == _TURNS:
                        session = None
                    self.last_answer = time.monotonic()
                else:
                    time.sleep(0.2)


def lost(url: str, acknowledged: collections.Counter[str]) -> int:
    """Return how many answered turns are not in the database."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = "SELECT sender_id, count(*) AS turns FROM events WHERE type_name = 'user' GROUP BY sender_id"
        stored = {row.sender_id: row.turns for row in connection.execute(sa.text(query))}
    engine.dispose()
    return sum(max(0, turns - stored.get(sender, 0)) for sender, turns in acknowledged.items())


@contextlib.contextmanager
def kept_alive(started: Server) -> Iterator[None]:
    """Start again what dies, as `helpline serve` does."""
    stop = threading.Event()

    def keep() -> None:
        while not stop.wait(0.1):
            started.keep_alive(lambda line: None)

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# --- faults: each takes a site and lasts until it returns


@dataclasses.dataclass(frozen=True)
class Site:
    """A server, the folder that its conversations are on, and the PostgreSQL and the Redis that it uses, if any."""

    server: Server
    disk: Path
    database: engines.Engine | None = None
    locks: engines.Engine | None = None


def kill_rasa(site: Site) -> None:
    """End Rasa without a warning."""
    _signal(site, "rasa", signal.SIGKILL)


def kill_actions(site: Site) -> None:
    """End the actions without a warning."""
    _signal(site, "actions", signal.SIGKILL)


def stop_actions(site: Site) -> None:
    """Let the actions stand still."""
    _signal(site, "actions", signal.SIGSTOP)
    time.sleep(9)
    _signal(site, "actions", signal.SIGCONT)


def hang_rasa(site: Site) -> None:
    """Let Rasa stand still: it is to be ended, and the one that stands by goes on."""
    _signal(site, "rasa", signal.SIGSTOP)


def raise_in_actions(site: Site) -> None:
    """Let every second message be one at which the action raises."""
    time.sleep(4)


def hold_store(site: Site) -> None:
    """Lock the database from outside."""
    with contextlib.closing(sqlite3.connect(site.disk / "conversations.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(9)
        other.execute("ROLLBACK")


def kill_alone(site: Site) -> None:
    """End Rasa where no other stands by: what an operator gets with `HELPLINE_STANDBY=off`."""
    kill_rasa(site)


def fill_disk(site: Site) -> None:
    """Fill the small disk that the conversations are on, for a while."""
    filler = site.disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    time.sleep(4)
    filler.unlink()


def make_read_only(site: Site) -> None:
    """Let nothing be written for a while. While a file is open for writing the disk cannot be: Rasa is ended first."""
    kill_rasa(site)
    until = time.monotonic() + 5
    while _remount(site.disk, "ro") != 0:
        if time.monotonic() > until:
            raise CannotMeasure("the disk cannot be made read-only")
    time.sleep(4)
    if _remount(site.disk, "rw") != 0:
        raise CannotMeasure("the disk stayed read-only")


def put_clock_forward(site: Site) -> None:
    """Let it be two hours later from one moment to the next, and then again the right time."""
    _jump(site.disk, "+2h")


def put_clock_back(site: Site) -> None:
    """The same, two hours earlier."""
    _jump(site.disk, "-2h")


def _jump(disk: Path, by: str) -> None:
    (disk / _CLOCK).write_text(by, encoding="ascii")
    time.sleep(4)
    (disk / _CLOCK).write_text("+0", encoding="ascii")


def send_slowly(site: Site) -> None:
    """Open many connections and send a request a byte a second; each is to be let go before it is whole."""
    with contextlib.ExitStack() as stack:
        address = ("127.0.0.1", site.server.port)
        clients = [stack.enter_context(socket.create_connection(address, timeout=5)) for _ in range(_SLOW_CLIENTS)]
        for letter in b"POST /webhoo":
            for client in clients:
                with contextlib.suppress(OSError):
                    client.send(bytes([letter]))
            time.sleep(1)
        kept = sum(not _is_closed(client) for client in clients)
        if kept:
            raise RuntimeError(f"{kept} slow clients were not let go")


def _is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        while client.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _remount(state: Path, option: str) -> int:
    command = ["mount", "-o", f"remount,{option}", str(state)]
    return subprocess.run(command, check=False, capture_output=True).returncode


def restart_database(site: Site) -> None:
    """End PostgreSQL as an upgrade does, and start it again."""
    _start_again(site.database, signal.SIGINT)


def kill_database(site: Site) -> None:
    """End all processes of PostgreSQL without a warning, and start it again."""
    _start_again(site.database, signal.SIGKILL)


def hold_database(site: Site) -> None:
    """Let PostgreSQL stand still."""
    _hold(site.database)


def restart_locks(site: Site) -> None:
    """End Redis in order, and start it again."""
    _start_again(site.locks, signal.SIGINT)


def kill_locks(site: Site) -> None:
    """End Redis without a warning, and start it again."""
    _start_again(site.locks, signal.SIGKILL)


def hold_locks(site: Site) -> None:
    """Let Redis stand still."""
    _hold(site.locks)


def _start_again(engine: engines.Engine | None, number: int) -> None:
    assert engine is not None
    engine.end(number)
    time.sleep(2)
    engine.start()


def _hold(engine: engines.Engine | None) -> None:
    assert engine is not None
    with engine.held():
        time.sleep(9)


FAULTS: dict[str, Callable[[Site], None]] = {
    "kill -9 of Rasa": kill_rasa,
    "kill -9 of Rasa, alone": kill_alone,
    "Rasa stopped for good": hang_rasa,
    "kill -9 of the actions": kill_actions,
    "actions stopped for 9 s": stop_actions,
    "every second answer raises": raise_in_actions,
    "store held for 9 s": hold_store,
    "disk full for 4 s": fill_disk,
    "disk read-only for 4 s": make_read_only,
    "clock 2 h forward for 4 s": put_clock_forward,
    "clock 2 h back for 4 s": put_clock_back,
    "100 slow clients for 12 s": send_slowly,
    "PostgreSQL restarted": restart_database,
    "kill -9 of PostgreSQL": kill_database,
    "PostgreSQL stopped for 9 s": hold_database,
    "Redis restarted": restart_locks,
    "kill -9 of Redis": kill_locks,
    "Redis stopped for 9 s": hold_locks,
}
_ON_A_SMALL_DISK = (fill_disk, make_read_only)
_WITH_A_SECOND = (kill_rasa, hang_rasa)  # with a read-only disk it would open the file before the disk is made so
_WITH_A_CLOCK = (put_clock_forward, put_clock_back)
_WITH_ENGINES = (restart_database, kill_database, hold_database, restart_locks, kill_locks, hold_locks)
_AT_ONCE = (kill_rasa, kill_alone, kill_actions)  # these are over when they begin


class RaisingServer(Server):
    """A server with an action that raises."""

    actions = "benchmarks.raising_actions"


class CannotMeasure(Exception):
    """The fault could not be made here."""


def _signal(site: Site, name: str, number: int) -> None:
    process = next(part.process for part in site.server._parts if part.name == name)
    if process is not None:
        os.kill(process.pid, number)


@contextlib.contextmanager
def folder(is_small: bool) -> Iterator[Path | None]:
    """Give a folder; a small one is a file system of its own, or None where we may not mount one."""
    with tempfile.TemporaryDirectory(prefix="helpline-") as name:
        if not is_small:
            yield Path(name)
            return
        command = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "helpline", name]
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            yield None
            return
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=False)


def wait_for_second(started: Server) -> None:
    """Wait until another Rasa stands by, where there is to be one."""
    part = started._parts[-1]
    until = time.monotonic() + 120
    while part._has_second and time.monotonic() < until:
        lines = part.log.read_text(encoding="utf-8").splitlines()
        if part.second and any("standing by" in line and f'"pid": {part.second.pid}' in line for line in lines):
            return
        time.sleep(0.2)


def files_with_planted(*folders: Path) -> int:
    """Return how many files hold a planted word."""
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return sum(PLANTED.encode() in path.read_bytes() for path in files)


def clock_of(folder: Path) -> dict[str, str]:
    """Return the settings with which processes take the time from a file."""
    if not _FAKETIME:
        raise CannotMeasure("faketime is missing: apt-get install faketime")
    (folder / _CLOCK).write_text("+0", encoding="ascii")
    return {
        "LD_PRELOAD": _FAKETIME[-1],
        "FAKETIME_TIMESTAMP_FILE": str(folder / _CLOCK),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as in a real jump
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # its threads would wait for seconds where they wait for a millisecond
    }


@contextlib.contextmanager
def site(fault: Callable[[Site], None]) -> Iterator[tuple[Site, str, tuple[Path, ...]]]:
    """Start what a fault needs; give it, where the conversations are, and the folders in which no word may be."""
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(folder(fault in _ON_A_SMALL_DISK))
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="helpline-")))
        if disk is None:
            raise CannotMeasure("mounting a small disk needs root")
        url = f"sqlite:///{disk}/conversations.db"
        settings = {"HELPLINE_STATE": str(state), "HELPLINE_SESSION_KEY": _KEY}
        settings["HELPLINE_STANDBY"] = "on" if fault in _WITH_A_SECOND else "off"
        settings |= clock_of(disk) if fault in _WITH_A_CLOCK else {}
        database = locks = None
        if fault in _WITH_ENGINES:
            if engines.MISSING:
                raise CannotMeasure(f"{', '.join(engines.MISSING)} is missing: scripts/system-packages")
            database, locks = stack.enter_context(engines.postgresql()), stack.enter_context(engines.redis())
            url, settings["HELPLINE_REDIS"] = database.url, locks.url
        settings["HELPLINE_DATABASE"] = url
        kind = RaisingServer if fault is raise_in_actions else Server
        started = stack.enter_context(server.measured(server.free_port(), settings, kind))
        stack.enter_context(kept_alive(started))
        kept = [disk, state, started._parts[-1].log.parent, *(e.folder for e in (database, locks) if e)]
        yield Site(started, disk, database, locks), url, tuple(kept)


def measure(name: str, rounds: int) -> bool:
    """Print one row, a fault and some rounds of it; return whether nothing was lost, silent or written down.

    A round after which nobody is answered again has not passed.
    """
    fault = FAULTS[name]
    with site(fault) as (where, url, kept):
        recoveries: list[float] = []
        wait_for_second(where.server)
        with Talk(where.server.url, _RAISING if fault is raise_in_actions else _QUESTIONS) as talk:
            time.sleep(2)
            for _ in range(rounds):
                begun = time.monotonic()
                fault(where)
                until_over = begun if fault in _AT_ONCE else time.monotonic()
                while talk.last_answer < until_over + 0.2 and time.monotonic() - begun < 120:
                    time.sleep(0.05)
                recoveries.append(talk.last_answer - until_over)
                time.sleep(1)
                wait_for_second(where.server)
        gone = lost(url, talk.acknowledged)
        planted = files_with_planted(*kept)
    total = sum(talk.acknowledged.values())
    print(
        f"{name:26} rounds {rounds:3}  lost {gone} of {total} acknowledged  without text {talk.silent}  "
        f"files with words {planted}  longest answer {talk.longest:.1f} s  "
        f"first answer after {statistics.median(recoveries):.1f} s, at most {max(recoveries):.1f} s  "
        f"{dict(talk.statuses)}",
        flush=True,
    )
    is_mended = total > 0 and all(seconds > 0 for seconds in recoveries)
    return is_mended and not (gone or talk.silent or planted)


def main() -> None:
    """Measure every fault, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", choices=FAULTS, help="one fault instead of all")
    options = parser.parse_args()
    failed = []
    for name in FAULTS:
        if options.only in (None, name):
            try:
                failed += [] if measure(name, options.rounds) else [name]
            except CannotMeasure as reason:
                print(f"{name:26} not measured: {reason}", flush=True)
    if failed:
        raise SystemExit(f"Turns were lost, answers had no text, or words were written down: {', '.join(failed)}")


if __name__ == "__main__":
    main()
