"""The helpline channel: the routes of the server, and the one reply that every message gets.

`POST /webhooks/helpline/chat` takes {"message": "...", "session": "..."?} and gives the reply object of one turn, with
the session to send next time. Bad input gets problem details (RFC 9457) that say what was wrong and give the helpline's
number. What a request may hold is checked in `helpline.inputs`.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw
from sanic.response import json as json_response

from helpline import inputs, offers, paths, problems, validation
from helpline.phrases import Phrases
from helpline.problems import Problem
from helpline.rasa import pages, probes
from helpline.sessions import InvalidSession, Sessions, signing_key

SECONDS_PER_TURN = 8
API = "/webhooks/helpline"

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

logger = logging.getLogger(__name__)
OnMessage = Callable[[UserMessage], Awaitable[None]]
Endpoint = Callable[[Request], Awaitable[HTTPResponse]]


class OneReply(OutputChannel):
    """Collects what the actions send in one turn, whole: text, buttons and custom part stay together."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "helpline"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message."""
        self.messages.append(message)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Keep a plain text; Rasa calls this for its own notices."""
        self.messages.append({"text": text})

    def reply(self) -> dict[str, Any] | None:
        """Return the reply object, or None where nothing was sent that a person could read.

        An action sends one message. Should there ever be more, the first is the reply: one message gets one reply.
        """
        first = next((m for m in self.messages if m.get("text")), None)
        if first is None:
            return None
        return {
            "text": first["text"],
            "buttons": [{"title": b["title"], "payload": b["payload"]} for b in first.get("buttons") or []],
            "custom": dict(first.get("custom") or {}),
        }


class HelplineInput(InputChannel):
    """The custom Rasa channel. It owns the session, checks every input and answers each with exactly one reply."""

    def __init__(self) -> None:
        self._knowledge = validation.load(paths.KNOWLEDGE)
        self._phrases = Phrases.load(paths.DOMAIN)
        self._sessions = Sessions(signing_key(paths.STATE))
        self._settings = offers.settings(self._knowledge, self._phrases)

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "helpline"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> HelplineInput:
        """Create the channel; it has no credentials."""
        return cls()

    def url_prefix(self) -> str:
        """Mount the channel at the root: its routes are written out in full."""
        return "/"

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """Return the routes of the API, of the pages and of the probes."""
        routes = Blueprint("helpline")

        @routes.listener("before_server_start")
        async def prepare(app: Sanic, _: Any) -> None:
            # Rasa's own root route says "Hello from Rasa"; the page takes its place. A middleware is the documented way
            # to answer before a route does.
            app.register_middleware(pages.at_root, "request")
            app.error_handler.add(Exception, self._unexpected)
            app.config.REQUEST_MAX_SIZE = inputs.MOST_BYTES_OF_A_SHEET

        self._add_api(routes, on_new_message)
        routes.add_route(pages.widget, "/widget/<name:str>", methods=["GET"])
        routes.add_route(probes.health, "/health", methods=["GET"])
        routes.add_route(functools.partial(probes.ready, self._knowledge), "/ready", methods=["GET"], name="ready")
        return routes

    def _add_api(self, routes: Blueprint, on_new_message: OnMessage) -> None:
        endpoints: dict[str, tuple[str, Endpoint]] = {
            "chat": ("POST", functools.partial(self._chat, on_new_message)),
            "feedback": ("POST", self._feedback),
            "forget": ("POST", self._forget),
            "sheet": ("POST", self._sheet),
            "settings": ("GET", self._offer),
        }
        for name, (method, endpoint) in endpoints.items():
            routes.add_route(self._answering(endpoint), f"{API}/{name}", methods=[method], name=name)

    def _answering(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint with its problems told to the client."""

        async def answer(request: Request) -> HTTPResponse:
            try:
                return await endpoint(request)
            except Problem as problem:
                return self._tell(problem)

        return answer

    # --- the API

    async def _chat(self, on_new_message: OnMessage, request: Request) -> HTTPResponse:
        body = inputs.parse(inputs.ChatBody, request.content_type, request.body)
        metadata = {"audience": body.audience, "language": body.language and self._language(body.language)}
        session_id, tracker = await self._conversation(body.session, request.app)
        text = inputs.message(body.message, _offered(tracker))
        output = OneReply()
        message = UserMessage(text, output, session_id, input_channel=self.name(), metadata=metadata)
        try:
            await asyncio.wait_for(on_new_message(message), SECONDS_PER_TURN)
        except asyncio.TimeoutError as error:
            raise _unavailable("No answer in time", self._phrases.say("too_slow")) from error
        reply = output.reply()
        if reply is None:
            raise _unavailable("No answer", self._phrases.say("out_of_order"))
        if tracker is None:
            reply["custom"]["notice"] = self._phrases.say("notice")
        reply["session"] = self._sessions.token(session_id)
        return json_response(reply, headers=_HEADERS)

    async def _feedback(self, request: Request) -> HTTPResponse:
        body = inputs.parse(inputs.FeedbackBody, request.content_type, request.body)
        _, tracker = await self._conversation(body.session, request.app)
        if body.reason is not None and body.reason not in offers.FEEDBACK_REASONS:
            allowed = ", ".join(offers.FEEDBACK_REASONS)
            raise Problem(HTTPStatus.BAD_REQUEST, "Unknown reason", f'"reason" must be one of: {allowed}.')
        if not any(e.data.get("custom", {}).get("answer_id") == body.answer_id for e in _said(tracker)):
            detail = '"answer_id" must be that of an answer in this conversation.'
            raise Problem(HTTPStatus.BAD_REQUEST, "Unknown answer", detail)
        return empty(headers=_HEADERS)

    async def _forget(self, request: Request) -> HTTPResponse:
        body = inputs.parse(inputs.ForgetBody, request.content_type, request.body)
        session_id, _ = await self._conversation(body.session, request.app)
        agent = request.app.ctx.agent
        async with agent.lock_store.lock(session_id):  # a turn under way would store the conversation again
            agent.tracker_store._tracker_store.store.pop(session_id, None)
        return empty(headers=_HEADERS)

    async def _sheet(self, request: Request) -> HTTPResponse:
        body = inputs.parse(inputs.SheetBody, request.content_type, request.body, inputs.MOST_BYTES_OF_A_SHEET)
        self._language(body.language)
        await self._conversation(body.session, request.app)
        detail = "This server cannot make the sheet yet. The chat can save the conversation as a text."
        raise Problem(HTTPStatus.NOT_IMPLEMENTED, "No sheet here", detail)

    async def _offer(self, request: Request) -> HTTPResponse:
        return json_response(self._settings, headers=_HEADERS)

    def _language(self, code: str) -> str:
        return inputs.language(code, tuple(offers.LANGUAGES))

    async def _conversation(self, token: str | None, app: Sanic) -> tuple[str, DialogueStateTracker | None]:
        """Return the id of a conversation and what was said in it; None for one that begins.

        A token is given out with the first reply. One whose conversation is not stored was deleted, or has expired.

        Raises:
            Problem: the token is not of ours, has expired, or its conversation is gone.
        """
        if token is None:
            return self._sessions.new_id(), None
        try:
            session_id = self._sessions.id_of(token)
        except InvalidSession as error:
            raise _refused(error.reason) from error
        tracker = await app.ctx.agent.tracker_store.retrieve(session_id)
        if tracker is None:
            raise _refused("ended")
        return session_id, tracker

    # --- problems

    def _tell(self, problem: Problem) -> HTTPResponse:
        lines = f"{self._phrases.say('person')} {self._phrases.say('emergency_line')}"
        body = json.dumps(problem.body(self._knowledge.line("general").phone, lines)).encode()
        headers = {**_HEADERS, **problem.headers}
        return raw(body, status=problem.status, headers=headers, content_type=problems.CONTENT_TYPE)

    def _unexpected(self, request: Request, error: Exception) -> HTTPResponse:
        """Answer any other failure. Its type is logged; its message may hold what a person wrote, so it is not."""
        status = HTTPStatus(getattr(error, "status_code", None) or HTTPStatus.INTERNAL_SERVER_ERROR)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("request failed: %s", type(error).__name__)
            return self._tell(Problem(status, status.phrase, self._phrases.say("out_of_order")))
        return self._tell(Problem(status, status.phrase, "This is not something that this server does."))


def _unavailable(title: str, detail: str) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, title, detail)


def _refused(reason: str) -> Problem:
    detail = f"The session is {reason}. Send the message again without it to start anew."
    return Problem(HTTPStatus.UNAUTHORIZED, "Session not accepted", detail)


def _said(tracker: DialogueStateTracker | None) -> list[BotUttered]:
    return [event for event in (tracker.events if tracker else ()) if isinstance(event, BotUttered)]


def _offered(tracker: DialogueStateTracker | None) -> frozenset[str]:
    """Return the payloads of all buttons of a conversation: people scroll up and press an earlier one."""
    return frozenset(b["payload"] for event in _said(tracker) for b in event.data.get("buttons") or [])
