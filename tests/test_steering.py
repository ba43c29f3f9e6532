"""What a few plain words change about the question that was understood."""

from __future__ import annotations

import dataclasses

import pytest

from helpline import aspects, references
from helpline.assistant import Assistant
from helpline.question import LISTS, Memory, Mention, Understanding
from helpline.reply import Reply

KISQALI = Mention("drug", "ribociclib", "Kisqali")
IBRANCE = Mention("drug", "palbociclib", "Ibrance")
KADCYLA = Mention("drug", "ado-trastuzumab-emtansine", "Kadcyla")
CHEMO = Mention("term", "chemotherapy", "chemo")
PILL = Mention("term", "pill", "pills")
HER2 = Mention("term", "her2-positive", "HER2-positive")
ON_KISQALI = Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="side_effects")


def said(
    assistant: Assistant, text: str, topic: str | None, *mentions: Mention, memory: Memory | None = None
) -> tuple[Reply, Memory]:
    heard = Understanding(topic, mentions=mentions, aspects=aspects.heard(text))
    return assistant.reply(heard, memory or Memory())


# text -> (what the classifier says, the names found, kind, topic and drugs of the reply)
CASES = {
    "When should I call my doctor on Kisqali?": (
        ["serious_side_effects", "talk_to_human", "side_effects", None],
        [KISQALI],
        ("answer", "serious_side_effects", ("ribociclib",)),
    ),
    "Is Kadcyla chemo?": (
        ["definition", "overview", "mechanism", None],
        [KADCYLA, CHEMO],
        ("answer", "overview", ("ado-trastuzumab-emtansine",)),
    ),
    "Can I breastfeed on Kisqali?": (
        ["pregnancy_fertility_breastfeeding", "interaction_food_drug_alcohol", None],
        [KISQALI],
        ("answer", "pregnancy_fertility_breastfeeding", ("ribociclib",)),
    ),
    "What do Kisqali and Ibrance have in common?": (
        ["comparison", "side_effects", "mechanism"],
        [KISQALI, IBRANCE],
        ("answer", "comparison", ("ribociclib", "palbociclib")),
    ),
    "Should I get a second opinion?": (
        ["stop_or_change_treatment", "talk_to_human", None],
        [],
        ("decline", "stop_or_change_treatment", ()),
    ),
    "was my consultant wrong about it": (
        ["small_talk", "talk_to_human", None],
        [],
        ("decline", "stop_or_change_treatment", ()),
    ),
    "a pneumonia jab with Kisqali?": (
        ["side_effect_of_symptom", "interaction_food_drug_alcohol"],
        [KISQALI],
        ("decline", "interaction_food_drug_alcohol", ("ribociclib",)),
    ),
    "could she take Kisqali with a weak heart": (
        ["indication", "overview", "side_effects"],
        [KISQALI],
        ("decline", "stop_or_change_treatment", ("ribociclib",)),
    ),
    "will the cancer come back after Kadcyla": (
        ["pregnancy_fertility_breastfeeding", "out_of_scope_nonmedical"],
        [KADCYLA],
        ("decline", "efficacy_survival", ("ado-trastuzumab-emtansine",)),
    ),
    "What do my scan results mean?": (
        ["definition", "monitoring", None],
        [],
        ("decline", "stop_or_change_treatment", ()),
    ),
    "Is Kisqali safe for me?": (
        ["side_effects", "overview", None],
        [KISQALI],
        ("decline", "stop_or_change_treatment", ("ribociclib",)),
    ),
    "Kisqali makes me so tired, can I stop it?": (
        ["side_effect_of_symptom", "stop_or_change_treatment", "side_effects", None],
        [KISQALI],
        ("decline", "stop_or_change_treatment", ("ribociclib",)),
    ),
    "Can I take Kisqali every other day so it lasts longer?": (
        ["duration_schedule", "administration"],
        [KISQALI],
        ("decline", "stop_or_change_treatment", ("ribociclib",)),
    ),
    "How do I report a side effect?": (
        ["side_effects", "management_of_side_effect", None],
        [],
        ("handoff", "talk_to_human", ()),
    ),
    "Which is the best one?": (["comparison", None], [], ("decline", "comparison", ())),
    "How long do I have?": (["efficacy_survival", None], [], ("decline", "efficacy_survival", ())),
    "Which drugs are shots?": (
        ["drugs_for_subtype", "class_members", None],
        [],
        ("answer", None, ("phesgo", "trastuzumab-hyaluronidase")),
    ),
    "Which pills are for HER2-positive?": (
        ["drugs_for_subtype", "class_members"],
        [PILL, HER2],
        ("answer", None, ("lapatinib", "neratinib", "tucatinib")),
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_steered(text: str, assistant: Assistant) -> None:
    topics, mentions, (kind, steered, drugs) = CASES[text]
    for topic in topics:
        reply, _ = said(assistant, text, topic, *mentions)
        assert (reply.kind, reply.drugs) == (kind, drugs), topic
        assert reply.topic == steered or (steered is None and reply.topic in LISTS)


@pytest.mark.parametrize(
    "text",
    ["One doctor said Kisqali, the second opinion Ibrance. How do they differ?", "should I get a second opinion"],
)
def test_a_comparison_stays_one(text: str, assistant: Assistant) -> None:
    assert said(assistant, text, "comparison", KISQALI, IBRANCE)[0].topic == "comparison"


def test_which_drug_is_meant_is_asked_first(assistant: Assistant) -> None:
    """A misspelling between two drugs, and a drug spoken of long ago: no other drug may take its place."""
    unsure = Mention("drug", "ribociclib palbociclib", "ciclib")
    for text in ("can I breastfeed on ciclib", "is ciclib chemo", "when should I call my doctor on ciclib"):
        reply, _ = said(assistant, text, "side_effects", unsure, memory=Memory(subjects=("trastuzumab",)))
        assert (reply.kind, len(reply.buttons)) == ("clarify", 2)
    heard = Understanding("overview", aspects=("is_chemo",), is_late=True)
    assert assistant.reply(heard, ON_KISQALI)[0].kind == "clarify"


@pytest.mark.parametrize("topic", ["pregnancy_fertility_breastfeeding", "drugs_with_side_effect", "indication", None])
def test_which_drugs_harm_an_unborn_baby(topic: str | None, assistant: Assistant) -> None:
    for text in ("Which drugs cause harm to an unborn baby?", "which should not be taken in pregnancy"):
        reply, _ = said(assistant, text, topic)
        assert reply.topic == "drugs_with_side_effect"
        assert {"trastuzumab", "tucatinib"} <= set(reply.drugs)


@pytest.mark.parametrize("memory", [Memory(), ON_KISQALI])
def test_which_drugs_have_a_boxed_warning(memory: Memory, assistant: Assistant) -> None:
    warning = Mention("term", "boxed-warning", "boxed warning")
    reply, _ = said(assistant, "Which drugs have a boxed warning?", "drugs_for_subtype", warning, memory=memory)
    assert "lapatinib" in reply.drugs
    assert "ribociclib" not in reply.drugs


def test_which_drugs_lower_blood_counts(assistant: Assistant) -> None:
    counts = Mention("side_effect", "neutropenia", "low blood counts")
    reply, _ = said(assistant, "Which drugs cause low blood counts?", "drugs_with_side_effect", counts)
    assert "low platelets" in reply.text


TAMOXIFEN = Mention("other_medicine", "hormone-drugs", "tamoxifen")
XELODA = Mention("other_medicine", "chemotherapy-drugs", "Xeloda")
LISINOPRIL = Mention("other_medicine", "heart-and-blood-medicines", "lisinopril")
IMODIUM = Mention("other_medicine", "supportive-medicines", "Imodium")
KAVA = Mention("other_medicine", "supplements", "kava")
HERCEPTIN = Mention("drug", "trastuzumab", "Herceptin")
TUKYSA = Mention("drug", "tucatinib", "Tukysa")


@pytest.mark.parametrize(
    ("text", "topics", "mentions"),
    [
        ("can I take Kisqali with tamoxifen", ["combination", "overview", None], [KISQALI, TAMOXIFEN]),
        ("my doctor added tamoxifen to my Kisqali, is that ok", ["combination", None], [TAMOXIFEN, KISQALI]),
        ("should she have Tukysa and Herceptin together", ["combination"], [TUKYSA, HERCEPTIN]),
        ("is it safe to use Tukysa with Xeloda", ["combination", "indication"], [TUKYSA, XELODA]),
    ],
)
def test_whether_somebody_may_combine_is_declined_with_the_general_fact(
    text: str, topics: list[str | None], mentions: list[Mention], assistant: Assistant
) -> None:
    for topic in topics:
        reply, _ = said(assistant, text, topic, *mentions)
        assert (reply.kind, reply.topic) == ("decline", "interaction_food_drug_alcohol"), topic
        assert "I cannot tell whether one person should take" in reply.text
        assert "What our sources say in general:\n• " in reply.text
        assert "Please do not add, mix, swap or stop" in reply.text


@pytest.mark.parametrize(
    "text", ["Kisqali and lisinopril", "Kisqali plus lisinopril: any problem?", "ok with lisinopril?"]
)
def test_a_medicine_that_is_no_partner_is_declined_without_a_partner_being_told(
    text: str, assistant: Assistant
) -> None:
    reply, _ = said(assistant, text, "combination", LISINOPRIL, memory=ON_KISQALI)
    assert (reply.kind, reply.topic) == ("decline", "interaction_food_drug_alcohol")
    assert "aromatase inhibitor" not in reply.text
    assert "I cannot say whether something goes together" in reply.text


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("is Kisqali given with tamoxifen?", [KISQALI, TAMOXIFEN]),
        ("which drugs go with Tukysa", [TUKYSA]),
        ("Tukysa plus Herceptin and Xeloda", [TUKYSA, HERCEPTIN, XELODA]),
        ("can Kisqali be used without hormone therapy", [KISQALI]),
        ("why do I get Tukysa and Herceptin", [TUKYSA, HERCEPTIN]),
    ],
)
def test_what_goes_with_a_drug_stays_an_answer(text: str, mentions: list[Mention], assistant: Assistant) -> None:
    reply, _ = said(assistant, text, "combination", *mentions)
    assert (reply.kind, reply.topic) == ("answer", "combination")


