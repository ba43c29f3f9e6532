"""Two drugs side by side, field by field, and what drugs have in common. Never which one is to be preferred."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence

from helpline.knowledge import Statement, Subject, look_alikes
from helpline.page import Page, fill, with_name
from helpline.question import Clarification, Question
from helpline.reply import Button, Reply
from helpline.writer import MORE, Writer

# What drugs are compared by, in the order of the answer; the titles are the sentences `compared_<field>`.
COMPARED = (
    "class",
    "targets",
    "indication",
    "administration",
    "side_effects",
    "serious_side_effects",
    "boxed_warning",
    "biomarker_test",
    "combination",
    "mechanism",
    "duration_schedule",
    "monitoring",
    "pregnancy_fertility_breastfeeding",
)
# The fields that an aspect asks for; they go first.
ASKED_FOR = {
    "by_side_effects": ("side_effects", "serious_side_effects", "boxed_warning"),
    "by_schedule": ("duration_schedule",),
    "by_giving": ("administration",),
    "by_use": ("indication",),
    "by_working": ("targets", "mechanism"),
    "by_checks": ("monitoring",),
    "by_pregnancy": ("pregnancy_fertility_breastfeeding",),
}
_MOST_WORDS = 110  # of a page; a row is two statements
_MOST_EFFECTS = 6  # named of one drug in one row
# What a statement says that two drugs must be kept apart; there is no tag for it.
_KEPT_APART = re.compile(r"\bswap")
_WARNS = ("administration", "brand_generic_biosimilar", "overview")


class Comparison:
    """Answers what differs between two drugs, and what several share."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._subjects = writer.knowledge.subjects

    def answer(self, question: Question) -> Reply:
        """Set two drugs side by side, or say what they have in common; ask which where two are not named."""
        drugs = self._writer.drugs(question)
        words = [s for s in self._writer.subjects(question) if s.kind in ("class", "term")][:2]
        if len(drugs) < 2 <= len(words):
            return self._of_words(question, words)
        if len(drugs) < 2:
            return self._writer.ask_back(
                Clarification("ask_which_two", pending="comparison", language=question.language)
            )
        if "in_common" in question.aspects:
            return self._in_common(question, drugs)
        reply = self._side_by_side(question, drugs)
        return dataclasses.replace(reply, drugs=tuple(d.id for d in drugs))  # of three, two are told of at first

    # --- side by side

    def _side_by_side(self, question: Question, drugs: Sequence[Subject]) -> Reply:
        pair, lead = drugs[:2], Page()
        if "best" in question.aspects:
            lead.add(self._writer.say("compare_best"))
        if len(drugs) > 2:
            named, first = self._writer.joined(drugs), self._writer.joined(pair)
            lead.add(self._writer.say("compare_two_of_three", named=named, pair=first))
        else:
            lead.add(self._writer.say("compare", first=pair[0].names.inside, second=pair[1].names.inside))
        self.warn(lead, pair)
        asked = [f for aspect, fields in ASKED_FOR.items() if aspect in question.aspects for f in fields]
        fields = list(dict.fromkeys((*asked, *COMPARED)))
        rows = {field: [self._said(drug, field) for drug in pair] for field in fields}
        same = {field: self._same(pair, field, said) for field, said in rows.items() if field not in asked}
        # What was asked about, what differs, and in one line what does not.
        told: list[Row | Common | Both] = [Row(f, pair, s) for f, s in rows.items() if any(s) and not same.get(f)]
        both = [common for common in same.values() if common]
        return self._pages(question, pair, lead, [*told, *([Both(both)] if both else [])], self._buttons(pair, drugs))

    def _same(self, pair: Sequence[Subject], field: str, said: Sequence[Sequence[Statement]]) -> Common | None:
        """Return what is told of both drugs in a row, where it is the same of each; None where it differs."""
        first, second = pair
        told = [s for of_drug in said for s in of_drug]
        if field == "class" and first.class_id == second.class_id:
            return Common(field, self.class_name(first), told)
        if field == "targets":
            links = [self._links(d, field, "term") for d in pair]
            if links[0] and links[0].keys() == links[1].keys():
                names = ", ".join(self._subjects[i].names.inside for i in links[0])
                return Common(field, names, [s for of_drug in links for s in of_drug.values()])
        texts = [[self._of_each(s.text("en"), drug) for s in of_drug] for drug, of_drug in zip(pair, said)]
        if len(texts[0]) == 1 and texts[0] == texts[1]:
            return Common(field, texts[0][0].rstrip("."), told)
        return None

    def _of_each(self, text: str, drug: Subject) -> str:
        """Return a sentence about one drug as one about each of two."""
        for name in (drug.names.display, drug.names.inside):
            text = text.replace(name, self._writer.say("each_drug"))
        return text[:1].upper() + text[1:]

    def _buttons(self, pair: Sequence[Subject], drugs: Sequence[Subject]) -> list[Button]:
        """Offer the pairs that are not compared yet, or what is asked next of the two."""
        others = [p for p in itertools.combinations(drugs, 2) if list(p) != list(pair)]
        if others:
            return [
                self._writer.button(
                    self._writer.say("a_and_b", first=a.names.display, second=b.names.display),
                    "comparison",
                    (a.id, b.id),
                )
                for a, b in others
            ]
        return [
            self._writer.button(self._writer.say("side_effects_of", subject=d.names.display), "side_effects", (d.id,))
            for d in pair
        ]

    def _said(self, drug: Subject, field: str) -> list[Statement]:
        """Return what is told of a drug in a row: one statement, or those that name the serious effects."""
        if field == "class":
            about = (s for s in drug.statements("overview", "mechanism") if drug.class_id in s.about)
            return [*about, *drug.statements("overview")][:1]
        plain = [s for s in drug.statements(field) if s.level == "plain"]
        if field == "serious_side_effects":
            return [s for s in plain if self._effects(s)][:_MOST_EFFECTS]
        return plain[:1]

    def _effects(self, statement: Statement) -> list[Subject]:
        return [self._subjects[i] for i in statement.about if self._subjects[i].kind == "side_effect"]

    def _of_words(self, question: Question, pair: Sequence[Subject]) -> Reply:
        """Tell of two kinds of medicine, or two words, in turn: there are no fields to set side by side."""
        fields = ("definition", "overview", "mechanism")
        told = [[self._about(s, subject) for s in subject.statements(*fields)] for subject in pair]
        in_turn = [s for turn in itertools.zip_longest(*told) for s in turn if s]
        lead = self._writer.say("compare_words", first=pair[0].names.display, second=pair[1].names.inside)
        page, more = self._writer.page_of(in_turn, question, lead)
        buttons = [
            self._writer.button(self._writer.say("what_word_means", word=s.names.inside), "definition", (s.id,))
            for s in pair
        ]
        return self._writer.close(question, page, pair, [*([MORE] if more else []), *buttons])

    def _about(self, statement: Statement, subject: Subject) -> Statement:
        """Return a statement with the name of its subject, where it does not begin with it in a capital."""
        starts_with_it = statement.text("en").lower().startswith(subject.names.inside.lower())
        return statement if starts_with_it else with_name(statement, subject)

    # --- in common

    def _in_common(self, question: Question, drugs: Sequence[Subject]) -> Reply:
        lead = Page()
        lead.add(self._writer.say("in_common", named=self._writer.joined(drugs)))
        self.warn(lead, drugs)
        found = [*self._common_kind(drugs), *self._common_ids(drugs)]
        if not found:
            lead.add(self._writer.say("nothing_in_common"))
            self._writer.contacts.add_hours(lead, question.language)
        buttons = [self._writer.button(self._writer.say("how_they_differ"), "comparison", [d.id for d in drugs])]
        return self._pages(question, drugs, lead, found, buttons)

    def _common_kind(self, drugs: Sequence[Subject]) -> Iterator[Common]:
        """Yield the class that all share, and the way of giving."""
        if len({d.class_id for d in drugs}) == 1:
            name = self._subjects[drugs[0].class_id or ""].names.inside
            yield Common("class", name, [self._said(d, "class")[0] for d in drugs])
        if len({d.route for d in drugs}) == 1:
            first = [next(s for s in d.statements("administration") if s.route) for d in drugs]
            yield Common("administration", self._writer.say(f"route_{drugs[0].route}"), first)

    def _common_ids(self, drugs: Sequence[Subject]) -> Iterator[Common]:
        """Yield what the statements of all of them are about, field by field."""
        for field in ("targets", "indication", "side_effects", "serious_side_effects"):
            kind = "side_effect" if "effects" in field else "term"
            by_drug = [self._links(d, field, kind) for d in drugs]
            shared = [i for i in by_drug[0] if all(i in links for links in by_drug)]
            if shared:
                names = ", ".join(self._subjects[i].names.inside for i in shared)
                yield Common(field, names, [links[i] for links in by_drug for i in shared])

    def _links(self, drug: Subject, field: str, kind: str) -> dict[str, Statement]:
        """Return the ids of a kind that a field of a drug is about, each with the statement that says so."""
        found: dict[str, Statement] = {}
        for statement in drug.statements(field):
            for subject_id in statement.about:
                if self._subjects[subject_id].kind == kind:
                    found.setdefault(subject_id, statement)
        return found

    # --- parts

    def warn(self, page: Page, drugs: Sequence[Subject]) -> None:
        """Add that drugs must not be taken for each other, where their names look alike."""
        alike = look_alikes(drugs)
        if alike:
            warned = [
                s.sources[0]
                for drug in alike
                for s in drug.statements(*_WARNS)
                if _KEPT_APART.search(s.text("en")) and {d.id for d in alike} & set(s.about)
            ]
            page.add(self._writer.say("never_swap", named=self._writer.joined(alike)), list(dict.fromkeys(warned)))

    def _pages(
        self,
        question: Question,
        drugs: Sequence[Subject],
        page: Page,
        rows: Sequence[Row | Common | Both],
        buttons: list[Button],
    ) -> Reply:
        """Put rows into pages below a lead."""
        further = self._writer.say("compare_further", named=self._writer.joined(drugs))
        pages = fill(
            rows,
            lambda row: len(row.text(Page(), self, question.language).split()) + 1,
            start=len(further.split()),
            first=sum(len(line.split()) for line in page.lines),
            most_words=_MOST_WORDS,
        )
        if question.page >= len(pages):
            return self._writer.close(question, self._writer.last_page(question), drugs, buttons)
        if question.page:
            page = Page([further])
        for row in pages[question.page]:
            page.lines.append(f"• {row.text(page, self, question.language)}")
        more = [MORE] if question.page + 1 < len(pages) else []
        return self._writer.close(question, page, drugs, [*more, *buttons])

    def named_effects(self, page: Page, statements: Sequence[Statement]) -> str:
        """Return the effects that statements name, each once, with the marker of its statement."""
        seen: dict[str, str] = {}
        for statement in statements:
            for effect in self._effects(statement):
                if effect.id not in seen and len(seen) < _MOST_EFFECTS:
                    page.told.append(statement)
                    seen[effect.id] = f"{effect.names.inside} {page.mark(statement.sources[:1])}"
        return ", ".join(seen.values())

    def both(self) -> str:
        """Return the word before what is the same of two drugs."""
        return self._writer.say("compared_both")

    def class_name(self, drug: Subject) -> str:
        """Return the name of a drug's class."""
        return self._subjects[drug.class_id or ""].names.inside

    def title(self, field: str) -> str:
        """Return the heading of a row."""
        return self._writer.say(f"compared_{field}")

    def not_said(self, drug: Subject) -> str:
        """Return that our sources do not cover a field of a drug."""
        return self._writer.say("not_said", subject=drug.names.display)


