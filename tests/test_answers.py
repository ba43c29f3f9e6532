"""The contract of a reply (shared/design.md, section 4), checked on every answer that the real knowledge gives."""

from __future__ import annotations

import datetime
import itertools
import json
import re
from collections.abc import Iterator, Sequence

import pytest

from helpline import aspects, document, paths, validation
from helpline.answers import Composer
from helpline.assistant import Assistant
from helpline.closing import _day
from helpline.knowledge import URGENCIES, Knowledge, Statement
from helpline.phrases import Phrases
from helpline.question import DECLINED, OUT_OF_SCOPE, TOPICS, Clarification, Memory, Mention, Question, Understanding
from helpline.reply import KINDS, Reply
from helpline.topics import FIELDS

KNOWLEDGE = validation.load(paths.KNOWLEDGE)
DRUGS = [d.id for d in KNOWLEDGE.of_kind("drug")]
ENTITY = {"drug": "drug", "class": "drug_class", "side_effect": "side_effect", "term": "term"}
MOST_WORDS = 120
MOST_BULLETS = 5
MARKED = re.compile(r"(?:\[\d+\])+\.?$")
STATES_FACTS = ("answer", "decline", "handoff")


def drug_questions() -> Iterator[Question]:
    """Every question that a message with one drug can become, for every topic, both pages of it, both readers."""
    for drug, topic, audience, page in itertools.product(DRUGS, TOPICS, ("patient", "clinician"), (0, 1)):
        if topic not in ("comparison", "class_members", "drugs_for_subtype", "drugs_with_side_effect"):
            yield Question(topic, (drug,), audience=audience, page=page)


def other_questions() -> Iterator[Question]:
    for kind, topics in (
        ("class", ("overview", "mechanism", "side_effects", "serious_side_effects", "indication", "class_members")),
        (
            "side_effect",
            ("definition", "management_of_side_effect", "side_effect_of_symptom", "drugs_with_side_effect"),
        ),
        ("term", ("definition", "biomarker_test")),
    ):
        for subject, topic in itertools.product(KNOWLEDGE.of_kind(kind), topics):
            yield Question(topic, (subject.id,))


def pairs() -> Iterator[Question]:
    for drug, effect in itertools.product(DRUGS, KNOWLEDGE.of_kind("side_effect")):
        yield Question("side_effect_of_symptom", (drug, effect.id))


def comparisons() -> Iterator[Question]:
    yield from (Question("comparison", two) for two in itertools.combinations(DRUGS, 2))


def subtypes() -> Iterator[Question]:
    yield from (Question("drugs_for_subtype", (term.id,)) for term in KNOWLEDGE.of_kind("term"))


QUESTIONS = {
    "one drug": drug_questions,
    "one class, side effect or term": other_questions,
    "a drug and a side effect": pairs,
    "two drugs": comparisons,
    "a subtype": subtypes,
}
every_question = pytest.mark.parametrize("questions", QUESTIONS.values(), ids=QUESTIONS)


def body(reply: Reply) -> str:
    """The reply before its list of sources."""
    return reply.text.split("\nSources:")[0]


def bullets(reply: Reply) -> int:
    return sum(line.startswith("• ") for line in body(reply).splitlines())


def is_last_page(reply: Reply, phrases: Phrases) -> bool:
    return phrases.say("no_more") in reply.text


def test_there_are_questions() -> None:
    """The loops below would pass on nothing."""
    assert len(DRUGS) >= 23
    assert {name: len(list(make())) > 50 for name, make in QUESTIONS.items()} == dict.fromkeys(QUESTIONS, True)
    assert len(list(drug_questions())) == len(DRUGS) * (len(TOPICS) - 4) * 4


@every_question
def test_kind_and_topic(questions: object, composer: Composer) -> None:
    for question in questions():
        reply = composer.answer(question)
        assert reply.kind in KINDS
        assert reply.topic == question.topic
        assert reply.language == "en"


