"""What the helpline knows: subjects, their sourced statements, and the relations between them.

`helpline.validation` reads the folder `knowledge/`, checks it and builds what is here. A relation ("which
drugs cause X") is always computed from the statements of the drug files; there is no second list to keep in step.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDERS = {"drugs": "drug", "classes": "class", "side_effects": "side_effect", "terms": "term"}
SOURCES_DO_NOT_SAY = "sources_do_not_say"
URGENCIES = ("emergency", "right_away", "as_soon_as_it_happens", "let_doctor_know")  # the most urgent first


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file, with the line to mend."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class BrokenKnowledge(Exception):
    """The knowledge base has problems; `problems` lists all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a statement comes from. `layer` is the kind of evidence; `url` is None where the source shows none."""

    id: str
    title: str
    publisher: str
    url: str | None
    date: str
    layer: str
    tier: str


@dataclasses.dataclass(frozen=True)
class Statement:
    """One sourced fact. `texts` maps a language to its wording; `about` holds ids of subjects."""

    texts: Mapping[str, str]
    sources: tuple[str, ...]
    about: tuple[str, ...] = ()
    level: str = "plain"
    route: str | None = None
    frequency: str | None = None
    urgency: str | None = None
    newer: bool = False

    def text(self, language: str) -> str:
        """Return the wording in a language, in English where there is none yet."""
        return self.texts.get(language) or self.texts["en"]


@dataclasses.dataclass(frozen=True)
class Names:
    """What a subject is called. `display` is how we write it; `all` is every form it can be recognised by."""

    display: str
    all: tuple[str, ...]
    brands: tuple[str, ...] = ()
    generic: str | None = None
    misspellings: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()  # the words that a plain text may not use unexplained

    def hard_word_in(self, text: str) -> str | None:
        """Return the first of the hard words that stands in a text by itself; "HER2" does not in "HER2-positive"."""
        return next((w for w in self.hard if re.search(rf"(?<![\w-]){re.escape(w)}s?(?![\w-])", text, re.I)), None)

    @property
    def inside(self) -> str:
        """Return `display` as it stands inside a sentence: a generic name loses its capital, a brand keeps it."""
        if self.generic and self.display.lower().startswith(self.generic.lower()):
            return self.display[0].lower() + self.display[1:]
        return self.display


@dataclasses.dataclass(frozen=True)
class Review:
    """Whether a clinician has approved the text. `hash` is `content_hash` of the text that was reviewed."""

    status: str = "draft"
    reviewer: str | None = None
    role: str | None = None
    date: str | None = None
    hash: str | None = None


@dataclasses.dataclass(frozen=True)
class Subject:
    """A drug, class, side effect or term. A field maps to None where our sources do not cover it."""

    id: str
    kind: str
    names: Names
    fields: Mapping[str, tuple[Statement, ...] | None]
    as_of: str
    review: Review
    class_id: str | None = None
    newer: bool = False

    def statements(self, *fields: str) -> Iterator[Statement]:
        """Yield the statements of the named fields, in the order of the file."""
        for field in fields:
            yield from self.fields.get(field) or ()

    @functools.cached_property
    def review_status(self) -> str:
        """Return the status, `stale` where the text was edited after it was approved."""
        if self.review.status == "approved" and self.review.hash != content_hash(self):
            return "stale"
        return self.review.status

    @property
    def route(self) -> str | None:
        """Return how a drug is given: pill, infusion or injection."""
        return next((s.route for s in self.statements("administration") if s.route), None)


@dataclasses.dataclass(frozen=True)
class Line:
    """A helpline that we refer people to."""

    id: str
    name: str
    role: str
    country: str
    phone: str
    phone_text: str
    other: str | None
    hours: tuple[Statement, ...] | None
    helps_with: tuple[Statement, ...] | None
    sources: tuple[str, ...]
    last_verified: str


@dataclasses.dataclass(frozen=True)
class NotCovered:
    """A group of medicines or cancers that we know by name and do not answer about. `kind`: medicine or cancer."""

    id: str
    kind: str
    display: Mapping[str, str]
    names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class AlarmWords:
    """The rules that raise an alarm, and the fixed reply by language. See `knowledge/safety.yml`.

    Attributes:
        reply: what is said, by language.
        abroad: what is said to somebody who is not in the US; empty where it is the same.
        signs: rules that a question ("can it cause ...") or an "if" excuses.
        now: rules that only a denial, the past or a plain supposition excuses.
    """

    reply: Mapping[str, str]
    sources: tuple[str, ...]
    signs: tuple[str, ...]
    now: tuple[str, ...]
    abroad: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class DrugSigns:
    """Rules that count only beside the name of a drug whose own `when_to_call` is about the effect."""

    alarm: str
    effect: str
    signs: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]


class Alarms(dict[str, AlarmWords]):
    """The alarms by name, and what all of them share: the vocabulary and the excuses of `knowledge/safety.yml`."""

    def __init__(
        self,
        words: Mapping[str, AlarmWords],
        on_drugs: Iterable[DrugSigns] = (),
        families: Mapping[str, tuple[str, ...]] | None = None,
        excuses: Mapping[str, tuple[str, ...]] | None = None,
        numbers: Mapping[str, tuple[tuple[float, float, bool], ...]] | None = None,
        lists: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Keep them.

        Args:
            words: the alarms by name.
            on_drugs: rules that need the name of a drug.
            families: lists of words that a rule names as `<family>`.
            excuses: what makes a sign no alarm, by kind of excuse.
            numbers: ranges by name, each (from, to, whether only numbers with a decimal point count).
            lists: the plain lists `idioms`, `abroad`, `home`, `mended`, `ordinary`, `other_units` and `sure`.
        """
        super().__init__(words)
        self.on_drugs = tuple(on_drugs)
        self.families = dict(families or {})
        self.excuses = dict(excuses or {})
        self.numbers = dict(numbers or {})
        lists = lists or {}
        self.idioms = lists.get("idioms", ())
        self.abroad = lists.get("abroad", ())
        self.home = lists.get("home", ())
        self.mended = lists.get("mended", ())
        self.ordinary = lists.get("ordinary", ())
        self.other_units = lists.get("other_units", ())
        self.sure = lists.get("sure", ())


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """The whole knowledge base, checked."""

    subjects: Mapping[str, Subject]
    sources: Mapping[str, Source]
    lines: Mapping[str, Line]
    not_covered: tuple[NotCovered, ...]
    alarms: Alarms

    def of_kind(self, kind: str) -> list[Subject]:
        """Return the subjects of a kind, in the order of their ids."""
        return [s for s in self.subjects.values() if s.kind == kind]

    def members(self, class_id: str) -> list[Subject]:
        """Return the drugs of a class."""
        return [d for d in self.of_kind("drug") if d.class_id == class_id]

    def parts(self, drug_id: str) -> tuple[str, ...]:
        """Return the drugs whose generic names are the parts of a drug's generic name.

        Only a product of several drugs has parts: trastuzumab is one of Phesgo, and none of T-DM1, whose name it is in.
        """
        generic = (self.subjects[drug_id].names.generic or "").lower()
        if "," not in generic:
            return ()
        words = set(generic.replace(",", " ").split())
        return tuple(d.id for d in self.of_kind("drug") if d.id != drug_id and d.names.generic in words)

    def drugs_about(self, fields: Iterable[str], subject_id: str) -> list[Subject]:
        """Return the drugs with a statement about a subject in one of the fields."""
        fields = tuple(fields)
        return [d for d in self.of_kind("drug") if any(subject_id in s.about for s in d.statements(*fields))]

    def drugs_causing(self, effect_id: str) -> list[tuple[Subject, str]]:
        """Return (drug, listing) for each drug whose sources list the effect. See `listing`."""
        found = ((d, self.listing(d, effect_id)) for d in self.of_kind("drug"))
        return [(drug, listing) for drug, listing in found if listing]

    @staticmethod
    def listing(drug: Subject, effect_id: str) -> str | None:
        """Return how a drug's own statements list an effect.

        Returns:
            `serious`, `common`, `less_common`, `rare` or `listed` (how often is not said), the first of these that
            holds; None if it is not listed.
        """
        if any(effect_id in s.about for s in drug.statements("serious_side_effects", "boxed_warning")):
            return "serious"
        said = {s.frequency or "common" for s in drug.statements("side_effects") if effect_id in s.about}
        return next((f for f in ("common", "less_common", "rare", "listed") if f in said), None)

    def line(self, role: str) -> Line:
        """Return the first helpline of a role.

        Raises:
            KeyError: no line has that role.
        """
        for line in self.lines.values():
            if line.role == role:
                return line
        raise KeyError(role)


def content_hash(subject: Subject) -> str:
    """Return the sha256 of what a reviewer approves: all that is told of a subject, and under which names.

    Its id, kind, class and names are part of it, and whether it is newer than our main source: a changed brand or class
    changes answers as much as a changed sentence. So is `as_of`: a new date says that the text was held against its
    sources anew, which the reviewer has not seen. How names may be misspelled is not.
    """
    names = subject.names
    told = {
        "id": subject.id,
        "kind": subject.kind,
        "class": subject.class_id,
        "newer": subject.newer,
        "as_of": subject.as_of,
        "names": [names.display, names.generic, *sorted(set(names.all) - set(names.misspellings))],
        "fields": {
            name: None if statements is None else [dataclasses.asdict(s) for s in statements]
            for name, statements in subject.fields.items()
        },
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def look_alikes(drugs: Sequence[Subject]) -> list[Subject]:
    """Return the drugs whose generic name shares a word with that of another of them."""
    words = {d.id: set(re.findall(r"[a-z]+", (d.names.generic or "").lower())) - {"and"} for d in drugs}
    return [d for d in drugs if any(words[d.id] & words[o.id] for o in drugs if o is not d)]
