"""Answers questions: chooses the statements that a question asks for, and what must be said first.

No fact is written here. Facts come from `Knowledge`, fixed sentences from `Phrases`; this module only joins them.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
from collections.abc import Callable, Iterable, Sequence

from helpline.advice import Advice
from helpline.aspects import HOPES, first_of
from helpline.comparison import Comparison
from helpline.drug_sets import EFFECT_FIELDS, DrugSets
from helpline.knowledge import Knowledge, Statement, Subject, look_alikes
from helpline.page import Page, by_level, by_urgency, with_name
from helpline.phrases import Phrases
from helpline.question import DECLINED, MOST_DRUGS, OUT_OF_SCOPE, Clarification, Question
from helpline.reply import Reply
from helpline.safety import split_alarm
from helpline.topics import FIELDS, TITLES
from helpline.writer import MORE, MOST_CHOICES, Writer

MOST_BUTTONS = MOST_CHOICES  # under a question that is asked back
BOXED_WARNING = "boxed-warning"
_CHEMO = "chemotherapy"
_HARM = "pregnancy-harm"
_PREGNANCY = "pregnancy_fertility_breastfeeding"
# An effect that people name when they may mean another: where only that one is listed, it is told as well.
_NEAR = {
    "heart-damage": ("qt-prolongation",),
    "shortness-of-breath": ("ild",),
    "cough": ("ild",),
    "rash": ("skin-reaction",),
    "bleeding": ("low-platelets",),
    "infection": ("neutropenia",),
    "fever": ("neutropenia", "infection"),
    "liver-problems": ("blood-test-changes",),
}
# What marks an antibody that carries chemotherapy.
_CARRIES_CHEMO = {"antibody-drug-conjugate", "payload"}
# What a statement about pregnancy speaks of; there is no tag for it.
_SPEAKS_OF = {
    "breastfeeding": re.compile(r"breast-?feed|breast milk|\bnurs(?:e|ing) a\b", re.IGNORECASE),
    "fertility": re.compile(r"\bfertil", re.IGNORECASE),
}
# What a statement says of an effect that passes, or does not; there is no tag for it.
_PASSES = re.compile(
    r"\b(?:go(?:es)? away|went away|revers\w+|permanent\w*|temporar\w+|gets? better|recovers?|grows? back)\b"
)
_ASKS_IF_IT_PASSES = ("goes_away", "lasts")
# Topics in which drugs whose names look alike may be taken for each other.
_MIXED_UP = ("overview", "definition", "administration", "brand_generic_biosimilar", "indication", "mechanism")
_WARNING_WORDS = 25  # of the warning not to mix up two drugs, beyond what a page leaves free
_PRONOUNS = ("It ", "Its ", "They ", "This ", "These ")
_ABOUT_ONE_THING = ("monitoring", "biomarker_test", "indication", "combination", "administration")


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
        self._writer = Writer(knowledge, phrases, only_approved, today)
        self._sets = DrugSets(self._writer)
        self._comparison = Comparison(self._writer)
        self._advice = Advice(self._writer)
        self._by_topic: dict[str, Callable[[Question], Reply]] = {
            "side_effect_of_symptom": self._symptom,
            "serious_side_effects": self._serious,
            "management_of_side_effect": self._management,
            "comparison": self._compared,
            "class_members": self._sets.answer,
            "drugs_for_subtype": self._sets.answer,
            "drugs_with_side_effect": self._sets.answer,
            "monitoring": self._monitoring,
            _PREGNANCY: self._pregnancy,
            "emergency_red_flag": self._alarm,
            "emotional_support": self._support,
            "talk_to_human": self._human,
            "cost_access": self._cost,
            "small_talk": self._small_talk,
            "combination": self._combination,
            "efficacy_survival": self._efficacy,
            **dict.fromkeys(DECLINED, self._advice.answer),
            **dict.fromkeys(OUT_OF_SCOPE, self._out_of_scope),
        }

    # --- entry points

    def answer(self, question: Question) -> Reply:
        """Return the reply to a question. Never raises for a question whose subjects exist."""
        reply = self._by_topic.get(question.topic, self._facts)(question)
        if question.asks_sources:
            return self._writer.sources_of(question, reply)
        if self._writer.only_approved and reply.is_medical and reply.review_status != "approved":
            reply = self._withheld(question, reply)
        if question.asks_why:
            reply = dataclasses.replace(reply, text=f"{self._writer.say('why')}\n\n{reply.text}")
        is_offered = question.then or question.is_guess
        return self._writer.offer(reply, question.then, question.is_guess) if is_offered else reply

    def _withheld(self, question: Question, reply: Reply) -> Reply:
        """Say that there is a text which no clinician has approved yet, and where to ask instead."""
        kept = self._writer.hand_over(dataclasses.replace(question, page=0), self._writer.say("withheld"))
        return dataclasses.replace(kept, drugs=reply.drugs, subjects=reply.subjects)

    def ask_back(self, clarification: Clarification) -> Reply:
        """Return the one question that must be asked back, with at most three buttons."""
        return self._writer.ask_back(clarification)

    def hand_over(self, language: str = "en") -> Reply:
        """Return the way to a person, for messages that were not understood twice."""
        return self._writer.hand_over(
            Question("talk_to_human", language=language), self._writer.say("not_understood_twice"), ("general",)
        )

    def after_alarm(self, reply: Reply) -> Reply:
        """Return a reply that begins with when to call: the message before it raised an alarm."""
        return dataclasses.replace(reply, text=f"{self._writer.say('after_alarm')}\n\n{reply.text}")

    def kindly(self, reply: Reply) -> Reply:
        """Return a reply that begins with a word to somebody who said how frightened they are; not to small talk."""
        if reply.kind == "chitchat" or reply.topic == "emotional_support":
            return reply
        return dataclasses.replace(reply, text=f"{self._writer.say('kindly')}\n\n{reply.text}")

    # --- answers from the fields of a subject

    def _facts(self, question: Question) -> Reply:
        """Answer a topic from the fields of the subjects that have such fields: of each drug named, or of one other."""
        subjects = self._subjects_for(question)
        if not subjects:
            return self._writer.unknown(question, None)
        if "is_chemo" in question.aspects and subjects[0].kind == "drug" and question.topic in _MIXED_UP:
            return self._is_chemo(question, subjects)
        statements = self._chosen(subjects[0], question) if len(subjects) == 1 else self._in_turn(subjects, question)
        if not statements and not question.page:
            return self._writer.unknown(question, subjects[0])
        alike = look_alikes(subjects) if question.topic in _MIXED_UP else []
        page, more = self._writer.page_of(statements, question, kept_free=_WARNING_WORDS if alike else 0)
        _name_first(page, subjects[0])
        self._lead_of(page, subjects, question)
        if question.topic == "efficacy_survival":
            page.add(self._writer.say("study_caution"))
        if alike and not question.page:
            self._comparison.warn(page, subjects)
        return self._writer.close(question, page, subjects, self._writer.next_buttons(question, subjects[0], more))

    def _lead_of(self, page: Page, subjects: Sequence[Subject], question: Question) -> None:
        """Put before the first statement what our sources do not say, and what must not be mixed up."""
        if question.page:
            return
        leads = Page()
        missing = self._missing_term(subjects, question)
        if missing:
            drug = self._writer.joined(subjects)
            leads.add(self._writer.say("not_named", subject=missing.names.inside, drug=drug))
        for subject in subjects:
            if subject.fields.get(_fields(subject, question)[0]) is None:
                leads.add(self._writer.say("sources_do_not_say", subject=subject.names.inside))
        page.lines[:0] = leads.lines

    def _missing_term(self, subjects: Sequence[Subject], question: Question) -> Subject | None:
        """Return the check that was asked about and that our sources do not name for these drugs."""
        if question.topic != "monitoring" or subjects[0].kind != "drug":
            return None
        asked = [s for s in self._writer.subjects(question) if s.kind in ("term", "side_effect")]
        told = {i for s in subjects for t in s.statements("monitoring") for i in t.about}
        return next((s for s in asked if s.id not in told), None)

    def _in_turn(self, subjects: Sequence[Subject], question: Question) -> list[Statement]:
        """Return one statement of each drug in turn, each with the drug's name: an "it" must not change its meaning."""
        named = ([with_name(s, subject) for s in self._chosen(subject, question)] for subject in subjects)
        return by_level((s for turn in itertools.zip_longest(*named) for s in turn if s), question.audience)

    def _subjects_for(self, question: Question) -> list[Subject]:
        """Return the drugs that a topic is asked of, else the first other subject that it can be asked of."""
        able = [s for s in self._writer.subjects(question) if question.topic in FIELDS[s.kind]]
        drugs = [s for s in able if s.kind == "drug"][:MOST_DRUGS]
        if question.topic == "definition" and "is_chemo" not in question.aspects:  # what a word means, drug or not
            return drugs if able and able[0] in drugs else able[:1]
        return drugs or able[:1]

    def _chosen(self, subject: Subject, question: Question) -> list[Statement]:
        """Return the statements for a question, plain ones first unless a clinician asks."""
        if question.topic == "overview" and subject.kind == "drug":
            first = [next(subject.statements(f), None) for f in ("indication", "administration")]
            return [*subject.statements("overview"), *(s for s in first if s), *subject.statements("targets")]
        statements = by_level(subject.statements(*_fields(subject, question)), question.audience)
        calls = by_urgency(s for s in statements if s.urgency)
        if question.topic == "serious_side_effects" and calls:
            others = [s for s in statements if s not in calls]
            if "when_to_call" in question.aspects:  # asked outright
                return [*calls, *others]
            # When to call, the most urgent first, follows the gravest effect: it may not wait for a second page.
            return [*others[:1], calls[0], *others[1:], *calls[1:]]
        if question.topic == "mechanism" and "target" in question.aspects:
            targets = list(subject.statements("targets"))
            return [*targets, *(s for s in statements if s not in targets)]
        if question.topic in _ABOUT_ONE_THING and subject.kind == "drug":
            asked = {s.id for s in self._writer.subjects(question) if s.kind in ("term", "side_effect")}
            return sorted(statements, key=lambda s: not asked & set(s.about)) if asked else statements
        return statements

    def _is_chemo(self, question: Question, drugs: Sequence[Subject]) -> Reply:
        """Say first whether a drug is chemotherapy, then what it is."""
        page = Page()
        told: list[Statement] = []
        for drug in drugs:
            carries = [s for s in drug.statements("overview", "mechanism") if _CARRIES_CHEMO & set(s.about)]
            key = "chemo_in_part" if carries else "chemo_no"
            denied = [s for s in drug.statements("overview") if _CHEMO in s.about]
            said = (carries or denied or list(drug.statements("overview")))[0]
            page.add(self._writer.say(key, drug=drug.names.display), said.sources)
            told.append(with_name(said, drug))
        for statement in told:
            page.tell(statement, question.language)
        return self._writer.close(question, page, drugs, self._writer.next_buttons(question, drugs[0]))

    # --- answers about a side effect

    def _serious(self, question: Question) -> Reply:
        """Answer how serious one effect of a drug is, or which serious effects there are."""
        drugs = self._writer.drugs(question)
        effect = self._writer.first_of_kind(question, "side_effect")
        is_pair = drugs and effect and BOXED_WARNING not in question.subjects
        return self._pair(question, drugs, effect) if is_pair and effect else self._facts(question)

    def _management(self, question: Question) -> Reply:
        """Answer what helps with an effect, with when to call because of it on the drugs named."""
        effect = self._writer.first_of_kind(question, "side_effect")
        drugs = self._writer.drugs(question)
        if effect is None or not drugs:
            return self._facts(question)
        calls = by_urgency(with_name(s, d) for d in drugs for s in d.statements("when_to_call") if effect.id in s.about)
        helps = list(effect.statements("management_of_side_effect"))
        told = [*helps[:2], *calls[:1], *helps[2:], *calls[1:], *effect.statements("when_to_call")]
        if not told:
            return self._writer.unknown(question, effect)
        page, more = self._writer.page_of(told, question)
        if not helps and not question.page:
            page.lines.insert(0, self._writer.say("sources_do_not_say", subject=effect.names.inside))
        buttons = self._writer.next_buttons(question, drugs[0], more)
        return self._writer.close(question, page, (*drugs, effect), buttons)

    def _symptom(self, question: Question) -> Reply:
        """Answer "does X cause Y" for that pair, or what to do about Y where no drug is known."""
        drugs = self._writer.drugs(question)
        effect = self._writer.first_of_kind(question, "side_effect")
        if drugs and effect:
            return self._pair(question, drugs, effect)
        if effect:
            return self._facts(dataclasses.replace(question, subjects=(effect.id,)))
        if drugs:
            return self._unnamed_symptom(question, drugs[0])
        return self._writer.unknown(question, None)

    def _pair(self, question: Question, drugs: Sequence[Subject], effect: Subject) -> Reply:
        """Say how the sources list an effect for each drug, what it is, and when to call."""
        effects = [self._effects_meant(d, effect) for d in drugs]
        told = [s for d, meant in zip(drugs, effects) for s in _statements(d, EFFECT_FIELDS, meant, drugs)]
        told.sort(key=lambda s: s.level != "plain")
        lead = " ".join(self._listed(question, d, e) for d, meant in zip(drugs, effects) for e in meant)
        calls = [s for d, meant in zip(drugs, effects) for s in _statements(d, ("when_to_call",), meant, drugs)]
        calls = by_urgency(calls or effect.statements("when_to_call"))
        if "when_to_call" in question.aspects:
            page, more = self._calls_first(question, drugs, calls, told, lead)
        else:
            told, lead = self._hoped_for(question, drugs, effect, told, lead)
            # What it is, then when to call, the most urgent first: that must stand on the first page.
            first = [*told[:1], *calls, *told[1:]]
            page, more = self._writer.page_of(first, question, lead, told[0].sources if told else ())
        if not page.sources:
            self._writer.contacts.add_hours(page, question.language)
        buttons = [
            *([MORE] if more else []),
            self._writer.button(TITLES["management_of_side_effect"], "management_of_side_effect", (effect.id,)),
            *self._writer.next_buttons(question, drugs[0]),
        ]
        # "Is diarrhea harmless" is not "it has no side effects".
        aspects = tuple(a for a in question.aspects if a != "harmless" or "is_harmless" not in question.aspects)
        return self._writer.close(dataclasses.replace(question, aspects=aspects), page, (*drugs, effect), buttons)

    def _calls_first(
        self,
        question: Question,
        drugs: Sequence[Subject],
        calls: Sequence[Statement],
        told: Sequence[Statement],
        lead: str,
    ) -> tuple[Page, bool]:
        """Return a page that opens with when to call: because of the effect, else because of anything on the drug."""
        general = [with_name(s, d) for d in drugs for s in by_urgency(d.statements("when_to_call"))]
        first = [*(calls or general), *told]
        if not first:
            return self._writer.page_of((), question, lead)
        page, more = self._writer.page_of(first, question, kept_free=len(lead.split()))
        _name_first(page, drugs[0])
        if not question.page:
            page.add(f"• {lead}", told[0].sources if told else ())
        return page, more

    def _hoped_for(
        self, question: Question, drugs: Sequence[Subject], effect: Subject, told: list[Statement], lead: str
    ) -> tuple[list[Statement], str]:
        """Say first that our sources leave open what was hoped for, or put first the statement that does not."""
        hope = first_of(question.aspects, HOPES)
        if hope is None or (hope == "more_or_less" and len(drugs) < 2):
            return told, lead
        settles = [s for s in told if hope in _ASKS_IF_IT_PASSES and _PASSES.search(s.text("en"))]
        if settles:
            return [*settles, *(s for s in told if s not in settles)], lead
        unsaid = self._writer.say(f"unsaid_{hope}", effect=effect.names.inside, drug=self._writer.joined(drugs))
        return told, f"{unsaid} {lead}"

    def _effects_meant(self, drug: Subject, effect: Subject) -> list[Subject]:
        """Return the effect asked about; where it is not listed, one that is and that it may be the name for."""
        if self._knowledge.listing(drug, effect.id):
            return [effect]
        near = [i for i in _NEAR.get(effect.id, ()) if self._knowledge.listing(drug, i)]
        return [*(self._knowledge.subjects[i] for i in near), effect]

    def _listed(self, question: Question, drug: Subject, effect: Subject) -> str:
        listing = self._knowledge.listing(drug, effect.id) or "not_listed"
        if question.topic == "serious_side_effects":  # "is that serious" is not answered by "yes, it is common"
            listing = "is_serious" if listing == "serious" else "not_serious"
        return self._writer.say(f"pair_{listing}", drug=drug.names.inside, effect=effect.names.inside)

    def _unnamed_symptom(self, question: Question, drug: Subject) -> Reply:
        """Answer for a symptom that we have no name for: what the sources list first, and whom to tell."""
        listed = list(drug.statements("side_effects"))[:2]
        if not listed:
            return self._writer.unknown(question, drug)
        lead = self._writer.say("symptom_not_known", drug=drug.names.inside)
        page, _ = self._writer.page_of(listed, question, lead)
        return self._writer.close(question, page, (drug,), self._writer.next_buttons(question, drug))

    # --- answers with a rule of their own

    def _compared(self, question: Question) -> Reply:
        """Compare drugs; which of them suits somebody is not ours to say."""
        if len(self._writer.drugs(question)) < 2 and "best" in question.aspects:
            return self._advice.decline(question, "decline_best")
        return self._comparison.answer(question)

    def _monitoring(self, question: Question) -> Reply:
        """Answer which checks a drug needs; without a drug, which drugs need a check."""
        if self._writer.drugs(question) and "of_them" not in question.aspects and not question.among:
            return self._facts(question)
        return self._sets.answer(question)

    def _pregnancy(self, question: Question) -> Reply:
        """Say the warning first, then when to call, then what was asked, then what else our sources say."""
        drugs = self._writer.drugs(question)
        if not drugs:
            return self._facts(question)
        aspect = next((a for a in _SPEAKS_OF if a in question.aspects), None)
        warnings, calls, asked, others = [], [], [], []
        for drug in drugs:
            said = list(drug.statements(_PREGNANCY))
            harm = [s for s in drug.statements(_PREGNANCY, "boxed_warning", *EFFECT_FIELDS) if _HARM in s.about]
            meant = [s for s in said if aspect and _SPEAKS_OF[aspect].search(s.text("en"))]
            rest = [] if aspect else [s for s in said if s not in harm[:1]]
            warnings += [with_name(s, drug) for s in harm if s not in meant][:1]
            calls += [with_name(s, drug) for s in drug.statements("when_to_call") if _HARM in s.about and not aspect][
                :1
            ]
            asked += _named(meant, drug, drugs)
            others += _named(rest, drug, drugs)
        statements = [*(warnings or self._general_warning()), *calls, *by_level([*asked, *others], question.audience)]
        page, more = self._writer.page_of(statements, question)
        _name_first(page, drugs[0])
        self._add_gaps(page, question, drugs, aspect)
        buttons = self._writer.next_buttons(question, drugs[0], more)
        harm_told = () if warnings else (self._knowledge.subjects[_HARM],)
        reply = self._writer.close(question, page, (*drugs, *harm_told), buttons)
        return dataclasses.replace(reply, subjects=())

    def _general_warning(self) -> list[Statement]:
        harm = self._knowledge.subjects[_HARM]
        return [*list(harm.statements("when_to_call")), *list(harm.statements("management_of_side_effect"))[:1]]

    def _add_gaps(self, page: Page, question: Question, drugs: Sequence[Subject], aspect: str | None) -> None:
        """Say what our sources leave open, below the warning."""
        if question.page:
            return
        for drug in drugs:
            said = [s.text("en") for s in drug.statements(_PREGNANCY)]
            if aspect and not any(_SPEAKS_OF[aspect].search(text) for text in said):
                page.lines.insert(1, self._writer.say(f"no_word_on_{aspect}", subject=drug.names.inside))
            elif not said:
                page.lines.insert(1, self._writer.say("sources_do_not_say", subject=drug.names.inside))

    def _combination(self, question: Question) -> Reply:
        """Answer with which drugs one is given; whether two go together only where our sources say that they do."""
        drugs = self._writer.drugs(question)
        if len(drugs) < 2:
            return self._facts(question)
        ids = {d.id for d in drugs}
        linked = [with_name(s, d) for d in drugs for s in d.statements("combination") if ids & (set(s.about) - {d.id})]
        if not linked:
            return self._advice.answer(dataclasses.replace(question, topic="interaction_food_drug_alcohol"))
        page, more = self._writer.page_of(linked, question)
        return self._writer.close(question, page, drugs, self._writer.next_buttons(question, drugs[0], more))

    def _efficacy(self, question: Question) -> Reply:
        """Answer what studies of a drug showed; how things will go for one person is for their doctor."""
        if self._writer.drugs(question) and "prognosis" not in question.aspects:
            return self._facts(question)
        return self._advice.decline(question, "ask_efficacy_survival")

    # --- what is not answered with facts about a drug

    def _out_of_scope(self, question: Question) -> Reply:
        named = question.named or self._writer.say("that")
        drugs = self._writer.drugs(question)  # named there only where one of ours was to be set beside another
        key = "compare_not_covered" if drugs else f"ask_{question.topic}"
        text = self._writer.say(key, named=named, drug=self._writer.joined(drugs))
        return Reply(
            text=f"{text}\n\n{self._writer.say('person')}",
            kind="out_of_scope",
            topic=question.topic,
            language=question.language,
            buttons=tuple(self._writer.next_buttons(question, drugs[0])) if drugs else (),
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
        return self._writer.hand_over(question, self._writer.say("ask_emotional_support"), ("support",))

    def _human(self, question: Question) -> Reply:
        if "report" in question.aspects:
            return self._writer.hand_over(question, self._writer.say("report_side_effect"), ("report",))
        lead = self._writer.say("complaint" if question.named == "complaint" else "ask_talk_to_human")
        return self._writer.hand_over(question, lead, ("general", "support"))

    def _cost(self, question: Question) -> Reply:
        reply = self._writer.hand_over(question, self._writer.say("ask_cost_access"), ("support",), kind="answer")
        return dataclasses.replace(reply, drugs=tuple(d.id for d in self._writer.drugs(question)))

    def _small_talk(self, question: Question) -> Reply:
        return Reply(
            text=self._writer.say(question.named or "chitchat"),
            kind="chitchat",
            topic="small_talk",
            language=question.language,
        )


def _fields(subject: Subject, question: Question) -> tuple[str, ...]:
    """Return the fields that answer a question; of the boxed warning alone where that is named."""
    if subject.kind == "drug" and BOXED_WARNING in question.subjects:
        return ("boxed_warning",)
    fields = FIELDS[subject.kind][question.topic]
    if "when_to_call" in question.aspects and "when_to_call" in fields:
        return ("when_to_call", *(f for f in fields if f != "when_to_call"))
    return fields


def _statements(
    drug: Subject, fields: Sequence[str], effects: Sequence[Subject], drugs: Sequence[Subject]
) -> list[Statement]:
    """Return what a drug's fields say about effects, with the drug's name where others are told of as well."""
    ids = {e.id for e in effects}
    return _named((s for s in drug.statements(*fields) if ids & set(s.about)), drug, drugs)


def _name_first(page: Page, subject: Subject) -> None:
    """Name the drug where a page would begin with "It": the page before it, which names it, is out of sight."""
    if subject.kind == "drug" and page.lines[0].startswith(_PRONOUNS):
        page.lines[0] = f"{subject.names.display}: {page.lines[0]}"


def _named(statements: Iterable[Statement], drug: Subject, drugs: Sequence[Subject]) -> list[Statement]:
    """Return statements with the drug's name where there is more than one drug."""
    return [with_name(s, drug) if len(drugs) > 1 else s for s in statements]
