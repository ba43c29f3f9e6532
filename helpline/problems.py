"""What was wrong with a request, for the person who sent it: problem details (RFC 9457) with the number of a person."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that cannot be answered.

    Attributes:
        status: the HTTP status.
        title: what is the matter, in a few words; the same for every request with this fault.
        detail: what to do about it. It never repeats what the request held.
        retry_after: seconds to wait before trying again, where waiting helps.
    """

    def __init__(self, status: HTTPStatus, title: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.retry_after = status, title, detail, retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers that the answer needs besides the usual ones."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def body(self, phone: str, lines: str) -> dict[str, Any]:
        """Return the problem details; `lines` says whom to call, and stands after the detail in `text`."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status.value,
            "detail": self.detail,
            "helpline": phone,
            "text": f"{self.detail} {lines}",
        }
