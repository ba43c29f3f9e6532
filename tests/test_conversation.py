"""What a message asks, by what was heard and what the conversation was about."""

from __future__ import annotations

import dataclasses
import re

import pytest

from helpline import conversation, references
from helpline.answers import Composer
from helpline.assistant import Assistant
from helpline.knowledge import Knowledge
from helpline.question import DECLINED, Asked, Clarification, Memory, Mention, Question, Reference, Understanding
from helpline.reply import Reply

KISQALI = Mention("drug", "ribociclib", "Kisqali")
PIQRAY = Mention("drug", "alpelisib", "Piqray")
ENHERTU = Mention("drug", "fam-trastuzumab-deruxtecan", "Enhertu")
NERLYNX = Mention("drug", "neratinib", "Nerlynx")
PILL = Mention("term", "pill", "pills")
CDK = Mention("drug_class", "cdk46-inhibitor", "CDK4/6 inhibitors")
PARP = Mention("drug_class", "parp-inhibitor", "PARP inhibitors")
DIARRHEA = Mention("side_effect", "diarrhea", "diarrhea")
HER2 = Mention("term", "her2", "HER2")
TARGETED = Mention("drug_class", "targeted-therapy", "targeted therapy")
TRIPLE_NEGATIVE = Mention("term", "triple-negative", "triple negative")
CHEMO = Mention("term", "chemotherapy", "chemo")
BLOOD_COUNT = Mention("term", "complete-blood-count", "CBC")
HEART = Mention("side_effect", "heart-damage", "heart damage")
KADCYLA = Mention("drug", "ado-trastuzumab-emtansine", "Kadcyla")
BRCA = Mention("term", "brca", "BRCA")
HERCEPTIN = Mention("drug", "trastuzumab", "Herceptin")
TAMOXIFEN = Mention("other_medicine", "hormone-drugs", "tamoxifen")
FULVESTRANT = Mention("other_medicine", "fulvestrant", "Faslodex")
LUNG = Mention("other_cancer", "other-cancers", "lung cancer")

NOTHING = Memory()
ABOUT_KISQALI = Memory(
    subjects=("ribociclib",), recent=("ribociclib",), topic="side_effects", page=1, offered=("more",)
)


def heard(topic: str | None, *mentions: Mention, act: str | None = None, **more: object) -> Understanding:
    return Understanding(topic, act, mentions, **more)


