"""Connections that are let go where a request does not arrive whole in time, however it drips in.

Sanic waits anew after each byte, and Rasa lets it wait for two minutes, or for an hour where a body is missing. What is
used of sanic is named in `tests/test_worker.py`.
"""

from __future__ import annotations

import asyncio

from sanic.exceptions import RequestTimeout
from sanic.http import Stage
from sanic.request import Request
from sanic.server import HttpProtocol

SECONDS_TO_ARRIVE = 5


class PromptRequest(Request):
    """A request whose body arrives in time."""

    async def receive_body(self) -> None:
        """Read the body.

        Raises:
            RequestTimeout: it does not come.
        """
        try:
            await asyncio.wait_for(super().receive_body(), SECONDS_TO_ARRIVE)
        except asyncio.TimeoutError as error:
            raise RequestTimeout("the body is not whole in time") from error


class PromptProtocol(HttpProtocol):
    """A connection whose requests begin to arrive when they like, and then arrive in time."""

    __slots__ = ("_requests",)

    def data_received(self, data: bytes) -> None:
        """Note when the first byte of a request comes."""
        http = getattr(self, "_http", None)  # not there yet where the first byte comes with the connection
        is_first = not self.recv_buffer and (http is None or http.stage in (Stage.IDLE, Stage.REQUEST))
        super().data_received(data)
        if is_first:
            self._requests = getattr(self, "_requests", 0) + 1
            self.loop.call_later(SECONDS_TO_ARRIVE, self._let_go, self._requests)

    def _let_go(self, request: int) -> None:
        """End the connection where the head of a request is still on its way."""
        is_under_way = self._http is not None and self._http.stage in (Stage.IDLE, Stage.REQUEST) and self.recv_buffer
        if is_under_way and self._task and request == self._requests:
            self._http.exception = RequestTimeout("the head is not whole in time")
            self._task.cancel()
