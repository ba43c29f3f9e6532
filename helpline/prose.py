"""What no text of the knowledge base may hold: doses, promises, and the wording of the documents we started from.

`faults` reports everything that is wrong with one text; `helpline.validation` says in which file and line it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from helpline import seeds

_NUMBER = (
    r"(?:half|quarter|third|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|a dozen|a couple|several|single|double"
    r"|\d+(?:[.,/]\d+)?|[½¼¾⅓⅔])"
)
_TABLETS = r"(?:tablet|tab|pill|capsule|caplet|vial|syringe|sachet|drop|puff|teaspoon|spoonful)s?"
# What may stand between a number and its tablets: "two of the small tablets", but not "4 days with pills".
_BETWEEN = r"(?:(?:and|or|to|of|an?|the|your|these|those|whole|more|extra|other|small|large|big|white|coated) ){0,3}"
_MEASURE = r"(?:mg|mcg|[µμ]g|ml|milligrams?|milligrammes?|micrograms?|microgrammes?|millilit(?:er|re)s?)"

_ANY_TABLETS = re.compile(_TABLETS, re.I)
_NUMBERS_OF_TABLETS = re.compile(
    rf"(?:\b|(?<=\s)){_NUMBER}[\s-]{_BETWEEN}(?:\w+ly )?{_TABLETS}\b|\b{_TABLETS} and a half\b", re.I
)

# Doses are between a person and their doctor; praise and promises are not facts.
_FORBIDDEN = (
    (
        re.compile(
            rf"\b\d[\d.,]*[\s-]?(?:{_MEASURE}|g|grams?|iu|units?)\b(?:/\w+)*|\b{_MEASURE}\b(?:/\w+)*",
            re.I,
        ),
        "doses are never given",
    ),
    (
        _NUMBERS_OF_TABLETS,
        "numbers of tablets are never given",
    ),
    (
        re.compile(
            r"\b(?:best|better|safe|safer|safest|safely|guarantee\w*|cur(?:e|es|ed|ing|able|ative)|incurable)\b", re.I
        ),
        "we do not rank or promise",
    ),
    (
        re.compile(
            r"\b(?:nothing to worry about|(?:do not|don't|no need to|need not) worry|harmless|risk[- ]free|heals"
            r"|will live longer|liv(?:e|es|ing)(?: [\w-]+){0,5} (?:years? (?:more|longer)|(?:more|extra) years?)"
            r"|you (?:may|can) stop)\b",
            re.I,
        ),
        "we do not soothe, promise or permit",
    ),
)
# Words as strong as "right away". "No need to call" holds one of them and is not strong.
_URGES = re.compile(r"\b(?:call|911|at once|right away|emergency|as soon as)\b", re.I)
_TAKES_BACK = re.compile(r"\b(?:no|not|never|without|unless)\b|n't\b", re.I)


def urges(text: str) -> bool:
    """Return whether a text sends a person to help now: some part of it says so, and that part is no denial."""
    for clause in re.split(r"[.,:;!?]\s", text):
        found = _URGES.search(clause)
        if found and not _TAKES_BACK.search(clause[: found.end()]):
            return True
    return False


def faults(text: str) -> Iterator[str]:
    """Yield a message for each thing that may not stand in a text, every place of it."""
    if text and not re.search(r"[.!?][\"”]?$", text):
        yield f'the text "...{text[-20:]}" must end with a full stop'
    if re.search("[“”]", text) or text.count('"') % 2:
        yield 'the text holds a quote without its partner: put straight quotes (") around the whole text'
    for pattern, why in _FORBIDDEN:
        if pattern is _NUMBERS_OF_TABLETS and not _ANY_TABLETS.search(text):
            continue  # the pattern is slow, and this loads with every start
        for found in pattern.finditer(text):
            yield f'"{found.group().strip()}" may not stand in a text: {why}'
    for run in seeds.copied(text):
        yield f'"{run}" stands word for word in a document that may not be copied: say it in other words'
