"""Turns what is to be told into replies: pages, buttons, closing lines, and the questions that are asked back.

No fact is written here. Facts come from `Knowledge`, fixed sentences from `Phrases`; this module only joins them.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterable, Sequence

from helpline.aspects import PREMISES, first_of
from helpline.closing import Closing
from helpline.contacts import Contacts
from helpline.knowledge import Knowledge, Statement, Subject
from helpline.page import Page, cut
from helpline.phrases import Phrases
from helpline.question import ENTITY_OF_KIND, LISTS, MOST_DRUGS, Clarification, Question
from helpline.reply import Button, Reply
from helpline.topics import FIELDS, NEXT, TITLES

MOST_BUTTONS = 4  # under a reply
MOST_CHOICES = 3  # under a question that is asked back
MOST_IN_BRIEF = 2  # sentences of an answer that is wanted simpler
MORE = Button("More about this", "/more")
# Offered where the type of cancer is asked back.
_SUBTYPES = ("her2-positive", "hormone-receptor-positive", "triple-negative")


class Writer:
    """Writes replies from statements. It holds no state of a conversation."""

    def __init__(
        self,
        knowledge: Knowledge,
        phrases: Phrases,
        only_approved: bool = False,
        today: Callable[[], datetime.date] = datetime.date.today,
    ) -> None:
        """Keep what replies are made of; see `Composer`."""
        self.knowledge = knowledge
        self.say = phrases.say
        self.contacts = Contacts(knowledge, phrases)
        self.only_approved = only_approved
        self._closing = Closing(knowledge, phrases, today)

    # --- whole replies

    def close(
        self,
        question: Question,
        page: Page,
        subjects: Sequence[Subject],
        buttons: Sequence[Button] = (),
        kind: str = "answer",
    ) -> Reply:
        """Close a reply that speaks of medical matters: sources, review status, date, doctor, a person."""
        premise = first_of(question.aspects, PREMISES)
        if premise and kind in ("answer", "decline"):  # "since it cures cancer": that is not passed over in silence
            page.lines.insert(0, self.say(f"premise_{premise}", drug=self.names(question)))
        if kind == "answer" and "best" in question.aspects and question.topic != "comparison":
            page.lines.insert(0, self.say("no_ranking"))
        if kind == "answer" and question.topic != "comparison":  # whose buttons say what was not compared yet
            buttons = self._with_hard_word(page, subjects, buttons)
        return Reply(
            text="\n".join([*page.lines, "", *self._closing.lines(page, subjects, question.audience)]),
            kind=kind,
            topic=question.topic,
            drugs=tuple(s.id for s in subjects if s.kind == "drug"),
            subjects=tuple(s.id for s in subjects if s.kind != "drug"),
            language=question.language,
            sources=tuple(self.knowledge.sources[i] for i in page.sources),
            review_status=self._closing.review_status(subjects),
            as_of=self._closing.as_of(page, subjects),
            buttons=tuple(buttons)[:MOST_BUTTONS],
            is_medical=bool(page.told),
        )

    def _with_hard_word(self, page: Page, subjects: Sequence[Subject], buttons: Sequence[Button]) -> list[Button]:
        """Offer, as the last button, what the first hard word of the page means that a statement links."""
        known = {s.id for s in subjects}
        for statement in page.told:
            for linked in (self.knowledge.subjects[i] for i in statement.about if i not in known):
                word = linked.names.hard_word_in(statement.text("en"))
                if word:
                    asked = self.button(self.say("what_word_means", word=word), "definition", (linked.id,))
                    return [*buttons[: MOST_BUTTONS - 1], asked]
        return list(buttons)

    def unknown(self, question: Question, subject: Subject | None) -> Reply:
        """Say that our sources do not cover it, and how to find out."""
        page = Page()
        name = subject.names.inside if subject else self.names(question, "that")
        page.add(self.say("sources_do_not_say", subject=name))
        page.add(self.say("how_to_find_out"))
        self.contacts.add_hours(page, question.language)
        subjects = (subject,) if subject else self.subjects(question)
        return self.close(question, page, subjects, self.next_buttons(question, subject) if subject else ())

    def hand_over(self, question: Question, lead: str, roles: Sequence[str] = (), kind: str = "handoff") -> Reply:
        """Say whom to talk to, by pages."""
        page = Page()
        page.add(lead)
        more = self.contacts.add_page(page, roles, question.page, question.language)
        return self.close(question, page, (), [MORE] if more else [], kind=kind)

    def ask_back(self, clarification: Clarification) -> Reply:
        """Return the one question that must be asked back, with at most three buttons."""
        subjects = [self.knowledge.subjects[i] for i in clarification.subjects]
        name = self.joined([s for s in subjects if s.kind == "drug"] or subjects[:1]) or self.say("that")
        return Reply(
            text=f"{self.say(clarification.ask, subject=name)}\n\n{self.say('person')}",
            kind="clarify",
            topic=clarification.pending or (clarification.topics[0] if clarification.topics else "small_talk"),
            drugs=tuple(s.id for s in subjects if s.kind == "drug"),
            language=clarification.language,
            buttons=tuple(self._choices(clarification, subjects)[:MOST_CHOICES]),
        )

    def _choices(self, clarification: Clarification, subjects: Sequence[Subject]) -> list[Button]:
        """Return the answers to a question that is asked back: yes or no, topics, or subjects."""
        if clarification.confirms and subjects:
            yes = self.say("yes_about", subject=subjects[0].names.display)
            return [Button(yes, "/affirm"), Button(self.say("something_else"), "/deny")]
        choices = clarification.choices or (_SUBTYPES if clarification.ask == "ask_which_term" else ())
        pending = clarification.pending or "definition"
        if clarification.ask == "ask_which_drug" and pending in FIELDS["class"]:
            choices = choices or self._largest_kinds()  # who does not know the name may know the kind
        topics = [t for t in clarification.topics if t in TITLES]
        return [self.button(TITLES[t], t, clarification.subjects[:1]) for t in topics] + [
            self.button(self.knowledge.subjects[i].names.display, pending, (i, *clarification.subjects))
            for i in choices
        ]

    def _largest_kinds(self) -> tuple[str, ...]:
        """Return the kinds of drug with the most members, as many as there are buttons."""
        kinds = sorted(self.knowledge.of_kind("class"), key=lambda kind: -len(self.knowledge.members(kind.id)))
        return tuple(kind.id for kind in kinds[:MOST_CHOICES])

    def offer(self, reply: Reply, questions: Sequence[Question], is_guess: bool = False) -> Reply:
        """Return a reply whose first buttons are what else the message asked, or may have meant, and that says so."""
        first = [self.button(self._title(q, reply), q.topic, q.subjects) for q in questions][:MOST_CHOICES]
        phrase = "guessed" if is_guess else "also_asked"
        offered = self.say(phrase, questions="; ".join(b.title for b in first))
        text, mark, closing = reply.text.partition("\n\n")
        others = [b for b in reply.buttons if b.payload not in {f.payload for f in first}]
        buttons = tuple([*first, *others][:MOST_BUTTONS])
        return dataclasses.replace(reply, text=f"{text}\n{offered}{mark}{closing}", buttons=buttons)

    def _title(self, question: Question, reply: Reply) -> str:
        """Return what a button that asks a question beside a reply says: the drugs too where they are others."""
        title = TITLES.get(question.topic) or self.say("something_else")
        drugs = [s for s in self.subjects(question) if s.kind == "drug"]
        effect = self.first_of_kind(question, "side_effect")
        if question.topic == "side_effect_of_symptom" and drugs and effect:
            return self.say("does_it_cause", drug=drugs[0].names.inside, effect=effect.names.inside)
        is_same = {d.id for d in drugs} == set(reply.drugs)
        return f"{title}: {', '.join(d.names.display for d in drugs)}" if drugs and not is_same else title

    def sources_of(self, question: Question, reply: Reply) -> Reply:
        """Say where an answer is from: its sources, each with its publisher and date."""
        if not reply.sources:
            return dataclasses.replace(reply, text=f"{self.say('no_sources')}\n\n{reply.text}")
        page = Page()
        page.add(self.say("sources_of_last"))
        for source in reply.sources:
            page.add(f"• {source.title}, {source.publisher}, {source.date}", (source.id,))
        subjects = [self.knowledge.subjects[i] for i in (*reply.drugs, *reply.subjects)]
        return self.close(question, page, subjects, reply.buttons, kind=reply.kind)

    # --- parts

    def page_of(
        self,
        statements: Iterable[Statement],
        question: Question,
        lead: str = "",
        lead_sources: Sequence[str] = (),
        kept_free: int = 0,
    ) -> tuple[Page, bool]:
        """Return the page asked for, and whether more follow.

        A lead is a sentence of ours that opens the page; without one the first statement does. Some words can be kept
        free for what is added later.
        """
        if question.is_brief:
            statements = list(statements)
            statements = [s for s in statements if s.level == "plain"][:MOST_IN_BRIEF] or statements[:1]
        pages = cut(statements, question.language, lead, question.audience == "clinician", kept_free)
        if question.page >= len(pages):
            return self.last_page(question), False
        page = Page()
        if lead:
            page.add(lead, lead_sources)
        for statement in pages[question.page]:
            page.tell(statement, question.language)
        return page, question.page + 1 < len(pages)

    def last_page(self, question: Question) -> Page:
        """Return the page after the last: that was all, and who can tell more."""
        page = Page()
        page.add(self.say("no_more"))
        self.contacts.add_hours(page, question.language)
        return page

    def next_buttons(self, question: Question, subject: Subject, more: bool = False) -> list[Button]:
        """Return what can be asked next about a subject."""
        buttons = [MORE] if more else []
        if subject.kind in ("drug", "class"):
            known = FIELDS[subject.kind]
            buttons += [
                self.button(title, topic, (subject.id,))
                for topic, title in NEXT
                if topic != question.topic and topic in known and subject.fields.get(known[topic][0])
            ]
        elif subject.kind == "side_effect":
            buttons += [
                self.button(TITLES[topic], topic, (subject.id,))
                for topic in ("management_of_side_effect", "drugs_with_side_effect")
                if topic != question.topic
            ]
        elif question.topic in LISTS:  # "what is PIK3CA and which drugs are for it"
            asked = self.say("what_word_means", word=subject.names.inside)
            buttons.append(self.button(asked, "definition", (subject.id,)))
        return buttons[:MOST_BUTTONS]

    def button(self, title: str, topic: str, subject_ids: Sequence[str]) -> Button:
        """Return a button that asks a topic of subjects, as a Rasa payload."""
        named: dict[str, list[str]] = {}
        for subject in (self.knowledge.subjects[i] for i in subject_ids):
            named.setdefault(ENTITY_OF_KIND[subject.kind], []).append(subject.id)
        # As short as it can be: one id is a text, several are a list, none is nothing.
        entities = {entity: ids if len(ids) > 1 else ids[0] for entity, ids in named.items()}
        return Button(title, f"/ask_{topic}{json.dumps(entities) if entities else ''}")

    # --- the subjects of a question

    def subjects(self, question: Question) -> list[Subject]:
        """Return all subjects of a question."""
        return [self.knowledge.subjects[i] for i in question.subjects]

    def drugs(self, question: Question) -> list[Subject]:
        """Return the drugs of a question, as many as one reply answers about."""
        return [s for s in self.subjects(question) if s.kind == "drug"][:MOST_DRUGS]

    def first_of_kind(self, question: Question, kind: str) -> Subject | None:
        """Return the first subject of a kind."""
        return next((s for s in self.subjects(question) if s.kind == kind), None)

    def names(self, question: Question, otherwise: str = "this_medicine") -> str:
        """Return the names of the drugs of a question, or of all its subjects, or a word that stands for them."""
        named = self.drugs(question) or (self.subjects(question) if otherwise == "that" else [])
        return self.joined(named) or self.say(otherwise)

    def joined(self, subjects: Sequence[Subject]) -> str:
        """Return the names of subjects as they stand in a sentence: "A, B and C"."""
        names = [s.names.inside for s in subjects]
        return self.say("a_and_b", first=", ".join(names[:-1]), second=names[-1]) if len(names) > 1 else "".join(names)
