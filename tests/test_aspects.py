"""Which part of a topic a few words of a message point to."""

from __future__ import annotations

import pytest

from helpline import aspects

HEARD = [
    ("Ibrance versus Kisqali side effects", "compares"),
    ("will the onc stop Herceptin", "decide"),
    ("is Lynparza the same", "the_same"),
    ("is that the same thing", "the_same"),
    ("are there other drugs like Ibrance", "similar"),
    ("Besides Ibrance, which other tablets of the kind exist?", "similar"),
    ("which family is Kisqali in", "family"),
    ("does it contain Perjeta", "contains"),
    ("is pertuzumab in it", "contains"),
    ("will my heart come back up", "goes_away"),
    ("am I stuck with that", "lasts"),
    ("Can I breastfeed while on Enhertu?", "breastfeeding"),
    ("is it ok to nurse, i am still breast-feeding", "breastfeeding"),
    ("nursing my son and starting Kadcyla", "breastfeeding"),
    ("could it hurt my fertility later", "fertility"),
    ("When should I call my doctor on Kisqali", "when_to_call"),
    ("what symptoms do i need to report to my oncologist", "when_to_call"),
    ("which side effects should I tell my nurse about", "when_to_call"),
    ("what do Nerlynx and Tukysa have in common", "in_common"),
    ("is Kadcyla chemo?", "is_chemo"),
    ("isn't herceptin a kind of chemotherapy", "is_chemo"),
    ("is it considered chemo or something else", "is_chemo"),
    ("can I get a flu shot", "vaccine"),
    ("is a glass of wine allowed", "alcohol"),
    ("can i take turmeric with it", "supplement"),
    ("no grapefruit I guess?", "food"),
    ("should I get a second opinion", "second_opinion"),
    ("what do my scan results mean", "results"),
    ("can you explain my blood test results", "results"),
    ("which one is the best for me", "best"),
    ("is Verzenio better than Kisqali", "best"),
    ("is it safe for my mother", "safe_for_me"),
    ("could she have Kadcyla with a weak heart", "safe_for_me"),
    ("they say my liver is scarred, will it harm me", "safe_for_me"),
    ("is enhertu ok 4 me", "safe_for_me"),
    ("was my oncologist mistaken", "second_opinion"),
    ("should I turn down the copy and insist on the brand", "decide"),
    ("will they give it on friday or not", "decide"),
    ("could the cancer come back after this", "prognosis"),
    ("pneumonia jab with Phesgo", "vaccine"),
    ("can she have aspirin with Perjeta", "allowed"),
    ("is it fine to take both", "allowed"),
    ("Lynparza and warfarin, any risks?", "allowed"),
    ("do they clash", "allowed"),
    ("can I carry on as before", "decide"),
    ("is it safe to go ahead on Monday", "decide"),
    ("hemoglobin 9.1, is that low", "results"),
    ("CEA 12 what does it mean for us", "results"),
    ("if she were your wife, which would it be", "best"),
    ("I don't know which one I should choose", "best"),
    ("is Phesgo too strong for my gran", "safe_for_me"),
    ("my consultant said no, another one yes, who is right", "second_opinion"),
    ("can I skip a few weeks", "skip"),
    ("i want to switch to Ibrance", "switch"),
    ("taper it down", "taper"),
    ("I took two pills by mistake", "too_much"),
    ("can I double up tomorrow", "too_much"),
    ("i threw up right after the tablet", "vomited"),
    ("how long do I have", "prognosis"),
    ("what are my chances", "prognosis"),
    ("am I going to die", "prognosis"),
    ("since Herceptin cures cancer", "cures"),
    ("it has no side effects, right", "harmless"),
    ("since it always works", "certain"),
    ("how do I report a side effect", "report"),
    ("what does it target", "target"),
    ("which of them are pills", "of_them"),
    ("which ones are shots", "injection"),
    ("the ones you swallow", "pill"),
    ("given by IV", "infusion"),
    ("it makes me very tired, can I stop it", "decide"),
    ("shud i start it", "decide"),
    ("should I skip it till it calms", "decide"),
    ("how do I taper off", "decide"),
    ("can I take it every other day", "decide"),
    ("which drugs are given as a shot", "which_drugs"),
    ("Which drugs cause harm to an unborn baby?", "harms_unborn"),
    ("which should not be taken in pregnancy", "harms_unborn"),
    ("What medicines cause birth defects?", "harms_unborn"),
    ("which drugs cause low blood counts", "low_counts"),
    ("is my mom gonna die", "prognosis"),
    ("rank them for me", "best"),
    ("difference in side effects", "by_side_effects"),
    ("How do Lynparza and Talzenna differ in side effects?", "by_side_effects"),
    ("how are they given", "by_giving"),
    ("what are both used for", "by_use"),
    ("do they work in another way", "by_working"),
    ("how often is each given", "by_schedule"),
    ("which blood tests do they need", "by_checks"),
    ("compare them in pregnancy", "by_pregnancy"),
    ("how long will the tiredness last", "how_long"),
    ("Does heart damage from Herceptin go away?", "goes_away"),
    ("Will liver damage from Tykerb get better?", "goes_away"),
    ("Is lung inflammation from Afinitor reversible?", "goes_away"),
    ("Is high blood sugar on Piqray temporary?", "lasts"),
    ("Is hair loss from Trodelvy permanent?", "lasts"),
    ("Are low blood counts on Ibrance nothing to worry about?", "is_harmless"),
    ("Is diarrhea on Nerlynx harmless?", "is_harmless"),
    ("Is cough on Enhertu normal?", "is_normal"),
    ("Does Verzenio prevent diarrhea?", "prevents"),
    ("Does Herceptin damage the heart less than Perjeta?", "more_or_less"),
    ("How soon do I tell my doctor about a bowel change on Tukysa?", "when_to_call"),
    ("When should I call about cough on Piqray", "when_to_call"),
]


