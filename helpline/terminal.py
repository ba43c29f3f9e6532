"""The chat in a terminal: what is said at the start, one turn after another, and the commands.

The opening needs nothing but the standard library and the fixed sentences, so that it stands at once. What takes longer
to load (line editing, styled replies, the names to complete) loads while the person reads it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from helpline import __version__, paths
from helpline.client import Client, ServerError, SessionEnded, Unreachable
from helpline.phrases import Phrases
from helpline.rendering import Screen, can_style, clean, parts

SECONDS_BEFORE_A_SIGN = 0.5
SECONDS_FOR_NAMES = 3.0
_NUMBER = re.compile(r"([0-9]{1,2})[.)]?")
_YOU = "You: "

# What the chat itself says, as the web chat does in widget/texts.en.js.
_AGREE = "Press Enter to go on, or Ctrl-D to leave. You can also type your first question here."
_NOT_AGREED = "All right. You can call the numbers above at any hour."
_HINT = "Type your question, or the number of a choice. /help shows the commands, Ctrl-D leaves."
_WORKING = "Looking for an answer ..."
_STOPPED = "I have stopped waiting. Ask something else, or press Enter to ask again."
_AGAIN = "Press Enter to ask again."
_EXPIRED = (
    "The earlier conversation had ended, so I have started a new one. "
    "If an answer seems off, please name the drug again."
)
_CLEARED = "Cleared. Your next question starts a new conversation."
_LEAVING = ("quit", "exit", "/exit")  # what people type elsewhere to leave
_REFUSALS = ("n", "no", "/quit", *_LEAVING)
_NO_SOURCES = "There is no answer with sources yet."


class Lines(Protocol):
    """Where the person's lines come from."""

    def read(self, prompt: str) -> str:
        """Return the next line; raise EOFError at the end."""

    def forget(self) -> None:
        """Forget what was typed so far."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How a person wants the chat."""

    plain: bool = False
    bell: bool = True
    history: Path | None = None


class PlainLines:
    """Reads lines as they come, from a terminal that can only print, or from a file, and then shows what was read."""

    def __init__(self, screen: Screen, echo: bool) -> None:
        self._screen = screen
        self._echo = echo

    def read(self, prompt: str) -> str:
        """Return the next line."""
        self._screen.write("" if self._echo else prompt)
        try:
            line = input()
        except (EOFError, KeyboardInterrupt):
            self._screen.write("" if self._echo else "\n")
            raise
        if self._echo and line.strip():
            self._screen.write(f"{prompt}{clean(line).strip()}\n")
        return line

    def forget(self) -> None:
        """Forget nothing: nothing is kept."""


class Waiting:
    """Shows that the answer is being looked for where that takes longer than a moment, and takes the sign away."""

    def __init__(self, screen: Screen, wanted: bool) -> None:
        self._screen = screen
        self._wanted = wanted
        self._lock = threading.Lock()
        self._timer = threading.Timer(SECONDS_BEFORE_A_SIGN, self._show)
        self._timer.daemon = True
        self._over = self._shown = False

    def _show(self) -> None:
        with self._lock:
            if not self._over:
                self._screen.write(_WORKING if self._screen.styled else f"{_WORKING}\n")
                self._shown = True

    def __enter__(self) -> None:
        if self._wanted:
            self._timer.start()

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._shown:
                self._screen.erase_line()


