"""Cuts a message into its sentences and the questions in them: "I am on Kisqali. What is it, and how is it taken?"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_ENDS = re.compile(r"[.!?…]+$|\n")
_ASKING = frozenset(
    (
        *("what", "whats", "how", "hows", "why", "when", "where", "which", "who", "whose", "whom"),
        *("is", "are", "was", "were", "am", "does", "do", "did", "has", "have", "had"),
        *("can", "could", "should", "shall", "will", "would", "may", "might", "must", "any", "anyone", "anybody"),
    )
)
# A new question may begin after these: "what is it and how is it given".
_JOINING = frozenset(("and", "also", "but", "or", ",", ";", "plus", "&"))
_LEADING = frozenset(("so", "and", "but", "or", "also", "um", "uh", "ok", "okay", "well", "then", "please", ",", "-"))
# "my question is just how often I take it"
_WANTS = re.compile(
    r"\b(?:my|the|one|only) (?:\w+ )?question is\b|\b(?:(?:i|we)(?: just| only)? (?:want|need)|(?:i|we)(?:'d| would)"
    r"(?: just| only)? (?:like|love|want)) to (?:know|understand|ask)\b|\b(?:can|could|would|will) you (?:please )?"
    r"(?:tell|explain)\b|\b(?:i'?m|i am|we'?re|just) wondering\b|\bi wonder\b|\bplease (?:tell|explain)\b"
)
_FEWEST_WORDS = 3  # of a clause that is read apart


def clauses(doc: Doc) -> list[Span]:
    """Return the parts of a message that may each say something of their own, in order; they cover it."""
    cuts = [0]
    for token in doc[1:]:
        if token.i - cuts[-1] >= _FEWEST_WORDS and _begins(token):
            cuts.append(token.i)
    if len(cuts) > 1 and len(doc) - cuts[-1] < _FEWEST_WORDS:
        cuts.pop()
    return [doc[start:end] for start, end in zip(cuts, [*cuts[1:], len(doc)])]


def _begins(token: Token) -> bool:
    """Return whether a clause begins at a token: after the end of a sentence, or with "and how"."""
    if _ENDS.search(token.nbor(-1).text):
        return not _ENDS.search(token.text)
    if token.lower_ not in _JOINING or token.nbor(-1).lower_ in _JOINING:
        return False
    after = next((t for t in token.doc[token.i + 1 :] if t.lower_ not in _JOINING), None)
    return after is not None and after.lower_ in _ASKING


def asks(clause: Span) -> bool:
    """Return whether a clause is a question: by its mark, the word that it begins with, or what it says of itself."""
    words = [t for t in clause if not t.is_space]
    if not words:
        return False
    first = next((t.lower_ for t in words if t.lower_ not in _LEADING), "")
    return words[-1].text.endswith("?") or first in _ASKING or bool(_WANTS.search(clause.text.lower()))
