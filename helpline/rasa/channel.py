"""The helpline channel: the routes of the server, and what every request and every answer has in common.

`POST /webhooks/helpline/chat` takes {"message": "...", "session": "..."?} and gives the reply object of one turn, with
the session to send next time. What goes wrong gets problem details (RFC 9457) that say so, with the helpline's number.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, empty, raw
from sanic.response import json as json_response

from helpline import inputs, logs, openapi, origins, pages, paths, problems
from helpline.answers import Composer
from helpline.assistant import Assistant, content_setting
from helpline.limits import Limits, are_on, proxies, rates
from helpline.metrics import CONTENT_TYPE, Metrics
from helpline.pages import Pages
from helpline.problems import Problem
from helpline.rasa import probes, stores
from helpline.rasa.api import CHANNEL, Api, OnMessage
from helpline.rasa.tracker_store import HelplineTrackerStore, StoreUnavailable
from helpline.sessions import Sessions, signing_key

API = "/webhooks/helpline"
SECONDS_BETWEEN_SWEEPS = 600
_SECONDS_KEPT_OPEN = 75  # longer than proxies keep a connection, which would send a message into one that just closed
_SECONDS_TO_FINISH = 8  # turns that are under way when the server is told to stop
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

Endpoint = Callable[..., Awaitable[HTTPResponse]]
log = structlog.get_logger("helpline.server")


class DebugInProduction(Exception):
    """Rasa would write what people say into its log."""


class HelplineInput(InputChannel):
    """The custom Rasa channel. It owns the session, checks every input and answers each with exactly one reply."""

    def __init__(self) -> None:
        self._origins = origins.listed()
        self._assistant = Assistant.load(paths.ROOT)
        knowledge, phrases = self._assistant.knowledge, self._assistant.phrases
        self._metrics = Metrics()
        self._api = Api(
            self._assistant, Sessions(signing_key(paths.state())), Limits(phrases, are_on(), rates()), self._metrics
        )
        self._pages = Pages(paths.WIDGET, knowledge, Composer(knowledge, phrases, content_setting() == "approved"))
        self._page_headers = pages.headers(self._origins)
        self._probe = probes.Readiness(paths.ROOT)

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return CHANNEL

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
        routes.listener("before_server_start")(self._prepare)
        routes.listener("after_server_start")(self._begin_to_serve)
        posts: dict[str, Endpoint] = {
            "chat": functools.partial(self._api.chat, on_new_message),
            "feedback": self._api.feedback,
            "forget": self._api.forget,
            "sheet": self._api.sheet,
        }
        for name, endpoint in posts.items():
            routes.add_route(_named(endpoint), f"{API}/{name}", methods=["POST"], name=name)
        gets: dict[str, Endpoint] = {
            f"{API}/settings": self._api.settings,
            "/health": probes.health,
            "/ready": self._probe.ready,
            "/metrics": self._count,
            "/openapi.json": self._describe,
            "/offline.html": functools.partial(self._file, name="offline.html"),
            "/sw.js": functools.partial(self._file, name="sw.js"),
            "/widget/<name:str>": self._file,
            "/<folder:widget-[0-9a-f]+>/<name:str>": self._kept_file,
        }
        for path, endpoint in gets.items():
            routes.add_route(_named(endpoint), path, methods=["GET", "HEAD"], name=_route_name(path))
        return routes

    # --- the life of the server

    async def _prepare(self, app: Sanic, _: Any) -> None:
        """Set up what Rasa sets up otherwise.

        Raises:
            DebugInProduction: the server was started with `--debug`.
        """
        if logging.getLogger("rasa").isEnabledFor(logging.DEBUG) and logs.mode() == "production":
            raise DebugInProduction(
                "Start without --debug, or with HELPLINE_MODE=development where no person is served."
            )
        _take_cors_out(app)
        app.error_handler.add(Exception, self._failed)
        app.register_middleware(self._receive, "request")
        app.register_middleware(self._send, "response")
        app.config.REQUEST_MAX_SIZE = inputs.MOST_BYTES_OF_A_SHEET
        app.config.GRACEFUL_SHUTDOWN_TIMEOUT = _SECONDS_TO_FINISH
        app.config.KEEP_ALIVE_TIMEOUT = _SECONDS_KEPT_OPEN
        app.config.PROXIES_COUNT = proxies() or None

    async def _begin_to_serve(self, app: Sanic, _: Any) -> None:
        logs.keep_words_out()
        log.info("serving", widget=self._pages.version, mode=logs.mode())
        app.add_task(self._sweep(app), name="sweep")

    async def _sweep(self, app: Sanic) -> None:
        """Delete old conversations, now and every ten minutes."""
        while True:
            with contextlib.suppress(stores.NotServing, StoreUnavailable):
                store: HelplineTrackerStore = stores.agent_of(app).tracker_store
                log.info("swept", events=await store.sweep())
            await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)

    # --- each request

    async def _receive(self, request: Request) -> HTTPResponse | None:
        """Answer what needs no route: other origins, the questions of browsers before a request, and the page."""
        request.ctx.start = time.monotonic()
        request.ctx.id = logs.request_id(request.headers.get("x-request-id"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request.ctx.id)
        asked_by = request.headers.get("origin")
        if request.method in ("POST", "OPTIONS") and not origins.may_ask(asked_by, request.host, self._origins):
            detail = "This page may not use this server. Its operator lists the pages that may."
            return self._tell(Problem(HTTPStatus.FORBIDDEN, "Origin not allowed", detail))
        if request.method == "OPTIONS":
            return empty()
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return await self._file(request, name="index.html")
        return None

    async def _send(self, request: Request, response: HTTPResponse) -> None:
        """Put on every answer what each must have."""
        for name, value in {**_HEADERS, **origins.headers(request.headers.get("origin"), self._origins)}.items():
            response.headers.setdefault(name, value)
        began = getattr(request.ctx, "start", None)
        if began is None:
            return
        if "ETag" not in response.headers:  # a file is the same for everybody: there is nothing to ask after
            response.headers["X-Request-ID"] = request.ctx.id
        milliseconds = round((time.monotonic() - began) * 1000)
        # What is no route of ours can be anything, the method too.
        route, method = (request.route.path, request.method) if request.route else ("none", "none")
        log.info("request", method=method, route=route, status=response.status, ms=milliseconds)

    async def _failed(self, request: Request, error: Exception) -> HTTPResponse:
        response = self._tell(self._api.problem_of(error))
        allowed = getattr(error, "headers", {}).get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
        return response

    def _tell(self, problem: Problem) -> HTTPResponse:
        self._metrics.problem(problem.status.value)
        phrases = self._assistant.phrases
        lines = f"{phrases.say('person')} {phrases.say('emergency_line')}"
        body = json.dumps(problem.body(self._assistant.knowledge.line("general").phone, lines)).encode()
        return raw(body, status=problem.status, headers=dict(problem.headers), content_type=problems.CONTENT_TYPE)

    # --- files

    async def _file(self, request: Request, name: str) -> HTTPResponse:
        return self._sent(request, name, pages.ASKED_ANEW)

    async def _kept_file(self, request: Request, folder: str, name: str) -> HTTPResponse:
        if folder != f"widget-{self._pages.version}":
            raise NotFound("another version")
        return self._sent(request, name, pages.KEPT_FOR_EVER)

    def _sent(self, request: Request, name: str, kept: str) -> HTTPResponse:
        try:
            page = self._pages[name]
        except KeyError as error:
            raise NotFound("no such file") from error
        policy = self._page_headers if pages.has_policy(name) else {}
        headers = {**policy, "Cache-Control": kept, "ETag": page.etag, "Vary": "Origin, Accept-Encoding"}
        if request.headers.get("if-none-match") == page.etag:
            return empty(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return raw(page.zipped, headers={**headers, "Content-Encoding": "gzip"}, content_type=page.content_type)
        return raw(page.body, headers=headers, content_type=page.content_type)

    async def _describe(self, request: Request) -> HTTPResponse:
        return json_response(openapi.description())

    async def _count(self, request: Request) -> HTTPResponse:
        return raw(self._metrics.text(), content_type=CONTENT_TYPE)


def _named(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that sanic can name: it knows functions, not parts of functions."""

    async def answer(request: Request, **parts: str) -> HTTPResponse:
        return await endpoint(request, **parts)

    return answer


def _route_name(path: str) -> str:
    """Return a name for a route: the letters of its path."""
    return "".join(c if c.isalnum() else "_" for c in path)


def _take_cors_out(app: Sanic) -> None:
    """Take out what Rasa has put in, which answers every origin alike and adds headers of its own."""
    for middleware in (app.request_middleware, app.response_middleware):
        for function in [f for f in middleware if getattr(f, "__module__", "").startswith("sanic_cors")]:
            middleware.remove(function)
    app.error_handler = getattr(app.error_handler, "orig_handler", app.error_handler)
