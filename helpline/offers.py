"""What a client can offer its person: languages, audiences, names to complete, whom to call, what to ask the doctor."""

from __future__ import annotations

import re
from typing import Any

from helpline.completion import names_of
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import AUDIENCES, TOPICS

# Those in which everything is said: every fixed sentence and every statement. Names are in the language itself.
LANGUAGES = {"en": ("English", "ltr")}
# Why an answer did not help. Counted; no text of the person's own is asked for.
FEEDBACK_REASONS = ("wrong_question", "too_hard", "too_long", "too_little", "looks_wrong")
_ASK_DOCTOR = "ask_doctor_"
_END_OF_QUESTION = re.compile(r"(?<=\?) ")


def settings(knowledge: Knowledge, phrases: Phrases) -> dict[str, Any]:
    """Return what the server offers, as `GET /webhooks/helpline/settings` gives it."""
    line = knowledge.line("general")
    return {
        "languages": [{"code": code, "name": name, "dir": way} for code, (name, way) in LANGUAGES.items()],
        "audiences": list(AUDIENCES),
        "feedback_reasons": [{"id": reason, "text": phrases.say(f"feedback_{reason}")} for reason in FEEDBACK_REASONS],
        "helpline": {
            "name": line.name,
            "phone": line.phone,
            "hours": " ".join(statement.text("en") for statement in line.hours or ()),
        },
        "emergency_line": phrases.say("emergency_line"),
        "notice": phrases.say("notice"),
        "names": sorted(set(names_of(knowledge)), key=str.lower),
        "questions": questions(phrases),
    }


def questions(phrases: Phrases) -> dict[str, list[str]]:
    """Return, by topic, questions that a person may want to ask the doctor."""
    asked = {topic for topic in TOPICS if f"{_ASK_DOCTOR}{topic}" in phrases.names}
    return {topic: _END_OF_QUESTION.split(phrases.say(f"ask_doctor_{topic}")) for topic in TOPICS if topic in asked}
