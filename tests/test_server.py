"""The real server over HTTP: what every request and every answer has in common, and what bad input does to it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import gzip
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from amounts import amount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpline import inputs, openapi, paths
from helpline.client import CHAT
from helpline.server import Server

pytestmark = pytest.mark.slow

API = "/webhooks/helpline"
LISTED, FOREIGN = "https://www.hospital.example", "https://evil.example"
POSTS = ("chat", "feedback", "forget", "sheet")


@pytest.fixture
def client(live: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=20) as client:
        yield client


def ask(client: httpx.Client, message: str, **body: Any) -> dict[str, Any]:
    response = client.post(CHAT, json={"message": message} | body)
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    return reply


def assert_useful(response: httpx.Response) -> None:
    """A reply with a text, or a problem that says what to do and whom to call: nothing else is an answer."""
    body = response.json()
    assert body["text"].strip()
    if response.status_code == 200:
        assert body["session"]
        return
    assert 400 <= response.status_code < 500, (response.status_code, body["title"])
    assert response.headers["content-type"] == "application/problem+json"
    assert "1-800-227-2345" in body["text"]
    assert "911" in body["text"]


# --- headers and origins


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/widget/helpline.js", 200), ("/widget/none.js", 404), (f"{API}/settings", 200), ("/x", 404)],
)
def test_headers(client: httpx.Client, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors" in policy
    assert response.headers["cache-control"] in ("no-store", "no-cache")
    is_file = "etag" in response.headers
    assert is_file or re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"])


def test_a_reply_is_compressed_for_who_takes_it(client: httpx.Client) -> None:
    said = {}
    for taken in ("gzip", "identity"):
        response = client.post(CHAT, json={"message": "how does everolimus work"}, headers={"Accept-Encoding": taken})
        assert (response.headers.get("content-encoding") == "gzip") is (taken == "gzip")
        said[taken] = response.json()["text"]
    assert said["gzip"] == said["identity"]


@pytest.mark.parametrize("path", ["/", "/offline.html", "/sw.js", "/widget/demo.html"])
def test_the_policy_of_a_page(client: httpx.Client, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_another_origin_is_not_processed(client: httpx.Client, path: str, method: str) -> None:
    response = client.request(method, f"{API}/{path}", headers={"Origin": FOREIGN}, json={"message": "hi"})
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_listed_origin_may_ask_without_credentials(client: httpx.Client) -> None:
    preflight = client.options(CHAT, headers={"Origin": LISTED, "Access-Control-Request-Method": "POST"})
    response = client.post(CHAT, json={"message": "hello"}, headers={"Origin": LISTED})
    module = client.get("/widget/helpline.js", headers={"Origin": LISTED})
    for answer in (preflight, response, module):
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
    assert client.get("/", headers={"Origin": FOREIGN}).headers.get("access-control-allow-origin") is None


def test_files_are_kept_under_their_version_only(client: httpx.Client) -> None:
    page = client.get("/").text
    folder = re.search(r"widget-[0-9a-f]{12}", page)
    assert folder
    kept = client.get(f"/{folder[0]}/helpline.js")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/widget-000000000000/helpline.js").status_code == 404
    again = client.get("/widget/helpline.js", headers={"If-None-Match": kept.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with client.stream("GET", f"/{folder[0]}/helpline.js", headers={"Accept-Encoding": "gzip"}) as zipped:
        body = b"".join(zipped.iter_raw())
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == client.get("/widget/helpline.js").text


def test_only_the_asked_port_is_listened_on_and_only_here(live: Server) -> None:
    pids = [part.process.pid for part in live._parts if part.process]
    found = {}
    for pid in pids:
        inodes = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd") if _exists(pid, fd)}
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == "0A" and f"socket:[{columns[9]}]" in inodes:
                    found[int(columns[1].split(":")[1], 16)] = columns[1].split(":")[0]
    assert set(found) == {live.port, live._action_port}
    assert set(found.values()) == {"0100007F"}  # 127.0.0.1


def _exists(pid: int, fd: str) -> bool:
    return os.path.lexists(f"/proc/{pid}/fd/{fd}")


# --- what the API says of itself


def test_the_description_is_kept_to(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert described == openapi.description()
    reply = described["components"]["schemas"]["Reply"]
    for message in ("how does everolimus work", "hello", "I have chest pain"):
        jsonschema.validate(ask(client, message), reply)
    problem = client.post(CHAT, json={}).json()
    jsonschema.validate(problem, described["components"]["schemas"]["Problem"])


def test_what_is_not_described_is_a_problem_like_the_rest(client: httpx.Client) -> None:
    shape = openapi.description()["components"]["schemas"]["Problem"]
    for method, path, status in (("GET", f"{API}/none", 404), ("GET", CHAT, 405), ("DELETE", "/health", 405)):
        response = client.request(method, path)
        assert response.status_code == status
        assert (status == 405) == ("allow" in response.headers)
        jsonschema.validate(response.json(), shape)


TOOLS = paths.ROOT / ".venv-tools" / "bin"


@pytest.mark.skipif(not TOOLS.exists(), reason="NOT CHECKED WITH SCHEMATHESIS: run scripts/tools")
def test_the_description_is_all_that_is_taken(live: Server) -> None:
    """Schemathesis makes up what it allows and what it forbids, and compares each answer with it."""
    command = [TOOLS / "schemathesis", "run", f"{live.url}/openapi.json", "--max-examples", str(amount(15, 500))]
    command += ["--no-color", "--generation-database", "none", "--phases", "coverage,fuzzing"]
    # No body is good without a session of ours, which no schema can tell.
    command += ["--exclude-checks", "positive_data_acceptance"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert "Tested: 8" in ran.stdout


def test_audience_and_language_travel_with_the_message(client: httpx.Client) -> None:
    first = ask(client, "how does everolimus work", audience="caregiver", language="en")
    assert first["custom"]["language"] == "en"
    assert client.post(CHAT, json={"message": "hi", "language": "xx"}).status_code == 400


def test_numbers_are_told_to_the_monitor(client: httpx.Client) -> None:
    ask(client, "I have chest pain")
    text = client.get("/metrics").text
    assert re.search(r'helpline_turns_total\{kind="emergency"\} [1-9]', text)
    assert "chest" not in text


# --- bad input

_TEXTS = st.text(max_size=1200) | st.sampled_from(
    [
        "/restart",
        '/ask_overview{"drug": "x"}',
        "/session_start",
        '/greet{"subjects": "everolimus"}',
        "EXTERNAL: x",
        "\x00",
        "/",
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_KEYS = st.sampled_from(["message", "session", "audience", "language", "sender", "metadata", "answer_id", "helpful"])
_BODIES = st.fixed_dictionaries({"message": _TEXTS}, optional={"session": _VALUES, "audience": _VALUES, "x": _VALUES})
_ANY = st.dictionaries(_KEYS | st.text(max_size=8), _VALUES, max_size=5)
_EXAMPLES = amount(150, 5000)  # for each of the two tests


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=_BODIES | _ANY | _VALUES)
def test_no_body_breaks_the_server(live: Server, body: Any) -> None:
    raw = json.dumps(body).encode()
    response = httpx.post(f"{live.url}{CHAT}", content=raw, headers={"Content-Type": "application/json"}, timeout=20)
    assert_useful(response)


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=300), path=st.sampled_from(POSTS))
def test_no_bytes_break_the_server(live: Server, raw: bytes, path: str) -> None:
    url = f"{live.url}{API}/{path}"
    response = httpx.post(url, content=raw, headers={"Content-Type": "application/json"}, timeout=20)
    assert_useful(response)
    assert response.status_code >= 400


CRASHERS = ["\x00", "\ud800", "a\x00b", "x" * 5000, "\ud83d", "../../etc/passwd", "default", "${jndi:ldap://x}", "%s%n"]


@pytest.mark.parametrize("crasher", CRASHERS, ids=range(len(CRASHERS)))
def test_what_ends_a_stock_server_is_refused_in_every_field(client: httpx.Client, crasher: str) -> None:
    headers = {"Content-Type": "application/json"}
    session = ask(client, "hello")["session"]
    vote = {"session": session, "answer_id": "x", "helpful": True}
    turn = {"asked": "how does it work", "topic": "mechanism", "drugs": ["everolimus"]}
    turns = [turn | {name: value} for name in ("asked", "topic", "answer_id") for value in (crasher, [crasher])]
    turns += [turn | {name: [crasher]} for name in ("drugs", "subjects")]
    bodies: dict[str, list[dict[str, Any]]] = {
        "chat": [{"message": crasher}]
        + [{"message": "hi", name: crasher} for name in ("session", "audience", "language", crasher)],
        "feedback": [vote | {name: crasher} for name in ("session", "answer_id", "helpful", "reason")],
        "sheet": [{"session": session, "turns": [each]} for each in turns]
        + [{"session": session, "turns": [turn], "questions": [crasher]}]
        + [{"session": session, "turns": [turn], name: crasher} for name in ("paper", "large_print", "language")],
        "forget": [{"session": crasher}],
    }
    for path, each in bodies.items():
        for body in each:
            response = client.post(f"{API}/{path}", content=json.dumps(body).encode(), headers=headers)
            if response.status_code != 204 and not response.content.startswith(b"%PDF-"):  # some are no bad words
                assert_useful(response)
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "header", ["Origin", "Host", "X-Request-ID", "X-Forwarded-For", "Content-Type", "Cookie", "Accept"]
)
def test_no_header_ends_the_server(live: Server, header: str) -> None:
    """Sent by hand: a client would refuse to send them."""
    for value in (b"\x00", b"\xff\xfe", b"x" * 6000, b"a\x0bb", b"[::1", b"http://[", b"%00"):
        body = b'{"message": "hello"}'
        lines = [b"POST /webhooks/helpline/chat HTTP/1.1", header.encode() + b": " + value, b"Connection: close"]
        if header != "Content-Type":
            lines.append(b"Content-Type: application/json")
        if header != "Host":
            lines.append(b"Host: localhost")
        lines += [b"Content-Length: %d" % len(body), b"", body]
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
            connection.sendall(b"\r\n".join(lines))
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, said = answer.partition(b"\r\n\r\n")
        assert head.split(b" ")[1][:1] in (b"2", b"4"), (value, head[:80])
        assert json.loads(said)["text"], value
    assert httpx.get(f"{live.url}/health", timeout=20).status_code == 200


HEAD = (
    b"POST /webhooks/helpline/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n"
)


@pytest.mark.parametrize("begun", [b"P", HEAD, HEAD + b'{"message"'], ids=["head", "no body", "body"])
def test_who_sends_too_slowly_is_let_go_and_told(live: Server, begun: bytes) -> None:
    """Also who sends a byte now and then."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=1) as connection:
        connection.sendall(begun)
        until, answer = time.monotonic() + 30, b""
        while not answer:
            assert time.monotonic() < until, "still held"
            with contextlib.suppress(socket.timeout):
                answer = connection.recv(65536)
                break
            connection.sendall(b"O")
        connection.settimeout(20)
        with contextlib.suppress(ConnectionError):
            answer += b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, said = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"408"
    assert "1-800-227-2345" in json.loads(said)["text"]


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: -5",
        b"Content-Length: abc",
        b"Content-Length: 5, 6",
        b"Content-Length: +5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
    ],
)
@pytest.mark.parametrize("method", [b"POST", b"GET"])
def test_a_body_of_no_plain_length_is_refused(
    live: Server, client: httpx.Client, method: bytes, lengths: bytes
) -> None:
    """A length below zero was read for ever, and nobody else was answered."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        connection.sendall(method + b" " + CHAT.encode() + b" HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n\r\nhello")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, said = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"400"
    assert "1-800-227-2345" in json.loads(said)["text"]
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        b"GET /widget/\xff HTTP/1.1",
        b"GET /?a=\xff HTTP/1.1",
        b"GET http://[::1/ HTTP/1.1",
        b"CONNECT x:1 HTTP/1.1",
        b"GET ? HTTP/1.1",
        b"GET # HTTP/1.1",
        b"GET http://x HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET  HTTP/1.1",
        b"GET / HTTP/9.9",
        b"nonsense",
        b"\xff\xfe\x00",
    ],
)
def test_an_address_that_is_none_is_refused(live: Server, line: bytes) -> None:
    """Sanic closed the connection without a byte."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        connection.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, said = answer.partition(b"\r\n\r\n")
    assert b"nosniff" in head
    if line == b"OPTIONS * HTTP/1.1":
        assert head.split(b" ")[1] == b"204"
        return
    assert head.split(b" ")[1] in (b"400", b"404"), head
    assert "1-800-227-2345" in json.loads(said)["text"]


