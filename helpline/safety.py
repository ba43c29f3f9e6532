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

It needs no classifier, no server and no look-up.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from helpline import alarms as learning
from helpline import wording
from helpline.knowledge import Alarms, AlarmWords, Knowledge

ABROAD = "_abroad"
DENIALS = ("denied", "denied_over")
# From the most urgent to the least; `danger` is a crisis in which something happened already.
ORDER = ("danger", "crisis", "overdose", "emergency", "call_now")
# How likely an alarm must be: all kinds together, and a crisis or an emergency alone, which are worse to miss. Chosen
# on messages of authors that it had not learned from, and on the development half (`python -m benchmarks.safety`).
_ANY, _CRISIS, _EMERGENCY = 0.4, 0.3, 0.2
# Beside the likeliest kind, one that is so likely counts too.
_TOO = 0.4
# An emergency is told in place of a call-now sign where it is at least so likely, compared with it.
_URGENT = 0.3
LEARNED = "learned"
# A message of these words alone asks for help and does not say with what: it is asked back.
_CALLS_FOR_HELP = frozenset(
    ["help", "please", "me", "us", "i", "we", "need", "can", "could", "you", "some", "hello", "hi"]
)
_JOINERS = "but|and|though|although|however|except|yet|only|just|because|then|so|plus|while|until|since"
_BEGINS_CLAUSE = re.compile(rf",|(?<!\S)(?:{_JOINERS})(?!\S)")
_ENDS_CLAUSE = re.compile(r",|(?<!\S)(?:but|and|though|although|however)(?!\S)")
_QUOTED = re.compile(r"[\u201c\u201d\"]([^\u201c\u201d\"]+)[\u201c\u201d\"]")


def split_alarm(alarm: str) -> tuple[str, bool]:
    """Return the alarm and whether the person is outside the US, from the value of the entity."""
    return alarm.removesuffix(ABROAD), alarm.endswith(ABROAD)


def placed(alarm: str, is_abroad: bool) -> str:
    """Return an alarm as it is told to somebody who said, now or before, that they are outside the US."""
    return split_alarm(alarm)[0] + ABROAD if is_abroad else alarm


@dataclasses.dataclass(frozen=True)
class _Rule:
    """A compiled rule: its parts must all be found. `needs` are the items without one of which it cannot be."""

    text: str
    alarm: str
    can_be_asked: bool
    parts: tuple[re.Pattern[str], ...]
    needs: frozenset[str]
    names: tuple[str, ...]  # one of these must be named too, where there are any


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


class _Compiler:
    """Turns rules into regular expressions over folded sentences, and words into the items that they may begin."""

    def __init__(self, families: Mapping[str, Sequence[str]], denials: Iterable[str]) -> None:
        self._families = families
        denying = "|".join(d for d in denials if " " not in d)
        self._gap = rf"(?!(?:{denying})(?!\S))[^\s,]+" if denying else r"[^\s,]+"
        self._begins: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self.words: set[str] = set()

    def rule(self, text: str, alarm: str = "", can_be_asked: bool = False, names: Iterable[str] = ()) -> _Rule:
        items = [i for i in text.split() if i not in ("...", "~", "+", "^")]
        for item in items:
            self._register(item)
        parts = [self.pattern(part.strip()) for part in text.split(" + ")]
        return _Rule(text, alarm, can_be_asked, tuple(parts), frozenset(items), tuple(f" {n} " for n in names))

    def any(self, rules: Iterable[str]) -> re.Pattern[str]:
        """Compile rules into one pattern that finds any of them."""
        sources = [self._source(rule) for rule in rules]
        return re.compile("|".join(sources) if sources else r"(?!)")

    def pattern(self, part: str) -> re.Pattern[str]:
        return re.compile(self._source(part))

    def _source(self, part: str) -> str:
        """Return the expression of a rule without `+`: `~` is any order within six words, `...` up to four words."""
        sides = [self._sequence(side.split()) for side in part.split(" ~ ")]
        between = rf"(?: {self._gap}){{0,6}}? "
        orders = [between.join(order) for order in itertools.permutations(sides)]
        return rf"(?<!\S)(?:{'|'.join(orders)})(?!\S)"

    def _sequence(self, items: Sequence[str]) -> str:
        out, glue = "", ""
        for item in items:
            if item == "...":
                glue = rf" (?:{self._gap} ){{0,4}}?"
                continue
            if item == "^":
                out += r"(?=$| ,)" if out else "^"
                continue
            out += glue + self._item(item)
            glue = " "
        return out

    def _item(self, item: str) -> str:
        return "(?:" + "|".join(self._phrase(p) for p in self._alternatives(item)) + ")"

    @staticmethod
    def _phrase(phrase: str) -> str:
        if phrase.startswith("$"):
            return rf"\d\S*\{phrase}\$\S*" if len(phrase) > 1 else r"\d\S*"
        return re.escape(phrase).replace(r"\*", r"[^\s,]*").replace(r"\ ", " ")

    def _alternatives(self, item: str) -> list[str]:
        found: list[str] = []
        for choice in item.split("|"):
            found.extend(self._families[choice[1:-1]] if choice.startswith("<") else [choice.replace("_", " ")])
        return found

    def _register(self, item: str) -> None:
        for phrase in self._alternatives(item):
            words = phrase.split()
            self.words.update(w for w in words if w.isalpha())
            if words[0].endswith("*"):
                self._stems.setdefault(words[0][:-1], set()).add(item)
            else:
                self._begins.setdefault(words[0], set()).add(item)

    def size(self, item: str) -> int:
        """Return how many words and phrases an item stands for."""
        return len(self._alternatives(item))

    def present(self, words: Iterable[str]) -> set[str]:
        """Return the items that may begin at one of the words."""
        found: set[str] = set()
        for word in set(words):
            found.update(self._begins.get(word, ()))
            if word[0].isdigit():
                for tag in word.split("$")[1:]:
                    found.update(self._begins.get(f"${tag}", ()))
                continue
            for end in range(2, len(word) + 1):
                if word[:end] in self._stems:
                    found.update(self._stems[word[:end]])
        return found


