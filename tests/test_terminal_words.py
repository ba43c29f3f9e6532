"""The terminal and the web give the same words for the same question: both ask one real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from helpline import paths, server
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
