"""Loaded by every Python process of a server under test: notes each attempt to reach anything but this machine.

Python tells of its own sockets. It does not tell of those of uvloop, in which sanic runs: that is asked for itself.
"""

import functools
import os
import sys

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")
_SENDS = ("socket.connect", "socket.sendto", "socket.sendmsg")


def _note(event, host):
    if not host.startswith(LOCAL) and host not in ("None", ""):
        with open(os.environ["HELPLINE_OUTBOUND_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{event} {host}\n")


def _watch(event, arguments):
    if event in _SENDS and isinstance(arguments[1], tuple):
        _note(event, str(arguments[1][0]))
    elif event == "socket.getaddrinfo":
        _note(event, str(arguments[0]))


def _watched(loop, name, method):
    @functools.wraps(method)
    def ask(self, *arguments, **named):
        first = arguments[0] if name == "getaddrinfo" else (arguments[1:2] or [named.get("host")])[0]
        address = named.get("remote_addr") or (first,)
        _note(f"uvloop.{name}", str(address[0]))
        return method(self, *arguments, **named)

    setattr(loop, name, ask)


if "HELPLINE_OUTBOUND_LOG" in os.environ:
    sys.addaudithook(_watch)
    try:
        from uvloop import Loop
    except ImportError:
        pass
    else:
        for name in ("create_connection", "create_datagram_endpoint", "getaddrinfo"):
            _watched(Loop, name, getattr(Loop, name))
    with open(os.environ["HELPLINE_OUTBOUND_LOG"] + ".watched", "a", encoding="utf-8") as log:
        log.write(f"{os.getpid()}\n")
