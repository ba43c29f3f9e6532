"""Reads the folder `knowledge/`, finds everything that is wrong with it at once, and builds `Knowledge`.

The format is described in `knowledge/README.md`; the tables below are the same rules as data.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpline import prose
from helpline.checked_file import CheckedFile, nearest
from helpline.document import Series, Table
from helpline.glosses import Glossary
from helpline.knowledge import (
    FOLDERS,
    SOURCES_DO_NOT_SAY,
    URGENCIES,
    Alarms,
    AlarmWords,
    BrokenKnowledge,
    DrugSigns,
    Knowledge,
    Line,
    Names,
    NotCovered,
    Problem,
    Review,
    Source,
    Statement,
    Subject,
)

LANGUAGES = ("en", "es")
LAYERS = ("label", "guideline", "research", "government", "patient_org")
WEAK_TIERS = ("trade-news", "other")  # too far from the origin to carry a fact alone
TIERS = ("gov", "label-mirror", "manufacturer", "journal", "patient-org", "trade-news", "other", "seed")
LEVELS = ("plain", "detailed")
ROUTES = ("pill", "infusion", "injection")
FREQUENCIES = ("common", "less_common", "rare", "listed")
STATUSES = ("draft", "in_review", "approved")
ALARMS = ("emergency", "crisis")
MORE_ALARMS = ("overdose", "call_now", "danger")
ALARM_LISTS = ("idioms", "abroad", "home", "mended", "ordinary", "other_units", "sure")
EXCUSES = (
    "denied",
    "denied_over",
    "present",
    "attached",
    "detached",
    "happening",
    "past",
    "again",
    "supposed",
    "asked",
    "maybe",
    "written",
)
CALL_NOW_URGENCIES = ("emergency", "right_away")
_STRONG_WORDS = "words as strong in the text: call, 911, at once, right away, emergency or as soon as"
ROLES = ("general", "emergency", "crisis", "poison", "support", "report")

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ANY_KIND = frozenset(FOLDERS.values())


@dataclasses.dataclass(frozen=True)
class FieldRule:
    """What a field's statements may and must carry beside a text and sources."""

    about: frozenset[str] = ANY_KIND
    needs_about: bool = False
    extra: tuple[str, ...] = ()
    needs_extra: bool = False


_TERMS = frozenset({"term"})
_EFFECTS = frozenset({"side_effect"})
_EFFECTS_OR_TERMS = _EFFECTS | _TERMS

FIELDS: Mapping[str, Mapping[str, FieldRule]] = {
    "drug": {
        "overview": FieldRule(),
        "targets": FieldRule(_TERMS, needs_about=True),
        "mechanism": FieldRule(),
        "indication": FieldRule(),
        "biomarker_test": FieldRule(),
        "administration": FieldRule(extra=("route",)),
        "duration_schedule": FieldRule(),
        "combination": FieldRule(),
        "side_effects": FieldRule(_EFFECTS_OR_TERMS, extra=("frequency",)),
        "serious_side_effects": FieldRule(_EFFECTS_OR_TERMS),
        "boxed_warning": FieldRule(_EFFECTS_OR_TERMS),
        "monitoring": FieldRule(_EFFECTS_OR_TERMS),
        "when_to_call": FieldRule(_EFFECTS_OR_TERMS, extra=("urgency",), needs_extra=True),
        "pregnancy_fertility_breastfeeding": FieldRule(),
        "efficacy_survival": FieldRule(),
        "brand_generic_biosimilar": FieldRule(),
    },
    "class": {
        "overview": FieldRule(),
        "mechanism": FieldRule(),
        "indication": FieldRule(),
        "administration": FieldRule(),
        "side_effects": FieldRule(_EFFECTS_OR_TERMS | {"drug"}, extra=("frequency",)),
        "serious_side_effects": FieldRule(_EFFECTS_OR_TERMS | {"drug"}),
    },
    "side_effect": {
        "definition": FieldRule(),
        "seriousness": FieldRule(),
        "when_to_call": FieldRule(extra=("urgency",), needs_extra=True),
        "management_of_side_effect": FieldRule(),
    },
    "term": {"definition": FieldRule()},
}

