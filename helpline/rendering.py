"""From a reply to what a terminal shows of it: cleaned, wrapped, and with as much style as the terminal has.

The words are those of the reply's text, and the same as in the web chat: only the list of sources is shown when asked
for. `parts` takes a reply apart, `Screen` writes it. rich loads with the first reply: the opening does not wait for it.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDEST = 92
_COLUMN = 12  # where what a command does begins
ALARMS = {"emergency": "This can be an emergency", "crisis": "Help is there for you, right now"}

# Control characters, and those that are not seen or turn the direction of writing. Line ends and tabs stay.
_UNSEEN = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_PLAIN_FORMS = {"\u2022": "*", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-"}
_PLAIN_FORMS |= {"\u2014": "-", "\u2026": "...", "\u2265": ">=", "\u2264": "<="}
_BULLET = re.compile(r"[\u2022*-] +")
_SOURCE = re.compile(r"\[\d+\] ")
_INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|(?P<marker>\[\d+\])")
_WEB = re.compile(r"https?://[^\s<>\"]+")


def clean(text: object) -> str:
    """Return a text without characters that could steer the terminal."""
    return _UNSEEN.sub("", str(text))


def legible(text: str, encoding: str) -> str:
    """Return a text in characters that the encoding has: the nearest plain ones, or a question mark."""
    return "".join(_nearest(c, encoding) for c in text)


def _nearest(character: str, encoding: str) -> str:
    plain = _PLAIN_FORMS.get(character) or unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    for form in (character, plain):
        try:
            form.encode(encoding)
        except UnicodeEncodeError:
            continue
        if form:
            return form
    return "?"


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a reply. `role` is text, bullet, closing or review; a bullet has its sign taken off."""

    text: str
    role: str = "text"


@dataclasses.dataclass(frozen=True)
class Parts:
    """A reply taken apart: blocks of lines, and the numbered sources."""

    blocks: tuple[tuple[Line, ...], ...]
    closing: tuple[Line, ...]
    sources: tuple[Mapping[str, Any], ...]


def parts(reply: Mapping[str, Any]) -> Parts:
    """Take a reply apart. What follows its list of sources is the closing, which says how far to trust the answer."""
    custom = _table(reply.get("custom"))
    sources = tuple(s for s in custom.get("sources") or () if isinstance(s, dict))
    as_of = str(_table(custom.get("review")).get("as_of") or "")
    blocks: list[tuple[Line, ...]] = []
    closing: list[Line] = []
    listed = False
    for block in re.split(r"\n{2,}", clean(reply["text"]).strip()):
        lines = [line for line in block.split("\n") if line.strip()]
        if sources and _is_source_list(lines):
            listed = True
        elif listed:
            closing += (Line(line, "review" if as_of and as_of in line else "closing") for line in lines)
        else:
            blocks.append(tuple(_line(line) for line in lines))
    return Parts(tuple(blocks), tuple(closing), sources)


def _table(found: object) -> Mapping[str, Any]:
    """Return what a server of another version may not have sent as a table."""
    return found if isinstance(found, dict) else {}


def _is_source_list(lines: list[str]) -> bool:
    """Return whether a block is the heading "Sources:" with a numbered line for each source."""
    return len(lines) > 1 and not _SOURCE.match(lines[0]) and all(_SOURCE.match(line) for line in lines[1:])


def _line(text: str) -> Line:
    bullet = _BULLET.match(text)
    return Line(text[bullet.end() :], "bullet") if bullet else Line(text)


def plain(reply: Mapping[str, Any], encoding: str = "utf-8") -> str:
    """Return a reply for a pipe: its text as it is, then its buttons by number."""
    lines = [reply["text"]]
    lines += [f"  {n}) {b['title']}" for n, b in enumerate(reply.get("buttons") or [], start=1)]
    return legible(clean("\n".join(lines)), encoding) + "\n"


