"""The start of the `helpline` command: Ctrl-C while it loads, or while it ends, is as quiet as at any other time."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Load the command, run it, and return its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Ctrl-C may fall into a clean-up that Python cannot stop. It would report that at length, to no use for anybody.
    sys.unraisablehook = lambda _: None
    from helpline import cli

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return cli.main()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
