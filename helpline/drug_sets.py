"""Which drugs are of a class, for a type of cancer, given in a way, in need of a check, or cause an effect.

The lists are computed from the statements of the drug files; several conditions at once are met by the drugs that meet
each of them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from helpline.aspects import ROUTES
from helpline.knowledge import Statement, Subject
from helpline.page import Page, fill
from helpline.question import Clarification, Question
from helpline.reply import Reply
from helpline.writer import Writer

LISTINGS = {
    "serious": "listed_serious",
    "common": "listed_common",
    "less_common": "listed_less_common",
    "rare": "listed_rare",
    "listed": "listed_without_rate",
}
# How a drug can be linked to a term: the fields, with the sentence before the list. See `_condition`.
LINKS = {
    ("indication",): "for_subtype",
    ("targets",): "for_target",
    ("monitoring",): "for_test",
    ("biomarker_test",): "for_test",
    ("boxed_warning",): "with_this_on_the_label",
    ("overview", "mechanism"): "described_with",
}
# A statement of these fields may say what a drug is not: "which are not the same as chemotherapy", "no boxed warning".
_MAY_DENY = ("boxed_warning", "overview", "mechanism")
_DENIES = re.compile(r"\b(?:no|not|never)\b", re.IGNORECASE)
# Effects that one word of a person covers, by the aspect that hears it, and the effect that the word is linked to.
LOW_COUNTS = ("neutropenia", "anemia", "low-platelets")
ROUTE_OF_TERM = {"pill": "pill", "iv": "infusion", "subcutaneous": "injection"}
# Where a drug file speaks of a side effect, the gravest first.
EFFECT_FIELDS = ("serious_side_effects", "boxed_warning", "side_effects")
# Asked for where nothing was named.
_NEEDED = {"class_members": "class", "drugs_with_side_effect": "side_effect"}


@dataclasses.dataclass(frozen=True)
class Condition:
    """One condition: its subject, the sentence that introduces its drugs, and each drug with the statement for it."""

    subject: Subject
    phrase: str
    met: Mapping[str, Statement]
    effects: tuple[str, ...] = ()


class DrugSets:
    """Answers questions for drugs by what is known of them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._knowledge = writer.knowledge

    def answer(self, question: Question) -> Reply:
        """List the drugs that meet every condition named; ask for one where none is."""
        conditions = self._conditions(question)
        if not conditions:
            ask = f"ask_which_{_NEEDED.get(question.topic, 'term')}"
            return self._writer.ask_back(Clarification(ask, pending=question.topic, language=question.language))
        named = [s.id for s in self._writer.subjects(question) if s.kind == "drug"]
        among = question.among or tuple(named)
        drugs = [
            d
            for d in self._knowledge.of_kind("drug")
            if all(d.id in c.met for c in conditions) and (not among or d.id in among)
        ]
        if drugs:
            return self._listed(question, conditions, drugs, bool(among))
        return self._none(question, conditions, bool(among))

    # --- conditions

    def _conditions(self, question: Question) -> list[Condition]:
        subjects = [s for s in self._writer.subjects(question) if s.kind != "drug"]
        if not any(s.id in ROUTE_OF_TERM for s in subjects):  # "shots", "a drip": said, and not the name of a term
            heard = [t for t, route in ROUTE_OF_TERM.items() if route in ROUTES and route in question.aspects]
            subjects += [self._knowledge.subjects[t] for t in heard[:1] if t in self._knowledge.subjects]
        has_low_counts = "low_counts" in question.aspects
        conditions = [
            self._low_counts(s) if has_low_counts and s.id == LOW_COUNTS[0] else self._condition(s) for s in subjects
        ]
        # "Which targeted drugs are for HER2-positive cancer": a word that no drug file is about narrows nothing.
        return [c for c in conditions if c.met] or conditions[:1]

    def _condition(self, subject: Subject) -> Condition:
        if subject.kind == "class":
            members = self._knowledge.members(subject.id)
            return Condition(subject, "members", {d.id: next(d.statements("overview")) for d in members})
        if subject.kind == "side_effect":
            return Condition(subject, "with_side_effect", self._about(subject.id, *EFFECT_FIELDS), (subject.id,))
        if subject.id in ROUTE_OF_TERM:
            given = ((d.id, s) for d in self._knowledge.of_kind("drug") for s in d.statements("administration"))
            return Condition(subject, "for_route", {i: s for i, s in given if s.route == ROUTE_OF_TERM[subject.id]})
        linked = {
            fields: Condition(subject, phrase, self._about(subject.id, *fields)) for fields, phrase in LINKS.items()
        }
        # What drugs are for and act on goes before tests: a test for HER2 is named with drugs that do not act on it.
        used = max((linked[(f,)] for f in ("indication", "targets")), key=lambda condition: len(condition.met))
        return used if len(used.met) > 1 else max(linked.values(), key=lambda condition: len(condition.met))

    def _low_counts(self, subject: Subject) -> Condition:
        """Return the condition "low blood counts": white cells, red cells or platelets, whichever a drug lowers."""
        of_each = [self._about(effect, *EFFECT_FIELDS) for effect in reversed(LOW_COUNTS)]
        met = {drug: statement for found in of_each for drug, statement in found.items()}
        name = "; ".join(self._knowledge.subjects[effect].names.inside for effect in LOW_COUNTS)
        named = dataclasses.replace(subject, names=dataclasses.replace(subject.names, display=name))
        return Condition(named, "with_side_effect", met, LOW_COUNTS)

    def _about(self, subject_id: str, *fields: str) -> dict[str, Statement]:
        """Return each drug with its first statement about a subject, leaving out those that deny it."""
        found: dict[str, Statement] = {}
        for drug in self._knowledge.drugs_about(fields, subject_id):
            for field in fields:
                is_checked = field in _MAY_DENY and self._knowledge.subjects[subject_id].kind == "term"
                for statement in drug.statements(field):
                    if subject_id in statement.about and not (is_checked and _DENIES.search(statement.text("en"))):
                        found.setdefault(drug.id, statement)
        return found

    # --- replies

    def _listed(
        self, question: Question, conditions: Sequence[Condition], drugs: Sequence[Subject], is_narrowed: bool
    ) -> Reply:
        """List drugs in groups, each drug with the markers of the statements that put it there."""
        groups = list(self._grouped(question, conditions, drugs).items())
        lead = self._lead(conditions, is_narrowed)
        pages = fill(groups, lambda group: sum(len(d.names.display.split()) + 1 for d in group[1]), len(lead.split()))
        page = Page()
        if question.page >= len(pages):
            return self._writer.close(question, self._writer.last_page(question), [c.subject for c in conditions])
        page.add(lead)
        shown = pages[question.page]
        for title, found in shown:
            named = [f"{d.names.display} {self._mark(page, d, conditions)}" for d in found]
            page.lines.extend([f"• {title}: {', '.join(named)}."] if title else [f"• {name}" for name in named])
        subjects = [*(c.subject for c in conditions), *(d for _, found in shown for d in found)]
        left = [group for later in pages[question.page + 1 :] for group in later]
        more = bool(left)
        if more:  # a list that stops must not look whole
            titles = "; ".join(title for title, _ in left) or self._writer.say("listed_rest")
            count = str(sum(len(found) for _, found in left))
            page.lines.append(self._writer.say("listed_further", count=count, groups=titles))
        return self._writer.close(
            question, page, subjects, self._writer.next_buttons(question, conditions[0].subject, more)
        )

    def _none(self, question: Question, conditions: Sequence[Condition], is_narrowed: bool) -> Reply:
        """Say that we know of no drug that meets the conditions: a gap of a list is none of the sources."""
        page = Page()
        name = "; ".join(c.subject.names.inside for c in conditions)
        phrase = "none_of_them" if is_narrowed else "none_fits" if len(conditions) > 1 else "none_linked"
        page.add(self._writer.say(phrase, subject=name))
        self._writer.contacts.add_hours(page, question.language)
        return self._writer.close(question, page, [c.subject for c in conditions])

    def _lead(self, conditions: Sequence[Condition], is_narrowed: bool) -> str:
        name = "; ".join(c.subject.names.inside for c in conditions)
        lead = self._writer.say(conditions[0].phrase if len(conditions) == 1 else "for_all_of_this", subject=name)
        return f"{self._writer.say('among')} {lead}" if is_narrowed else lead

    def _grouped(
        self, question: Question, conditions: Sequence[Condition], drugs: Sequence[Subject]
    ) -> dict[str, list[Subject]]:
        """Group drugs by how an effect is listed, else by class, else one by one."""
        groups: dict[str, list[Subject]] = {}
        kinds = {c.subject.kind: c for c in conditions}
        if "side_effect" in kinds:
            effects = kinds["side_effect"].effects
            of_each = {d.id: {self._knowledge.listing(d, effect) for effect in effects} for d in drugs}
            listed = {i: next(x for x in LISTINGS if x in found) for i, found in of_each.items()}  # the gravest
            only = {"serious"} if question.is_grave and "serious" in listed.values() else set(LISTINGS)
            for listing, phrase in LISTINGS.items():
                found = [d for d in drugs if listed[d.id] == listing and listing in only]
                groups |= {self._writer.say(phrase): found} if found else {}
            return groups
        for drug in drugs:
            name = "" if "class" in kinds else self._knowledge.subjects[drug.class_id or ""].names.display
            title = name if name[1:2].isupper() else name[:1].upper() + name[1:]  # "mTOR inhibitors" stays
            groups.setdefault(title, []).append(drug)
        return groups

    def _mark(self, page: Page, drug: Subject, conditions: Sequence[Condition]) -> str:
        statements = [c.met[drug.id] for c in conditions]
        page.told.extend(statements)
        return page.mark(list(dict.fromkeys(s.sources[0] for s in statements)))
