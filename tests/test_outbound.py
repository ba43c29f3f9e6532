"""That connections to other machines are seen; `tests/test_end_to_end.py` asks whether there were any."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCH = Path(__file__).parent / "outbound"
_START = """
import asyncio, contextlib, socket, sys
async def main():
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, asyncio.TimeoutError):
        await asyncio.wait_for({work}, 0.2)
if "uvloop" in sys.argv:
    import uvloop
    uvloop.install()
asyncio.run(main())
"""
_UDP = "asyncio.to_thread(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).{})"
# 192.0.2.0/24 is nobody's (RFC 5737), and no name ends in .invalid (RFC 6761)
REACHES = {
    "a connection": ("asyncio.open_connection('192.0.2.1', 80)", "192.0.2.1"),
    "a name": ("loop.getaddrinfo('helpline.invalid', 80)", "helpline.invalid"),
    "a datagram of the loop": (
        "loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=('192.0.2.1', 53))",
        "192.0.2.1",
    ),
    "a datagram": (_UDP.format("sendto(b'x', ('192.0.2.1', 53))"), "192.0.2.1"),
    "a message": (_UDP.format("sendmsg([b'x'], [], 0, ('192.0.2.1', 53))"), "192.0.2.1"),
    "a plain socket": ("asyncio.to_thread(socket.create_connection, ('192.0.2.1', 80), 0.1)", "192.0.2.1"),
}
STAYS = {
    "a connection": "asyncio.open_connection('127.0.0.1', 9)",
    "a name": "loop.getaddrinfo('localhost', 80)",
    "a datagram": _UDP.format("sendto(b'x', ('127.0.0.1', 9))"),
}


def watch(work: str, loop: str, log: Path) -> str:
    """Do something in a process under watch, and return what was noted of it."""
    environment = os.environ | {"HELPLINE_OUTBOUND_LOG": str(log), "PYTHONPATH": str(WATCH)}
    subprocess.run([sys.executable, "-c", _START.format(work=work), loop], env=environment, check=True, timeout=60)
    assert len(Path(f"{log}.watched").read_text(encoding="utf-8").split()) == 1
    return log.read_text(encoding="utf-8") if log.exists() else ""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("what", REACHES)
def test_what_reaches_another_machine_is_noted(what: str, loop: str, tmp_path: Path) -> None:
    work, host = REACHES[what]
    assert f" {host}\n" in watch(work, loop, tmp_path / "log")


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("what", STAYS)
def test_what_stays_on_this_one_is_not(what: str, loop: str, tmp_path: Path) -> None:
    assert watch(STAYS[what], loop, tmp_path / "log") == ""
