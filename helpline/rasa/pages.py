"""The pages and files that the server gives out: the web chat at `/` and its modules under `/widget/`."""

from __future__ import annotations

import mimetypes
import re

from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from helpline import paths

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def at_root(request: Request) -> HTTPResponse | None:
    """Answer a request for the page; leave every other one to its route."""
    return _file("index.html") if request.path == "/" and request.method in ("GET", "HEAD") else None


async def widget(request: Request, name: str) -> HTTPResponse:
    """Give out one file of the web chat."""
    return _file(name)


def _file(name: str) -> HTTPResponse:
    path = paths.WIDGET / name
    if not re.fullmatch(r"[a-z][a-z0-9.-]*\.(html|js|css|svg)", name) or not path.is_file():
        raise NotFound("no such file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return raw(path.read_bytes(), content_type=f"{kind}; charset=utf-8", headers=_HEADERS)
