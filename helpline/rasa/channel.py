"""The helpline channel: one JSON object in, one reply object out, and the pages and probes of the server.

`POST /webhooks/helpline/chat` takes {"message": "...", "session": "..."?} and gives the reply object of one turn, with
the session to send next time. Bad input gets problem details (RFC 9457) that say what was wrong and give the helpline's
number.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mimetypes
import re
import unicodedata
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from helpline import paths, validation
from helpline.phrases import Phrases
from helpline.sessions import InvalidSession, Sessions, signing_key

MOST_CHARACTERS = 1000
MOST_BYTES = 4096
SECONDS_PER_TURN = 8
CHAT = "/webhooks/helpline/chat"

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)

logger = logging.getLogger(__name__)
Handler = Callable[[UserMessage], Awaitable[None]]


class BadRequest(Exception):
    """A request that cannot be answered; `title` and `detail` are for the person who sent it."""

    def __init__(self, status: HTTPStatus, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


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

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the routes: chat, health, ready, and the widget's files."""
        routes = Blueprint("helpline")

        @routes.listener("before_server_start")
        async def prepare(app: Sanic, _: Any) -> None:
            # Rasa's own root route says "Hello from Rasa"; the page takes its place. A middleware is the documented way
            # to answer before a route does.
            app.register_middleware(self._page_at_root, "request")
            app.error_handler.add(Exception, self._unexpected)

        @routes.post(CHAT)
        async def chat(request: Request) -> HTTPResponse:
            try:
                return await self._chat(request, on_new_message)
            except BadRequest as error:
                return self._problem(error.status, error.title, error.detail)

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            return json_response({"status": "live"}, headers=_HEADERS)

        @routes.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            reasons = await self._reasons_not_ready(request.app)
            status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
            body = {"status": "not ready" if reasons else "ready", "reasons": reasons}
            return json_response(body, status=status, headers=_HEADERS)

        @routes.get("/widget/<name:str>")
        async def widget(request: Request, name: str) -> HTTPResponse:
            return self._file(name)

        return routes

    # --- one turn

    async def _chat(self, request: Request, on_new_message: Handler) -> HTTPResponse:
        body = _body(request)
        session_id, is_new = self._session(body.get("session"))
        text = await self._message(body.get("message"), session_id, request.app)
        output = OneReply()
        message = UserMessage(text, output, session_id, input_channel=self.name())
        try:
            await asyncio.wait_for(on_new_message(message), SECONDS_PER_TURN)
        except asyncio.TimeoutError:
            return self._problem(HTTPStatus.SERVICE_UNAVAILABLE, "No answer in time", self._phrases.say("too_slow"))
        reply = output.reply()
        if reply is None:
            return self._problem(HTTPStatus.SERVICE_UNAVAILABLE, "No answer", self._phrases.say("out_of_order"))
        if is_new:
            reply["custom"]["notice"] = self._phrases.say("notice")
        reply["session"] = self._sessions.token(session_id)
        return json_response(reply, headers=_HEADERS)

    def _session(self, token: Any) -> tuple[str, bool]:
        """Return (conversation id, whether it is new)."""
        if token is None:
            return self._sessions.new_id(), True
        if not isinstance(token, str):
            raise BadRequest(
                HTTPStatus.BAD_REQUEST, "Bad session", '"session" must be the text that the last reply gave.'
            )
        try:
            return self._sessions.id_of(token), False
        except InvalidSession as error:
            detail = f"The session is {error.reason}. Send the message again without it to start anew."
            raise BadRequest(HTTPStatus.UNAUTHORIZED, "Session not accepted", detail) from error

    async def _message(self, text: Any, session_id: str, app: Sanic) -> str:
        """Return the text to classify: normalised, and never a Rasa command unless it was offered as a button."""
        if not isinstance(text, str):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "No message", '"message" must be a text.')
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
        if not text:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "Empty message", "The message has no readable text in it.")
        if len(text) > MOST_CHARACTERS:
            detail = (
                f"The message has {len(text)} characters; at most {MOST_CHARACTERS} can be read. Please shorten it."
            )
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Message too long", detail)
        if not text.startswith("/"):
            return text
        if text in await _offered(session_id, app):
            return text
        text = text.lstrip("/ ")
        if not text:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "Empty message", "The message has no readable text in it.")
        return text

    # --- probes

    async def _reasons_not_ready(self, app: Sanic) -> list[str]:
        """Return why the server cannot answer, as machine-readable words; nothing where it can."""
        reasons = []
        agent = getattr(app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            reasons.append("model_not_loaded")
        endpoint = getattr(agent, "action_endpoint", None)
        if endpoint is None or not await _answers(re.sub(r"/webhook$", "/health", endpoint.url)):
            reasons.append("actions_not_reachable")
        if not self._knowledge.subjects:
            reasons.append("knowledge_empty")
        return reasons

    # --- pages and errors

    def _page_at_root(self, request: Request) -> HTTPResponse | None:
        return self._file("index.html") if request.path == "/" and request.method in ("GET", "HEAD") else None

    def _file(self, name: str) -> HTTPResponse:
        path = paths.WIDGET / name
        if not re.fullmatch(r"[a-z][a-z0-9.-]*\.(html|js|css|svg)", name) or not path.is_file():
            return self._problem(HTTPStatus.NOT_FOUND, "Not found", "There is no such page here.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return raw(path.read_bytes(), content_type=f"{kind}; charset=utf-8", headers=_PAGE_HEADERS)

    def _problem(self, status: HTTPStatus, title: str, detail: str) -> HTTPResponse:
        """Return problem details (RFC 9457) with the number of a person."""
        body = {
            "type": "about:blank",
            "title": title,
            "status": status.value,
            "detail": detail,
            "helpline": self._knowledge.line("general").phone,
            "text": f"{detail} {self._phrases.say('person')} {self._phrases.say('emergency_line')}",
        }
        return raw(json.dumps(body).encode(), status=status, headers=_HEADERS, content_type="application/problem+json")

    def _unexpected(self, request: Request, error: Exception) -> HTTPResponse:
        """Answer any other failure. Its type is logged; its message may hold what a person wrote, so it is not."""
        code = getattr(error, "status_code", None) or HTTPStatus.INTERNAL_SERVER_ERROR
        status = HTTPStatus(code)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("request failed: %s", type(error).__name__)
            return self._problem(status, status.phrase, self._phrases.say("out_of_order"))
        return self._problem(
            status, status.phrase, f"{request.method} {request.path} is not something this server does."
        )


def _body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request.

    Raises:
        BadRequest: it is not JSON, not an object, too large, or has a key that we do not know.
    """
    if len(request.body) > MOST_BYTES:
        detail = f"The request has {len(request.body)} bytes; at most {MOST_BYTES} are read."
        raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large", detail)
    if not (request.content_type or "").startswith("application/json"):
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not JSON", "Send Content-Type: application/json.")
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Not JSON", "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Not an object", 'Send an object such as {"message": "..."}.')
    unknown = sorted(set(body) - {"message", "session"})
    if unknown:
        detail = f'Only "message" and "session" are known keys; {len(unknown)} other was sent.'
        raise BadRequest(HTTPStatus.BAD_REQUEST, "Unknown key", detail)
    return body


async def _offered(session_id: str, app: Sanic) -> set[str]:
    """Return the payloads of all buttons of a conversation: people scroll up and press an earlier one."""
    tracker = await app.ctx.agent.tracker_store.retrieve(session_id)
    said = [e for e in (tracker.events if tracker else ()) if isinstance(e, BotUttered)]
    return {b["payload"] for e in said for b in (e.data.get("buttons") or [])}


async def _answers(url: str) -> bool:
    """Return whether a local address answers 200 within two seconds."""
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url) as response:
            return response.status == HTTPStatus.OK
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
        return False
