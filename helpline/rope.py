"""The rope between a server and its processes: the standard input of each, which the server holds the other end of.

A line "serve" tells a process that stood by to take over. The end of the rope, however the server ended, tells it that
nobody looks after it any more: it stops as if it were told to, and for certain.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

OPTION = "--on-rope"
SECONDS_TO_STOP = 12
_SERVE = b"serve\n"
_STANDARD_INPUT = 0


def follow(serve: Callable[[], None] = lambda: None) -> None:
    """Follow the rope in a thread of its own, which works also where everything else hangs."""

    def wait() -> None:
        # Not `sys.stdin`: a thread that reads it keeps Python from ending.
        while said := os.read(_STANDARD_INPUT, len(_SERVE)):
            if said == _SERVE:
                serve()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SECONDS_TO_STOP)
        os._exit(1)

    threading.Thread(target=wait, name="rope", daemon=True).start()


def tell_to_serve(process: subprocess.Popen[bytes]) -> None:
    """Tell a process that stands by to take over."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it has ended: that is found out elsewhere
            process.stdin.write(_SERVE)
            process.stdin.flush()


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Let go of the rope of a process that has ended."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
