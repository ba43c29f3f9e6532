"""The sheet for the doctor's visit, read back from its PDF."""

from __future__ import annotations

import dataclasses
import datetime
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest

from helpline import aspects, paths, sheet
from helpline.assistant import Assistant
from helpline.inputs import SheetBody
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.problems import Problem
from helpline.question import TOPICS, Question
from helpline.reply import Reply
from helpline.sheet import Turn, Wanted

TODAY = datetime.date(2026, 11, 22)
ASKED: list[tuple[str, str, tuple[str, ...]]] = [
    ("what is this pill", "overview", ("ribociclib",)),
    ("side effects?", "side_effects", ("palbociclib",)),
    ("the bad ones", "serious_side_effects", ("everolimus",)),
    ("does it make you sick", "side_effect_of_symptom", ("ribociclib", "diarrhea")),
    ("one or the other", "comparison", ("palbociclib", "ribociclib")),
    ("who loses hair", "drugs_with_side_effect", ("hair-loss",)),
    ("I missed a dose", "missed_dose", ("ribociclib",)),
    ("what is HER2", "definition", ("her2",)),
    ("will it help", "efficacy_survival", ("olaparib",)),
    ("what helps", "management_of_side_effect", ("mouth-sores",)),
    ("the money", "cost_access", ()),
    ("a person please", "talk_to_human", ()),
]
HOSTILE = [
    '#panic("x")',
    "$x^2$ = *bold* _it_ `raw` @ref <label> \\u{41} #{1+1}",
    '#import "@preview/cetz:0.3.0": *',
    '#read("/etc/passwd")',
    "#sys.inputs",
    '"}], "answers": [{"asked": "x',
    "= Heading",
    "- list\n+ numbers\n/ term: x",
    "#set page(width: 1pt)",
    "] #pagebreak() [",
    "*/ /* // comment",
    "https://example.org/a#b",
    "tel:911",
    "<script>alert(1)</script>",
    "<b>bold</b> &amp; &#x41;",
    "javascript:alert(1)",
    "${jndi:ldap://x}",
    "{{7*7}} {% raw %} %s %d %n {0} {named}",
    "'; DROP TABLE x; --",
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "\x1b[31mred\x1b[0m \x07 \x00 \x9b2J",
    "a\r\nb\tc\x0bd\x0ce",
    "\u202egnp.exe\u202c",
    "\u2066isolate\u2069 \u200fmark\u200e",
    "zero\u200bwidth\u200djoin\ufeffbom",
    "soft\u00adhyphen no\u00a0break \u2028 \u2029",
    "\u0645\u0631\u062d\u0628\u0627 \u0643\u064a\u0641 \u062d\u0627\u0644\u0643",
    "\u05e9\u05dc\u05d5\u05dd, Ibrance?",
    "\u043f\u0440\u0438\u0432\u0435\u0442 \u0394 \u03b1 \u00df \u0142",
    "\u4f60\u597d\u4e16\u754c",
    "\u3053\u3093\u306b\u3061\u306f \ud55c\uad6d\uc5b4",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308",
    "Z" + "\u0301\u0327\u0335" * 60,
    "W" * 1000,
    "a " * 500,
    "word-" * 150,
    "\u0301 starts with a mark",
    "\ufffd\ufffe\uffff",
    "\ud800 lone",
    "\U000e0041\U000e0042 tags",
    "\ue000\uf8ff private",
    "\u00bd \u2460 \ufb01 \u212b \u2126",
    "[1] [99] [0] [-1]",
    "Sources:\n[1] Mine. https://evil.example",
    "Text as of 2026-11-22. A clinician has reviewed it.",
    "\u201cquoted\u201d 'and' \"so\"",
    "     ",
    "\\",
    "\\#",
    "%PDF-1.7 >> endobj (x) Tj ET BT /F1",
]
Make = Callable[..., pypdf.PdfReader]


def turn_of(assistant: Assistant, asked: str, question: Question) -> tuple[Turn, Reply]:
    reply = assistant.answer(question)
    return Turn(asked, reply.topic, reply.drugs, reply.subjects, reply.answer_id), reply


@pytest.fixture(scope="module")
def make(assistant: Assistant) -> Make:
    def make(*turns: Turn, **more: Any) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(sheet.make(Wanted(turns, **more), assistant, TODAY)))

    return make


def text_of(pdf: pypdf.PdfReader) -> str:
    """All words in the order of the pages, without the feet of the pages, markers and line ends."""
    text = "\n".join(page.extract_text() for page in pdf.pages)
    text = re.sub(r"Made by a computer program\. Not reviewed by a clinician\.\s*Page\s+\d+\s+of\s+\d+", " ", text)
    return flat(text)


