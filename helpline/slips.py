"""Says what is wrong with a file that is not YAML to somebody who has never seen YAML: where, and what would be right.

The reader of YAML stops where it can go no further, often lines after the slip and in words of its own. The files of
`knowledge/` use little of YAML (keys, lists, quoted texts, one a line), so their slips can be found line by line.
"""

from __future__ import annotations

import dataclasses
import re

_KEY = re.compile(r"(?P<dashes>(?:- +)*)(?P<key>[\w./-]+|\"[^\"]*\"|'[^']*'):(?:\s+(?P<value>.*))?$")
_QUOTED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_TEXT_IN_QUOTES = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_CLOSES = {"[": "]", "{": "}"}
_BELOW = "Start it exactly below the lines that it belongs with"


@dataclasses.dataclass(frozen=True)
class Slip:
    """A slip: its 1-based line, and what to do about it."""

    line: int
    message: str


def find(text: str) -> Slip | None:
    """Return the first slip of a file, or None where each line by itself looks right."""
    depths = [(0, False)]  # the blocks that are open: how far in their lines start, and whether they are items
    may_go_deeper = False
    opened: tuple[int, str] | None = None  # where a list of several lines begins, and its bracket
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        if content in ("---", "..."):
            return None  # more than one document: not what this module reads
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return Slip(number, "a tab stands at the start of the line. Use spaces instead: two for each step in")
        if opened:
            if _KEY.match(content) or content.startswith("- "):
                return _not_closed(*opened)
            opened = None if _open_bracket(content, opened[1]) is None else opened
            continue
        message = _indentation(len(line) - len(line.lstrip()), depths, may_go_deeper, content) or _content(content)
        if message:
            return Slip(number, message)
        bracket = _open_bracket(_value(content))
        opened = (number, bracket) if bracket else None
        may_go_deeper = _value(content) in ("", "|", ">", "|-", ">-")
        if may_go_deeper and _value(content):
            return None  # a text of several lines: not what this module reads
    return _not_closed(*opened) if opened else None


def _not_closed(line: int, bracket: str) -> Slip:
    return Slip(line, f'what "{bracket}" opens is not closed. Put "{_CLOSES[bracket]}" at its end')


def _value(content: str) -> str:
    """Return what stands behind the key of a line, or behind the dash of an item, without a comment."""
    found = _KEY.match(content)
    value = (found["value"] or "") if found else re.sub(r"^(?:- +)+", "", content)
    return re.sub(r"(?:^|\s)#.*$", "", value).strip() if not value.startswith(("'", '"')) else value


def _open_bracket(value: str, opened: str | None = None) -> str | None:
    """Return the first bracket that a value leaves open; `opened` is one that was open before."""
    plain = _TEXT_IN_QUOTES.sub("", value)
    if opened is None and plain[:1] not in _CLOSES:
        return None
    stack = [opened] if opened else []
    for character in plain:
        if character in _CLOSES:
            stack.append(character)
        elif stack and character == _CLOSES[stack[-1]]:
            stack.pop()
    return stack[0] if stack else None


def _indentation(start: int, depths: list[tuple[int, bool]], may_go_deeper: bool, content: str) -> str | None:
    """Return what is wrong with how far in a line starts; note the blocks that it opens."""
    is_item = content.startswith("-")
    if start > depths[-1][0] and not may_go_deeper:
        return f"{_starts(start)}, but the line above opens no block. {_BELOW}"
    if start > depths[-1][0]:
        depths.append((start, is_item))
    while depths[-1][0] > start:
        depths.pop()
    if depths[-1][0] != start:
        return f"{_starts(start)}, where no line above it starts. {_BELOW}"
    if depths[-1][1] != is_item:
        return f"{_starts(start)}, where {'keys' if is_item else 'dashes'} stand. {_BELOW}"
    for dash in re.finditer("- +", content[: len(content) - len(content.lstrip("- "))]):
        depths.append((start + dash.end(), False))
    return None


def _starts(start: int) -> str:
    return f"the line starts {start} space{'' if start == 1 else 's'} in"


def _content(content: str) -> str | None:
    """Return what is wrong with the words of a line."""
    if re.match(r"-[^\s-]", content):
        return f'"{_short(content)}" needs a space after the dash. Write "- {_short(content[1:])}"'
    found = _KEY.match(content)
    if found is None and content[0] in "[{'\"":
        return None  # a value that stands below its key
    if found is None:
        return None if re.match(r"-( |$)", content) and not _looks_like_key(content) else _no_colon(content)
    value = found["value"] or ""
    if value[:1] in _QUOTED:
        return _quotes(value)
    value = re.sub(r"(?:^|\s)#.*$", "", value)
    if value[:1] and value[0] in "@`%*&!":
        return f'a text that starts with "{value[0]}" must stand in double quotes: "{_short(value)}"'
    if value[:1] not in _CLOSES and re.search(r":(\s|$)", value):
        return f'a text with a colon must stand in double quotes: "{_short(value)}"'
    return None


def _looks_like_key(content: str) -> bool:
    """Return whether an item begins with one of the keys of a statement."""
    return bool(re.match(r"- +(?:en|es|id)\b", content))


def _no_colon(content: str) -> str:
    dash, rest = ("- ", content[2:].strip()) if content.startswith("- ") else ("", content)
    if re.match(r"[a-z_]+:\S", rest):
        return f'"{_short(content)}" needs a space after the colon. Write "{dash}{_short(rest.replace(":", ": ", 1))}"'
    key, _, value = rest.partition(" ")
    return f'"{_short(content)}" has no colon. Write "{dash}{_short(f"{key}: {value}".strip())}"'


def _quotes(value: str) -> str | None:
    """Return what is wrong with a text that opens with a quote."""
    quote = value[0]
    whole = _QUOTED[quote].match(value)
    if whole is None:
        return f"the text opens with {quote} and does not close. Put {quote} at its end"
    rest = value[whole.end() :].strip()
    if not rest or rest.startswith("#"):
        return None
    right = 'Leave it out, or write \\" for it' if quote == '"' else "Put the whole text in double quotes instead"
    return f"a {quote} stands inside the text, which ends it there. {right}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
