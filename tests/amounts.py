"""How many of something a test tries: few in `make test`, as many as docs/serving.md promises in `make soak`."""

from __future__ import annotations

import os


def amount(few: int, all_of_them: int) -> int:
    """Return one of the two, by `HELPLINE_TEST_SOAK`, which `make soak` sets."""
    return all_of_them if os.environ.get("HELPLINE_TEST_SOAK") else few