def test_what_helps_against_an_effect_stays_an_answer(assistant: Assistant) -> None:
    diarrhea = Mention("side_effect", "diarrhea", "the runs")
    nerlynx = Mention("drug", "neratinib", "Nerlynx")
    reply, _ = said(
        assistant, "can I use Imodium for the runs on Nerlynx", "management_of_side_effect", IMODIUM, diarrhea, nerlynx
    )
    assert reply.topic == "management_of_side_effect"


def test_what_somebody_had_before_is_not_taken_together(assistant: Assistant) -> None:
    before = Mention("other_medicine", "hormone-drugs", "tamoxifen", is_past=True)
    reply, _ = said(assistant, "can I have Kisqali, I was on tamoxifen", "indication", KISQALI, before)
    assert reply.topic != "interaction_food_drug_alcohol"


def test_a_supplement_is_known_by_its_name(assistant: Assistant) -> None:
    reply, _ = said(assistant, "kava and Kisqali ok?", "interaction_food_drug_alcohol", KAVA, KISQALI)
    assert "supplement, vitamin or herb" in reply.text


def test_leave_for_food_is_declined_where_an_effect_would_be_asked_for(assistant: Assistant) -> None:
    for text in ("should I drink juice with Kisqali", "may I have a flu shot before Kisqali"):
        reply, _ = said(assistant, text, "management_of_side_effect", KISQALI)
        assert (reply.kind, reply.topic) == ("decline", "interaction_food_drug_alcohol")