@every_question
def test_markers_are_exactly_the_sources(questions: object, composer: Composer) -> None:
    for question in questions():
        reply = composer.answer(question)
        marked = {int(n) for n in re.findall(r"\[(\d+)\]", body(reply))}
        assert marked == set(range(1, len(reply.sources) + 1)), question
        if reply.sources:
            listed = re.findall(r"^\[(\d+)\] (.*)$", reply.text.split("Sources:\n")[1], re.MULTILINE)
            assert [int(n) for n, _ in listed] == list(range(1, len(reply.sources) + 1))
            assert all(s.title in text for s, (_, text) in zip(reply.sources, listed))


@every_question
def test_a_reply_about_medicine_has_a_source(questions: object, composer: Composer, phrases: Phrases) -> None:
    for question in questions():
        reply = composer.answer(question)
        if reply.kind in STATES_FACTS and not is_last_page(reply, phrases) and not is_unnamed_symptom(question):
            assert reply.sources, question


def is_unnamed_symptom(question: Question) -> bool:
    return question.topic == "side_effect_of_symptom" and len(question.subjects) == 1 and question.subjects[0] in DRUGS


@pytest.mark.parametrize("drug", DRUGS)
def test_an_unnamed_symptom_is_answered_from_a_source(drug: str, composer: Composer) -> None:
    assert composer.answer(Question("side_effect_of_symptom", (drug,))).sources


def test_the_page_after_the_last_has_a_source_or_no_list(composer: Composer) -> None:
    reply = composer.answer(Question("overview", ("ribociclib",), page=9))
    assert reply.sources or "Sources:" not in reply.text


@every_question
def test_every_statement_has_a_marker(questions: object, composer: Composer) -> None:
    """A line is a fixed sentence of domain.yml, or it ends with the marker of its source."""
    fixed = fixed_sentences()
    for question in questions():
        reply = composer.answer(question)
        if reply.kind not in STATES_FACTS:
            continue
        for line in filter(None, body(reply).splitlines()):
            assert MARKED.search(line) or fixed.fullmatch(line), (question, line)


@every_question
def test_statements_after_the_first_are_bullets(questions: object, composer: Composer, knowledge: Knowledge) -> None:
    """The count of bullets below means something only if each statement is one; the hours of a line are none."""
    fixed, hours = fixed_sentences(), f"{knowledge.line('general').name}: "
    for question in questions():
        reply = composer.answer(question)
        if reply.kind in STATES_FACTS:
            lines = [line for line in body(reply).splitlines() if line and not line.startswith(hours)]
            statements = [line for line in lines if not fixed.fullmatch(line)]
            assert [line for line in statements[1:] if not line.startswith("• ")] == [], question


def fixed_sentences() -> re.Pattern[str]:
    """The responses of domain.yml as one pattern, their placeholders open."""
    texts = [entries[0]["text"].strip() for entries in document.read(paths.DOMAIN)["responses"].values()]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for text in texts))


@every_question
def test_at_most_120_words(questions: object, composer: Composer) -> None:
    long = {q: n for q in questions() if (n := len(body(composer.answer(q)).split())) > MOST_WORDS}
    assert long == {}


@every_question
def test_at_most_five_bullets(questions: object, composer: Composer) -> None:
    many = {q: n for q in questions() if (n := bullets(composer.answer(q))) > MOST_BULLETS}
    assert many == {}


@every_question
def test_closing_lines(questions: object, composer: Composer, phrases: Phrases) -> None:
    """The date, whether the text is reviewed, and the invitation to see a doctor: in all medical replies."""
    for question in questions():
        reply = composer.answer(question)
        if reply.kind in STATES_FACTS:
            assert reply.text.endswith(phrases.say("review_with_doctor")), question
            status = reply.custom()["review"]["status"]
            said = phrases.say("reviewed" if status == "approved" else "not_reviewed", date=reply.as_of)
            assert said in reply.text
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", reply.as_of)
            assert reply.custom()["review"]["as_of"] == reply.as_of


@every_question
def test_buttons_lead_somewhere(questions: object, composer: Composer, knowledge: Knowledge) -> None:
    intents = {next(iter(i)) for i in document.read(paths.DOMAIN)["intents"]}
    for question in questions():
        buttons = composer.answer(question).buttons
        assert len(buttons) <= 4
        assert len({b.payload for b in buttons}) == len(buttons), question
        for button in buttons:
            found = re.fullmatch(r"/(more|ask_\w+)(\{.*\})?", button.payload)
            assert found, button
            assert found[1] in intents, button
            for entity, subject_id in json.loads(found[2] or "{}").items():
                assert ENTITY[knowledge.subjects[subject_id].kind] == entity
            assert f'"{question.subjects[0]}"' not in button.payload or found[1] != f"ask_{question.topic}"


