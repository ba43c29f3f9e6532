"""A spaCy pipeline built from the knowledge base: it finds every name that we know and links it to its id.

The pipeline is `spacy.blank("en")` with tokenizer exceptions for names such as "T-DM1", an entity ruler over all names,
and a last step that gives each name found one token whose lemma is its kind. A classifier that reads lemmas sees
"drugname" whatever the drug is, so a drug that joins tomorrow is understood like those it was trained on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from helpline.knowledge import Knowledge, Subject

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# The label of each kind of name, in the model's entities and in `data/nlu.yml`.
LABELS = {"drug": "drug", "class": "drug_class", "side_effect": "side_effect", "term": "term"}
LABELS_NOT_COVERED = {"medicine": "other_medicine", "cancer": "other_cancer"}
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


def _forms(subject: Subject) -> Iterator[str]:
    """Yield the names of a subject with the variants that people write."""
    for name in subject.names.all:
        yield name
        if "-" in name:
            yield name.replace("-", " ")
        if subject.kind == "drug":
            continue
        if name.endswith("s") and not name.endswith("ss"):
            yield name[:-1]
        elif name[-1].isalpha() and not name.isupper():
            yield name + "s"


def fingerprint(knowledge: Knowledge) -> str:
    """Return a hash of all names: a model trained with other names is stale."""
    return hashlib.sha256(json.dumps(names(knowledge)).encode()).hexdigest()


def build_pipeline(knowledge: Knowledge) -> Language:
    """Return the spaCy pipeline. Entities carry the label of their kind and, in `ent_id_`, the id they link to."""
    import spacy

    known = names(knowledge)
    nlp = spacy.blank("en")
    _keep_whole(nlp, (name for _, _, name in known))
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": label, "id": subject_id, "pattern": name} for label, subject_id, name in known])
    nlp.add_pipe("merge_entities")
    _register_mask()
    nlp.add_pipe("mask_names")
    return nlp


def _keep_whole(nlp: Language, known: Iterable[str]) -> None:
    """Stop the tokenizer from splitting the words of our names at hyphens, slashes and digits."""
    words = {w for name in known for w in name.split() if _SPLIT_BY_SPACY.search(w)}
    for word in sorted(words):
        for form in {word, word.lower(), word.upper(), word.capitalize()}:
            nlp.tokenizer.add_special_case(form, [{"ORTH": form}])


def _register_mask() -> None:
    """Register the pipeline step once; spaCy is imported only where a pipeline is built."""
    from spacy.language import Language

    if not Language.has_factory("mask_names"):
        Language.component("mask_names", func=_mask_names)


def _mask_names(doc: Doc) -> Doc:
    """Give each name found a lemma that tells its kind: "Kisqali" becomes "drugname"."""
    for entity in doc.ents:
        entity[0].lemma_ = entity.label_.replace("_", "") + "name"
    return doc
