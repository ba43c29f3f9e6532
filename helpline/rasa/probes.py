"""Whether the server is alive, and whether it can answer: `GET /health` and `GET /ready`."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

import aiohttp
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from helpline.knowledge import Knowledge

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def health(request: Request) -> HTTPResponse:
    """Say that the process is alive."""
    return json_response({"status": "live"}, headers=_HEADERS)


async def ready(knowledge: Knowledge, request: Request) -> HTTPResponse:
    """Say whether a question would be answered, and if not, why not, in words for a machine."""
    reasons = await _reasons(knowledge, request.app)
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return json_response({"status": "not ready" if reasons else "ready", "reasons": reasons}, status, headers=_HEADERS)


async def _reasons(knowledge: Knowledge, app: Sanic) -> list[str]:
    reasons = []
    agent = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        reasons.append("model_not_loaded")
    endpoint = getattr(agent, "action_endpoint", None)
    if endpoint is None or not await _answers(re.sub(r"/webhook$", "/health", endpoint.url)):
        reasons.append("actions_not_reachable")
    if not knowledge.subjects:
        reasons.append("knowledge_empty")
    return reasons


async def _answers(url: str) -> bool:
    """Return whether a local address answers 200 within two seconds."""
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url) as response:
            return bool(response.status == HTTPStatus.OK)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
        return False
