"""Lists of drugs, computed from the statements of the drug files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest

from helpline import paths, validation
from helpline.answers import Composer
from helpline.drug_sets import EFFECT_FIELDS, LINKS, ROUTE_OF_TERM
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
        assert all_drugs(composer, "drugs_for_subtype", term) in [about(term, field) for field in LINKS]


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
