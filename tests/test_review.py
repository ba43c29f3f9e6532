"""The review record: listing, approval, staleness, and serving approved texts only."""

import datetime
import re
import shutil

import pytest

from helpline import cli, paths, review, validation
from helpline.answers import Composer
from helpline.assistant import Assistant
from helpline.phrases import Phrases
from helpline.question import Question

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def root(tmp_path):
    """A copy of knowledge/ in which nobody has approved anything."""
    copy = shutil.copytree(paths.KNOWLEDGE, tmp_path / "knowledge")
    for path in copy.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^review:\n(?:  .*\n)+", "review:\n  status: draft\n", text, flags=re.MULTILINE))
    return copy


@pytest.fixture
def phrases():
    return Phrases.load(paths.DOMAIN)


def approve(root, subject_id):
    review.approve(validation.load(root).subjects[subject_id], root, "A. Tester", "Oncology nurse", TODAY)
    return validation.load(root)


def test_only_what_somebody_approved_is_listed_as_approved(root):
    """The texts of the copy are drafts whatever has been approved in the checkout: see `root`."""
    assert {status for status, _ in review.listing(validation.load(root))} == {"draft"}


def test_an_approval_names_the_reviewer_and_the_day(root):
    record = approve(root, "olaparib").subjects["olaparib"]
    assert record.review_status == "approved"
    assert (record.review.reviewer, record.review.role, record.review.date) == (
        "A. Tester",
        "Oncology nurse",
        "2026-11-22",
    )


def test_an_edit_after_approval_turns_it_back(root):
    approve(root, "olaparib")
    path = root / "drugs/olaparib.yml"
    path.write_text(path.read_text().replace("BRCA", "BRCA1", 1))
    knowledge = validation.load(root)
    assert knowledge.subjects["olaparib"].review_status == "stale"
    assert review.listing(knowledge)[0][1].id == "olaparib"


def test_a_second_approval_replaces_the_first(root):
    approve(root, "olaparib")
    approve(root, "olaparib")
    assert (root / "drugs/olaparib.yml").read_text().count("reviewer:") == 1


def test_a_review_that_has_begun(root):
    review.start(validation.load(root).subjects["olaparib"], root)
    assert validation.load(root).subjects["olaparib"].review_status == "in_review"


@pytest.mark.parametrize(("reviewer", "role"), [("", "Nurse"), ("A. Tester", " ")])
def test_nobody_approves_without_name_and_role(root, reviewer, role):
    with pytest.raises(review.CannotReview, match="needs the reviewer's name and role"):
        review.approve(validation.load(root).subjects["olaparib"], root, reviewer, role, TODAY)


def test_only_approved_texts_are_served_when_that_is_asked(root, phrases):
    knowledge = approve(root, "olaparib")
    composer = Composer(knowledge, phrases, only_approved=True)
    shown = composer.answer(Question("mechanism", ("olaparib",)))
    withheld = composer.answer(Question("mechanism", ("talazoparib",)))
    assert (shown.kind, shown.review_status) == ("answer", "approved")
    assert "reviewed by a clinician" in shown.text
    assert withheld.kind == "handoff"
    assert phrases.say("withheld") in withheld.text
    assert "PARP" not in withheld.text


def test_a_list_with_one_unapproved_drug_is_withheld(root, phrases):
    composer = Composer(approve(root, "olaparib"), phrases, only_approved=True)
    assert composer.answer(Question("class_members", ("parp-inhibitor",))).kind == "handoff"


def test_alarms_and_declines_are_never_withheld(root, phrases):
    composer = Composer(validation.load(root), phrases, only_approved=True)
    assert composer.answer(Question("emergency_red_flag")).kind == "emergency"
    assert composer.answer(Question("dosage", ("olaparib",))).kind == "decline"


def test_the_setting_is_checked(monkeypatch):
    monkeypatch.setenv("HELPLINE_CONTENT", "aproved")
    with pytest.raises(ValueError, match='"aproved" is not allowed'):
        Assistant.load(paths.ROOT)


def test_who_approves_is_told_to_start_a_running_server_again(root, monkeypatch, capsys):
    monkeypatch.setattr(paths, "KNOWLEDGE", root)
    options = ["review", "olaparib", "--approve", "--reviewer", "A. Tester", "--role", "Oncology nurse"]
    assert cli.main(options) == 0
    assert capsys.readouterr().out == (
        "approved olaparib\nA server that is running still says what was so when it began: start it again.\n"
    )