@every_question
def test_no_reply_names_a_dose(questions: object, composer: Composer, dose: re.Pattern[str]) -> None:
    for question in questions():
        reply = composer.answer(question)
        text = re.sub(r"https?://\S+", "", reply.text)
        assert not dose.search(text), (question, dose.search(text))
        assert not any(dose.search(b.title) for b in reply.buttons)


@every_question
def test_subjects_are_those_asked_about(questions: object, composer: Composer, knowledge: Knowledge) -> None:
    for question in questions():
        reply = composer.answer(question)
        assert all(knowledge.subjects[i].kind == "drug" for i in reply.drugs)
        assert all(knowledge.subjects[i].kind != "drug" for i in reply.subjects)
        if question.topic not in ("class_members", "drugs_for_subtype", "drugs_with_side_effect"):
            assert {*reply.drugs, *reply.subjects} <= set(question.subjects), question


def test_the_dose_check_sees_doses(dose: re.Pattern[str]) -> None:
    for text in (
        "150 mg",
        "take 5.4 mg/kg",
        "a 150-mg pill",
        "10 mL",
        "two tablets",
        "half a tablets",
        "3 small pills",
    ):
        assert dose.search(text), text
    for text in ("twice a day", "21 days, followed by 7 days off", "QTcF under 450 ms", "63.9 months", "a tablet"):
        assert not dose.search(text), text


# --- whole answers


@pytest.mark.parametrize(
    ("topic", "kind", "holds"),
    [
        ("stop_or_change_treatment", "decline", "Please do not stop or change it on your own"),
        ("dosage", "decline", "I cannot give the dose of ribociclib (Kisqali)."),
        ("missed_dose", "decline", "late dose of ribociclib (Kisqali)"),
        ("interaction_food_drug_alcohol", "decline", "goes together with ribociclib (Kisqali)"),
        ("overview", "answer", "Kisqali"),
        ("administration", "answer", "tablet that you swallow"),
        ("efficacy_survival", "answer", "They cannot tell what will happen to one person."),
        ("cost_access", "answer", "1-800-227-2345"),
        ("talk_to_human", "handoff", "1-800-227-2345"),
        ("emotional_support", "handoff", "988"),
        ("emergency_red_flag", "emergency", "Call 911"),
    ],
)
def test_reply_to_a_topic(topic: str, kind: str, holds: str, composer: Composer) -> None:
    reply = composer.answer(Question(topic, ("ribociclib",)))
    assert (reply.kind, reply.topic) == (kind, topic)
    assert holds in reply.text


@pytest.mark.parametrize("topic", DECLINED)
def test_declining_names_nothing_when_no_drug_is_known(topic: str, composer: Composer) -> None:
    reply = composer.answer(Question(topic))
    assert (reply.kind, reply.drugs, reply.buttons) == ("decline", (), ())
    assert "this medicine" in reply.text
    assert "1-800-227-2345" in body(reply)


@pytest.mark.parametrize("topic", OUT_OF_SCOPE)
def test_out_of_scope(topic: str, composer: Composer) -> None:
    reply = composer.answer(Question(topic, named="tamoxifen"))
    assert (reply.kind, reply.drugs, reply.sources) == ("out_of_scope", (), ())
    assert "not in my information" in reply.text
    assert "1-800-227-2345" in reply.text
    assert ("tamoxifen" in reply.text) == (topic != "out_of_scope_nonmedical")


@pytest.mark.parametrize(("alarm", "number"), [("emergency", "911"), ("crisis", "988")])
def test_an_alarm_comes_alone(alarm: str, number: str, composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("emergency_red_flag", ("ribociclib",), alarm=alarm))
    assert (reply.kind, reply.topic) == (alarm, "emergency_red_flag")
    assert reply.text == knowledge.alarms[alarm].reply["en"]
    assert number in reply.text
    assert (reply.drugs, reply.sources, reply.buttons) == ((), (), ())


