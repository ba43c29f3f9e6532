"""Whether an acknowledged turn is ever lost, and how long a person waits, when something is killed or stands still.

    python -m benchmarks.faults [--rounds 10]

In each round people talk with a server of its own while one thing goes wrong: Rasa is killed, the store is held by
another, the disk is full or read-only, the actions are killed or stopped. Then the turns in the database are compared
with those that were answered: more is no loss (a turn was kept, its answer did not arrive), fewer is.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import jwt

from helpline import server
from helpline.client import CHAT
from helpline.server import Server

TALKERS = 4
_KEY = "f" * 64
_MEGABYTES = 3
_TURNS = 20  # of one conversation, as many as a long one has


class Talk:
    """People who talk at once; what was answered is counted by conversation."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acknowledged: collections.Counter[str] = collections.Counter()
        self.statuses: collections.Counter[int] = collections.Counter()
        self.longest = 0.0
        self.silent = 0
        self.last_answer = 0.0
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
                body = {"message": "how does everolimus work"} | ({"session": session} if session else {})
                try:
                    response = client.post(CHAT, json=body)
                except httpx.HTTPError:
                    self.statuses[0] += 1
                    time.sleep(0.2)
                    continue
                self.longest = max(self.longest, time.monotonic() - start)
                self.statuses[response.status_code] += 1
                said = response.json()
                self.silent += not said.get("text")
                if response.status_code == 200:
                    session = said["session"]
                    sender = jwt.decode(session, _KEY, algorithms=["HS256"], audience="helpline")["sub"]
                    self.acknowledged[sender] += 1
                    if self.acknowledged[sender] == _TURNS:
                        session = None
                    self.last_answer = time.monotonic()
                else:
                    time.sleep(0.2)


def lost(state: Path, acknowledged: collections.Counter[str]) -> int:
    """Return how many answered turns are not in the database."""
    with contextlib.closing(sqlite3.connect(state / "conversations.db")) as connection:
        query = "SELECT sender_id, count(*) FROM events WHERE type_name = 'user' GROUP BY sender_id"
        stored = dict(connection.execute(query).fetchall())
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


# --- faults: each takes (server, state folder) and lasts until it returns


def kill_rasa(started: Server, state: Path) -> None:
    """End Rasa without a warning."""
    _signal(started, "rasa", signal.SIGKILL)


def kill_actions(started: Server, state: Path) -> None:
    """End the actions without a warning."""
    _signal(started, "actions", signal.SIGKILL)


def stop_actions(started: Server, state: Path) -> None:
    """Let the actions stand still."""
    _signal(started, "actions", signal.SIGSTOP)
    time.sleep(9)
    _signal(started, "actions", signal.SIGCONT)


def hold_store(started: Server, state: Path) -> None:
    """Lock the database from outside."""
    with contextlib.closing(sqlite3.connect(state / "conversations.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(9)
        other.execute("ROLLBACK")


def fill_disk(started: Server, state: Path) -> None:
    """Fill the small disk that the conversations are on, for a while."""
    filler = state / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    time.sleep(4)
    filler.unlink()


def make_read_only(started: Server, state: Path) -> None:
    """Let nothing be written for a while."""
    for option in ("ro", "rw"):
        # Refused where a file is open for writing, as it is in WAL mode: then nothing was measured, and that is said.
        subprocess.run(["mount", "-o", f"remount,{option}", str(state)], check=True, capture_output=True)
        time.sleep(4 if option == "ro" else 0)


FAULTS: dict[str, Callable[[Server, Path], None]] = {
    "kill -9 of Rasa": kill_rasa,
    "kill -9 of the actions": kill_actions,
    "actions stopped for 9 s": stop_actions,
    "store held for 9 s": hold_store,
    "disk full for 4 s": fill_disk,
    "disk read-only for 4 s": make_read_only,
}
_ON_A_SMALL_DISK = (fill_disk, make_read_only)


def _signal(started: Server, name: str, number: int) -> None:
    process = next(part.process for part in started._parts if part.name == name)
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


def measure(name: str, rounds: int) -> None:
    """Print one row: a fault, some rounds of it."""
    fault = FAULTS[name]
    with folder(fault in _ON_A_SMALL_DISK) as state:
        if state is None:
            print(f"{name:26} not measured: mounting a small disk needs root", flush=True)
            return
        settings = {"HELPLINE_STATE": str(state), "HELPLINE_SESSION_KEY": _KEY}
        with server.measured(server.free_port(), settings) as started, kept_alive(started):
            recoveries = []
            with Talk(started.url) as talk:
                time.sleep(2)
                for _ in range(rounds):
                    begun = time.monotonic()
                    fault(started, state)
                    until_over = time.monotonic()
                    while talk.last_answer < until_over + 0.2 and time.monotonic() - begun < 120:
                        time.sleep(0.05)
                    recoveries.append(talk.last_answer - until_over)
                    time.sleep(1)
            gone = lost(state, talk.acknowledged)
    total = sum(talk.acknowledged.values())
    print(
        f"{name:26} rounds {rounds:3}  lost {gone} of {total} acknowledged  without text {talk.silent}  "
        f"longest answer {talk.longest:.1f} s  first answer after {max(recoveries):.1f} s  {dict(talk.statuses)}",
        flush=True,
    )


def main() -> None:
    """Measure every fault, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", default="", help="part of a fault's name")
    options = parser.parse_args()
    for name in FAULTS:
        if options.only in name:
            try:
                measure(name, options.rounds)
            except subprocess.CalledProcessError:
                print(f"{name:26} not measured: the fault could not be made here", flush=True)


if __name__ == "__main__":
    main()
