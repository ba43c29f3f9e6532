"""What the tests share: the real knowledge, a small valid one to spoil, trackers, and a server that only pretends."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from terminals import ANSWER, Open, Terminal

from helpline import paths, server
from helpline.answers import Composer
from helpline.assistant import Assistant
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases

MINIMAL = Path(__file__).parent / "data" / "knowledge"
# The same rules as helpline.validation, written anew and wider: a dose may reach a reply from any text.
_DOSE = re.compile(
    r"\b\d[\d.,]*[\s-]?(?:mg|mcg|[µμ]g|ml|milligrams?|micrograms?|milliliters?|millilitres?|iu|units)\b"
    r"|\b(?:half|one|two|three|four|five|six|seven|eight|\d+) (?:an? |\w+ )?(?:tablets?|pills?|capsules?)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="session")
def dose() -> re.Pattern[str]:
    return _DOSE


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    """The core with the real knowledge."""
    return Assistant.load(paths.ROOT)


@pytest.fixture(scope="session")
def knowledge(assistant: Assistant) -> Knowledge:
    return assistant.knowledge


@pytest.fixture(scope="session")
def phrases(assistant: Assistant) -> Phrases:
    return assistant.phrases


@pytest.fixture(scope="session")
def composer(knowledge: Knowledge, phrases: Phrases) -> Composer:
    return Composer(knowledge, phrases)


@pytest.fixture(scope="session")
def outbound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of `live` note every connection to another machine."""
    return tmp_path_factory.mktemp("outbound") / "log"


@pytest.fixture(scope="session")
def live(outbound: Path) -> Iterator[server.Server]:
    """One real server for all tests that need no server of their own: without limits, with conversations of its own."""
    watched = {
        "HELPLINE_OUTBOUND_LOG": str(outbound),
        "PYTHONPATH": str(Path(__file__).parent / "outbound"),
        "HELPLINE_ORIGINS": "https://www.hospital.example",
    }
    with server.measured(server.free_port(), watched) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid knowledge folder of one subject of each kind, to change at will."""
    return Path(shutil.copytree(MINIMAL, tmp_path / "knowledge"))


@pytest.fixture
def change(folder: Path) -> Callable[[str, str, str], None]:
    """Replace a text that stands once in a file of `folder`."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


SETTINGS = {
    "languages": [
        {"code": "en", "name": "English", "dir": "ltr"},
        {"code": "fr", "name": "Fran\u00e7ais", "dir": "ltr"},
    ],
    "feedback_reasons": [{"id": "too_hard", "text": "It is hard to understand"}, {"id": "other", "text": "Other"}],
    "questions": {"mechanism": ["Does it fit my cancer?", "How long until it works?"], "overview": ["Why this drug?"]},
}


class StubServer:
    """A loopback server: answers `/chat` from a list, remembers what it was sent. The last answer is repeated.

    Attributes:
        others: (status, answer) of the other addresses, by the last part of the path.
        retry_after: sent with each answer of status 429.
    """

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = [(200, {"text": "An answer.", "buttons": [], "session": "token-1"})]
        self.received: list[dict[str, Any]] = []
        self.ready = 200
        self.retry_after: str | None = "0"
        self.others: dict[str, tuple[int, Any]] = {
            "settings": (200, SETTINGS),
            "feedback": (204, b""),
            "forget": (204, b""),
            "sheet": (200, b"%PDF-1.7 a sheet"),
        }
        self._free = threading.Event()
        self._free.set()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                self._send(*stub.others.get(name, (stub.ready, {"status": "ready"})))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.received.append({"path": self.path} | json.loads(body))
                stub._free.wait()
                name = self.path.rsplit("/", 1)[-1]
                if name in stub.others:
                    self._send(*stub.others[name])
                else:
                    self._send(*(stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]))

            def _send(self, status: int, answer: Any) -> None:
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                with contextlib.suppress(ConnectionError):  # the client may have given up
                    self.send_response(status)
                    if status == 429 and stub.retry_after is not None:
                        self.send_header("Retry-After", stub.retry_after)
                    if status != 204:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold every answer back until the end of the `with`."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.stop()


@pytest.fixture
def closed_url() -> str:
    """An address of this machine where nobody listens any more."""
    server = StubServer()
    server.stop()
    return server.url


@pytest.fixture
def open_terminal(stub: StubServer) -> Iterator[Open]:
    """Open terminals that talk with the stub; each is closed at the end, and has shown no traceback."""
    opened: list[Terminal] = []

    def open_one(*options: str, **more: Any) -> Terminal:
        opened.append(Terminal("--url", stub.url, *options, **more))
        return opened[-1]

    stub.answers = [(200, ANSWER)]
    yield open_one
    for terminal in opened:
        terminal.child.close(force=True)
        assert "Traceback" not in terminal.raw


@pytest.fixture
def terminal(open_terminal: Open) -> Terminal:
    """A chat whose first prompt is there."""
    terminal = open_terminal()
    terminal.agree()
    return terminal