@pytest.mark.parametrize("named", ["greet", "goodbye", "thank", "bot_challenge", "chitchat", "affirm", "deny"])
def test_small_talk(named: str, composer: Composer, phrases: Phrases) -> None:
    reply = composer.answer(Question("small_talk", named=named))
    assert (reply.kind, reply.topic, reply.text) == ("chitchat", "small_talk", phrases.say(named))


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ("qt-prolongation", "Our sources list {} as a serious side effect of ribociclib (Kisqali)."),
        ("hair-loss", "Our sources list {} as a common side effect of ribociclib (Kisqali)."),
        ("mouth-sores", "Our sources list {} as a less common side effect of ribociclib (Kisqali)."),
        (
            "neuropathy",
            "Our sources do not list {} for ribociclib (Kisqali), which does not mean that it cannot happen.",
        ),
    ],
)
def test_does_this_drug_cause_that(effect: str, said: str, composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("side_effect_of_symptom", ("ribociclib", effect)))
    assert reply.text.startswith(said.format(knowledge.subjects[effect].names.inside))
    assert (reply.drugs, reply.subjects) == (("ribociclib",), (effect,))


HOPED_FOR = [
    ("Are low blood counts on Ibrance nothing to worry about?", "palbociclib", "neutropenia", "be called harmless"),
    ("Does heart damage from Herceptin go away?", "trastuzumab", "heart-damage", "will go away"),
    ("Will liver damage from Tykerb get better?", "lapatinib", "liver-problems", "will go away"),
    ("Is lung inflammation from Afinitor reversible?", "everolimus", "ild", "will go away"),
    ("Is high blood sugar on Piqray temporary?", "alpelisib", "high-blood-sugar", "will last"),
    ("Is hair loss from Trodelvy permanent?", "sacituzumab-govitecan", "hair-loss", "will last"),
    ("How long does hair loss from Trodelvy last?", "sacituzumab-govitecan", "hair-loss", "will last"),
    ("Is cough on Enhertu normal?", "fam-trastuzumab-deruxtecan", "cough", "be called normal"),
    ("Is diarrhea on Nerlynx harmless?", "neratinib", "diarrhea", "be called harmless"),
    ("Does Verzenio prevent diarrhea?", "abemaciclib", "diarrhea", "can prevent diarrhea"),
]


@pytest.mark.parametrize("topic", ["side_effect_of_symptom", "serious_side_effects"])
@pytest.mark.parametrize(("asked", "drug", "effect", "unsaid"), HOPED_FOR)
def test_what_is_hoped_for_is_not_affirmed(
    asked: str, drug: str, effect: str, unsaid: str, topic: str, composer: Composer
) -> None:
    told = body(composer.answer(Question(topic, (drug, effect), aspects=aspects.heard(asked))))
    first, listed = re.split(r"(?<=\.) ", told.splitlines()[0])[:2]
    assert first.startswith("Our sources do not say ")
    assert unsaid in first
    assert "Our sources" in listed or "Tell your cancer team" in listed
    assert "Yes" not in told
    assert "has no side effects" not in told
    assert len(told.split()) <= 120


def test_which_of_two_does_more_harm_is_left_open(composer: Composer) -> None:
    heard = aspects.heard("Does Herceptin damage the heart less than Perjeta?")
    asked = Question("side_effect_of_symptom", ("trastuzumab", "pertuzumab", "heart-damage"), aspects=heard)
    assert body(composer.answer(asked)).startswith("Our sources do not say which of these drugs causes more heart")


def test_that_an_effect_passed_is_told_first(composer: Composer) -> None:
    heard = aspects.heard("does the heart rhythm change on Kisqali go away")
    told = body(composer.answer(Question("side_effect_of_symptom", ("ribociclib", "qt-prolongation"), aspects=heard)))
    assert "do not say" not in told
    assert "went away" in told.splitlines()[1]