class Row:
    """One field of two drugs."""

    def __init__(self, field: str, drugs: Sequence[Subject], said: Sequence[Sequence[Statement]]) -> None:
        self._field = field
        self._pairs = list(zip(drugs, said))

    def text(self, page: Page, comparison: Comparison, language: str) -> str:
        """Return the row, its markers numbered on a page."""
        parts = [self._part(drug, said, page, comparison, language) for drug, said in self._pairs]
        return " ".join([f"{comparison.title(self._field)}:", *parts])

    def _part(self, drug: Subject, said: Sequence[Statement], page: Page, comparison: Comparison, language: str) -> str:
        if not said:
            return comparison.not_said(drug)
        name = drug.names.display
        if self._field == "class":
            page.told.extend(said)
            return f"{name}: {comparison.class_name(drug)}. {page.mark(said[0].sources)}"
        if self._field == "serious_side_effects":
            return f"{name}: {comparison.named_effects(page, said)}."
        return page.quote(with_name(said[0], drug), language)


class Common:
    """One thing that drugs share, with the statements that say so of each."""

    def __init__(self, field: str, shared: str, said: Sequence[Statement]) -> None:
        self._field = field
        self._shared = shared
        self._said = said

    def text(self, page: Page, comparison: Comparison, language: str) -> str:
        """Return the line, its markers numbered on a page."""
        page.told.extend(self._said)
        sources = dict.fromkeys(s.sources[0] for s in self._said)
        marks = "".join(sorted({page.mark([source]) for source in sources}, key=lambda m: int(m[1:-1])))
        return f"{comparison.title(self._field)}: {self._shared}. {marks}"


class Both:
    """What is the same of two drugs, in one line."""

    def __init__(self, common: Sequence[Common]) -> None:
        self._common = common

    def text(self, page: Page, comparison: Comparison, language: str) -> str:
        """Return the line, its markers numbered on a page."""
        return " ".join([f"{comparison.both()}:", *(c.text(page, comparison, language) for c in self._common)])
