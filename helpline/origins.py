"""Which sites may use the server from a browser: our own, and an exact list.

`HELPLINE_ORIGINS` lists the others, separated by spaces: `https://www.hospital.org https://charity.example`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


def listed() -> tuple[str, ...]:
    """Return the origins of the setting.

    Raises:
        ValueError: one of them is no origin; `*` is none.
    """
    found = tuple(os.environ.get("HELPLINE_ORIGINS", "").split())
    for origin in found:
        if not is_origin(origin):
            raise ValueError(
                f'HELPLINE_ORIGINS has "{origin}", which is no origin. One looks like this: https://www.hospital.org'
            )
    return found


def is_origin(text: str) -> bool:
    """Return whether a text is a scheme, a host and perhaps a port, and nothing else."""
    return _ORIGIN.fullmatch(text) is not None


def may_ask(origin: str | None, host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a request may be answered: it comes from no page, from our own, or from one of the list."""
    return origin is None or origin in allowed or origin in (f"http://{host}", f"https://{host}")


def headers(origin: str | None, allowed: tuple[str, ...]) -> Mapping[str, str]:
    """Return the CORS headers of an answer: none for an origin that is not listed, and never credentials."""
    if origin is None or origin not in allowed:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Expose-Headers": "Retry-After",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
