"""A spaCy pipeline built from the knowledge base: it finds every name that we know and links it to its id.

The pipeline is `spacy.blank("en")` with tokenizer exceptions for names such as "T-DM1", an entity ruler over all names,
and a last step that gives each name found one token whose lemma is its kind. A classifier that reads lemmas sees
"drugname" whatever the drug is, so a drug that joins tomorrow is understood like those it was trained on.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import DamerauLevenshtein

from helpline.knowledge import Knowledge, Subject
from helpline.question import ENTITY_OF_KIND
from helpline.spelling import MOST_CORRECTED, Corrector, Speller, english_words, is_medicine

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

# The label of each kind of name, in the model's entities and in `data/nlu.yml`.
LABELS = ENTITY_OF_KIND
LABELS_NOT_COVERED = {"medicine": "other_medicine", "cancer": "other_cancer"}
# Terms whose words tell the topic ("is it a pill", "may I breastfeed"), so they are not hidden from the classifier.
TELLING = ("breastfeeding", "fertility", "iv", "pill", "subcutaneous")
# The id of a medicine that is known as one by the ending of its name only.
BY_ENDING = "other-medicines"
MOST_BETWEEN = 2  # words between the parts of one name
_EDITS_OF_AND = 2  # "adn", "yan"
_UNDECIDED = "undecided"
_CORRECTED = "corrected"
# What the classifier reads in place of the name of a drug.
DRUG_MASK = "drugname"
# Words that stand for a drug that was spoken of: they ask what its name would ask.
_STANDS_FOR_DRUG = re.compile(
    r"\bthe (?:first|second|third|last|other|former|latter|1st|2nd|3rd)"
    r" (?:one|drug|medicine|medication|option|pill|tablet|injection|shot|infusion)\b"
    r"|\bboth (?:of (?:them|these|those)|drugs|medicines)\b|\bthose two\b",
    re.IGNORECASE,
)
# What people write after "trastuzumab" where the name of their drug goes on, or where it is another form of the drug.
_GAP = r"(?:[\s-]|\.{2,}|\u2026)+"
_UNFINISHED = re.compile(rf"{_GAP}([a-z]+)\b", re.IGNORECASE)
_FORGOTTEN = re.compile(
    rf"{_GAP}(?:(?:and|plus){_GAP})?(?:something|some thing|smth|whatever|thing(?:y|ie)?|blah)\b"
    r"(?!\s+(?:i|you|we|she|he|they|that|to|which|for|like|people)\b)",
    re.IGNORECASE,
)
_CONJUGATE = re.compile(rf"{_GAP}(?:(?:antibody|drug){_GAP})*(?:conjugates?|adcs?|dm-?1|dxd)\b", re.IGNORECASE)
_CHEMO = re.compile(rf"{_GAP}chemo(?:therapy)?\b", re.IGNORECASE)
_ASKS_WHETHER = {"is", "was", "isn't", "does"}  # "is trastuzumab chemo" asks about the drug, it does not name another
_UNDER_SKIN = re.compile(
    rf"{_GAP}(?:given{_GAP})?(?:under the skin|under my skin|subcut\w*|sub-?q\b|sc\b)"
    rf"|{_GAP}(?:injections?|shots?|jabs?)\b(?:{_GAP}(?:under the skin|subcut\w*))?",
    re.IGNORECASE,
)
# After a brand "injection" may be the drip: that is what many call it, and the labels too.
_BRAND_UNDER_SKIN = re.compile(
    rf"{_GAP}(?:given{_GAP})?(?:under (?:the|my|her) skin|sub-?cut\w*|sub-?q\b|s/?c\b|shots?\b|jabs?\b)", re.IGNORECASE
)
_SKIN_PART = "hyaluronidase"  # the part by which a drug goes under the skin
_TRIAL = r"[A-Z](?=[\w-]*[A-Z0-9])[\w-]{3,}(?: \d)?"
_TRIALS = re.compile(rf"({_TRIAL}(?:(?:,| and|, and) {_TRIAL})*) stud(?:y|ies)\b")
_SPLIT_BY_SPACY = re.compile(r"[-/+.'()\d]")


def names(knowledge: Knowledge) -> list[tuple[str, str, str]]:
    """Return (label, id, name) for every name of the knowledge base, in a fixed order, each name once."""
    found: dict[str, tuple[str, str, str]] = {}
    for subject in knowledge.subjects.values():
        for name in _forms(subject):
            found.setdefault(name.lower(), (LABELS[subject.kind], subject.id, name))
    for group in knowledge.not_covered:
        for name in group.names:
            # A medicine that is a term of ours too keeps the term's id, so that its definition can be told.
            term = found.get(name.lower())
            known_id = term[1] if term and term[0] == "term" else group.id
            found[name.lower()] = (LABELS_NOT_COVERED[group.kind], known_id, name)
    return sorted(found.values())


def trials(knowledge: Knowledge) -> dict[str, str]:
    """Return the studies that our statements tell of, with the ids of their drugs, a space between them.

    A study belongs to the drugs whose statements on efficacy tell of it; where there are none, to those of any other.
    """
    known = {name.lower() for _, _, name in names(knowledge)}
    tested: dict[str, set[str]] = {}
    told_of: dict[str, set[str]] = {}
    for drug in knowledge.of_kind("drug"):
        for field in drug.fields:
            owners = tested if field == "efficacy_survival" else told_of
            for statement in drug.statements(field):
                for name in _studies(statement.text("en")):
                    owners.setdefault(name, set()).add(drug.id)
    return {
        name: " ".join(sorted(ids)) for name, ids in sorted((told_of | tested).items()) if name.lower() not in known
    }


def _studies(text: str) -> set[str]:
    """Return the names of the studies in a text: "OlympiA" of "In the OlympiA study"."""
    return {name for told in _TRIALS.findall(text) for name in re.findall(_TRIAL, told)}


def _trial_patterns(knowledge: Knowledge) -> Iterator[dict[str, str | list[dict[str, str]]]]:
    """Yield the patterns of all studies.

    "SOPHIA" is a person's name too: without a number, a study is known by its capitals, or by "study" after it.
    """
    for name, ids in trials(knowledge).items():
        spaced = name.replace("-", " ")
        forms = {name, spaced, spaced.replace(" ", "-")}
        is_numbered = any(c.isdigit() for c in name)
        written = forms if is_numbered else {f"{form} {word}" for form in forms for word in ("study", "trial")}
        for form in sorted(written):
            yield {"label": "drug", "id": ids, "pattern": form}
        if not is_numbered:
            yield {"label": "drug", "id": ids, "pattern": [{"ORTH": name}]}


def _forms(subject: Subject) -> Iterator[str]:
    """Yield the names of a subject with the variants that people write."""
    for name in subject.names.all:
        yield name
        if "-" in name:
            yield name.replace("-", " ")
            yield name.replace("-", " - ")  # as the tokenizer splits it when one of its words is misspelled
        if subject.kind == "drug":
            if " " in name:  # "trastuzumab-emtansine"
                yield name.replace(" ", "-")
                yield re.sub(r"[ -]", " - ", name)
            continue
        if name.endswith("s") and not name.endswith("ss"):
            yield name[:-1]
        elif name[-1].isalpha() and not name.isupper():
            yield name + "s"


def fingerprint(knowledge: Knowledge) -> str:
    """Return a hash of all names and of this module: a model trained with other names or other masks is stale."""
    return hashlib.sha256(
        json.dumps([names(knowledge), trials(knowledge)]).encode() + Path(__file__).read_bytes()
    ).hexdigest()


def build_pipeline(knowledge: Knowledge) -> Language:
    """Return the spaCy pipeline. Entities carry the label of their kind and, in `ent_id_`, the id they link to."""
    import spacy

    known = names(knowledge)
    nlp = spacy.blank("en")
    _keep_whole(nlp, [*(name for _, _, name in known), *trials(knowledge)])
    _register_steps()
    listed = {"names": [list(name) for name in known], "slips": _slips(knowledge)}
    nlp.add_pipe("correct_spelling", config={**listed, "english": english_parts(knowledge)})
    # The ruler reads the norm of a token: its lower case, or the name that it is a misspelling of.
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "NORM"})
    ruler.add_patterns([{"label": label, "id": subject_id, "pattern": name} for label, subject_id, name in known])
    ruler.add_patterns(list(_trial_patterns(knowledge)))
    nlp.add_pipe("join_split_names", config=listed)
    nlp.add_pipe("mark_undecided")
    ingredients = _ingredients(knowledge)
    nlp.add_pipe("join_parts", config={"ingredients": ingredients})
    nlp.add_pipe("mark_incomplete", config={"ingredients": ingredients})
    nlp.add_pipe("correct_words")
    nlp.add_pipe("merge_entities")
    nlp.add_pipe("mask_references")
    nlp.add_pipe("mask_names")
    return nlp


def _keep_whole(nlp: Language, known: Iterable[str]) -> None:
    """Stop the tokenizer from splitting the words of our names at hyphens, slashes and digits."""
    words = {w.strip("(),") for name in known for w in name.split()}
    words = {w for w in words if _SPLIT_BY_SPACY.search(w)}
    for word in sorted(words):
        for form in {word, word.lower(), word.upper(), word.capitalize()}:
            nlp.tokenizer.add_special_case(form, [{"ORTH": form}])
    # spaCy splits "cannot" and "Cannot", not "CANNOT"; a name holds the word.
    nlp.tokenizer.add_special_case("CANNOT", [{"ORTH": "CAN"}, {"ORTH": "NOT"}])


def _register_steps() -> None:
    """Register our pipeline steps once; spaCy is imported only where a pipeline is built."""
    from spacy.language import Language

    if not Language.has_factory("mask_names"):
        # spaCy resolves the annotations of a factory when it runs, where ours are names for the type checker only.
        Language.factory(
            "correct_spelling", func=lambda nlp, name, names, slips, english: _spelling_step(names, slips, english)
        )
        Language.factory("join_split_names", func=lambda nlp, name, names, slips: _joining_step(names, slips))
        Language.component("correct_words", func=_correct_words)
        Language.component("mark_undecided", func=_mark_undecided)
        Language.factory(
            "join_parts", func=lambda nlp, name, ingredients: functools.partial(_join_parts, ingredients=ingredients)
        )
        Language.factory(
            "mark_incomplete",
            func=lambda nlp, name, ingredients: functools.partial(_mark_incomplete, ingredients=ingredients),
        )
        Language.component("mask_references", func=_mask_references)
        Language.component("mask_names", func=_mask_names)


def english_parts(knowledge: Knowledge) -> list[str]:
    """Return the words in the names of classes, side effects and terms: their slips are those of English words."""
    subjects = (s for s in knowledge.subjects.values() if s.kind != "drug")
    right = {name.lower() for s in subjects for name in _forms(s) if name not in s.names.misspellings}
    return sorted({part for name in right for part in name.replace("-", " ").split() if part.isalpha()})


def _slips(knowledge: Knowledge) -> list[str]:
    """Return the names that are misspellings, in lower case."""
    return sorted({slip.lower() for subject in knowledge.subjects.values() for slip in subject.names.misspellings})


def _spelling_step(names: list[tuple[str, str, str]], slips: list[str], english: list[str]) -> Callable[[Doc], Doc]:
    """Return the step that gives a misspelled name the norm of the right one; the text stays as it was typed."""
    words = english_words()
    speller, corrector = Speller(names, words, slips), Corrector(words, (name for _, _, name in names), english)

    def correct(doc: Doc) -> Doc:
        unknown = 0
        for token in doc:
            reading = speller.read(token.text)
            unknown += token.is_alpha and token.lower_ not in corrector
            if reading.word:
                token.norm_ = reading.word
            elif is_medicine(token.text) or unknown > MOST_CORRECTED:
                pass
            elif corrected := corrector.correct(token.lower_):
                doc.user_data[_CORRECTED, token.i] = corrected
                if corrected in corrector.of_names:
                    token.norm_ = corrected
            undecided = reading.drugs or speller.part_of(token.norm_)
            if undecided:
                doc.user_data[_UNDECIDED, token.i] = " ".join(undecided)
        return doc

    return correct


def _joining_step(names: list[tuple[str, str, str]], slips: list[str]) -> Callable[[Doc], Doc]:
    """Return the step that links a name of a medicine that was written in two or three parts."""
    from spacy.tokens import Span

    speller = Speller(names, english_words(), slips)

    def join(doc: Doc) -> Doc:
        words = [token.text if token.is_alpha and not token.ent_type_ else "" for token in doc]
        found = list(doc.ents)
        for start, length in itertools.product(range(len(words)), (3, 2)):
            parts = words[start : start + length]
            whole = speller.joined(parts) if len(parts) == length and all(parts) else None
            if whole:
                found.append(Span(doc, start, start + length, label=whole[0], span_id=whole[1]))
                words[start : start + length] = [""] * length
        if len(found) > len(doc.ents):
            doc.ents = tuple(sorted(found, key=lambda span: span.start))
        return doc

    return join


def _correct_words(doc: Doc) -> Doc:
    """Give a misspelled everyday word the lemma of the right one."""
    for token in doc:
        if not token.ent_type_:
            token.lemma_ = doc.user_data.get((_CORRECTED, token.i), "")
    return doc


def _mark_undecided(doc: Doc) -> Doc:
    """Make an entity of what fits several drugs, and of each medicine known by its ending.

    A misspelling may, or a part of a name ("deruxtecan"). The id of such an entity is the ids of the drugs, a space
    between them: the conversation asks which is meant.
    """
    from spacy.tokens import Span

    taken = {token.i for entity in doc.ents for token in entity}
    found = list(doc.ents)
    for token in doc:
        undecided = doc.user_data.get((_UNDECIDED, token.i))
        if token.i in taken:
            continue
        if undecided:
            found.append(Span(doc, token.i, token.i + 1, label="drug", span_id=undecided))
        elif token.norm_ == token.lower_ and is_medicine(token.text) and token.lower_ not in english_words():
            found.append(Span(doc, token.i, token.i + 1, label="other_medicine", span_id=BY_ENDING))
    doc.ents = tuple(sorted(found, key=lambda span: span.start))
    return doc


def _ingredients(knowledge: Knowledge) -> dict[str, list[str]]:
    """Return the words of each drug's generic name, by id."""
    words = {d.id: re.findall(r"[a-z]{5,}", (d.names.generic or "").lower()) for d in knowledge.of_kind("drug")}
    return words | {s.id: [s.id] for s in knowledge.of_kind("term") if any(s.id in own for own in words.values())}


