"""The API: each endpoint checks what it got, asks the core or Rasa, and answers; what goes wrong is a `Problem`."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import functools
import gzip
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import LockError
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw
from sanic.response import json as json_response

from helpline import inputs, offers, sheet
from helpline.admission import Admission, Busy
from helpline.assistant import Assistant
from helpline.deadline import Deadline
from helpline.limits import Limits
from helpline.metrics import Metrics
from helpline.problems import Problem
from helpline.rasa import stores
from helpline.rasa.stores import NotServing
from helpline.rasa.tracker_store import ConversationGone, Glance, StoreUnavailable, goes_on
from helpline.sessions import InvalidSession, Sessions

CHANNEL = "helpline"
SECONDS_TO_ANSWER = 7.6  # a person is told within 8, whatever hangs, and however many things one after another
_SECONDS_FOR_A_SHEET = 25  # a long conversation in large print on a busy machine; the page waits for 30
_SHEETS_AT_ONCE = 2
_SECONDS_FOR_THE_REST = 0.5  # of a request that waits in a queue: the last of a burst waits for 7

_NOT_OURS = "This is not something that this server does."
_REFUSALS = {  # by sanic, before a request is one of ours
    HTTPStatus.BAD_REQUEST: "The request could not be read.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive whole in time.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is too large. Please shorten it.",
}

OnMessage = Callable[[UserMessage], Awaitable[None]]
log = structlog.get_logger("helpline.api")


class OneReply(OutputChannel):
    """Collects what the actions send in one turn, whole: text, buttons and custom part stay together."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return CHANNEL

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


