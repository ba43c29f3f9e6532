"""The core in one object: from what was understood of a message to the reply and what to remember."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from helpline import conversation, references, steering, validation
from helpline.answers import Composer
from helpline.completion import Beginnings
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import MOST_DRUGS, OUT_OF_SCOPE, Clarification, Memory, Question, Understanding
from helpline.reply import Reply
from helpline.safety import Places
from helpline.writer import MOST_CHOICES

UNCLEAR_BEFORE_HANDOFF = 2
# Terms for what a kind of drug acts on, by which people name that kind.
KIND_OF_TARGET = {"cdk4-6": "cdk46-inhibitor", "parp": "parp-inhibitor"}
MOST_RECENT = 4  # drugs that "both" and "the other one" can mean
CONTENT = ("all", "approved")


def content_setting() -> str:
    """Return the setting `HELPLINE_CONTENT`: `approved`, or `all` where it is not set.

    Raises:
        ValueError: it is something else.
    """
    content = os.environ.get("HELPLINE_CONTENT", "all")
    if content not in CONTENT:
        raise ValueError(f'HELPLINE_CONTENT "{content}" is not allowed. Allowed: {", ".join(CONTENT)}')
    return content


class Assistant:
    """Answers messages that were classified and linked already. Stateless: memory goes in and comes out."""

    def __init__(self, knowledge: Knowledge, phrases: Phrases, only_approved: bool = False) -> None:
        self.knowledge = knowledge
        self.phrases = phrases
        self.only_approved = only_approved
        self.places = Places(knowledge.alarms)
        self.beginnings = Beginnings(knowledge)
        self._composer = Composer(knowledge, phrases, only_approved)

    @classmethod
    def load(cls, root: Path) -> Assistant:
        """Load from a checkout: `root/knowledge` and `root/domain.yml`.

        The setting `HELPLINE_CONTENT=approved` serves only texts that a clinician has approved; the default, `all`,
        serves every text and says that it is not reviewed.

        Raises:
            BrokenKnowledge: the knowledge base has problems.
            ValueError: the setting is neither `all` nor `approved`.
        """
        only_approved = content_setting() == "approved"
        return cls(validation.load(root / "knowledge"), Phrases.load(root / "domain.yml"), only_approved)

    def reply(self, heard: Understanding, memory: Memory) -> tuple[Reply, Memory]:
        """Return the reply to one message, and what to remember for the next."""
        abroad = memory.abroad if heard.is_abroad is None else heard.is_abroad
        memory = dataclasses.replace(memory, audience=heard.audience or memory.audience, abroad=abroad)
        asked = steering.steer(conversation.interpret(heard, memory, self.knowledge), heard, memory, self.knowledge)
        if isinstance(asked, Clarification):
            reply, kept = self.ask_back(asked, memory)
            return self._composer.kindly(reply) if heard.refers.afraid else reply, kept
        asked = _with_waiting(asked, memory)
        reply = self._composer.answer(asked)
        if heard.refers.afraid and not asked.alarm:
            reply = self._composer.kindly(reply)
        if memory.alarm and reply.topic != "emergency_red_flag":
            reply = self._composer.after_alarm(reply)
        return reply, self._remember(asked, heard, reply, memory)

    def answer(self, question: Question, is_after_alarm: bool = False) -> Reply:
        """Return the reply to a question that was understood before, outside of any conversation.

        `is_after_alarm` says that the message before it raised an alarm: the reply begins with when to call.
        """
        reply = self._composer.answer(question)
        return self._composer.after_alarm(reply) if is_after_alarm else reply

    def fall_back(self, memory: Memory) -> tuple[Reply, Memory]:
        """Return the reply where nothing at all could be made of a message."""
        return self.ask_back(Clarification("ask_what", language=memory.language), memory)

    def ask_back(self, clarification: Clarification, memory: Memory) -> tuple[Reply, Memory]:
        """Ask one question back; offer a person instead where that has not helped before."""
        unclear = memory.unclear + 1 if clarification.ask == "ask_what" else 0
        if unclear >= UNCLEAR_BEFORE_HANDOFF:
            return self._composer.hand_over(memory.language), _after_talk(memory)
        reply = self._composer.ask_back(clarification)
        if memory.alarm:
            reply = self._composer.after_alarm(reply)
        kept = dataclasses.replace(
            memory,
            pending=clarification.pending,
            subjects=clarification.subjects or memory.subjects,
            listing=clarification.choices[:MOST_CHOICES] or memory.listing,
            offered=("confirm",) if clarification.confirms else clarification.topics[:MOST_CHOICES],
            unclear=unclear,
            alarm=None,
            withheld=None,
            waiting=clarification.waiting or (memory.waiting if clarification.pending == memory.pending else ()),
        )
        return reply, self._recent(references.drugs_of(clarification.subjects, self.knowledge), kept)

    def _remember(self, question: Question, heard: Understanding, reply: Reply, memory: Memory) -> Memory:
        """Keep what the next message may lean on. Small talk changes nothing but what "yes" would mean."""
        if question.topic == "emergency_red_flag":
            beneath = (t for t in heard.alternatives if t in conversation.ASKED_ABOUT)
            kept = dataclasses.replace(_after_talk(memory), alarm=question.alarm, withheld=next(beneath, None))
            return self._spoken_of(question, kept)
        if question.topic == "small_talk":
            return _after_talk(memory)
        drugs = references.drugs_of(question.subjects, self.knowledge)
        shown = drugs if question.topic == "comparison" else reply.drugs  # of three drugs two are compared at first
        kept = dataclasses.replace(
            _after_talk(memory),
            topic=question.topic,
            page=question.page,
            aspects=question.aspects,
            pending=None,
            waiting=(),
            listing=shown if len(shown) > 1 else self._members(question) or memory.listing,
            offered=("more",) if any(b.payload == "/more" for b in reply.buttons) else (),
        )
        if question.topic in OUT_OF_SCOPE:
            # "Its side effects" would be those of the medicine that is not ours, not of the drug before it; after
            # another cancer they are those of the drug of ours that was named with it.
            named = heard.named("drug") if question.topic == "out_of_scope_other_cancer" else question.subjects
            return dataclasses.replace(kept, subjects=references.drugs_of(named, self.knowledge))
        kept = self._spoken_of(question, kept)
        earlier = {m.id for m in heard.mentions if m.is_past}  # "my sister had Herceptin, is it the same": not hers
        left = tuple(i for i in kept.subjects if i not in earlier)
        return dataclasses.replace(kept, subjects=left) if references.drugs_of(left, self.knowledge) else kept

    def _members(self, question: Question) -> tuple[str, ...]:
        """Return the few drugs of the kind that a question is about: what "which one" and "the second" count then."""
        kinds = (KIND_OF_TARGET.get(i, i) for i in question.subjects)
        members = [d.id for i in kinds if i in self.knowledge.subjects for d in self.knowledge.members(i)]
        return tuple(members) if 1 < len(members) <= MOST_DRUGS else ()

    def _spoken_of(self, question: Question, memory: Memory) -> Memory:
        """Put the subjects of a question before those of earlier ones."""
        kept = self._recent(references.drugs_of(question.subjects, self.knowledge), memory)
        return dataclasses.replace(kept, subjects=question.subjects or memory.subjects)

    @staticmethod
    def _recent(drugs: tuple[str, ...], memory: Memory) -> Memory:
        """Put drugs before those that were spoken of earlier."""
        return dataclasses.replace(
            memory, recent=tuple(dict.fromkeys((*reversed(drugs), *memory.recent)))[:MOST_RECENT]
        )


def _with_waiting(asked: Question, memory: Memory) -> Question:
    """Offer with the answer what was asked in the same message, when first something had to be asked back."""
    if asked.topic != memory.pending:
        return asked
    later = (dataclasses.replace(asked, topic=topic, then=()) for topic in memory.waiting if topic != asked.topic)
    return dataclasses.replace(asked, then=(*asked.then, *later))


def _after_talk(memory: Memory) -> Memory:
    return dataclasses.replace(memory, unclear=0, offered=(), alarm=None, withheld=None)