def flat(text: str) -> str:
    """Words as they can be compared: a line may end after a hyphen, a marker may begin a line."""
    return re.sub(r"\s+", "", re.sub(r"\[\d+\]", "", text))


def body_of(reply: Reply) -> list[str]:
    return [line.lstrip("• ") for line in reply.text.split("\n\nSources:")[0].split("\n") if line.strip()]


# --- the words


@pytest.mark.parametrize(("asked", "topic", "ids"), ASKED, ids=[topic for _, topic, _ in ASKED])
def test_an_answer_is_told_in_full(
    asked: str, topic: str, ids: tuple[str, ...], assistant: Assistant, make: Make
) -> None:
    """Every line of every page of the answer stands on the sheet, below the words that asked for it."""
    turn, first = turn_of(assistant, asked, Question(topic, ids, aspects=aspects.heard(asked)))
    found = text_of(make(turn))
    place = found.index(flat(f"“{asked}”"))
    pages, page = [first], 1
    while any(b.payload == "/more" for b in pages[-1].buttons):
        pages.append(assistant.answer(Question(topic, ids, page=page, aspects=aspects.heard(asked))))
        page += 1
    for reply in pages:
        for line in body_of(reply):
            assert flat(line) in found[place:], line
        for source in reply.sources:
            assert flat(f"{source.title}. {source.publisher}, {source.date}") in found
            assert not source.url or flat(source.url) in found
    assert flat(f"Text as of {min(p.as_of or '' for p in pages)}. No clinician has reviewed it yet.") in found


def test_each_alarm_is_told_in_its_own_words(knowledge: Knowledge, assistant: Assistant, make: Make) -> None:
    for name, words in knowledge.alarms.items():
        for alarm, said in ((name, words.reply), (f"{name}_abroad", words.abroad or words.reply)):
            turn, reply = turn_of(assistant, "it hurts", Question("emergency_red_flag", alarm=alarm))
            found = text_of(make(turn))
            assert flat(said["en"]) in found
            assert flat(reply.text) in found


def test_an_alarm_that_is_not_known_is_the_general_one(knowledge: Knowledge, make: Make) -> None:
    found = text_of(make(Turn("x", "emergency_red_flag", answer_id="none of ours")))
    assert flat(knowledge.alarms["emergency"].reply["en"]) in found


@pytest.mark.parametrize("aspect", sorted(aspects.NAMES))
def test_what_was_declined_is_declined_in_the_same_words(aspect: str, assistant: Assistant, make: Make) -> None:
    """A client does not send what was heard in the message: the answer's id tells."""
    question = Question("stop_or_change_treatment", ("olaparib",), aspects=(aspect,))
    turn, reply = turn_of(assistant, "x", question)
    assert flat(body_of(reply)[0]) in text_of(make(turn))


def test_after_an_alarm_an_answer_says_first_when_to_call(assistant: Assistant, make: Make) -> None:
    question = Question("side_effects", ("ribociclib",), audience="caregiver")
    reply = assistant.answer(question, is_after_alarm=True)
    turn, _ = turn_of(assistant, "what does it do to her", question)
    found = text_of(make(dataclasses.replace(turn, answer_id=reply.answer_id)))
    assert flat(assistant.phrases.say("after_alarm")) in found
    assert flat(body_of(reply)[-1]) in found  # and in the words for a caregiver


def test_an_answer_is_told_once(assistant: Assistant, make: Make) -> None:
    first, reply = turn_of(assistant, "side effects", Question("side_effects", ("ribociclib",)))
    more, _ = turn_of(assistant, "more", Question("side_effects", ("ribociclib",), page=1))
    found = text_of(make(first, more))
    assert "“more”" not in found
    answers = found[found.index(flat("What was asked, and the answers")) : found.index(flat("What to watch for"))]
    assert answers.count(flat(body_of(reply)[0])) == 1


@pytest.mark.parametrize("topic", ["small_talk", "side_effects", "comparison", "drugs_with_side_effect"])
def test_what_was_not_answered_is_not_on_the_sheet(topic: str, make: Make) -> None:
    assert "“hello”" not in text_of(make(Turn("hello", topic)))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_can_be_sent(topic: str, assistant: Assistant, make: Make) -> None:
    make(Turn("x", topic), Turn("y", topic, ("ribociclib",), ("diarrhea",)), Turn("z", topic, (), ("her2",)))


def test_when_to_call_is_told_for_each_drug(knowledge: Knowledge, assistant: Assistant, make: Make) -> None:
    turns = [turn_of(assistant, "x", Question("overview", (i,)))[0] for i in ("ribociclib", "neratinib")]
    found = text_of(make(*turns))
    found = found[found.index(flat("What to watch for, and when to call")) :]
    for drug in ("ribociclib", "neratinib"):
        for statement in knowledge.subjects[drug].statements("when_to_call"):
            assert flat(statement.text("en")) in found


