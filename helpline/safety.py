"""Hears emergencies, call-now signs and crises in a message, whatever the classifier thinks.

What is listened for is data: `knowledge/safety.yml`, which also explains how a rule is written. This is how rules are
applied:

1. A sign raises its alarm, unless each place where it stands is excused: denied, long past, supposed, only asked about.
2. A `now` rule cannot be excused by asking or by "if": only by being denied, long past, or plainly supposed.
3. Several alarms at once raise the most urgent one. A second sign never lowers the urgency.
4. When in doubt, alarm.

Rules hear what their author thought of. What was learned from examples (`helpline/alarms.py`) takes their finding for
evidence beside the words, and decides: it raises alarms that no rule does, and silences one where the words around it
say that nothing is happening. The few rules listed as `sure` are never silenced. Without it the rules alone decide.
Where a sentence encoder has read the message, what it means counts too (`helpline/adapter.py`).

It needs no classifier, no encoder, no server and no look-up.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from helpline import alarms as learning
from helpline import wording
from helpline.knowledge import Alarms, AlarmWords, Knowledge
from helpline.rules import Compiler, Index, Rule, Sentence

ABROAD = "_abroad"
DENIALS = ("denied", "denied_over")
# From the most urgent to the least; `danger` is a crisis in which something happened already.
ORDER = ("danger", "crisis", "overdose", "emergency", "call_now")
# Beside the likeliest kind, one that is so likely counts too.
_TOO = 0.4
# An emergency or an overdose is told in place of a call-now sign where it is more likely than this share of it.
_URGENT = {"emergency": 0.1, "overdose": 0.1}
LEARNED = "learned"
# A message of these words alone asks for help and does not say with what: it is asked back.
_CALLS_FOR_HELP = frozenset(
    ["help", "please", "me", "us", "i", "we", "need", "can", "could", "you", "some", "hello", "hi"]
)
_JOINERS = "but|and|though|although|however|except|yet|only|just|because|then|so|plus|while|until|since"
_BEGINS_CLAUSE = re.compile(rf",|(?<!\S)(?:{_JOINERS})(?!\S)")
_ENDS_CLAUSE = re.compile(r",|(?<!\S)(?:but|and|though|although|however)(?!\S)")
_NUMBER_NAMES = re.compile(r"\$\S*")
_QUOTED = re.compile(r"[\u201c\u201d\"]([^\u201c\u201d\"]+)[\u201c\u201d\"]")


def split_alarm(alarm: str) -> tuple[str, bool]:
    """Return the alarm and whether the person is outside the US, from the value of the entity."""
    return alarm.removesuffix(ABROAD), alarm.endswith(ABROAD)


def placed(alarm: str, is_abroad: bool) -> str:
    """Return an alarm as it is told to somebody who said, now or before, that they are outside the US."""
    return split_alarm(alarm)[0] + ABROAD if is_abroad else alarm


@dataclasses.dataclass(frozen=True)
class Limits:
    """How likely an alarm must be.

    Attributes:
        any: all kinds together.
        crisis, emergency: one of these alone, which is worse to miss.
        backed: how many times a kind counts that a rule raised.
    """

    any: float
    crisis: float
    emergency: float
    backed: float


# Chosen on messages of authors that nothing had been learned from (`python -m benchmarks.adapter`): by the words alone,
# and where the meaning is known too, which is heard better, so that less is enough.
BY_WORDS = Limits(0.35, 0.25, 0.15, 3.0)
BY_MEANING = Limits(0.45, 0.3, 0.2, 1.0)


@dataclasses.dataclass(frozen=True)
class ByRule:
    """What the rules say of a message.

    Attributes:
        alarm: the most urgent one raised, or None.
        rule: the rule that raised it.
        is_excused: there are signs, and all of them are excused.
    """

    alarm: str | None = None
    rule: str = ""
    is_excused: bool = False


class Places:
    """Hears whether somebody is outside the US."""

    def __init__(self, alarms: Alarms) -> None:
        make = Compiler(alarms.families, ())
        self._abroad, self._home = make.any(alarms.abroad), make.any(alarms.home)

    def is_abroad(self, text: str) -> bool | None:
        """Return whether a person says that they are in another country; None where they say nothing of it."""
        said = wording.sentences(text)
        if any(self._abroad.search(s) for s in said):
            return True
        return False if any(self._home.search(s) for s in said) else None


class Safety:
    """The rules of `knowledge/safety.yml`, compiled once, and what was learned from examples, where it is given."""

    def __init__(self, alarms: Mapping[str, AlarmWords], learned: learning.Listener | None = None) -> None:
        if not isinstance(alarms, Alarms):
            alarms = Alarms(alarms)
        self._sure = frozenset(alarms.sure)
        make = Compiler(alarms.families, alarms.excuses.get("denied", ()))
        self.compiler = make
        rules: list[Rule] = []
        for kind, words in alarms.items():
            rules.extend(make.rule(r, kind) for r in words.now)
            rules.extend(make.rule(r, kind, can_be_asked=True) for r in words.signs)
        for on in alarms.on_drugs:
            rules.extend(make.rule(r, on.alarm, True, on.names) for r in on.signs)
        common = frozenset(alarms.ordinary)
        self._rules = Index(make, rules, common)
        self._ranks = {rule.number: self._rank(rule) for rule in rules}
        self._ranges = alarms.numbers
        self._other_units = frozenset(alarms.other_units)
        self._idioms = Index(make, [make.rule(idiom) for idiom in alarms.idioms], common)
        self._places = Places(alarms)
        self._excuses = {
            name: Index(make, [make.rule(r, is_spelt=False) for r in rules], common)
            for name, rules in alarms.excuses.items()
            if name not in DENIALS
        }
        names = {w for on in alarms.on_drugs for name in on.names for w in name.split()}
        self._spelling = wording.Spelling({*alarms.mended, *names}, make.words | {*alarms.ordinary})
        self._denied = _before_sign(alarms.excuses.get("denied", ()), alarms.excuses.get("denied_over", ()))
        self._learn(learned)

    @classmethod
    def complete(cls, knowledge: Knowledge) -> Safety:
        """Return the whole layer: the rules, and what was learned."""
        safety = cls(knowledge.alarms)
        safety._learn(learning.current(knowledge, safety.listen))
        return safety

    def _learn(self, learned: learning.Listener | None) -> None:
        self._learned = learned
        words = learned.words if learned else ()
        self._spelling.prepare(words)
        self.compiler.prepare(words)

    @classmethod
    def prepare(cls, knowledge: Knowledge) -> None:
        """Train what is learned where that is not done, so that no start of a server has to."""
        learning.prepare(knowledge, cls(knowledge.alarms).listen)

    def hear(self, text: str, meant: learning.Floats | None = None) -> str | None:
        """Return the alarm of one message: one of `ORDER`, or None.

        Args:
            text: the message.
            meant: what its meaning says of each kind of alarm (`helpline.adapter`), where that is known.
        """
        found = self.explain(text, meant)
        return found[0] if found else None

    def explain(self, text: str, meant: learning.Floats | None = None) -> tuple[str, str] | None:
        """Return the alarm and the rule that raised it, or `LEARNED`; arguments as of `hear`."""
        by_rule, heard = self._listen(text)
        if self._learned is None or all(_CALLS_FOR_HELP.issuperset(words) for words in heard.sentences):
            return (by_rule.alarm, by_rule.rule) if by_rule.alarm else None
        limits = BY_WORDS if meant is None else BY_MEANING
        return combine(by_rule, self._learned.likely(heard, meant), by_rule.rule in self._sure, limits)

    def listen(self, text: str) -> learning.Heard:
        """Return a message as the rules hear it: what is learned from."""
        return self._listen(text)[1]

    def by_rule(self, text: str) -> ByRule:
        """Return what the rules alone say."""
        return self._listen(text)[0]

    def _listen(self, text: str) -> tuple[ByRule, learning.Heard]:
        sentences = self._words(text)
        by_rule = self._by_rule(self._without_quotations(text) or sentences)
        return by_rule, learning.Heard(sentences, _evidence(by_rule))

    def _by_rule(self, sentences: Sequence[Sequence[str]]) -> ByRule:
        heard = [self._sentence(words) for words in sentences]
        text = f" {' . '.join(sentence.text for sentence in heard)} "
        if "$" in text:  # as it was written, without the names of numbers
            text = _NUMBER_NAMES.sub("", text)
        message = Sentence(text, frozenset[str]().union(*(sentence.present for sentence in heard)))
        raised: dict[str, str] = {}
        excused = False
        for rule in sorted(self._rules.candidates(message.present), key=lambda rule: self._ranks[rule.number]):
            if rule.alarm in raised or (raised and rule.alarm == ORDER[-1]):
                continue  # a less urgent one changes nothing
            named, is_raised = self._hears(rule, heard, message)
            if is_raised:
                raised[rule.alarm] = rule.text
            excused = excused or named
        if "crisis" in raised and ("overdose" in raised or "emergency" in raised):
            return ByRule("danger", raised["crisis"])
        kind = next((kind for kind in ORDER if kind in raised), None)
        return ByRule(kind, raised[kind]) if kind else ByRule(is_excused=excused)

    def _sentence(self, words: Sequence[str]) -> Sentence:
        """Return a sentence without the idioms in it."""
        text, present = " ".join(words), self.compiler.present(words)
        for idiom in sorted(self._idioms.candidates(present), key=lambda rule: rule.number):
            text = idiom.parts[0].pattern.sub("-", text)
        return Sentence(text, present)

    def alarm(self, text: str, meant: learning.Floats | None = None) -> str | None:
        """Return the value of the entity `alarm`: what is heard, and whether the person is in another country.

        Arguments as of `hear`.
        """
        heard = self.hear(text, meant)
        return heard + ABROAD if heard and self._places.is_abroad(text) else heard

    def _words(self, text: str) -> list[list[str]]:
        """Return the words of each sentence as we listen to them: spelt right, numbers named."""
        return [
            wording.tag_numbers(
                self._spelling.correct(wording.with_numbers(sentence.split())), self._ranges, self._other_units
            )
            for sentence in wording.sentences(text)
        ]

    def _without_quotations(self, text: str) -> list[list[str]] | None:
        """Return the words without what is only quoted from something written, where there is such a quotation."""
        if not _QUOTED.search(text):
            return None
        outside = " ".join(wording.sentences(_QUOTED.sub(" ", text)))
        is_written = self._excuses_in("written", Sentence(outside, self.compiler.present(outside.split())))
        return self._words(_QUOTED.sub(" . ", text)) if is_written else None

    def _rank(self, rule: Rule) -> tuple[int, bool, str]:
        """Return what rules are tried by: the most urgent first, and of those one that is sure."""
        return ORDER.index(rule.alarm), rule.text not in self._sure, rule.text

    def _hears(self, rule: Rule, heard: Sequence[Sentence], message: Sentence) -> tuple[bool, bool]:
        """Return whether a message holds the words of a rule, excused or not, and whether it is raised."""
        if rule.names and not any(name in message.text for name in rule.names):
            return False, False
        is_raised = True
        for part in rule.parts:
            named = holds = False
            for sentence in heard:
                if not part.needs <= sentence.present:
                    continue
                for found in part.pattern.finditer(sentence.text):
                    named = True
                    holds = not self._is_excused(rule, sentence, found.start(), found.end(), message)
                    if holds:
                        break
                if holds:
                    break
            if not named:
                return False, False
            is_raised = is_raised and holds
        return True, is_raised

    def _is_excused(self, rule: Rule, sentence: Sentence, start: int, end: int, message: Sentence) -> bool:
        """Return whether a sign at a place in a sentence is denied, past, supposed or only asked about."""
        text = sentence.text
        begin, finish = _clause(text, start, end)
        before = text[begin:start].strip()
        if self._denied.search(before):
            return True
        now = self._excuses_in("present", sentence, text[begin:finish])
        where = message if rule.alarm == "crisis" else sentence
        if not now and self._excuses_in("past", sentence) and not self._excuses_in("again", where):
            return True
        if rule.alarm == "crisis":
            return False
        if now or self._excuses_in("happening", message):
            return False
        if self._is_attached(sentence, text[begin:end], start - begin) or self._excuses_in("present", sentence):
            return False
        if self._excuses_in("supposed", sentence):
            return True
        return rule.can_be_asked and (
            self._excuses_in("asked", sentence) or self._excuses_in("maybe", sentence, text[:end])
        )

    def _is_attached(self, sentence: Sentence, until: str, start: int) -> bool:
        """Return whether somebody has the sign: "i have", "she is" at most four words before it ends, and no "if i"."""
        sign = until[start:].count(" ") + 1
        words = until.split()
        near, clause = " ".join(words[-3 - sign :]), " ".join(words[-9 - sign :])
        return self._excuses_in("attached", sentence, near) and not self._excuses_in("detached", sentence, clause)

    def _excuses_in(self, name: str, sentence: Sentence, within: str | None = None) -> bool:
        return name in self._excuses and sentence.has(self._excuses[name], within)


def combine(
    by_rule: ByRule, likely: learning.Floats, is_sure: bool = False, limits: Limits = BY_WORDS
) -> tuple[str, str] | None:
    """Return the alarm of a message and why, from what the rules say and how likely each kind is."""
    kinds = dict(zip(learning.KINDS[1:], map(float, likely[1:])))
    backed = {kind: p * (limits.backed if kind == by_rule.alarm else 1) for kind, p in kinds.items()}
    emergency = backed["emergency"] + backed["overdose"]
    crisis = backed["crisis"] + backed["danger"]
    is_likely = sum(backed.values()) >= limits.any or emergency >= limits.emergency or crisis >= limits.crisis
    if not (is_sure or is_likely):
        return None
    possible = {kind for kind, p in kinds.items() if p >= _TOO}
    possible.add(max(kinds, key=lambda kind: kinds[kind]))
    if by_rule.alarm and (is_sure or possible == {"call_now"} or by_rule.alarm == "danger"):
        possible.add(by_rule.alarm)  # of two readings the more urgent one counts
    if "call_now" in possible:
        possible.update(kind for kind, share in _URGENT.items() if kinds[kind] > kinds["call_now"] * share)
    if "crisis" in possible and possible & {"overdose", "emergency"}:
        possible.add("danger")
    return next(kind for kind in ORDER if kind in possible), by_rule.rule or LEARNED


def _evidence(by_rule: ByRule) -> tuple[str, ...]:
    if by_rule.alarm:
        return (f"!{by_rule.alarm}", f"!{by_rule.rule}")
    return ("!excused",) if by_rule.is_excused else ()


def _clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    """Return where the clause of a sign begins and ends: a "no" or "last year" of another clause says nothing of it."""
    begin = max((m.end() for m in _BEGINS_CLAUSE.finditer(sentence, 0, start)), default=0)
    after = _ENDS_CLAUSE.search(sentence, end)
    return begin, after.start() if after else len(sentence)


def _before_sign(denied: Iterable[str], over: Iterable[str]) -> re.Pattern[str]:
    """Compile what must stand right before a sign to deny it: "not", "no signs of", "no fever or"."""
    words, between = "|".join(denied), "|".join(over)
    if not words:
        return re.compile(r"(?!)")
    listed = rf"(?: (?:{between}))*"
    return re.compile(rf"(?<!\S)(?:{words}){listed}(?:(?: [^\s,]+){{1,3}} (?:or|nor){listed})*$")
