"""Runs the helpline: the action server and Rasa as two processes, started together, kept alive and stopped together."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType

import httpx
import psycopg2

from helpline import assistant, database, limits, logs, model, origins, paths, rope, sessions, switches

LOOPBACK = "127.0.0.1"
SECONDS_TO_START = 120
SECONDS_TO_STOP = 10
_SECONDS_BETWEEN_LOOKS = 0.2
_SECONDS_TO_ANSWER = 5
# Whether a process still answers: one that hangs is ended within the eight seconds after which a person is to be told.
_SECONDS_BETWEEN_QUESTIONS = 0.5
_SECONDS_TO_SAY_THAT_IT_LIVES = 2
_QUESTIONS_UNANSWERED = 3
_SECONDS_UNANSWERED = 7  # one that is stopping refuses questions at once, and has turns to finish
_LONGEST_PAUSE = 10  # a person waits no longer than 15 s for what dies again and again
_SECONDS_UNTIL_SECOND = 2  # after the one before it took over: first come the people who waited
_SECONDS_OF_HEALTH = 60  # after which a fault counts as the first


# What `/ready` says of a server that will not be ready however long one waits.
_NOT_MENDED_BY_WAITING = frozenset(
    ("model_not_loaded", "model_differs", "store_class_differs", "store_schema_differs", "lock_store_class_differs")
)
_environment_lock = threading.Lock()  # the environment is the whole process's


class CannotServe(Exception):
    """The server cannot start or has stopped; the message is one sentence for the person at the terminal."""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Raise `CannotServe` where a port is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Port {port} is in use by another program. Stop that program, or choose a port: make serve PORT=5006"
            ) from error


def stands_by() -> bool:
    """Return whether a second Rasa stands by, loaded; `HELPLINE_STANDBY=off` saves its memory.

    Raises:
        ValueError: the setting is something else.
    """
    return switches.is_on("HELPLINE_STANDBY")


def _get(url: str, seconds: float) -> httpx.Response:
    return httpx.get(url, timeout=seconds, trust_env=False)


class _Part:
    """One process that is kept alive: when it ends it is started again, after a pause that grows with each fault.

    Where it takes long to start, a second one stands by, which takes over at once.
    """

    def __init__(
        self, name: str, command: list[str], environment: Mapping[str, str], url: str, has_second: bool = False
    ) -> None:
        self.name, self.url = name, url
        self.log = paths.logs() / f"{name}.log"
        self._logs_to_stdout = logs.go_to_stdout()
        self._command, self._environment = [*command, rope.OPTION], environment
        self._faults = 0
        self._began = self._answered = self._due = self._second_due = 0.0
        self._has_answered, self._unanswered = False, 0
        self._has_second = has_second
        self.process: subprocess.Popen[bytes] | None = None
        self.second: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """Return where what the process says is to be read, as a sentence."""
        return "What it said is above." if self._logs_to_stdout else f"See {self.log}."

    def begin_log(self) -> None:
        """Begin a new log, and keep the one before: it says why the process ended that we now start again."""
        self.log.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.log.replace(self.log.with_suffix(".before.log"))

    def start(self) -> None:
        """Start the process. Its log goes on where there is one."""
        self._serve(self._spawn())

    def _serve(self, process: subprocess.Popen[bytes]) -> None:
        self._began = self._answered = time.monotonic()
        self.process, self._has_answered, self._unanswered = process, False, 0
        rope.tell_to_serve(process)

    def _spawn(self) -> subprocess.Popen[bytes]:
        log = None if self._logs_to_stdout else self._open_log()
        try:
            # A session of its own: Ctrl-C reaches only us, and we stop both in order. The standard input is its rope:
            # it stops when we are gone, however we ended.
            return subprocess.Popen(
                self._command,
                cwd=paths.ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            if log is not None:
                os.close(log)

    def _open_log(self) -> int:
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def code(self) -> int | None:
        """Return the code with which the process ended; None while it runs."""
        return self.process.poll() if self.process else None

    def revive(self, say: Callable[[str], None]) -> None:
        """Let the second process take over where the first has ended, or start it again when its pause is over."""
        if self.process is not None and self.code is not None:
            ended = f"The {self.name} process ended with code {self.code}."
            rope.let_go(self.process)
            if self.second is not None and self.second.poll() is None:
                say(f"{ended} The one that stood by takes over.")
                self._serve(self.second)
                self.second, self._second_due = None, time.monotonic() + _SECONDS_UNTIL_SECOND
                return
            now = time.monotonic()
            self._faults = 1 if now - self._began > _SECONDS_OF_HEALTH else self._faults + 1
            pause = 0 if self._faults == 1 else min(2.0**self._faults, _LONGEST_PAUSE)
            say(f"{ended} It starts again in {pause:.0f} s.")
            self._due, self.process = now + pause, None
        if self.process is None and time.monotonic() >= self._due:
            self.start()

    def stand_by(self) -> None:
        """Start the second process where there is to be one; to be called while the first one serves."""
        now = time.monotonic()
        if self.second is not None and self.second.poll() is not None:
            rope.let_go(self.second)
            self.second, self._second_due = None, now + _LONGEST_PAUSE
        if self._has_second and self.second is None and now >= self._second_due:
            self.second = self._spawn()

    def ask(self) -> bool:
        """Ask the process whether it lives, and return what it says."""
        answers = False
        with contextlib.suppress(httpx.HTTPError):
            answers = _get(f"{self.url}/health", _SECONDS_TO_SAY_THAT_IT_LIVES).status_code == httpx.codes.OK
        self._unanswered = 0 if answers else self._unanswered + 1
        if answers:
            self._answered, self._has_answered = time.monotonic(), True
        return answers

    def end_if_it_hangs(self, say: Callable[[str], None]) -> None:
        """End a process that has answered and does not any more, or that has been loading for too long."""
        now = time.monotonic()
        may_be_loading = not self._has_answered and now - self._began <= SECONDS_TO_START
        is_silent = now - self._answered >= _SECONDS_UNANSWERED and self._unanswered >= _QUESTIONS_UNANSWERED
        if is_silent and not may_be_loading and self.process:
            say(f"The {self.name} process does not answer any more. It is ended.")
            self.process.kill()
            self._unanswered = 0

    def stop(self) -> None:
        """Ask the processes to end, and end them where they do not."""
        running = [process for process in (self.second, self.process) if process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        for process in running:
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            rope.let_go(process)


class Server:
    """The two processes of one helpline on one port."""

    actions = "actions"  # the module that runs them

    def __init__(self, port: int, host: str = LOOPBACK, settings: Mapping[str, str] | None = None) -> None:
        """Prepare to serve; nothing is started yet.

        Args:
            port: where the page and the API are.
            host: the address to listen on.
            settings: HELPLINE_ settings that go before those of the environment.
        """
        self.port, self.host = port, host
        self.url = f"http://{host}:{port}"
        self._settings = dict(settings or {})
        self._action_port = free_port()
        self._parts: list[_Part] = []
        self._asked = 0.0
        self._undo = contextlib.ExitStack()

    def start(self, tell: Callable[[float], None] = lambda seconds: None) -> None:
        """Start both processes and return when both can answer.

        Raises:
            CannotServe: a setting is wrong, the port or the conversations are in use, the model is missing or not one
                that we trained, a process ended, or they were not ready in time.
        """
        require_free(self.host, self.port)
        with self._environment():
            self._require_settings()
            self._undo.enter_context(_alone())
            fault = model.fault(model.current())
            if fault:
                raise CannotServe(f"{fault} Train one: .venv/bin/helpline train")
            self._parts = [self._actions(), self._rasa()]
        for part in self._parts:
            part.begin_log()
            part.start()
        self._wait_until_ready(tell)

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        with _environment_lock:
            before = dict(os.environ)
            os.environ.update(self._settings)
            try:
                yield
            finally:
                os.environ.clear()
                os.environ.update(before)

    def _require_settings(self) -> None:
        try:
            switches.require_known()
            assistant.content_setting()
            origins.listed()
            logs.mode()
            logs.go_to_stdout()
            database.url()
            database.locks()
            stands_by()
            limits.proxies()
            limits.rates()
            sessions.given_key()
            are_on = limits.are_on()
        except ValueError as error:
            raise CannotServe(str(error)) from error
        if not are_on and not self.host.startswith("127."):
            raise CannotServe("HELPLINE_LIMITS=off is for measuring on this machine: it works on 127.0.0.1 only.")

    def _actions(self) -> _Part:
        command = [sys.executable, "-m", self.actions, "--port", str(self._action_port)]
        return _Part("actions", command, model.rasa_environment(), f"http://{LOOPBACK}:{self._action_port}")

    def _rasa(self) -> _Part:
        command = [sys.executable, "-m", "helpline.rasa.worker", "--host", self.host, "--port", str(self.port)]
        command += ["--model", str(model.current()), "--endpoints", str(self._endpoints())]
        # The sums of one turn are too small for several threads, which would only take time from the next turn.
        environment = model.rasa_environment() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        url = f"http://{LOOPBACK if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104
        return _Part("rasa", command, environment, url, has_second=stands_by())

    def _endpoints(self) -> Path:
        """Write endpoints.yml with the port of our action server and, where one is set, Redis; return where."""
        text = (paths.ROOT / "endpoints.yml").read_text(encoding="utf-8")
        text = re.sub(r"127\.0\.0\.1:\d+", f"{LOOPBACK}:{self._action_port}", text)
        if database.locks():
            text += "lock_store:\n  type: helpline.rasa.lock_store.RedisLocks\n"
        folder = paths.state()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"endpoints-{self.port}.yml"
        path.write_text(text, encoding="utf-8")
        self._undo.callback(path.unlink, missing_ok=True)
        return path

    def _wait_until_ready(self, tell: Callable[[float], None]) -> None:
        start = time.monotonic()
        while True:
            self.require_running()
            tell(time.monotonic() - start)
            reasons = self._reasons()
            if reasons == []:
                return
            told = f" It says: {', '.join(reasons)}." if reasons else ""
            if reasons and not _NOT_MENDED_BY_WAITING.isdisjoint(reasons):
                raise CannotServe(f"The server will not be ready.{told} {self._parts[-1].said}")
            if time.monotonic() - start > SECONDS_TO_START:
                raise CannotServe(f"The server was not ready after {SECONDS_TO_START} s.{told} {self._parts[-1].said}")
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _reasons(self) -> list[str] | None:
        """Return why it is not ready, as `/ready` tells it; nothing where it is, None where it does not answer."""
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, TypeError):
            told = _get(f"{self._parts[-1].url}/ready", _SECONDS_TO_ANSWER).json()
            return [str(reason) for reason in told["reasons"]]
        return None

    def require_running(self) -> None:
        """Raise `CannotServe` where one of the processes has ended."""
        for part in self._parts:
            if part.code is not None:
                raise CannotServe(f"The {part.name} process ended with code {part.code}. {part.said}")

    def keep_alive(self, say: Callable[[str], None]) -> None:
        """Start again what has ended, end what does not answer any more, and let Rasa have a second that stands by.

        To be called again and again.
        """
        for part in self._parts:
            part.revive(say)
        if time.monotonic() - self._asked < _SECONDS_BETWEEN_QUESTIONS:
            return
        for part in self._parts:
            if part.ask():
                part.stand_by()
            part.end_if_it_hangs(say)
        self._asked = time.monotonic()

    def stop(self) -> None:
        """Stop both processes, Rasa first so that a turn under way still finds its actions."""
        for part in reversed(self._parts):
            part.stop()
        self._undo.close()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hold the conversations for ourselves: two servers with locks of their own would write and sweep past each other.

    Raises:
        CannotServe: another server holds them.
    """
    kept = database.file()
    with _alone_in_database() if kept is None else _alone_in_file(kept):
        yield


