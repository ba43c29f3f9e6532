"""How the server starts its processes, and what it says of them. `test_server_faults.py` does so with a model."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import StubServer

from helpline import database, server
from helpline.server import CannotServe, Server

SAYS = [sys.executable, "-c", "print('what it said', flush=True)"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELPLINE_STATE", str(tmp_path))
    return tmp_path


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[server._Part]:
    part = server._Part("rasa", command, {}, url="http://127.0.0.1:1")
    part.begin_log()
    part.start()
    yield part
    assert part.process is not None
    part.process.wait(20)
    part.stop()


def test_the_log_of_the_run_before_is_kept(state: Path) -> None:
    for word in ("first", "second", "third"):
        with started([sys.executable, "-c", f"print('{word}')"]):
            pass
    logs = {path.name: path.read_text() for path in (state / "logs").iterdir()}
    assert logs == {"rasa.before.log": "second\n", "rasa.log": "third\n"}


def test_logs_are_ours_alone(state: Path) -> None:
    with started(SAYS) as part:
        assert part.log.stat().st_mode & 0o777 == 0o600
        assert part.said == f"See {part.log}."


def test_in_a_container_they_go_to_the_standard_output(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELPLINE_LOGS", "stdout")
    with started(SAYS) as part:
        assert part.said == "What it said is above."
    assert capfd.readouterr().out == "what it said\n"
    assert not part.log.exists()


# --- not ready


def waiting(stub: StubServer, state: Path) -> Server:
    """A server whose Rasa is the stub."""
    made = Server(int(stub.url.rpartition(":")[2]))
    made._parts = [server._Part("rasa", SAYS, {}, url=stub.url)]
    return made


def test_what_is_ready_is_waited_for_no_longer(stub: StubServer, state: Path) -> None:
    stub.others["ready"] = (200, {"status": "ready", "reasons": []})
    waiting(stub, state)._wait_until_ready(lambda seconds: None)


def test_what_does_not_become_ready_says_why(stub: StubServer, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SECONDS_TO_START", 0.1)
    stub.others["ready"] = (503, {"reasons": ["store_OperationalError", "actions_not_reachable"]})
    with pytest.raises(
        CannotServe, match=r"It says: store_OperationalError, actions_not_reachable\. See .*rasa\.log\."
    ):
        waiting(stub, state)._wait_until_ready(lambda seconds: None)


@pytest.mark.parametrize("answer", [b"no JSON", {}, []])
def test_what_says_nothing_of_use_is_not_ready(
    stub: StubServer, state: Path, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(server, "SECONDS_TO_START", 0.1)
    stub.others["ready"] = (200, answer)
    with pytest.raises(CannotServe, match=r"not ready after 0\.1 s\. See"):
        waiting(stub, state)._wait_until_ready(lambda seconds: None)


def test_what_waiting_does_not_mend_is_not_waited_for(stub: StubServer, state: Path) -> None:
    stub.others["ready"] = (503, {"reasons": ["store_schema_differs"]})
    with pytest.raises(CannotServe, match=r"will not be ready\. It says: store_schema_differs\."):
        waiting(stub, state)._wait_until_ready(lambda seconds: None)


# --- what hangs


class Clock:
    """The time, told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(server, "time", made)
    return made


def ask_for(part: server._Part, clock: Clock, seconds: float) -> list[str]:
    """Ask a process for so long whether it lives; return what was said of it."""
    said: list[str] = []
    until = clock.seconds + seconds
    while clock.seconds < until and not said:
        part.ask()
        part.end_if_it_hangs(said.append)
        clock.seconds += 1
    return said


def test_what_does_not_answer_any_more_is_ended(stub: StubServer, state: Path, clock: Clock) -> None:
    part = server._Part("actions", [sys.executable, "-c", "import time; time.sleep(60)"], {}, stub.url)
    part.begin_log()
    part.start()
    assert part.process is not None
    assert ask_for(part, clock, 60) == []
    stub.ready = 503
    begun = clock.seconds
    assert ask_for(part, clock, 60) == ["The actions process does not answer any more. It is ended."]
    assert clock.seconds - begun <= 8
    assert part.process.wait(20) == -9
    part.stop()


def test_what_is_loading_is_given_time(closed_url: str, state: Path, clock: Clock) -> None:
    part = server._Part("rasa", [sys.executable, "-c", "import time; time.sleep(60)"], {}, closed_url)
    part.begin_log()
    part.start()
    assert ask_for(part, clock, server.SECONDS_TO_START - 1) == []
    assert ask_for(part, clock, 8) != []
    part.stop()


# --- alone


@pytest.fixture
def postgresql(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting: nobody is asked."""
    monkeypatch.setenv("HELPLINE_DATABASE", "postgresql://me:secret@127.0.0.1:1/helpline")


@pytest.mark.usefixtures("postgresql")
def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(CannotServe, match="does not answer") as refused, server._alone():
        pass
    assert "secret" not in str(refused.value)


@pytest.mark.usefixtures("postgresql")
def test_where_redis_keeps_the_locks_nobody_needs_to_be_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_REDIS", "redis://127.0.0.1:1/0")
    with server._alone():
        pass


@pytest.mark.usefixtures("postgresql")
@pytest.mark.parametrize("is_free", [True, False])
def test_else_the_database_says_whether_it_is(is_free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    @contextlib.contextmanager
    def held() -> Iterator[bool]:
        yield is_free
        ended.append(True)

    monkeypatch.setattr(database, "held", held)
    refused = contextlib.nullcontext() if is_free else pytest.raises(CannotServe, match="Another server uses")
    with refused, server._alone():
        assert is_free
        assert not ended
    assert ended or not is_free
