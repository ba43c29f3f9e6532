"""Asks the core in this process: what a model made of a message goes in, the `custom` part of the reply comes out.

python -m benchmarks.asking tests/data/safety/advice.jsonl    prints the whole reply to each message, to be read
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rasa_sdk import Tracker

from actions import translation
from helpline import model
from helpline.reply import Reply


def whole(text: str, message: Mapping[str, Any]) -> Reply:
    """Return the reply to a message that begins a conversation.

    Args:
        text: what was asked.
        message: what the model made of it, as `helpline.model.read` gives it.
    """
    latest = {"text": text, "metadata": {}, **message}
    tracker = Tracker("benchmark", {}, latest, [], False, None, {}, "action_listen")
    reply, _ = translation.assistant().reply(translation.heard(tracker), translation.memory(tracker))
    return reply


def custom(text: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `custom` part of the reply to a message that begins a conversation."""
    return whole(text, message).custom()


def replies(texts: Iterable[str], messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the reply objects to messages, each asked alone."""
    return [{"custom": custom(text, message)} for text, message in zip(texts, messages)]


def main() -> None:
    """Print the messages of a file, each asked alone, with the whole reply."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.asking")
    parser.add_argument("file", type=Path, help="messages, one JSON object with a `text` and perhaps an `id` a line")
    asked = [json.loads(line) for line in parser.parse_args().file.read_text().splitlines()]
    texts = [entry["text"] for entry in asked]
    for entry, text, message in zip(asked, texts, model.read(texts)):
        reply = whole(text, message)
        print(f"## {entry.get('id', '')} {reply.kind} {reply.topic}\n{text}\n\n{reply.text}\n")


if __name__ == "__main__":
    main()