@pytest.mark.parametrize(
    ("asked", "drug", "effect", "listed"),
    [
        ("How soon do I tell my doctor about a bowel change on Tukysa?", "tucatinib", "diarrhea", "diarrhea"),
        # For Piqray the lung inflammation behind a cough is listed, and not the cough.
        ("When should I call about cough on Piqray", "alpelisib", "cough", "ild"),
        ("When should I call about a headache on Afinitor", "everolimus", "headache", "headache"),
    ],
)
def test_when_to_call_about_an_effect_comes_first(
    asked: str, drug: str, effect: str, listed: str, composer: Composer, knowledge: Knowledge
) -> None:
    reply = composer.answer(Question("side_effect_of_symptom", (drug, effect), aspects=aspects.heard(asked)))
    said = list(knowledge.subjects[drug].statements("when_to_call"))
    of_pair = [s for s in said if listed in s.about]
    calls = of_pair or list(knowledge.subjects[effect].statements("when_to_call")) or said
    assert any(s.text("en") in body(reply).splitlines()[0] for s in calls)
    assert "Our sources" in body(reply), "that it is listed, or is not, is said below"
    assert len(body(reply).split()) <= 120


@every_question
def test_a_pair_says_what_the_drug_file_lists(questions: object, composer: Composer, knowledge: Knowledge) -> None:
    first = {
        "serious": "serious side effect",
        "common": "as a common",
        "less_common": "as a less common",
        "listed": "as a possible",
        "rare": "as a rare",
        None: "do not list",
    }
    for question in questions():
        if question.topic == "side_effect_of_symptom" and len(question.subjects) == 2:
            drug, effect = (knowledge.subjects[i] for i in question.subjects)
            answered = body(composer.answer(question)).splitlines()[0]
            assert first[knowledge.listing(drug, effect.id)] in answered, question


def test_all_members_of_a_class_are_listed(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("class_members", ("parp-inhibitor",)))
    assert set(reply.drugs) == {d.id for d in knowledge.members("parp-inhibitor")} == {"olaparib", "talazoparib"}
    assert all(knowledge.subjects[i].names.display in reply.text for i in reply.drugs)


def test_all_drugs_with_a_side_effect_are_listed(composer: Composer, knowledge: Knowledge) -> None:
    reply = composer.answer(Question("drugs_with_side_effect", ("diarrhea",)))
    assert set(reply.drugs) == {d.id for d, _ in knowledge.drugs_causing("diarrhea")}
    assert all(knowledge.subjects[i].names.display in reply.text for i in reply.drugs)


def test_a_field_that_sources_do_not_cover_says_so(composer: Composer, knowledge: Knowledge) -> None:
    uncovered = [(d.id, f) for d in knowledge.of_kind("drug") for f, said in d.fields.items() if said is None]
    assert uncovered, "every field is covered: test this on another knowledge"
    for drug, field in uncovered:
        if field in TOPICS:
            assert "Our sources do not say anything about this" in composer.answer(Question(field, (drug,))).text


# --- several drugs

PAIRS = list(itertools.combinations(DRUGS, 2))[::5]


@pytest.mark.parametrize("audience", ["patient", "clinician"])
@pytest.mark.parametrize("topic", sorted(FIELDS["drug"]))
def test_each_sentence_names_its_drug(topic: str, audience: str, composer: Composer, knowledge: Knowledge) -> None:
    """An "it" of one drug would be read as the other."""
    fixed = fixed_sentences()
    for pair, page in itertools.product(PAIRS, (0, 1)):
        reply = composer.answer(Question(topic, pair, audience=audience, page=page))
        assert len(body(reply).split()) <= MOST_WORDS, (pair, page)
        names = {n for i in pair for n in (knowledge.subjects[i].names.display, knowledge.subjects[i].names.inside)}
        for line in filter(None, body(reply).splitlines()):
            assert any(n in line for n in names) or fixed.fullmatch(line) or "helpline" in line, (pair, line)


def test_each_sentence_of_a_pair_names_its_drug(composer: Composer, knowledge: Knowledge) -> None:
    for pair, effect in itertools.product(PAIRS, ("diarrhea", "ild", "heart-damage", "neutropenia")):
        told = body(composer.answer(Question("side_effect_of_symptom", (*pair, effect)))).splitlines()
        names = {n for i in pair for n in (knowledge.subjects[i].names.display, knowledge.subjects[i].names.inside)}
        general = {s.text("en") for s in knowledge.subjects[effect].statements("when_to_call")}
        for line in told:
            assert any(n in line for n in names) or any(g in line for g in general) or "helpline" in line, (pair, line)


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("topic", sorted(FIELDS["drug"]))
def test_no_page_begins_with_it(topic: str, drug: str, composer: Composer) -> None:
    for page in (0, 1, 2):
        told = body(composer.answer(Question(topic, (drug,), page=page)))
        assert not told.startswith(("It ", "Its ", "They ")), told


