"""What the server does when something under it fails: it says so, with the number to call, and it comes back."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from amounts import amount

from helpline import model, paths, server
from helpline.client import CHAT
from helpline.limits import MOST_TURNS
from helpline.server import CannotServe, Server

pytestmark = pytest.mark.slow

API = "/webhooks/helpline"
SECONDS_UNTIL_TOLD = 8
FLOOD_SECONDS = amount(8, 20)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def served(state: Path) -> Iterator[Server]:
    """A server with its limits on, kept alive as `helpline serve` does."""
    with server.running(
        server.free_port(), settings={"HELPLINE_STATE": str(state), "HELPLINE_LIMITS": "on"}
    ) as started:
        stop = threading.Event()

        def keep() -> None:
            while not stop.wait(0.1):
                started.keep_alive(said.append)

        thread = threading.Thread(target=keep)
        thread.start()
        yield started
        stop.set()
        thread.join()


said: list[str] = []


@pytest.fixture
def client(served: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=30) as client:
        yield client


def post(client: httpx.Client, message: str, session: str | None = None) -> httpx.Response:
    return client.post(CHAT, json={"message": message} | ({"session": session} if session else {}))


def ask(client: httpx.Client, message: str, session: str | None = None) -> dict[str, Any]:
    """Ask as politely as a client of ours does: what comes too early is sent again."""
    until = time.monotonic() + 60
    while (response := post(client, message, session)).status_code == 429:
        assert time.monotonic() < until
        time.sleep(int(response.headers["retry-after"]))
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    return reply


def assert_told(client: httpx.Client, session: str, status: int = 503) -> None:
    start = time.monotonic()
    response = post(client, "is it a pill", session)
    assert time.monotonic() - start < SECONDS_UNTIL_TOLD
    assert response.status_code == status, response.text
    assert "1-800-227-2345" in response.json()["text"]


def reasons(client: httpx.Client) -> list[str]:
    response = client.get("/ready", timeout=5)
    found: list[str] = response.json()["reasons"]
    assert response.status_code == (503 if found else 200)
    return found


def process_of(served: Server, name: str) -> int:
    part = next(part for part in served._parts if part.name == name)
    assert part.process is not None
    return part.process.pid


def wait_for_second(served: Server) -> int:
    """Wait until another Rasa stands by, and return its process."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        second = served._parts[-1].second
        lines = served._parts[-1].log.read_text(encoding="utf-8").splitlines()
        if second is not None and any("standing by" in line and f'"pid": {second.pid}' in line for line in lines):
            return second.pid
        time.sleep(0.2)
    raise AssertionError(f"nobody stands by; {said}")


def turns_of(session: str, state: Path) -> int:
    """Return how many messages of a conversation are stored."""
    sender = jwt.decode(session, options={"verify_signature": False})["sub"]
    with contextlib.closing(sqlite3.connect(state / "conversations.db")) as connection:
        query = "SELECT count(*) FROM events WHERE type_name = 'user' AND sender_id = ?"
        return int(connection.execute(query, [sender]).fetchone()[0])


def repeat_turns(session: str, state: Path, times: int) -> None:
    """Make a conversation longer: what was said in it is stored again so many times."""
    sender = jwt.decode(session, options={"verify_signature": False})["sub"]
    columns = "sender_id, type_name, timestamp, intent_name, action_name, data"
    again = f"INSERT INTO events ({columns}) SELECT {columns} FROM events WHERE sender_id = ? AND type_name = ? LIMIT 1"
    with contextlib.closing(sqlite3.connect(state / "conversations.db")) as connection, connection:
        connection.executemany(again, [[sender, "user"]] * times)


def takes_connections(served: Server) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", served.port), timeout=5):
        return True
    return False


def wait_until_answered(client: httpx.Client, session: str) -> float:
    """Return the seconds until a message of a conversation is answered again."""
    start = time.monotonic()
    while time.monotonic() - start < 120:
        with contextlib.suppress(httpx.HTTPError):
            if post(client, "is it a pill", session).status_code == 200:
                return time.monotonic() - start
        time.sleep(0.2)
    raise AssertionError(f"no answer in 120 s; {said}")


# --- limits


def test_a_flood_reaches_the_model_slowly(client: httpx.Client) -> None:
    session = ask(client, "how does everolimus work")["session"]
    outcomes: list[int] = []
    answered: list[float] = []
    start = time.monotonic()
    until = start + FLOOD_SECONDS

    def flood() -> None:
        with httpx.Client(base_url=client.base_url, timeout=30) as own:
            while time.monotonic() < until:
                outcomes.append(post(own, "is it a pill", session).status_code)
                answered.extend([time.monotonic()] if outcomes[-1] == 200 else [])
                time.sleep(0.02)

    floods = [threading.Thread(target=flood) for _ in range(16)]
    for each in floods:
        each.start()
    for each in floods:
        each.join()
    print(f"{len(answered)} of {len(outcomes)} messages reached the model in {max(answered) - start:.1f} s")
    # The first comes at once; those that waited in the queue at the end are answered after it.
    assert 1 < len(answered) <= (max(answered) - start) * 1.1 + 1
    assert outcomes.count(429) > 50
    assert set(outcomes) <= {200, 429, 503}


