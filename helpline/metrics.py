"""What the server counts, for Prometheus: numbers and kinds; no word of anybody, no subject, address or session."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from helpline.reply import KINDS

CONTENT_TYPE = CONTENT_TYPE_LATEST
_ABSTENTIONS = ("clarify", "out_of_scope", "handoff")
_ALARMS = ("emergency", "crisis")
_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8)


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._turns = Counter("helpline_turns_total", "Messages answered", ["kind"], registry=registry)
        self._abstentions = Counter("helpline_abstentions_total", "Replies without an answer", registry=registry)
        self._alarms = Counter("helpline_alarms_total", "Replies to an emergency or a crisis", registry=registry)
        self._problems = Counter("helpline_problems_total", "Requests refused or failed", ["status"], registry=registry)
        self._errors = Counter("helpline_errors_total", "Faults of ours, by reason", ["reason"], registry=registry)
        self._feedback = Counter("helpline_feedback_total", "Votes", ["helpful", "reason"], registry=registry)
        self._sessions = Counter("helpline_sessions_total", "Conversations begun", registry=registry)
        self._seconds = Histogram(
            "helpline_turn_seconds", "Time to an answer or a failure", buckets=_SECONDS, registry=registry
        )
        self._pending = Gauge("helpline_pending_turns", "Messages being answered", registry=registry)
        for kind in KINDS:
            self._turns.labels(kind)

    def turn(self, kind: str, seconds: float) -> None:
        """Count one answered message."""
        self._turns.labels(kind if kind in KINDS else "other").inc()
        self._seconds.observe(seconds)
        if kind in _ABSTENTIONS:
            self._abstentions.inc()
        if kind in _ALARMS:
            self._alarms.inc()

    def failed_turn(self, seconds: float) -> None:
        """Count how long somebody waited to be told that there is no answer."""
        self._seconds.observe(seconds)

    def session(self) -> None:
        """Count a conversation that began."""
        self._sessions.inc()

    def problem(self, status: int) -> None:
        """Count a request that was refused or that failed."""
        self._problems.labels(str(status)).inc()

    def error(self, reason: str) -> None:
        """Count a fault of ours; `reason` is a word for a machine, such as the name of an exception's class."""
        self._errors.labels(reason).inc()

    def feedback(self, helpful: bool, reason: str | None) -> None:
        """Count a vote."""
        self._feedback.labels("yes" if helpful else "no", reason or "none").inc()

    def follow_pending(self, count: Callable[[], int]) -> None:
        """Ask this, whenever the numbers are read, how many messages are being answered."""
        self._pending.set_function(count)

    def names_and_labels(self) -> dict[str, tuple[str, ...]]:
        """Return the name of each number as `/metrics` gives it, and its labels."""
        found = {}
        for made in vars(self).values():
            if isinstance(made, (Counter, Gauge, Histogram)):
                described = next(iter(made.describe()))
                name = described.name + ("_total" if described.type == "counter" else "")
                found[name] = tuple(made._labelnames)
        return found

    def text(self) -> bytes:
        """Return all numbers in the format of Prometheus."""
        return generate_latest(self._registry)