# --- what was asked first


@pytest.mark.parametrize("drug", DRUGS)
def test_when_to_call_leads(drug: str, composer: Composer, knowledge: Knowledge) -> None:
    calls = knowledge.subjects[drug].fields["when_to_call"]
    told = body(composer.answer(Question("serious_side_effects", (drug,), aspects=("when_to_call",)))).splitlines()
    assert (calls is None) or any(c.text("en") in told[0] for c in calls if c.urgency == calls_most_urgent(calls))


def calls_most_urgent(calls: Sequence[Statement]) -> str | None:
    return min((c.urgency for c in calls if c.urgency), key=URGENCIES.index, default=None)


@pytest.mark.parametrize("drug", DRUGS)
def test_the_harm_to_a_baby_leads(drug: str, composer: Composer, knowledge: Knowledge) -> None:
    """With any drug: what is known of the harm, or to call at once; then what our sources leave open."""
    for asked in ((), ("breastfeeding",), ("fertility",)):
        reply = composer.answer(Question("pregnancy_fertility_breastfeeding", (drug,), aspects=asked))
        first = body(reply).splitlines()[0]
        assert re.search(r"harm|kill|birth defects|unborn|pregnant", first), first


@pytest.mark.parametrize("drug", DRUGS)
def test_breastfeeding_is_answered_apart(drug: str, composer: Composer, knowledge: Knowledge, phrases: Phrases) -> None:
    said = [s.text("en") for s in knowledge.subjects[drug].statements("pregnancy_fertility_breastfeeding")]
    about = [text for text in said if "breastfeed" in text]
    told = body(composer.answer(Question("pregnancy_fertility_breastfeeding", (drug,), aspects=("breastfeeding",))))
    unsaid = phrases.say("no_word_on_breastfeeding", subject=knowledge.subjects[drug].names.inside)
    assert (unsaid in told) != bool(about)
    assert all(text in told for text in about)
    assert len(told.splitlines()) <= 2 + len(about), "nothing but the warning and what was asked"


@pytest.mark.parametrize("drug", DRUGS)
def test_is_it_chemo(drug: str, composer: Composer, knowledge: Knowledge) -> None:
    carries = knowledge.subjects[drug].class_id in ("her2-adc", "trop2-adc")
    told = body(composer.answer(Question("overview", (drug,), aspects=("is_chemo",))))
    assert told.startswith("In part. " if carries else "No. ")
    assert "chemotherapy" in told.splitlines()[0]


def test_what_a_drug_acts_on_leads(composer: Composer) -> None:
    told = body(composer.answer(Question("mechanism", ("ribociclib",), aspects=("target",))))
    assert told.startswith("Ribociclib (Kisqali) acts on CDK4 and CDK6")


def test_the_check_that_was_asked_about_leads(composer: Composer) -> None:
    told = body(composer.answer(Question("monitoring", ("trastuzumab", "echocardiogram"))))
    assert "echocardiogram" in told.splitlines()[0]
    told = body(composer.answer(Question("monitoring", ("ribociclib", "echocardiogram"))))
    assert told.startswith("Our sources do not name echocardiogram for ribociclib (Kisqali).")


def test_an_effect_by_its_nearest_name(composer: Composer) -> None:
    """Somebody who asks about the heart means its rhythm as well."""
    told = body(composer.answer(Question("side_effect_of_symptom", ("ribociclib", "heart-damage"))))
    assert told.startswith("Our sources list heart rhythm change (QT prolongation) as a serious side effect")
    assert "do not list heart damage" in told


# --- pages