def _join_parts(doc: Doc, ingredients: dict[str, list[str]]) -> Doc:
    """Give "trastuzamab emtansin", found as two names side by side, to the drug whose name holds just these.

    A word may be between them: "trastuzumab adn hyaluronidase".
    """
    from spacy.tokens import Span

    whole = {frozenset(words): subject_id for subject_id, words in ingredients.items() if len(words) > 1}
    most = max(map(len, whole), default=0)  # no name has more parts: a row of a hundred names is not looked through
    entities: list[Span] = []
    for entity in doc.ents:
        run = [entity]
        entities.append(entity)
        for before in reversed(entities[:-1]) if _ingredients_of(entity, ingredients) else ():
            is_part = len(run) < most and bool(_ingredients_of(before, ingredients))
            if not is_part or not _is_joint(doc[before.end : run[0].start]):
                break
            run.insert(0, before)
            owner = whole.get(frozenset(word for part in run for word in _ingredients_of(part, ingredients)))
            is_apart = any(_are_apart(doc[part.end : after.start]) for part, after in itertools.pairwise(run))
            is_both = is_apart and any(
                part.ent_id_ == owner for part in run
            )  # "trastuzumab and trastuzumab deruxtecan"
            if owner and not is_both:
                span = Span(doc, before.start, entity.end, label="drug", span_id=owner)
                for token in span:
                    token.ent_id_ = owner
                entities[-len(run) :] = [span]
    doc.ents = tuple(entities)
    return doc


