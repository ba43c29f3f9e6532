"""Every fact of the evidence is told in the knowledge base, or stands in tests/data/left_out.yml with the reason.

The evidence lies beside the project (`../shared/evidence`) and is not part of it: without it these tests are skipped.
A fact counts as told where its subject's file holds a statement, in a field that the fact belongs to, that cites one of
its sources. Whether the words say the same was judged by reading; the list of what is left out is the record of that.
"""

from pathlib import Path

import pytest
import yaml

from helpline import paths, validation

EVIDENCE = paths.ROOT.parent / "shared" / "evidence"
LEFT_OUT = Path(__file__).parent / "data" / "left_out.yml"
REASONS = {"dose", "weak source only", "out of scope", "not a fact for the reader", "said by another fact"}

pytestmark = pytest.mark.skipif(not EVIDENCE.is_dir(), reason="the evidence is not beside this checkout")

CLASS_IDS = {
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
SERIOUS = ("serious_side_effects", "boxed_warning", "when_to_call", "side_effects", "monitoring")
# Evidence field -> the fields of ours where it may be told.
DRUG_FIELDS = {
    "target": ("targets", "mechanism", "overview"),
    "mechanism_plain": ("mechanism", "overview"),
    "mechanism_clinical": ("mechanism",),
    "indications": ("indication", "overview", "combination"),
    "biomarker_test": ("biomarker_test",),
    "how_given": ("administration", "duration_schedule", "overview", "when_to_call", "monitoring"),
    "partner_drugs": ("combination", "indication"),
    "duration": ("duration_schedule",),
    "common_side_effects": ("side_effects", "serious_side_effects"),
    "serious_side_effects": SERIOUS,
    "boxed_warning": ("boxed_warning",),
    "monitoring": ("monitoring", "when_to_call"),
    "when_to_call": ("when_to_call",),
    "pregnancy": ("pregnancy_fertility_breastfeeding", "monitoring"),
    "pivotal_trials": ("efficacy_survival",),
    "fda_first_approval": ("brand_generic_biosimilar", "indication"),
    "brands_and_biosimilars": ("brand_generic_biosimilar",),
}


def _facts(entry, fields):
    for field in fields:
        for index, fact in enumerate(entry.get(field) or ()):
            if isinstance(fact, dict) and fact.get("status") != "UNVERIFIED":
                yield f"{field}/{index}", field, fact


def drug_facts():
    """Yield (key, subject id, our fields or None for any, sources, about) for each fact about a drug."""
    for drug in yaml.safe_load((EVIDENCE / "drugs.yml").read_text())["drugs"]:
        for key, field, fact in _facts(drug, DRUG_FIELDS):
            yield f"drugs/{drug['id']}/{key}", drug["id"], DRUG_FIELDS[field], fact["sources"], None


def class_facts():
    """Yield the same for each fact about a class; a note may be told in a member's file."""
    for group in yaml.safe_load((EVIDENCE / "classes.yml").read_text())["classes"]:
        fields = ("mechanism_plain", "mechanism_clinical", "class_side_effects", "notes")
        for key, field, fact in _facts(group, fields):
            ids = (CLASS_IDS[group["id"]], *(group["drugs"] if field == "notes" else ()))
            yield f"classes/{group['id']}/{key}", ids, None, fact["sources"], None


def side_effect_facts():
    """Yield the same for each fact about a side effect; a link to a drug is told in the drug's file."""
    for effect in yaml.safe_load((EVIDENCE / "side_effects.yml").read_text())["side_effects"]:
        own = effect["id"].replace("_", "-")
        for key, _, fact in _facts(effect, ("definition", "how_serious", "red_flags", "self_care")):
            yield f"side_effects/{effect['id']}/{key}", own, None, fact["sources"], None
        for index, link in enumerate(effect["drugs"]):
            for drug in link["drug_ids"]:
                yield f"side_effects/{effect['id']}/drugs/{index}/{drug}", drug, None, None, own


def glossary_facts():
    """Yield the same for each definition; it may stand in a term, a class or a side effect of that name."""
    for entry in yaml.safe_load((EVIDENCE / "glossary.yml").read_text())["glossary"]:
        yield f"glossary/{entry['term']}", None, None, entry["sources"], entry["term"]


FACTS = [*drug_facts(), *class_facts(), *side_effect_facts(), *glossary_facts()] if EVIDENCE.is_dir() else []


@pytest.fixture(scope="module")
def knowledge():
    return validation.load(paths.KNOWLEDGE)


@pytest.fixture(scope="module")
def left_out():
    return yaml.safe_load(LEFT_OUT.read_text()) or {}


def _is_told(fact, knowledge):
    _, subject_ids, fields, sources, about = fact
    if sources is None:  # a link between a drug and a side effect
        return knowledge.listing(knowledge.subjects[subject_ids], about) is not None
    if subject_ids is None:  # a definition: any subject that goes by the term's name, or has it as its id
        names = {about.lower(), *about.lower().split(" / ")}
        subjects = [
            subject
            for subject in knowledge.subjects.values()
            if names & {subject.id, *(n.lower() for n in (subject.names.display, *subject.names.all))}
        ]
    else:
        subjects = [knowledge.subjects[i] for i in ([subject_ids] if isinstance(subject_ids, str) else subject_ids)]
    cited = {i for s in subjects for st in s.statements(*(fields or s.fields)) for i in st.sources}
    return bool(cited & set(sources))


def test_every_fact_is_told_or_left_out_with_a_reason(knowledge, left_out):
    missing = [fact[0] for fact in FACTS if fact[0] not in left_out and not _is_told(fact, knowledge)]
    assert missing == []


def test_what_is_left_out_exists_and_has_a_known_reason(left_out):
    known = {fact[0] for fact in FACTS}
    assert {key for key in left_out if key not in known} == set()
    assert set(left_out.values()) <= REASONS


def test_every_line_of_the_evidence_is_offered(knowledge):
    lines = yaml.safe_load((EVIDENCE / "helpline.yml").read_text())["helplines"]
    assert {line["id"].replace("_", "-") for line in lines} == set(knowledge.lines)
