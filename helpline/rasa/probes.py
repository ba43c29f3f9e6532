"""Whether the server is alive, and whether it can answer: `GET /health` and `GET /ready`."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from pathlib import Path

import aiohttp
from rasa.core.agent import Agent
from rasa.core.lock_store import LockError
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from helpline import model, validation
from helpline.rasa import stores
from helpline.rasa.lock_store import RedisLocks
from helpline.rasa.tracker_store import StoreUnavailable

SECONDS_TO_TELL = 3
_SECONDS_FOR_ACTIONS = 2


async def health(request: Request) -> HTTPResponse:
    """Say that the process is alive."""
    return json_response({"status": "live"})


class Readiness:
    """Tells whether a question would be answered, and if not, why not, in words for a machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        ours = model.current(root)
        self._model = None if model.fault(ours) else ours.name
        self._seen = self._signature()
        self._is_knowledge_broken = False

    async def ready(self, request: Request) -> HTTPResponse:
        """Answer 200, or 503 with the reasons."""
        reasons = await self._reasons(request.app)
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return json_response({"status": "not ready" if reasons else "ready", "reasons": reasons}, status)

    async def _reasons(self, app: Sanic) -> list[str]:
        try:
            agent = stores.agent_of(app)
        except stores.NotServing as error:
            return [error.reason]
        found = await asyncio.gather(self._store(agent), self._locks(agent), self._actions(agent), self._knowledge())
        differs = "model_differs" if agent.processor.model_filename != self._model else None
        return [reason for reason in (differs, *found) if reason]

    async def _store(self, agent: Agent) -> str | None:
        try:
            await asyncio.wait_for(agent.tracker_store.probe(), SECONDS_TO_TELL)
        except StoreUnavailable as error:
            return error.reason
        except asyncio.TimeoutError:
            return "store_hangs"
        return None

    async def _locks(self, agent: Agent) -> str | None:
        if not isinstance(agent.lock_store, RedisLocks):
            return None
        try:
            await asyncio.wait_for(agent.lock_store.probe(), SECONDS_TO_TELL)
        except (LockError, asyncio.TimeoutError):
            return "lock_store_not_reachable"
        return None

    async def _actions(self, agent: Agent) -> str | None:
        endpoint = agent.action_endpoint
        if endpoint is None or not await _answers(re.sub(r"/webhook$", "/health", endpoint.url)):
            return "actions_not_reachable"
        return None

    async def _knowledge(self) -> str | None:
        """Look at the knowledge on the disk again where it has changed: the next start would read it."""
        seen = self._signature()
        if seen != self._seen:
            problems = await asyncio.get_running_loop().run_in_executor(None, validation.check, self._folder)
            self._seen, self._is_knowledge_broken = seen, bool(problems)
        return "knowledge_broken" if self._is_knowledge_broken else None

    @property
    def _folder(self) -> Path:
        return self._root / "knowledge"

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        stats = ((str(path), path.stat()) for path in sorted(self._folder.rglob("*.yml")))
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


async def _answers(url: str) -> bool:
    """Return whether a local address answers 200 in time."""
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS_FOR_ACTIONS)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url) as response:
            return bool(response.status == HTTPStatus.OK)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
        return False