def _ingredients_of(name: Span, ingredients: dict[str, list[str]]) -> list[str]:
    """Return the words that a name stands for; of a part of several names ("deruxtecan"), the part itself."""
    is_part = len(name) == 1 and name.ent_id_.split()[1:] and any(name[0].norm_ in own for own in ingredients.values())
    return [name[0].norm_] if is_part else ingredients.get(name.ent_id_, [])


def _is_joint(between: Span) -> bool:
    """Return whether the names on both sides may be parts of one: nothing, "with" or some kind of "and" between."""
    words = [t.lower_ for t in between if t.is_alpha]
    near_and = (w in ("with", "plus") or DamerauLevenshtein.distance(w, "and") <= _EDITS_OF_AND for w in words)
    return len(between) <= MOST_BETWEEN and all(near_and)


def _are_apart(between: Span) -> bool:
    """Return whether more than a hyphen or a space stands between two names."""
    return any(token.text.strip(" -") for token in between)


def _mark_incomplete(doc: Doc, ingredients: dict[str, list[str]]) -> Doc:
    """Leave undecided a name that may go on: "trastuzumab deru", "the trastuzumab conjugate", "trastuzumab something".

    The drug that bears the short name is always among those asked about: the labels forbid to swap them.
    """
    from spacy.tokens import Span

    found: list[Span] = []
    for entity in doc.ents:
        if found and entity.start < found[-1].end:
            continue
        of_name = [words for words in ingredients.values() if entity[0].norm_ in words]
        own = ingredients.get(entity.ent_id_, [])
        is_short = len(entity) == 1 and [entity[0].norm_] == own and len(of_name) > 1
        is_brand = entity.label_ == "drug" and len(own) == 1 and not is_short
        end, fitting = _continuation(doc, entity, ingredients) if is_short else (0, [])
        if is_brand:
            end, fitting = _under_skin(doc, entity, own[0], ingredients)
        whole = doc.char_span(entity.start_char, end, alignment_mode="expand") if fitting else None
        if whole is None:
            found.append(entity)
            continue
        ids = " ".join(sorted({entity.ent_id_, *fitting}))
        for token in whole:
            token.ent_id_ = ids
        found.append(Span(doc, whole.start, whole.end, label="drug", span_id=ids))
    doc.ents = tuple(found)
    return doc


