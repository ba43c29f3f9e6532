"""Loaded by every Python process of a server under test: notes each attempt to reach anything but this machine."""

import os
import sys

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")


def _watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
    elif event == "socket.getaddrinfo":
        host = str(arguments[0])
    else:
        return
    if not host.startswith(LOCAL) and host not in ("None", ""):
        with open(os.environ["HELPLINE_OUTBOUND_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{event} {host}\n")


if "HELPLINE_OUTBOUND_LOG" in os.environ:
    sys.addaudithook(_watch)
