"""How hard our plain texts are to read: Flesch-Kincaid grade and Flesch reading ease, by textstat.

Each field of each subject counts as one answer: its plain statements in English. Names of drugs, classes and terms
count as one plain word, since they cannot be written more simply. The bounds are those of the project.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator

import textstat

from helpline import linker, paths, validation
from helpline.knowledge import Knowledge

MEDIAN_GRADE, HIGHEST_GRADE, MEDIAN_EASE = 7.0, 9.0, 65.0


def answers(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield (place, text with names made plain) for every field of every subject that has plain statements."""
    named = sorted((n for label, _, n in linker.names(knowledge) if label != "side_effect"), key=len, reverse=True)
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, named))})\b", re.IGNORECASE)
    for subject in knowledge.subjects.values():
        for field in subject.fields:
            plain = [s.text("en") for s in subject.statements(field) if s.level == "plain"]
            if plain:
                text = re.sub(r"\s*\([^)]*\)", "", " ".join(plain))
                yield f"{subject.id}.{field}", names.sub("it", text)


def main() -> int:
    """Print the figures, and the answers that are too hard; return 1 where a bound is broken."""
    texts = dict(answers(validation.load(paths.KNOWLEDGE)))
    grades = {place: textstat.flesch_kincaid_grade(text) for place, text in texts.items()}
    ease = statistics.median(textstat.flesch_reading_ease(text) for text in texts.values())
    median = statistics.median(grades.values())
    hard = sorted((g, place) for place, g in grades.items() if g > HIGHEST_GRADE)
    for grade, place in hard:
        print(f"grade {grade:.1f}: {place}: {texts[place]}")
    print(
        f"reading: {len(texts)} plain answers, median grade {median:.1f} (at most {MEDIAN_GRADE}), "
        f"highest {max(grades.values()):.1f} (at most {HIGHEST_GRADE}), "
        f"median ease {ease:.0f} (at least {MEDIAN_EASE:.0f})"
    )
    return int(bool(hard) or median > MEDIAN_GRADE or ease < MEDIAN_EASE)


if __name__ == "__main__":
    sys.exit(main())