def test_a_yes_or_no_is_declined_and_not_asked_back(assistant: Assistant) -> None:
    text = "you said four were right, so I ask again whether that is still fine on Kisqali"
    heard = Understanding(
        None,
        mentions=(KISQALI,),
        alternatives=("dosage", "missed_dose"),
        chances=(0.5, 0.4),
        refers=references.read(text),
        aspects=aspects.heard(text),
    )
    assert assistant.reply(heard, Memory())[0].kind == "decline"
    for asked in (
        dataclasses.replace(heard, alternatives=("side_effects", "dosage")),
        dataclasses.replace(heard, chances=(0.2, 0.1)),
    ):
        assert assistant.reply(asked, Memory())[0].kind == "clarify"


def test_how_a_drug_is_taken_with_food_stays_an_answer(assistant: Assistant) -> None:
    reply, _ = said(assistant, "do I take Kisqali with a meal", "administration", KISQALI)
    assert (reply.kind, reply.topic) == ("answer", "administration")


def test_which_of_two_to_choose_begins_with_what_is_not_ours(assistant: Assistant) -> None:
    reply, _ = said(assistant, "if it was your mum, Kisqali or Ibrance", "comparison", KISQALI, IBRANCE)
    assert reply.text.startswith("I cannot say which drug is right for one person.")
    reply, _ = said(assistant, "Kisqali or just tamoxifen, tell me which", "combination", KISQALI, TAMOXIFEN)
    assert (reply.kind, reply.topic) == ("decline", "stop_or_change_treatment")


def test_an_alarm_is_never_steered(assistant: Assistant) -> None:
    heard = Understanding("side_effects", alarm="emergency", aspects=aspects.heard("report, results, breastfeed"))
    assert assistant.reply(heard, Memory())[0].kind == "emergency"


def test_sadness_is_never_steered(assistant: Assistant) -> None:
    reply, _ = said(assistant, "I read my scan results and cannot stop crying", "emotional_support")
    assert reply.topic == "emotional_support"


def test_when_to_call_leads_with_the_most_urgent(assistant: Assistant) -> None:
    reply, _ = said(assistant, "when should I call my doctor", "serious_side_effects", KISQALI)
    assert reply.text.startswith("Call 911")


