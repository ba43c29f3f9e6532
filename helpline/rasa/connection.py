"""Connections that are let go where a request does not arrive whole in time, however it drips in.

Sanic waits anew after each byte, and Rasa lets it wait for two minutes, or for an hour where a body is missing. What is
used of sanic is named in `tests/test_worker.py`.
"""

from __future__ import annotations

from sanic.exceptions import RequestTimeout
from sanic.http import Stage
from sanic.server import HttpProtocol

SECONDS_TO_ARRIVE = 5
_SECONDS_TO_TELL = 1  # for the answer that says so


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
