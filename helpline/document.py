"""YAML files whose every key and item remembers its line, so that an error can point at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import yaml

from helpline import slips


class Table(dict[Any, Any]):
    """A YAML mapping; `lines[key]` is the 1-based line of a key, `line` that of the whole."""

    line: int
    lines: dict[Any, int]
    repeated: list[tuple[Any, int]]

    def line_of(self, key: Any) -> int:
        """Return the line of a key, or of the mapping where the key is missing."""
        return self.lines.get(key, self.line)


class Series(list[Any]):
    """A YAML sequence; `lines[i]` is the 1-based line of item i, `line` that of the whole."""

    line: int
    lines: list[int]


class DocumentError(Exception):
    """The file is not readable YAML. `line` is 1-based."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(_Safe):  # type: ignore[misc]
    """The safe loader, keeping lines. A date stays text: whoever reads it says what is wrong with it, and where."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in _Safe.yaml_implicit_resolvers.items()
    }


def _table(loader: Any, node: yaml.MappingNode) -> Table:
    table = Table()
    table.line = node.start_mark.line + 1
    table.lines, table.repeated = {}, []
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, (str, int)):
            raise DocumentError("a key must be a word", line)
        if key in table:
            table.repeated.append((key, line))
        table[key] = loader.construct_object(value_node, deep=True)
        table.lines[key] = line
    return table


def _series(loader: Any, node: yaml.SequenceNode) -> Series:
    series = Series(loader.construct_object(item, deep=True) for item in node.value)
    series.line = node.start_mark.line + 1
    series.lines = [item.start_mark.line + 1 for item in node.value]
    return series


_Loader.add_constructor("tag:yaml.org,2002:map", _table)
_Loader.add_constructor("tag:yaml.org,2002:seq", _series)


def read(path: Path) -> Any:
    """Read one YAML file.

    Returns:
        `Table`, `Series` or a scalar, as the file has it; None for an empty file.

    Raises:
        DocumentError: the file cannot be read, is not UTF-8 or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}", 1) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DocumentError("is not UTF-8 text", line) from error
    try:
        # The loader is a subclass of PyYAML's safe loader: it builds plain data and nothing else.
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        if slip := slips.find(text):
            raise DocumentError(slip.message, slip.line) from error
        mark = error.problem_mark or error.context_mark
        raise DocumentError(f"is not YAML: {error.problem}", mark.line + 1 if mark else 1) from error
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"is not YAML: {error}", 1) from error