class _Index:
    """Rules by one of their items, so that only those whose words are in a message are tried."""

    def __init__(self, make: _Compiler) -> None:
        self._make = make
        self._by_item: dict[str, list[_Rule]] = {}

    def add(self, rules: Iterable[_Rule]) -> None:
        for rule in rules:
            # The item of the fewest words is in the fewest messages.
            self._by_item.setdefault(min(rule.needs, key=lambda i: (self._make.size(i), i)), []).append(rule)

    def candidates(self, present: set[str]) -> list[_Rule]:
        """Return the rules of which all items may be there."""
        return [r for item in present if item in self._by_item for r in self._by_item[item] if r.needs <= present]


class Places:
    """Hears whether somebody is outside the US."""

    def __init__(self, alarms: Alarms) -> None:
        make = _Compiler(alarms.families, ())
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
        self._learned = learned
        self._sure = frozenset(alarms.sure)
        make = _Compiler(alarms.families, alarms.excuses.get("denied", ()))
        self.compiler = make
        self._rules = _Index(make)
        for kind, words in alarms.items():
            self._rules.add(make.rule(r, kind) for r in words.now)
            self._rules.add(make.rule(r, kind, can_be_asked=True) for r in words.signs)
        for on in alarms.on_drugs:
            self._rules.add(make.rule(r, on.alarm, True, on.names) for r in on.signs)
        self._ranges = alarms.numbers
        self._other_units = frozenset(alarms.other_units)
        self._idioms = _Index(make)
        self._idioms.add(make.rule(idiom) for idiom in alarms.idioms)
        self._places = Places(alarms)
        self._excuses = {name: make.any(rules) for name, rules in alarms.excuses.items() if name not in DENIALS}
        names = {w for on in alarms.on_drugs for name in on.names for w in name.split()}
        self._spelling = wording.Spelling({*alarms.mended, *names}, make.words | {*alarms.ordinary})
        self._denied = _before_sign(alarms.excuses.get("denied", ()), alarms.excuses.get("denied_over", ()))

    @classmethod
    def complete(cls, knowledge: Knowledge) -> Safety:
        """Return the whole layer: the rules, and what was learned."""
        safety = cls(knowledge.alarms)
        safety._learned = learning.current(knowledge, safety.listen)
        return safety

    @classmethod
    def prepare(cls, knowledge: Knowledge) -> None:
        """Train what is learned where that is not done, so that no start of a server has to."""
        learning.prepare(knowledge, cls(knowledge.alarms).listen)

    def hear(self, text: str) -> str | None:
        """Return the alarm of one message: one of `ORDER`, or None."""
        found = self.explain(text)
        return found[0] if found else None

    def explain(self, text: str) -> tuple[str, str] | None:
        """Return the alarm and the rule that raised it, or `LEARNED`."""
        by_rule, heard = self._listen(text)
        if self._learned is None or all(_CALLS_FOR_HELP.issuperset(words) for words in heard.sentences):
            return (by_rule.alarm, by_rule.rule) if by_rule.alarm else None
        return combine(by_rule, self._learned.likely(heard), by_rule.rule in self._sure)

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
        present = self.compiler.present(word for words in sentences for word in words)
        idioms = [idiom.parts[0] for idiom in self._idioms.candidates(present)]
        heard = []
        for words in sentences:
            sentence = " ".join(words)
            for idiom in idioms:
                sentence = idiom.sub("-", sentence)
            heard.append(sentence)
        message = re.sub(r"\$\S*", "", f" {' . '.join(heard)} ")  # as it was written, without the names of numbers
        raised: dict[str, str] = {}
        excused = False
        for rule in sorted(self._rules.candidates(present), key=self._rank):
            if rule.alarm in raised:
                continue
            if self._is_raised(rule, heard, message):
                raised[rule.alarm] = rule.text
            elif not raised:
                excused = excused or self._is_named(rule, heard, message)
        if "crisis" in raised and ("overdose" in raised or "emergency" in raised):
            return ByRule("danger", raised["crisis"])
        kind = next((kind for kind in ORDER if kind in raised), None)
        return ByRule(kind, raised[kind]) if kind else ByRule(is_excused=excused)

    def alarm(self, text: str) -> str | None:
        """Return the value of the entity `alarm`: what is heard, and whether the person is in another country."""
        heard = self.hear(text)
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
        is_written = self._excuses_in("written", " ".join(wording.sentences(_QUOTED.sub(" ", text))))
        return self._words(_QUOTED.sub(" . ", text)) if is_written else None

    def _rank(self, rule: _Rule) -> tuple[int, bool, str]:
        """Return what rules are tried by: the most urgent first, and of those one that is sure."""
        return ORDER.index(rule.alarm), rule.text not in self._sure, rule.text

    @staticmethod
    def _is_named(rule: _Rule, heard: Sequence[str], message: str) -> bool:
        """Return whether a message holds the words of a rule, excused or not."""
        if rule.names and not any(name in message for name in rule.names):
            return False
        return all(any(part.search(sentence) for sentence in heard) for part in rule.parts)

    def _is_raised(self, rule: _Rule, heard: Sequence[str], message: str) -> bool:
        if rule.names and not any(name in message for name in rule.names):
            return False
        return all(self._holds(part, rule, heard, message) for part in rule.parts)

    def _holds(self, part: re.Pattern[str], rule: _Rule, heard: Sequence[str], message: str) -> bool:
        return any(
            not self._is_excused(rule, sentence, found.start(), found.end(), message)
            for sentence in heard
            for found in part.finditer(sentence)
        )

    def _is_excused(self, rule: _Rule, sentence: str, start: int, end: int, message: str) -> bool:
        """Return whether a sign at a place in a sentence is denied, past, supposed or only asked about."""
        begin, finish = _clause(sentence, start, end)
        before = sentence[begin:start].strip()
        if self._denied.search(before):
            return True
        now = self._excuses_in("present", sentence[begin:finish])
        where = message if rule.alarm == "crisis" else sentence
        if not now and self._excuses_in("past", sentence) and not self._excuses_in("again", where):
            return True
        if rule.alarm == "crisis":
            return False
        happening = (
            now or self._excuses_in("happening", message) or self._is_attached(sentence[begin:end], start - begin)
        )
        if happening or self._excuses_in("present", sentence):
            return False
        if self._excuses_in("supposed", sentence):
            return True
        return rule.can_be_asked and (self._excuses_in("asked", sentence) or self._excuses_in("maybe", sentence[:end]))

    def _is_attached(self, until: str, start: int) -> bool:
        """Return whether somebody has the sign: "i have", "she is" at most four words before it ends, and no "if i"."""
        sign = until[start:].count(" ") + 1
        words = until.split()
        near, clause = " ".join(words[-3 - sign :]), " ".join(words[-9 - sign :])
        return bool(self._excuses_in("attached", near)) and not self._excuses_in("detached", clause)

    def _excuses_in(self, name: str, text: str) -> bool:
        pattern = self._excuses.get(name)
        return bool(pattern and pattern.search(text))


def combine(by_rule: ByRule, likely: learning.Floats, is_sure: bool = False) -> tuple[str, str] | None:
    """Return the alarm of a message and why, from what the rules say and how likely each kind is."""
    kinds = dict(zip(learning.KINDS[1:], map(float, likely[1:])))
    emergency = kinds["emergency"] + kinds["overdose"]
    crisis = kinds["crisis"] + kinds["danger"]
    if not is_sure and sum(kinds.values()) < _ANY and emergency < _EMERGENCY and crisis < _CRISIS:
        return None
    possible = {kind for kind, p in kinds.items() if p >= _TOO}
    possible.add(max(kinds, key=lambda kind: kinds[kind]))
    if by_rule.alarm and (is_sure or possible == {"call_now"} or by_rule.alarm == "danger"):
        possible.add(by_rule.alarm)  # of two readings the more urgent one counts
    if kinds["emergency"] >= kinds["call_now"] * _URGENT and "call_now" in possible:
        possible.add("emergency")
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
