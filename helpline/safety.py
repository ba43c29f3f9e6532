"""Hears emergencies and crises in a message, whatever the classifier thinks. The words are in `knowledge/safety.yml`.

Rules, in the order in which they are tried:
1. A `now` phrase raises the alarm wherever it stands.
2. A sign raises it, unless every sentence that holds one only asks whether something can cause it, or denies it.
3. When in doubt, alarm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from helpline.knowledge import AlarmWords

# "can Enhertu cause ...", "what are signs of ...": asked about, unless the speaker is in it ("I", "my", "she has").
_ASKS = re.compile(
    r"^(?:(?:hi|hello|please|so|and|but|ok) )*"
    r"(?:can|could|does|do|did|will|would|is|are|how|what|whats|which|why|when|should|tell me|list|explain)\b"
    r"|\b(?:side effects?|cause|causes|risk of|chance of|signs of|symptoms of)\b"
)
_HAPPENING = re.compile(
    r"\b(?:i have|ive|i am|im|i feel|i got|i keep|i cant|having|has|started|my (?:mother|mum|mom|wife|husband|sister|"
    r"dad|father|daughter|son|friend|partner|chest|heart|face|throat|tongue|lips)|she is|shes|he is|hes|right now|"
    r"since|today|tonight|help|just)\b"
)
_DENIES = re.compile(r"\b(?:no|not|without|never|havent|hasnt|dont have|didnt have|doesnt have|denies)(?: \w+){0,4}$")


class Safety:
    """The alarm words, compiled once. `hear` costs microseconds and needs nothing else."""

    def __init__(self, words: Mapping[str, AlarmWords]) -> None:
        self._now = {kind: _compile(w.now) for kind, w in words.items()}
        self._signs = {kind: _compile(w.signs) for kind, w in words.items()}

    def hear(self, text: str) -> str | None:
        """Return `crisis`, `emergency` or None for one message."""
        sentences = [_fold(s) for s in re.split(r"[.!?\n;]+", text)]
        whole = _fold(text)
        for kind in ("crisis", "emergency"):
            if self._now[kind].search(whole):
                return kind
            if any(self._is_happening(self._signs[kind], sentence) for sentence in sentences):
                return kind
        return None

    @staticmethod
    def _is_happening(signs: re.Pattern[str], sentence: str) -> bool:
        for found in signs.finditer(sentence):
            if _DENIES.search(sentence[: found.start()].strip()):
                continue
            if _ASKS.search(sentence) and not _HAPPENING.search(sentence):
                continue
            return True
        return False


def _fold(text: str) -> str:
    """Lower case, no accents, apostrophes or punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = re.sub(r"[\u0300-\u036f'’`´]", "", plain)
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def _compile(phrases: Iterable[str]) -> re.Pattern[str]:
    patterns = [r"\s+".join(re.escape(w).replace(r"\*", r"\w*") for w in p.split()) for p in phrases]
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b") if patterns else re.compile(r"(?!)")
