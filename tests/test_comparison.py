"""Two drugs side by side, and what drugs have in common."""

from __future__ import annotations

import itertools
import re

import pytest

from helpline import aspects, paths, validation
from helpline.answers import Composer
from helpline.comparison import COMPARED
from helpline.knowledge import Knowledge, look_alikes
from helpline.phrases import Phrases
from helpline.question import Question
from helpline.reply import Reply

KNOWLEDGE = validation.load(paths.KNOWLEDGE)
DRUGS = [d.id for d in KNOWLEDGE.of_kind("drug")]
TRASTUZUMABS = {
    "trastuzumab",
    "trastuzumab-hyaluronidase",
    "phesgo",
    "ado-trastuzumab-emtansine",
    "fam-trastuzumab-deruxtecan",
}
IN_COMMON = ("in_common",)
RANKING = re.compile(r"\b(better|best|safer|superior|prefer\w*|worse|milder)\b", re.IGNORECASE)


def body(reply: Reply) -> str:
    return reply.text.split("\nSources:")[0]


def pages(composer: Composer, *drugs: str, heard: tuple[str, ...] = ()) -> list[str]:
    """All pages of a comparison."""
    replies: list[Reply] = []
    while not replies or replies[-1].buttons[0].payload == "/more":
        replies.append(composer.answer(Question("comparison", drugs, page=len(replies), aspects=heard)))
    return [body(r) for r in replies]


@pytest.mark.parametrize("pair", itertools.combinations(DRUGS, 2), ids="-".join)
def test_every_field_is_compared_and_nothing_is_ranked(
    pair: tuple[str, str], composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    told = pages(composer, *pair)
    bullets = [line for page in told for line in page.splitlines() if line.startswith("• ")]
    first, second = (knowledge.subjects[i] for i in pair)
    fields = [f for f in COMPARED if f == "class" or first.fields[f] or second.fields[f]]
    differ, same = [b for b in bullets if not b.startswith("• Both: ")], " ".join(bullets)
    same = same.partition("• Both: ")[2]
    folded = [f for f in fields if f"{phrases.say(f'compared_{f}')}: " in same]
    assert [b[2:].split(":")[0] for b in differ] == [phrases.say(f"compared_{f}") for f in fields if f not in folded]
    assert ("class" in folded) == (first.class_id == second.class_id)
    assert bullets[len(differ) :] == ([f"• Both: {same}"] if folded else []), "what is the same goes last"
    for bullet in differ:
        assert all(d.names.display in bullet or d.names.inside in bullet for d in (first, second)), bullet
    assert not RANKING.search(" ".join(told))
    assert all(len(page.split()) <= 120 for page in told), [len(page.split()) for page in told]
    assert all(page.count("\n• ") <= 5 for page in told)


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("How do Lynparza and Talzenna differ in side effects?", "side_effects"),
        ("difference in side effects", "side_effects"),
        ("how are they given", "administration"),
        ("do they work in another way", "targets"),
        ("how often is each given", "duration_schedule"),
        ("what are both used for", "indication"),
    ],
)
def test_what_is_asked_about_is_compared_first(asked: str, title: str, composer: Composer, phrases: Phrases) -> None:
    told = pages(composer, "olaparib", "talazoparib", heard=aspects.heard(asked))
    first = next(line for line in told[0].splitlines() if line.startswith("• "))
    assert first.startswith(f"• {phrases.say(f'compared_{title}')}: ")
    assert sum(page.count(f"• {phrases.say(f'compared_{title}')}: ") for page in told) == 1, "told once"
    assert all(len(page.split()) <= 120 for page in told)


def test_the_same_sentence_is_told_once_of_both(composer: Composer) -> None:
    both = next(
        line for page in pages(composer, "palbociclib", "abemaciclib") for line in page.splitlines() if "Both" in line
    )
    assert "Kind of drug: CDK4/6 inhibitors. [" in both
    assert "How it is given: Each drug is a pill that you swallow. [" in both


def test_what_one_side_lacks_is_said(composer: Composer, knowledge: Knowledge) -> None:
    drug = next(d for d in knowledge.of_kind("drug") if d.fields["combination"] is None)
    told = " ".join(pages(composer, drug.id, "tucatinib"))
    assert f"{drug.names.display}: our sources do not say." in told