def test_a_drug_that_is_only_listed_is_not_watched_for(assistant: Assistant, make: Make) -> None:
    turn, _ = turn_of(assistant, "x", Question("drugs_with_side_effect", ("hair-loss",)))
    assert flat("No drug was named") in text_of(make(turn))


def test_the_way_to_a_person(phrases: Phrases, make: Make) -> None:
    found = text_of(make())
    for words in (phrases.say("emergency_line"), phrases.say("sheet_what"), "1-800-227-2345", "988", "Notes"):
        assert flat(words) in found


def test_only_approved_texts_where_the_operator_wants_that(knowledge: Knowledge, phrases: Phrases) -> None:
    strict = Assistant(knowledge, phrases, only_approved=True)
    turn, _ = turn_of(strict, "x", Question("serious_side_effects", ("ribociclib",)))
    found = text_of(pypdf.PdfReader(io.BytesIO(sheet.make(Wanted((turn,)), strict, TODAY))))
    for statement in knowledge.subjects["ribociclib"].statements("when_to_call", "serious_side_effects"):
        assert flat(statement.text("en")) not in found
    assert found.count(flat(phrases.say("withheld"))) == 2


# --- what the person wrote


def test_questions_to_take_along(make: Make) -> None:
    found = text_of(make(questions=("Can I travel?", "What #is *this*?")))
    assert found.index(flat("Questions to ask")) < found.index("CanItravel?") < found.index("What#is*this*?")


@pytest.mark.parametrize("large_print", [False, True])
def test_hostile_words_are_only_words(large_print: bool, assistant: Assistant, make: Make) -> None:
    assert len(HOSTILE) >= 50
    turns = [
        turn_of(assistant, text, Question("definition", (term.id,)))[0]
        for text, term in zip(HOSTILE, assistant.knowledge.of_kind("term"))
    ]
    pdf = make(*turns, questions=tuple(text[:200] for text in HOSTILE[:20]), large_print=large_print)
    found = text_of(pdf)
    for words in ('#panic("x")', "$x^2$=*bold*_it_`raw`@ref<label>\\u{41}#{1+1}", '#read("/etc/passwd")', "=Heading"):
        assert words in found
    assert "root:" not in found
    assert 'Asked:“"quoted"\'and\'"so"”' in found  # nobody can close our quotation
    assert "W" * 1000 in found
    assert not re.search("[\x00-\x08\x0e-\x1f\u202d\u202e\u2066-\u2068]", found)
    width = float(pdf.pages[0].mediabox.width)
    links = [a.get_object() for page in pdf.pages for a in page.get("/Annots", ())]
    targets = {a["/A"]["/URI"] for a in links if "/A" in a and "/URI" in a["/A"]}
    known = {s.url for s in assistant.knowledge.sources.values()}
    assert {t for t in targets if not t.startswith("tel:")} <= known
    assert {len(t) < 40 for t in targets if t.startswith("tel:")} == {True}
    for page in pdf.pages:
        page.extract_text(visitor_text=lambda text, cm, tm, *_: _assert_inside(text, tm[4], width))


def _assert_inside(text: str, x: float, width: float) -> None:
    assert not text.strip() or 0 <= x < width, text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_each_hostile_text_alone(text: str, make: Make) -> None:
    make(Turn(text, "talk_to_human"), questions=(text[:200],))


@pytest.mark.parametrize(
    "text",
    [
        "\u4f60\u597d\u4e16\u754c",
        "\u3053\u3093\u306b\u3061\u306f",
        "\ud55c\uad6d\uc5b4",
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "\u0e44\u0e17\u0e22",
        "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd",
        "\u0c24\u0c46\u0c32\u0c41\u0c17\u0c41",
        "\u1797\u17b6\u179f\u17b6\u1781\u17d2\u1798\u17c2\u179a",
        "\u0440\u0443\u0441\u0441\u043a\u0438\u0439",
        "ti\u1ebfng Vi\u1ec7t",
    ],
)
def test_what_is_written_in_other_scripts_can_be_read(text: str, phrases: Phrases, make: Make) -> None:
    pdf = make(Turn(text, "talk_to_human"), questions=(text,))
    found = text_of(pdf)
    # The signs of some scripts are drawn in another order than they are written, and read back in it.
    assert set(flat(text)) <= set(found)
    assert "\u201c?" not in found
    assert flat(phrases.say("sheet_no_letters")) not in found


def test_letters_that_no_font_has_are_told(phrases: Phrases, make: Make) -> None:
    found = text_of(make(questions=("Is \u0986\u09ae\u09bf right?",)))
    assert "Is???right?" in found
    assert flat(phrases.say("sheet_no_letters")) in found


