"""A client of the running server: what the terminal commands use.

It is built on the standard library: the first prompt of the terminal chat would wait for a larger one to load.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import select
import time
import urllib.parse
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

API = "/webhooks/helpline"
CHAT = f"{API}/chat"
DEFAULT_URL = "http://127.0.0.1:5005"
DEFAULT_TIMEOUT = 15.0
SECONDS_TO_TELL_READY = 3.0
SECONDS_FOR_A_SHEET = 60.0
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, application/pdf"}
_SHORTEST_PAUSE = 0.1  # before a server that is busy is asked again, should it name no time


class BadAddress(ValueError):
    """The address of the server is none; the message says what one looks like."""


class Unreachable(Exception):
    """No server answers at the address, or it went away before its answer was complete."""


class ServerError(Exception):
    """The server answered with an error; the message is what it said to the person."""


class SessionEnded(ServerError):
    """The server does not know the session any more: only a new one goes on."""


class Client:
    """Asks the server, one session per client unless told to start anew. Use it in a `with`: it holds a connection."""

    def __init__(self, url: str = DEFAULT_URL, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Prepare to ask; nothing is sent yet.

        Raises:
            BadAddress: `url` is not the address of a web server.
        """
        self.url = url.rstrip("/")
        self.session: str | None = None
        self.audience: str | None = None
        self.language: str | None = None
        self._timeout = timeout
        parts = _address(self.url)
        self._path = parts.path
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(str(parts.hostname), parts.port)

    def is_ready(self) -> bool:
        """Return whether the server can answer questions."""
        try:
            return self._request("GET", "/ready", None, min(self._timeout, SECONDS_TO_TELL_READY))[0] == HTTPStatus.OK
        except (Unreachable, ServerError):
            return False

    def require_ready(self) -> None:
        """Return where the server can answer questions.

        Raises:
            Unreachable: no server answers.
            ServerError: it answers, and is not ready.
        """
        status, _, _ = self._request("GET", "/ready", None, min(self._timeout, SECONDS_TO_TELL_READY))
        if status != HTTPStatus.OK:
            raise ServerError(f"The server at {self.url} is not ready to answer. Try again in a moment.")

    def ask(self, message: str) -> dict[str, Any]:
        """Send one message and return the reply object; the session carries on from the last one.

        A server that is busy is asked again when it says, as long as that is within the time to wait.

        Raises:
            Unreachable: no server answers.
            ServerError: the server refused or failed.
        """
        picked = {"session": self.session, "audience": self.audience, "language": self.language}
        reply = _object(self._post("chat", {"message": message} | {k: v for k, v in picked.items() if v}))
        if not _is_reply(reply):
            raise ServerError(f"The server's answer cannot be read. Is there a helpline at {self.url}?")
        self.session = reply.get("session")
        return reply

    def settings(self) -> dict[str, Any]:
        """Return what the server offers: languages, reasons for feedback, questions for the doctor.

        Raises:
            Unreachable: no server answers.
            ServerError: the server refused or failed.
        """
        status, _, answer = self._request("GET", f"{API}/settings", None, self._timeout)
        if status != HTTPStatus.OK:
            raise ServerError(_reason(status, answer))
        return _object(answer)

    def feedback(self, answer_id: str, helpful: bool, reason: str | None = None) -> None:
        """Say whether an answer helped. The same errors as `ask`."""
        found = {"session": self.session, "answer_id": answer_id, "helpful": helpful}
        self._post("feedback", found | ({"reason": reason} if reason else {}))

    def forget(self) -> None:
        """Have the conversation deleted on the server, and start anew. The same errors as `ask`."""
        if self.session:
            with contextlib.suppress(SessionEnded):  # then it is not there any more
                self._post("forget", {"session": self.session})
        self.start_anew()

    def sheet(self, wanted: Mapping[str, Any]) -> bytes:
        """Return the sheet for the doctor's visit as a PDF. The same errors as `ask`."""
        pdf = self._post("sheet", {"session": self.session} | dict(wanted), SECONDS_FOR_A_SHEET)
        if not pdf.startswith(b"%PDF-"):
            raise ServerError(f"The server's answer cannot be read. Is there a helpline at {self.url}?")
        return pdf

    def start_anew(self) -> None:
        """Forget the session: the next question begins another conversation."""
        self.session = None

    def _post(self, name: str, body: Mapping[str, Any], at_least: float = 0.0) -> bytes:
        """Return the answer to what is sent; wait and ask again where the server says that it is busy."""
        sent = json.dumps(body).encode()
        end = time.monotonic() + max(self._timeout, at_least)
        while True:
            left = end - time.monotonic()
            status, retry_after, answer = self._request("POST", f"{API}/{name}", sent, max(left, _SHORTEST_PAUSE))
            if status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
                return answer
            if status == HTTPStatus.UNAUTHORIZED and body.get("session"):
                raise SessionEnded(_reason(status, answer))
            pause = _seconds(retry_after) if status == HTTPStatus.TOO_MANY_REQUESTS else math.inf
            if time.monotonic() + pause >= end:
                raise ServerError(_reason(status, answer))
            time.sleep(pause)

    def _request(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, str | None, bytes]:
        """Return (status, when to try again, body) of the answer. However it ends early, the connection is not kept."""
        self._drop_stale_connection()
        self._http.timeout = seconds
        with contextlib.ExitStack() as undo:
            undo.callback(self._http.close)
            answer = self._exchange(method, path, body, seconds)
            undo.pop_all()
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, str | None, bytes]:
        try:
            if self._http.sock:
                self._http.sock.settimeout(seconds)
            self._http.request(method, self._path + path, body, _HEADERS)
            response = self._http.getresponse()
            return response.status, response.getheader("Retry-After"), response.read()
        except TimeoutError as error:
            raise ServerError("The server took too long to answer. Please try again.") from error
        except (http.client.HTTPException, ConnectionResetError, BrokenPipeError) as error:
            raise Unreachable(f"The server at {self.url} went away in the middle of its answer.") from error
        except OSError as error:
            raise Unreachable(f"No helpline server answers at {self.url}. Start one with: make serve") from error

    def _drop_stale_connection(self) -> None:
        """Close a connection on which something came unasked: the server has closed its end."""
        if self._http.sock and select.select([self._http.sock], [], [], 0)[0]:
            self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()