_NAME_LISTS = {
    "drug": ("brands", "biosimilars", "variants", "abbreviations", "misspellings"),
    "class": ("also", "abbreviations", "misspellings"),
    "side_effect": ("also", "abbreviations", "misspellings", "symptoms"),
    "term": ("also", "abbreviations", "misspellings"),
}
_NAMED_FIRST = ("drug", "class")  # the kinds whose every field begins with the name
_WITH_HARD_WORDS = ("side_effect", "term")
_EXTRAS = {"route": ROUTES, "frequency": FREQUENCIES, "urgency": URGENCIES, "level": LEVELS}


def _folded(name: str) -> str:
    """Return a name as it is compared: lower case, hyphens as spaces, no plural s."""
    return re.sub(r"(?<=[a-z])(?<!s)s$", "", re.sub(r"[\s-]+", " ", name.lower()).strip())


def _is_pair(value: Any) -> bool:
    """Return whether a value is two numbers."""
    return isinstance(value, Series) and len(value) == 2 and all(isinstance(n, int | float) for n in value)


class _Reader:
    """Reads a knowledge folder; `problems` fills as it goes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.cited: set[str] = set()
        self._unreadable: list[Path] = []  # what only follows from these is not reported
        self._links: list[tuple[CheckedFile, int, str, frozenset[str]]] = []
        self._claims: dict[str, tuple[str, str]] = {}  # folded name -> (subject id, file)
        self.sources = self._sources()
        self._hard: dict[str, str] = {}  # hard word -> the subject that explains it
        self._lines_of: dict[
            tuple[str, str], tuple[CheckedFile, list[int]]
        ] = {}  # (subject, field) -> lines of its texts
        self._gaps_used: set[tuple[str, str]] = set()  # (source, field) that a statement needed
        self._gaps = self._read_gaps()
        self.subjects = self._subjects()
        self.lines = self._lines()
        self.not_covered = self._not_covered()
        self.alarms = self._alarms()
        self._check_links()
        if not self._unreadable:
            self._check_citations()
            self._check_gaps()
        self._check_hard_words()

    # --- whole files

    def _open(self, path: Path) -> CheckedFile:
        file = CheckedFile(path, self.root, self.problems)
        if file.table is None:
            self._unreadable.append(path)
        return file

    def _sources(self) -> dict[str, Source]:
        file = self._open(self.root / "sources.yml")
        self._sources_file = file
        sources = {}
        for key, entry in (file.table or {}).items():
            line = file.table.line_of(key) if file.table else 1
            if not isinstance(entry, Table):
                file.report(line, f'source "{key}" must be a mapping')
                continue
            file.keys(entry, ("title", "publisher", "url", "date", "layer", "tier"))
            url = entry.get("url")
            if url is not None and not re.match(r"https?://\S+$", str(url)):
                file.report(entry.line_of("url"), f'url "{url}" must start with http:// or https://, or be null')
            sources[str(key)] = Source(
                id=str(key),
                title=file.word(entry, "title"),
                publisher=file.word(entry, "publisher"),
                url=url,
                date=file.word(entry, "date"),
                layer=(file.choice(entry, "layer", LAYERS) if "layer" in entry else None) or "",
                tier=(file.choice(entry, "tier", TIERS) if "tier" in entry else None) or "",
            )
        return sources

    def _read_gaps(self) -> dict[tuple[str, str], int]:
        """Return where a weak source may stand alone: (source, field) with its line in `gaps.yml`."""
        file = self._open(self.root / "gaps.yml")
        self._gaps_file = file
        allowed: dict[tuple[str, str], int] = {}
        for gap, entry in (file.table or {}).items():
            line = file.table.line_of(gap) if file.table else 1
            if not isinstance(entry, Table) or not isinstance(entry.get("allows"), Table):
                file.report(line, f'gap "{gap}" must be a mapping with "reason" and "allows" (source: fields)')
                continue
            file.keys(entry, ("reason", "allows"))
            file.word(entry, "reason")
            for source in entry["allows"]:
                line = entry["allows"].line_of(source)
                if source not in self.sources:
                    file.report(line, f'source "{source}" is not in sources.yml.{nearest(str(source), self.sources)}')
                elif self.sources[source].tier not in WEAK_TIERS:
                    file.report(line, f'source "{source}" is not weak ({self.sources[source].tier}): take it out')
                allowed |= {(str(source), field): line for field in file.words(entry["allows"], source)}
        return allowed

    def _check_weakness(self, file: CheckedFile, entry: Table, cited: tuple[str, ...], field: str) -> None:
        """Report a statement that rests on weak sources alone, where no gap of the evidence allows it."""
        known = [source for source in cited if source in self.sources]
        if not known or any(self.sources[source].tier not in WEAK_TIERS for source in known):
            return
        found = {(source, field) for source in known} & self._gaps.keys()
        self._gaps_used |= found
        if not found:
            weak = ", ".join(f"{source}: {self.sources[source].tier}" for source in known)
            line = entry.line_of("sources")
            file.report(line, f"rests on weak sources alone ({weak}). Cite a stronger one first, or take it out")

    def _check_gaps(self) -> None:
        for (source, field), line in self._gaps.items():
            is_weak = source in self.sources and self.sources[source].tier in WEAK_TIERS
            if is_weak and (source, field) not in self._gaps_used:
                self._gaps_file.report(line, f'no statement of "{field}" needs "{source}" alone: take it out')

    def _subjects(self) -> dict[str, Subject]:
        subjects: dict[str, Subject] = {}
        homes: dict[str, str] = {}
        classes = {p.stem for p in (self.root / "classes").glob("*.yml")}
        for folder, kind in FOLDERS.items():
            for path in sorted((self.root / folder).iterdir() if (self.root / folder).is_dir() else ()):
                file = self._open(path)
                if path.suffix != ".yml":
                    file.report(1, "the file name must end in .yml")
                if file.table is None or path.suffix != ".yml":
                    continue
                subject = self._subject(file, file.table, kind, classes)
                if subject.id in homes:
                    file.report(file.table.line_of("id"), f'id "{subject.id}" is taken by {homes[subject.id]}')
                homes[subject.id] = file.name
                subjects[subject.id] = subject
        if not subjects:
            self.problems.append(Problem(self.root.name, 1, "holds no subject: is this the knowledge folder?"))
        return subjects

    def _subject(self, file: CheckedFile, table: Table, kind: str, classes: set[str]) -> Subject:
        rules = FIELDS[kind]
        own = ("class", "newer") if kind == "drug" else ()
        file.keys(table, ("id", "names", "as_of", "review", *own), allowed=rules)
        if table.get("id") != file.stem:
            file.report(table.line_of("id"), f'id "{table.get("id")}" must equal the file name "{file.stem}"')
        if not _ID.fullmatch(file.stem):
            file.report(1, f'file name "{file.stem}" must be lower case with hyphens')
        fields = {name: self._field(file, table, name, rule) for name, rule in rules.items()}
        names = self._names(file, table, kind)
        if kind == "drug":
            self._check_drug(file, table, fields, classes)
        if kind in _NAMED_FIRST:
            self._check_first_statements(file, names, fields)
        return Subject(
            id=file.stem,
            kind=kind,
            names=names,
            fields=fields,
            as_of=file.day(table, "as_of"),
            review=self._review(file, table, fields),
            class_id=str(table.get("class")) if kind == "drug" else None,
            newer=file.flag(table, "newer"),
        )

    def _check_drug(self, file: CheckedFile, table: Table, fields: Mapping[str, Any], classes: set[str]) -> None:
        if "class" in table:
            file.choice(table, "class", sorted(classes))
        routes = {s.route for s in fields["administration"] or () if s.route}
        given = table.get("administration")
        unread = isinstance(given, Series) and any(isinstance(e, Table) and "route" in e for e in given)
        if fields["administration"] is not None and len(routes) != 1 and (routes or not unread):
            file.report(
                table.line_of("administration"),
                f'"administration" needs one route, it has {len(routes)}. Allowed: {", ".join(ROUTES)}',
            )
        levels = {s.level for s in fields["mechanism"] or ()}
        for level in LEVELS:
            if fields["mechanism"] and level not in levels:
                file.report(table.line_of("mechanism"), f'"mechanism" needs a statement of level "{level}"')

    def _check_first_statements(self, file: CheckedFile, names: Names, fields: Mapping[str, Any]) -> None:
        """Report a field that does not begin with the name: a text copied from another file would speak of that one."""
        for field, statements in fields.items():
            text = statements[0].texts.get("en", "").lower() if statements else ""
            if text and not any(name.lower() in text for name in (names.display, *names.all)):
                line = self._lines_of[file.stem, field][1][0]
                file.report(line, f'the first statement of "{field}" must name what it is about: "{names.display}"')

    # --- parts of a subject

    def _names(self, file: CheckedFile, table: Table, kind: str) -> Names:
        entry = table.get("names")
        if not isinstance(entry, Table):
            if "names" in table:
                file.report(table.line_of("names"), '"names" must be a mapping')
            return Names(display=file.stem, all=())
        lists = _NAME_LISTS[kind]
        single = ("generic", "display") if kind == "drug" else ("display",)
        file.keys(entry, single, allowed=(*lists, *(("hard",) if kind in _WITH_HARD_WORDS else ())))
        hard = file.words(entry, "hard")
        for word in hard:
            holder = self._hard.setdefault(word.lower(), file.stem)
            if holder != file.stem:
                file.report(entry.line_of("hard"), f'the hard word "{word}" is explained by "{holder}" already')
        given = {key: file.words(entry, key) for key in lists}
        display = file.word(entry, "display")
        generic = file.word(entry, "generic") if kind == "drug" else None
        first = (generic,) if generic else (display,)
        every = tuple(dict.fromkeys(n for n in (*first, *(n for key in lists for n in given[key])) if n))
        for key in (*single, *lists):
            for name in given.get(key, first if key == single[0] else ()):
                self._claim(file, entry.line_of(key), name, file.stem)
        return Names(
            display=display,
            all=every,
            brands=given.get("brands", ()),
            generic=generic,
            misspellings=given["misspellings"],
            hard=hard,
        )

    def _claim(self, file: CheckedFile, line: int, name: str, owner: str) -> None:
        holder, where = self._claims.setdefault(_folded(name), (owner, file.name))
        if holder != owner:
            file.report(line, f'the name "{name}" belongs to "{holder}" already ({where})')

    def _review(self, file: CheckedFile, table: Table, fields: Mapping[str, Any]) -> Review:
        entry = table.get("review")
        if not isinstance(entry, Table):
            if "review" in table:
                file.report(table.line_of("review"), '"review" must be a mapping such as {status: draft}')
            return Review()
        status = file.choice(entry, "status", STATUSES) if "status" in entry else None
        signed = ("reviewer", "role", "date", "hash") if status == "approved" else ()
        file.keys(entry, ("status", *signed), allowed=("reviewer", "role", "date", "hash"))
        return Review(
            status=status or "draft",
            reviewer=file.word(entry, "reviewer") or None,
            role=file.word(entry, "role") or None,
            date=file.day(entry, "date") or None,
            hash=file.word(entry, "hash") or None,
        )

    def _field(self, file: CheckedFile, table: Table, name: str, rule: FieldRule) -> tuple[Statement, ...] | None:
        if name not in table:
            file.report(1, f'field "{name}" is missing. Write its statements, or "{name}: {SOURCES_DO_NOT_SAY}"')
            return None
        value = table[name]
        if value == SOURCES_DO_NOT_SAY:
            return None
        if not isinstance(value, Series) or not value:
            file.report(table.line_of(name), f'field "{name}" must be a list of statements, or {SOURCES_DO_NOT_SAY}')
            return None
        return self._statements(file, value, name, rule)

    def _statements(self, file: CheckedFile, value: Series, name: str, rule: FieldRule) -> tuple[Statement, ...]:
        statements = []
        lines: list[int] = []
        self._lines_of[file.stem, name] = file, lines
        for entry, line in zip(value, value.lines):
            if not isinstance(entry, Table):
                file.report(line, f'a statement of "{name}" must be a mapping with "en" and "sources"')
                continue
            statements.append(self._statement(file, entry, rule))
            lines.append(entry.line_of("en"))
            self._check_weakness(file, entry, statements[-1].sources, name)
        return tuple(statements)

    def _statement(self, file: CheckedFile, entry: Table, rule: FieldRule) -> Statement:
        needed = ("en", "sources", *(("about",) if rule.needs_about else ()), *(rule.extra if rule.needs_extra else ()))
        file.keys(entry, needed, allowed=(*LANGUAGES, "about", "level", "newer", *rule.extra))
        chosen = {key: file.choice(entry, key, _EXTRAS[key]) for key in ("level", *rule.extra) if key in entry}
        text = entry.get("en")
        if chosen.get("urgency") in CALL_NOW_URGENCIES and isinstance(text, str) and not prose.urges(text):
            file.report(entry.line_of("urgency"), f'the urgency "{chosen["urgency"]}" needs {_STRONG_WORDS}')
        about = file.words(entry, "about")
        if rule.needs_about and "about" in entry and not about:
            file.report(entry.line_of("about"), '"about" must hold at least one id')
        self._links.extend((file, entry.line_of("about"), subject_id, rule.about) for subject_id in about)
        return Statement(
            texts=self._texts(file, entry),
            sources=self._cite(file, entry),
            about=about,
            level=chosen.get("level") or "plain",
            route=chosen.get("route"),
            frequency=chosen.get("frequency"),
            urgency=chosen.get("urgency"),
            newer=file.flag(entry, "newer"),
        )

    @staticmethod
    def _texts(file: CheckedFile, entry: Table) -> dict[str, str]:
        """Return the wording by language, and report all that it may not hold."""
        texts = {language: file.word(entry, language) for language in LANGUAGES if language in entry}
        for language, text in texts.items():
            for message in prose.faults(text):
                file.report(entry.line_of(language), message)
        return texts

    def _cite(self, file: CheckedFile, entry: Table) -> tuple[str, ...]:
        cited = file.words(entry, "sources")
        if entry.get("sources") == []:
            file.report(entry.line_of("sources"), "a statement needs at least one source")
        for source in cited:
            if source not in self.sources:
                hint = nearest(source, self.sources)
                file.report(entry.line_of("sources"), f'source "{source}" is not in sources.yml.{hint}')
        self.cited.update(cited)
        return cited

    # --- the other files

    def _lines(self) -> dict[str, Line]:
        file = self._open(self.root / "helpline.yml")
        if file.table is None:
            return {}
        file.keys(file.table, ("lines",))
        entries = file.table.get("lines")
        lines = {}
        if not isinstance(entries, Table):
            file.report(file.table.line_of("lines"), '"lines" must be a mapping of ids to lines')
            return {}
        for key, entry in entries.items():
            if isinstance(entry, Table):
                lines[str(key)] = self._line(file, str(key), entry)
            else:
                file.report(entries.line_of(key), f'line "{key}" must be a mapping')
        for role in ("general", "emergency", "crisis"):
            first = next((line for line in lines.values() if line.role == role), None)
            if first is None:
                file.report(1, f'no line has the role "{role}"')
            elif role == "general" and entries[first.id].get("hours") == SOURCES_DO_NOT_SAY:
                # Every reply without facts of its own rests on these hours and their source.
                line = entries[first.id].line_of("hours")
                file.report(line, 'the first line of the role "general" must say its hours')
        return lines

    def _line(self, file: CheckedFile, key: str, entry: Table) -> Line:
        needed = ("name", "role", "country", "phone", "phone_text", "other", "hours", "helps_with", "sources")
        file.keys(entry, (*needed, "last_verified"), allowed=("languages",))
        role = file.choice(entry, "role", ROLES) if "role" in entry else None
        return Line(
            id=key,
            name=file.word(entry, "name"),
            role=role or "",
            country=file.word(entry, "country"),
            phone=file.word(entry, "phone"),
            phone_text=file.word(entry, "phone_text"),
            other=entry.get("other"),
            hours=self._field(file, entry, "hours", FieldRule()) if "hours" in entry else None,
            helps_with=self._field(file, entry, "helps_with", FieldRule()) if "helps_with" in entry else None,
            sources=self._cite(file, entry),
            last_verified=file.day(entry, "last_verified"),
        )

    def _not_covered(self) -> tuple[NotCovered, ...]:
        file = self._open(self.root / "not_covered.yml")
        if file.table is None:
            return ()
        file.keys(file.table, ("medicines", "cancers"))
        groups: list[NotCovered] = []
        for key, kind in (("medicines", "medicine"), ("cancers", "cancer")):
            entries = file.table.get(key)
            if not isinstance(entries, Series):
                file.report(file.table.line_of(key), f'"{key}" must be a list')
            for entry, line in zip(entries, entries.lines) if isinstance(entries, Series) else ():
                if isinstance(entry, Table):
                    groups.append(self._group(file, entry, kind, {g.id for g in groups}))
                else:
                    file.report(line, f'each of "{key}" must be a mapping with id, display and names')
        return tuple(groups)

    def _group(self, file: CheckedFile, entry: Table, kind: str, taken: set[str]) -> NotCovered:
        """Return a group of names that are not covered; `taken` are the ids of those before it."""
        file.keys(entry, ("id", "display", "names"))
        group_id = file.word(entry, "id")
        if group_id and not _ID.fullmatch(group_id):
            file.report(entry.line_of("id"), f'id "{group_id}" must be lower case with hyphens')
        elif group_id in taken or group_id in self.subjects:
            file.report(entry.line_of("id"), f'id "{group_id}" is taken already')
        display = entry.get("display")
        if not isinstance(display, Table):
            if "display" in entry:
                file.report(entry.line_of("display"), '"display" must be a mapping such as {en: "hormone therapy"}')
            display = Table()
        else:
            file.keys(display, ("en",), allowed=LANGUAGES)
        names = file.words(entry, "names")
        if entry.get("names") == []:
            file.report(entry.line_of("names"), '"names" must hold at least one name')
        for name in names:
            self._claim_not_covered(file, entry, name, group_id)
        said = {language: file.word(display, language) for language in LANGUAGES if language in display}
        return NotCovered(group_id, kind, said, names)

    def _claim_not_covered(self, file: CheckedFile, entry: Table, name: str, group_id: str) -> None:
        # A medicine may be a term as well ("fulvestrant"): its definition is told, and nothing more.
        holder = self._claims.get(_folded(name), ("", ""))[0]
        if holder in self.subjects and self.subjects[holder].kind == "term":
            return
        self._claim(file, entry.line_of("names"), name, group_id)

    def _alarms(self) -> Alarms:
        file = self._open(self.root / "safety.yml")
        if file.table is None:
            return Alarms({})
        file.keys(file.table, ALARMS, (*MORE_ALARMS, "on_drugs", "families", "excuses", "numbers", *ALARM_LISTS))
        words = {kind: self._alarm_words(file, kind) for kind in (*ALARMS, *MORE_ALARMS) if kind in file.table}
        families = self._word_lists(file, "families")
        alarms = Alarms(
            words,
            on_drugs=self._drug_signs(file),
            families=families,
            excuses=self._word_lists(file, "excuses", EXCUSES),
            numbers=self._ranges(file),
            lists={key: file.words(file.table, key) for key in ALARM_LISTS},
        )
        self._check_rules(file, alarms)
        return alarms

    def _alarm_words(self, file: CheckedFile, kind: str) -> AlarmWords:
        entry = file.table.get(kind) if file.table else None
        if not isinstance(entry, Table):
            file.report(file.table.line_of(kind) if file.table else 1, f'"{kind}" must be a mapping')
            return AlarmWords({}, (), (), ())
        file.keys(entry, ("reply", "sources", "signs", "now"), allowed=("abroad",))
        return AlarmWords(
            self._alarm_reply(file, entry, "reply"),
            self._cite(file, entry),
            file.words(entry, "signs"),
            file.words(entry, "now"),
            self._alarm_reply(file, entry, "abroad") if "abroad" in entry else {},
        )

    def _alarm_reply(self, file: CheckedFile, entry: Table, key: str) -> dict[str, str]:
        reply = entry.get(key)
        if not isinstance(reply, Table) or "en" not in reply:
            file.report(entry.line_of(key), f'"{key}" must be a mapping with "en"')
            return {}
        file.keys(reply, ("en",), allowed=LANGUAGES)
        return self._texts(file, reply)

    def _word_lists(
        self, file: CheckedFile, key: str, allowed: Iterable[str] | None = None
    ) -> dict[str, tuple[str, ...]]:
        entry = file.table.get(key) if file.table else None
        if entry is None:
            return {}
        if not isinstance(entry, Table):
            file.report(file.table.line_of(key) if file.table else 1, f'"{key}" must be a mapping of names to lists')
            return {}
        if allowed is not None:
            file.keys(entry, (), allowed=allowed)
        return {str(name): file.words(entry, name) for name in entry}

    def _ranges(self, file: CheckedFile) -> dict[str, tuple[tuple[float, float, bool], ...]]:
        entry = file.table.get("numbers") if file.table else None
        if not isinstance(entry, Table):
            return {}
        ranges = {}
        for name, value in entry.items():
            if not isinstance(value, Table):
                file.report(entry.line_of(name), f'"{name}" must be a mapping with from_to')
                continue
            file.keys(value, ("from_to",), allowed=("decimal", "sources"))
            self._cite(file, value)
            spans = value.get("from_to")
            if not isinstance(spans, Series) or not all(_is_pair(s) for s in spans):
                file.report(value.line_of("from_to"), '"from_to" must be a list of pairs such as [38.0, 43.0]')
                continue
            decimal = value.get("decimal") is True
            ranges[str(name)] = tuple((float(low), float(high), decimal) for low, high in spans)
        return ranges

    def _drug_signs(self, file: CheckedFile) -> list[DrugSigns]:
        """Return the signs that count for a drug: it is one whose own file says to call about the effect."""
        found = []
        entries = file.table.get("on_drugs") if file.table else None
        if entries is not None and not isinstance(entries, Series):
            file.report(file.table.line_of("on_drugs") if file.table else 1, '"on_drugs" must be a list')
        for entry, line in zip(entries, entries.lines) if isinstance(entries, Series) else ():
            if not isinstance(entry, Table):
                file.report(line, 'each of "on_drugs" must be a mapping with effect, alarm and signs')
                continue
            file.keys(entry, ("effect", "alarm", "signs"))
            alarm = file.choice(entry, "alarm", (*ALARMS, *MORE_ALARMS)) or "call_now"
            effect = str(entry.get("effect"))
            self._links.append((file, entry.line_of("effect"), effect, _EFFECTS))
            names, sources = self._calls_about(effect)
            if not names and not self._unreadable:
                file.report(line, f'no drug file says in "when_to_call" to call about "{effect}"')
            found.append(DrugSigns(alarm, effect, file.words(entry, "signs"), names, sources))
        return found

    def _calls_about(self, effect: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the drugs whose file urges a call about an effect, and the sources of that."""
        names: list[str] = []
        sources: list[str] = []
        for drug in (s for s in self.subjects.values() if s.kind == "drug"):
            urgent = [s for s in drug.statements("when_to_call") if s.urgency in CALL_NOW_URGENCIES]
            about = [s for s in urgent if effect in s.about]
            if about:
                names.extend(" ".join(re.findall(r"[a-z0-9]+", name.lower())) for name in drug.names.all)
                sources.extend(source for s in about for source in s.sources)
        return tuple(dict.fromkeys(n for n in names if n)), tuple(dict.fromkeys(sources))

    @staticmethod
    def _check_rules(file: CheckedFile, alarms: Alarms) -> None:
        """Report rules that name a family or a range of numbers that there is not."""
        groups = [r for words in alarms.values() for r in (*words.signs, *words.now)]
        groups += [r for on in alarms.on_drugs for r in on.signs]
        groups += [r for rules in (alarms.idioms, alarms.abroad, *alarms.excuses.values()) for r in rules]
        for rule in alarms.sure:
            if rule not in groups:
                file.report(1, f'"sure" names the rule "{rule}", which there is not.{nearest(rule, groups)}')
        for rule in groups:
            for name in re.findall(r"<([^>]*)>", rule):
                if name not in alarms.families:
                    file.report(1, f'rule "{rule}" names the family "{name}".{nearest(name, alarms.families)}')
            for name in re.findall(r"\$([a-z_]+)", rule):
                if name not in alarms.numbers:
                    file.report(1, f'rule "{rule}" names the numbers "{name}".{nearest(name, alarms.numbers)}')

    # --- what needs every file

    def _check_links(self) -> None:
        unreadable = {path.stem for path in self._unreadable}
        for file, line, subject_id, kinds in self._links:
            subject = self.subjects.get(subject_id)
            if subject_id in unreadable:
                continue
            if subject is None:
                file.report(
                    line, f'"{subject_id}" in "about" is not the id of any file.{nearest(subject_id, self.subjects)}'
                )
            elif subject.kind not in kinds:
                file.report(
                    line, f'"{subject_id}" in "about" is a {subject.kind}. Allowed here: {", ".join(sorted(kinds))}'
                )

    def _check_citations(self) -> None:
        table = self._sources_file.table
        for source in self.sources:
            if source not in self.cited and table is not None:
                self._sources_file.report(table.line_of(source), f'nobody cites the source "{source}": take it out')

    def _check_hard_words(self) -> None:
        glossary = Glossary(self._hard)
        for subject in self.subjects.values():
            for field in subject.fields:
                for index, word, explained_in in glossary.unexplained(subject, subject.statements(field)):
                    file, lines = self._lines_of[subject.id, field]
                    file.report(
                        lines[index],
                        f'"{word}" is a hard word that "{field}" does not explain at its first use: '
                        f'say what it is, or add "{explained_in}" to "about"',
                    )

    def knowledge(self) -> Knowledge:
        return Knowledge(self.subjects, self.sources, self.lines, self.not_covered, self.alarms)


def check(root: Path) -> list[Problem]:
    """Return every problem of a knowledge folder, in the order of files and lines."""
    return sorted(set(_Reader(root).problems))


def load(root: Path) -> Knowledge:
    """Read a knowledge folder.

    Raises:
        BrokenKnowledge: something is wrong with it.
    """
    reader = _Reader(root)
    if reader.problems:
        raise BrokenKnowledge(sorted(set(reader.problems)))
    return reader.knowledge()
