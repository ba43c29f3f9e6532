"""Log lines that a machine can read and that hold no word of anybody, whatever fails and at whatever level.

Rasa and its libraries write what people said into messages, exceptions and the locals of frames. Once requests are
served, a line from code that is not ours keeps where it came from and the class of its exception: the place says what
it was about.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import threading
from typing import Any

import structlog

_OURS = "helpline"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
MODES = ("production", "development")
PLACES = ("files", "stdout")


def mode() -> str:
    """Return the setting `HELPLINE_MODE`: `production` where it is not set.

    Raises:
        ValueError: it is neither `production` nor `development`.
    """
    setting = os.environ.get("HELPLINE_MODE", "production")
    if setting not in MODES:
        raise ValueError(f'HELPLINE_MODE "{setting}" is not allowed. Allowed: {", ".join(MODES)}')
    return setting


def go_to_stdout() -> bool:
    """Return whether the processes log to the standard output, as containers want it: `HELPLINE_LOGS=stdout`.

    Raises:
        ValueError: the setting is neither `files` nor `stdout`.
    """
    setting = os.environ.get("HELPLINE_LOGS", "files")
    if setting not in PLACES:
        raise ValueError(f'HELPLINE_LOGS "{setting}" is not allowed. Allowed: {", ".join(PLACES)}')
    return setting == "stdout"


class _WordlessFormatter(logging.Formatter):
    """Formats a record of the standard library as one JSON object without its message, unless the record is ours."""

    def __init__(self) -> None:
        super().__init__()
        self._render = structlog.processors.JSONRenderer()
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"level": record.levelname.lower(), "logger": record.name, "pid": record.process}
        if record.name.partition(".")[0] == _OURS:
            line |= record.msg if isinstance(record.msg, dict) else {"event": str(record.msg)}
        else:
            line |= {"event": "library", "module": record.module, "line": record.lineno}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        self._stamp(None, "", line)
        return str(self._render(None, "", line))


def keep_words_out() -> None:
    """Take the place of every handler, and of structlog's own printing. Safe to call more than once."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_WordlessFormatter())
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    for logger in [logging.root, *known]:
        logger.handlers.clear()
        logger.propagate = True
    logging.root.addHandler(handler)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _to_record],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _say_class_only
    threading.excepthook = sys.unraisablehook = _say_class_of


def _to_record(logger: Any, name: str, event: Any) -> tuple[tuple[Any], dict[str, Any]]:
    exc_info = event.pop("exc_info", None)
    return (dict(event),), {"exc_info": exc_info} if exc_info else {}


def _say_class_only(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    structlog.get_logger(_OURS).critical("ended", error=kind.__name__)


def _say_class_of(fault: Any) -> None:
    """Tell of an error in a thread, or in the clearing away of an object, which would be printed with its message."""
    structlog.get_logger(_OURS).critical("failed", error=fault.exc_type.__name__)


def request_id(given: str | None) -> str:
    """Return the id of a request: the one a proxy gave it where it is one, or a new one."""
    return given if given and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