def _address(url: str) -> urllib.parse.SplitResult:
    try:
        parts = urllib.parse.urlsplit(url)
        plain = url.isascii() and url.isprintable() and " " not in url
        named = parts.hostname is not None and parts.hostname.encode("idna") != b""
        if plain and named and parts.scheme in ("http", "https") and parts.port != 0:
            return parts
    except ValueError:  # a port that is none, a broken IPv6 address, a name that is none
        pass
    raise BadAddress(f'"{url}" is not the address of a server. One looks like this: {DEFAULT_URL}')


def _seconds(retry_after: str | None) -> float:
    """Return how long a busy server wants to be left alone. A date in place of seconds is not waited for."""
    if retry_after is None:
        return _SHORTEST_PAUSE
    return max(_SHORTEST_PAUSE, float(retry_after)) if retry_after.isascii() and retry_after.isdigit() else math.inf


def _object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer, empty where it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_reply(found: dict[str, Any]) -> bool:
    """Return whether an object has what every reply has, in the right shape."""
    buttons = found.get("buttons") or []
    return (
        isinstance(found.get("text"), str)
        and isinstance(found.get("custom") or {}, dict)
        and isinstance(buttons, list)
        and all(isinstance(b, dict) and {type(b.get("title")), type(b.get("payload"))} == {str} for b in buttons)
    )


def _reason(status: int, body: bytes) -> str:
    problem = _object(body)
    return str(problem.get("text") or problem.get("detail") or f"The server answered with status {status}.")
