"""What short words point back to, and who is asking."""

from __future__ import annotations

import dataclasses
import re

import pytest

from helpline import references
from helpline.question import Reference


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the second one", {"place": 1}),
        ("and the first?", {"place": 0}),
        ("so the third is given at home?", {"place": 2}),
        ("the last one please", {"place": -1}),
        ("2", {"place": 1}),
        ("option 3", {"place": 2}),
        ("the second week was long", {}),
        ("my first infusion", {}),
        ("both", {"both": True}),
        ("the two of them", {"both": True, "many": True}),
        ("can they cause it", {"many": True}),
        ("the other one", {"other": True}),
        ("the other day", {}),
        ("what about the other two", {"others": True, "what_about": True}),
        ("the first of those, is it a tablet", {"place": 0, "many": True}),
        ("out of all your drugs which ones cause a rash", {"narrows": True, "of_all": True}),
        ("how often", {"repeats": True}),
        ("my wife takes Phesgo since may", {"tells_drug": True}),
        ("I started Nerlynx yesterday", {"tells_drug": True}),
        ("I started Nerlynx and my skin itches", {}),
        ("I forgot the name of my drug", {"forgot_name": True}),
        ("I forgot my pill", {}),
        ("and how regularly is it repeated?", {"repeats": True}),
        ("how often is it taken", {}),
        ("do the others cause it", {"others": True}),
        ("oh wait, I mixed them up, it is Enhertu", {"corrects": True, "many": True}),
        ("which of those are pills", {"many": True, "narrows": True}),
        ("which ones go in a vein", {"narrows": True}),
        ("how often is the tablet taken", {"route": "pill"}),
        ("the shot", {"route": "injection"}),
        ("does the drip hurt", {"route": "infusion"}),
        ("I lost the pill box", {}),
        ("is it a pill", {}),
        ("which cause severe rash", {"grave": True}),
        ("any side effects", {"effects": True}),
        ("No, I meant Kisqali", {"corrects": True}),
        ("not Kisqali", {"corrects": True}),
        ("nothing helps", {}),
        ("the one you have by drip, how bad is it", {"route": "infusion", "points_by_route": True, "grave": True}),
        ("tell me of the one that is a tablet", {"route": "pill", "points_by_route": True}),
        ("and the other of that kind?", {"others": True}),
        ("which of them is rougher on the gut", {"many": True, "narrows": True, "weighs": True}),
        ("the milder one", {"weighs": True}),
        ("what is harder on the nails of the two", {"both": True, "weighs": True}),
        ("is one of them kinder", {"many": True, "narrows": True, "weighs": True}),
        ("Talzenna same?", {"same": True}),
        ("do I feel the same way after the tenth round", {}),
        ("", {}),
    ],
)
def test_read(text: str, found: dict[str, object]) -> None:
    # What the message names and whether it asks has tests of its own.
    others = {"tells": False, "organs": (), "causes": False, "beside": False, "helps": False, "it": False, "content": 0}
    read = dataclasses.replace(references.read(text), **others)
    assert read == Reference(words=len(text.split()), **found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "content", "it"),
    [
        ("and what about Piqray?", 1, False),
        ("ok, Kisqali please", 1, False),
        ("Tukysa brain", 2, False),
        ("does it go with Herceptin", 2, True),
        ("and?", 0, False),
        ("", 0, False),
    ],
)
def test_words_that_say_something(text: str, content: int, it: bool) -> None:
    read = references.read(text)
    assert (read.content, read.it) == (content, it)


