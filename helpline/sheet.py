"""The sheet for the doctor's visit: what was asked, our answers in full, when to call, what to ask, as a PDF.

A client sends ids, never answers: each answer is composed anew, so that nobody can put words into our mouth. What the
person wrote is shown as theirs; it is data to the typesetter and never read as its markup. Nothing is kept.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.util
import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from helpline import aspects
from helpline.assistant import Assistant
from helpline.closing import EVIDENCE
from helpline.inputs import MOST_CHARACTERS_OF_A_QUESTION, SheetBody
from helpline.knowledge import URGENCIES, Knowledge, Line, Source, Statement, Subject
from helpline.page import MOST_MARKERS, by_urgency
from helpline.problems import Problem
from helpline.question import AUDIENCES, MOST_DRUGS, TOPICS, Question
from helpline.rendering import Parts, clean, parts
from helpline.reply import Reply
from helpline.safety import ABROAD

PAPERS = {"letter": "us-letter", "a4": "a4"}
MOST_ASKED = 1000  # characters of one message that are shown; a message may be longer
_MOST_PAGES = 20  # of one answer; the longest has fewer
_NUMBERS = ("emergency", "general", "crisis", "poison", "support")  # roles of the lines that are printed
_MARKER = re.compile(r"\[(\d+)\]")
_MARKED = re.compile(r"((?:(?!\[\d+\]).)*)((?:\[\d+\])*)")
# Selectors of variants and what combines without end; they are no words.
_VARIANTS = re.compile(r"[\ufe00-\ufe0f]|(?<=[\u0300-\u036f]{3})[\u0300-\u036f]+")
_STRAIGHT = str.maketrans("\u201c\u201d\u201e", '"""')  # only we close the quotation
# Families in the order in which a letter is looked for: the first is ours, the others are for what people write. Each
# with the package that brings it, its folder there, and the files of which each must have a letter.
_FONTS = {
    "DejaVu Sans": ("matplotlib", "mpl-data/fonts/ttf", ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")),
    "WenQuanYi Micro Hei": ("paperang_p2_fonts_cjk", "fonts", ("wqy-microhei.ttc",)),
    "Noto Sans Devanagari": ("fontpkg_noto_sans_devanagari", "files", ("NotoSansDevanagari[wdth,wght].ttf",)),
    "Noto Sans Khmer": ("fontpkg_noto_sans_khmer", "files", ("NotoSansKhmer[wdth,wght].ttf",)),
    "Noto Sans Tamil": ("fontpkg_noto_sans_tamil", "files", ("NotoSansTamil[wdth,wght].ttf",)),
    "Noto Sans Telugu": ("fontpkg_noto_sans_telugu", "files", ("NotoSansTelugu[wdth,wght].ttf",)),
    "Noto Sans Thai": ("fontpkg_noto_sans_thai", "files", ("NotoSansThai[wdth,wght].ttf",)),
}
_NO_LETTER = "?"  # stands where none of them has the letter
_TEMPLATE = Path(__file__).with_name("sheet.typ")


@dataclasses.dataclass(frozen=True)
class Turn:
    """One message and what was answered to it, by ids."""

    asked: str
    topic: str
    drugs: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    answer_id: str = ""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a person wants on the sheet."""

    turns: tuple[Turn, ...]
    questions: tuple[str, ...] = ()
    paper: str = "letter"
    large_print: bool = False
    language: str = "en"


def wanted(body: SheetBody, knowledge: Knowledge) -> Wanted:
    """Return what is wanted, from the body of a request.

    Raises:
        Problem: a topic or an id is none of ours.
    """
    ids = (i for turn in body.turns for i in (*turn.drugs, *turn.subjects))
    if not all(t.topic in TOPICS for t in body.turns) or not all(i in knowledge.subjects for i in ids):
        raise Problem(HTTPStatus.BAD_REQUEST, "Unknown answer", "A turn has a topic or an id that no reply gave.")
    turns = (Turn(t.asked, t.topic, tuple(t.drugs), tuple(t.subjects), t.answer_id or "") for t in body.turns)
    questions = tuple(q for q in body.questions if q.strip())
    return Wanted(tuple(turns), questions, body.paper, body.large_print, body.language)


# --- what is on the sheet


def make(wanted: Wanted, assistant: Assistant, today: datetime.date) -> bytes:
    """Return the sheet as a PDF that can be read aloud: tagged (PDF/UA-1), with its language and its title."""
    import typst

    at = datetime.datetime(today.year, today.month, today.day, tzinfo=datetime.timezone.utc)
    return typst.compile(
        _TEMPLATE,
        format="pdf",
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        font_paths=[_folder(family) for family in _FONTS],
        sys_inputs={"sheet": json.dumps(_Sheet(wanted, assistant, today).content())},
        timestamp=at,
    )


class _Sheet:
    """One sheet in the making. Sources are numbered through, in the order of their first marker."""

    def __init__(self, wanted: Wanted, assistant: Assistant, today: datetime.date) -> None:
        self._wanted, self._assistant, self._today = wanted, assistant, today
        self._knowledge, self._phrases = assistant.knowledge, assistant.phrases
        self._sources: dict[str, Source] = {}
        self._question = functools.cache(self._find_question)  # of one sheet: it is looked for among hundreds

    def content(self) -> dict[str, Any]:
        """Return all that is on the sheet, for the template."""
        answers = [(turn, reply) for turn in self._wanted.turns if (reply := self._answer(turn))]
        day = f"{self._today:%B} {self._today.day}, {self._today.year}"
        words = ("title", "what", "to_ask", "asked", "watch", "numbers", "team", "nights", "notes", "sources", "foot")
        return {
            **{f"{word}_said": self._phrases.say(f"sheet_{word}") for word in words},
            "made_said": self._phrases.say("sheet_made", date=day),
            "said_said": self._phrases.say("sheet_said"),
            "page_said": self._phrases.say("sheet_page", number="NUMBER", count="COUNT"),
            "fonts": list(_FONTS),
            "emergency_line": self._phrases.say("emergency_line"),
            "person": self._phrases.say("person"),
            "paper": PAPERS[self._wanted.paper],
            "large": self._wanted.large_print,
            "language": self._wanted.language,
            "date": [self._today.year, self._today.month, self._today.day],
            "questions": [_words(q, MOST_CHARACTERS_OF_A_QUESTION) for q in self._wanted.questions],
            "no_letters": self._phrases.say("sheet_no_letters") if self._lacks_letters() else "",
            "answers": list(self._told(answers)),
            "watch": list(self._watch(answers)),
            "no_watch": self._phrases.say("sheet_no_drug"),
            "numbers": [self._number(line) for line in self._lines()],
            "sources": [
                {"title": s.title, "told": f"{s.publisher}, {s.date} ({EVIDENCE[s.tier]})", "url": s.url or ""}
                for s in self._sources.values()
            ],
        }

    def _lacks_letters(self) -> bool:
        """Return whether something that the person wrote cannot be printed as it was."""
        written = (*self._wanted.questions, *(turn.asked for turn in self._wanted.turns))
        return any(not _can_print(c) for text in written for c in _plain(text))

    # --- answers

    def _told(self, answers: Iterable[tuple[Turn, Reply]]) -> Iterator[dict[str, Any]]:
        """Yield each answer once, with the words that first asked for it."""
        seen = set()
        for turn, reply in answers:
            whole = self._whole(turn, reply)
            if repr(whole) not in seen:
                seen.add(repr(whole))
                asked = _words(turn.asked, MOST_ASKED)
                yield {
                    "asked": asked if asked["text"] else None,
                    "no_words": self._phrases.say("sheet_no_words"),
                    **whole,
                }

    def _whole(self, turn: Turn, reply: Reply) -> dict[str, Any]:
        """Return an answer with all of its pages, which a person reads one after another in the chat."""
        pages = list(self._pages(turn, reply))
        lines: dict[str, dict[str, Any]] = {}
        for number, page in enumerate(pages):
            for line in itertools.chain.from_iterable(_parts(page).blocks):
                told = {"bullet": number > 0 or line.role == "bullet", "pieces": self._marked(line.text, page.sources)}
                lines.setdefault(_MARKER.sub("", line.text), told)
        alarm = reply.kind in ("emergency", "crisis")
        return {"alarm": alarm, "lines": [*lines.values()], "closing": self._closing(pages)}

    def _closing(self, pages: Sequence[Reply]) -> list[str]:
        """Return how far to trust an answer: the date of its oldest page, and all else that its pages say of it."""
        dated = min(pages, key=lambda page: page.as_of or "")
        lines = [line for page in (dated, *pages) for line in _parts(page).closing]
        review = [line.text for line in lines if line.role == "review"][:1]
        others = dict.fromkeys(line.text for line in lines if line.role != "review")
        for name in ("review_with_doctor", "review_with_their_doctor"):
            others.pop(self._phrases.say(name), None)  # the sheet says so at its beginning
        return [*review, *others]

    def _pages(self, turn: Turn, reply: Reply) -> Iterator[Reply]:
        question, _ = self._question(turn)
        for number in range(_MOST_PAGES):
            page = self._assistant.answer(dataclasses.replace(question, page=number)) if number else reply
            yield page
            if not any(button.payload == "/more" for button in page.buttons):
                return

    def _answer(self, turn: Turn) -> Reply | None:
        """Return the first page of an answer; None for small talk, and where nothing was answered yet."""
        reply = self._assistant.answer(*self._question(turn))
        unasked = reply.kind == "answer" and turn.topic != "cost_access" and not (turn.drugs or turn.subjects)
        return None if unasked or reply.kind in ("chitchat", "clarify") else reply

    def _find_question(self, turn: Turn) -> tuple[Question, bool]:
        """Return the question of a turn, and whether the message before it raised an alarm.

        Where several are possible, the answer's id tells which it was.
        """
        language = self._wanted.language
        asked = aspects.heard(turn.asked)
        if turn.topic == "emergency_red_flag":
            alarms = (name + end for name in self._knowledge.alarms for end in ("", ABROAD))
            possible = [Question(turn.topic, language=language, alarm=alarm) for alarm in alarms]
            usual = Question(turn.topic, language=language, alarm="emergency")
        else:
            # What was listed by a subject names the drugs of the list too: they were not asked about.
            ids = list(dict.fromkeys([(*turn.drugs, *turn.subjects), turn.subjects or turn.drugs]))
            usual = Question(turn.topic, ids[-1] if len(turn.drugs) > MOST_DRUGS else ids[0], language, aspects=asked)
            likely = itertools.product(dict.fromkeys([asked, ()]), ids, AUDIENCES)
            others = itertools.product(((name,) for name in sorted(aspects.NAMES)), ids[:1], AUDIENCES)
            possible = [
                Question(turn.topic, subjects, language, audience, aspects=part)
                for part, subjects, audience in itertools.chain(likely, others)
            ]
        if not turn.answer_id:
            return usual, False
        shown = itertools.product((False, True), possible)
        found = ((q, after) for after, q in shown if self._assistant.answer(q, after).answer_id == turn.answer_id)
        return next(found, (usual, False))

    def _marked(self, text: str, sources: Sequence[Source]) -> list[dict[str, Any]]:
        """Return a line in pieces: words, and markers that are numbered through the sheet."""
        pieces: list[dict[str, Any]] = []
        for words, markers in _MARKED.findall(text):
            pieces += [{"text": words}] if words else []
            numbers = (int(n) - 1 for n in _MARKER.findall(markers))
            pieces += self._cited(sources[n] for n in numbers if n < len(sources))
        return pieces

    def _cited(self, sources: Iterable[Source]) -> list[dict[str, Any]]:
        numbers = sorted(self._cite(s) for s in sources)
        return [{"sources": numbers}] if numbers else []

    def _cite(self, source: Source) -> int:
        self._sources.setdefault(source.id, source)
        return list(self._sources).index(source.id) + 1

    # --- when to call, and whom

    def _watch(self, answers: Iterable[tuple[Turn, Reply]]) -> Iterator[dict[str, Any]]:
        """Yield when to call for each drug that was spoken of, the most urgent first."""
        named = [reply.drugs for _, reply in answers if len(reply.drugs) <= MOST_DRUGS]
        for drug in (self._knowledge.subjects[i] for i in dict.fromkeys(itertools.chain(*named))):
            yield {"name": drug.names.display, **self._calls(drug)}

    def _calls(self, drug: Subject) -> dict[str, Any]:
        if self._assistant.only_approved and drug.review_status != "approved":
            return {"groups": [], "instead": self._phrases.say("withheld")}
        if drug.fields.get("when_to_call") is None:
            return {"groups": [], "instead": self._phrases.say("sources_do_not_say", subject=drug.names.inside)}
        calls = by_urgency(drug.statements("when_to_call"))
        grouped = itertools.groupby(calls, key=lambda s: s.urgency or URGENCIES[-1])
        groups = [
            {"title": self._phrases.say(f"sheet_{u}"), "lines": [self._call(s) for s in found]} for u, found in grouped
        ]
        return {"groups": groups, "instead": ""}

    def _call(self, statement: Statement) -> list[dict[str, Any]]:
        marks = self._cited(self._knowledge.sources[i] for i in statement.sources[:MOST_MARKERS])
        return [{"text": f"{statement.text(self._wanted.language)} "}, *marks]

    def _lines(self) -> Iterator[Line]:
        for role in _NUMBERS:
            yield from [line for line in self._knowledge.lines.values() if line.role == role and line.hours][:1]

    def _number(self, line: Line) -> dict[str, Any]:
        hours = line.hours[0].text(self._wanted.language) if line.hours else ""
        return {"name": f"{line.name} ({line.country})", "phone": line.phone_text, "dial": line.phone, "hours": hours}


# --- words and letters


def _parts(reply: Reply) -> Parts:
    return parts({"text": reply.text, "custom": reply.custom()})


def _words(text: str, most: int) -> dict[str, Any]:
    """Return what a person wrote as it can be printed: no control characters, one line, a bounded length."""
    text = "".join(c if _can_print(c) else _NO_LETTER for c in _plain(text))
    shown = text if len(text) <= most else f"{text[:most].rstrip()} ..."
    strong = next((d for c in shown if (d := unicodedata.bidirectional(c)) in ("L", "R", "AL")), "L")
    return {"text": shown, "rtl": strong != "L"}


def _plain(text: str) -> str:
    text = _VARIANTS.sub("", unicodedata.normalize("NFC", clean(text))).translate(_STRAIGHT)
    return " ".join(text.split())


def _can_print(character: str) -> bool:
    return ord(character) in _letters()


@functools.lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Return the code points that one of our fonts has, in all of its weights: the typesetter refuses all others."""
    from fontTools.ttLib import TTFont

    letters: set[int] = set()
    for family, (_, _, names) in _FONTS.items():
        codes = []
        for name in names:
            with TTFont(_folder(family) / name, fontNumber=0) as font:
                codes.append(frozenset(font.getBestCmap()))
        letters.update(frozenset.intersection(*codes))
    return frozenset(letters)


def _folder(family: str) -> Path:
    """Return the folder with the files of a family of fonts. The package that brings them is not run."""
    package, folder, _ = _FONTS[family]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise RuntimeError(f"{package}, whose fonts the sheet is set in, is not installed")
    return Path(found.origin).parent / folder