@pytest.mark.parametrize("pair", itertools.combinations(sorted(TRASTUZUMABS), 2), ids="-".join)
def test_look_alikes_are_told_apart(pair: tuple[str, str], composer: Composer) -> None:
    for topic in ("comparison", "brand_generic_biosimilar", "overview", "administration"):
        reply = composer.answer(Question(topic, pair))
        assert "must never be swapped" in body(reply), topic
        assert len(body(reply).split()) <= 120


def test_other_drugs_need_no_such_warning(composer: Composer, knowledge: Knowledge) -> None:
    assert "swapped" not in " ".join(pages(composer, "ribociclib", "palbociclib"))
    assert look_alikes([knowledge.subjects[i] for i in ("ribociclib", "palbociclib")]) == []


def test_of_three_two_are_compared_and_the_rest_is_offered(composer: Composer) -> None:
    reply = composer.answer(Question("comparison", ("ribociclib", "palbociclib", "abemaciclib")))
    assert "You named ribociclib (Kisqali), palbociclib (Ibrance) and abemaciclib (Verzenio)." in reply.text
    assert reply.drugs == ("ribociclib", "palbociclib", "abemaciclib")  # all that were asked about
    assert [b.payload for b in reply.buttons] == [
        "/more",
        '/ask_comparison{"drug": ["ribociclib", "abemaciclib"]}',
        '/ask_comparison{"drug": ["palbociclib", "abemaciclib"]}',
    ]


def test_one_drug_is_not_compared(composer: Composer) -> None:
    reply = composer.answer(Question("comparison", ("ribociclib",)))
    assert (reply.kind, reply.topic) == ("clarify", "comparison")


def test_which_is_best_is_declined(composer: Composer) -> None:
    reply = composer.answer(Question("comparison", aspects=("best",)))
    assert reply.kind == "decline"
    assert "I do not rank drugs" in reply.text


# --- in common


@pytest.mark.parametrize("pair", itertools.combinations(DRUGS, 2), ids="-".join)
def test_side_effects_in_common_are_those_that_both_files_list(
    pair: tuple[str, str], composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    told = "\n".join(pages(composer, *pair, heard=IN_COMMON))
    for field in ("side_effects", "serious_side_effects"):
        both = [{i for s in knowledge.subjects[d].statements(field) for i in s.about} for d in pair]
        shared = [i for i in both[0] & both[1] if knowledge.subjects[i].kind == "side_effect"]
        line = next((x for x in told.splitlines() if x.startswith(f"• {phrases.say(f'compared_{field}')}:")), "")
        assert bool(line) == bool(shared)
        assert all(knowledge.subjects[i].names.inside in line for i in shared)


def test_nerlynx_and_tukysa(composer: Composer) -> None:
    told = pages(composer, "neratinib", "tucatinib", heard=IN_COMMON)
    assert "• Kind of drug: HER2 kinase inhibitors. [1]" in told[0]
    assert "• How it is given: a pill." in told[0]
    assert "• Acts on: HER2." in told[0]
    assert "diarrhea" in " ".join(told)
    assert "does not mean that one can take the place of another" in told[0]


def test_nothing_in_common(composer: Composer, knowledge: Knowledge, phrases: Phrases) -> None:
    nothing = [
        pair
        for pair in itertools.combinations(DRUGS, 2)
        if phrases.say("nothing_in_common") in composer.answer(Question("comparison", pair, aspects=IN_COMMON)).text
    ]
    for first, second in nothing:
        assert knowledge.subjects[first].class_id != knowledge.subjects[second].class_id
        assert knowledge.subjects[first].route != knowledge.subjects[second].route


def test_two_kinds_of_medicine_are_told_of_in_turn(composer: Composer) -> None:
    reply = composer.answer(Question("comparison", ("targeted-therapy", "chemotherapy")))
    assert (reply.kind, reply.drugs) == ("answer", ())
    assert set(reply.subjects) == {"targeted-therapy", "chemotherapy"}
    first, second = [line for line in body(reply).splitlines() if line.startswith("• ")][:2]
    assert "argeted" in first
    assert "hemo" in second
    assert not RANKING.search(body(reply))
