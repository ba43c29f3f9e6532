"""What a client may send, checked: the bodies of the API, and the one form of text that goes on to the classifier.

The checks are also the description: `openapi.json` is made from these classes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from http import HTTPStatus
from typing import Literal, TypeVar

import pydantic
from pydantic import Field, StrictBool, StrictStr

from helpline.problems import Problem

MOST_CHARACTERS = 1000
MOST_BYTES = 4096
MOST_BYTES_OF_A_SHEET = 65536
MOST_TURNS, MOST_QUESTIONS, MOST_CHARACTERS_OF_A_QUESTION = 40, 20, 200
_MOST_IDS = 40

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)
_LEADING = re.compile(r"[/\s]+")  # Rasa takes spaces of any kind off before it looks for a command
_SPACES = re.compile(r"[^\S\n]+")  # a thumb that rests on the space bar takes no name apart
_ID = r"^[a-z0-9_-]{1,60}$"
# Names that came before the present ones are not kept: a client sends what this version says.
_FAULTS = {
    "value_error.missing": '"{key}" is missing.',
    "value_error.extra": "There is a key that is not known. Allowed: {allowed}.",
    "type_error.str": '"{key}" must be a text.',
    "type_error.none.not_allowed": '"{key}" must not be null.',
    "value_error.strictbool": '"{key}" must be true or false.',
    "value_error.const": '"{key}" has a value that is not known.',
    "value_error.any_str.max_length": '"{key}" has a text of more than {limit_value} characters.',
    "value_error.list.max_items": '"{key}" has more than {limit_value} entries.',
    "type_error.list": '"{key}" must be a list.',
    "type_error.dict": '"{key}" must hold objects.',
    "value_error.str.regex": '"{key}" must be an id that a reply gave.',
}


class _Body(pydantic.BaseModel):
    class Config:
        extra = pydantic.Extra.forbid


class Id(pydantic.ConstrainedStr):
    """An id as replies carry it: lower case, digits, hyphens and underscores."""

    strict = True
    regex = re.compile(_ID)


class Words(pydantic.ConstrainedStr):
    """What a person wrote, no longer than one message."""

    strict = True
    max_length = MOST_CHARACTERS


class DoctorQuestion(pydantic.ConstrainedStr):
    """A question for the doctor, ticked or written by the person."""

    strict = True
    max_length = MOST_CHARACTERS_OF_A_QUESTION


class ChatBody(_Body):
    """One message. Without `session`, a new conversation begins."""

    message: StrictStr
    session: StrictStr | None = None
    audience: Literal["patient", "caregiver", "clinician"] | None = None
    language: StrictStr | None = None


class FeedbackBody(_Body):
    """Whether an answer helped. It is counted, and nothing else."""

    session: StrictStr
    answer_id: Id
    helpful: StrictBool
    reason: Id | None = None


class ForgetBody(_Body):
    """The conversation to delete."""

    session: StrictStr


class SheetTurn(_Body):
    """One question of the conversation and the ids of its answer, from which the answer is composed anew."""

    asked: Words
    topic: Id
    drugs: list[Id] = Field(default=[], max_items=_MOST_IDS)
    subjects: list[Id] = Field(default=[], max_items=_MOST_IDS)
    answer_id: Id | None = None


class SheetBody(_Body):
    """What the take-home sheet is made of. Nothing of it is kept."""

    session: StrictStr
    turns: list[SheetTurn] = Field(default=[], max_items=MOST_TURNS)
    questions: list[DoctorQuestion] = Field(default=[], max_items=MOST_QUESTIONS)
    paper: Literal["letter", "a4"] = "letter"
    large_print: StrictBool = False
    language: StrictStr = "en"


BodyT = TypeVar("BodyT", bound=_Body)


def parse(kind: type[BodyT], content_type: str | None, raw: bytes, most_bytes: int = MOST_BYTES) -> BodyT:
    """Return the checked body of a request.

    Raises:
        Problem: it is not JSON, not an object, too large, or not what `kind` says.
    """
    if len(raw) > most_bytes:
        detail = f"The request has {len(raw)} bytes; at most {most_bytes} are read."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large", detail)
    # Browsers send no other site's application/json without asking us first: a form cannot post to us.
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not JSON", "Send Content-Type: application/json.")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "Not JSON", "The body is not valid JSON.") from error
    if not isinstance(found, dict):
        raise Problem(HTTPStatus.BAD_REQUEST, "Not an object", 'Send an object such as {"message": "..."}.')
    try:
        return kind.parse_obj(found)
    except pydantic.ValidationError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "Bad request", _said(error, kind)) from None


def _said(error: pydantic.ValidationError, kind: type[_Body]) -> str:
    """Return what is wrong, each fault once, without a word of what was sent: its keys may be a person's words too."""
    said = []
    for fault in error.errors():
        place = [part for part in fault["loc"] if isinstance(part, str)]
        of_a_turn = place[0] == "turns" and len(place) > 1
        fields = SheetTurn.__fields__ if of_a_turn else kind.__fields__
        allowed = ", ".join(f'"{name}"' for name in fields)
        text = _FAULTS.get(fault["type"], '"{key}" cannot be used.')
        said.append(text.format(key=place[-1], allowed=allowed, **fault.get("ctx", {})))
    return " ".join(dict.fromkeys(said))


def clean(text: str) -> str:
    """Return a text in one form (NFKC) without characters that cannot be seen, such as controls and surrogates."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def message(text: str, offered: frozenset[str] = frozenset()) -> str:
    """Return the text to classify, clean, and never a Rasa command unless it was `offered` as a button.

    Raises:
        Problem: there is nothing to read in it, or it is too long.
    """
    if len(text) > MOST_BYTES:  # characters cost at least a byte each: no need to read more
        raise _too_long(len(text))
    text = clean(text)
    if len(text) > MOST_CHARACTERS:
        raise _too_long(len(text))
    if text in offered:
        return text
    leading = _LEADING.match(text)
    text = text[leading.end() :] if leading else text
    if not text:
        raise Problem(HTTPStatus.BAD_REQUEST, "Empty message", "The message has no readable text in it.")
    return _SPACES.sub(" ", text)


def language(code: str, offered: tuple[str, ...]) -> str:
    """Return a language that is offered.

    Raises:
        Problem: it is not.
    """
    if code not in offered:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "Language not offered",
            f"Languages offered: {', '.join(offered)}. Choose one of them.",
        )
    return code


def _too_long(characters: int) -> Problem:
    detail = f"The message has {characters} characters; at most {MOST_CHARACTERS} can be read. Please shorten it."
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Message too long", detail)
