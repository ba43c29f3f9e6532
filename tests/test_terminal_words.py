"""The terminal and the web give the same words for the same question: both ask one real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
import session

from helpline import paths, rendering, server
from helpline.client import CHAT

pytestmark = pytest.mark.slow

QUESTIONS = """
what is Kisqali
how does Ibrance work
side effects of Verzenio
serious side effects of Enhertu
does Herceptin cause heart problems
I have diarrhea on Nerlynx
what helps with mouth sores
who can take Lynparza
is Tukysa a pill or an IV
how long do I take Kadcyla
what is my dose of Ibrance
which test do I need for Truqap
do I need blood tests on Kisqali
can I get pregnant on Perjeta
can I drink wine with Ibrance
what is taken together with Piqray
Ibrance or Kisqali, which is better
how well does Trodelvy work
what does Orserdu cost
is there a biosimilar of Herceptin
which drugs are PARP inhibitors
which drugs are for HER2-positive breast cancer
which drugs cause hair loss
what does HER2 mean
should I stop taking Afinitor
I missed a dose of Talzenna
I can't breathe and my face is swelling
I do not want to live any more
I want to talk to a person
hello
""".strip().split("\n")


# What the chat says around an answer.
_ADDED = "|".join([*map(str.upper, rendering.ALARMS.values()), r"Sources? [0-9-]+: /sources .*"])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server.measured(server.free_port()) as started:
        yield started.url


def test_the_same_words_for_the_same_question(url: str) -> None:
    assert len(QUESTIONS) == 30
    with httpx.Client(timeout=30) as web:
        replies = [web.post(url + CHAT, json={"message": question}).json() for question in QUESTIONS]
    ask = [sys.executable, "-m", "helpline", "ask", "--url", url]
    environment = os.environ | {"PYTHONUTF8": "1"}

    def asked(*options: str) -> str:
        done = subprocess.run(
            [*ask, *options],
            input="\n".join(QUESTIONS),
            capture_output=True,
            cwd=paths.ROOT,
            env=environment,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    in_terminal = [json.loads(line) for line in asked("--json").splitlines()]
    for reply in [*replies, *in_terminal]:
        del reply["session"]  # each was asked in one of its own
    assert in_terminal == replies
    shown = asked()
    for reply in replies:
        assert reply["text"] in shown


def test_the_same_words_in_the_chat(url: str) -> None:
    """Each in a conversation of its own; only the list of sources is left to /sources."""
    with httpx.Client(timeout=30) as web:
        replies = [web.post(url + CHAT, json={"message": question}).json() for question in QUESTIONS]
    done = subprocess.run(
        [sys.executable, "-m", "helpline", "chat", "--url", url],
        input="".join(f"{question}\n/clear\n" for question in QUESTIONS),
        capture_output=True,
        cwd=paths.ROOT,
        env=os.environ | {"PYTHONUTF8": "1"},
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.split("You: ")[1::2]
    assert len(shown) == len(QUESTIONS)
    for question, reply, text in zip(QUESTIONS, replies, shown):
        words = re.sub(r"Sources:\n(\[\d+\] .*\n)+\n", "", reply["text"])
        buttons = "".join(f" {n}) {b['title']}" for n, b in enumerate(reply["buttons"], start=1))
        told = re.sub(_ADDED, "", text)
        assert told.split() == [*question.split(), *words.split(), *buttons.split()], question


def test_the_recorded_session_is_true(url: str) -> None:
    """The page shows what is typed, and each line still does what it shows: an answer, or what a command says."""
    page = session.PAGE.read_text(encoding="utf-8")
    assert session.typed_in(page.partition(session.BEGIN)[2])[1:] == list(session.TYPED)
    for columns in (80, 40):
        text = session.record(url, columns)
        assert max(map(len, text.split("\n"))) <= columns
        assert columns < 80 or session.typed_in(text)[1:] == list(session.TYPED)
        for fault in ("There is no", "went away", "Something is wrong", "too long", "not sure what you would like"):
            assert fault not in text


def test_a_plain_session_moves_nothing(url: str) -> None:
    text = session.record(url, 80, "--plain")
    assert not re.search("[\u2500-\u257f\x1b]", text)
    assert session.typed_in(text)[1:] == list(session.TYPED)
