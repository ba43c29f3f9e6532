"""Matches facts of the evidence with the statements that tell them, by meaning. Run by `scripts/told`."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from helpline import encoder, paths, validation
from helpline.knowledge import Knowledge
from tests import told

_CLASS_IDS = {
    "targeted_therapy": "targeted-therapy",
    "her2_mab": "her2-antibody",
    "her2_adc": "her2-adc",
    "her2_tki": "her2-kinase-inhibitor",
    "cdk46": "cdk46-inhibitor",
    "mtor": "mtor-inhibitor",
    "pi3k": "pi3k-inhibitor",
    "akt": "akt-inhibitor",
    "trop2_adc": "trop2-adc",
    "parp": "parp-inhibitor",
}
# Field of the evidence -> our fields that mostly tell it.
_HOME = {
    "target": ("targets", "mechanism", "overview"),
    "mechanism_plain": ("mechanism", "overview"),
    "mechanism_clinical": ("mechanism",),
    "indications": ("indication", "combination"),
    "biomarker_test": ("biomarker_test",),
    "how_given": ("administration", "duration_schedule"),
    "partner_drugs": ("combination", "indication"),
    "duration": ("duration_schedule",),
    "common_side_effects": ("side_effects",),
    "serious_side_effects": ("serious_side_effects", "boxed_warning", "monitoring"),
    "class_side_effects": ("side_effects", "serious_side_effects"),
    "boxed_warning": ("boxed_warning",),
    "monitoring": ("monitoring",),
    "when_to_call": ("when_to_call",),
    "pregnancy": ("pregnancy_fertility_breastfeeding",),
    "pivotal_trials": ("efficacy_survival",),
    "fda_first_approval": ("brand_generic_biosimilar", "indication"),
    "brands_and_biosimilars": ("brand_generic_biosimilar",),
    "definition": ("definition",),
    "how_serious": ("seriousness",),
    "red_flags": ("when_to_call",),
    "self_care": ("management_of_side_effect",),
}
_AT_HOME = 0.25  # added to the nearness of a statement in such a field
_MOST_WORDS = 3  # that show a clause
_DOSE = re.compile(r"(\d[\d.,]*)(?: mg| mL| units| g\b)|(\d[\d.,]*) kg or more")


class Matcher:
    """Finds the statements that are nearest in meaning to a fact."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._places = told.places(knowledge)
        self._counts = Counter(w for text in self._places.values() for w in set(_words(text)))
        self._folder = tempfile.TemporaryDirectory()
        encoder.build(Path(self._folder.name))
        self._encoder = encoder.Encoder(Path(self._folder.name))
        self._vector = functools.cache(self._encoder.encode)

    def match(self, key: str, entry: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """Return what `told.yml` says of a fact, and how near the least near clause came (1 is the same meaning)."""
        name, field = (*key.split("/"), "")[1:3]
        near: list[float] = []
        fields: dict[str, None] = {}
        shown: dict[str, None] = {}
        statements = [s for subject in self._subjects(key, entry) for s in self._statements(subject)]
        for clause in _clauses(told.wording(entry)):
            if not statements:
                return {}, 0.0
            meant = (
                clause if len(clause.split()) > 5 else f"{name.replace('_', ' ')}, {field.replace('_', ' ')}: {clause}"
            )
            scores = [float(self._vector(text) @ self._vector(meant)) for _, text in statements]
            home = [_AT_HOME * (place.split(".")[-1] in _HOME.get(field, ())) for place, _ in statements]
            best = int(np.argmax(np.add(scores, home)))
            near.append(scores[best])
            place, text = statements[best]
            fields[place] = None
            shown |= dict.fromkeys(self._witnesses(clause, place, text))
        figures = told.figures(told.wording(entry))
        missing = figures - told.figures_said(" ".join(self._places[f] for f in fields))
        for place, text in statements:  # a figure may stand in another statement than the words
            if missing & told.figures_said(text):
                fields[place] = None
                missing -= told.figures_said(text)
        stems = {w[:5] for w in _words(told.wording(entry))}
        said = _words(" ".join(self._places[f] for f in fields))
        shown |= {w: None for w in sorted(set(said)) if w[:5] in stems - {s[:5] for s in shown}}
        found: dict[str, Any] = {"fact": told.digest(entry), "in": list(fields), "says": list(shown)}
        doses = {(a or b).replace(",", "") for a, b in _DOSE.findall(told.wording(entry))}
        if missing:
            is_dose = "mg" in told.wording(entry)
            found["without"] = {f: "dose" if is_dose or f in doses else "?" for f in sorted(missing)}
        found |= {"figures": sorted(figures - missing)} if figures - missing else {}
        return found, min(near)

    def _subjects(self, key: str, entry: dict[str, Any]) -> list[str]:
        """Return the ids of the subjects and helplines that may tell a fact."""
        file, name = key.split("/")[0], key.split("/")[1]
        if file == "classes":
            group = _CLASS_IDS[name]
            return [group, *(d.id for d in self._knowledge.members(group))]
        if file == "glossary":
            names = {n.lower() for n in (entry["term"], *entry["term"].split(" / "), *entry["also_called"])}
            others = [s for s in self._knowledge.subjects.values() if s.kind != "drug"]
            return [s.id for s in others if names & {s.id, *(n.lower() for n in (s.names.display, *s.names.all))}]
        return [name.replace("_", "-")]

    def _statements(self, subject_id: str) -> list[tuple[str, str]]:
        if subject_id in self._knowledge.lines:
            return [(subject_id, self._places[subject_id])]
        subject = self._knowledge.subjects[subject_id]
        return [(f"{subject_id}.{f}", s.text("en")) for f in subject.fields for s in subject.statements(f)]

    def _witnesses(self, clause: str, place: str, text: str) -> list[str]:
        """Return words of a statement that show the clause: those that both hold, and one that only it has there."""
        stems = {w[:5] for w in _words(clause)}
        words = sorted(dict.fromkeys(_words(text)), key=lambda w: self._counts[w])
        shared = [w for w in words if w[:5] in stems]
        elsewhere = self._places[place].replace(text, " ").lower()
        own = [w for w in (*shared, *words) if w not in elsewhere]
        return list(dict.fromkeys([*own[:1], *(shared or words)]))[:_MOST_WORDS]


def _words(text: str) -> list[str]:
    return [w for w in re.findall(r"[a-z][a-z0-9-]{3,}", text.lower()) if w not in _COMMON]


_COMMON = frozenset(
    re.findall(
        r"\w+",
        "with that this your from they have been than when which also were cancer drug drugs people breast those these "
        "their about after more such some team",
    )
)


def _clauses(text: str) -> list[str]:
    text = re.sub(r" \([^()]*(?:own wording|the seed|Medline)[^()]*\)", "", text)
    parts = re.split(r"; |(?<=[a-z\d)%])\. |: (?=[A-Z])", text)
    citation = re.compile(r" et al\.|N Engl J Med|J Clin Oncol")
    return [p.strip() for p in parts if len(p.split()) > 2 and not citation.search(p)] or [text]


def holds(entry: dict[str, Any], told_entry: dict[str, Any], places: dict[str, str]) -> bool:
    """Return whether what `told.yml` says of a fact still holds."""
    text = " ".join(places.get(place, "") for place in told_entry.get("in", ()))
    is_there = set(told_entry.get("in", ())) <= set(places) and told_entry["fact"] == told.digest(entry)
    missing = told.figures(told.wording(entry)) - told.figures_said(text) - set(told_entry.get("without", {}))
    return is_there and not missing and all(word in text.lower() for word in told_entry["says"])


def main() -> None:
    """Write `told.yml` anew, and print what was matched anew."""
    knowledge = validation.load(paths.KNOWLEDGE)
    places = told.places(knowledge)
    known = (told.read(told.TOLD) if told.TOLD.exists() else {}) or {}
    left_out = told.read(told.LEFT_OUT)
    matcher = None
    lines = ["# Where each fact of the evidence is told. Kept by scripts/told; checked by tests/test_evidence.py."]
    for key, entry in told.facts():
        if key in left_out:
            continue
        if "drug_ids" in entry:
            drugs = [d for d in entry["drug_ids"] if f"{key}/{d}" not in left_out]
            found = {"fact": told.digest(entry), "listed": drugs}
        elif key in known and holds(entry, known[key], places):
            found = known[key]
            figures = told.figures(told.wording(entry)) - set(found.get("without", {}))
            found |= {"figures": sorted(figures)} if figures else {}
        else:
            matcher = matcher or Matcher(knowledge)
            found, near = matcher.match(key, entry)
            kept = known.get(key, {}).get("without", {})  # reasons that a person gave
            without = found.pop("without", {})
            without |= {piece: why for piece, why in kept.items() if piece in without or not piece[0].isdigit()}
            found |= {"without": without} if without else {}
            print(f"{near:.2f} {key}: {told.wording(entry)}")
            for place in found.get("in", ()):
                print(f"       {place}: {places[place]}")
            print(f"       says {found.get('says')}, without {found.get('without', {})}")
        lines.append(f"{json.dumps(key) if ':' in key else key}: {json.dumps(found, ensure_ascii=False)}")
    told.TOLD.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
