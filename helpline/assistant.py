"""The core in one object: from what was understood of a message to the reply and what to remember."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from helpline import conversation, validation
from helpline.answers import Composer
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import Clarification, Memory, Question, Understanding
from helpline.reply import Reply

UNCLEAR_BEFORE_HANDOFF = 2
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
        asked = conversation.interpret(heard, memory, self.knowledge)
        if isinstance(asked, Clarification):
            return self.ask_back(asked, memory)
        reply = self._composer.answer(asked)
        return reply, _remember(asked, memory)

    def fall_back(self, memory: Memory) -> tuple[Reply, Memory]:
        """Return the reply where nothing at all could be made of a message."""
        return self.ask_back(Clarification("ask_what", language=memory.language), memory)

    def ask_back(self, clarification: Clarification, memory: Memory) -> tuple[Reply, Memory]:
        """Ask one question back; offer a person instead where that has not helped before."""
        understood_something = clarification.pending is not None
        unclear = 0 if understood_something else memory.unclear + 1
        if unclear > UNCLEAR_BEFORE_HANDOFF - 1:
            return self._composer.hand_over(memory.language), dataclasses.replace(memory, unclear=0)
        subjects = clarification.subjects or memory.subjects
        kept = dataclasses.replace(memory, pending=clarification.pending, subjects=subjects, unclear=unclear)
        return self._composer.ask_back(clarification), kept


def _remember(question: Question, memory: Memory) -> Memory:
    """Keep the subjects of the last question that had any; an emergency forgets nothing and changes nothing."""
    if question.topic in ("emergency_red_flag", "small_talk"):
        return dataclasses.replace(memory, unclear=0)
    return dataclasses.replace(
        memory,
        subjects=question.subjects or memory.subjects,
        topic=question.topic,
        pending=None,
        page=question.page,
        unclear=0,
    )