class Api:
    """The endpoints under `/webhooks/helpline/`."""

    def __init__(self, assistant: Assistant, sessions: Sessions, limits: Limits, metrics: Metrics) -> None:
        self._assistant, self._phrases = assistant, assistant.phrases
        self._sessions, self._limits, self._metrics = sessions, limits, metrics
        self._turns, self._sheets = Admission(), Admission(_SHEETS_AT_ONCE)
        self._deleting: set[asyncio.Task[None]] = set()
        metrics.follow_pending(lambda: self._turns.pending)
        self._settings = offers.settings(assistant.knowledge, assistant.phrases)

    async def chat(self, on_new_message: OnMessage, request: Request) -> HTTPResponse:
        """Answer one message."""
        start = time.monotonic()
        deadline = Deadline(SECONDS_TO_ANSWER)
        try:
            return await deadline.keep(self._chat(on_new_message, request, deadline))
        except (Problem, Busy):  # told at once, or what the client can mend
            raise
        except Exception:
            self._metrics.failed_turn(time.monotonic() - start)
            raise

    async def _chat(self, on_new_message: OnMessage, request: Request, deadline: Deadline) -> HTTPResponse:
        start = time.monotonic()
        body = inputs.parse(inputs.ChatBody, request.content_type, request.body)
        metadata = {"audience": body.audience, "language": body.language and self._language(body.language)}
        session_id, before = await self._conversation(body.session, request)
        text = inputs.message(body.message, before.offered if before else frozenset())
        if before is None:
            await self._limits.begin_session(address_of(request))
        await self._queue(session_id, address_of(request), deadline)
        session_id, notice = await self._begin_anew(session_id, before, request.app)
        output = OneReply()
        message = UserMessage(text, output, session_id, input_channel=CHANNEL, metadata=metadata)
        goes_on.set(notice is None)
        try:
            reply = await self._turn(lambda: on_new_message(message), output, deadline)
        except Busy:
            raise
        except BaseException:  # also where the person has hung up
            if notice:
                self._delete_in_background(session_id, request.app)
            raise
        self._metrics.turn(str(reply["custom"].get("kind")), time.monotonic() - start)
        if notice:
            self._metrics.session()
            reply["custom"]["notice"] = notice
        said = json_response(reply | {"session": self._sessions.token(session_id)})
        return _compressed(said) if "gzip" in request.headers.get("accept-encoding", "") else said

    async def feedback(self, request: Request) -> HTTPResponse:
        """Count a vote on an answer of the conversation."""
        deadline = Deadline(SECONDS_TO_ANSWER)
        return await deadline.keep(self._feedback(request, deadline))

    async def _feedback(self, request: Request, deadline: Deadline) -> HTTPResponse:
        body = inputs.parse(inputs.FeedbackBody, request.content_type, request.body)
        session_id, before = await self._conversation(body.session, request, "feedback ")
        if body.reason is not None and body.reason not in offers.FEEDBACK_REASONS:
            allowed = ", ".join(offers.FEEDBACK_REASONS)
            raise Problem(HTTPStatus.BAD_REQUEST, "Unknown reason", f'"reason" must be one of: {allowed}.')
        if before is None or body.answer_id not in before.answers:
            detail = '"answer_id" must be that of an answer in this conversation.'
            raise Problem(HTTPStatus.BAD_REQUEST, "Unknown answer", detail)
        await self._queue(f"feedback {session_id}", f"feedback {address_of(request)}", deadline)
        self._metrics.feedback(body.helpful, body.reason)
        return empty()

    async def forget(self, request: Request) -> HTTPResponse:
        """Delete the conversation; its session is refused from now on."""
        deadline = Deadline(SECONDS_TO_ANSWER)
        return await deadline.keep(self._forget(request, deadline))

    async def _forget(self, request: Request, deadline: Deadline) -> HTTPResponse:
        body = inputs.parse(inputs.ForgetBody, request.content_type, request.body)
        session_id, _ = await self._conversation(body.session, request, "forget ", even_expired=True)
        await self._queue(f"forget {session_id}", f"forget {address_of(request)}", deadline)
        await self._delete(session_id, request.app)
        return empty()

    async def sheet(self, request: Request) -> HTTPResponse:
        """Make the sheet for the doctor's visit. It is sent and not kept."""
        deadline = Deadline(_SECONDS_FOR_A_SHEET)
        return await deadline.keep(self._sheet(request, deadline))

    async def _sheet(self, request: Request, deadline: Deadline) -> HTTPResponse:
        body = inputs.parse(inputs.SheetBody, request.content_type, request.body, inputs.MOST_BYTES_OF_A_SHEET)
        self._language(body.language)
        session_id, _ = await self._conversation(body.session, request, "sheet ", even_expired=True)
        wanted = sheet.wanted(body, self._assistant.knowledge)
        await self._queue(f"sheet {session_id}", f"sheet {address_of(request)}", deadline)
        make = functools.partial(sheet.make, wanted, self._assistant, datetime.date.today())
        # Its thread goes on, and keeps its place, also where the sheet was given up.
        pdf = await asyncio.shield(self._made(make, deadline))
        return raw(pdf, content_type="application/pdf")

    async def _made(self, make: Callable[[], bytes], deadline: Deadline) -> bytes:
        async with self._sheets.place():
            if not deadline.left:  # nobody waits for it any more
                raise asyncio.TimeoutError
            return await asyncio.get_running_loop().run_in_executor(None, make)

    async def settings(self, request: Request) -> HTTPResponse:
        """Say what a client can offer its person."""
        return json_response(self._settings)

    # --- one turn

    async def _queue(self, session_key: str, address_key: str, deadline: Deadline) -> None:
        """Wait until a request of a conversation and an address may go on, and leave time for the rest of it.

        Raises:
            Problem: too many are waiting already, or its turn would come too late.
        """
        seconds = max(_SECONDS_FOR_THE_REST, deadline.left - _SECONDS_FOR_THE_REST)
        await self._limits.wait(session_key, address_key, seconds)

    async def _turn(self, turn: Callable[[], Awaitable[None]], output: OneReply, deadline: Deadline) -> dict[str, Any]:
        """Return the reply of a turn.

        Raises:
            Busy: so many are being answered that one more would wait too long.
            NotServing: there is none.
        """
        async with self._turns.place(deadline.left):
            await turn()
        reply = output.reply()
        if reply is None:
            raise NotServing("no_reply")
        return reply

    async def _conversation(
        self, token: str | None, request: Request, queue: str = "", even_expired: bool = False
    ) -> tuple[str, Glance | None]:
        """Return the id of a conversation and what is to be known of it; None for one that begins.

        A token is given out with the first reply. One whose conversation is not stored was deleted, or has expired.

        Args:
            token: what the client sent.
            request: the request.
            queue: what the names of its queues begin with.
            even_expired: whether a token that has expired counts too.

        Raises:
            Problem: the token is not of ours, has expired, or its conversation is gone; or its queues are full.
        """
        agent = stores.agent_of(request.app)
        if token is None:
            return self._sessions.new_id(), None
        try:
            session_id = self._sessions.id_of(token, even_expired)
        except InvalidSession as error:
            raise _refused(error.reason) from error
        self._limits.require_room(f"{queue}{session_id}", f"{queue}{address_of(request)}")
        found = await agent.tracker_store.glance(session_id)
        if found is None:
            raise _refused("ended")
        return session_id, found

    async def _begin_anew(self, session_id: str, before: Glance | None, app: Sanic) -> tuple[str, str | None]:
        """Return the conversation that a message belongs to, and what to tell the person where it is a new one.

        After its last turn a conversation is deleted, and the message begins another: it is answered all the same.
        """
        if before is None:
            return session_id, self._phrases.say("notice")
        if not self._limits.is_last_turn_over(before.turns):
            return session_id, None
        await self._delete(session_id, app)
        return self._sessions.new_id(), f"{self._phrases.say('begun_anew')} {self._phrases.say('notice')}"

    async def _delete(self, session_id: str, app: Sanic) -> None:
        """Delete a conversation after the turn that is under way in it, which would store it again."""
        agent = stores.agent_of(app)
        async with agent.lock_store.lock(session_id):
            await agent.tracker_store.delete(session_id)

    def _delete_in_background(self, session_id: str, app: Sanic) -> None:
        """Delete a conversation whose first reply was never sent: nobody has its session, and so nobody could."""

        async def delete() -> None:
            with contextlib.suppress(StoreUnavailable, LockError, NotServing):  # it is swept after a day
                await self._delete(session_id, app)

        task = asyncio.create_task(delete())
        self._deleting.add(task)
        task.add_done_callback(self._deleting.discard)

    def _language(self, code: str) -> str:
        return inputs.language(code, tuple(offers.LANGUAGES))

    # --- what went wrong

    def problem_of(self, error: Exception) -> Problem:
        """Return what a person is told about any failure. Its class is logged; its message may hold their words."""
        if isinstance(error, Problem):
            return error
        if isinstance(error, Busy):
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too busy", self._phrases.say("too_busy"), error.seconds)
        if isinstance(error, asyncio.TimeoutError):
            self._note("timeout", error)
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "No answer in time", self._phrases.say("too_slow"), 5)
        if isinstance(error, (NotServing, StoreUnavailable)):
            self._note(error.reason, error)
        elif isinstance(error, ConversationGone):
            return _refused("ended")
        elif isinstance(error, LockError):
            self._note("lock_store", error)
        elif (status := getattr(error, "status_code", None)) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            title = HTTPStatus(status).phrase
            return Problem(HTTPStatus(status), title, _REFUSALS.get(status, _NOT_OURS))
        else:
            self._note(type(error).__name__, error)
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "No answer", self._phrases.say("out_of_order"), 5)

    def _note(self, reason: str, error: Exception) -> None:
        self._metrics.error(reason)
        log.error("request failed", reason=reason, error=type(error).__name__)


def address_of(request: Request) -> str:
    """Return where a request comes from; behind proxies that we were told of, what the first of them saw."""
    return str(request.remote_addr or request.ip)


def _refused(reason: str) -> Problem:
    detail = f"The session is {reason}. Send the message again without it to start anew."
    return Problem(HTTPStatus.UNAUTHORIZED, "Session not accepted", detail)


def _compressed(said: HTTPResponse) -> HTTPResponse:
    """Return a reply compressed, a third of its size.

    It holds the token of its session beside words that may be the person's own, which is what BREACH needs. But no
    browser adds a secret to a request of ours: there are no cookies, and whoever can send a session knows it.
    """
    said.body = gzip.compress(said.body or b"", 6, mtime=0)
    said.headers["Content-Encoding"] = "gzip"
    return said
