"""Between Rasa's tracker and dispatcher and the core's objects."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Container, Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from helpline import aspects, paths, references
from helpline.assistant import Assistant
from helpline.conversation import ASKED_ABOUT
from helpline.offers import LANGUAGES
from helpline.question import AUDIENCES, OUT_OF_SCOPE, TOPICS, Asked, Memory, Mention, Understanding
from helpline.reply import Reply
from helpline.safety import split_alarm

_ASK = "ask_"
_ALTERNATIVES = 3
_ALARM_ENTITY = "alarm"
# What can be offered when a message was not understood.
_OFFERED_TOPICS = (*ASKED_ABOUT, "emotional_support", "talk_to_human", "cost_access")
_ASKED_WITH_OTHERS = (*ASKED_ABOUT, "talk_to_human", "cost_access")  # feelings are no second question
_DRUGS = ("drug", "drug_class", "other_medicine")
_OFFERS = (*_OFFERED_TOPICS, "more", "confirm")
# Slots that hold several ids, with a space between.
_LISTS = ("subjects", "recent", "listing", "offered", "aspects", "waiting")
SECONDS_UNTIL_LATE = 30 * 60


@functools.lru_cache(maxsize=1)
def assistant() -> Assistant:
    """Load the core once per process, at the first question."""
    return Assistant.load(paths.ROOT)


def answer(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
    """Send the reply to the last message and return the slots that change."""
    reply, kept = assistant().reply(heard(tracker), memory(tracker))
    return send(dispatcher, reply, kept, tracker)


def fall_back(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
    """Send the reply to a message of which nothing could be made and return the slots that change."""
    reply, kept = assistant().fall_back(memory(tracker))
    return send(dispatcher, reply, kept, tracker)


def heard(tracker: Tracker) -> Understanding:
    """Return what NLU made of the last message; without topic and act where it was not understood."""
    message = tracker.latest_message or {}
    intent = (message.get("intent") or {}).get("name") or ""
    ranking = [(_topic(r), float(r.get("confidence") or 0.0)) for r in message.get("intent_ranking") or []]
    offered = [(topic, chance) for topic, chance in ranking if topic in _OFFERED_TOPICS][:_ALTERNATIVES]
    entities = [e for e in message.get("entities") or [] if e["entity"] != _ALARM_ENTITY]
    alarms = [e["value"] for e in message.get("entities") or [] if e["entity"] == _ALARM_ENTITY]
    text = message.get("text") or ""
    is_typed = not text.startswith("/")
    refers = references.read(text) if is_typed else references.read("")
    entities = _affirmed(entities, text, refers.corrects)
    topic = intent.removeprefix(_ASK)
    asked = _asked(message.get("questions") or [], entities, text)
    is_act = bool(intent) and not intent.startswith(_ASK) and intent != "nlu_fallback"
    return Understanding(
        topic=topic if topic in TOPICS else None,
        act=intent if is_act else None,
        mentions=_mentions(entities, text),
        alternatives=tuple(topic for topic, _ in offered),
        chances=tuple(chance for _, chance in offered),
        outside=sum(chance for topic, chance in ranking if topic in OUT_OF_SCOPE),
        alarm=alarms[0] if alarms else None,
        refers=refers,
        asked=asked if len(asked) > 1 else (),
        part=asked[0] if len(asked) == 1 else None,
        audience=references.audience(text) if is_typed else None,
        is_late=_seconds_since_last(tracker.events) >= SECONDS_UNTIL_LATE,
        aspects=aspects.heard(text),
        is_abroad=assistant().places.is_abroad(text) if is_typed else None,
        begun=assistant().beginnings.of(text) if is_typed else (),
    )


def _topic(ranked: dict[str, Any]) -> str:
    return str(ranked.get("name") or "").removeprefix(_ASK)


def _mentions(entities: list[dict[str, Any]], text: str) -> tuple[Mention, ...]:
    """Return the names of a message; a drug after which another is asked about is one of the past."""
    found = [_mention(e, text) for e in entities]
    changed = [e.get("start") or 0 for e in entities if e["entity"] == "drug" and _is_changed_to(e, text)]
    after = [e["entity"] == "drug" and _is_before_another(e, text, max(changed, default=0)) for e in entities]
    if any(m.kind == "drug" and not (m.is_past or is_after) for m, is_after in zip(found, after)):
        found = [dataclasses.replace(m, is_past=m.is_past or is_after) for m, is_after in zip(found, after)]
    return tuple(found)


def _is_changed_to(entity: dict[str, Any], text: str) -> bool:
    return references.is_changed_to(text, entity.get("start") or 0)


def _is_before_another(entity: dict[str, Any], text: str, changed_at: int) -> bool:
    """Return whether a drug is one after which, or from which, another is told: "after Herceptin, is Nerlynx next"."""
    start = entity.get("start") or 0
    return start < changed_at or references.is_after(text, start)


def _mention(entity: dict[str, Any], text: str) -> Mention:
    start, end = entity.get("start") or 0, entity.get("end") or 0
    is_past = entity["entity"] in ("drug", "other_medicine") and end > start and references.is_past(text, start, end)
    is_partner = entity["entity"] in ("drug", "other_medicine") and references.is_partner(text, start)
    name = str(entity.get("text") or entity["value"])
    return Mention(entity["entity"], str(entity["value"]), name, is_past, is_partner)


def _affirmed(entities: list[dict[str, Any]], text: str, corrects: bool) -> list[dict[str, Any]]:
    """Leave out the names that a correction sets aside ("not Kisqali, Piqray"), where others are left.

    So does "I'm not on Ibrance, I'm on Kisqali", which takes nothing back.
    """

    def is_set_aside(entity: dict[str, Any]) -> bool:
        start, end = entity.get("start") or 0, entity.get("end") or 0
        return references.is_negated(text[:start]) and (corrects or references.is_contrasted(text[end:]))

    return [e for e in entities if not is_set_aside(e)] or entities


def _asked(questions: Iterable[dict[str, Any]], entities: list[dict[str, Any]], text: str) -> tuple[Asked, ...]:
    """Return the questions of a message, each with the names that stand in it, else with those told before it."""
    found: list[Asked] = []
    for question in questions:
        start, end = question.get("start", 0), question.get("end", 0)
        within = [e for e in entities if start <= (e.get("start") or 0) < end]
        before = [e for e in entities if (e.get("start") or 0) < start]
        # "I am on Kisqali. Is hair loss common?": the drug was told before, and the question names an effect only.
        drugs = [e for e in before or entities if e["entity"] == "drug"]
        told = [*within, *drugs] if within and not any(e["entity"] in _DRUGS for e in within) else within
        if _topic(question) in _ASKED_WITH_OTHERS:
            mentions = tuple(_mention(e, text) for e in told or before or entities)
            found.append(Asked(_topic(question), mentions, float(question.get("confidence") or 0.0)))
    return tuple(found)


def _seconds_since_last(events: Iterable[dict[str, Any]]) -> float:
    """Return the seconds between the last message and the reply before it; 0 where there was none."""
    said = [e for e in events or () if e.get("event") in ("user", "bot") and e.get("timestamp")]
    last = next((e for e in reversed(said) if e["event"] == "user"), None)
    before = [
        e["timestamp"] for e in said if last is not None and e is not last and e["timestamp"] <= last["timestamp"]
    ]
    return float(last["timestamp"] - max(before)) if last is not None and before else 0.0


def memory(tracker: Tracker) -> Memory:
    """Return what the slots remember, with what the client picked; anything unknown in them is dropped."""
    slots = tracker.slots
    picked = (tracker.latest_message or {}).get("metadata") or {}
    known = assistant().knowledge
    alarm = slots.get("alarm")
    return Memory(
        subjects=_ids(slots, "subjects", known.subjects),
        topic=_known(slots.get("topic"), TOPICS),
        pending=_known(slots.get("pending"), ASKED_ABOUT),
        page=_count(slots.get("page")),
        unclear=_count(slots.get("unclear")),
        recent=_ids(slots, "recent", known.subjects),
        listing=_ids(slots, "listing", known.subjects),
        offered=_ids(slots, "offered", _OFFERS),
        alarm=alarm if alarm and split_alarm(alarm)[0] in known.alarms else None,
        withheld=_known(slots.get("withheld"), ASKED_ABOUT),
        aspects=_ids(slots, "aspects", aspects.NAMES),
        waiting=_ids(slots, "waiting", _ASKED_WITH_OTHERS),
        abroad=slots.get("abroad") is True,
        audience=_known(picked.get("audience"), AUDIENCES) or _known(slots.get("audience"), AUDIENCES) or "patient",
        language=_known(picked.get("language"), LANGUAGES) or _known(slots.get("language"), LANGUAGES) or "en",
    )


def _ids(slots: dict[str, Any], name: str, allowed: Container[str]) -> tuple[str, ...]:
    return tuple(i for i in (slots.get(name) or "").split() if i in allowed)


def _known(value: Any, allowed: Container[str]) -> str | None:
    return value if isinstance(value, str) and value in allowed else None


def _count(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


def send(dispatcher: CollectingDispatcher, reply: Reply, kept: Memory, tracker: Tracker) -> list[dict[str, Any]]:
    """Send one reply as one message and return the slots that change with it.

    Every event is stored, and read again at each later turn: what stays as it is makes none.
    """
    dispatcher.utter_message(text=reply.text, buttons=reply.button_list(), json_message=reply.custom())
    values = dataclasses.asdict(kept) | {"page": str(kept.page), "unclear": str(kept.unclear)}
    values["abroad"] = kept.abroad or None
    values |= {name: " ".join(getattr(kept, name)) or None for name in _LISTS}
    return [SlotSet(name, value) for name, value in values.items() if value != tracker.slots.get(name)]
