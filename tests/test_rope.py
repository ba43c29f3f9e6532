"""A process on a rope: it is told to serve, and it ends when nobody holds the other end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from helpline import paths, rope

Begin = Callable[[str], "subprocess.Popen[bytes]"]
_CODE = "import time; from helpline import rope; {}; rope.follow(lambda: print('told', flush=True)); time.sleep(60)"


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Start a process that follows its rope and would end in a minute."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(before: str = "pass") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _CODE.format(before)]
        begun.append(subprocess.Popen(command, cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return begun[-1]

    yield start
    for process in begun:
        rope.let_go(process)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_it_is_told_to_serve_and_goes_on(begin: Begin) -> None:
    process = begin("pass")
    rope.tell_to_serve(process)
    assert process.stdout is not None
    assert process.stdout.readline() == b"told\n"
    assert process.poll() is None


def test_it_ends_when_the_rope_is_let_go(begin: Begin) -> None:
    process = begin("pass")
    rope.let_go(process)
    assert process.wait(30) == -15


def test_it_ends_though_it_does_not_want_to(begin: Begin) -> None:
    process = begin("import signal; signal.signal(15, signal.SIG_IGN); rope.SECONDS_TO_STOP = 0.1")
    rope.let_go(process)
    assert process.wait(30) == 1


def test_who_has_ended_can_be_told_too(begin: Begin) -> None:
    process = begin("pass")
    process.kill()
    process.wait()
    rope.tell_to_serve(process)
    rope.let_go(process)


def test_the_actions_end_with_their_server(begin: Begin) -> None:
    command = [sys.executable, "-m", "actions", "--port", "0", rope.OPTION]
    with subprocess.Popen(command, cwd=paths.ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        rope.let_go(process)
        assert process.wait(60) in (0, -15)
