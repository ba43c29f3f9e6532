"""One conversation in a terminal: what is said at the start, one turn after another, what is remembered for commands.

It needs nothing but the standard library and the fixed sentences, so that the opening stands at once.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from helpline import takehome
from helpline.client import Client, ServerError, SessionEnded, Unreachable
from helpline.commands import Commands
from helpline.phrases import Phrases
from helpline.rendering import Screen, clean, parts

SECONDS_BEFORE_A_SIGN = 0.5
_NUMBER = re.compile(r"([0-9]{1,2})[.)]?")
_YOU = "You: "

# What the chat itself says, as the web chat does in widget/texts.en.js.
_AGREE = "Press Enter to go on, or Ctrl-D to leave. You can also type your first question here."
NOT_AGREED = "All right. You can call the numbers above at any hour."
_HINT = "Type your question, or the number of a choice. /help shows the commands, Ctrl-D leaves."
_WORKING = "Looking for an answer ..."
_STOPPED = "I have stopped waiting. Ask something else, or press Enter to ask again."
_AGAIN = "Press Enter to ask again."
_EXPIRED = (
    "The earlier conversation had ended, so I have started a new one. "
    "If an answer seems off, please name the drug again."
)
_LEAVING = ("quit", "exit", "/exit")  # what people type elsewhere to leave
_REFUSALS = ("n", "no", "/quit", *_LEAVING)


class Lines(Protocol):
    """Where the person's lines come from."""

    def read(self, prompt: str) -> str:
        """Return the next line; raise EOFError at the end."""

    def forget(self) -> None:
        """Forget what was typed so far."""


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
        self.client, self.screen, self.phrases = client, screen, phrases
        self.interactive = interactive
        self.lines: Lines = PlainLines(screen, echo=not interactive)
        self.commands = Commands(self)
        self._forget_turns()

    def _forget_turns(self) -> None:
        self.sources: Sequence[Mapping[str, Any]] = ()
        self.turns: list[dict[str, Any]] = []
        self._asked: list[str] = []  # that no answer has come to yet
        self.answer_id: str | None = None
        self._buttons: list[dict[str, str]] = []
        self._unanswered: tuple[str, str] | None = None

    def start_anew(self) -> None:
        """Forget all that was said, and begin another conversation."""
        self.client.start_anew()
        self._forget_turns()
        self.lines.forget()
        self.screen.clear()
        self.screen.note(self.phrases.say("emergency_line"), style="bold")

    # --- from the start to the end

    def open(self) -> None:
        """Say what comes before everything: the emergency line, a person to talk to, and what this program is."""
        self.screen.note(self.phrases.say("emergency_line"), style="bold")
        self.screen.note(self.phrases.say("person"), "", self.phrases.say("notice"), "")

    def agree(self) -> str:
        """Wait for the person to go on; return what they typed with it, which may be their first question.

        Raises:
            EOFError: they would rather not.
            KeyboardInterrupt: the same.
        """
        self.screen.note(_AGREE)
        typed = self.lines.read("> ")
        self.screen.note("")
        if clean(typed).strip().lower() in _REFUSALS:
            raise EOFError
        return typed

    def talk(self, lines: Lines | None = None, first: str = "") -> None:
        """Take turns until the person leaves."""
        self.lines = lines or self.lines
        try:
            if first.strip():
                self._take(first)
            else:
                self.screen.note(self.phrases.say("greet"))
            self.screen.note(*([_HINT] if self.interactive else []), "", style="dim")
            while True:
                self._take(self._next_line())
        except EOFError:
            self.screen.note(self.phrases.say("goodbye"))

    def _next_line(self) -> str:
        """Return what the person types; Ctrl-C gives a line up and begins another."""
        while True:
            try:
                return self.lines.read(_YOU)
            except KeyboardInterrupt:
                self._require_a_person()
                self.screen.note("Ctrl-D leaves.", style="dim")

    def _take(self, typed: str) -> None:
        """Take one turn; Ctrl-C stops only that."""
        try:
            self._turn(clean(typed).strip())
        except KeyboardInterrupt:
            self._require_a_person()
            self.screen.note("", _STOPPED, "")

    def _require_a_person(self) -> None:
        """In a script, Ctrl-C ends all of it."""
        if not self.interactive:
            raise KeyboardInterrupt

    def _turn(self, typed: str) -> None:
        if typed.startswith("/") or typed in _LEAVING:
            self.commands.obey("/quit" if typed in _LEAVING else typed)
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
            self.screen.note(f"> {chosen['title']}", style="dim")
            self._ask(chosen["payload"], chosen["title"])
        else:
            self.screen.note(f"There is no choice {number[1]}: type 1 to {len(self._buttons)}, or a question.", "")

    # --- one question

    def _ask(self, message: str, title: str) -> None:
        """Ask the server and show its reply. `title` is what the person saw of a button's message."""
        self._unanswered = (message, title)
        try:
            with self.waiting():
                reply = self.client.ask(message)
        except SessionEnded:
            self.client.start_anew()
            self.screen.note(_EXPIRED, "")
            self._ask(title, title)
        except (Unreachable, ServerError) as error:
            self.fail(error, _AGAIN)
        else:
            self._unanswered = None
            self._remember(title, reply)
            self.screen.reply(reply, hint=self._hint())

    def _hint(self) -> str:
        """Return what stands in place of the list of sources."""
        count = len(self.sources)
        return f"Sources 1-{count}: /sources shows them." if count > 1 else "Source 1: /sources shows it."

    def ask(self, message: str) -> None:
        """Ask what a command stands for."""
        self._ask(message, message.lstrip("/"))

    def _remember(self, asked: str, reply: Mapping[str, Any]) -> None:
        """Keep what commands speak of: the buttons, the sources, the ids of the answer."""
        self._buttons = reply.get("buttons") or []
        self.sources = parts(reply).sources
        custom = reply.get("custom") or {}
        self.answer_id = custom.get("answer_id")
        self._asked.append(clean(asked))
        if custom.get("kind") == takehome.ASKED_BACK:
            return
        turn = takehome.turn(" / ".join(self._asked), reply)
        self.turns += [turn] if turn else []
        self._asked.clear()

    def waiting(self) -> Waiting:
        """Return what tells a person that the server is at work."""
        return Waiting(self.screen, wanted=self.interactive)

    def fail(self, error: Exception, *advice: str) -> None:
        """Say why something was not done: in the chat to a person, on standard error to a script.

        Raises:
            Unreachable: to a script, which can do nothing without a server.
        """
        if self.interactive:
            person = [self.phrases.say("person")] if isinstance(error, Unreachable) else []
            self.screen.note(str(error), *person, *advice, "")
        elif isinstance(error, Unreachable):
            raise error
        else:
            print(f"helpline: {clean(error)}", file=sys.stderr)