class Screen:
    """Writes to a terminal, or to what stands in for one.

    With `styled` off there is no box, no colour, no sign that moves and no cursor movement: for screen readers,
    terminals that can only print, and files.
    """

    def __init__(self, out: TextIO, styled: bool, bell: bool = True) -> None:
        self._out = out
        self._encoding = out.encoding or "utf-8"
        self.styled = styled
        self._bell = bell and out.isatty()

    @property
    def width(self) -> int:
        """Return how many columns to fill: those of the terminal as it is now, up to what reads well."""
        return max(20, min(shutil.get_terminal_size().columns, WIDEST))

    def write(self, text: str) -> None:
        """Write as it is, without a line end, at once."""
        self._out.write(legible(text, self._encoding))
        self._out.flush()

    def note(self, *texts: str, style: str = "") -> None:
        """Write lines of the chat itself, wrapped. `style` is dim or bold."""
        on, off = (
            ({"dim": "\x1b[2m", "bold": "\x1b[1m"}.get(style, ""), "\x1b[0m") if self.styled and style else ("", "")
        )
        for text in texts:
            for line in clean(text).split("\n"):
                for piece in textwrap.wrap(line, self.width, break_on_hyphens=False) or [""]:
                    self.write(f"{on}{piece}{off}\n" if piece else "\n")

    def commands(self, rows: Iterable[tuple[str, str]]) -> None:
        """Write commands and what they do, each on its line; one that is too long for its column stands above."""
        indent = " " * _COLUMN
        for name, text in rows:
            named = f"  {name}"
            fits = len(named) < _COLUMN
            lines = [] if fits else textwrap.wrap(named, self.width, subsequent_indent="    ")
            first = named.ljust(_COLUMN) if fits else indent
            lines += textwrap.wrap(text, self.width, initial_indent=first, subsequent_indent=indent)
            self.write("\n".join(lines) + "\n")

    def choices(self, titles: Iterable[str]) -> None:
        """Write what can be chosen by number."""
        for n, title in enumerate(titles, start=1):
            sign = f"  {n}) "
            text = " ".join(clean(title).split())
            indent = " " * len(sign)
            for line in textwrap.wrap(text, self.width, initial_indent=sign, subsequent_indent=indent):
                self.write(f"{line}\n")

    def clear(self) -> None:
        """Empty the screen and what can be scrolled back to, where the terminal can do that."""
        if self.styled:
            self.write("\x1b[H\x1b[2J\x1b[3J")

    def erase_line(self) -> None:
        """Take the line away that the cursor is in."""
        if self.styled:
            self.write("\r\x1b[K")

    # --- replies

    def reply(self, reply: Mapping[str, Any], hint: str | None = None) -> None:
        """Write a reply and its buttons; an alarm stands in a box. A `hint` takes the place of the list of sources."""
        found = parts(reply)
        alarm = ALARMS.get(str(_table(reply.get("custom")).get("kind")))
        if alarm and self._bell:
            self.write("\a")
        body = list(self._body(found, hint, self.width - 4 if alarm and self.styled else self.width))
        if alarm:
            self._alarm(alarm, body)
        else:
            self._print(*body)
        buttons = [clean(b["title"]).replace("\n", " ") for b in reply.get("buttons") or []]
        if buttons:
            numbered = (self._hanging(Line(title), self.width, f"  {n}) ") for n, title in enumerate(buttons, start=1))
            self._print(*([] if not body else [""]), *numbered)
        self._print("")

    def _body(self, found: Parts, hint: str | None, width: int) -> Iterator[RenderableType]:
        for n, block in enumerate(found.blocks):
            if n:
                yield ""
            for line in block:
                yield self._hanging(line, width, "\u2022 " if line.role == "bullet" else "")
        if found.sources:
            yield ""
            yield from self._source_lines(found.sources, width) if hint is None else [self._dim(hint, width)]
        if found.closing and hint is None:
            yield ""
        for line in found.closing:
            yield self._hanging(line, width)

    def _alarm(self, title: str, body: list[RenderableType]) -> None:
        if not self.styled:
            self._print(f"{title.upper()}", *body)
            return
        from rich.console import Group
        from rich.panel import Panel

        self._print(Panel(Group(*body), title=title, border_style="bold red", width=self.width, title_align="left"))

    def sources(self, sources: Iterable[Mapping[str, Any]]) -> None:
        """Write the sources of a reply, each with its address."""
        self._print(*self._source_lines(sources, self.width), "")

    def _source_lines(self, sources: Iterable[Mapping[str, Any]], width: int) -> Iterator[RenderableType]:
        for source in sources:
            facts = (source.get(key) for key in ("publisher", "date", "layer"))
            told = ", ".join(clean(fact).replace("_", " ") for fact in facts if fact)
            yield self._hanging(Line(clean(source.get("title", ""))), width, f"[{clean(source.get('n'))}] ")
            if told:
                yield self._hanging(Line(told), width, "    ")
            address = clean(source.get("url") or "")
            if _WEB.fullmatch(address):
                yield self._link(address)

    def _link(self, address: str) -> Text:
        """Return an address on a line of its own, whole, so that it can be copied and clicked."""
        from rich.style import Style
        from rich.text import Text

        style = Style(link=address) if self.styled and _knows_links() else Style()
        indent = "    " if len(address) + 4 <= self.width else ""  # a long one is broken by the terminal itself
        return Text(indent).append(legible(address, self._encoding), style)

    def _dim(self, text: str, width: int) -> Text:
        return self._hanging(Line(text, "review"), width)

    def _hanging(self, line: Line, width: int, sign: str = "") -> Text:
        """Return a line wrapped to the width, what follows its first line standing in under it."""
        from rich.text import Text

        sign = legible(sign, self._encoding)
        wrapped = self._marked(line).wrap(self._console, max(10, width - len(sign)), tab_size=4)
        for piece in wrapped:
            piece.rstrip()
        lines = (Text(sign if n == 0 else " " * len(sign)).append_text(piece) for n, piece in enumerate(wrapped))
        return Text("\n").join(lines)

    def _marked(self, line: Line) -> Text:
        """Return a line as text with its bold words, its markers, and the style of its role."""
        from rich.text import Text

        text = Text(style="dim" if line.role == "review" else "")
        end = 0
        for match in _INLINE.finditer(line.text):
            text.append(legible(line.text[end : match.start()], self._encoding))
            bold = match["bold"]
            text.append(legible(bold or match["marker"], self._encoding), style="bold" if bold else "cyan")
            end = match.end()
        return text.append(legible(line.text[end:], self._encoding))

    def _print(self, *renderables: RenderableType) -> None:
        for renderable in renderables:
            self._console.print(renderable, soft_wrap=True)

    @functools.cached_property
    def _console(self) -> Console:
        from rich.console import Console

        return Console(
            file=self._out,
            color_system="auto" if self.styled else None,
            force_terminal=self.styled,
            markup=False,
            highlight=False,
            emoji=False,
            width=WIDEST,
        )


def can_style() -> bool:
    """Return whether the terminal can do more than print."""
    return os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")


def _knows_links() -> bool:
    """Return whether the terminal can be trusted with links; some old ones print them as rubbish."""
    return not re.match(r"(linux|screen|vt\d)", os.environ.get("TERM", ""))
