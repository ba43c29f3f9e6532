"""What is not ours to decide: why, what not to do alone, whom to call and how soon, and what to ask them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpline.aspects import INTERACTION, MISSED, STOPPING, TOGETHER, first_of
from helpline.knowledge import Statement, Subject
from helpline.page import Page, with_name
from helpline.question import Question
from helpline.reply import Reply
from helpline.writer import Writer

# Which part of a topic has words of its own (`decline_<aspect>`); all others get the words of the topic.
_WORDS_OF_ITS_OWN = {
    "stop_or_change_treatment": {k: v for k, v in STOPPING.items() if k != "stop"},
    "interaction_food_drug_alcohol": {TOGETHER: "", **INTERACTION},
    "missed_dose": MISSED,
    "dosage": {"taper": STOPPING["taper"], "too_much": MISSED["too_much"]},
}
# The general fact that our sources give about a matter, by its wording: there is no tag for it.
_FACTS = {
    "food": (re.compile(r"\bfood\b|grapefruit|empty stomach|\bmeals?\b"), ("administration", "combination")),
    "alcohol": (re.compile(r"\balcohol\b"), ("administration", "serious_side_effects")),
    "vaccine": (re.compile(r"\bvaccin"), ("serious_side_effects", "administration", "monitoring")),
}


class Advice:
    """Declines what a person and their doctor decide, with what helps them to."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def answer(self, question: Question) -> Reply:
        """Decline one matter, with the general fact where there is one."""
        aspect = first_of(question.aspects, _WORDS_OF_ITS_OWN.get(question.topic, {}))
        if aspect == TOGETHER and not any(self._facts(question, aspect)):
            aspect = None
        return self.decline(question, f"decline_{aspect}" if aspect else f"ask_{question.topic}", aspect)

    def decline(self, question: Question, words: str, aspect: str | None = None) -> Reply:
        """Decline with the sentence of a name, and say when a person can be reached."""
        drugs = self._writer.drugs(question)
        page = Page()
        page.add(self._writer.say(words, drug=self._writer.names(question)))
        for statement in list(self._facts(question, aspect))[:2]:
            page.tell(statement, question.language)
        if aspect == "too_much":  # alone in its place: it is the one to call
            self._writer.contacts.add_role(page, "poison", question.language)
        else:
            self._writer.contacts.add_hours(page, question.language)
        buttons = self._writer.next_buttons(question, drugs[0]) if drugs else ()
        return self._writer.close(question, page, drugs, buttons, kind="decline")

    def _facts(self, question: Question, aspect: str | None) -> Iterator[Statement]:
        """Yield what our sources say in general of a drug and, for example, vaccines."""
        drugs = [d for d in self._writer.drugs(question) if not self._writer.only_approved or _is_approved(d)]
        for drug in drugs:
            if aspect == TOGETHER:
                partners = {i for i in question.subjects if i != drug.id}
                yield from (with_name(s, drug) for s in drug.statements("combination") if partners & set(s.about))
            elif aspect in _FACTS:
                wording, fields = _FACTS[aspect]
                yield from (with_name(s, drug) for s in drug.statements(*fields) if wording.search(s.text("en")))


def _is_approved(drug: Subject) -> bool:
    return drug.review_status == "approved"
