"""What knowledge/README.md tells a newcomer to do works as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from helpline import paths, validation
from helpline.answers import Composer
from helpline.cli import _parser
from helpline.phrases import Phrases
from helpline.question import Question

README = (paths.KNOWLEDGE / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
MISTAKES = [
    ('  - en: "Examplinib (Exampla) is taken', '\t- en: "Examplinib (Exampla) is taken'),
    ("is taken once a day.", "is taken once a day, 50 mg."),
    ("about: [nausea-vomiting, fatigue]", "about: [nausea, fatigue]"),
]


def block(first_line: str) -> str:
    """Return the block of the page that begins with a line, without that line."""
    return next(text for _, text in BLOCKS if text.startswith(first_line)).removeprefix(first_line)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The real knowledge with the drug of the page added to it."""
    root = Path(shutil.copytree(paths.KNOWLEDGE, tmp_path / "knowledge"))
    (root / "drugs/examplinib.yml").write_text(block("# knowledge/drugs/examplinib.yml\n"), encoding="utf-8")
    with (root / "sources.yml").open("a", encoding="utf-8") as sources:
        sources.write(block("# knowledge/sources.yml\n"))
    return root


def test_the_invented_drug_is_valid_and_answered(root: Path) -> None:
    composer = Composer(validation.load(root), Phrases.load(paths.DOMAIN))
    assert "Examplinib (Exampla) is a pill" in composer.answer(Question("administration", ("examplinib",))).text


def test_a_bare_copy_is_told_what_belongs_to_the_old_drug(tmp_path: Path) -> None:
    root = Path(shutil.copytree(paths.KNOWLEDGE, tmp_path / "knowledge"))
    shutil.copy(root / "drugs/elacestrant.yml", root / "drugs/examplinib.yml")
    found = [str(p) for p in validation.check(root)]
    assert found[0] == 'knowledge/drugs/examplinib.yml:1: id "elacestrant" must equal the file name "examplinib"'
    assert all("examplinib.yml" in message for message in found)


def test_the_three_messages_are_those_of_the_page(root: Path) -> None:
    path = root / "drugs/examplinib.yml"
    right = path.read_text(encoding="utf-8")
    messages = []
    for old, new in MISTAKES:
        assert right.count(old) == 1
        path.write_text(right.replace(old, new), encoding="utf-8")
        messages += [str(problem) for problem in validation.check(root)]
    assert (
        messages
        == block("knowledge/drugs/examplinib.yml:43").join(["knowledge/drugs/examplinib.yml:43", ""]).splitlines()
    )


def test_taking_it_out_leaves_no_trace(root: Path) -> None:
    (root / "drugs/examplinib.yml").unlink()
    assert [p.message for p in validation.check(root)] == ['nobody cites the source "exa_label": take it out']


def test_every_command_of_the_page_is_one() -> None:
    lines = re.findall(r"^(?:\$ )?\.venv/bin/helpline (.*)$", README, re.MULTILINE)
    assert len(lines) >= 6
    assert all(_parser().parse_args(shlex.split(line, comments=True)).run for line in lines)


def test_every_field_key_and_choice_is_on_the_page() -> None:
    fields = {field for rules in validation.FIELDS.values() for field in rules}
    choices = {
        *validation.ROUTES,
        *validation.FREQUENCIES,
        *validation.URGENCIES,
        *validation.LAYERS,
        *validation.TIERS,
    }
    assert [word for word in sorted(fields | choices | set(validation.STATUSES)) if word not in README] == []
