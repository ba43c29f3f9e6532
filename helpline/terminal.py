"""The terminal around a conversation: line editing where there is a person, signals, and what loads while they read."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from helpline import paths
from helpline.chat import NOT_AGREED, Chat, Lines
from helpline.client import Client
from helpline.phrases import Phrases
from helpline.rendering import Screen, can_style

SECONDS_FOR_NAMES = 3.0


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a person wants the chat."""

    plain: bool = False
    bell: bool = True
    history: Path | None = None


class _Loading:
    """Loads what takes time, while the person reads the opening."""

    def __init__(self, wanted: bool) -> None:
        self._names: Callable[[str], list[tuple[int, str]]] = lambda typed: []
        self._thread = threading.Thread(target=self._load, args=(wanted,), daemon=True)
        self._thread.start()

    def _load(self, wanted: bool) -> None:
        import rich.panel  # noqa: F401

        if wanted:
            import helpline.prompt  # noqa: F401
            from helpline import completion

            self._names = completion.load(paths.KNOWLEDGE).completions

    def names(self, typed: str) -> list[tuple[int, str]]:
        """Return the completions of what was typed, once the names are there."""
        self._thread.join(SECONDS_FOR_NAMES)
        return self._names(typed)


def converse(client: Client, settings: Settings) -> None:
    """Talk with a person at a terminal, or with a file of questions in one conversation.

    Raises:
        Unreachable: no server answers at the start, or, for a file, at any time.
        ServerError: the server is not ready.
        OSError: the file for the history cannot be written.
        KeyboardInterrupt: Ctrl-C before the person has agreed to go on.
    """
    client.require_ready()
    if settings.history:
        os.close(os.open(settings.history, os.O_WRONLY | os.O_CREAT, 0o600))  # questions are about health
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    styled = sys.stdout.isatty() and can_style() and not settings.plain
    screen = Screen(sys.stdout, styled, settings.bell)
    chat = Chat(client, screen, Phrases.load(paths.DOMAIN), interactive)
    with leaving_in_order():
        chat.open()
        loading = _Loading(wanted=interactive and screen.styled)
        if not interactive:
            chat.talk()
            return
        try:
            first = chat.agree()
        except EOFError:
            screen.note(NOT_AGREED)
            return
        chat.talk(_edited(chat, loading, settings) if screen.styled else None, first)


def _edited(chat: Chat, loading: _Loading, settings: Settings) -> Lines:
    from helpline.completion import Names
    from helpline.prompt import EditedLines

    commands = Names(chat.commands.known)

    def complete(typed: str) -> list[tuple[int, str]]:
        return commands.completions(typed) if typed.startswith("/") else loading.names(typed)

    return EditedLines(complete, settings.history)


@contextlib.contextmanager
def leaving_in_order() -> Iterator[None]:
    """Leave by the door when asked to end or when the window is closed: the terminal is put right, a server stopped."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish what must be finished, such as stopping a server, although somebody is impatient."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