def pages(composer: Composer, question: Question) -> list[Reply]:
    """All pages of an answer, and the one after the last."""
    replies = [composer.answer(question)]
    while replies[-1].buttons and replies[-1].buttons[0].payload == "/more":
        replies.append(composer.answer(Question(question.topic, question.subjects, page=len(replies))))
    return [*replies, composer.answer(Question(question.topic, question.subjects, page=len(replies)))]


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("topic", ["mechanism", "side_effects", "serious_side_effects", "indication"])
def test_more_tells_everything_once_and_ends(topic: str, drug: str, composer: Composer, phrases: Phrases) -> None:
    *told, end = pages(composer, Question(topic, (drug,)))
    lines = [line for reply in told for line in body(reply).splitlines() if line]
    assert len({re.sub(r" (\[\d+\])+$", "", line).removeprefix("• ") for line in lines}) == len(lines)
    assert phrases.say("no_more") in body(end)
    assert not any(phrases.say("no_more") in body(reply) for reply in told)
    assert all(b.payload != "/more" for b in end.buttons)


@pytest.mark.parametrize("drug", DRUGS)
def test_a_patient_reads_plain_words_first(drug: str, composer: Composer, knowledge: Knowledge) -> None:
    plain = [s.text("en") for s in knowledge.subjects[drug].statements("mechanism") if s.level == "plain"]
    assert body(composer.answer(Question("mechanism", (drug,)))).startswith(plain[0])


@pytest.mark.parametrize("drug", ["ribociclib", "pertuzumab", "olaparib"])
def test_a_clinician_reads_details_first(drug: str, composer: Composer, knowledge: Knowledge) -> None:
    detailed = [s.text("en") for s in knowledge.subjects[drug].statements("mechanism") if s.level == "detailed"]
    reply = composer.answer(Question("mechanism", (drug,), audience="clinician"))
    assert body(reply).startswith(detailed[0])


def dated(today: str, knowledge: Knowledge, phrases: Phrases, question: Question) -> Reply:
    return Composer(knowledge, phrases, today=lambda: datetime.date.fromisoformat(today)).answer(question)


@pytest.mark.parametrize(
    ("today", "old"), [("2026-11-22", False), ("2027-11-21", False), ("2027-11-22", True), ("2028-01-01", True)]
)
def test_a_text_that_was_checked_a_year_ago_says_so(
    today: str, old: bool, knowledge: Knowledge, phrases: Phrases
) -> None:
    reply = dated(today, knowledge, phrases, Question("indication", ("ribociclib",)))
    assert reply.as_of == "2026-11-22"
    assert (phrases.say("may_be_out_of_date") in reply.text) == old
    assert "rests on our first documents" not in reply.text


@pytest.mark.parametrize(("today", "old"), [("2025-10-10", False), ("2025-10-11", True), ("2026-11-22", True)])
def test_a_text_that_rests_on_a_first_document_has_its_date(
    today: str, old: bool, knowledge: Knowledge, phrases: Phrases
) -> None:
    """Ribociclib's first sentence about how it works has no other source than the page of October 11, 2024."""
    reply = dated(today, knowledge, phrases, Question("mechanism", ("ribociclib",)))
    assert reply.as_of == "2024-10-11"
    assert "Text as of 2024-10-11." in reply.text
    assert phrases.say("rests_on_first_sources", date="October 2024") in reply.text
    assert (phrases.say("may_be_out_of_date") in reply.text) == old


def test_the_dates_of_the_first_documents_are_read(knowledge: Knowledge) -> None:
    seeds = {s.id: s.date for s in knowledge.sources.values() if s.tier == "seed"}
    assert seeds == {"seed_acs": "Last revised October 11, 2024", "seed_dro": "Last updated June 24, 2025"}
    assert {_day(knowledge.sources[i]) for i in seeds} == {"2024-10-11", "2025-06-24"}


# --- determinism


@every_question
def test_same_question_same_answer(
    questions: object, composer: Composer, knowledge: Knowledge, phrases: Phrases
) -> None:
    another = Composer(knowledge, phrases)
    for question in itertools.islice(questions(), 0, None, 7):
        assert composer.answer(question) == another.answer(question)
        assert composer.answer(question).answer_id == another.answer(question).answer_id


def test_different_questions_have_different_ids(composer: Composer) -> None:
    replies = [composer.answer(q) for make in QUESTIONS.values() for q in make()]
    said = {(r.kind, r.topic, r.drugs, r.subjects, r.text) for r in replies}
    assert len({r.answer_id for r in replies}) == len(said) > 1000
    assert all(re.fullmatch(r"[0-9a-f]{16}", r.answer_id) for r in replies)


