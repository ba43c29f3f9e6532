"""Runs the helpline: the action server and Rasa as two processes, started together and stopped together."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import httpx

from helpline import assistant, model, paths

LOOPBACK = "127.0.0.1"
SECONDS_TO_START = 120
SECONDS_TO_STOP = 10


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


class Server:
    """The two processes of one helpline on one port."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self.port, self.host = port, host
        self.url = f"http://{host}:{port}"
        self._action_port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, tell: Callable[[float], None] = lambda seconds: None) -> None:
        """Start both processes and return when both can answer.

        Raises:
            CannotServe: the port is in use, a process ended, or they were not ready in time.
        """
        require_free(self.host, self.port)
        try:
            assistant.content_setting()
        except ValueError as error:
            raise CannotServe(str(error)) from error
        paths.LOGS.mkdir(exist_ok=True)
        python = [sys.executable, "-m"]
        self._spawn("actions", [*python, "rasa_sdk", "--actions", "actions", "--port", str(self._action_port)])
        command = [*python, "rasa", "run", "--interface", self.host, "--port", str(self.port)]
        command += ["--model", str(model.current()), "--endpoints", str(self._endpoints())]
        self._spawn("rasa", [*command, "--credentials", str(paths.ROOT / "credentials.yml")])
        self._wait_until_ready(tell)

    def _spawn(self, name: str, command: list[str]) -> None:
        environment = model.rasa_environment() | {"SANIC_HOST": LOOPBACK}
        descriptor = os.open(paths.LOGS / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as log:
            # A session of its own: Ctrl-C reaches only us, and we stop both in order.
            self._processes[name] = subprocess.Popen(
                command,
                cwd=paths.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _endpoints(self) -> Path:
        """Write endpoints.yml with the port of our action server, and return where."""
        text = (paths.ROOT / "endpoints.yml").read_text(encoding="utf-8")
        folder = paths.STATE
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"endpoints-{self.port}.yml"
        path.write_text(re.sub(r"127\.0\.0\.1:\d+", f"{LOOPBACK}:{self._action_port}", text), encoding="utf-8")
        return path

    def _wait_until_ready(self, tell: Callable[[float], None]) -> None:
        start = time.monotonic()
        while True:
            self.require_running()
            tell(time.monotonic() - start)
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/ready", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    return
            if time.monotonic() - start > SECONDS_TO_START:
                raise CannotServe(f"The server was not ready after {SECONDS_TO_START} s. See logs/rasa.log.")
            time.sleep(0.2)

    def require_running(self) -> None:
        """Raise `CannotServe` where one of the processes has ended."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise CannotServe(f"The {name} process ended with code {process.returncode}. See logs/{name}.log.")

    def stop(self) -> None:
        """Stop both processes, Rasa first so that a turn under way still finds its actions."""
        for process in reversed(self._processes.values()):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        (paths.STATE / f"endpoints-{self.port}.yml").unlink(missing_ok=True)


@contextlib.contextmanager
def running(port: int, host: str = LOOPBACK, tell: Callable[[float], None] = lambda seconds: None) -> Iterator[Server]:
    """Start a server, and stop it whatever happens inside the `with`."""
    server = Server(port, host)
    try:
        server.start(tell)
        yield server
    finally:
        server.stop()


def wait_for_signal(server: Server) -> None:
    """Return when this process is asked to stop.

    Raises:
        CannotServe: one of the server's processes ended by itself.
    """
    stopped: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    while not stopped:
        server.require_running()
        time.sleep(0.2)