@pytest.mark.parametrize(
    ("after", "is_contrasted"),
    [
        (", I'm on Kisqali", True),
        (" but Trodelvy", True),
        (". She's on Enhertu", True),
        (" and Perjeta", False),
        ("", False),
    ],
)
def test_what_is_so_instead(after: str, is_contrasted: bool) -> None:
    assert references.is_contrasted(after) is is_contrasted


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("my counts dropped again and they put it off", True),
        ("Ibrance nosebleeds", True),
        ("since the last one she has been so tired", True),
        ("is this normal", False),
        ("I am tired, does that pass", False),
        ("tired. anyone else", False),
        ("and if I get diarrhea", False),
        ("my counts dropped?", False),
        ("", False),
    ],
)
def test_tells(text: str, tells: bool) -> None:
    assert references.read(text).tells is tells


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("I rang the ward", True),
        ("just called 911", True),
        ("they are seeing me in an hour", True),
        ("we are on our way to the hospital", True),
        ("what is it called", False),
        ("a drug called Kisqali", False),
        ("I was called back", False),
    ],
)
def test_help_was_called(text: str, called: bool) -> None:
    assert references.read(text).called is called


def test_parts_of_the_body() -> None:
    assert references.read("my heart and my lungs").organs == ("heart", "lungs")
    assert references.read("heartburn").organs == ()


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("I'm a nurse", "clinician"),
        ("I forgot my Ibrance", "patient"),
        ("will I lose my hair", "patient"),
        ("my mum is on Ibrance, will I be able to hug her", "caregiver"),
        ("I am an oncology pharmacist", "clinician"),
        ("oncology nurse here, a question", "clinician"),
        ("my patient is on Kadcyla", "clinician"),
        ("as the doctor said", None),
        ("my doctor wants me to stop", None),
        ("my nurse told me", None),
        ("my mum is on Verzenio", "caregiver"),
        ("my mother\u2019s taking Ibrance", "caregiver"),
        ("my mother-in-law just started it", "caregiver"),
        ("my wife has HER2-positive cancer", "caregiver"),
        ("I'm asking as her husband", "caregiver"),
        ("does my sister need a test", "caregiver"),
        ("I am asking for a friend", "caregiver"),
        ("my husband is worried", None),
        ("can I sleep beside my husband", None),
        ("my friend told me about Enhertu", None),
        ("I was diagnosed in May, my mum has told me to ask", "patient"),
        ("I have stage 4 breast cancer", "patient"),
        ("it's for me", "patient"),
        ("what is Kisqali", None),
    ],
)
def test_audience(text: str, audience: str | None) -> None:
    assert references.audience(text) == audience


@pytest.mark.parametrize(
    ("before", "is_negated"),
    [("no, not ", True), ("instead of ", True), ("not the ", True), ("why not take ", False), ("", False)],
)
def test_is_negated(before: str, is_negated: bool) -> None:
    assert references.is_negated(before) is is_negated


@pytest.mark.parametrize(
    ("text", "past"),
    [
        ("I had <Herceptin> for a year, now it is <Kadcyla>", ["Herceptin"]),
        ("she was on <Ibrance> and now starts <Truqap>", ["Ibrance"]),
        ("they moved me from <Perjeta> to <Phesgo>", ["Perjeta"]),
        ("<Kisqali> + letrozole gave me two good years. They talk of <Orserdu>", ["Kisqali"]),
        ("was on <Verzenio> which failed. Next is <Trodelvy>", ["Verzenio"]),
        ("I finished <Kadcyla>, what is <Nerlynx>", ["Kadcyla"]),
        ("I am on <Piqray>, can I have <Truqap>", []),
        ("I take <Tukysa> with <Herceptin>", []),
        ("is <Enhertu> like <Kadcyla>", []),
        ("what is in it besides <Herceptin>", ["Herceptin"]),
        ("we tried <Ibrance>, then <Verzenio>, and both failed; now <Orserdu>", ["Ibrance", "Verzenio"]),
        ("six months of <Kadcyla> and now she starts <Enhertu>", ["Kadcyla"]),
        ("a year of <Nerlynx>, how is it taken", []),
        ("she takes <Nerlynx>, before that she finish one year of <Herceptin>", ["Herceptin"]),
    ],
)
def test_what_somebody_had_before(text: str, past: list[str]) -> None:
    plain, spans = "", []
    for part in re.split(r"(<\w+>)", text):
        if part.startswith("<"):
            spans.append((len(plain), len(plain) + len(part) - 2))
        plain += part.strip("<>")
    assert [plain[start:end] for start, end in spans if references.is_past(plain, start, end)] == past