# what it is -> (what was heard, what is remembered, what is asked)
QUESTIONS: dict[str, tuple[Understanding, Memory, Question]] = {
    "an alarm comes before everything": (
        heard("dosage", KISQALI, alarm="crisis"),
        ABOUT_KISQALI,
        Question("emergency_red_flag", ("ribociclib",), alarm="crisis"),
    ),
    "greeting": (heard(None, TAMOXIFEN, act="greet"), ABOUT_KISQALI, Question("small_talk", named="greet")),
    "no": (heard(None, act="deny"), ABOUT_KISQALI, Question("small_talk", named="deny")),
    "yes to nothing": (heard(None, act="affirm"), NOTHING, Question("small_talk", named="affirm")),
    "another medicine, not the remembered drug": (
        heard("side_effects", TAMOXIFEN),
        ABOUT_KISQALI,
        Question("out_of_scope_other_drug", named="tamoxifen"),
    ),
    "another medicine, not understood": (
        heard(None, TAMOXIFEN),
        NOTHING,
        Question("out_of_scope_other_drug", named="tamoxifen"),
    ),
    "another cancer, one of our drugs": (
        heard("side_effects", ENHERTU, LUNG),
        NOTHING,
        Question("out_of_scope_other_cancer", named="lung cancer"),
    ),
    "another medicine beside ours": (
        heard("combination", KISQALI, TAMOXIFEN),
        NOTHING,
        Question("combination", ("ribociclib",)),
    ),
    "another medicine beside the remembered drug": (
        heard("interaction_food_drug_alcohol", TAMOXIFEN),
        ABOUT_KISQALI,
        Question("interaction_food_drug_alcohol", ("ribociclib",)),
    ),
    "another medicine beside a kind of ours": (
        heard("interaction_food_drug_alcohol", TAMOXIFEN, CDK),
        NOTHING,
        Question("interaction_food_drug_alcohol", ("cdk46-inhibitor",)),
    ),
    "another medicine beside nothing": (
        heard("interaction_food_drug_alcohol", TAMOXIFEN),
        NOTHING,
        Question("out_of_scope_other_drug", named="tamoxifen"),
    ),
    "medicine that is a term: its definition": (
        heard("definition", FULVESTRANT),
        NOTHING,
        Question("definition", ("fulvestrant",)),
    ),
    "medicine that is a term: nothing more": (
        heard("side_effects", FULVESTRANT),
        NOTHING,
        Question("out_of_scope_other_drug", named="Faslodex"),
    ),
    "support for another cancer": (heard("emotional_support", LUNG), NOTHING, Question("emotional_support")),
    "a person, whatever the medicine": (heard("talk_to_human", TAMOXIFEN), ABOUT_KISQALI, Question("talk_to_human")),
    "the classifier says not ours, the name says ours": (
        heard("out_of_scope_other_drug", KISQALI),
        NOTHING,
        Question("overview", ("ribociclib",)),
    ),
    "not medical": (heard("out_of_scope_nonmedical"), ABOUT_KISQALI, Question("out_of_scope_nonmedical")),
    "another cancer after another medicine": (
        heard("side_effects", ENHERTU, TAMOXIFEN, LUNG),
        NOTHING,
        Question("out_of_scope_other_cancer", named="lung cancer"),
    ),
    "a plain question": (heard("side_effects", KISQALI), NOTHING, Question("side_effects", ("ribociclib",))),
    "the drug carries over": (heard("mechanism"), ABOUT_KISQALI, Question("mechanism", ("ribociclib",))),
    "a new drug replaces it": (heard("mechanism", PIQRAY), ABOUT_KISQALI, Question("mechanism", ("alpelisib",))),
    "a symptom of the remembered drug": (
        heard("side_effect_of_symptom", DIARRHEA),
        ABOUT_KISQALI,
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "a symptom of no drug": (
        heard("side_effect_of_symptom", DIARRHEA),
        NOTHING,
        Question("side_effect_of_symptom", ("diarrhea",)),
    ),
    "the kind that the topic needs comes first": (
        heard("management_of_side_effect", KISQALI, DIARRHEA),
        NOTHING,
        Question("management_of_side_effect", ("diarrhea", "ribociclib")),
    ),
    "a class is a subject": (heard("mechanism", CDK), ABOUT_KISQALI, Question("mechanism", ("cdk46-inhibitor",))),
    "topic that does not fit": (heard("class_members", KISQALI), NOTHING, Question("overview", ("ribociclib",))),
    "an id that nobody knows is not heard": (
        heard("definition", Mention("drug", "no-such-id", "x")),
        ABOUT_KISQALI,
        Question("definition", ("ribociclib",)),
    ),
    "audience and language": (
        heard("mechanism", KISQALI),
        Memory(audience="clinician", language="es"),
        Question("mechanism", ("ribociclib",), language="es", audience="clinician"),
    ),
    "what is HER2, after a drug": (heard("overview", HER2), ABOUT_KISQALI, Question("definition", ("her2",))),
    "what is diarrhea, after a drug": (
        heard("overview", DIARRHEA),
        ABOUT_KISQALI,
        Question("definition", ("diarrhea",)),
    ),
    "a class with a topic that only drugs have, after a drug": (
        heard("monitoring", PARP),
        ABOUT_KISQALI,
        Question("monitoring", ("olaparib", "talazoparib")),
    ),
    "the side effects of a medicine that we only define": (
        heard("side_effects", CHEMO),
        NOTHING,
        Question("out_of_scope_other_drug", named="chemo"),
    ),
    "what such a medicine is": (heard("definition", CHEMO), NOTHING, Question("definition", ("chemotherapy",))),
    "drug": (heard(None, KISQALI, act="inform_subject"), NOTHING, Question("overview", ("ribociclib",))),
    "drug, no intent": (heard(None, KISQALI), ABOUT_KISQALI, Question("overview", ("ribociclib",))),
    "term": (heard(None, HER2), NOTHING, Question("definition", ("her2",))),
    "side effect": (heard(None, DIARRHEA), NOTHING, Question("definition", ("diarrhea",))),
    "class": (heard(None, CDK), NOTHING, Question("overview", ("cdk46-inhibitor",))),
    "and Piqray?": (heard(None, PIQRAY, act="inform_subject"), ABOUT_KISQALI, Question("side_effects", ("alpelisib",))),
    "and HER2? which has no side effects": (
        heard(None, HER2, act="inform_subject"),
        ABOUT_KISQALI,
        Question("definition", ("her2",)),
    ),
    "the name that a topic waits for": (
        heard(None, KISQALI, act="inform_subject"),
        Memory(pending="administration"),
        Question("administration", ("ribociclib",)),
    ),
    "a name that the waiting topic cannot use": (
        heard(None, DIARRHEA, act="inform_subject"),
        Memory(pending="administration"),
        Question("definition", ("diarrhea",)),
    ),
    "the second drug of a comparison": (
        heard(None, PIQRAY, act="inform_subject"),
        Memory(subjects=("ribociclib",), pending="comparison"),
        Question("comparison", ("alpelisib", "ribociclib")),
    ),
    "two drugs": (heard("comparison", PIQRAY, KISQALI), NOTHING, Question("comparison", ("alpelisib", "ribociclib"))),
    "one drug and the remembered one": (
        heard("comparison", PIQRAY),
        ABOUT_KISQALI,
        Question("comparison", ("alpelisib", "ribociclib")),
    ),
    "three drugs": (
        heard("comparison", PIQRAY, ENHERTU, KISQALI),
        NOTHING,
        Question("comparison", ("alpelisib", "fam-trastuzumab-deruxtecan", "ribociclib")),
    ),
    "which act on HER2": (heard("drugs_with_side_effect", HER2), NOTHING, Question("drugs_for_subtype", ("her2",))),
    "which are PARP": (heard("drugs_for_subtype", PARP), NOTHING, Question("class_members", ("parp-inhibitor",))),
    "of a kind and for a type": (
        heard("drugs_for_subtype", PARP, HER2),
        NOTHING,
        Question("drugs_for_subtype", ("parp-inhibitor",)),
    ),
    "more": (heard(None, act="more"), ABOUT_KISQALI, Question("side_effects", ("ribociclib",), page=2)),
    "yes is more": (heard(None, act="affirm"), ABOUT_KISQALI, Question("side_effects", ("ribociclib",), page=2)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_question(name: str, knowledge: Knowledge) -> None:
    understood, memory, question = QUESTIONS[name]
    assert conversation.interpret(understood, memory, knowledge) == question


@pytest.mark.parametrize("topic", DECLINED)
@pytest.mark.parametrize(
    ("mentions", "memory", "subjects"),
    [
        ((), NOTHING, ()),
        ((), ABOUT_KISQALI, ("ribociclib",)),
        ((DIARRHEA,), NOTHING, ("diarrhea",)),
        ((PARP,), NOTHING, ("parp-inhibitor",)),
        ((PARP,), ABOUT_KISQALI, ("parp-inhibitor",)),
    ],
)
def test_what_is_declined_is_declined_whatever_is_named(
    topic: str, mentions: tuple[Mention, ...], memory: Memory, subjects: tuple[str, ...], knowledge: Knowledge
) -> None:
    assert conversation.interpret(heard(topic, *mentions), memory, knowledge) == Question(topic, subjects)


@pytest.mark.parametrize(
    ("mentions", "memory"), [((KISQALI, TAMOXIFEN), NOTHING), ((TAMOXIFEN,), ABOUT_KISQALI)], ids=["named", "in mind"]
)
def test_a_drug_that_is_not_covered_is_not_compared(
    mentions: tuple[Mention, ...], memory: Memory, knowledge: Knowledge, composer: Composer
) -> None:
    asked = conversation.interpret(heard("comparison", *mentions), memory, knowledge)
    assert asked == Question("out_of_scope_other_drug", ("ribociclib",), named="tamoxifen")
    told = composer.answer(asked)
    assert told.text.startswith(
        "I am sorry, tamoxifen is not in my information, so I cannot set it beside ribociclib (Kisqali)."
    )
    assert (told.kind, told.drugs) == ("out_of_scope", ())
    assert all("ribociclib" in b.payload for b in told.buttons)


CLARIFICATIONS: dict[str, tuple[Understanding, Memory, Clarification]] = {
    "the beginning of the name that was asked for": (
        heard(None, act="goodbye", begun=("palbociclib",)),
        Memory(pending="side_effects"),
        Question("side_effects", ("palbociclib",)),
    ),
    "a beginning of several": (
        heard("overview", begun=("trastuzumab", "trastuzumab-hyaluronidase")),
        Memory(pending="side_effects", topic="administration"),
        Clarification("ask_which_drug", pending="side_effects", choices=("trastuzumab", "trastuzumab-hyaluronidase")),
    ),
    "the beginning of a name of another kind": (
        heard(None, act="deny", begun=("diarrhea",)),
        Memory(pending="side_effects"),
        Question("small_talk", named="deny"),
    ),
    "the beginning of a name that nothing waits for": (
        heard(None, act="goodbye", begun=("palbociclib",)),
        NOTHING,
        Question("small_talk", named="goodbye"),
    ),
    "an alarm that begins as a name does": (
        heard(None, alarm="crisis", begun=("palbociclib",)),
        Memory(pending="side_effects"),
        Question("emergency_red_flag", alarm="crisis"),
    ),
    "an effect of a medicine that is not ours": (
        heard("side_effect_of_symptom", DIARRHEA, refers=Reference(it=True)),
        Memory(topic="out_of_scope_other_drug", recent=("ribociclib",)),
        Clarification(
            "ask_which_drug", pending="side_effect_of_symptom", subjects=("diarrhea",), choices=("ribociclib",)
        ),
    ),
    "the three spoken of": (
        heard("comparison", refers=Reference(three=True)),
        Memory(subjects=("ribociclib",), recent=("ribociclib", "abemaciclib", "palbociclib"), topic="side_effects"),
        Question("comparison", ("palbociclib", "abemaciclib", "ribociclib")),
    ),
    "which drugs need a test": (
        heard("biomarker_test", BRCA, aspects=("which_drugs",)),
        NOTHING,
        Question("drugs_for_subtype", ("brca",)),
    ),
    "once more": (
        heard(None, act="chitchat", refers=Reference(again=True)),
        dataclasses.replace(ABOUT_KISQALI, aspects=("how_long",)),
        Question("side_effects", ("ribociclib",), page=1, aspects=("how_long",)),
    ),
    "a complaint": (
        heard(None, act="chitchat", refers=Reference(complains=True)),
        ABOUT_KISQALI,
        Question("talk_to_human", named="complaint"),
    ),
    "two names that must not be taken for each other": (
        heard(
            None,
            HERCEPTIN,
            KADCYLA,
            alternatives=("brand_generic_biosimilar",),
            refers=references.read("I take Herceptin, my nurse wrote Kadcyla, is that ok?"),
        ),
        NOTHING,
        Question("comparison", ("trastuzumab", "ado-trastuzumab-emtansine")),
    ),
    "no drug": (heard("side_effects"), NOTHING, Clarification("ask_which_drug", pending="side_effects")),
    "no class": (heard("class_members"), NOTHING, Clarification("ask_which_class", pending="class_members")),
    "no subtype": (heard("drugs_for_subtype"), NOTHING, Clarification("ask_which_term", pending="drugs_for_subtype")),
    "comparison with one drug": (
        heard("comparison", KISQALI),
        NOTHING,
        Clarification("ask_which_two", pending="comparison", subjects=("ribociclib",)),
    ),
    "comparison of a drug with itself": (
        heard("comparison", KISQALI),
        ABOUT_KISQALI,
        Clarification("ask_which_two", pending="comparison", subjects=("ribociclib",)),
    ),
    "nothing understood": (
        heard(None, alternatives=("dosage", "missed_dose")),
        ABOUT_KISQALI,
        Clarification("ask_what", topics=("dosage", "missed_dose"), subjects=("ribociclib",)),
    ),
    "an emergency to the classifier alone": (heard("emergency_red_flag"), NOTHING, Clarification("ask_urgent")),
    "a name that is none": (heard(None, act="inform_subject"), NOTHING, Clarification("ask_what")),
    "more of nothing": (heard(None, act="more"), NOTHING, Clarification("ask_what")),
}


@pytest.mark.parametrize("name", CLARIFICATIONS)
def test_clarification(name: str, knowledge: Knowledge) -> None:
    understood, memory, clarification = CLARIFICATIONS[name]
    assert conversation.interpret(understood, memory, knowledge) == clarification


# --- what short words point back to, and what "yes", "no" and the like mean

TWO = Memory(
    subjects=("ribociclib", "alpelisib"),
    recent=("alpelisib", "ribociclib"),
    listing=("ribociclib", "alpelisib"),
    topic="comparison",
)
FIRST_THEN_SECOND = Memory(subjects=("alpelisib",), recent=("alpelisib", "ribociclib"), topic="mechanism")
PARP_LIST = Memory(subjects=("parp-inhibitor",), listing=("olaparib", "talazoparib"), topic="class_members")
PAIR = Memory(subjects=("ribociclib", "diarrhea"), recent=("ribociclib",), topic="side_effect_of_symptom")
ALARMED = Memory(subjects=("ribociclib", "diarrhea"), recent=("ribociclib",), alarm="emergency", withheld="dosage")
CHOICE = Memory(subjects=("ribociclib",), offered=("mechanism", "side_effects"), unclear=1)
STALE = Memory(subjects=("ribociclib",), recent=("ribociclib", "olaparib"), pending="dosage", offered=("confirm",))
NOT_OURS = Memory(recent=("ribociclib",), topic="out_of_scope_other_drug")


def said(text: str, topic: str | None = None, *mentions: Mention, **more: object) -> Understanding:
    return heard(topic, *mentions, refers=references.read(text), **more)


HAD_HERCEPTIN = dataclasses.replace(HERCEPTIN, is_past=True)
IBUPROFEN = Mention("other_medicine", "pain-medicines", "ibuprofen")
LOPERAMIDE = Mention("other_medicine", "supportive-medicines", "loperamide")
LEUKEMIA = Mention("other_cancer", "leukemia", "leukemia")
WITH_DIARRHEA = Memory(subjects=("neratinib", "diarrhea"), recent=("neratinib",), topic="side_effect_of_symptom")
AFTER_OURS = Memory(recent=("ribociclib",), listing=("ribociclib",), pending="dosage", topic="out_of_scope_other_drug")
KINDS = Memory(subjects=("cdk46-inhibitor",), listing=("abemaciclib", "palbociclib", "ribociclib"), topic="overview")

ASKED_WHAT = Memory(subjects=("ribociclib",), recent=("ribociclib",), offered=("mechanism", "side_effects"))

FOLLOW_UPS: dict[str, tuple[Understanding, Memory, Question]] = {
    "simpler, after a question that was asked back": (
        said("too many long words", act="simplify"),
        ASKED_WHAT,
        Question(
            "mechanism",
            ("ribociclib",),
            is_brief=True,
            is_guess=True,
            then=(Question("side_effects", ("ribociclib",)),),
        ),
    ),
    "not asked back twice about a drug that is known: the likeliest, and the next beside it": (
        said("I mean the bit before lunch", alternatives=("administration", "side_effects"), chances=(0.25, 0.2)),
        ASKED_WHAT,
        Question(
            "administration",
            ("ribociclib",),
            is_guess=True,
            then=(Question("side_effects", ("ribociclib",)),),
        ),
    ),
    "what was asked last makes a topic likelier": (
        said(
            "from which week on does one do that",
            alternatives=("duration_schedule", "monitoring"),
            chances=(0.4, 0.38),
        ),
        dataclasses.replace(ABOUT_KISQALI, topic="monitoring"),
        Question("monitoring", ("ribociclib",)),
    ),
    "a part of the body in a message that was not understood": (
        said(
            "eyes? a woman in the queue said so",
            alternatives=("class_members", "side_effect_of_symptom"),
            chances=(0.48, 0.17),
        ),
        dataclasses.replace(ABOUT_KISQALI, topic="overview"),
        Question("side_effect_of_symptom", ("ribociclib", "eye-problems")),
    ),
    "a part of the body that was taken for talk": (
        said("mouth", act="chitchat"),
        ABOUT_KISQALI,
        Question("side_effect_of_symptom", ("ribociclib", "mouth-sores")),
    ),
    "leukemia in a few words, after an effect": (
        said("and leukemia?", "out_of_scope_other_cancer", LEUKEMIA),
        dataclasses.replace(ABOUT_KISQALI, topic="side_effect_of_symptom"),
        Question("serious_side_effects", ("ribociclib", "mds-aml")),
    ),
    "the question in a story that is not sure of itself": (
        said(
            "hello all. my aunt is on Kisqali. does it get given at home",
            None,
            KISQALI,
            alternatives=("indication", "administration"),
            chances=(0.3, 0.25),
            part=Asked("administration", (KISQALI,), 0.6),
        ),
        NOTHING,
        Question("administration", ("ribociclib",)),
    ),
    "the same of another drug": (
        said("does the same go for Piqray", "indication", PIQRAY),
        dataclasses.replace(ABOUT_KISQALI, topic="monitoring"),
        Question("monitoring", ("alpelisib",)),
    ),
    "the drug of now, not the one before it": (
        said("I had Herceptin, now Enhertu, does it work", "efficacy_survival", HAD_HERCEPTIN, ENHERTU),
        NOTHING,
        Question("efficacy_survival", ("fam-trastuzumab-deruxtecan",)),
    ),
    "the drug that we talk about, not one before it": (
        said("she had Herceptin in spring, is this one given the same way", "administration", HAD_HERCEPTIN),
        ABOUT_KISQALI,
        Question("administration", ("ribociclib",)),
    ),
    "a drug of the past, where there is no other": (
        said("I had Herceptin, what does it do", "mechanism", HAD_HERCEPTIN),
        NOTHING,
        Question("mechanism", ("trastuzumab",)),
    ),
    "a drug of the past is compared too": (
        said("I had Herceptin, is Enhertu any different", "comparison", HAD_HERCEPTIN, ENHERTU, aspects=("compares",)),
        NOTHING,
        Question("comparison", ("trastuzumab", "fam-trastuzumab-deruxtecan")),
    ),
    "the question in a long story": (
        said(
            "long story. I take Kisqali. how is it given",
            "indication",
            KISQALI,
            alternatives=("indication",),
            chances=(0.55,),
            part=Asked("administration", (KISQALI,), 0.97),
        ),
        NOTHING,
        Question("administration", ("ribociclib",)),
    ),
    "no question in a story is as sure as the story": (
        said(
            "long story. is it",
            "indication",
            KISQALI,
            alternatives=("indication",),
            chances=(0.95,),
            part=Asked("administration", (KISQALI,), 0.97),
        ),
        NOTHING,
        Question("indication", ("ribociclib",)),
    ),
    "the cost of the drug that we talk about": (
        said("what's the price", "cost_access"),
        ABOUT_KISQALI,
        Question("cost_access", ("ribociclib",)),
    ),
    "another medicine beside the drug that we talk about": (
        said("can I still take ibuprofen", "out_of_scope_other_drug", IBUPROFEN),
        ABOUT_KISQALI,
        Question("interaction_food_drug_alcohol", ("ribociclib",)),
    ),
    "another medicine by its name alone": (
        said("ibuprofen?", "out_of_scope_other_drug", IBUPROFEN),
        ABOUT_KISQALI,
        Question("interaction_food_drug_alcohol", ("ribociclib",)),
    ),
    "a medicine for cancer by its name alone": (
        said("tamoxifen?", "out_of_scope_other_drug", TAMOXIFEN),
        ABOUT_KISQALI,
        Question("out_of_scope_other_drug", named="tamoxifen"),
    ),
    "what another medicine is": (
        said("what is tamoxifen then", "out_of_scope_other_drug", TAMOXIFEN),
        ABOUT_KISQALI,
        Question("out_of_scope_other_drug", named="tamoxifen"),
    ),
    "a medicine that may help with the effect that we talk about": (
        said("does loperamide help", "out_of_scope_other_drug", LOPERAMIDE),
        WITH_DIARRHEA,
        Question("management_of_side_effect", ("diarrhea", "neratinib")),
    ),
    "a cancer that the drug may bring about": (
        said("I read it can lead to leukemia", "out_of_scope_other_cancer", LEUKEMIA),
        ABOUT_KISQALI,
        Question("serious_side_effects", ("ribociclib", "mds-aml")),
    ),
    "a drug, after what helps with an effect of another": (
        said("Kisqali?", None, KISQALI, act="inform_subject"),
        Memory(subjects=("diarrhea", "neratinib"), recent=("neratinib",), topic="management_of_side_effect"),
        Question("management_of_side_effect", ("diarrhea", "ribociclib")),
    ),
    "a drug, after a list of those with an effect": (
        said("Kisqali?", None, KISQALI, act="inform_subject"),
        Memory(subjects=("diarrhea",), topic="drugs_with_side_effect"),
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "a part of the body, and no more": (
        said("liver?", None, alternatives=("indication",)),
        Memory(subjects=("lapatinib",), recent=("lapatinib",), topic="missed_dose"),
        Question("side_effect_of_symptom", ("lapatinib", "liver-problems")),
    ),
    "a side effect, and no more, whatever was told before": (
        said("diarrhea?", None, DIARRHEA),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="interaction_food_drug_alcohol"),
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "which of two is worse": (
        said("which of them is rougher on the gut", "drugs_with_side_effect", DIARRHEA),
        TWO,
        Question("side_effect_of_symptom", ("ribociclib", "alpelisib", "diarrhea")),
    ),
    "the worse one of the two last drugs": (
        said("the worse one", None, alternatives=("serious_side_effects",)),
        FIRST_THEN_SECOND,
        Question("comparison", ("ribociclib", "alpelisib")),
    ),
    "the same of another drug, in two words": (
        said("Piqray same?", "brand_generic_biosimilar", PIQRAY),
        PAIR,
        Question("side_effect_of_symptom", ("alpelisib", "diarrhea")),
    ),
    "another name of the same drug": (
        said("Ribociclib same?", "comparison", KISQALI),
        ABOUT_KISQALI,
        Question("brand_generic_biosimilar", ("ribociclib",)),
    ),
    "which of a kind": (
        said("which one is better", "comparison"),
        KINDS,
        Question("comparison", ("abemaciclib", "palbociclib", "ribociclib")),
    ),
    "the second of a kind": (
        said("how is the second one taken", "administration"),
        KINDS,
        Question("administration", ("palbociclib",)),
    ),
    "asked which, and going on to ask": (
        said("is it a pill", "administration"),
        AFTER_OURS,
        Question("administration", ("ribociclib",)),
    ),
    "the first drug, after a list of effects to choose from": (
        said("back to the first one, how does it work", "mechanism"),
        dataclasses.replace(FIRST_THEN_SECOND, listing=("diarrhea", "rash")),
        Question("mechanism", ("ribociclib",)),
    ),
    "others of the kind of the drug that we talk about": (
        said("is there a similar one", "class_members"),
        ABOUT_KISQALI,
        Question("class_members", ("cdk46-inhibitor",)),
    ),
    "two kinds of medicine compared": (
        said("targeted therapy or chemo, what is the difference", "comparison", TARGETED, CHEMO),
        ABOUT_KISQALI,
        Question("comparison", ("targeted-therapy", "chemotherapy")),
    ),
    "a kind of medicine compared with the one spoken of": (
        said("how is that different from chemo", "comparison", CHEMO),
        Memory(subjects=("targeted-therapy",), topic="definition"),
        Question("comparison", ("chemotherapy", "targeted-therapy")),
    ),
    "two topics that say nearly the same of a drug and an effect": (
        said(
            "is it serious with diarrhea on it",
            None,
            DIARRHEA,
            alternatives=("side_effect_of_symptom", "serious_side_effects"),
            chances=(0.45, 0.43),
        ),
        ABOUT_KISQALI,
        Question("serious_side_effects", ("ribociclib", "diarrhea")),
    ),
    "not ours by a guess, and only a way of giving is named": (
        said("is Zenoza a pill", "out_of_scope_other_drug", PILL),
        NOTHING,
        Question("out_of_scope_other_drug", ("pill",)),
    ),
    "which one, of the test just told of": (
        said("which one", None),
        Memory(subjects=("capivasertib",), recent=("capivasertib",), topic="biomarker_test"),
        Question("biomarker_test", ("capivasertib",)),
    ),
    "which one was for a kind of cancer": (
        said("sorry, which one was for triple negative", None, TRIPLE_NEGATIVE, act="inform_subject"),
        ABOUT_KISQALI,
        Question("drugs_for_subtype", ("triple-negative",)),
    ),
    "more about one of two": (
        said("tell me more about the second", act="more"),
        TWO,
        Question("overview", ("alpelisib",)),
    ),
    "why, of an effect told alone": (
        said("why does it do that", act="explain_why"),
        Memory(subjects=("diarrhea",), recent=("ribociclib",), topic="side_effect_of_symptom"),
        Question("mechanism", ("ribociclib",), asks_why=True),
    ),
    "a kind of cancer by its bare name, after how a drug is given": (
        said("triple negative", None, TRIPLE_NEGATIVE, act="inform_subject"),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="administration"),
        Question("definition", ("triple-negative",)),
    ),
    "and for a kind of cancer, after how a drug is given": (
        said("and for triple negative?", None, TRIPLE_NEGATIVE, act="inform_subject"),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="administration"),
        Question("indication", ("ribociclib", "triple-negative")),
    ),
    "nothing to take back": (
        said("how would I know", None, act="retract_alarm", alternatives=("serious_side_effects",), chances=(0.6,)),
        ABOUT_KISQALI,
        Question("serious_side_effects", ("ribociclib",)),
    ),
    "a drug and an effect, and no more": (
        said("Kisqali diarrhea", None, KISQALI, DIARRHEA),
        NOTHING,
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "a class and an effect, and no more": (
        said("PARP inhibitors diarrhea", "overview", PARP, DIARRHEA),
        NOTHING,
        Question("drugs_with_side_effect", ("diarrhea", "parp-inhibitor")),
    ),
    "a story of a grave effect, taken for a question about tests": (
        said(
            "nine of Herceptin, the scan fell and they wrote heart damage, all on hold", "monitoring", HERCEPTIN, HEART
        ),
        NOTHING,
        Question("serious_side_effects", ("trastuzumab", "heart-damage")),
    ),
    "a story of a common effect, of the drug that we talk about": (
        said("today the diarrhea is all over the place again", None, DIARRHEA),
        ABOUT_KISQALI,
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "an effect, whatever was told before": (
        said("and diarrhea?", None, DIARRHEA, act="inform_subject"),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="mechanism"),
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "a part of the body": (
        said("does it harm the heart", "side_effect_of_symptom"),
        ABOUT_KISQALI,
        Question("side_effect_of_symptom", ("ribociclib", "heart-damage")),
    ),
    "how often a check is done": (
        said("how often CBC", "duration_schedule", BLOOD_COUNT),
        ABOUT_KISQALI,
        Question("monitoring", ("ribociclib", "complete-blood-count")),
    ),
    "unlikely alone, likely among what is ours": (
        said("what to eat", None, alternatives=("management_of_side_effect",), chances=(0.4,), outside=0.5),
        Memory(subjects=("ribociclib", "diarrhea"), recent=("ribociclib",), topic="side_effect_of_symptom"),
        Question("management_of_side_effect", ("diarrhea", "ribociclib")),
    ),
    "the other two of a kind": (
        said("what about the other two in that group", act="inform_subject"),
        Memory(subjects=("abemaciclib", "diarrhea"), recent=("abemaciclib",), topic="side_effect_of_symptom"),
        Question("side_effect_of_symptom", ("palbociclib", "ribociclib", "diarrhea")),
    ),
    "a correction in mid-sentence": (
        said("oh wait I mixed them up, its Enhertu I am getting", None, ENHERTU),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="administration"),
        Question("administration", ("fam-trastuzumab-deruxtecan",)),
    ),
    "another medicine after an interaction": (
        said("and tamoxifen?", "out_of_scope_other_drug", TAMOXIFEN),
        Memory(subjects=("ribociclib",), recent=("ribociclib",), topic="interaction_food_drug_alcohol"),
        Question("interaction_food_drug_alcohol", ("ribociclib",)),
    ),
    "help was called": (
        said("they are seeing me in an hour", act="chitchat"),
        Memory(subjects=("ribociclib", "fever"), recent=("ribociclib",), alarm="emergency"),
        Question("small_talk", named="called"),
    ),
    "the second one": (said("the second one", "mechanism"), TWO, Question("mechanism", ("alpelisib",))),
    "the first of two that were named in turn": (
        said("the first one", "side_effects"),
        FIRST_THEN_SECOND,
        Question("side_effects", ("ribociclib",)),
    ),
    "the last one of a list, with no topic": (said("the last one"), PARP_LIST, Question("overview", ("talazoparib",))),
    "one of the drugs with a side effect": (
        said("I am on the first one and it is bad"),
        Memory(subjects=("diarrhea",), listing=("neratinib", "tucatinib"), topic="drugs_with_side_effect"),
        Question("side_effect_of_symptom", ("neratinib", "diarrhea")),
    ),
    "both": (said("both please", "administration"), FIRST_THEN_SECOND, Question("administration", TWO.subjects)),
    "both, with no topic": (said("both", act="deny"), TWO, Question("comparison", TWO.subjects)),
    "the other one": (said("and the other one?"), FIRST_THEN_SECOND, Question("mechanism", ("ribociclib",))),
    "they, after a list": (
        said("can they cause diarrhea", "drugs_with_side_effect", DIARRHEA),
        PARP_LIST,
        Question("side_effect_of_symptom", ("diarrhea", "olaparib", "talazoparib")),
    ),
    "a list without a word for it": (
        said("is a test needed first", "biomarker_test"),
        PARP_LIST,
        Question("biomarker_test", ("olaparib", "talazoparib")),
    ),
    "the infusion of two": (
        said("how long does the infusion take", "duration_schedule"),
        Memory(subjects=("trastuzumab", "neratinib"), recent=("neratinib", "trastuzumab"), topic="comparison"),
        Question("duration_schedule", ("trastuzumab",)),
    ),
    "which of those": (
        said("which of those are pills", "drugs_for_subtype", PILL),
        PARP_LIST,
        Question("class_members", ("pill",), among=("olaparib", "talazoparib")),
    ),
    "which cause it badly": (
        said("which drugs cause severe diarrhea", "drugs_with_side_effect", DIARRHEA),
        NOTHING,
        Question("drugs_with_side_effect", ("diarrhea",), is_grave=True),
    ),
    "a name goes before what is pointed to": (
        said("the second one, Enhertu", "mechanism", ENHERTU),
        TWO,
        Question("mechanism", ("fam-trastuzumab-deruxtecan",)),
    ),
    "compare them": (said("compare them", "comparison"), FIRST_THEN_SECOND, Question("comparison", TWO.subjects)),
    "is that serious": (
        said("is that serious", "serious_side_effects"),
        PAIR,
        Question("serious_side_effects", ("ribociclib", "diarrhea")),
    ),
    "all the serious ones": (
        said("what are the serious side effects", "serious_side_effects"),
        PAIR,
        Question("serious_side_effects", ("ribociclib",)),
    ),
    "what helps with that": (
        said("what helps with that", "management_of_side_effect"),
        PAIR,
        Question("management_of_side_effect", ("diarrhea", "ribociclib")),
    ),
    "and hair loss?": (
        said("and diarrhea?", None, DIARRHEA, act="inform_subject"),
        ABOUT_KISQALI,
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "the same effect of another drug": (
        said("and Piqray?", None, PIQRAY, act="inform_subject"),
        PAIR,
        Question("side_effect_of_symptom", ("alpelisib", "diarrhea")),
    ),
    "a word in between does not lose the drug": (
        said("how is it given", "administration"),
        Memory(subjects=("her2",), recent=("ribociclib",), topic="definition"),
        Question("administration", ("ribociclib",)),
    ),
    "a correction": (
        said("no, I meant Piqray", None, PIQRAY, act="deny"),
        ABOUT_KISQALI,
        Question("side_effects", ("alpelisib",)),
    ),
    "simpler": (
        said("simpler please", act="simplify"),
        dataclasses.replace(ABOUT_KISQALI, audience="clinician"),
        Question("side_effects", ("ribociclib",), is_brief=True),
    ),
    "why": (said("why", act="explain_why"), ABOUT_KISQALI, Question("mechanism", ("ribociclib",), asks_why=True)),
    "why we do not say": (
        said("why", act="explain_why"),
        Memory(subjects=("ribociclib",), topic="dosage"),
        Question("dosage", ("ribociclib",)),
    ),
    "why of a side effect": (
        said("why", act="explain_why"),
        Memory(subjects=("diarrhea",), topic="management_of_side_effect"),
        Question("definition", ("diarrhea",), asks_why=True),
    ),
    "where is that from": (
        said("where is that from", act="name_sources"),
        ABOUT_KISQALI,
        Question("side_effects", ("ribociclib",), page=1, asks_sources=True),
    ),
    "where is nothing from": (
        said("where is that from", act="name_sources"),
        NOTHING,
        Question("small_talk", named="no_answer_yet"),
    ),
    "only asking": (
        said("no, just asking", act="retract_alarm"),
        ALARMED,
        Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ),
    "only asking, of no sign": (
        said("no", act="deny"),
        dataclasses.replace(ALARMED, subjects=("ribociclib",)),
        Question("dosage", ("ribociclib",)),
    ),
    "after a crisis there is no going back to facts": (
        said("no", act="deny"),
        dataclasses.replace(ALARMED, alarm="crisis"),
        Question("emotional_support"),
    ),
    "a new sign after an alarm": (
        said("no wait", act="deny", alarm="emergency"),
        ALARMED,
        Question("emergency_red_flag", alarm="emergency"),
    ),
    "yes, still that drug": (
        said("yes", act="affirm", is_late=True),
        STALE,
        Question("dosage", ("ribociclib",)),
    ),
    "yes to the only topic offered": (
        said("yes", act="affirm"),
        Memory(subjects=("ribociclib",), offered=("mechanism",)),
        Question("mechanism", ("ribociclib",)),
    ),
    "the second of the topics offered": (said("the second one"), CHOICE, Question("side_effects", ("ribociclib",))),
    "two questions": (
        heard("mechanism", asked=(Asked("mechanism", (KISQALI,)), Asked("dosage"))),
        NOTHING,
        Question("mechanism", ("ribociclib",), then=(Question("dosage", ("ribociclib",)),)),
    ),
    "the same question twice": (
        heard("mechanism", asked=(Asked("mechanism", (KISQALI,)), Asked("mechanism", (KISQALI,)))),
        NOTHING,
        Question("mechanism", ("ribociclib",)),
    ),
    "four drugs": (
        heard("administration", KISQALI, PIQRAY, ENHERTU, NERLYNX),
        NOTHING,
        Question(
            "administration",
            ("ribociclib", "alpelisib", "fam-trastuzumab-deruxtecan"),
            then=(Question("administration", ("neratinib",)),),
        ),
    ),
    "a late message that names its drug": (
        said("side effects of Kisqali", "side_effects", KISQALI, is_late=True),
        ABOUT_KISQALI,
        Question("side_effects", ("ribociclib",)),
    ),
    "a class outlives no older drug": (
        said("what are the side effects", "side_effects"),
        Memory(subjects=("cdk46-inhibitor",), recent=("alpelisib",), topic="overview"),
        Question("side_effects", ("cdk46-inhibitor",)),
    ),
}


@pytest.mark.parametrize("name", FOLLOW_UPS)
def test_follow_up(name: str, knowledge: Knowledge) -> None:
    understood, memory, question = FOLLOW_UPS[name]
    assert conversation.interpret(understood, memory, knowledge) == question


ASKED_BACK: dict[str, tuple[Understanding, Memory, Clarification]] = {
    "simpler, after it was asked which drug": (
        said("easier please", act="simplify"),
        Memory(pending="administration"),
        Clarification("ask_which_drug", pending="administration"),
    ),
    "asked back twice where no topic is likely": (
        said("well you know", alternatives=("administration",), chances=(0.05,)),
        ASKED_WHAT,
        Clarification("ask_what", topics=("administration",), subjects=("ribociclib",)),
    ),
    "the one by drip, and we talk about a tablet": (
        said("the one you have by drip, how bad is it", "serious_side_effects"),
        ABOUT_KISQALI,
        Clarification("ask_which_drug", pending="serious_side_effects"),
    ),
    "a drug that nobody knows, and not the one that we talk about": (
        said("how is Varlitumab given", "administration"),
        ABOUT_KISQALI,
        Clarification("ask_known_drug", pending="administration"),
    ),
    "the pill of two pills": (
        said("how often is the pill taken", "duration_schedule"),
        dataclasses.replace(TWO, subjects=()),
        Clarification("ask_which_drug", pending="duration_schedule", choices=("alpelisib", "ribociclib")),
    ),
    "a spelling that fits two": (
        said("what is ribaciclib", "overview", Mention("drug", "ribociclib abemaciclib", "ribaciclib")),
        NOTHING,
        Clarification("ask_which_drug", pending="overview", choices=("ribociclib", "abemaciclib")),
    ),
    "a drug of long ago": (
        said("how is it given", "administration", is_late=True),
        ABOUT_KISQALI,
        Clarification("confirm_subject", pending="administration", subjects=("ribociclib",), confirms=True),
    ),
    "no, not that drug any more": (
        said("no", act="deny"),
        STALE,
        Clarification("ask_which_drug", pending="dosage", choices=("olaparib",)),
    ),
    "yes to one of several topics": (
        said("yes", act="affirm"),
        CHOICE,
        Clarification("ask_which_of_these", topics=("mechanism", "side_effects"), subjects=("ribociclib",)),
    ),
    "no to all topics": (said("no", act="deny"), CHOICE, Clarification("ask_what")),
    "its side effects, after another medicine": (
        said("and its side effects", "side_effects"),
        NOT_OURS,
        Clarification("ask_which_drug", pending="side_effects", choices=("ribociclib",)),
    ),
    "a drug and a story that was not understood": (
        said("my sister has been on Kisqali and so on and so forth", None, KISQALI, alternatives=("dosage",)),
        NOTHING,
        Clarification("ask_what_about", topics=("dosage",), subjects=("ribociclib",)),
    ),
    "a sign and a story that was not understood, within a conversation": (
        said("and if there is diarrhea on it one of these days", None, DIARRHEA, alternatives=("monitoring",)),
        ABOUT_KISQALI,
        Clarification("ask_what_about", topics=("monitoring",), subjects=("ribociclib", "diarrhea")),
    ),
    "outside by a guess, within a conversation": (
        said("does it mend by itself", "out_of_scope_other_drug", alternatives=("side_effects",)),
        ABOUT_KISQALI,
        Clarification("ask_what_about", topics=("side_effects",), subjects=("ribociclib",)),
    ),
    "only asking, and nothing is known of it": (
        said("just asking", act="chitchat"),
        Memory(alarm="emergency"),
        Clarification("ask_what"),
    ),
}


@pytest.mark.parametrize("name", ASKED_BACK)
def test_asked_back(name: str, knowledge: Knowledge) -> None:
    understood, memory, clarification = ASKED_BACK[name]
    assert conversation.interpret(understood, memory, knowledge) == clarification


def test_the_effects_offered_are_those_that_something_is_known_to_help_with(knowledge: Knowledge) -> None:
    asked = conversation.interpret(said("what helps", "management_of_side_effect"), ABOUT_KISQALI, knowledge)
    assert isinstance(asked, Clarification)
    assert (asked.ask, asked.subjects) == ("ask_which_side_effect", ("ribociclib",))
    assert asked.choices
    assert all(knowledge.subjects[i].fields["management_of_side_effect"] for i in asked.choices)


def test_kinds_of_medicine_exist(knowledge: Knowledge) -> None:
    assert {knowledge.subjects[i].kind for i in conversation.MEDICINES} == {"term"}


# --- a conversation through the core: what one turn leaves for the next


def talk(assistant: Assistant, *turns: Understanding) -> list[Reply]:
    replies, memory = [], Memory()
    for turn in turns:
        reply, memory = assistant.reply(turn, memory)
        replies.append(reply)
    return replies


def test_after_an_alarm_the_conversation_goes_on_with_when_to_call_first(assistant: Assistant) -> None:
    alarm = said("I can't breathe on it", "emergency_red_flag", alarm="emergency", alternatives=("mechanism",))
    first, emergency, calm, after = talk(
        assistant,
        said("how does Kisqali work", "mechanism", KISQALI),
        alarm,
        said("no, I was only asking", act="retract_alarm"),
        said("is it a pill", "administration"),
    )
    now = assistant.phrases.say("after_alarm")
    assert emergency.kind == "emergency"
    assert calm.text == f"{now}\n\n{first.text}"
    assert (after.kind, after.drugs, now in after.text) == ("answer", ("ribociclib",), False)


def test_a_country_told_once_holds_for_every_later_alarm(assistant: Assistant) -> None:
    told, alarm = heard("overview", KISQALI, is_abroad=True), heard(None, alarm="crisis")
    texts = [r.text for r in talk(assistant, told, alarm, heard(None, alarm="emergency", is_abroad=False), alarm)]
    assert not re.search(r"988|911", texts[1])
    assert "911" in texts[2]
    assert "988" in texts[3]


def test_a_drug_of_the_past_that_was_compared_is_not_gone_on_with(assistant: Assistant) -> None:
    compared, after = talk(
        assistant,
        said("I had Herceptin, is Enhertu the same sort", "comparison", HAD_HERCEPTIN, ENHERTU),
        said("how is it given", "administration"),
    )
    assert set(compared.drugs) == {"trastuzumab", "fam-trastuzumab-deruxtecan"}
    assert after.drugs == ("fam-trastuzumab-deruxtecan",)


def test_the_drugs_of_a_kind_can_be_counted(assistant: Assistant) -> None:
    _, best, second = talk(
        assistant,
        said("what are CDK4/6 inhibitors", "overview", CDK),
        said("which one is better", "comparison"),
        said("how is the second one taken", "administration"),
    )
    assert best.drugs == ("abemaciclib", "palbociclib", "ribociclib")
    assert second.drugs == ("palbociclib",)


def test_small_talk_loses_nothing_but_what_yes_would_mean(assistant: Assistant) -> None:
    replies = talk(
        assistant,
        said("side effects of Kisqali", "side_effects", KISQALI),
        said("thanks", act="thank"),
        said("yes", act="affirm"),
        said("more", act="more"),
        said("who is it for", "indication"),
    )
    assert [r.kind for r in replies] == ["answer", "chitchat", "chitchat", "answer", "answer"]
    assert (replies[3].topic, replies[4].drugs) == ("side_effects", ("ribociclib",))


def test_a_confirmed_drug_is_answered_about(assistant: Assistant) -> None:
    asked, answered = talk(
        assistant,
        said("how does Kisqali work", "mechanism", KISQALI),
        said("is it a pill", "administration", is_late=True),
        said("/affirm", act="affirm"),
    )[1:]
    assert (asked.kind, [b.payload for b in asked.buttons]) == ("clarify", ["/affirm", "/deny"])
    assert (answered.topic, answered.drugs) == ("administration", ("ribociclib",))


def test_a_second_question_is_offered_as_the_first_button(assistant: Assistant) -> None:
    both = heard("mechanism", KISQALI, asked=(Asked("mechanism", (KISQALI,)), Asked("side_effects")))
    (reply,) = talk(assistant, both)
    assert reply.topic == "mechanism"
    assert reply.buttons[0].payload == '/ask_side_effects{"drug": "ribociclib"}'
    assert reply.buttons[0].title in reply.text
    assert len({b.payload for b in reply.buttons}) == len(reply.buttons)


def test_a_second_question_of_another_drug_names_it(assistant: Assistant) -> None:
    both = heard("mechanism", KISQALI, asked=(Asked("mechanism", (KISQALI,)), Asked("side_effects", (PIQRAY,))))
    (reply,) = talk(assistant, both)
    assert reply.drugs == ("ribociclib",)
    assert "Piqray" in reply.buttons[0].title


def test_is_that_serious_is_not_answered_with_yes_where_it_is_not_listed_so(assistant: Assistant) -> None:
    common = next(
        (d.id, e.id)
        for e in assistant.knowledge.of_kind("side_effect")
        for d, listing in assistant.knowledge.drugs_causing(e.id)
        if listing == "common"
    )
    reply, _ = assistant.reply(said("is it serious", "serious_side_effects"), Memory(subjects=common))
    assert not reply.text.startswith("Yes")


def test_the_audience_that_is_told_changes_the_closing_and_no_fact(assistant: Assistant) -> None:
    question = said("how does Kisqali work", "mechanism", KISQALI)
    told = dataclasses.replace(question, audience="caregiver")
    (plain,), (caring, after) = (
        talk(assistant, question),
        talk(assistant, told, said("and who is it for", "indication")),
    )
    assert plain.text.split("\n\n")[0] == caring.text.split("\n\n")[0]
    assert ["their doctor" in reply.text for reply in (plain, caring, after)] == [False, True, True]
    assert plain.sources == caring.sources


def test_a_misspelling_of_two_offers_both(assistant: Assistant) -> None:
    unsure = said("side effects of x", "side_effects", Mention("drug", "ribociclib abemaciclib", "x"))
    asked, answered = talk(assistant, unsure, said("the second one"))
    assert [b.payload for b in asked.buttons] == [
        '/ask_side_effects{"drug": "ribociclib"}',
        '/ask_side_effects{"drug": "abemaciclib"}',
    ]
    assert (answered.topic, answered.drugs) == ("side_effects", ("abemaciclib",))


@pytest.mark.parametrize(
    ("mentions", "words", "act"),
    [
        ((KISQALI,), 2, None),  # "kisqali eligiblity"
        ((KISQALI, HER2), 2, "inform_subject"),  # "kisqali her2"
        ((KISQALI, HER2), 2, None),
    ],
    ids=["a word beside the name", "a drug and a term", "a drug and a term, unsure"],
)
def test_what_is_not_understood_beside_a_name_is_asked_about(
    mentions: tuple[Mention, ...], words: int, act: str | None, knowledge: Knowledge
) -> None:
    unsure = heard(
        None,
        *mentions,
        act=act,
        refers=Reference(words=words),
        alternatives=("indication", "biomarker_test"),
    )
    asked = conversation.interpret(unsure, NOTHING, knowledge)
    assert isinstance(asked, Clarification)
    assert asked.topics == ("indication", "biomarker_test")


def test_a_bare_name_is_told_about(knowledge: Knowledge) -> None:
    unsure = heard(None, KISQALI, refers=Reference(words=1), alternatives=("indication",))
    assert conversation.interpret(unsure, NOTHING, knowledge) == Question("overview", ("ribociclib",))


def test_what_was_asked_beside_a_question_that_lacked_a_name_is_offered_with_its_answer(assistant: Assistant) -> None:
    both = (Asked("side_effects"), Asked("administration"), Asked("cost_access"))
    _, which, answer, after = talk(
        assistant,
        heard("side_effects", asked=both),
        heard(None, act="goodbye", begun=("trastuzumab", "trastuzumab-hyaluronidase")),
        heard(None, HERCEPTIN, act="inform_subject"),
        heard("mechanism"),
    )
    assert (which.kind, which.topic) == ("clarify", "side_effects")
    payloads = [button.payload for button in answer.buttons]
    assert payloads[:2] == ['/ask_administration{"drug": "trastuzumab"}', '/ask_cost_access{"drug": "trastuzumab"}']
    assert answer.topic == "side_effects"
    assert "/ask_cost_access" not in str([button.payload for button in after.buttons])


def test_a_story_begins_with_the_question_that_the_whole_of_it_asks(assistant: Assistant) -> None:
    asks = (Asked("side_effect_of_symptom", (HERCEPTIN,)), Asked("comparison", (HERCEPTIN, KADCYLA)))
    story = heard("comparison", HERCEPTIN, KADCYLA, asked=asks, alternatives=("comparison",), chances=(0.94,))
    for words, topics in ((60, ["comparison"]), (12, ["side_effect_of_symptom"])):
        (reply,) = talk(assistant, dataclasses.replace(story, refers=Reference(words=words)))
        assert [reply.topic] == topics


def test_a_second_question_that_lacks_a_name_is_offered(assistant: Assistant) -> None:
    asks = (Asked("definition", (CHEMO,)), Asked("side_effects"))
    (reply,) = talk(assistant, heard("definition", CHEMO, asked=asks))
    assert (reply.topic, reply.buttons[0].payload) == ("definition", "/ask_side_effects")


@pytest.mark.parametrize(
    ("turn", "is_kind"),
    [
        (said("I'm so scared, does Kisqali harm the heart", "serious_side_effects", KISQALI), True),
        (said("my mum is terrified, what are its side effects", "side_effects"), True),
        (said("I'm frightened, can I stop Kisqali", "stop_or_change_treatment", KISQALI), True),
        (said("does Kisqali harm the heart", "serious_side_effects", KISQALI), False),
        (said("I am so scared", "emotional_support"), False),  # that reply is about nothing else
        (said("so scared, thank you", act="thank"), False),
        (said("I'm scared, I can't breathe on Kisqali", "serious_side_effects", KISQALI, alarm="emergency"), False),
    ],
)
def test_who_says_how_frightened_they_are_gets_a_word_before_the_facts(
    assistant: Assistant, turn: Understanding, is_kind: bool
) -> None:
    (reply,) = talk(assistant, turn)
    assert reply.text.startswith(assistant.phrases.say("kindly")) == is_kind