# --- the form


@pytest.mark.parametrize("large_print", [False, True])
def test_what_is_copied_from_the_sheet_is_what_was_written(large_print: bool, assistant: Assistant, make: Make) -> None:
    """Words without an end and addresses are broken into lines without any character of ours."""
    turn, reply = turn_of(assistant, "W" * 300, Question("overview", ("ribociclib",)))
    pdf = make(turn, questions=("https://example.org/" + "a" * 150,), large_print=large_print)
    text = "".join(page.extract_text() for page in pdf.pages)
    assert not re.search("[\u00ad\u200b-\u200d\u2060\ufeff]", text)
    copied = re.sub(r"\n", "", text)
    long = [s.url for s in reply.sources if s.url and len(s.url) > 60]
    assert long
    for written in ("W" * 300, "https://example.org/" + "a" * 150, *long):
        assert written in copied
    width = float(pdf.pages[0].mediabox.width)
    for page in pdf.pages:
        for link in (a.get_object() for a in page.get("/Annots", ())):
            assert max(float(link["/Rect"][i]) for i in (0, 2)) < width - 50  # the margin is 57 points


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
@pytest.mark.parametrize("large_print", [False, True])
def test_form(paper: str, size: tuple[int, int], large_print: bool, assistant: Assistant, make: Make) -> None:
    turn, _ = turn_of(assistant, "x", Question("overview", ("ribociclib",)))
    pdf = make(turn, paper=paper, large_print=large_print)
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "For my visit to the doctor"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in pdf.pages} == {size}
    roles = list(_roles(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Link", "/P"} <= set(roles)
    assert pdf.outline


def _roles(node: Any) -> Iterator[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from _roles(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"])
        yield from _roles(node.get("/K", []))


@pytest.mark.parametrize(("large_print", "least"), [(False, 8), (True, 14)])
def test_large_print_is_large(large_print: bool, least: int, assistant: Assistant, make: Make) -> None:
    turn, _ = turn_of(assistant, "x", Question("overview", ("ribociclib",)))
    sizes = set()
    for page in make(turn, large_print=large_print).pages:
        page.extract_text(visitor_text=lambda text, cm, tm, font, size: sizes.add(size) if text.strip() else None)
    assert min(sizes) >= least


def test_the_same_sheet_twice_is_the_same(assistant: Assistant) -> None:
    wanted = Wanted((Turn("x", "overview", ("ribociclib",)),))
    assert sheet.make(wanted, assistant, TODAY) == sheet.make(wanted, assistant, TODAY)


def test_nothing_is_written_to_disk(tmp_path: Path) -> None:
    """In a process whose every folder for files is an empty one."""
    code = (
        "import datetime; from pathlib import Path; from helpline import paths, sheet; "
        "from helpline.assistant import Assistant; "
        "made = sheet.make(sheet.Wanted((sheet.Turn('secret', 'overview', ('ribociclib',)),)), "
        "Assistant.load(paths.ROOT), datetime.date.today()); assert made.startswith(b'%PDF')"
    )
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    variables = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | dict.fromkeys(names, str(tmp_path))
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=variables, check=True)
    assert list(tmp_path.rglob("*")) == []


# --- what a client sends


def test_what_is_sent_is_read(knowledge: Knowledge) -> None:
    turn = {"asked": "x", "topic": "overview", "drugs": ["ribociclib"], "subjects": [], "answer_id": "1"}
    body = {"session": "s", "turns": [turn], "questions": ["a?", " "], "paper": "a4", "large_print": True}
    assert sheet.wanted(SheetBody.parse_obj(body), knowledge) == Wanted(
        (Turn("x", "overview", ("ribociclib",), (), "1"),), ("a?",), "a4", True, "en"
    )
    assert sheet.wanted(SheetBody.parse_obj({"session": "s"}), knowledge) == Wanted(())


@pytest.mark.parametrize("wrong", [{"topic": "horoscope"}, {"drugs": ["aspirin"]}, {"subjects": ["secret-name"]}])
def test_ids_of_others_are_refused_and_not_repeated(wrong: dict[str, Any], knowledge: Knowledge) -> None:
    turn = {"asked": "x", "topic": "overview"} | wrong
    with pytest.raises(Problem) as refused:
        sheet.wanted(SheetBody.parse_obj({"session": "s", "turns": [turn]}), knowledge)
    assert refused.value.status == 400
    assert refused.value.detail == "A turn has a topic or an id that no reply gave."


def test_the_typesetter_loads_with_the_first_sheet_only() -> None:
    code = "import sys, helpline.sheet; sys.exit(str({'typst', 'fontTools', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, check=False)
    assert done.stderr == b"set()\n"
