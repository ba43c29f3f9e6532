"""Composes replies: picks statements for a question, numbers their sources, adds the closing lines.

No fact is written here. Facts come from `Knowledge`, fixed sentences from `Phrases`; this module only joins them.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
from collections.abc import Callable, Iterable, Sequence

from helpline.knowledge import URGENCIES, Knowledge, Source, Statement, Subject
from helpline.phrases import Phrases
from helpline.question import DECLINED, ENTITY_OF_KIND, MOST_DRUGS, OUT_OF_SCOPE, Clarification, Question
from helpline.reply import Button, Reply
from helpline.safety import split_alarm

MOST_WORDS = 90  # of one page of statements; the contract allows 120 for the whole answer
MOST_BUTTONS = 3  # under a question that is asked back
MOST_IN_BRIEF = 2  # sentences of an answer that is wanted simpler
MOST_STATEMENTS = 6  # a first sentence and at most five bullets
MOST_MONTHS = 12  # after which a text is said to be possibly out of date
MOST_MARKERS = 2  # sources shown for one statement; the first are the strongest

# The knowledge fields that answer a topic, by the kind of subject it is asked of.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "drug": {
        "overview": ("overview", "targets"),
        "definition": ("overview", "targets"),
        "mechanism": ("mechanism", "overview"),
        "side_effects": ("side_effects",),
        "serious_side_effects": ("serious_side_effects", "boxed_warning", "when_to_call"),
        "indication": ("indication",),
        "administration": ("administration", "duration_schedule"),
        "duration_schedule": ("duration_schedule", "administration"),
        "biomarker_test": ("biomarker_test",),
        "monitoring": ("monitoring",),
        "pregnancy_fertility_breastfeeding": ("pregnancy_fertility_breastfeeding",),
        "combination": ("combination",),
        "efficacy_survival": ("efficacy_survival",),
        "brand_generic_biosimilar": ("brand_generic_biosimilar",),
    },
    "class": {
        "overview": ("overview",),
        "definition": ("overview",),
        "mechanism": ("mechanism",),
        "side_effects": ("side_effects",),
        "serious_side_effects": ("serious_side_effects",),
        "indication": ("indication",),
        "administration": ("administration",),
    },
    "side_effect": {
        "overview": ("definition", "seriousness"),
        "definition": ("definition", "seriousness"),
        "serious_side_effects": ("seriousness", "when_to_call"),
        "side_effect_of_symptom": ("when_to_call", "management_of_side_effect"),
        "management_of_side_effect": ("management_of_side_effect", "when_to_call"),
        "pregnancy_fertility_breastfeeding": ("definition", "seriousness"),
    },
    "term": {
        "overview": ("definition",),
        "definition": ("definition",),
        "mechanism": ("definition",),
        "biomarker_test": ("definition",),
    },
}

# What people ask next, as (topic, title of the button).
_NEXT = (
    ("mechanism", "How it works"),
    ("side_effects", "Side effects"),
    ("serious_side_effects", "Serious side effects and when to call"),
    ("administration", "How it is given"),
    ("indication", "Who it is for"),
)
_TOPIC_TITLES = dict(_NEXT) | {
    "overview": "What it is",
    "definition": "What a word means",
    "side_effect_of_symptom": "Whether a drug causes a symptom",
    "management_of_side_effect": "What helps with a side effect",
    "duration_schedule": "How often and how long",
    "dosage": "The dose",
    "biomarker_test": "The test that decides",
    "monitoring": "Check-ups during treatment",
    "pregnancy_fertility_breastfeeding": "Pregnancy and birth control",
    "interaction_food_drug_alcohol": "Food and other medicines",
    "combination": "Drugs given with it",
    "comparison": "Compare two drugs",
    "efficacy_survival": "What studies showed",
    "cost_access": "Help with costs",
    "brand_generic_biosimilar": "Brand names and copies",
    "class_members": "Drugs of one kind",
    "drugs_for_subtype": "Drugs for my type of cancer",
    "drugs_with_side_effect": "Drugs with a side effect",
    "stop_or_change_treatment": "Stopping or changing treatment",
    "missed_dose": "A missed dose",
    "emotional_support": "I need support",
    "talk_to_human": "Talk to a person",
}
_LISTINGS = {
    "serious": "Listed as serious",
    "common": "Listed as common",
    "less_common": "Listed as less common",
    "rare": "Listed as rare",
    "listed": "Listed without how often",
}
# What two drugs are compared by, one first statement each.
_COMPARED = (
    "overview",
    "administration",
    "indication",
    "duration_schedule",
    "side_effects",
    "serious_side_effects",
    "monitoring",
)
# How a drug can be linked to a term, in the order of trial, with the sentence that introduces the list.
_LINKS = (
    ("indication", "for_subtype"),
    ("targets", "for_target"),
    ("monitoring", "for_test"),
    ("biomarker_test", "for_test"),
)
_ROUTE_OF_TERM = {"pill": "pill", "iv": "infusion", "subcutaneous": "injection"}
# Where a drug file speaks of a side effect, the gravest first.
_EFFECT_FIELDS = ("serious_side_effects", "boxed_warning", "side_effects")
# What kind of evidence a source is, in plain words.
_EVIDENCE = {
    "label-mirror": "drug label",
    "manufacturer": "the maker's page",
    "gov": "government",
    "journal": "research",
    "patient-org": "patient organization",
    "seed": "patient organization",
    "trade-news": "news report",
    "other": "other site",
}
BOXED_WARNING = "boxed-warning"


@dataclasses.dataclass
class _Page:
    """A reply in the making: its lines, and its sources in the order of their first marker."""

    lines: list[str] = dataclasses.field(default_factory=list)
    sources: list[str] = dataclasses.field(default_factory=list)
    is_newer: bool = False  # holds a statement that is newer than our main source

    def mark(self, statement_sources: Sequence[str]) -> str:
        """Return the markers of a statement, `[1][2]`, numbering new sources."""
        numbers = []
        for source in statement_sources[:MOST_MARKERS]:
            if source not in self.sources:
                self.sources.append(source)
            numbers.append(self.sources.index(source) + 1)
        return "".join(f"[{n}]" for n in sorted(numbers))

    def add(self, text: str, statement_sources: Sequence[str] = ()) -> None:
        self.lines.append(f"{text} {self.mark(statement_sources)}".strip())


class Composer:
    """Answers questions from a knowledge base. It holds no state of a conversation."""

    def __init__(
        self,
        knowledge: Knowledge,
        phrases: Phrases,
        only_approved: bool = False,
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        """Keep what answers are made of.

        Args:
            knowledge: the facts.
            phrases: the fixed sentences.
            only_approved: withhold every answer with a text that no clinician has approved.
            today: gives the day against which the age of a text is measured.
        """
        self._knowledge = knowledge
        self._phrases = phrases
        self._only_approved = only_approved
        self._today = today
        self._by_topic: dict[str, Callable[[Question], Reply]] = {
            "side_effect_of_symptom": self._symptom,
            "serious_side_effects": self._serious,
            "management_of_side_effect": self._management,
            "comparison": self._comparison,
            "class_members": self._members,
            "drugs_for_subtype": self._linked_to_term,
            "monitoring": self._monitoring,
            "drugs_with_side_effect": self._with_side_effect,
            "emergency_red_flag": self._alarm,
            "emotional_support": self._support,
            "talk_to_human": self._human,
            "cost_access": self._cost,
            "small_talk": self._small_talk,
            "combination": self._combination,
            "efficacy_survival": self._efficacy,
            **dict.fromkeys(DECLINED, self._decline),
            **dict.fromkeys(OUT_OF_SCOPE, self._out_of_scope),
        }

    # --- entry points

    def answer(self, question: Question) -> Reply:
        """Return the reply to a question. Never raises for a question whose subjects exist."""
        reply = self._by_topic.get(question.topic, self._facts)(question)
        if question.asks_sources:
            return self._sources_of(question, reply)
        if question.then:
            reply = self._offer(reply, question.then)
        if self._only_approved and reply.kind == "answer" and reply.review_status != "approved":
            return self._withheld(question, reply)
        return reply

    def _withheld(self, question: Question, reply: Reply) -> Reply:
        """Say that there is a text which no clinician has approved yet, and where to ask instead."""
        kept = self._handoff(question, self._phrases.say("withheld"))
        return dataclasses.replace(kept, topic=reply.topic, drugs=reply.drugs, subjects=reply.subjects)

    def ask_back(self, clarification: Clarification) -> Reply:
        """Return the one question that must be asked back, with at most three buttons."""
        pending = clarification.pending
        subjects = [self._knowledge.subjects[i] for i in clarification.subjects]
        buttons = [
            self._button(_TOPIC_TITLES[t], t, clarification.subjects[:1])
            for t in clarification.topics
            if t in _TOPIC_TITLES
        ]
        choices = clarification.choices
        if clarification.ask == "ask_which_term" and not choices:
            choices = ("her2-positive", "hormone-receptor-positive", "triple-negative")
        buttons += [
            self._button(
                self._knowledge.subjects[i].names.display, pending or "definition", (i, *clarification.subjects)
            )
            for i in choices
        ]
        if clarification.confirms:
            title = self._phrases.say("yes_about", subject=subjects[0].names.display)
            buttons = [Button(title, "/affirm"), Button(self._phrases.say("something_else"), "/deny")]
        name = ", ".join(s.names.inside for s in subjects if s.kind == "drug") or self._phrases.say("that")
        return Reply(
            text=f"{self._phrases.say(clarification.ask, subject=name)}\n\n{self._phrases.say('person')}",
            kind="clarify",
            topic=pending or (clarification.topics[0] if clarification.topics else "small_talk"),
            drugs=self._of_kind(clarification.subjects, "drug"),
            language=clarification.language,
            buttons=tuple(buttons[:MOST_BUTTONS]),
        )

    def hand_over(self, language: str = "en") -> Reply:
        """Return the way to a person, for messages that were not understood twice."""
        return self._handoff(Question("talk_to_human", language=language), self._phrases.say("not_understood_twice"))

    def after_alarm(self, reply: Reply) -> Reply:
        """Return a reply that begins with when to call: the message before it raised an alarm."""
        return dataclasses.replace(reply, text=f"{self._phrases.say('after_alarm')}\n\n{reply.text}")

    def _offer(self, reply: Reply, questions: Sequence[Question]) -> Reply:
        """Return a reply that offers what else the message asked as its first buttons, and says so."""
        buttons = [self._button(self._title(q), q.topic, q.subjects) for q in questions][:MOST_BUTTONS]
        offer = self._phrases.say("also_asked", questions="; ".join(b.title for b in buttons))
        text, mark, closing = reply.text.partition("\n\n")
        return dataclasses.replace(
            reply, text=f"{text}\n{offer}{mark}{closing}", buttons=(*buttons, *reply.buttons)[: MOST_BUTTONS + 1]
        )

    def _title(self, question: Question) -> str:
        """Return what a button that asks a question says."""
        title = _TOPIC_TITLES.get(question.topic) or self._phrases.say("something_else")
        names = [s.names.display for s in self._subjects(question) if s.kind == "drug"]
        return f"{title}: {', '.join(names)}" if names else title

    def _sources_of(self, question: Question, reply: Reply) -> Reply:
        """Say where an answer is from: its sources, each with its publisher and date."""
        if not reply.sources:
            return dataclasses.replace(reply, text=f"{self._phrases.say('no_sources')}\n\n{reply.text}")
        page = _Page()
        page.add(self._phrases.say("sources_of_last"))
        for source in reply.sources:
            page.add(f"• {source.title}, {source.publisher}, {source.date}", (source.id,))
        subjects = [self._knowledge.subjects[i] for i in (*reply.drugs, *reply.subjects)]
        return self._medical(question, page, subjects, reply.buttons, kind=reply.kind)

    # --- answers from the fields of a subject

    def _facts(self, question: Question) -> Reply:
        """Answer a topic from the fields of the subjects that have such fields: of each drug named, or of one other."""
        subjects = self._subjects_for(question)
        if not subjects:
            return self._unknown(question, None)
        statements = self._chosen(subjects[0], question) if len(subjects) == 1 else self._in_turn(subjects, question)
        page, more = self._page_of(statements, question)
        if not page.lines:
            return self._unknown(question, subjects[0])
        if question.topic == "efficacy_survival":
            page.add(self._phrases.say("study_caution"))
        for subject in reversed(subjects):
            if subject.fields.get(self._fields(subject, question)[0]) is None:
                page.lines.insert(0, self._phrases.say("sources_do_not_say", subject=subject.names.inside))
        return self._medical(question, page, subjects, self._next_buttons(question, subjects[0], more))

    def _in_turn(self, subjects: list[Subject], question: Question) -> list[Statement]:
        """Return one statement of each drug in turn, each with the drug's name: an "it" must not change its meaning."""
        named = ([_with_name(s, subject) for s in self._chosen(subject, question)] for subject in subjects)
        return _by_level([s for turn in itertools.zip_longest(*named) for s in turn if s], question)

    def _subjects_for(self, question: Question) -> list[Subject]:
        """Return the drugs that a topic is asked of, else the first other subject that it can be asked of."""
        able = [s for s in self._subjects(question) if question.topic in FIELDS[s.kind]]
        if question.topic == "definition":  # what a word means, drug or not
            return able[:1]
        return [s for s in able if s.kind == "drug"][:MOST_DRUGS] or able[:1]

    def _chosen(self, subject: Subject, question: Question) -> list[Statement]:
        """Return the statements for a question, plain ones first unless a clinician asks."""
        if question.topic == "overview" and subject.kind == "drug":
            first = [next(subject.statements(f), None) for f in ("indication", "administration")]
            return [*subject.statements("overview"), *(s for s in first if s), *subject.statements("targets")]
        statements = _by_level(list(subject.statements(*self._fields(subject, question))), question)
        calls = [s for s in statements if s.urgency]
        if question.topic == "serious_side_effects" and calls:
            # When to call, the most urgent first, follows the gravest effect: it may not wait for a second page.
            urgent = min(calls, key=lambda s: URGENCIES.index(s.urgency or URGENCIES[-1]))
            others = [s for s in statements if s is not urgent]
            return [*others[:1], urgent, *others[1:]]
        return statements

    @staticmethod
    def _fields(subject: Subject, question: Question) -> tuple[str, ...]:
        """Return the fields that answer a question; of the boxed warning alone where that is named."""
        if subject.kind == "drug" and BOXED_WARNING in question.subjects:
            return ("boxed_warning",)
        return FIELDS[subject.kind][question.topic]

    def _page_of(
        self, statements: Iterable[Statement], question: Question, lead: str = "", lead_sources: Sequence[str] = ()
    ) -> tuple[_Page, bool]:
        """Cut statements into pages of bounded length; return the page asked for, and whether more follow.

        A lead is a sentence of ours that opens the page; without one the first statement does.
        """
        if question.is_brief:
            statements = list(statements)
            statements = [s for s in statements if s.level == "plain"][:MOST_IN_BRIEF] or statements[:1]
        pages: list[list[Statement]] = [[]]
        words = len(lead.split())
        most = MOST_STATEMENTS - bool(lead)
        for statement in statements:
            length = len(statement.text(question.language).split())
            turns_detailed = bool(pages[-1]) and pages[-1][-1].level == "plain" and statement.level == "detailed"
            full = words + length > MOST_WORDS or len(pages[-1]) == most
            if pages[-1] and (full or (turns_detailed and question.audience != "clinician")):
                pages.append([])
                words = len(lead.split())
            pages[-1].append(statement)
            words += length
        page = _Page()
        if question.page >= len(pages):
            page.add(self._phrases.say("no_more"))
            self._add_hours(page, question.language)
            return page, False
        if lead:
            page.add(lead, lead_sources)
        for statement in pages[question.page]:
            bullet = "• " if page.lines else ""
            page.add(bullet + statement.text(question.language), statement.sources)
            page.is_newer = page.is_newer or statement.newer
        return page, question.page + 1 < len(pages)

    def _next_buttons(self, question: Question, subject: Subject, more: bool) -> tuple[Button, ...]:
        buttons = [Button("More about this", "/more")] if more else []
        if subject.kind in ("drug", "class"):
            known = FIELDS[subject.kind]
            buttons += [
                self._button(title, topic, (subject.id,))
                for topic, title in _NEXT
                if topic != question.topic and topic in known and subject.fields.get(known[topic][0])
            ]
        elif subject.kind == "side_effect":
            buttons += [
                self._button(_TOPIC_TITLES[topic], topic, (subject.id,))
                for topic in ("management_of_side_effect", "drugs_with_side_effect")
                if topic != question.topic
            ]
        return tuple(buttons[:4])

    def _unknown(self, question: Question, subject: Subject | None) -> Reply:
        """Say that our sources do not cover it, and how to find out."""
        page = _Page()
        name = subject.names.inside if subject else self._names(question)
        page.add(self._phrases.say("sources_do_not_say", subject=name))
        page.add(self._phrases.say("how_to_find_out"))
        self._add_hours(page, question.language)
        subjects = (subject,) if subject else self._subjects(question)
        buttons = self._next_buttons(question, subject, False) if subject else ()
        return self._medical(question, page, subjects, buttons)

    # --- answers from relations

    def _serious(self, question: Question) -> Reply:
        """Answer how serious one effect of a drug is, or which serious effects there are."""
        drugs = self._drugs(question)
        effect = self._first_of_kind(question, "side_effect")
        if drugs and effect:
            return self._pair(question, drugs, effect)
        return self._facts(question)

    def _management(self, question: Question) -> Reply:
        """Answer what helps with an effect, with when to call because of it on the drugs named."""
        effect = self._first_of_kind(question, "side_effect")
        drugs = self._drugs(question)
        if effect is None or not drugs:
            return self._facts(question)
        calls = [_with_name(s, d) for d in drugs for s in d.statements("when_to_call") if effect.id in s.about]
        calls.sort(key=lambda s: URGENCIES.index(s.urgency or URGENCIES[-1]))
        helps = list(effect.statements("management_of_side_effect"))
        statements = [*helps[:2], *calls[:1], *helps[2:], *calls[1:], *effect.statements("when_to_call")]
        page, more = self._page_of(statements, question)
        if not helps:
            page.lines.insert(0, self._phrases.say("sources_do_not_say", subject=effect.names.inside))
        if not page.sources:
            page.add(self._phrases.say("how_to_find_out"))
            self._add_hours(page, question.language)
        buttons = [Button("More about this", "/more")] if more else []
        return self._medical(
            question, page, (*drugs, effect), (*buttons, *self._next_buttons(question, drugs[0], False))[:4]
        )

    def _symptom(self, question: Question) -> Reply:
        """Answer "does X cause Y" for that pair, or what to do about Y where no drug is known."""
        drugs = self._drugs(question)
        effects = [s for s in self._subjects(question) if s.kind == "side_effect"][:1]
        if drugs and effects:
            return self._pair(question, drugs, effects[0])
        if effects:
            return self._facts(dataclasses.replace(question, subjects=(effects[0].id,)))
        if drugs:
            return self._unnamed_symptom(question, drugs[0])
        return self._unknown(question, None)

    def _pair(self, question: Question, drugs: list[Subject], effect: Subject) -> Reply:
        """Say how the sources list an effect for each drug, what it is, and when to call."""
        drug = drugs[0]
        told = [s for d in drugs for s in d.statements(*_EFFECT_FIELDS) if effect.id in s.about]
        told.sort(key=lambda s: s.level != "plain")
        lead = " ".join(self._listed(d, effect) for d in drugs)
        calls = [s for d in drugs for s in d.statements("when_to_call") if effect.id in s.about]
        calls = calls or list(effect.statements("when_to_call"))
        calls.sort(key=lambda s: URGENCIES.index(s.urgency or URGENCIES[-1]))
        # What it is, then when to call, the most urgent first: that must stand on the first page.
        page, more = self._page_of([*told[:1], *calls, *told[1:]], question, lead, told[0].sources if told else ())
        if not page.sources:
            self._add_hours(page, question.language)
        buttons = [Button("More about this", "/more")] if more else []
        buttons += [
            self._button(_TOPIC_TITLES["management_of_side_effect"], "management_of_side_effect", (effect.id,)),
            *self._next_buttons(question, drug, False),
        ]
        return self._medical(question, page, (*drugs, effect), tuple(buttons[:4]))

    def _listed(self, drug: Subject, effect: Subject) -> str:
        listing = self._knowledge.listing(drug, effect.id) or "not_listed"
        return self._phrases.say(f"pair_{listing}", drug=drug.names.inside, effect=effect.names.inside)

    def _unnamed_symptom(self, question: Question, drug: Subject) -> Reply:
        """Answer for a symptom that we have no name for: what the sources list first, and whom to tell."""
        listed = list(drug.statements("side_effects"))[:2]
        if not listed:
            return self._unknown(question, drug)
        lead = self._phrases.say("symptom_not_known", drug=drug.names.inside)
        page, _ = self._page_of(listed, question, lead)
        return self._medical(question, page, (drug,), self._next_buttons(question, drug, False))

    def _comparison(self, question: Question) -> Reply:
        """Set two drugs side by side, field by field, without ranking them."""
        drugs = self._drugs(question)
        if len(drugs) < 2:
            return self.ask_back(Clarification("ask_which_two", pending="comparison", language=question.language))
        firsts = [next(drug.statements(field), None) for field in _COMPARED for drug in drugs]
        *others, last = (d.names.inside for d in drugs)
        lead = self._phrases.say("compare", first=", ".join(others), second=last)
        page, more = self._page_of([s for s in firsts if s], question, lead)
        buttons = [Button("More about this", "/more")] if more else []
        buttons += [self._button(f"{d.names.display}: side effects", "side_effects", (d.id,)) for d in drugs]
        return self._medical(question, page, drugs, tuple(buttons))

    def _members(self, question: Question) -> Reply:
        group = self._first_of_kind(question, "class")
        if group is None and question.among:  # "which of those are pills"
            return self._linked_to_term(question)
        if group is None:
            return self._which(question, "class")
        found = [(d, next(d.statements("overview"), None)) for d in self._knowledge.members(group.id)]
        lead = self._phrases.say("members", subject=group.names.inside)
        return self._drug_list(question, group, lead, {"": found})

    def _monitoring(self, question: Question) -> Reply:
        """Answer which checks a drug needs; without a drug, which drugs need a check."""
        if any(s.kind == "drug" for s in self._subjects(question)):
            return self._facts(question)
        return self._linked_to_term(question)

    def _linked_to_term(self, question: Question) -> Reply:
        """List the drugs linked to a term: a type of cancer, a target, a test, a way of giving."""
        term = self._first_of_kind(question, "term")
        if term is None:
            return self._which(question, "term")
        found, phrase = self._drugs_of_term(term)
        groups: dict[str, list[tuple[Subject, Statement | None]]] = {}
        for drug, statement in found:
            name = self._knowledge.subjects[drug.class_id or ""].names.display
            title = name if name[1:2].isupper() else name[0].upper() + name[1:]  # "mTOR inhibitors" stays
            groups.setdefault(title, []).append((drug, statement))
        lead = self._phrases.say(phrase, subject=term.names.inside)
        return self._drug_list(question, term, lead, groups)

    def _drugs_of_term(self, term: Subject) -> tuple[list[tuple[Subject, Statement]], str]:
        """Return (drug, the statement that links it) for a term, and the phrase that introduces them."""
        if term.id in _ROUTE_OF_TERM:
            route = _ROUTE_OF_TERM[term.id]
            given = ((d, s) for d in self._knowledge.of_kind("drug") for s in d.statements("administration"))
            return [(d, s) for d, s in given if s.route == route], "for_route"
        for field, phrase in _LINKS:
            drugs = self._knowledge.drugs_about((field,), term.id)
            if drugs:
                return [(d, next(s for s in d.statements(field) if term.id in s.about)) for d in drugs], phrase
        return [], "for_subtype"

    def _with_side_effect(self, question: Question) -> Reply:
        effect = self._first_of_kind(question, "side_effect")
        if effect is None:
            return self._which(question, "side_effect")
        groups: dict[str, list[tuple[Subject, Statement | None]]] = {}
        causing = self._knowledge.drugs_causing(effect.id)
        if question.is_grave:
            causing = [(d, said) for d, said in causing if said == "serious"] or causing
        for listing, title in _LISTINGS.items():
            for drug in (d for d, said in causing if said == listing):
                statement = next(s for s in drug.statements(*_EFFECT_FIELDS) if effect.id in s.about)
                groups.setdefault(title, []).append((drug, statement))
        lead = self._phrases.say("with_side_effect", subject=effect.names.inside)
        return self._drug_list(question, effect, lead, groups)

    def _drug_list(
        self,
        question: Question,
        subject: Subject,
        lead: str,
        groups: dict[str, list[tuple[Subject, Statement | None]]],
    ) -> Reply:
        """List drugs in groups, each drug with the marker of the statement that puts it there."""
        if question.among:
            kept = {t: [(d, s) for d, s in found if d.id in question.among] for t, found in groups.items()}
            groups = {title: found for title, found in kept.items() if found}
            if not groups:
                return self._none_of_them(question, subject)
            lead = f"{self._phrases.say('among')} {lead}"
        if not any(groups.values()):
            return self._unknown(question, subject)
        most = MOST_STATEMENTS - 1
        bullets = list(groups.items())[question.page * most : (question.page + 1) * most]
        more = len(groups) > (question.page + 1) * most
        page = _Page()
        page.add(lead if bullets else self._phrases.say("no_more"))
        for title, found in bullets:
            named = [f"{d.names.display} {page.mark(s.sources[:1]) if s else ''}".strip() for d, s in found]
            page.lines.extend([f"• {title}: {', '.join(named)}."] if title else [f"• {name}" for name in named])
        drugs = [drug for _, found in bullets for drug, _ in found]
        reply = self._medical(question, page, (subject, *drugs), self._next_buttons(question, subject, more))
        return dataclasses.replace(reply, subjects=(subject.id,))

    def _none_of_them(self, question: Question, subject: Subject) -> Reply:
        """Say that our sources link none of the drugs just listed to a subject."""
        page = _Page()
        page.add(self._phrases.say("none_of_them", subject=subject.names.inside))
        self._add_hours(page, question.language)
        return self._medical(question, page, (subject,), ())

    def _combination(self, question: Question) -> Reply:
        """Answer with which drugs one is given; whether two go together only where our sources say that they do."""
        drugs = self._drugs(question)
        if len(drugs) < 2:
            return self._facts(question)
        ids = {d.id for d in drugs}
        linked = [_with_name(s, d) for d in drugs for s in d.statements("combination") if ids & (set(s.about) - {d.id})]
        if not linked:
            return self._decline(dataclasses.replace(question, topic="interaction_food_drug_alcohol"))
        page, more = self._page_of(linked, question)
        return self._medical(question, page, drugs, self._next_buttons(question, drugs[0], more))

    def _efficacy(self, question: Question) -> Reply:
        """Answer what studies of a drug showed; how things will go for one person is for their doctor."""
        if any(s.kind == "drug" for s in self._subjects(question)):
            return self._facts(question)
        page = _Page()
        page.add(self._phrases.say("ask_efficacy_survival"))
        self._add_hours(page, question.language)
        return self._medical(question, page, (), (), kind="decline")

    # --- what is not answered with facts about a drug

    def _decline(self, question: Question) -> Reply:
        """Say why it is not ours to decide, what not to do alone, whom to call and what to ask."""
        drugs = self._drugs(question)
        page = _Page()
        name = ", ".join(d.names.inside for d in drugs) or self._phrases.say("this_medicine")
        page.add(self._phrases.say(f"ask_{question.topic}", drug=name))
        self._add_hours(page, question.language)
        buttons = self._next_buttons(question, drugs[0], False) if drugs else ()
        return self._medical(question, page, drugs, buttons, kind="decline")

    def _out_of_scope(self, question: Question) -> Reply:
        named = question.named or self._phrases.say("that")
        text = self._phrases.say(f"ask_{question.topic}", named=named)
        return Reply(
            text=f"{text}\n\n{self._phrases.say('person')}",
            kind="out_of_scope",
            topic=question.topic,
            language=question.language,
        )

    def _alarm(self, question: Question) -> Reply:
        alarm, is_abroad = split_alarm(question.alarm or "emergency")
        alarm = alarm if alarm in self._knowledge.alarms else "emergency"
        words = self._knowledge.alarms[alarm]
        reply = words.abroad if is_abroad and words.abroad else words.reply
        return Reply(
            text=reply.get(question.language) or reply["en"],
            kind="crisis" if alarm in ("crisis", "danger") else "emergency",
            topic="emergency_red_flag",
            language=question.language,
        )

    def _support(self, question: Question) -> Reply:
        return self._handoff(question, self._phrases.say("ask_emotional_support"), roles=("support",))

    def _human(self, question: Question) -> Reply:
        return self._handoff(question, self._phrases.say("ask_talk_to_human"))

    def _cost(self, question: Question) -> Reply:
        reply = self._handoff(question, self._phrases.say("ask_cost_access"), roles=("support",))
        return dataclasses.replace(reply, kind="answer", drugs=self._of_kind(question.subjects, "drug"))

    def _handoff(self, question: Question, lead: str, roles: tuple[str, ...] = ()) -> Reply:
        page = _Page()
        page.add(lead)
        self._add_hours(page, question.language)
        for line in [i for i in self._knowledge.lines.values() if i.role in roles and i.helps_with][:2]:
            told = (line.helps_with or ())[0]
            page.add(f"• {line.name}: {line.phone_text}. {told.text(question.language)}", told.sources)
        return self._medical(question, page, (), (), kind="handoff")

    def _small_talk(self, question: Question) -> Reply:
        return Reply(
            text=self._phrases.say(question.named or "chitchat"),
            kind="chitchat",
            topic="small_talk",
            language=question.language,
        )

    # --- parts

    def _add_hours(self, page: _Page, language: str) -> None:
        """Add when a person can be reached, from the helpline's own statement."""
        line = self._knowledge.line("general")
        for statement in (line.hours or ())[:1]:
            page.add(f"{line.name}: {line.phone_text}. {statement.text(language)}", statement.sources)

    def _medical(
        self,
        question: Question,
        page: _Page,
        subjects: Sequence[Subject],
        buttons: tuple[Button, ...],
        kind: str = "answer",
    ) -> Reply:
        """Close a reply that speaks of medical matters: sources, review status, date, doctor, a person."""
        sources = tuple(self._knowledge.sources[i] for i in page.sources)
        as_of = min((s.as_of for s in subjects), default=None) or self._knowledge.line("general").last_verified
        approved = bool(subjects) and all(s.review_status == "approved" for s in subjects)
        status = (
            "approved"
            if approved
            else next((s.review_status for s in subjects if s.review_status != "approved"), "draft")
        )
        closing = [
            *(["Sources:"] if sources else []),
            *(f"[{n}] {_cite(s)}" for n, s in enumerate(sources, start=1)),
            *([""] if sources else []),
            self._phrases.say("reviewed" if approved else "not_reviewed", date=as_of),
            *([self._phrases.say("newer")] if page.is_newer or any(s.newer for s in subjects) else []),
            *([self._phrases.say("may_be_out_of_date")] if self._is_old(as_of) else []),
            self._phrases.say("review_with_their_doctor" if question.audience == "caregiver" else "review_with_doctor"),
        ]
        return Reply(
            text="\n".join([*page.lines, "", *closing]),
            kind=kind,
            topic=question.topic,
            drugs=tuple(s.id for s in subjects if s.kind == "drug"),
            subjects=tuple(s.id for s in subjects if s.kind != "drug"),
            language=question.language,
            sources=sources,
            review_status=status,
            as_of=as_of,
            buttons=buttons,
        )

    def _is_old(self, as_of: str) -> bool:
        year, month, day = (int(part) for part in as_of.split("-"))
        today = self._today()
        months = (today.year - year) * 12 + today.month - month - (today.day < day)
        return months >= MOST_MONTHS

    def _button(self, title: str, topic: str, subject_ids: Sequence[str]) -> Button:
        """Return a button that asks a topic of a subject, as a Rasa payload."""
        named: dict[str, list[str]] = {}
        for subject in (self._knowledge.subjects[i] for i in subject_ids):
            named.setdefault(ENTITY_OF_KIND[subject.kind], []).append(subject.id)
        # As short as it can be: one id is a text, several are a list, none is nothing.
        entities = {entity: ids if len(ids) > 1 else ids[0] for entity, ids in named.items()}
        return Button(title, f"/ask_{topic}{json.dumps(entities) if entities else ''}")

    def _subjects(self, question: Question) -> list[Subject]:
        return [self._knowledge.subjects[i] for i in question.subjects]

    def _drugs(self, question: Question) -> list[Subject]:
        """Return the drugs of a question, as many as one reply answers about."""
        return [s for s in self._subjects(question) if s.kind == "drug"][:MOST_DRUGS]

    def _first_of_kind(self, question: Question, kind: str) -> Subject | None:
        return next((s for s in self._subjects(question) if s.kind == kind), None)

    def _which(self, question: Question, kind: str) -> Reply:
        return self.ask_back(Clarification(f"ask_which_{kind}", pending=question.topic, language=question.language))

    def _of_kind(self, ids: Iterable[str], kind: str) -> tuple[str, ...]:
        return tuple(i for i in ids if self._knowledge.subjects[i].kind == kind)

    def _names(self, question: Question) -> str:
        return ", ".join(s.names.inside for s in self._subjects(question)) or self._phrases.say("that")


def _with_name(statement: Statement, subject: Subject) -> Statement:
    """Return a statement that says whom it is about, unless it begins with the name."""
    name = subject.names.display
    texts = {lang: text if text.startswith(name) else f"{name}: {text}" for lang, text in statement.texts.items()}
    return dataclasses.replace(statement, texts=texts)


def _by_level(statements: list[Statement], question: Question) -> list[Statement]:
    """Return plain statements first, detailed ones first for a clinician; otherwise in the order given."""
    level = "detailed" if question.audience == "clinician" else "plain"
    return sorted(statements, key=lambda s: s.level != level)


def _cite(source: Source) -> str:
    url = f" {source.url}" if source.url else ""
    end = "" if source.title.endswith(("?", "!", ".")) else "."
    return f"{source.title}{end} {source.publisher}, {source.date} ({_EVIDENCE[source.tier]}).{url}"
