"""What a message asks, by what was heard and what the conversation was about."""

from __future__ import annotations

import pytest

from helpline import conversation
from helpline.knowledge import Knowledge
from helpline.question import DECLINED, Clarification, Memory, Mention, Question, Understanding

KISQALI = Mention("drug", "ribociclib", "Kisqali")
PIQRAY = Mention("drug", "alpelisib", "Piqray")
ENHERTU = Mention("drug", "fam-trastuzumab-deruxtecan", "Enhertu")
CDK = Mention("drug_class", "cdk46-inhibitor", "CDK4/6 inhibitors")
PARP = Mention("drug_class", "parp-inhibitor", "PARP inhibitors")
DIARRHEA = Mention("side_effect", "diarrhea", "diarrhea")
HER2 = Mention("term", "her2", "HER2")
TAMOXIFEN = Mention("other_medicine", "hormone-drugs", "tamoxifen")
FULVESTRANT = Mention("other_medicine", "fulvestrant", "Faslodex")
LUNG = Mention("other_cancer", "other-cancers", "lung cancer")

NOTHING = Memory()
ABOUT_KISQALI = Memory(
    subjects=("ribociclib",), recent=("ribociclib",), topic="side_effects", page=1, offered=("more",)
)


def heard(topic: str | None, *mentions: Mention, act: str | None = None, **more: object) -> Understanding:
    return Understanding(topic, act, mentions, **more)