@pytest.mark.parametrize("size", [9_000, 1_000_000, 101_000_000])
def test_a_large_body_is_refused_politely(client: httpx.Client, size: int) -> None:
    try:
        response = client.post(
            CHAT, content=b'{"message": "' + b"a" * size + b'"}', headers={"Content-Type": "application/json"}
        )
    except httpx.WriteError:
        assert size > inputs.MOST_BYTES_OF_A_SHEET  # let go in the middle of it
    else:
        assert response.status_code == 413
        assert_useful(response)
    assert client.get("/health").status_code == 200


# --- sessions


def test_conversations_do_not_mix(live: Server) -> None:
    """Many at once, each about a drug of its own, and each follow-up is about that drug."""
    drugs = ["everolimus", "palbociclib", "olaparib", "lapatinib", "alpelisib", "tucatinib", "neratinib", "ribociclib"]

    def talk(drug: str) -> list[list[str]]:
        with httpx.Client(base_url=live.url, timeout=60) as client:
            reply = ask(client, f"how does {drug} work")
            seen = [reply["custom"]["drugs"]]
            for _ in range(3):
                reply = ask(client, "is it a pill", session=reply["session"])
                seen.append(reply["custom"]["drugs"])
            return seen

    talks = drugs * amount(2, 125)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for drug, seen in zip(talks, pool.map(talk, talks), strict=True):
            assert seen == [[drug]] * 4