def test_conversations_are_not_begun_by_the_hundred(client: httpx.Client) -> None:
    found = [post(client, "hello") for _ in range(12)]
    refused = [response for response in found if response.status_code == 429]
    assert refused
    assert all(int(response.headers["retry-after"]) > 0 for response in refused)
    assert "1-800-227-2345" in refused[-1].json()["text"]


def test_what_waits_when_its_conversation_is_forgotten_brings_it_not_back(client: httpx.Client, state: Path) -> None:
    session = ask(client, "how does everolimus work")["session"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(post, client, "is it a pill", session) for _ in range(4)]
        next(concurrent.futures.as_completed(waiting))  # a message a second: the others are in the queue
        assert client.post(f"{API}/forget", json={"session": session}).status_code == 204
    statuses = sorted(future.result().status_code for future in waiting)
    assert statuses[0] == 200
    assert statuses[-1] == 401
    assert turns_of(session, state) == 0


def test_after_its_last_turn_a_conversation_begins_anew(client: httpx.Client, state: Path) -> None:
    session = ask(client, "how does everolimus work")["session"]
    repeat_turns(session, state, MOST_TURNS - 2)
    last = ask(client, "is it a pill", session)
    assert turns_of(session, state) == MOST_TURNS
    assert "notice" not in last["custom"]
    assert last["custom"]["drugs"] == ["everolimus"]
    anew = ask(client, "what are the side effects of Ibrance", session)
    assert (anew["custom"]["kind"], anew["custom"]["drugs"]) == ("answer", ["palbociclib"])
    assert "new conversation" in anew["custom"]["notice"]
    assert turns_of(session, state) == 0  # what was said before is deleted, and its session with it
    assert post(client, "is it a pill", session).status_code == 401
    assert turns_of(anew["session"], state) == 1


# --- faults


