"""Runs the action server on loopback, with logs that hold no word of anybody: `python -m actions --port 5055`."""

from __future__ import annotations

import argparse

from rasa_sdk.endpoint import create_app

from actions import translation
from helpline import logs, rope


def main() -> None:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(prog="actions", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5055)
    parser.add_argument(rope.OPTION, action="store_true", help="stop at the end of the standard input")
    options = parser.parse_args()
    if options.on_rope:
        rope.follow()
    app = create_app("actions")
    translation.assistant()  # the first question would wait for it
    logs.keep_words_out()
    app.run(options.host, options.port, workers=1, access_log=False)


if __name__ == "__main__":
    main()