PAYLOADS = (
    "restart",
    "session_start",
    'ask_overview{"drug": "olaparib"}',
    'greet{"subjects": "olaparib"}',
    "back",
    'ask_mechanism{"subjects": "olaparib", "topic": "mechanism"}',
    'inform_subject{"drug": "olaparib"}',
    "affirm",
    "deny",
    'ask_emergency_red_flag{"alarm": "crisis"}',
)
INJECTIONS = [
    (payload, form.format(payload))
    for payload in PAYLOADS
    for form in (
        "/{}",
        " /{}",
        "/\t/{}",
        "\u200b/{}",
        "\uff0f{}",
        "\x00/\n/{}",
        "/ {}",
        "/\u2028/{}",
        "\u2060//{}",
        "/{}\n",
    )
]


def test_no_intent_and_no_slot_is_injected(client: httpx.Client) -> None:
    """A command does what its words do without the slash, to the reply and to what is remembered for the next one."""

    def told(message: str) -> list[tuple[str, list[str], str]]:
        first = ask(client, "how does everolimus work")
        replies = [ask(client, text, session=first["session"]) for text in (message, "is it a pill")]
        return [(r["custom"]["kind"], r["custom"]["drugs"], r["custom"].get("answer_id")) for r in replies]

    assert len(INJECTIONS) == 100
    plain = {payload: told(payload) for payload in PAYLOADS}
    for payload, injection in INJECTIONS:
        assert told(injection) == plain[payload], repr(injection)


# --- what is kept


def test_no_word_is_kept_or_logged(client: httpx.Client, live: Server) -> None:
    state = Path(live._settings["HELPLINE_STATE"])
    planted = [f"zebrafinch{n}" for n in range(amount(10, 100))]
    reply = ask(client, "hello")
    for word in planted:
        reply = ask(client, f"my {word} hurts when I take Ibrance {word}", session=reply["session"])
        client.post(CHAT, json={"message": f"{word}", "session": f"{word}"})
        client.post(CHAT, json={"message": f"/{word}{{{word}", word: word})
    turns = [{"asked": word, "topic": "mechanism", "drugs": ["everolimus"]} for word in planted]
    sheet = client.post(
        f"{API}/sheet", json={"session": reply["session"], "turns": turns[:40], "questions": planted[:20]}
    )
    assert sheet.content.startswith(b"%PDF-")
    with sqlite3.connect(state / "conversations.db") as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone()[0] > 50
    kept = b"".join(path.read_bytes() for path in [*state.rglob("*")] if path.is_file())
    assert b"zebrafinch" not in kept
    assert b"palbociclib" in kept
