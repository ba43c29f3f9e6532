"""How hard our plain texts are to read: Flesch-Kincaid grade and Flesch reading ease, by textstat.

Each field of each subject counts as one answer: all its plain statements in English. There are two figures. In the
first, the names of our own drugs count as one plain word, since they cannot be written more simply ("Lapatinib
(Tykerb)" is one name). The second is of the texts as they are. The bounds are those of the project, for the first.
"""

from __future__ import annotations

import re
import statistics
import sys
import warnings
from collections.abc import Callable, Iterator

from helpline import document, paths, review, validation
from helpline.knowledge import Knowledge

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # textstat asks an old module of setuptools for its own version
    import textstat

MEDIAN_GRADE, HIGHEST_GRADE, MEDIAN_EASE = 7.0, 9.0, 65.0
_PLAIN_NAME = "it"


def answers(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield (place, text) for every field of every subject that has plain statements."""
    for subject in knowledge.subjects.values():
        for field in subject.fields:
            plain = [s.text("en") for s in subject.statements(field) if s.level == "plain"]
            if plain:
                # A point inside a number ("100.4") would count as the end of a sentence.
                yield f"{subject.id}.{field}", re.sub(r"(?<=\d)\.(?=\d)", "", " ".join(plain))


def where(knowledge: Knowledge, place: str) -> str:
    """Return the file and line where the field of a place begins: "knowledge/drugs/x.yml:41"."""
    subject, _, field = place.partition(".")
    path = review.path_of(knowledge.subjects[subject], paths.KNOWLEDGE)
    return f"{path.relative_to(paths.KNOWLEDGE.parent)}:{document.read(path).line_of(field)}"


def plain_names(knowledge: Knowledge) -> Callable[[str], str]:
    """Return what replaces the names of our drugs in a text by one plain word."""
    named = {name for drug in knowledge.of_kind("drug") for name in (drug.names.display, *drug.names.all)}
    name = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)(?:{name})(?: \((?:{name})\))?(?!\w)", re.IGNORECASE)
    return lambda text: pattern.sub(_PLAIN_NAME, text)


def figures(texts: dict[str, str]) -> tuple[dict[str, float], float]:
    """Return the grade of each text, and the median reading ease."""
    grades = {place: textstat.flesch_kincaid_grade(text) for place, text in texts.items()}
    return grades, statistics.median(textstat.flesch_reading_ease(text) for text in texts.values())


def main() -> int:
    """Print both figures, and the answers that are too hard; return 1 where a bound is broken."""
    knowledge = validation.load(paths.KNOWLEDGE)
    raw = dict(answers(knowledge))
    replace = plain_names(knowledge)
    texts = {place: replace(text) for place, text in raw.items()}
    grades, ease = figures(texts)
    median = statistics.median(grades.values())
    hard = sorted((g, place) for place, g in grades.items() if g > HIGHEST_GRADE)
    for grade, place in hard:
        print(f"{where(knowledge, place)}: grade {grade:.1f}: {place}: {texts[place]}")
    raw_grades, raw_ease = figures(raw)
    print(
        f"reading: {len(texts)} plain answers\n"
        f"  names of drugs as one plain word: median grade {median:.1f} (at most {MEDIAN_GRADE:.0f}), "
        f"highest {max(grades.values()):.1f} (at most {HIGHEST_GRADE:.0f}), "
        f"median ease {ease:.0f} (at least {MEDIAN_EASE:.0f})\n"
        f"  as they are: median grade {statistics.median(raw_grades.values()):.1f}, "
        f"highest {max(raw_grades.values()):.1f}, median ease {raw_ease:.0f}"
    )
    return int(bool(hard) or median > MEDIAN_GRADE or ease < MEDIAN_EASE)


if __name__ == "__main__":
    sys.exit(main())
