"""What is answered about each drug: 14 questions in real words about each of the 20 drugs of our main source.

    python -m benchmarks.coverage [--url URL] [--output FILE] [--show]

Each question goes through a running server in a session of its own; without --url one is started and stopped. A cell is
`answer` where the reply is about that drug alone and holds a sentence of the field asked about, `do not say` where the
drug's file has no sentence for it and the reply says so, and `wrong` for anything else. The table is Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.dialogues import connected
from helpline import paths, validation
from helpline.client import Client
from helpline.knowledge import Subject
from helpline.phrases import Phrases

# Knowledge field -> how somebody asks for it. The name is the brand where there is one.
QUESTIONS = {
    "mechanism": "How does {name} work?",
    "targets": "What does {name} target?",
    "indication": "What is {name} used for?",
    "biomarker_test": "What test do I need before I can get {name}?",
    "administration": "How is {name} given?",
    "duration_schedule": "How often is {name} taken and for how long?",
    "combination": "What is {name} given together with?",
    "side_effects": "What are the common side effects of {name}?",
    "serious_side_effects": "What are the serious side effects of {name}?",
    "boxed_warning": "Does {name} have a boxed warning?",
    "monitoring": "What check-ups do I need while on {name}?",
    "when_to_call": "When should I call my doctor while I am on {name}?",
    "pregnancy_fertility_breastfeeding": "Can I get pregnant while on {name}?",
    "efficacy_survival": "What did studies show about {name}?",
}
ANSWER, NOT_SAID, WRONG = "answer", "do not say", "wrong"


def seed_drugs() -> list[Subject]:
    """Return the drugs of our main source, in the order of their ids: those that are not newer than it."""
    return [d for d in validation.load(paths.KNOWLEDGE).of_kind("drug") if not d.newer]


def verdict(drug: Subject, field: str, reply: dict[str, Any], phrases: Phrases) -> str:
    """Return what a reply to the question for a field of a drug is."""
    custom, text = reply.get("custom") or {}, reply.get("text") or ""
    if custom.get("drugs") != [drug.id] or custom.get("kind") != "answer":
        return WRONG
    said = drug.fields.get(field)
    if said is None:
        return NOT_SAID if phrases.say("sources_do_not_say", subject=drug.names.inside) in text else WRONG
    return ANSWER if any(s.text("en") in text for s in said) else WRONG


def cells(client: Client, drugs: list[Subject]) -> Iterator[tuple[Subject, str, str, dict[str, Any]]]:
    """Ask everything; yield (drug, field, verdict, reply)."""
    phrases = Phrases.load(paths.DOMAIN)
    for drug in drugs:
        name = (drug.names.brands or (drug.names.display,))[0]
        for field, question in QUESTIONS.items():
            client.start_anew()
            reply = client.ask(question.format(name=name))
            yield drug, field, verdict(drug, field, reply, phrases), reply


def table(found: list[tuple[Subject, str, str]]) -> str:
    """Return the verdicts as a Markdown table, a row for each drug, with the totals below."""
    by_drug: dict[str, dict[str, str]] = {}
    for drug, field, said in found:
        by_drug.setdefault(drug.names.display, {})[field] = said
    rows = [f"| {name} | {' | '.join(row[field] for field in QUESTIONS)} |" for name, row in by_drug.items()]
    counts = Counter(said for _, _, said in found)
    totals = ", ".join(f"{counts[said]} {said}" for said in (ANSWER, NOT_SAID, WRONG))
    head = [f"| drug | {' | '.join(QUESTIONS)} |", f"|{' --- |' * (len(QUESTIONS) + 1)}"]
    return "\n".join([*head, *rows, "", f"{len(found)} questions: {totals}"])


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return 1 where a cell is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="of a running server; one is started where this is not given")
    parser.add_argument("--output", type=Path, help="write the table to this file as well")
    parser.add_argument("--show", action="store_true", help="show the replies that are wrong")
    options = parser.parse_args(arguments)
    with connected(options.url) as client:
        found = list(cells(client, seed_drugs()))
    for drug, field, said, reply in found if options.show else ():
        if said == WRONG:
            custom = reply.get("custom") or {}
            print(f"{drug.id} {field}: {custom.get('kind')} {custom.get('topic')} {custom.get('drugs')}")
            print(f"    {reply.get('text', '')[:150]!r}")
    written = table([(drug, field, said) for drug, field, said, _ in found])
    print(written)
    if options.output:
        options.output.write_text(f"{written}\n", encoding="utf-8")
    return int(any(said == WRONG for _, _, said, _ in found))


if __name__ == "__main__":
    sys.exit(main())