@pytest.mark.parametrize(
    ("text", "is_partner"),
    [
        ("is it always given with Ibrance", True),
        ("together with the Ibrance", True),
        ("what is Ibrance given with", False),
        ("she lives with it. Ibrance helps", False),
    ],
)
def test_what_another_goes_with(text: str, is_partner: bool) -> None:
    assert references.is_partner(text, text.index("Ibrance")) == is_partner


@pytest.mark.parametrize(
    ("text", "beside", "helps", "causes"),
    [
        ("can I still take ibuprofen", True, False, False),
        ("my thyroid tablets too?", True, False, False),
        ("she is also on a blood thinner", True, False, False),
        ("what is capecitabine", False, False, False),
        ("where do they inject goserelin", False, False, False),
        ("is loperamide good against that", False, True, False),
        ("does loperamide help", False, True, False),
        ("I read it can lead to leukemia", False, False, True),
    ],
)
def test_another_medicine_and_what_is_brought_about(text: str, beside: bool, helps: bool, causes: bool) -> None:
    read = references.read(text)
    assert (read.beside, read.helps, read.causes) == (beside, helps, causes)


@pytest.mark.parametrize(
    ("text", "is_after"),
    [
        ("after <Herceptin>, is Nerlynx next", True),
        ("after a year of <Herceptin>", True),
        ("following Perjeta and <Herceptin>", True),
        ("what do I get after. <Herceptin>?", False),
        ("is <Herceptin> given after Kadcyla", False),
    ],
)
def test_is_after(text: str, is_after: bool) -> None:
    assert references.is_after(text.replace("<", "").replace(">", ""), text.index("<")) is is_after


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("does the same go for Perjeta", True),
        ("is that true for Piqray too", True),
        ("is that the same one as for Piqray", True),
        ("Lynparza same?", True),
        ("that one goes with Ibrance, right", False),
        ("is it the same drug", False),
    ],
)
def test_the_same_of_another(text: str, same: bool) -> None:
    assert references.read(text).same is same


@pytest.mark.parametrize(
    ("text", "other"), [("other one?", True), ("and that other drug?", True), ("any other", False)]
)
def test_the_other_one(text: str, other: bool) -> None:
    assert references.read(text).other is other


@pytest.mark.parametrize(
    ("text", "afraid"),
    [
        ("I'm so scared of this drug", True),
        ("my wife is terrified", True),
        ("it scares me what I read", True),
        ("i am really worried about my hair", True),
        ("we are sat here crying", False),  # heard where it is said plainly
        ("feeling overwhelmed with it all", True),
        ("I'm afraid I missed a pill", False),
        ("i am afraid that it comes back", True),
        ("does it make people anxious", False),
        ("what are the side effects", False),
    ],
)
def test_fear(text: str, afraid: bool) -> None:
    assert references.read(text).afraid == afraid


@pytest.mark.parametrize(
    ("text", "again", "complains"),
    [
        ("can you repeat that", True, False),
        ("say that again please", True, False),
        ("does it come again", False, False),
        ("you did not answer me", False, True),
        ("this is useless", False, True),
        ("stupid machine", False, True),
        ("is this drug useless after a year", False, False),
        ("why does it not help me", False, False),
    ],
)
def test_what_is_said_of_the_answers(text: str, again: bool, complains: bool) -> None:
    found = references.read(text)
    assert (found.again, found.complains) == (again, complains)


@pytest.mark.parametrize(
    ("text", "is_changed_to"),
    [
        ("now we are changing to something called Orserdu", True),
        ("they switched me over to Orserdu", True),
        ("she goes on to Orserdu", True),
        ("I want to know about Orserdu", False),
        ("changing the dose. Orserdu", False),
    ],
)
def test_what_comes_in_place_of_others(text: str, is_changed_to: bool) -> None:
    assert references.is_changed_to(text, text.index("Orserdu")) == is_changed_to
