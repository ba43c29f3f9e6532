"""What an operator uses beyond one machine, run for real: two workers behind nginx, with PostgreSQL and Redis.

The servers are Debian's, on loopback, with folders of their own. Where one is missing, the tests are skipped, loudly.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import psycopg2.extensions
import pytest
import sqlalchemy as sa
import yaml
from amounts import amount

from benchmarks import engines, faults
from benchmarks.engines import Engine, wait_for
from helpline import database, paths, server
from helpline.client import CHAT
from helpline.rasa import tracker_store
from helpline.server import Server

DEPLOY = paths.ROOT / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
MISSING = [*engines.MISSING, *([] if NGINX else ["nginx"])]
needs_servers = pytest.mark.skipif(
    bool(MISSING), reason=f"NOT TESTED BEYOND ONE MACHINE: {', '.join(MISSING)} is missing. Run scripts/system-packages"
)
SECONDS_UNTIL_TOLD = 8
KEY = "0123456789abcdef" * 4


# --- files


def documents(name: str) -> list[dict[str, Any]]:
    return [part for part in yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")) if part]


def test_every_kind_that_a_cluster_needs_is_there() -> None:
    found = {part["kind"]: part for part in documents("kubernetes/helpline.yml")}
    assert set(found) == {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"}
    pod = found["Deployment"]["spec"]["template"]
    container = pod["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    labels = pod["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = found[kind]["spec"]
        selector = spec.get("selector") or spec["podSelector"]
        assert selector.get("matchLabels", selector) == labels, kind
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == found["Deployment"]["metadata"]["name"]


TOOLS = paths.ROOT / ".venv-tools" / "bin"


@pytest.mark.skipif(not TOOLS.exists(), reason="NOT CHECKED AGAINST SCHEMAS: run scripts/tools")
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("kubernetes-validate", "--strict"), "kubernetes/helpline.yml"),
        (("check-jsonschema", "--builtin-schema", "vendor.compose-spec"), "compose.yml"),
    ],
)
def test_a_file_is_what_its_schema_says(command: tuple[str, ...], name: str) -> None:
    ran = subprocess.run([TOOLS / command[0], *command[1:], DEPLOY / name], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


LINT = paths.ROOT / "scripts" / "tools-of-node" / "node_modules" / ".bin" / "dockerfile-utils"
WRONG = {
    "RUNN true": "Unknown instruction: RUNN",
    "COPY --frm=build a b": "Unknown flag: frm",
    "EXPOSE 50050x": "Invalid containerPort",
    "HEALTHCHECK --interval=10 CMD true": "interval",
    "CMD [true]\nCMD [true]": "There can only be one CMD",
}


@pytest.mark.skipif(not LINT.exists(), reason="THE DOCKERFILE IS NOT CHECKED: run scripts/tools")
def test_the_dockerfile_is_one(tmp_path: Path) -> None:
    """With what the linter finds in files that are none, so that its silence says something."""
    ran = subprocess.run([LINT, "lint", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
    for line, said in WRONG.items():
        (tmp_path / "Dockerfile").write_text(f"FROM python:3.10\n{line}\n", encoding="utf-8")
        ran = subprocess.run([LINT, "lint", tmp_path / "Dockerfile"], capture_output=True, text=True, check=False)
        assert said in ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["kubernetes/helpline.yml", "compose.yml", "Dockerfile"])
def test_every_setting_that_is_given_exists(name: str) -> None:
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    given = set(re.findall(r"HELPLINE_[A-Z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
    assert given
    assert given <= set(re.findall(r"HELPLINE_[A-Z_]+", readme))


def test_compose_names_what_it_uses() -> None:
    compose = documents("compose.yml")[0]
    assert set(compose["services"]) == {"worker-a", "worker-b", "proxy", "database", "locks"}
    assert compose["networks"]["inside"]["internal"] is True
    for worker in ("worker-a", "worker-b"):
        assert (paths.ROOT / "deploy" / compose["services"][worker]["build"]["context"]).resolve() == paths.ROOT
        assert compose["services"][worker]["networks"] == ["inside"]
        assert "ports" not in compose["services"][worker]


def test_the_proxy_of_compose_is_written_from_the_other() -> None:
    before = (DEPLOY / "nginx.compose.conf").read_text(encoding="utf-8")
    subprocess.run([paths.ROOT / "scripts" / "compose-proxy"], check=True)
    assert (DEPLOY / "nginx.compose.conf").read_text(encoding="utf-8") == before


def test_the_image_copies_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001" in text
    for command in re.findall(r"\.venv/bin/helpline (\w+)", text):
        assert command in ("check", "train", "serve")


@pytest.mark.parametrize("name", [".dockerignore", ".gitignore"])
def test_the_file_of_secrets_goes_nowhere(name: str) -> None:
    """It lies beside compose.yml, which asks for keys."""
    assert {".env", "**/.env"} & set((paths.ROOT / name).read_text(encoding="utf-8").split())


def test_every_reply_of_the_proxy_has_the_number() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    bodies = re.findall(r"return \d+ '(\{.*\})';", text)
    assert len(bodies) == 5
    assert all("1-800-227-2345" in body and "911" in body for body in bodies)


# --- the whole, running


@dataclass
class Stack:
    """Two workers, a proxy and what they share."""

    workers: list[Server]
    url: str
    engines: dict[str, Engine]
    proxy_log: Path

    @property
    def database(self) -> str:
        return self.engines["database"].url


def nginx_configuration(folder: Path, port: int, workers: list[int]) -> Path:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    text = text.replace("127.0.0.1:5005", f"127.0.0.1:{workers[0]}").replace(
        "127.0.0.1:5006", f"127.0.0.1:{workers[1]}"
    )
    text = text.replace("worker_processes auto;", f"worker_processes 1; pid {folder}/nginx.pid; daemon off;")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    text = text.replace("http {\n", f"http {{\n{own}", 1)
    path = folder / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    return path


@contextlib.contextmanager
def proxy(folder: Path, port: int, workers: list[int]) -> Iterator[Path]:
    """Start nginx with our configuration; give its log."""
    conf, log = nginx_configuration(folder, port, workers), folder / "log"
    with log.open("ab") as file:
        process = subprocess.Popen([str(NGINX), "-c", str(conf)], stdout=file, stderr=subprocess.STDOUT, cwd="/")
    try:
        yield log
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folders = {name: tmp_path_factory.mktemp(name) for name in ("proxy", "a", "b")}
    ports = {name: server.free_port() for name in folders}
    with contextlib.ExitStack() as undo:
        database, locks = undo.enter_context(engines.postgresql()), undo.enter_context(engines.redis())
        log = undo.enter_context(proxy(folders["proxy"], ports["proxy"], [ports["a"], ports["b"]]))
        shared = {
            "HELPLINE_DATABASE": database.url,
            "HELPLINE_REDIS": locks.url,
            "HELPLINE_SESSION_KEY": KEY,
            "HELPLINE_PROXIES": "1",
            "HELPLINE_LIMITS": "off",  # here the proxy counts
            "HELPLINE_STANDBY": "off",
        }
        workers = [Server(ports[name], settings=shared | {"HELPLINE_STATE": str(folders[name])}) for name in ("a", "b")]
        for worker in workers:
            undo.callback(worker.stop)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(Server.start, workers))
        yield Stack(workers, f"http://127.0.0.1:{ports['proxy']}", {"database": database, "locks": locks}, log)


def post(url: str, message: str, session: str | None = None) -> httpx.Response:
    body = {"message": message} | ({"session": session} if session else {})
    return httpx.post(f"{url}{CHAT}", json=body, timeout=30, trust_env=False)


def ask(url: str, message: str, session: str | None = None) -> dict[str, Any]:
    response = post(url, message, session)
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    return reply


def assert_told(url: str, session: str, statuses: tuple[int, ...] = (503,)) -> None:
    start = time.monotonic()
    response = post(url, "is it a pill", session)
    assert time.monotonic() - start < SECONDS_UNTIL_TOLD
    assert response.status_code in statuses, response.text
    assert "1-800-227-2345" in response.json()["text"]
    assert_headers(response)


def assert_headers(response: httpx.Response) -> None:
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert "frame-ancestors" in response.headers["content-security-policy"]


@pytest.mark.slow
@needs_servers
@pytest.mark.timeout(600)
class TestBeyondOneMachine:
    """In this order: each test leaves the whole as it found it, but the last."""

    def test_one_conversation_alternates_between_the_workers(self, stack: Stack) -> None:
        reply = ask(stack.workers[0].url, "how does everolimus work")
        for turn in range(6):
            reply = ask(stack.workers[turn % 2].url, "is it a pill", reply["session"])
            assert reply["custom"]["drugs"] == ["everolimus"]

    def test_messages_at_once_are_answered_one_after_the_other(self, stack: Stack) -> None:
        session = ask(stack.url, "how does everolimus work")["session"]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            urls = [worker.url for worker in stack.workers] * 2
            replies = list(pool.map(lambda url: ask(url, "is it a pill", session), urls))
        assert [reply["custom"]["drugs"] for reply in replies] == [["everolimus"]] * 4
        engine = sa.create_engine(stack.database)
        with engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT type_name, data FROM events ORDER BY id")).all()
        engine.dispose()
        assert sum(kind == "user" for kind, _ in rows) == sum(kind == "bot" for kind, _ in rows)
        assert {json.loads(data)["text"] for kind, data in rows if kind in ("user", "bot")} == {""}

    def test_the_proxy_adds_nothing_and_hides_what_is_not_for_the_world(self, stack: Stack) -> None:
        page = httpx.get(stack.url, timeout=20, trust_env=False)
        assert page.status_code == 200
        assert "frame-ancestors" in page.headers["content-security-policy"]
        for method, path in (
            ("GET", "/metrics"),
            ("GET", "/ready"),
            ("GET", "/conversations/x/tracker"),
            ("TRACE", "/"),
        ):
            refused = httpx.request(method, f"{stack.url}{path}", timeout=20, trust_env=False)
            assert refused.status_code == 404
            assert "1-800-227-2345" in refused.json()["text"]
            assert_headers(refused)

    def test_a_large_body_is_refused_politely(self, stack: Stack) -> None:
        response = post(stack.url, "a" * 100_000)
        assert response.status_code == 413
        assert "1-800-227-2345" in response.json()["text"]
        assert response.headers["x-content-type-options"] == "nosniff"

    def test_a_flood_is_told_to_slow_down(self, stack: Stack) -> None:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: post(stack.url, "hello"), range(24)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) >= 8
        assert refused[0].headers["retry-after"] == "2"
        assert "1-800-227-2345" in refused[0].json()["text"]
        assert refused[0].headers["cache-control"] == "no-store"

    def test_words_are_put_on_no_disk_and_addresses_in_no_log(self, stack: Stack) -> None:
        """A sheet's body is the largest that the proxy takes."""
        turn = {"asked": "a" * 900, "topic": "overview", "drugs": ["everolimus"], "subjects": [], "answer_id": "x"}
        body = {"session": "x", "turns": [turn] * 40, "questions": [], "paper": "a4", "large_print": False}
        sheet = httpx.post(f"{stack.url}/webhooks/helpline/sheet", json=body, timeout=20, trust_env=False)
        assert sheet.status_code == 401
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: post(stack.url, "hello"), range(24)))
        assert 429 in {answer.status_code for answer in answers}
        logged = stack.proxy_log.read_text(encoding="utf-8")
        assert "temporary file" not in logged
        assert "limiting" not in logged

    @pytest.mark.parametrize(
        "request_line",
        [b"GET / HTTP/9.9", b"GET /" + b"x" * 40_000 + b" HTTP/1.1", b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000],
        ids=["not HTTP", "long address", "long header"],
    )
    def test_what_the_proxy_cannot_read_gets_the_number_too(self, stack: Stack, request_line: bytes) -> None:
        with socket.create_connection(("127.0.0.1", int(stack.url.rpartition(":")[2])), timeout=20) as connection:
            connection.sendall(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        head, _, body = answer.partition("\r\n\r\n")
        assert head.split(" ")[1] == "400", head
        assert "1-800-227-2345" in json.loads(body)["text"]
        assert "nosniff" in head

    @pytest.mark.parametrize("name", ["database", "locks"] * amount(1, 10))
    def test_what_hangs_is_told_in_time(self, stack: Stack, name: str) -> None:
        time.sleep(1)  # the proxy lets one message a second through
        session = ask(stack.workers[0].url, "how does everolimus work")["session"]
        with stack.engines[name].held():
            for worker in stack.workers:
                assert_told(worker.url, session)
                assert httpx.get(f"{worker.url}/ready", timeout=5, trust_env=False).status_code == 503
                assert httpx.get(f"{worker.url}/health", timeout=2, trust_env=False).status_code == 200
        wait_for(lambda: ask(stack.workers[1].url, "is it a pill", session)["custom"]["drugs"] == ["everolimus"])

    @pytest.mark.parametrize("last", ["commit", "rollback"])
    def test_a_database_that_hangs_at_the_end_of_a_transaction_holds_no_thread_for_ever(
        self, stack: Stack, last: str
    ) -> None:
        engine = tracker_store._postgresql(stack.database)
        connection = engine.raw_connection()
        connection.cursor().execute("SELECT 1")
        told: list[str] = []

        def end() -> None:
            try:
                getattr(connection.dbapi_connection, last)()
            except psycopg2.OperationalError as error:
                told.append(str(error))

        thread = threading.Thread(target=end, daemon=True)
        with stack.engines["database"].held():
            thread.start()
            thread.join(20)
        assert told == ["no answer in time"]
        connection.invalidate()
        engine.dispose()
        psycopg2.extensions.set_wait_callback(None)

    @pytest.mark.parametrize("name", ["database", "locks"] * amount(1, 10))
    def test_what_is_restarted_loses_no_acknowledged_turn(self, stack: Stack, name: str) -> None:
        session = ask(stack.workers[0].url, "how does everolimus work")["session"]
        acknowledged = 1
        stack.engines[name].end()
        assert_told(stack.workers[0].url, session)
        stack.engines[name].start()
        wait_for(lambda: httpx.get(f"{stack.workers[0].url}/ready", timeout=6, trust_env=False).status_code == 200)
        for worker in stack.workers:
            reply = ask(worker.url, "is it a pill", session)
            acknowledged += 1
            assert reply["custom"]["drugs"] == ["everolimus"]
        assert stored_turns(stack, session) == acknowledged

    @pytest.mark.parametrize("how", ["ended in order", "killed", "held"])
    @pytest.mark.parametrize("name", ["database", "locks"])
    def test_people_who_talk_meanwhile_lose_no_acknowledged_turn(self, stack: Stack, name: str, how: str) -> None:
        engine, url = stack.engines[name], stack.workers[0].url
        with faults.Talk(url) as talk:
            wait_for(lambda: sum(talk.acknowledged.values()) >= faults.TALKERS)
            if how == "held":
                with engine.held():
                    wait_for(lambda: talk.statuses[503])
            else:
                engine.end(signal.SIGKILL if how == "killed" else signal.SIGINT)
                wait_for(lambda: talk.statuses[503])
                engine.start()
            again = time.monotonic()
            wait_for(lambda: talk.last_answer > again + 0.1)
        assert talk.silent == 0
        assert talk.longest < SECONDS_UNTIL_TOLD
        assert set(talk.statuses) == {200, 503}
        assert faults.lost(stack.database, talk.acknowledged) == 0

    def test_a_second_server_with_locks_of_its_own_is_refused(
        self, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HELPLINE_DATABASE", stack.database)
        with database.held() as is_ours:
            assert is_ours
            alone = {"HELPLINE_DATABASE": stack.database, "HELPLINE_STATE": str(tmp_path)}
            with pytest.raises(server.CannotServe, match="Another server uses the conversations"):
                Server(server.free_port(), settings=alone).start()
        with database.held() as is_ours:
            assert is_ours

    def test_a_worker_that_dies_is_not_noticed_and_the_last_one_is_told(self, stack: Stack) -> None:
        session = ask(stack.workers[0].url, "how does everolimus work")["session"]
        for killed, worker in enumerate(stack.workers):
            part = worker._parts[-1]
            assert part.process is not None
            part.process.kill()
            part.process.wait()
            time.sleep(1)  # the proxy lets one message a second through
            if killed == 0:
                assert ask(stack.url, "is it a pill", session)["custom"]["drugs"] == ["everolimus"]
        assert_told(stack.url, session, (502,))


def stored_turns(stack: Stack, token: str) -> int:
    import jwt

    sender = jwt.decode(token, KEY, algorithms=["HS256"], audience="helpline")["sub"]
    engine = sa.create_engine(stack.database)
    with engine.connect() as connection:
        query = sa.text("SELECT count(*) FROM events WHERE sender_id = :sender AND type_name = 'user'")
        count = int(connection.execute(query, {"sender": sender}).scalar_one())
    engine.dispose()
    return count


@pytest.mark.slow
@needs_servers
def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    conf = nginx_configuration(tmp_path, server.free_port(), [1, 2])
    ran = subprocess.run([str(NGINX), "-t", "-c", str(conf)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
