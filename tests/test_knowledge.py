"""Relations are computed from the drug files; nothing else holds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from helpline import validation
from helpline.knowledge import Knowledge, Names, Statement, Subject, content_hash


def said(about: str, frequency: str | None = None) -> Statement:
    return Statement({"en": "A fact."}, ("page",), (about,), frequency=frequency)


def test_members_of_a_class(knowledge: Knowledge) -> None:
    assert [d.id for d in knowledge.members("cdk46-inhibitor")] == ["abemaciclib", "palbociclib", "ribociclib"]


def test_every_drug_is_a_member_of_its_class(knowledge: Knowledge) -> None:
    members = [d.id for c in knowledge.of_kind("class") for d in knowledge.members(c.id)]
    assert sorted(members) == sorted(d.id for d in knowledge.of_kind("drug"))


@pytest.mark.parametrize(
    ("serious", "boxed", "common", "listing"),
    [
        ([], [], [], None),
        ([], [], [said("rash")], "common"),
        ([], [], [said("rash", "common")], "common"),
        ([], [], [said("rash", "less_common")], "less_common"),
        ([], [], [said("rash", "rare")], "rare"),
        ([], [], [said("rash", "listed")], "listed"),
        ([], [], [said("rash", "listed"), said("rash", "rare")], "rare"),
        ([], [], [said("rash", "rare"), said("rash")], "common"),
        ([said("rash")], [], [said("rash", "rare")], "serious"),
        ([], [said("rash")], [], "serious"),
        ([said("cough")], [said("cough")], [said("cough")], None),
    ],
)
def test_listing(
    folder: Path, serious: list[Statement], boxed: list[Statement], common: list[Statement], listing: str | None
) -> None:
    drug = validation.load(folder).subjects["alphanib"]
    fields = {"serious_side_effects": tuple(serious), "boxed_warning": tuple(boxed), "side_effects": tuple(common)}
    assert Knowledge.listing(dataclasses.replace(drug, fields=fields), "rash") == listing


def test_drugs_causing(folder: Path, change: Callable[[str, str, str], None]) -> None:
    assert [(d.id, how) for d, how in validation.load(folder).drugs_causing("rash")] == [("alphanib", "common")]
    change("drugs/alphanib.yml", "about: [rash]\n    frequency: common", "frequency: common")
    assert validation.load(folder).drugs_causing("rash") == []


def test_drugs_causing_agrees_with_listing(knowledge: Knowledge) -> None:
    for effect in knowledge.of_kind("side_effect"):
        causing = {drug.id: how for drug, how in knowledge.drugs_causing(effect.id)}
        for drug in knowledge.of_kind("drug"):
            assert causing.get(drug.id) == knowledge.listing(drug, effect.id), (drug.id, effect.id)


@pytest.mark.parametrize(
    ("fields", "subject", "found"),
    [
        (["indication"], "alpha", ["alphanib"]),
        (["biomarker_test", "targets"], "alpha", ["alphanib"]),
        (["side_effects"], "alpha", []),
        (["biomarker_test"], "alpha", []),
        (["indication"], "nothing", []),
    ],
)
def test_drugs_about(folder: Path, fields: list[str], subject: str, found: list[str]) -> None:
    assert [d.id for d in validation.load(folder).drugs_about(fields, subject)] == found


def test_route(knowledge: Knowledge) -> None:
    routes = {d.id: d.route for d in knowledge.of_kind("drug")}
    assert set(routes.values()) == {"pill", "infusion", "injection"}
    assert routes["ribociclib"] == "pill"
    assert routes["pertuzumab"] == "infusion"
    assert routes["phesgo"] == "injection"
    assert knowledge.subjects["rash"].route is None


def test_content_hash_changes_with_every_part_of_a_statement(folder: Path) -> None:
    subject = validation.load(folder).subjects["alphanib"]
    first = subject.fields["side_effects"][0]
    edits = [
        dataclasses.replace(first, texts={"en": "Another text."}),
        dataclasses.replace(first, texts=dict(first.texts) | {"es": "Otro texto."}),
        dataclasses.replace(first, sources=("page",)),
        dataclasses.replace(first, about=()),
        dataclasses.replace(first, frequency="rare"),
        dataclasses.replace(first, level="detailed"),
        dataclasses.replace(first, newer=True),
    ]
    fields = [dict(subject.fields) | {"side_effects": told} for told in (*((e,) for e in edits), None)]
    hashes = {content_hash(dataclasses.replace(subject, fields=f)) for f in fields}
    assert len(hashes) == len(edits) + 1
    assert content_hash(subject) not in hashes
    assert content_hash(dataclasses.replace(subject, fields=dict(subject.fields))) == content_hash(subject)


@pytest.mark.parametrize(
    ("old", "new", "is_another_text"),
    [
        ("display: Alphanib (Alfa)", "display: Alphanib (Alfora)", True),
        ("variants: []", "variants: [alphanib tosylate]", True),
        ("brands: [Alfa, Alfora]", "brands: [Alfa]", True),
        ("brands: [Alfa, Alfora]", "brands: [Alfora, Alfa]", False),
        ("abbreviations: []", "abbreviations: [A-B]", True),
        ("newer: false", "newer: true", True),
        ("misspellings: [alfanib]", "misspellings: [alfanib, alfanab]", False),
        ("as_of: 2026-11-22", "as_of: 2026-11-23", True),
    ],
)
def test_content_hash_covers_the_names_a_person_is_told(
    folder: Path, change: Callable[[str, str, str], None], old: str, new: str, is_another_text: bool
) -> None:
    before = content_hash(validation.load(folder).subjects["alphanib"])
    change("drugs/alphanib.yml", old, new)
    assert (content_hash(validation.load(folder).subjects["alphanib"]) != before) is is_another_text


def test_content_hash_covers_the_class(folder: Path) -> None:
    subject = validation.load(folder).subjects["alphanib"]
    assert content_hash(dataclasses.replace(subject, class_id="beta-blocker")) != content_hash(subject)


def test_review_status(folder: Path) -> None:
    subject = validation.load(folder).subjects["alpha"]
    approved = dataclasses.replace(subject.review, status="approved", hash=content_hash(subject))
    assert subject.review_status == "draft"
    assert dataclasses.replace(subject, review=approved).review_status == "approved"
    old = dataclasses.replace(approved, hash="0" * 64)
    assert dataclasses.replace(subject, review=old).review_status == "stale"


def test_what_claims_a_review_names_who_and_when(knowledge: Knowledge) -> None:
    """Nobody is invented: an approval in knowledge/ has a name, a role, a day, and the hash of what was read."""
    for subject in knowledge.subjects.values():
        if subject.review.status == "approved":
            assert all((subject.review.reviewer, subject.review.role, subject.review.date, subject.review.hash))


def test_text_falls_back_to_english() -> None:
    statement = Statement({"en": "Yes.", "es": "Sí."}, ("page",))
    assert [statement.text(language) for language in ("es", "en", "fr")] == ["Sí.", "Yes.", "Yes."]


def test_line(knowledge: Knowledge) -> None:
    assert knowledge.line("general").phone == "1-800-227-2345"
    assert knowledge.line("crisis").phone == "988"
    with pytest.raises(KeyError):
        knowledge.line("nobody")


@pytest.mark.parametrize(
    ("display", "generic", "inside"),
    [
        ("Ribociclib (Kisqali)", "ribociclib", "ribociclib (Kisqali)"),
        ("Phesgo (a mix)", "a mix", "Phesgo (a mix)"),
        ("CDK4/6 inhibitors", None, "CDK4/6 inhibitors"),
    ],
)
def test_name_inside_a_sentence(display: str, generic: str | None, inside: str) -> None:
    assert Names(display, (), generic=generic).inside == inside


def test_statements_come_in_the_order_asked(knowledge: Knowledge) -> None:
    drug: Subject = knowledge.subjects["ribociclib"]
    both = list(drug.statements("targets", "overview"))
    assert both == [*drug.fields["targets"], *drug.fields["overview"]]
    assert list(drug.statements("no such field")) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("It acts on HER2.", "HER2"),
        ("It is for HER2-positive cancer.", None),
        ("Two kinases are blocked.", "kinase"),
        ("A kinases-like protein.", None),
    ],
)
def test_hard_word_in_a_text(text: str, word: str | None) -> None:
    assert Names("HER2", ("HER2",), hard=("HER2", "kinase")).hard_word_in(text) == word
