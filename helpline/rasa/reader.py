"""Reads texts with a trained model and writes what it made of them: `python -m helpline.rasa.reader MODEL`.

Texts come on standard input, one a line; for each, one JSON object goes to standard output: the parsed message, and the
milliseconds it took. It is a process of its own, so that the core never imports Rasa.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import warnings
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

FIELDS = ("intent", "intent_ranking", "entities", "questions")


async def parse(model: Path, texts: Iterable[str]) -> AsyncIterator[dict[str, Any]]:
    """Yield what the model makes of each text, with the milliseconds it took."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    await agent.parse_message("warm up")
    for text in texts:
        start = time.perf_counter()
        message = await agent.parse_message(text)
        milliseconds = (time.perf_counter() - start) * 1000
        yield {name: message.get(name) for name in FIELDS} | {"milliseconds": milliseconds}


async def _write(model: Path) -> None:
    texts = (line.rstrip("\n") for line in sys.stdin)
    async for message in parse(model, texts):
        print(json.dumps(message), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(_write(Path(sys.argv[1])))