def test_more_goes_on_with_the_same_part(assistant: Assistant) -> None:
    _, memory = said(assistant, "what do they have in common", "comparison", KISQALI, IBRANCE)
    assert memory.aspects == ("in_common",)
    again, _ = assistant.reply(Understanding(None, act="more"), memory)
    assert again.topic == "comparison"
    assert "Here are" not in again.text


def test_more_turns_the_pages_of_telephone_lines(assistant: Assistant) -> None:
    first, memory = said(assistant, "I want to talk to a person", "talk_to_human")
    second, memory = assistant.reply(Understanding(None, act="more"), memory)
    assert (second.kind, second.topic, memory.page) == ("handoff", "talk_to_human", 1)
    assert second.text != first.text


def test_which_of_them_is_about_the_drugs_spoken_of(assistant: Assistant) -> None:
    _, memory = said(
        assistant, "HER2 antibodies", "class_members", Mention("drug_class", "her2-antibody", "antibodies")
    )
    reply, _ = said(assistant, "which of them are shots", "class_members", memory=memory)
    assert reply.drugs == ("phesgo", "trastuzumab-hyaluronidase")


def test_the_drug_of_the_conversation_counts(assistant: Assistant) -> None:
    reply, _ = said(assistant, "is it chemo", "overview", CHEMO, memory=ON_KISQALI)
    assert reply.drugs == ("ribociclib",)
    assert reply.text.startswith("No. Ribociclib (Kisqali) is a targeted drug, not chemotherapy.")


@pytest.mark.parametrize("topic", ["side_effects", "indication", "out_of_scope_other_drug", None])
def test_whether_an_effect_passes_is_asked_of_the_effect_spoken_of(assistant: Assistant, topic: str | None) -> None:
    spoken = Memory(subjects=("trastuzumab", "heart-damage"), recent=("trastuzumab",), topic="side_effect_of_symptom")
    for text in ("does my heart repair itself", "is it for life", "will I ever be normal again"):
        reply, _ = said(assistant, text, topic, memory=spoken)
        assert (reply.topic, reply.drugs) == ("serious_side_effects", ("trastuzumab",)), text


def test_what_a_drug_contains_is_asked_of_the_drug_spoken_of(assistant: Assistant) -> None:
    spoken = Memory(subjects=("phesgo",), recent=("phesgo",), topic="administration")
    perjeta = Mention("drug", "pertuzumab", "Perjeta")
    reply, _ = said(assistant, "does it contain perjeta?", "overview", perjeta, memory=spoken)
    assert (reply.topic, reply.drugs) == ("overview", ("phesgo",))


def test_after_another_cancer_the_drug_of_ours_is_kept(assistant: Assistant) -> None:
    enhertu = Mention("drug", "fam-trastuzumab-deruxtecan", "Enhertu")
    lung = Mention("other_cancer", "other-cancers", "lung cancer")
    reply, kept = said(assistant, "does Enhertu work for lung cancer", "indication", enhertu, lung)
    assert reply.topic == "out_of_scope_other_cancer"
    assert kept.subjects == ("fam-trastuzumab-deruxtecan",)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("are there other drugs like Ibrance", "overview"),
        ("Besides Ibrance, which other ones exist?", "class_members"),
        ("which family does Ibrance belong to", "class_members"),
    ],
)
def test_a_drug_like_one_is_of_its_kind(text: str, topic: str, assistant: Assistant) -> None:
    reply, _ = said(assistant, text, topic, IBRANCE)
    assert (reply.topic, reply.subjects) == ("class_members", ("cdk46-inhibitor",))


def test_whether_another_drug_is_the_same_is_a_comparison(assistant: Assistant) -> None:
    reply, _ = said(assistant, "is Ibrance the same", "brand_generic_biosimilar", IBRANCE, memory=ON_KISQALI)
    assert (reply.topic, set(reply.drugs)) == ("comparison", {"ribociclib", "palbociclib"})


def test_two_drugs_beside_a_word_of_comparing_are_compared(assistant: Assistant) -> None:
    reply, _ = said(assistant, "Ibrance versus Kisqali side effects", "side_effects", IBRANCE, KISQALI)
    assert (reply.topic, set(reply.drugs)) == ("comparison", {"ribociclib", "palbociclib"})


def test_whether_the_doctor_will_stop_a_drug_is_declined(assistant: Assistant) -> None:
    reply, _ = said(assistant, "my muga scan was low. will the onc stop kisqali?", "monitoring", KISQALI)
    assert (reply.kind, reply.topic) == ("decline", "stop_or_change_treatment")
