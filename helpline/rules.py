"""Finds the rules of `knowledge/safety.yml` in sentences; that file explains how a rule is written.

A rule is a regular expression, and hundreds of them would be slow. So each is kept by the rarest of its items (a word,
a choice of words, a family), and only the rules whose items may all begin in a sentence are searched for in it.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

_SIGNS = ("...", "~", "+", "^")  # they stand between items
_COMMON, _NUMBER = 20, 5  # a common word is met as often as so many others; so is a number


@dataclasses.dataclass(frozen=True)
class Part:
    """One expression of a rule. `needs` are the items without one of which it cannot be found."""

    pattern: re.Pattern[str]
    needs: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Rule:
    """A compiled rule: its parts must all be found, each in some sentence."""

    text: str
    alarm: str
    can_be_asked: bool
    parts: tuple[Part, ...]
    needs: frozenset[str]
    names: tuple[str, ...]  # one of these must be named too, where there are any
    number: int  # its place among all that were compiled


class Compiler:
    """Turns rules into regular expressions over folded sentences, and words into the items that they may begin."""

    def __init__(self, families: Mapping[str, Sequence[str]], denials: Iterable[str]) -> None:
        """Keep the families; words of denial may not stand in a gap."""
        self._families = families
        denying = "|".join(d for d in denials if " " not in d)
        self._gap = rf"(?!(?:{denying})(?!\S))[^\s,]+" if denying else r"[^\s,]+"
        self._begins: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._items: dict[str, frozenset[str]] = {}  # of words of the rules, never of others that people write
        self._numbers = itertools.count()
        self._rule_words: set[str] = set()
        self.words: set[str] = set()

    def rule(
        self,
        text: str,
        alarm: str = "",
        can_be_asked: bool = False,
        names: Iterable[str] = (),
        is_spelt: bool = True,
    ) -> Rule:
        """Compile a rule; unless `is_spelt`, its words are not among those that we know how to spell."""
        parts = tuple(self._part(part.strip(), is_spelt) for part in text.split(" + "))
        needs = frozenset[str]().union(*(part.needs for part in parts))
        return Rule(text, alarm, can_be_asked, parts, needs, tuple(f" {n} " for n in names), next(self._numbers))

    def _part(self, text: str, is_spelt: bool) -> Part:
        items = frozenset(item for item in text.split() if item not in _SIGNS)
        for item in items:
            self._register(item, is_spelt)
        return Part(self.pattern(text), items)

    def any(self, rules: Iterable[str]) -> re.Pattern[str]:
        """Compile rules into one pattern that finds any of them."""
        sources = [self._source(rule) for rule in rules]
        return re.compile("|".join(sources) if sources else r"(?!)")

    def pattern(self, part: str) -> re.Pattern[str]:
        """Compile a rule without `+`."""
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

    def _register(self, item: str, is_spelt: bool) -> None:
        for phrase in self._alternatives(item):
            words = phrase.split()
            plain = {w for w in words if w.isalpha()}
            self._rule_words.update(plain)
            if is_spelt:
                self.words.update(plain)
            if words[0].endswith("*"):
                self._stems.setdefault(words[0][:-1], set()).add(item)
            else:
                self._begins.setdefault(words[0], set()).add(item)

    def cost(self, item: str, common: Collection[str]) -> int:
        """Return about how often an item is met, by how many words it stands for and how common they are."""
        return sum(
            _NUMBER if words[0].startswith("$") else _COMMON if words[0] in common else 1
            for words in map(str.split, self._alternatives(item))
        )

    def present(self, words: Iterable[str]) -> frozenset[str]:
        """Return the items that may begin at one of the words."""
        begin = self._items.get
        found = [begin(word) or self._items_at(word) for word in set(words)]
        return frozenset[str]().union(*filter(None, found))

    def prepare(self, words: Iterable[str]) -> None:
        """Work out once what begins at words that many people write; what one person writes is never kept."""
        self._items.update((word, self._find_items(word)) for word in words)

    def _items_at(self, word: str) -> frozenset[str]:
        found = self._items.get(word)
        if found is None:
            found = self._find_items(word)
            if word in self._rule_words:
                self._items[word] = found
        return found

    def _find_items(self, word: str) -> frozenset[str]:
        found = set(self._begins.get(word, ()))
        if word[0].isdigit():
            found.update(*(self._begins.get(f"${tag}", ()) for tag in word.split("$")[1:]))
            return frozenset(found)
        if word[:2] in self._stem_starts:
            for end in range(2, min(len(word), self._longest_stem) + 1):
                found.update(self._stems.get(word[:end], ()))
        return frozenset(found)

    @functools.cached_property
    def _stem_starts(self) -> frozenset[str]:
        return frozenset(stem[:2] for stem in self._stems)

    @functools.cached_property
    def _longest_stem(self) -> int:
        return max(map(len, self._stems), default=0)


class Index:
    """Rules by one of their items, so that only those whose words are in a message are tried."""

    def __init__(self, make: Compiler, rules: Iterable[Rule], common: Collection[str] = ()) -> None:
        """Keep the rules, each by the item that is met least."""
        self._by_item: dict[str, list[Rule]] = {}
        costs: dict[str, int] = {}
        for rule in rules:
            for item in rule.needs - costs.keys():
                costs[item] = make.cost(item, common)
            self._by_item.setdefault(min(rule.needs, key=lambda item: (costs[item], item)), []).append(rule)
        self._items = frozenset(self._by_item)

    def candidates(self, present: frozenset[str]) -> list[Rule]:
        """Return the rules of which all items may be there."""
        return [rule for item in present & self._items for rule in self._by_item[item] if rule.needs <= present]


class Sentence:
    """A sentence that rules are searched for in: its text, and the items that may begin in it."""

    __slots__ = ("_found", "present", "text")

    def __init__(self, text: str, present: frozenset[str]) -> None:
        """Keep them; the items may be more than those of the text."""
        self.text = text
        self.present = present
        self._found: dict[int, list[Rule]] = {}

    def has(self, index: Index, within: str | None = None) -> bool:
        """Return whether a rule of an index is found in the sentence, or in a piece of it."""
        rules = self._found.get(id(index))
        if rules is None:
            rules = self._found[id(index)] = index.candidates(self.present)
        text = self.text if within is None else within
        return any(rule.parts[0].pattern.search(text) for rule in rules)
