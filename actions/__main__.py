"""Runs the action server on loopback, with logs that hold no word of anybody: `python -m actions --port 5055`."""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import sys
from typing import Any

from rasa_sdk.endpoint import create_app

from actions import translation
from helpline import logs, rope
from helpline.admission import PLACES

# Rasa asks for no more answers at once than it has places; those that it has given up may still be worked at.
THREADS = 4 * PLACES
_SECONDS_BETWEEN_THREADS = 0.001  # Python's own five milliseconds, again and again, are what others would wait


async def give_threads(app: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Give the actions as many threads as can be needed; there are few on a machine with few cores."""
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(THREADS, thread_name_prefix="actions"))


async def ask_threads(request: Any) -> None:
    """Let `/health` say that the actions live only while there is a thread for one more."""
    if request.path == "/health":
        await asyncio.to_thread(lambda: None)


def main() -> None:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(prog="actions", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5055)
    parser.add_argument(rope.OPTION, action="store_true", help="stop at the end of the standard input")
    options = parser.parse_args()
    if options.on_rope:
        rope.follow()
    sys.setswitchinterval(_SECONDS_BETWEEN_THREADS)
    app = create_app("actions")
    app.register_listener(give_threads, "before_server_start")
    app.register_middleware(ask_threads, "request")
    translation.assistant()  # the first question would wait for it
    logs.keep_words_out()
    app.run(options.host, options.port, workers=1, access_log=False)


if __name__ == "__main__":
    main()