@pytest.mark.parametrize(("text", "aspect"), HEARD)
def test_heard(text: str, aspect: str) -> None:
    assert aspect in aspects.heard(text)


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("is Kisqali given with chemo", "is_chemo"),
        ("is it used after chemo", "is_chemo"),
        ("does targeted therapy work", "target"),
        ("what is HER2-low", "results"),
        ("how does Kisqali work", "prognosis"),
        ("what does the last one treat", "lasts"),
        ("is it a pill", "injection"),
        ("can I prevent it", "prevents"),
        ("I'm pregnant, which drugs can I take", "harms_unborn"),
        ("what does it do to an unborn baby", "harms_unborn"),
        ("does it lower the white count", "low_counts"),
        ("how long has it been approved", "how_long"),
        ("what are the side effects", "harmless"),
        ("can you treat it", "food"),
        ("should I take it with food", "decide"),
        ("when does it start to work", "decide"),
        ("what is Kisqali used for", "when_to_call"),
    ],
)
def test_not_heard(text: str, aspect: str) -> None:
    assert aspect not in aspects.heard(text)


def test_a_button_has_no_aspects() -> None:
    assert aspects.heard('/ask_side_effects{"drug": "trastuzumab"} cures breastfeeding') == ()


def test_every_aspect_has_an_example() -> None:
    heard = {name for text, _ in HEARD for name in aspects.heard(text)}
    assert heard | {aspects.TOGETHER} == aspects.NAMES


def test_the_order_and_the_names_are_fixed() -> None:
    heard = aspects.heard("can I stop, is it chemo, and can I drink wine")
    assert heard == aspects.heard("can I drink wine, is it chemo, and can I stop")
    assert set(heard) <= aspects.NAMES
    assert not any(" " in name for name in aspects.NAMES), "they are kept in a slot with a space between"