class Chat:
    """One conversation in a terminal."""

    def __init__(self, client: Client, screen: Screen, phrases: Phrases, interactive: bool) -> None:
        self._client, self._screen, self._phrases = client, screen, phrases
        self._interactive = interactive
        self._buttons: list[dict[str, str]] = []
        self._sources: Sequence[Mapping[str, Any]] = ()
        self._unanswered: tuple[str, str] | None = None
        self._lines: Lines = PlainLines(screen, echo=not interactive)
        self.commands: dict[str, tuple[str, Callable[[], None]]] = {
            "/help": ("show these commands", self._help),
            "/about": ("what this is, and whom to call", self._about),
            "/sources": ("list the sources of the last answer", self._list_sources),
            "/more": ("show more about the last answer", self._more),
            "/clear": ("empty the screen and start a new conversation", self._clear),
            "/quit": ("leave; Ctrl-D does so too", self._quit),
        }

    # --- from the start to the end

    def open(self) -> None:
        """Say what comes before everything: the emergency line, a person to talk to, and what this program is."""
        self._screen.note(self._phrases.say("emergency_line"), style="bold")
        self._screen.note(self._phrases.say("person"), "", self._phrases.say("notice"), "")

    def agree(self) -> str:
        """Wait for the person to go on; return what they typed with it, which may be their first question.

        Raises:
            EOFError: they would rather not.
            KeyboardInterrupt: the same.
        """
        self._screen.note(_AGREE)
        typed = self._lines.read("> ")
        self._screen.note("")
        if clean(typed).strip().lower() in _REFUSALS:
            raise EOFError
        return typed

    def talk(self, lines: Lines | None = None, first: str = "") -> None:
        """Take turns until the person leaves."""
        self._lines = lines or self._lines
        try:
            if first.strip():
                self._take(first)
            else:
                self._screen.note(self._phrases.say("greet"))
            self._screen.note(*([_HINT] if self._interactive else []), "", style="dim")
            while True:
                self._take(self._next_line())
        except EOFError:
            self._screen.note(self._phrases.say("goodbye"))

    def _next_line(self) -> str:
        """Return what the person types; Ctrl-C gives a line up and begins another."""
        while True:
            try:
                return self._lines.read(_YOU)
            except KeyboardInterrupt:
                self._require_a_person()
                self._screen.note("Ctrl-D leaves.", style="dim")

    def _take(self, typed: str) -> None:
        """Take one turn; Ctrl-C stops only that."""
        try:
            self._turn(clean(typed).strip())
        except KeyboardInterrupt:
            self._require_a_person()
            self._screen.note("", _STOPPED, "")

    def _require_a_person(self) -> None:
        """In a script, Ctrl-C ends all of it."""
        if not self._interactive:
            raise KeyboardInterrupt

    def _turn(self, typed: str) -> None:
        if typed.startswith("/") or typed in _LEAVING:
            self._obey("/quit" if typed in _LEAVING else typed)
            return
        if not typed:
            if self._unanswered:
                self._ask(*self._unanswered)
            return
        number = _NUMBER.fullmatch(typed) if self._buttons else None
        if number is None:
            self._ask(typed, typed)
        elif 1 <= int(number[1]) <= len(self._buttons):
            chosen = self._buttons[int(number[1]) - 1]
            self._screen.note(f"> {chosen['title']}", style="dim")
            self._ask(chosen["payload"], chosen["title"])
        else:
            self._screen.note(f"There is no choice {number[1]}: type 1 to {len(self._buttons)}, or a question.", "")

    # --- one question

    def _ask(self, message: str, title: str) -> None:
        """Ask the server and show its reply. `title` is what the person saw of a button's message."""
        self._unanswered = (message, title)
        try:
            with Waiting(self._screen, wanted=self._interactive):
                reply = self._client.ask(message)
        except SessionEnded:
            self._client.start_anew()
            self._screen.note(_EXPIRED, "")
            self._ask(title, title)
        except Unreachable as error:
            if not self._interactive:
                raise
            self._fail(error, self._phrases.say("person"), _AGAIN)
        except ServerError as error:
            self._fail(error, _AGAIN)
        else:
            self._unanswered = None
            self._show(reply)

    def _show(self, reply: Mapping[str, Any]) -> None:
        self._buttons = reply.get("buttons") or []
        self._sources = parts(reply).sources
        last = f"-{len(self._sources)}" if len(self._sources) > 1 else ""
        self._screen.reply(reply, hint=f"Sources 1{last}: /sources shows them.")

    def _fail(self, error: Exception, *advice: str) -> None:
        """Say why there is no answer: in the chat to a person, on standard error to a script."""
        if self._interactive:
            self._screen.note(str(error), *advice, "")
        else:
            print(f"helpline: {clean(error)}", file=sys.stderr)

    # --- commands

    def _obey(self, typed: str) -> None:
        name = typed.split()[0].lower()
        if name in self.commands:
            _, obey = self.commands[name]
            obey()
            return
        near = [known for known in self.commands if known.startswith(name[:3])] if len(name) > 1 else []
        meant = f" Did you mean {near[0]}?" if near else ""
        self._screen.note(f"There is no command {name}.{meant} /help shows the commands.", "")

    def _help(self) -> None:
        self._screen.note(
            "Type a question in your own words, or the number of a choice. There are also these commands:"
        )
        self._screen.commands((name, text) for name, (text, _) in self.commands.items())
        self._screen.note("Tab completes names and commands. Ctrl-C clears the line or stops waiting.", "")

    def _about(self) -> None:
        self._screen.note(self._phrases.say("bot_challenge"), "", self._phrases.say("notice"), "")
        self._screen.note(f"helpline {__version__}, server {self._client.url}", "", style="dim")

    def _list_sources(self) -> None:
        if self._sources:
            self._screen.sources(self._sources)
        else:
            self._screen.note(_NO_SOURCES, "")

    def _more(self) -> None:
        # The server takes this for its button where it has just offered one, and for the word "more" elsewhere.
        self._ask("/more", "more")

    def _clear(self) -> None:
        self._client.start_anew()
        self._buttons, self._sources, self._unanswered = [], (), None
        self._lines.forget()
        self._screen.clear()
        self._screen.note(self._phrases.say("emergency_line"), style="bold")
        self._screen.note(_CLEARED, "")

    def _quit(self) -> None:
        raise EOFError


# --- the terminal around it


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
    interactive = sys.stdin.isatty()
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
            screen.note(_NOT_AGREED)
            return
        chat.talk(_edited(chat, loading, settings) if screen.styled else None, first)


def _edited(chat: Chat, loading: _Loading, settings: Settings) -> Lines:
    from helpline.completion import Names
    from helpline.prompt import EditedLines

    commands = Names(chat.commands)

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
