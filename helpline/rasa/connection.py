"""Connections that are let go where a request does not arrive whole in time, however it drips in.

Sanic waits anew after each byte, and Rasa lets it wait for two minutes, or for an hour where a body is missing. And
sanic reads for ever, and answers nobody, where the length of a body is below zero, and gives no answer at all to an
address that it cannot read. What is used of sanic is named in `tests/test_worker.py`.
"""

from __future__ import annotations

import re
from typing import Any

from httptools import HttpParserError
from sanic.exceptions import InvalidUsage, RequestTimeout
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.server import HttpProtocol

SECONDS_TO_ARRIVE = 5
_SECONDS_TO_TELL = 1  # for the answer that says so
_LENGTH = re.compile(r"[0-9]{1,15}")


class PlainRequest(Request):
    """A request that says in one way how long its body is (RFC 9112, section 6.3); sanic believes whatever it says.

    Raises:
        InvalidUsage: its length is no number, or said twice, or beside another encoding than `chunked`; or its address
            has no path.
    """

    def __init__(self, url_bytes: bytes, headers: Any, *rest: Any, **named: Any) -> None:
        """Refuse the request before its body is read."""
        lengths, encodings = (headers.getall(name, []) for name in ("content-length", "transfer-encoding"))
        is_plain = encodings in ([], ["chunked"]) and len(lengths) + len(encodings) <= 1
        if not is_plain or not all(_LENGTH.fullmatch(length) for length in lengths):
            raise InvalidUsage("The length of the body must be one whole number, or its encoding `chunked`.")
        super().__init__(url_bytes, headers, *rest, **named)
        if self._parsed_url.path is None:
            raise InvalidUsage("The address must have a path.")


class PlainHttp(Http):
    """Requests of a connection, of which those with an address that cannot be read are refused like any other."""

    __slots__ = ()

    async def http1_request_header(self) -> None:
        """Read the head of a request.

        Raises:
            InvalidUsage: it is none.
        """
        try:
            await super().http1_request_header()
        except (HttpParserError, UnicodeEncodeError, InvalidUsage) as error:
            # Sanic would read it again to say that it cannot be read. (Its slots are not known to the type checker.)
            self.url = None  # type: ignore[misc]
            raise InvalidUsage("The request cannot be read.") from error


class PromptProtocol(HttpProtocol):
    """A connection whose requests begin to arrive when they like, and then arrive in time."""

    __slots__ = ("_requests",)

    def _setup_connection(self) -> None:
        super()._setup_connection()
        self._http = PlainHttp(self)  # type: ignore[misc]

    def data_received(self, data: bytes) -> None:
        """Note when the first byte of a request comes."""
        http = getattr(self, "_http", None)  # not there yet where the first byte comes with the connection
        is_first = not self.recv_buffer and (http is None or http.stage in (Stage.IDLE, Stage.REQUEST))
        super().data_received(data)
        if is_first:
            self._requests = getattr(self, "_requests", 0) + 1
            self.loop.call_later(SECONDS_TO_ARRIVE, self._let_go, self._requests)

    def _let_go(self, request: int) -> None:
        """End the connection where the head or the body of this request is still on its way."""
        http = self._http
        if http is None or self._task is None or request != self._requests:
            return
        is_head_under_way = http.stage in (Stage.IDLE, Stage.REQUEST) and self.recv_buffer
        if is_head_under_way or (http.stage is Stage.HANDLER and http.request_body):
            http.exception = RequestTimeout("the request is not whole in time")
            self._task.cancel()
            # Sanic waits for the rest of a body also after it has answered.
            self.loop.call_later(_SECONDS_TO_TELL, self.transport.abort)
