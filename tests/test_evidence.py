"""Every fact of the evidence is told in the knowledge base, or stands in tests/data/left_out.yml with the reason.

`tests/data/told.yml` says where each fact is told, and which words and figures show it there. Most of these tests need
that file alone. Those that compare it with the evidence are skipped where the evidence is not beside the checkout.
"""

from __future__ import annotations

from typing import Any

import pytest

from helpline.knowledge import Knowledge
from tests import told

beside = pytest.mark.skipif(not told.EVIDENCE.is_dir(), reason="the evidence is not beside this checkout")


@pytest.fixture(scope="module")
def entries() -> dict[str, dict[str, Any]]:
    return told.read(told.TOLD)


@pytest.fixture(scope="module")
def left_out() -> dict[str, str]:
    return told.read(told.LEFT_OUT)


@pytest.fixture(scope="module")
def facts() -> dict[str, dict[str, Any]]:
    return dict(told.facts())


@pytest.fixture(scope="module")
def places(knowledge: Knowledge) -> dict[str, str]:
    return told.places(knowledge)


def test_every_fact_has_a_place_and_words_that_show_it(entries: dict[str, dict[str, Any]]) -> None:
    assert len(entries) > 900
    bare = [
        key for key, e in entries.items() if "listed" not in e and not (e["in"] and (e["says"] or e.get("without")))
    ]
    assert bare == []


def test_what_shows_a_fact_stands_where_it_is_told(entries: dict[str, dict[str, Any]], places: dict[str, str]) -> None:
    missing = {}
    for key, entry in entries.items():
        text = " ".join(places.get(place, "") for place in entry.get("in", ()))
        missing[key] = [word for word in entry.get("says", ()) if word not in text.lower()]
        missing[key] += set(entry.get("figures", ())) - told.figures_said(text)
    assert {key: words for key, words in missing.items() if words} == {}, "run scripts/told, and read what it prints"


def test_the_map_notices_most_sentences_that_go(
    entries: dict[str, dict[str, Any]], knowledge: Knowledge, places: dict[str, str]
) -> None:
    """Sentences that repeat a fact or add to it may go unnoticed; a map that notices few would prove nothing."""
    shown_in: dict[str, list[dict[str, Any]]] = {}
    for entry in entries.values():
        for place in entry.get("in", ()):
            shown_in.setdefault(place, []).append(entry)
    noticed = []
    for place in shown_in.keys() & {p for p in places if "." in p}:
        subject_id, field = place.split(".")
        for statement in knowledge.subjects[subject_id].statements(field):
            without = places | {place: places[place].replace(statement.text("en"), "")}
            noticed.append(any(not _is_shown(entry, without) for entry in shown_in[place]))
    assert len(noticed) > 1500
    assert sum(noticed) / len(noticed) > 0.7


def _is_shown(entry: dict[str, Any], places: dict[str, str]) -> bool:
    text = " ".join(places[place] for place in entry["in"])
    return all(w in text.lower() for w in entry["says"]) and set(entry.get("figures", ())) <= told.figures_said(text)


def test_every_link_of_a_side_effect_to_a_drug_is_in_the_drugs_file(
    entries: dict[str, dict[str, Any]], knowledge: Knowledge
) -> None:
    links = [
        (knowledge.subjects[drug], key.split("/")[1].replace("_", "-"))
        for key, entry in entries.items()
        for drug in entry.get("listed", ())
    ]
    assert len(links) > 200
    assert [(drug.id, effect) for drug, effect in links if knowledge.listing(drug, effect) is None] == []


def test_no_fact_is_both_told_and_left_out(entries: dict[str, dict[str, Any]], left_out: dict[str, str]) -> None:
    assert set(entries) & set(left_out) == set()


def test_what_is_left_out_has_a_known_reason(entries: dict[str, dict[str, Any]], left_out: dict[str, str]) -> None:
    assert set(left_out.values()) <= told.REASONS
    assert {why for entry in entries.values() for why in entry.get("without", {}).values()} <= told.PIECE_REASONS


@beside
def test_no_fact_is_forgotten(
    facts: dict[str, dict[str, Any]], entries: dict[str, dict[str, Any]], left_out: dict[str, str]
) -> None:
    links = {f"{key}/{drug}" for key, fact in facts.items() for drug in fact.get("drug_ids", ())}
    assert [key for key in facts if key not in entries and key not in left_out] == []
    assert [key for key in (*entries, *left_out) if key not in facts and key not in links] == []
    unlisted = [
        f"{key}/{drug}"
        for key, fact in facts.items()
        for drug in fact.get("drug_ids", ())
        if drug not in entries[key]["listed"] and f"{key}/{drug}" not in left_out
    ]
    assert unlisted == []


@beside
def test_a_changed_fact_is_matched_anew(facts: dict[str, dict[str, Any]], entries: dict[str, dict[str, Any]]) -> None:
    assert [key for key, entry in entries.items() if entry["fact"] != told.digest(facts[key])] == []


@beside
def test_every_figure_of_a_fact_is_told_or_explained(
    facts: dict[str, dict[str, Any]], entries: dict[str, dict[str, Any]], places: dict[str, str]
) -> None:
    missing = {}
    for key, entry in entries.items():
        if "listed" not in entry:
            said = told.figures_said(" ".join(places.get(p, "") for p in entry["in"]))
            missing[key] = told.figures(told.wording(facts[key])) - said - set(entry.get("without", {}))
    assert {key: figures for key, figures in missing.items() if figures} == {}


@beside
def test_weak_sources_stand_alone_only_for_gaps_of_the_evidence() -> None:
    gaps = {gap["id"]: set(gap["sources"]) for gap in told.read(told.EVIDENCE / "gaps.yml")["gaps"]}
    allowed = told.read(told.paths.KNOWLEDGE / "gaps.yml")
    assert set(allowed) <= set(gaps)
    assert {
        gap: set(entry["allows"]) - gaps[gap] for gap, entry in allowed.items() if set(entry["allows"]) - gaps[gap]
    } == {}


@beside
def test_every_line_of_the_evidence_is_offered(knowledge: Knowledge) -> None:
    lines = told.read(told.EVIDENCE / "helpline.yml")["helplines"]
    assert {line["id"].replace("_", "-") for line in lines} == set(knowledge.lines)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("HER2CLIMB (612 patients): 7.8 vs 5.6 months", {"612", "7.8", "5.6"}),
        ("4,046 patients, median 8.4 years", {"4046", "8.4"}),
        ("81-90% with a CDK4/6 drug in SOLAR-1", {"81", "90"}),
        ("PD-L1 and HER3", set()),
    ],
)
def test_figures(text: str, figures: set[str]) -> None:
    assert told.figures(text) == figures


def test_figures_in_words_count() -> None:
    assert {"3", "2", "52"} <= told.figures_said("Three pauses, twice in 52 weeks.")
