"""The description of the API for programs (OpenAPI 3.0), made from the classes that check what they send."""

from __future__ import annotations

import functools
from typing import Any

from pydantic.schema import schema

from helpline import __version__, inputs

_REFERENCES = "#/components/schemas/"
_BODIES = {
    "chat": (inputs.ChatBody, "Send one message and get one reply", "Reply"),
    "feedback": (inputs.FeedbackBody, "Say whether an answer helped", None),
    "forget": (inputs.ForgetBody, "Delete the conversation", None),
    "sheet": (inputs.SheetBody, "Make the sheet for the doctor's visit", "pdf"),
}
_TEXT = {"type": "string", "minLength": 1}
_REPLY = {
    "type": "object",
    "required": ["text", "buttons", "custom", "session"],
    "properties": {
        "text": _TEXT,
        "session": _TEXT,
        "buttons": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["title", "payload"],
                "properties": {"title": _TEXT, "payload": _TEXT},
            },
        },
        "custom": {"type": "object", "required": ["kind", "topic", "language", "answer_id"]},
    },
}
_NUMBERS = {"description": "Numbers", "content": {"text/plain": {"schema": {"type": "string"}}}}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "helpline", "text"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "helpline": _TEXT,
        "text": _TEXT,
    },
}
STATUSES_OF_PROBLEMS = ("400", "401", "403", "408", "413", "415", "429", "503")
_ELSEWHERE = (
    "Any other path is answered with 404, any other method with 405 and `Allow`: problems (`Problem`) like the rest."
)


@functools.lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """Return the description."""
    bodies: list[Any] = [body for body, _, _ in _BODIES.values()]
    definitions = schema(bodies, ref_prefix=_REFERENCES)["definitions"]
    paths = {f"/webhooks/helpline/{name}": {"post": _post(*entry)} for name, entry in _BODIES.items()}
    return {
        "openapi": "3.0.3",
        "info": {"title": "helpline", "version": __version__, "description": _ELSEWHERE},
        "paths": {
            **paths,
            "/webhooks/helpline/settings": {"get": _get("What a client can offer its person")},
            "/health": {"get": _get("Whether the server is alive")},
            "/metrics": {"get": {"summary": "Numbers for Prometheus", "responses": {"200": _NUMBERS}}},
            "/ready": {"get": _get("Whether it can answer") | {"responses": {**_ok(), **_json("503", {})}}},
        },
        "components": {"schemas": {**definitions, "Reply": _REPLY, "Problem": _PROBLEM}},
    }


def _post(body: type[Any], summary: str, answer: str | None) -> dict[str, Any]:
    return {
        "summary": summary,
        "requestBody": {"required": True, **_content(f"{_REFERENCES}{body.__name__}")},
        "responses": {**_answer(answer), **_problems()},
    }


def _answer(answer: str | None) -> dict[str, Any]:
    if answer is None:
        return {"204": {"description": "Done"}}
    if answer == "pdf":
        return {"200": {"description": "The sheet", "content": {"application/pdf": {}}}}
    return {"200": {"description": "The answer", **_content(f"{_REFERENCES}{answer}")}}


def _problems() -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": f"{_REFERENCES}Problem"}}}
    return {status: {"description": "What was wrong", "content": problem} for status in STATUSES_OF_PROBLEMS}


def _content(reference: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": reference}}}}


def _get(summary: str) -> dict[str, Any]:
    return {"summary": summary, "responses": _ok()}


def _ok() -> dict[str, Any]:
    return _json("200", {"type": "object"})


def _json(status: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {status: {"description": "JSON", "content": {"application/json": {"schema": shape}}}}