@pytest.mark.parametrize(
    ("understood", "memory", "question"),
    [
        # --- alarms and small talk
        pytest.param(
            heard("dosage", KISQALI, alarm="crisis"),
            ABOUT_KISQALI,
            Question("emergency_red_flag", ("ribociclib",), alarm="crisis"),
            id="an alarm comes before everything",
        ),
        pytest.param(
            heard("emergency_red_flag"),
            NOTHING,
            Question("emergency_red_flag", alarm="call_now"),
            id="the classifier alone raises an alarm",
        ),
        pytest.param(
            heard(None, TAMOXIFEN, act="greet"), ABOUT_KISQALI, Question("small_talk", named="greet"), id="greeting"
        ),
        pytest.param(heard(None, act="deny"), ABOUT_KISQALI, Question("small_talk", named="deny"), id="no"),
        pytest.param(heard(None, act="affirm"), NOTHING, Question("small_talk", named="affirm"), id="yes to nothing"),
        # --- outside of what we know
        pytest.param(
            heard("side_effects", TAMOXIFEN),
            ABOUT_KISQALI,
            Question("out_of_scope_other_drug", named="tamoxifen"),
            id="another medicine, not the remembered drug",
        ),
        pytest.param(
            heard(None, TAMOXIFEN),
            NOTHING,
            Question("out_of_scope_other_drug", named="tamoxifen"),
            id="another medicine, not understood",
        ),
        pytest.param(
            heard("side_effects", ENHERTU, LUNG),
            NOTHING,
            Question("out_of_scope_other_cancer", named="lung cancer"),
            id="another cancer, one of our drugs",
        ),
        pytest.param(
            heard("combination", KISQALI, TAMOXIFEN),
            NOTHING,
            Question("combination", ("ribociclib",)),
            id="another medicine beside ours",
        ),
        pytest.param(
            heard("interaction_food_drug_alcohol", TAMOXIFEN),
            ABOUT_KISQALI,
            Question("interaction_food_drug_alcohol", ("ribociclib",)),
            id="another medicine beside the remembered drug",
        ),
        pytest.param(
            heard("interaction_food_drug_alcohol", TAMOXIFEN),
            NOTHING,
            Question("out_of_scope_other_drug", named="tamoxifen"),
            id="another medicine beside nothing",
        ),
        pytest.param(
            heard("definition", FULVESTRANT),
            NOTHING,
            Question("definition", ("fulvestrant",)),
            id="medicine that is a term: its definition",
        ),
        pytest.param(
            heard("side_effects", FULVESTRANT),
            NOTHING,
            Question("out_of_scope_other_drug", named="Faslodex"),
            id="medicine that is a term: nothing more",
        ),
        pytest.param(
            heard("emotional_support", LUNG), NOTHING, Question("emotional_support"), id="support for another cancer"
        ),
        pytest.param(
            heard("talk_to_human", TAMOXIFEN),
            ABOUT_KISQALI,
            Question("talk_to_human"),
            id="a person, whatever the medicine",
        ),
        pytest.param(
            heard("out_of_scope_other_drug", KISQALI),
            NOTHING,
            Question("overview", ("ribociclib",)),
            id="the classifier says not ours, the name says ours",
        ),
        pytest.param(
            heard("out_of_scope_nonmedical"), ABOUT_KISQALI, Question("out_of_scope_nonmedical"), id="not medical"
        ),
        pytest.param(
            heard("side_effects", ENHERTU, TAMOXIFEN, LUNG),
            NOTHING,
            Question("out_of_scope_other_cancer", named="lung cancer"),
            id="another cancer after another medicine",
        ),
        # --- carry-over
        pytest.param(
            heard("side_effects", KISQALI), NOTHING, Question("side_effects", ("ribociclib",)), id="a plain question"
        ),
        pytest.param(
            heard("mechanism"), ABOUT_KISQALI, Question("mechanism", ("ribociclib",)), id="the drug carries over"
        ),
        pytest.param(
            heard("mechanism", PIQRAY),
            ABOUT_KISQALI,
            Question("mechanism", ("alpelisib",)),
            id="a new drug replaces it",
        ),
        pytest.param(
            heard("side_effect_of_symptom", DIARRHEA),
            ABOUT_KISQALI,
            Question("side_effect_of_symptom", ("ribociclib", "diarrhea")),
            id="a symptom of the remembered drug",
        ),
        pytest.param(
            heard("side_effect_of_symptom", DIARRHEA),
            NOTHING,
            Question("side_effect_of_symptom", ("diarrhea",)),
            id="a symptom of no drug",
        ),
        pytest.param(
            heard("management_of_side_effect", KISQALI, DIARRHEA),
            NOTHING,
            Question("management_of_side_effect", ("diarrhea", "ribociclib")),
            id="the kind that the topic needs comes first",
        ),
        pytest.param(
            heard("mechanism", CDK),
            ABOUT_KISQALI,
            Question("mechanism", ("cdk46-inhibitor",)),
            id="a class is a subject",
        ),
        pytest.param(
            heard("class_members", KISQALI),
            NOTHING,
            Question("overview", ("ribociclib",)),
            id="topic that does not fit",
        ),
        pytest.param(
            heard("definition", Mention("drug", "no-such-id", "x")),
            ABOUT_KISQALI,
            Question("definition", ("ribociclib",)),
            id="an id that nobody knows is not heard",
        ),
        pytest.param(
            heard("mechanism", KISQALI),
            Memory(audience="clinician", language="es"),
            Question("mechanism", ("ribociclib",), language="es", audience="clinician"),
            id="audience and language",
        ),
        pytest.param(
            heard("overview", HER2),
            ABOUT_KISQALI,
            Question("definition", ("her2",)),
            id="what is HER2, after a drug",
        ),
        pytest.param(
            heard("overview", DIARRHEA),
            ABOUT_KISQALI,
            Question("definition", ("diarrhea",)),
            id="what is diarrhea, after a drug",
        ),
        pytest.param(
            heard("monitoring", PARP),
            ABOUT_KISQALI,
            Question("overview", ("parp-inhibitor",)),
            id="a class with a topic that only drugs have, after a drug",
        ),
        # --- a bare name
        pytest.param(
            heard(None, KISQALI, act="inform_subject"), NOTHING, Question("overview", ("ribociclib",)), id="drug"
        ),
        pytest.param(heard(None, KISQALI), ABOUT_KISQALI, Question("overview", ("ribociclib",)), id="drug, no intent"),
        pytest.param(heard(None, HER2), NOTHING, Question("definition", ("her2",)), id="term"),
        pytest.param(heard(None, DIARRHEA), NOTHING, Question("definition", ("diarrhea",)), id="side effect"),
        pytest.param(heard(None, CDK), NOTHING, Question("overview", ("cdk46-inhibitor",)), id="class"),
        pytest.param(
            heard(None, PIQRAY, act="inform_subject"),
            ABOUT_KISQALI,
            Question("side_effects", ("alpelisib",)),
            id="and Piqray?",
        ),
        pytest.param(
            heard(None, HER2, act="inform_subject"),
            ABOUT_KISQALI,
            Question("definition", ("her2",)),
            id="and HER2? which has no side effects",
        ),
        pytest.param(
            heard(None, KISQALI, act="inform_subject"),
            Memory(pending="administration"),
            Question("administration", ("ribociclib",)),
            id="the name that a topic waits for",
        ),
        pytest.param(
            heard(None, DIARRHEA, act="inform_subject"),
            Memory(pending="administration"),
            Question("definition", ("diarrhea",)),
            id="a name that the waiting topic cannot use",
        ),
        pytest.param(
            heard(None, PIQRAY, act="inform_subject"),
            Memory(subjects=("ribociclib",), pending="comparison"),
            Question("comparison", ("alpelisib", "ribociclib")),
            id="the second drug of a comparison",
        ),
        # --- comparison
        pytest.param(
            heard("comparison", PIQRAY, KISQALI),
            NOTHING,
            Question("comparison", ("alpelisib", "ribociclib")),
            id="two drugs",
        ),
        pytest.param(
            heard("comparison", PIQRAY),
            ABOUT_KISQALI,
            Question("comparison", ("alpelisib", "ribociclib")),
            id="one drug and the remembered one",
        ),
        pytest.param(
            heard("comparison", PIQRAY, ENHERTU, KISQALI),
            NOTHING,
            Question("comparison", ("alpelisib", "fam-trastuzumab-deruxtecan", "ribociclib")),
            id="three drugs",
        ),
        # --- which drugs: the kind of what is named decides
        pytest.param(
            heard("drugs_with_side_effect", HER2),
            NOTHING,
            Question("drugs_for_subtype", ("her2",)),
            id="which act on HER2",
        ),
        pytest.param(
            heard("drugs_for_subtype", PARP),
            NOTHING,
            Question("class_members", ("parp-inhibitor",)),
            id="which are PARP",
        ),
        # --- declined, whatever is named
        *[pytest.param(heard(topic), NOTHING, Question(topic), id=f"{topic} of nothing named") for topic in DECLINED],
        *[
            pytest.param(heard(topic), ABOUT_KISQALI, Question(topic, ("ribociclib",)), id=f"{topic} of the drug")
            for topic in DECLINED
        ],
        *[
            pytest.param(
                heard(topic, DIARRHEA),
                NOTHING,
                Question(topic, ("diarrhea",)),
                id=f"{topic} because of a side effect",
            )
            for topic in DECLINED
        ],
        *[
            pytest.param(
                heard(topic, PARP),
                NOTHING,
                Question(topic, ("parp-inhibitor",)),
                id=f"{topic} of a class",
            )
            for topic in DECLINED
        ],
        # --- more
        pytest.param(
            heard(None, act="more"), ABOUT_KISQALI, Question("side_effects", ("ribociclib",), page=2), id="more"
        ),
        pytest.param(
            heard(None, act="affirm"),
            ABOUT_KISQALI,
            Question("side_effects", ("ribociclib",), page=2),
            id="yes is more",
        ),
    ],
)
def test_question(understood: Understanding, memory: Memory, question: Question, knowledge: Knowledge) -> None:
    assert conversation.interpret(understood, memory, knowledge) == question