@contextlib.contextmanager
def _alone_in_file(kept: Path) -> Iterator[None]:
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Not opened for writing: its disk can be made read-only, and back, while we hold it.
    with open(os.open(kept.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT, 0o600), encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotServe(
                f"Another server uses the conversations in {kept}. Stop it, or set HELPLINE_STATE to another folder."
            ) from error
        yield


@contextlib.contextmanager
def _alone_in_database() -> Iterator[None]:
    if database.locks():  # which are made to be shared
        yield
        return
    with contextlib.ExitStack() as undo:
        try:
            is_ours = undo.enter_context(database.held())
        except psycopg2.Error as error:
            # Its message may hold the address, and that the password.
            raise CannotServe("The database in HELPLINE_DATABASE does not answer. Start it first.") from error
        if not is_ours:
            raise CannotServe(
                "Another server uses the conversations in HELPLINE_DATABASE. Stop it, or set HELPLINE_REDIS for both."
            )
        yield


@contextlib.contextmanager
def running(
    port: int,
    host: str = LOOPBACK,
    tell: Callable[[float], None] = lambda seconds: None,
    settings: Mapping[str, str] | None = None,
    kind: type[Server] = Server,
) -> Iterator[Server]:
    """Start a server as it is set up, and stop it whatever happens inside the `with`."""
    server = kind(port, host, settings)
    try:
        server.start(tell)
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def measured(port: int, settings: Mapping[str, str] | None = None, kind: type[Server] = Server) -> Iterator[Server]:
    """Start a server for a test or a measure: without limits, alone, and with conversations of its own."""
    with tempfile.TemporaryDirectory(prefix="helpline-") as folder:
        own = {"HELPLINE_LIMITS": "off", "HELPLINE_STANDBY": "off", "HELPLINE_STATE": folder} | dict(settings or {})
        with running(port, settings=own, kind=kind) as server:
            yield server


def wait_for_signal(server: Server, say: Callable[[str], None] = lambda line: None) -> None:
    """Keep the server alive until this process is asked to stop."""
    stopped: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    while not stopped:
        server.keep_alive(say)
        time.sleep(_SECONDS_BETWEEN_LOOKS)