def test_a_store_that_is_held_by_another_is_told(client: httpx.Client, state: Path) -> None:
    session = ask(client, "how does everolimus work")["session"]
    with contextlib.closing(sqlite3.connect(state / "conversations.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert_told(client, session)
        assert reasons(client)[0].startswith("store_")
        other.execute("ROLLBACK")
    assert ask(client, "is it a pill", session)["custom"]["drugs"] == ["everolimus"]
    assert reasons(client) == []


def test_actions_that_hang_are_told_and_started_again(client: httpx.Client, served: Server) -> None:
    session = ask(client, "how does everolimus work")["session"]
    pid = process_of(served, "actions")
    os.kill(pid, signal.SIGSTOP)
    assert reasons(client) == ["actions_not_reachable"]
    assert_told(client, session)
    wait_until_answered(client, session)
    assert process_of(served, "actions") != pid
    assert "The actions process does not answer any more. It is ended." in said
    assert ask(client, "is it a pill", session)["custom"]["drugs"] == ["everolimus"]


def test_actions_that_die_are_started_again(client: httpx.Client, served: Server) -> None:
    session = ask(client, "how does everolimus work")["session"]
    os.kill(process_of(served, "actions"), signal.SIGKILL)
    wait_until_answered(client, session)
    assert ask(client, "is it a pill", session)["custom"]["drugs"] == ["everolimus"]
    assert "The actions process ended with code -9. It starts again in 0 s." in said


def test_where_rasa_dies_another_takes_over_and_no_conversation_is_lost(client: httpx.Client, served: Server) -> None:
    session = ask(client, "how does everolimus work")["session"]
    second = wait_for_second(served)
    os.kill(process_of(served, "rasa"), signal.SIGKILL)
    wait_until_answered(client, session)
    assert process_of(served, "rasa") == second
    assert "The rasa process ended with code -9. The one that stood by takes over." in said
    assert ask(client, "is it a pill", session)["custom"]["drugs"] == ["everolimus"]
    assert wait_for_second(served) != second


def test_a_rasa_that_hangs_is_ended_and_another_takes_over(client: httpx.Client, served: Server) -> None:
    """Also right after another one took over: that one was loaded."""
    session = ask(client, "how does everolimus work")["session"]
    second = wait_for_second(served)
    start = time.monotonic()
    os.kill(process_of(served, "rasa"), signal.SIGSTOP)
    with pytest.raises(httpx.TransportError):  # let go; a proxy gives the number then
        post(client, "is it a pill", session)
    assert time.monotonic() - start < SECONDS_UNTIL_TOLD + 2
    wait_until_answered(client, session)
    assert process_of(served, "rasa") == second
    assert "The rasa process does not answer any more. It is ended." in said


def test_a_second_server_on_the_same_conversations_is_refused(state: Path, served: Server) -> None:
    second = Server(server.free_port(), settings={"HELPLINE_STATE": str(state)})
    with pytest.raises(CannotServe, match="Another server uses the conversations"):
        second.start()
    second.stop()


def test_told_to_stop_it_finishes_what_it_has_begun(client: httpx.Client, served: Server, state: Path) -> None:
    """Runs last in this module: the server is gone afterwards."""
    session = ask(client, "how does everolimus work")["session"]
    pid = process_of(served, "actions")
    answers: list[httpx.Response] = []
    os.kill(pid, signal.SIGSTOP)
    turn = threading.Thread(target=lambda: answers.append(post(client, "is it a pill", session)))
    turn.start()
    until = time.monotonic() + 5
    while "helpline_pending_turns 1.0" not in client.get("/metrics").text:
        assert time.monotonic() < until
    rasa = process_of(served, "rasa")
    os.kill(rasa, signal.SIGTERM)
    while takes_connections(served):  # until it has begun to stop
        assert time.monotonic() < until
    os.kill(pid, signal.SIGCONT)
    turn.join()
    assert answers[0].status_code == 200, answers[0].text
    assert turns_of(session, state) == 2


def test_when_the_server_is_killed_its_processes_end(tmp_path: Path) -> None:
    """Not only those that serve: also the one that stands by, in whatever it is doing."""
    state = {"HELPLINE_STATE": str(tmp_path), "HELPLINE_LIMITS": "off"}
    command = [sys.executable, "-m", "helpline", "serve", "--port", str(server.free_port())]
    with subprocess.Popen(command, cwd=paths.ROOT, env=os.environ | state, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert "is ready" in parent.stdout.readline()
        of_it = f"/proc/{parent.pid}/task/{parent.pid}/children"
        until = time.monotonic() + 30
        while len(children := [int(pid) for pid in Path(of_it).read_text().split()]) < 3:  # the second follows soon
            assert time.monotonic() < until
            time.sleep(0.1)
        parent.kill()
    until = time.monotonic() + 60
    while left := [pid for pid in children if is_running(pid)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


# --- what it does not start with


def test_a_model_that_has_changed_is_refused(tmp_path: Path) -> None:
    ours = tmp_path / "helpline-0.tar.gz"
    assert model.fault(ours) == "There is no model helpline-0.tar.gz."
    ours.write_bytes(b"weights")
    assert "was not trained here" in str(model.fault(ours))
    model._seal(ours).write_text(model._digest(ours))
    assert model.fault(ours) is None
    ours.write_bytes(b"weight$")
    assert "has changed since it was trained" in str(model.fault(ours))


@pytest.mark.parametrize(
    ("settings", "said_of_it"),
    [
        ({"HELPLINE_LIMITS": "maybe"}, "Allowed: on, off"),
        ({"HELPLINE_ORIGINS": "*"}, "which is no origin"),
        ({"HELPLINE_DATABASE": "mysql://x"}, "HELPLINE_DATABASE is not allowed"),
        ({"HELPLINE_CONTENT": "some"}, "Allowed: all, approved"),
        ({"HELPLINE_MODE": "debug"}, "Allowed: production, development"),
        ({"HELPLINE_STANDBY": "yes"}, "Allowed: on, off"),
        ({"HELPLINE_LOGS": "syslog"}, "Allowed: files, stdout"),
        ({"HELPLINE_PROXIES": "many"}, "HELPLINE_PROXIES"),
        ({"HELPLINE_ADDRESS_RATE": "0"}, "HELPLINE_ADDRESS_RATE"),
        ({"HELPLINE_REDIS": "localhost"}, "HELPLINE_REDIS is not allowed"),
        ({"HELPLINE_SESSION_KEY": "short"}, "HELPLINE_SESSION_KEY is too short"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_starts(
    settings: dict[str, str], said_of_it: str, tmp_path: Path
) -> None:
    wrong = Server(server.free_port(), settings={"HELPLINE_STATE": str(tmp_path)} | settings)
    with pytest.raises(CannotServe, match=said_of_it):
        wrong.start()
    assert wrong._parts == []


def test_conversations_of_something_else_are_told_at_the_start(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "conversations.db")) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, something TEXT)")
    start = time.monotonic()
    with (
        pytest.raises(CannotServe, match=r"will not be ready\. It says: store_schema_differs\."),
        server.measured(server.free_port(), {"HELPLINE_STATE": str(tmp_path)}),
    ):
        pass
    assert time.monotonic() - start < server.SECONDS_TO_START


def test_without_limits_it_listens_on_this_machine_only(tmp_path: Path) -> None:
    settings = {"HELPLINE_LIMITS": "off", "HELPLINE_STATE": str(tmp_path)}
    with pytest.raises(CannotServe, match=r"works on 127\.0\.0\.1 only"):
        Server(server.free_port(), "0.0.0.0", settings).start()


def test_debug_is_refused_where_people_are_served(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "rasa",
        "run",
        "--debug",
        "--model",
        str(model.current()),
        "--interface",
        "127.0.0.1",
    ]
    command += ["--port", str(server.free_port())]
    environment = model.rasa_environment() | {"HELPLINE_STATE": str(tmp_path), "HELPLINE_MODE": "production"}
    ran = subprocess.run(
        command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert "Start without --debug" in ran.stdout + ran.stderr
