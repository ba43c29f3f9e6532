"""A client of the running server: what the terminal commands use.

It is built on the standard library: the first prompt of the terminal chat would wait for a larger one to load.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import urllib.parse
from http import HTTPStatus
from typing import Any

CHAT = "/webhooks/helpline/chat"
DEFAULT_URL = "http://127.0.0.1:5005"
DEFAULT_TIMEOUT = 15.0
SECONDS_TO_TELL_READY = 3.0
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


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
        status, _ = self._request("GET", "/ready", None, min(self._timeout, SECONDS_TO_TELL_READY))
        if status != HTTPStatus.OK:
            raise ServerError(f"The server at {self.url} is not ready to answer. Try again in a moment.")

    def ask(self, message: str) -> dict[str, Any]:
        """Send one message and return the reply object; the session carries on from the last one.

        Raises:
            Unreachable: no server answers.
            ServerError: the server refused or failed.
        """
        body = {"message": message} | ({"session": self.session} if self.session else {})
        status, answer = self._request("POST", CHAT, json.dumps(body).encode(), self._timeout)
        if status == HTTPStatus.UNAUTHORIZED and self.session:
            raise SessionEnded(_reason(status, answer))
        if status != HTTPStatus.OK:
            raise ServerError(_reason(status, answer))
        reply = _object(answer)
        if not _is_reply(reply):
            raise ServerError(f"The server's answer cannot be read. Is there a helpline at {self.url}?")
        self.session = reply.get("session")
        return reply

    def start_anew(self) -> None:
        """Forget the session: the next question begins another conversation."""
        self.session = None

    def _request(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        """Return (status, body) of the answer. However it ends early, the connection is not used again."""
        self._drop_stale_connection()
        self._http.timeout = seconds
        with contextlib.ExitStack() as undo:
            undo.callback(self._http.close)
            answer = self._exchange(method, path, body, seconds)
            undo.pop_all()
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        try:
            if self._http.sock:
                self._http.sock.settimeout(seconds)
            self._http.request(method, self._path + path, body, _HEADERS)
            response = self._http.getresponse()
            return response.status, response.read()
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