@pytest.mark.parametrize(
    ("understood", "memory", "clarification"),
    [
        pytest.param(
            heard("side_effects"),
            NOTHING,
            Clarification("ask_which_drug", pending="side_effects"),
            id="no drug",
        ),
        pytest.param(
            heard("class_members"),
            ABOUT_KISQALI,
            Clarification("ask_which_class", pending="class_members"),
            id="no class",
        ),
        pytest.param(
            heard("drugs_for_subtype"),
            NOTHING,
            Clarification("ask_which_term", pending="drugs_for_subtype"),
            id="no subtype",
        ),
        pytest.param(
            heard("comparison", KISQALI),
            NOTHING,
            Clarification("ask_which_two", pending="comparison", subjects=("ribociclib",)),
            id="comparison with one drug",
        ),
        pytest.param(
            heard("comparison", KISQALI),
            ABOUT_KISQALI,
            Clarification("ask_which_two", pending="comparison", subjects=("ribociclib",)),
            id="comparison of a drug with itself",
        ),
        pytest.param(
            heard(None, alternatives=("dosage", "missed_dose")),
            ABOUT_KISQALI,
            Clarification("ask_what", topics=("dosage", "missed_dose"), subjects=("ribociclib",)),
            id="nothing understood",
        ),
        pytest.param(heard(None, act="inform_subject"), NOTHING, Clarification("ask_what"), id="a name that is none"),
        pytest.param(heard(None, act="more"), NOTHING, Clarification("ask_what"), id="more of nothing"),
    ],
)
def test_clarification(
    understood: Understanding, memory: Memory, clarification: Clarification, knowledge: Knowledge
) -> None:
    assert conversation.interpret(understood, memory, knowledge) == clarification
