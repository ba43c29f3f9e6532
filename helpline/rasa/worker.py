"""Runs Rasa's server with our channel: `python -m helpline.rasa.worker --port 5005 --model MODEL --endpoints FILE`.

It is `rasa run` but for two things: everything is loaded before it listens, and with `--on-rope` it stands by, loaded,
until its server tells it to serve (`helpline.rope`). What it uses of Rasa is public; `tests/test_worker.py` names it.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import logging
import sys
from pathlib import Path
from typing import Any

import rasa.core.run
import rasa.utils.common
import rasa.utils.log_utils
import structlog
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from helpline import logs, paths, rope
from helpline import model as model_file
from helpline.rasa import action_results, stores
from helpline.rasa.connection import PlainRequest, PromptProtocol

_SECONDS_BETWEEN_THREADS = 0.001
log = structlog.get_logger("helpline.worker")


class Turn:
    """Whether it is this process's turn to serve."""

    def __init__(self) -> None:
        """It is not, yet."""
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def begin(self) -> None:
        """It is; may be called from another thread."""
        self._loop.call_soon_threadsafe(self._told.set)

    async def wait(self) -> None:
        """Return when it is."""
        await self._told.wait()


def main() -> None:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(prog="worker", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--model", required=True)
    parser.add_argument("--endpoints", default=str(paths.ROOT / "endpoints.yml"))
    parser.add_argument("--credentials", default=str(paths.ROOT / "credentials.yml"))
    parser.add_argument(rope.OPTION, action="store_true", help="wait for a line on the standard input; stop at its end")
    options = parser.parse_args()
    sys.path.insert(1, str(paths.ROOT))
    # A sheet is made in a thread: without this a turn beside it waits five milliseconds each time that it goes on.
    sys.setswitchinterval(_SECONDS_BETWEEN_THREADS)
    rasa.utils.common.configure_logging_and_warnings(logging.INFO, None, warn_only_once=True, filter_repeated_logs=True)
    rasa.utils.log_utils.configure_structlog(logging.INFO)
    action_results.check_quickly()
    endpoints = AvailableEndpoints.read_endpoints(options.endpoints)
    channels = rasa.core.run.create_http_input_channels(None, options.credentials)
    app = rasa.core.run.configure_app(channels, enable_api=False, port=options.port, endpoints=endpoints)
    load = functools.partial(_load, options.model, endpoints, options.on_rope)
    app.register_listener(load, "before_server_start")
    app.register_listener(rasa.core.run.close_resources, "after_server_stop")
    app.request_class = PlainRequest
    app.run(host=options.host, port=options.port, workers=1, access_log=False, protocol=PromptProtocol)


async def _load(model: str, endpoints: AvailableEndpoints, on_rope: bool, app: Sanic, loop: Any) -> None:
    """Load everything, and wait until it is time to listen."""
    turn = Turn()
    if on_rope:
        rope.follow(turn.begin)
    # Also where it is started again: the file may be another one by now. Without a model every message gets the number.
    fault = model_file.fault(Path(model))
    if fault:
        log.error("the model is refused", reason=fault)
    await rasa.core.run.load_agent_on_start("" if fault else model, endpoints, None, app, loop)
    logs.keep_words_out()
    try:
        # The first message would wait for what is loaded with it.
        await stores.agent_of(app).parse_message("What is everolimus?")
    except stores.NotServing as error:  # /ready says so
        log.error("nothing to serve", reason=error.reason)
    if on_rope:
        log.info("standing by")
        await turn.wait()


if __name__ == "__main__":
    main()