def _continuation(doc: Doc, entity: Span, ingredients: dict[str, list[str]]) -> tuple[int, list[str]]:
    """Return where the words end that may continue a short name, and the ids of the other drugs that they fit."""
    name, text, start = entity[0].norm_, doc.text, entity.end_char
    others = {i: words for i, words in ingredients.items() if name in words and len(words) > 1}
    longer = {i: words for i, words in others.items() if words[0] == name}
    carriers = [i for i, words in longer.items() if _SKIN_PART not in words]
    asks = entity.start > 0 and doc[entity.start - 1].lower_ in _ASKS_WHETHER
    kinds = [
        (_FORGOTTEN, list(longer)),
        (_CONJUGATE, carriers),
        (_CHEMO, [] if asks else carriers),
        (_UNDER_SKIN, [i for i, words in others.items() if _SKIN_PART in words]),
    ]
    for kind, fitting in kinds:
        if fitting and (match := kind.match(text, start)):
            return match.end(), fitting
    match = _UNFINISHED.match(text, start)
    if match and _may_be_unfinished(match[1].lower(), text[match.end() :]):
        part = match[1].lower()
        return match.end(), [
            i for i, words in longer.items() if any(w.startswith(part) and w != part for w in words[1:])
        ]
    return start, []


def _under_skin(doc: Doc, brand: Span, name: str, ingredients: dict[str, list[str]]) -> tuple[int, list[str]]:
    """Return where "subcut" ends after the brand of a drip, and the ids of what is given so: "Herceptin shots"."""
    match = _BRAND_UNDER_SKIN.match(doc.text, brand.end_char)
    fitting = [i for i, words in ingredients.items() if set(words) == {name, _SKIN_PART}]
    return (match.end(), fitting) if match and fitting else (0, [])


def _may_be_unfinished(word: str, rest: str) -> bool:
    """Return whether a word may be the beginning of a longer one: it ends the message, or is no English word."""
    return word not in english_words() or len(word) == 1 or not re.search(r"\w", rest)


def _mask_references(doc: Doc) -> Doc:
    """Make one token of the words that stand for a drug ("the second one"), with the lemma of a drug's name."""
    found = (doc.char_span(*match.span()) for match in _STANDS_FOR_DRUG.finditer(doc.text))
    with doc.retokenize() as retokenizer:
        for span in found:
            if span is not None and not span.ents:
                retokenizer.merge(span, attrs={"LEMMA": DRUG_MASK})
    return doc


def _mask_names(doc: Doc) -> Doc:
    """Give each name found a lemma that tells its kind: "Kisqali" becomes "drugname"."""
    for entity in doc.ents:
        if entity.ent_id_ not in TELLING:
            entity[0].lemma_ = entity.label_.replace("_", "") + "name"
    return doc
