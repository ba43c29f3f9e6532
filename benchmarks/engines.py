"""PostgreSQL and Redis of Debian's packages, each on loopback with a folder of its own, for measures and tests."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from helpline import server

REDIS = shutil.which("redis-server")
POSTGRESQL = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
MISSING = [name for name, found in (("redis-server", REDIS), ("postgresql", POSTGRESQL)) if not found]
# PostgreSQL does not run as root.
_AS_USER = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


@dataclass
class Engine:
    """One of them, which can be ended, started again and held.

    Attributes:
        url: where it is, as `HELPLINE_DATABASE` or `HELPLINE_REDIS` have it.
        folder: what it keeps, and its log.
    """

    url: str
    folder: Path
    command: list[str]
    is_there: Callable[[], object]
    as_user: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, cwd="/", start_new_session=True, **self.as_user
            )
        wait_for(self.is_there)

    def end(self, number: int = signal.SIGINT) -> None:
        """End it with a signal: SIGINT lets it put everything in order, SIGKILL is sent to all its processes."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if number == signal.SIGKILL else os.kill)(self.process.pid, number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Stop all its processes where they are, as if it hung."""
        assert self.process is not None
        group = [self.process.pid, *_children(self.process.pid)]
        for pid in group:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in group:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def postgresql() -> Iterator[Engine]:
    """Start a PostgreSQL with nothing in it, and end it and take away its folder at the end."""
    port = server.free_port()
    url = f"postgresql://helpline@127.0.0.1:{port}/postgres"
    programs = POSTGRESQL[-1]

    def is_there() -> bool:
        engine = sa.create_engine(url)
        try:
            engine.connect().close()
        finally:
            engine.dispose()
        return True

    # Not in a folder of pytest's: those are closed to the user that it runs as.
    with _folder("helpline-postgresql-") as folder:
        data = folder / "data"
        if _AS_USER:
            shutil.chown(folder, _AS_USER["user"])
        command = [f"{programs}/initdb", "-D", str(data), "-U", "helpline", "-A", "trust", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **_AS_USER)
        command = [f"{programs}/postgres", "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
        with _running(Engine(url, folder, command, is_there, _AS_USER)) as engine:
            yield engine


@contextlib.contextmanager
def redis() -> Iterator[Engine]:
    """Start a Redis that writes nothing down, and end it at the end."""
    from redis import Redis

    port = server.free_port()
    url = f"redis://127.0.0.1:{port}/0"

    def is_there() -> object:
        with Redis.from_url(url) as client:
            return client.ping()

    with _folder("helpline-redis-") as folder:
        command = [str(REDIS), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with _running(Engine(url, folder, command, is_there, {})) as engine:
            yield engine


@contextlib.contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(engine: Engine) -> Iterator[Engine]:
    engine.start()
    try:
        yield engine
    finally:
        engine.end()


def wait_for(is_there: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is true and raises nothing; an AssertionError where it never is."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(Exception):
            if is_there():
                return
        assert time.monotonic() < until, "not there in time"
        time.sleep(0.1)
