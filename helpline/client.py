"""A client of the running server: what the terminal commands use."""

from __future__ import annotations

from typing import Any

import httpx

CHAT = "/webhooks/helpline/chat"
DEFAULT_URL = "http://127.0.0.1:5005"
DEFAULT_TIMEOUT = 15.0


class Unreachable(Exception):
    """No server answers at the address."""


class ServerError(Exception):
    """The server answered with an error; the message is what it said to the person."""


class Client:
    """Asks the server, one session per client unless told to start anew. Use it in a `with`: it holds a connection."""

    def __init__(self, url: str = DEFAULT_URL, timeout: float = DEFAULT_TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self.session: str | None = None
        # The server is on this machine: no proxy from the environment stands between.
        self._http = httpx.Client(base_url=self.url, timeout=timeout, trust_env=False)

    def is_ready(self) -> bool:
        """Return whether the server can answer questions."""
        try:
            return self._http.get("/ready").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def ask(self, message: str) -> dict[str, Any]:
        """Send one message and return the reply object; the session carries on from the last one.

        Raises:
            Unreachable: no server answers.
            ServerError: the server refused or failed.
        """
        body = {"message": message} | ({"session": self.session} if self.session else {})
        try:
            response = self._http.post(CHAT, json=body)
        except httpx.TimeoutException as error:
            raise ServerError("The server took too long to answer. Please try again.") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"No helpline server answers at {self.url}. Start one with: make serve") from error
        if response.status_code != httpx.codes.OK:
            raise ServerError(_reason(response))
        reply: dict[str, Any] = response.json()
        self.session = reply.get("session")
        return reply

    def start_anew(self) -> None:
        """Forget the session: the next question begins another conversation."""
        self.session = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()


def _reason(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return str(problem.get("text") or problem.get("detail"))
    except (ValueError, AttributeError):
        return f"The server answered with status {response.status_code}."
