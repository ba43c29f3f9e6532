"""How long a person waits for the terminal commands, beside `rasa shell` with the same model, in the same run.

Starts one server. `helpline chat` is then started several times: seconds to its first prompt, and, with Enter pressed
at once, to the prompt for a question. `helpline ask` is timed from start to end, its answer included. `rasa shell` is
started once and has no server to ask: it loads the model itself, as it always does. Needs a trained model.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator

import pexpect

from helpline import model, paths, server

RUNS = 7
SECONDS = 300
_QUESTION_PROMPT = r"\x1b\[\?2004h"


def _spawn(arguments: list[str]) -> pexpect.spawn[str]:
    environment = model.rasa_environment() | {"TERM": "xterm-256color"}
    return pexpect.spawn(
        sys.executable, ["-m", *arguments], timeout=SECONDS, cwd=str(paths.ROOT), env=environment, encoding="utf-8"
    )


def _chat(url: str) -> tuple[float, float]:
    """Return seconds to the first prompt and to the first question."""
    start = time.perf_counter()
    child = _spawn(["helpline", "chat", "--url", url])
    child.expect("\n> ")
    first = time.perf_counter() - start
    child.send("\r")
    child.expect(_QUESTION_PROMPT)
    question = time.perf_counter() - start
    child.close(force=True)
    return first, question


def _ask(url: str) -> float:
    """Return seconds from the start of `helpline ask` to its end."""
    start = time.perf_counter()
    child = _spawn(["helpline", "ask", "what is Ibrance", "--url", url])
    child.expect("Palbociclib")
    child.expect(pexpect.EOF)
    seconds = time.perf_counter() - start
    child.close()
    return seconds


def _shell() -> float:
    start = time.perf_counter()
    child = _spawn(["rasa", "shell", "--model", str(model.current()), "--endpoints", str(paths.ROOT / "endpoints.yml")])
    child.expect("Your input ->")
    seconds = time.perf_counter() - start
    child.close(force=True)
    return seconds


def rows() -> Iterator[tuple[str, float, float]]:
    """Yield (what, median seconds, longest seconds) for each measure."""
    with server.measured(server.free_port()) as started:
        first, question = zip(*(_chat(started.url) for _ in range(RUNS)))
        answered = [_ask(started.url) for _ in range(RUNS)]
    yield f"helpline chat: first prompt ({RUNS} runs)", statistics.median(first), max(first)
    yield f"helpline chat: ready for a question ({RUNS} runs)", statistics.median(question), max(question)
    yield f"helpline ask: one answer ({RUNS} runs)", statistics.median(answered), max(answered)
    shell = _shell()
    yield "rasa shell: first prompt (1 run)", shell, shell


def main() -> None:
    """Print the table."""
    print(f"{'what':60} {'p50 s':>10} {'max s':>10}")
    for name, median, longest in rows():
        print(f"{name:60} {median:10.2f} {longest:10.2f}")


if __name__ == "__main__":
    main()