def test_custom_part_is_the_contract(composer: Composer) -> None:
    custom = json.loads(json.dumps(composer.answer(Question("side_effects", ("ribociclib",))).custom()))
    assert list(custom) == ["kind", "topic", "drugs", "subjects", "language", "sources", "review", "answer_id"]
    assert list(custom["sources"][0]) == ["n", "title", "publisher", "url", "date", "layer"]
    assert custom["drugs"] == ["ribociclib"]


# --- asking back


@pytest.mark.parametrize(
    ("clarification", "payloads"),
    [
        (Clarification("ask_what"), []),
        (
            Clarification("ask_which_drug", pending="side_effects"),
            [
                '/ask_side_effects{"drug_class": "her2-antibody"}',
                '/ask_side_effects{"drug_class": "cdk46-inhibitor"}',
                '/ask_side_effects{"drug_class": "her2-kinase-inhibitor"}',
            ],
        ),
        (Clarification("ask_which_drug", pending="dosage"), []),
        (
            Clarification("ask_what", topics=("dosage", "mechanism"), subjects=("ribociclib",)),
            ['/ask_dosage{"drug": "ribociclib"}', '/ask_mechanism{"drug": "ribociclib"}'],
        ),
        (Clarification("ask_what", topics=("dosage", "small_talk", "emergency_red_flag")), ["/ask_dosage"]),
        (
            Clarification("ask_which_term", pending="drugs_for_subtype"),
            [
                '/ask_drugs_for_subtype{"term": "her2-positive"}',
                '/ask_drugs_for_subtype{"term": "hormone-receptor-positive"}',
                '/ask_drugs_for_subtype{"term": "triple-negative"}',
            ],
        ),
    ],
)
def test_asking_back(clarification: Clarification, payloads: list[str], composer: Composer, phrases: Phrases) -> None:
    reply = composer.ask_back(clarification)
    assert reply.kind == "clarify"
    assert reply.text == f"{phrases.say(clarification.ask)}\n\n{phrases.say('person')}"
    assert [b.payload for b in reply.buttons] == payloads


def test_at_most_three_topics_are_offered(composer: Composer) -> None:
    assert len(composer.ask_back(Clarification("ask_what", topics=TOPICS)).buttons) == 3


def test_handing_over(composer: Composer) -> None:
    reply = composer.hand_over()
    assert (reply.kind, reply.topic) == ("handoff", "talk_to_human")
    assert "1-800-227-2345" in body(reply)


@pytest.mark.parametrize(
    "question",
    [
        Question("comparison", ("ribociclib",)),
        Question("class_members", ("ribociclib",)),
        Question("drugs_for_subtype", ("ribociclib",)),
        Question("drugs_with_side_effect", ("ribociclib",)),
    ],
    ids=lambda q: q.topic,
)
def test_never_raises(question: Question, composer: Composer) -> None:
    assert composer.answer(question).kind in ("answer", "clarify")


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - {"small_talk"}))
@pytest.mark.parametrize("subject", ["ribociclib", "parp-inhibitor", "diarrhea", "her2", None])
def test_every_topic_of_every_kind_gets_a_reply(topic: str, subject: str | None, assistant: Assistant) -> None:
    kind = ENTITY[assistant.knowledge.subjects[subject].kind] if subject else ""
    mentions = (Mention(kind, subject, subject),) if subject else ()
    reply, memory = assistant.reply(Understanding(topic, mentions=mentions), Memory())
    assert reply.text
    again, _ = assistant.reply(Understanding(None, act="more"), memory)
    assert again.text


@pytest.mark.parametrize(
    ("topic", "subject_id", "button"),
    [
        ("overview", "tucatinib", ("What does HER2 mean?", '/ask_definition{"term": "her2"}')),
        ("serious_side_effects", "lapatinib", None),
        ("definition", "her2", None),
    ],
)
def test_a_hard_word_that_a_page_links_is_offered(
    composer: Composer, topic: str, subject_id: str, button: tuple[str, str] | None
) -> None:
    buttons = composer.answer(Question(topic, (subject_id,))).buttons
    offered = [(b.title, b.payload) for b in buttons if b.title.startswith("What does")]
    assert offered == ([button] if button else [])
