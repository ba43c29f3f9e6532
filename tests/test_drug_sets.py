"""Lists of drugs, computed from the statements of the drug files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest

from helpline import paths, validation
from helpline.answers import Composer
from helpline.drug_sets import EFFECT_FIELDS, LINKS, LOW_COUNTS, ROUTE_OF_TERM
from helpline.knowledge import Knowledge, Subject
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.reply import Reply

KNOWLEDGE = validation.load(paths.KNOWLEDGE)
SUBTYPES = ("her2-positive", "her2-low", "hormone-receptor-positive", "triple-negative", "brca", "pik3ca")


def body(reply: Reply) -> str:
    return reply.text.split("\nSources:")[0]


def all_drugs(composer: Composer, topic: str, *subjects: str, **asked: object) -> set[str]:
    """The drugs on all pages."""
    found: set[str] = set()
    for page in itertools.count():
        reply = composer.answer(Question(topic, subjects, page=page, **asked))
        found |= set(reply.drugs)
        if not any(b.payload == "/more" for b in reply.buttons):
            return found
    return found


def told(term: str, *fields: str) -> set[str]:
    """The drugs with a statement about a term that does not deny it."""
    may_deny = {"boxed_warning", "overview", "mechanism"} & set(fields)
    return by_file(
        lambda d: any(
            term in s.about and not (may_deny and re.search(r"\b(?:no|not)\b", s.text("en")))
            for s in d.statements(*fields)
        )
    )


def by_file(holds: Callable[[Subject], bool]) -> set[str]:
    return {d.id for d in KNOWLEDGE.of_kind("drug") if holds(d)}


def about(subject: str, *fields: str) -> set[str]:
    return by_file(lambda d: any(subject in s.about for s in d.statements(*fields)))


@pytest.mark.parametrize("effect", [s.id for s in KNOWLEDGE.of_kind("side_effect")])
def test_which_drugs_cause_an_effect(effect: str, composer: Composer) -> None:
    assert all_drugs(composer, "drugs_with_side_effect", effect) == about(effect, *EFFECT_FIELDS)


@pytest.mark.parametrize("group", [s.id for s in KNOWLEDGE.of_kind("class")])
def test_which_drugs_are_of_a_class(group: str, composer: Composer) -> None:
    assert all_drugs(composer, "class_members", group) == by_file(lambda d: d.class_id == group)


@pytest.mark.parametrize("term", SUBTYPES)
def test_which_drugs_are_for_a_kind_of_cancer(term: str, composer: Composer) -> None:
    found = all_drugs(composer, "drugs_for_subtype", term)
    assert found == about(term, "indication")
    assert found


@pytest.mark.parametrize("term", ["her2", "cdk4-6", "parp", "pi3k", "trop-2", "mtor", "estrogen-receptor"])
def test_which_drugs_act_on_a_target(term: str, composer: Composer) -> None:
    assert all_drugs(composer, "drugs_for_subtype", term) == about(term, "targets")


@pytest.mark.parametrize("term", ["echocardiogram", "ecg", "complete-blood-count"])
def test_which_drugs_need_a_check(term: str, composer: Composer) -> None:
    for topic in ("monitoring", "drugs_for_subtype"):
        assert all_drugs(composer, topic, term) == about(term, "monitoring")


@pytest.mark.parametrize("term", [t.id for t in KNOWLEDGE.of_kind("term")])
def test_one_field_says_which_drugs_a_term_has(term: str, composer: Composer) -> None:
    if term not in ROUTE_OF_TERM:
        assert all_drugs(composer, "drugs_for_subtype", term) in [told(term, *fields) for fields in LINKS]


def test_which_drugs_have_a_boxed_warning(composer: Composer) -> None:
    assert all_drugs(composer, "drugs_for_subtype", "boxed-warning") == {
        "ado-trastuzumab-emtansine",
        "fam-trastuzumab-deruxtecan",
        "lapatinib",
        "margetuximab",
        "pertuzumab",
        "phesgo",
        "sacituzumab-govitecan",
        "trastuzumab",
        "trastuzumab-hyaluronidase",
    }, "not those whose label is said to list none"


@pytest.mark.parametrize("topic", ["class_members", "drugs_for_subtype"])
def test_what_a_drug_is(topic: str, composer: Composer) -> None:
    conjugates = by_file(lambda d: d.class_id in ("her2-adc", "trop2-adc"))
    assert all_drugs(composer, topic, "antibody-drug-conjugate") == conjugates
    assert all_drugs(composer, topic, "monoclonal-antibody") == by_file(lambda d: d.class_id == "her2-antibody")


def test_a_drug_whose_heart_pumping_is_checked_counts_for_the_scans(composer: Composer) -> None:
    for scan in ("echocardiogram", "muga-scan"):
        assert all_drugs(composer, "monitoring", scan) == about("lvef", "monitoring")


def test_brain_metastases(composer: Composer) -> None:
    assert all_drugs(composer, "drugs_for_subtype", "brain-metastases") == {"tucatinib"}


def test_harm_to_an_unborn_baby(composer: Composer) -> None:
    found = all_drugs(composer, "drugs_with_side_effect", "pregnancy-harm")
    unknown = {"elacestrant", "inavolisib", "palbociclib", "ribociclib"}  # "the texts that we read do not say"
    assert found == by_file(lambda d: d.id not in unknown)


def test_low_blood_counts_are_of_three_kinds(composer: Composer) -> None:
    each = [about(effect, *EFFECT_FIELDS) for effect in LOW_COUNTS]
    found = all_drugs(composer, "drugs_with_side_effect", "neutropenia", aspects=("low_counts",))
    assert found == set.union(*each) > each[0]
    reply = composer.answer(Question("drugs_with_side_effect", ("neutropenia",), aspects=("low_counts",)))
    for effect in LOW_COUNTS:
        assert KNOWLEDGE.subjects[effect].names.inside in reply.text


@pytest.mark.parametrize("term", [t.id for t in KNOWLEDGE.of_kind("term")])
def test_an_empty_list_is_no_gap_of_the_sources(term: str, composer: Composer, phrases: Phrases) -> None:
    reply = composer.answer(Question("drugs_for_subtype", (term,)))
    assert "Our sources do not say" not in reply.text
    if not reply.drugs:
        assert f"No drug in our information is linked to {KNOWLEDGE.subjects[term].names.inside}" in reply.text


@pytest.mark.parametrize(
    ("term", "words", "route"),
    [("pill", "pill", "pill"), ("iv", "infusion", "infusion"), ("subcutaneous", "injection", "injection")],
)
def test_how_drugs_are_given(term: str, words: str, route: str, composer: Composer) -> None:
    given = by_file(lambda d: d.route == route)
    assert given
    assert all_drugs(composer, "drugs_for_subtype", term) == given
    assert all_drugs(composer, "class_members", aspects=(words,)) == given, "said, but not with the name of a term"


@pytest.mark.parametrize("first", ["pill", "iv", "cdk46-inhibitor", "her2-antibody", "diarrhea", "echocardiogram"])
@pytest.mark.parametrize("second", SUBTYPES)
def test_two_conditions_are_both_met(first: str, second: str, composer: Composer) -> None:
    alone = [all_drugs(composer, "drugs_for_subtype", s) for s in (first, second)]
    both = all_drugs(composer, "drugs_for_subtype", first, second)
    assert both == alone[0] & alone[1]
    if not both:
        reply = composer.answer(Question("drugs_for_subtype", (first, second)))
        assert "Our sources name no drug for which all of this holds" in reply.text


def test_pills_for_her2_positive(composer: Composer) -> None:
    found = all_drugs(composer, "drugs_for_subtype", "pill", "her2-positive")
    assert found == {"lapatinib", "neratinib", "tucatinib"}


@pytest.mark.parametrize("subject", ["pill", "diarrhea", "fatigue", "her2-positive", "neutropenia"])
def test_a_list_that_stops_says_how_many_are_left(subject: str, composer: Composer) -> None:
    topic = "drugs_with_side_effect" if subject not in ("pill", "her2-positive") else "drugs_for_subtype"
    left = len(all_drugs(composer, topic, subject))
    for page in itertools.count():
        reply = composer.answer(Question(topic, (subject,), page=page))
        left -= len(reply.drugs)
        said = re.search(r"Not shown yet \((\d+)\): (.+)\. To see the rest, say", body(reply))
        assert bool(said) == (left > 0)
        if said is None:
            break
        assert int(said[1]) == left
        later = body(composer.answer(Question(topic, (subject,), page=page + 1)))
        assert f"• {said[2].split('; ')[0]}: " in later
        assert len(body(reply).split()) <= 120


def test_only_those_spoken_of(composer: Composer) -> None:
    spoken_of = ("ribociclib", "trastuzumab")
    assert all_drugs(composer, "class_members", "pill", among=spoken_of) == {"ribociclib"}
    assert all_drugs(composer, "class_members", *spoken_of, "pill") == {"ribociclib"}
    none = composer.answer(Question("class_members", ("subcutaneous",), among=spoken_of))
    assert "For none of the drugs just listed" in none.text
    assert none.drugs == ()


def test_every_drug_has_the_marker_of_its_own_statement(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("drugs_for_subtype", ("pill", "her2-positive")))
    for drug in reply.drugs:
        line = next(x for x in body(reply).splitlines() if knowledge.subjects[drug].names.display in x)
        assert f"{knowledge.subjects[drug].names.display} [" in line


@pytest.mark.parametrize(
    ("topic", "asks"),
    [
        ("class_members", "ask_which_class"),
        ("drugs_for_subtype", "ask_which_term"),
        ("drugs_with_side_effect", "ask_which_side_effect"),
    ],
)
def test_without_a_condition_one_is_asked_for(topic: str, asks: str, composer: Composer, phrases: Phrases) -> None:
    reply = composer.answer(Question(topic))
    assert reply.kind == "clarify"
    assert reply.text.startswith(phrases.say(asks))
