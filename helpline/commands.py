"""What a person can do in the terminal chat besides asking: the commands, each typed with a slash."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helpline import __version__, takehome
from helpline.client import ServerError, SessionEnded, Unreachable
from helpline.rendering import clean

if TYPE_CHECKING:
    from helpline.chat import Chat

AUDIENCES = {"patient": "the person treated", "caregiver": "somebody close to them", "clinician": "a professional"}
SIMPLER, MORE_DETAIL, MORE = "simpler please", "in more detail", "/more"
_YES, _NO = ("y", "yes", "1"), ("n", "no", "2")
_NUMBERS = re.compile(r"[0-9]+(?:[ ,;]+[0-9]+)*[ ,;.]*")

_CLEARED = (
    "Cleared. Your next question starts a new conversation. The server deletes the old one by itself after an hour; "
    "/forget deletes it at once."
)
_FORGOTTEN = "The server has deleted this conversation. Your next question starts a new one."
_NOTHING_TO_FORGET = "There is nothing to delete: no question was sent yet, or the conversation has ended."
_NO_SOURCES = "There is no answer with sources yet."
_NO_ANSWER = "There is no answer yet: ask a question first."
_SHEET_USAGE = "Name the file to write, for example: /sheet my-visit.pdf (add a4 for A4 paper, large for large print)."
_SHEET_DROPPED = "All right: no sheet was made."
_WHICH = "Questions for the doctor that fit. Enter takes all; or type numbers such as 1 3; 0 takes none."
_OWN = "A question of your own, or Enter to go on."
_SHEET_NOTE = (
    "Only you can read the file. It holds what you asked: keep it where nobody else looks. The server kept nothing."
)
_HELPFUL = "Did the last answer help?  1) yes  2) no"
_REASON = "What was wrong? Type a number, or Enter for none of these."
_TOO_LATE = "The conversation has ended on the server, so this could not be counted."
_HELLO = "hello"  # begins the conversation that the server wants a sheet to be of
_THANKS = "Thank you. It is counted with the answer's number; no word of yours is kept with it."


@dataclasses.dataclass(frozen=True)
class Command:
    """A command: what may follow it, what it does in a few words, and what does it."""

    takes: str
    told: str
    do: Callable[[str], None]


class Commands:
    """The commands of one chat."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._settings: Mapping[str, Any] | None = None
        self.known: dict[str, Command] = {
            "/help": Command("", "show these commands", self._help),
            "/about": Command("", "what this is, and whom to call", self._about),
            "/sources": Command("", "list the sources of the last answer", self._list_sources),
            "/more": Command("", "show more about the last answer", lambda _: chat.ask(MORE)),
            "/simple": Command("", "say the last answer in simpler words", lambda _: chat.ask(SIMPLER)),
            "/detail": Command("", "say more of the details", lambda _: chat.ask(MORE_DETAIL)),
            "/who": Command("patient|caregiver|clinician", "say who is asking", self._who),
            "/language": Command("CODE", "choose the language, or list them", self._language),
            "/sheet": Command("FILE.pdf", "write a sheet for the doctor's visit", self._sheet),
            "/feedback": Command("", "say whether the last answer helped", self._feedback),
            "/clear": Command("", "empty the screen and start a new conversation", self._clear),
            "/forget": Command("", "delete this conversation on the server, too", self._forget),
            "/quit": Command("", "leave; Ctrl-D does so too", self._quit),
        }

    def obey(self, typed: str) -> None:
        """Do what a line that begins with a slash says."""
        name, _, rest = typed.partition(" ")
        name = name.lower()
        if name in self.known:
            self.known[name].do(rest.strip())
            return
        near = [known for known in self.known if known.startswith(name[:3])] if len(name) > 1 else []
        meant = f" Did you mean {near[0]}?" if near else ""
        self._note(f"There is no command {name}.{meant} /help shows the commands.")

    def _note(self, *texts: str) -> None:
        self._chat.screen.note(*texts, "")

    # --- what is told

    def _help(self, _: str) -> None:
        self._chat.screen.note(
            "Type a question in your own words, or the number of a choice. There are also these commands:"
        )
        rows = ((f"{name} {command.takes}".strip(), command.told) for name, command in self.known.items())
        self._chat.screen.commands(rows)
        self._note("Tab completes names and commands. Ctrl-C clears the line or stops waiting.")

    def _about(self, _: str) -> None:
        say = self._chat.phrases.say
        self._note(say("bot_challenge"), "", say("notice"))
        self._chat.screen.note(f"helpline {__version__}, server {self._chat.client.url}", "", style="dim")

    def _list_sources(self, _: str) -> None:
        if self._chat.sources:
            self._chat.screen.sources(self._chat.sources)
        else:
            self._note(_NO_SOURCES)

    # --- how answers are given

    def _who(self, audience: str) -> None:
        client, choices = self._chat.client, ", ".join(f"{name} ({told})" for name, told in AUDIENCES.items())
        if audience.lower() in AUDIENCES:
            client.audience = audience.lower()
            self._note(f"The next answers are for: {client.audience} ({AUDIENCES[client.audience]}).")
        elif audience:
            self._note(f"Choose one of these: {choices}.")
        else:
            self._note(f"Answers are for: {client.audience or 'patient'}. Choices: {choices}.")

    def _language(self, code: str) -> None:
        try:
            languages = self._offered("languages", "code", "name")
        except (Unreachable, ServerError) as error:
            self._chat.fail(error)
            return
        choices = ", ".join(f"{code} ({name})" for code, name in languages.items()) or "en (English)"
        if code.lower() in languages:
            self._chat.client.language = code.lower()
            self._note(f"The next answers are in: {languages[code.lower()]}.")
        elif code:
            self._note(f"That language is not offered. Choices: {choices}.")
        else:
            self._note(f"Answers are in: {self._chat.client.language or 'en'}. Choices: {choices}.")

    def _offered(self, name: str, key: str, text: str) -> dict[str, str]:
        """Return what the server offers under a name; an entry that cannot be read is left out."""
        found = self._settings_of_server().get(name)
        entries = [e for e in (found if isinstance(found, list) else ()) if isinstance(e, dict)]
        return {clean(e[key]): clean(e[text]) for e in entries if key in e and text in e}

    def _settings_of_server(self) -> Mapping[str, Any]:
        """Return what the server offers, asked for once."""
        if self._settings is None:
            with self._chat.waiting():
                self._settings = self._chat.client.settings()
        return self._settings

    # --- the sheet for the doctor's visit

    def _sheet(self, rest: str) -> None:
        words = rest.split()
        options: set[str] = set()
        while words and words[-1].lower() in (*takehome.PAPERS, takehome.LARGE):
            options.add(words.pop().lower())
        if not words:
            self._note(_SHEET_USAGE)
            return
        if not self._chat.turns:
            self._note(_NO_ANSWER)
            return
        try:
            path = takehome.file_of(" ".join(words))
            questions = self._questions()
            paper = next((p for p in takehome.PAPERS if p in options), takehome.PAPERS[0])
            wanted = takehome.wanted(
                self._chat.turns, questions, paper, takehome.LARGE in options, self._chat.client.language or "en"
            )
            with self._chat.waiting():
                pdf = self._made(wanted)
            takehome.save(path, pdf)
        except KeyboardInterrupt:
            if not self._chat.interactive:
                raise
            self._note("", _SHEET_DROPPED)
        except (Unreachable, ServerError, takehome.CannotSave) as error:
            self._chat.fail(error)
        else:
            self._note(f"Written: {path}", _SHEET_NOTE)

    def _made(self, wanted: Mapping[str, Any]) -> bytes:
        """Return the sheet; all that it needs is here, also where the conversation has ended on the server."""
        client = self._chat.client
        with contextlib.suppress(SessionEnded):
            return client.sheet(wanted)
        client.start_anew()
        client.ask(_HELLO)
        return client.sheet(wanted)

    def _questions(self) -> list[str]:
        """Return the questions to take along: the person's own, then those that they tick; a script takes all."""
        offered = takehome.offered(self._settings_of_server(), self._chat.turns)
        if not self._chat.interactive:
            return offered
        kept = self._ticked(offered) if offered else []
        self._chat.screen.note(_OWN)
        return [*iter(self._read, ""), *kept]

    def _ticked(self, offered: Sequence[str]) -> list[str]:
        self._chat.screen.note(_WHICH)
        self._chat.screen.choices(offered)
        while True:
            typed = self._read()
            if not typed:
                return list(offered)
            if _NUMBERS.fullmatch(typed):
                numbers = {int(n) for n in re.findall(r"[0-9]+", typed)}
                if max(numbers) <= len(offered):
                    return [q for n, q in enumerate(offered, start=1) if n in numbers]
            self._chat.screen.note(f"Type numbers from 1 to {len(offered)}, 0 for none, or Enter for all.")

    def _read(self) -> str:
        """Return what is typed, nothing at the end of the input."""
        try:
            return clean(self._chat.lines.read("> ")).strip()
        except EOFError:
            return ""

    # --- what the server counts, and what it deletes

    def _feedback(self, rest: str) -> None:
        chat = self._chat
        if not chat.answer_id:
            self._note(_NO_ANSWER)
            return
        try:
            helpful = self._helpful(rest)
            if helpful is None:
                self._note("Nothing was sent.")
                return
            reason = None if helpful else self._reason()
            with chat.waiting():
                chat.client.feedback(chat.answer_id, helpful, reason)
        except KeyboardInterrupt:
            if not chat.interactive:
                raise
            self._note("", "Nothing was sent.")
        except SessionEnded:
            self._note(_TOO_LATE)
        except (Unreachable, ServerError) as error:
            chat.fail(error)
        else:
            self._note(_THANKS)

    def _helpful(self, typed: str) -> bool | None:
        """Return whether the answer helped, None where nothing was said of it."""
        if not typed and self._chat.interactive:
            self._chat.screen.note(_HELPFUL)
            typed = self._read()
        return True if typed.lower() in _YES else False if typed.lower() in _NO else None

    def _reason(self) -> str | None:
        reasons = list(self._offered("feedback_reasons", "id", "text").items())
        if not reasons or not self._chat.interactive:
            return None
        self._chat.screen.note(_REASON)
        self._chat.screen.choices([text for _, text in reasons])
        typed = self._read().rstrip(".)")
        number = int(typed) if typed.isascii() and typed.isdigit() else 0
        return reasons[number - 1][0] if 1 <= number <= len(reasons) else None

    def _clear(self, _: str) -> None:
        self._chat.start_anew()
        self._note(_CLEARED)

    def _forget(self, _: str) -> None:
        if not self._chat.client.session:
            self._note(_NOTHING_TO_FORGET)
            return
        try:
            with self._chat.waiting():
                self._chat.client.forget()
        except (Unreachable, ServerError) as error:
            self._chat.fail(error, "The conversation was not deleted. The server deletes it by itself after an hour.")
        else:
            self._chat.start_anew()
            self._note(_FORGOTTEN)

    def _quit(self, _: str) -> None:
        raise EOFError
