"""The line that a person types in a terminal: editing, completion on Tab, paste of several lines, history.

This module loads prompt_toolkit, which takes longer than all else that the chat needs. Import it after the first
prompt.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

Complete = Callable[[str], list[tuple[int, str]]]


class _Completer(Completer):
    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        for length, text in self._complete(document.text_before_cursor):
            yield Completion(text, start_position=-length)


class _Terminal(Vt100_Output):
    """A terminal that is never asked where its cursor is: a slow one would answer into what the person types."""

    @property
    def responds_to_cpr(self) -> bool:
        return False


class EditedLines:
    """Reads lines that can be edited. Nothing is written to a file unless one is named for the history."""

    def __init__(self, complete: Complete, history: Path | None) -> None:
        self._complete = complete
        self._file = history
        self.forget()

    def forget(self) -> None:
        """Forget the lines that were typed, except those in a file that the person has asked for."""
        output = _Terminal.from_pty(sys.stdout, term=os.environ.get("TERM"), enable_bell=False)
        self._session: PromptSession[str] = PromptSession(
            completer=_Completer(self._complete),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            history=self._history(),
            color_depth=ColorDepth.DEPTH_1_BIT,
            enable_suspend=True,
            output=output,
        )

    def _history(self) -> History:
        return FileHistory(str(self._file)) if self._file else InMemoryHistory()

    def read(self, prompt: str) -> str:
        """Return what was typed.

        Raises:
            EOFError: Ctrl-D on an empty line, or the terminal has gone.
            KeyboardInterrupt: Ctrl-C; the line is given up.
        """
        return self._session.prompt(prompt)
