"""The fixed sentences, read from domain.yml."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from helpline import document, paths
from helpline.phrases import Phrases


@pytest.fixture
def domain(tmp_path: Path) -> Path:
    path = tmp_path / "domain.yml"
    path.write_text(
        "responses:\n  utter_hi:\n    - text: >-\n        Hi,\n        {person}.\n  utter_bye:\n    - text: Bye.\n"
    )
    return path


def test_say(domain: Path) -> None:
    phrases = Phrases.load(domain)
    assert phrases.names == {"hi", "bye"}
    assert phrases.say("hi", person="Ada") == "Hi, Ada."
    assert phrases.say("bye") == "Bye."


def test_braces_in_a_value_stay(domain: Path) -> None:
    assert Phrases.load(domain).say("hi", person="{0} {person} {") == "Hi, {0} {person} {."


@pytest.mark.parametrize(("name", "values"), [("nothing", {}), ("hi", {}), ("hi", {"named": "Ada"})])
def test_unknown_sentence_or_missing_value(domain: Path, name: str, values: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        Phrases.load(domain).say(name, **values)


@pytest.mark.parametrize("text", ["", "intents: [greet]\n", "responses:\n"])
def test_domain_without_responses(domain: Path, text: str) -> None:
    domain.write_text(text)
    assert Phrases.load(domain).names == frozenset()


def test_broken_domain(domain: Path) -> None:
    domain.write_text("responses: [\n")
    with pytest.raises(document.DocumentError):
        Phrases.load(domain)


def test_real_sentences_are_whole(phrases: Phrases) -> None:
    for name, entries in document.read(paths.DOMAIN)["responses"].items():
        text = entries[0]["text"]
        assert len(entries) == 1, f"{name} has variants: the same question must get the same answer"
        fields = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        filled = phrases.say(name.removeprefix("utter_"), **dict.fromkeys(fields, "x"))
        assert "{" not in filled
        assert "\n" not in filled
