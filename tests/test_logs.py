"""The log holds no word of anybody, whoever writes it and at whatever level."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from helpline import logs

WORDS = "my planted words"
WRITES = """
import logging, threading, warnings, structlog
from helpline import logs
structlog.get_logger("rasa.before").info("starting")
logs.keep_words_out()
logs.keep_words_out()
words = "my planted words"
structlog.get_logger("helpline.api").info("answered", kind="answer")
logging.getLogger("rasa.core").setLevel(logging.DEBUG)
logging.getLogger("rasa.core").debug("said " + words)
logging.getLogger("sanic.root").warning("said %s", words)
structlog.get_logger("rasa.processor").info(words, text=words)
structlog.get_logger().error(words)
warnings.warn(words)
try:
    raise ValueError(words)
except ValueError:
    logging.getLogger("rasa.core").exception("failed: " + words)
    structlog.get_logger("rasa.x").exception(words, locals=words)
    structlog.get_logger("helpline.api").error("request failed", exc_info=True)
def later(words=words):
    raise KeyError(words)
class Cleared:
    def __del__(self):
        raise LookupError(words)
Cleared()
thread = threading.Thread(target=later)
thread.start()
thread.join()
later()
"""


@pytest.fixture(scope="module")
def written() -> str:
    ran = subprocess.run([sys.executable, "-c", WRITES], capture_output=True, text=True, timeout=60, check=False)
    return ran.stdout + ran.stderr


def test_no_word_is_written(written: str) -> None:
    assert "planted" not in written


def test_our_own_lines_say_what_happened(written: str) -> None:
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    ours = [line for line in lines if line["logger"].startswith("helpline")]
    assert [line["event"] for line in ours] == ["answered", "request failed", "failed", "failed", "ended"]
    assert ours[0]["kind"] == "answer"
    assert [line["error"] for line in ours[1:]] == ["ValueError", "LookupError", "KeyError", "KeyError"]


def test_lines_of_others_say_where_and_which_exception(written: str) -> None:
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    others = [line for line in lines if not line["logger"].startswith("helpline") and line["event"] == "library"]
    assert len(others) >= 6
    assert all(line["line"] > 0 for line in others)
    assert "ValueError" in {line.get("error") for line in others}


def test_the_id_of_a_request_is_ours_or_a_clean_one() -> None:
    assert logs.request_id("abc-12345") == "abc-12345"
    for given in (None, "", "x", "a b c d e f g", "a" * 65, "abc\n12345678"):
        assert logs.request_id(given) != given
        assert len(logs.request_id(given)) == 16


def test_the_mode_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPLINE_MODE", raising=False)
    assert logs.mode() == "production"
    monkeypatch.setenv("HELPLINE_MODE", "debug")
    with pytest.raises(ValueError, match="Allowed: production, development"):
        logs.mode()


def test_nothing_is_changed_here() -> None:
    assert not any(isinstance(h.formatter, logs._WordlessFormatter) for h in logging.root.handlers)
