"""Names in a text, linked to their ids by the pipeline that is built from knowledge/."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpline import document, linker, paths, validation
from helpline.knowledge import Knowledge
from helpline.safety import Safety

Nlp = Callable[[str], Any]
STORIES = Path(__file__).parent / "stories" / "test_stories.yml"


@pytest.fixture(scope="module")
def nlp(knowledge: Knowledge) -> Nlp:
    return linker.build_pipeline(knowledge)


def linked(nlp: Nlp, text: str) -> list[tuple[str, str]]:
    return [(e.label_, e.ent_id_) for e in nlp(text).ents]


@pytest.mark.parametrize("sentence", ["{}", "tell me about {} please", "What is {}?", "{}, and its side effects"])
@pytest.mark.parametrize("write", [str, str.lower, str.upper], ids=["as written", "lower", "upper"])
def test_every_name_links_to_its_own_id(
    write: Callable[[str], str], sentence: str, knowledge: Knowledge, nlp: Nlp
) -> None:
    wrong = {}
    for subject in knowledge.subjects.values():
        for name in subject.names.all:
            found = linked(nlp, sentence.format(write(name)))
            if [i for _, i in found] != [subject.id] and not write(name).startswith("CANNOT "):
                wrong[name] = (subject.id, found)
    assert wrong == {}


def test_cannot_in_capitals(nlp: Nlp) -> None:
    assert linked(nlp, "CANNOT BE REMOVED BY SURGERY") == [("term", "unresectable")]


def test_every_name_in_parentheses(knowledge: Knowledge, nlp: Nlp) -> None:
    names = {name: s.id for s in knowledge.subjects.values() for name in s.names.all}
    assert {name for name, own in names.items() if [i for _, i in linked(nlp, f"it ({name}) is")] != [own]} == set()


def test_every_name_that_is_not_covered_is_known(knowledge: Knowledge, nlp: Nlp) -> None:
    """A medicine that is a term too carries the term's id, so that its definition can be told."""
    wrong = {}
    for group in knowledge.not_covered:
        for name in group.names:
            found = linked(nlp, f"tell me about {name} please")
            label = linker.LABELS_NOT_COVERED[group.kind]
            if found != [(label, group.id)] and found != [(label, "fulvestrant")]:
                wrong[name] = (group.id, found)
    assert wrong == {}
    assert linked(nlp, "Faslodex") == [("other_medicine", "fulvestrant")]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("trastuzumab", ["trastuzumab"]),
        ("trastuzumab deruxtecan", ["fam-trastuzumab-deruxtecan"]),
        ("fam-trastuzumab deruxtecan-nxki", ["fam-trastuzumab-deruxtecan"]),
        ("trastuzumab and trastuzumab deruxtecan", ["trastuzumab", "fam-trastuzumab-deruxtecan"]),
        ("ado-trastuzumab emtansine", ["ado-trastuzumab-emtansine"]),
        ("ado trastuzumab emtansine", ["ado-trastuzumab-emtansine"]),
        ("T-DM1", ["ado-trastuzumab-emtansine"]),
        ("tdm1", ["ado-trastuzumab-emtansine"]),
        ("Is T-DM1 painful?", ["ado-trastuzumab-emtansine"]),
        ("T-DXd", ["fam-trastuzumab-deruxtecan"]),
        ("Herceptin Hylecta", ["trastuzumab-hyaluronidase"]),
        ("Herceptin-Hylecta", ["trastuzumab-hyaluronidase"]),
        ("trastuzumab with hyaluronidase", ["trastuzumab-hyaluronidase"]),
        ("trastuzumab plus hyaluronidase", ["trastuzumab-hyaluronidase"]),
        ("side effects of trastuzumab-emtansine", ["ado-trastuzumab-emtansine"]),
        ("trastuzamab-emtansin", ["ado-trastuzumab-emtansine"]),
        ("trastuzumab-deruxtecan", ["fam-trastuzumab-deruxtecan"]),
        ("trastuzamab deruxtecan", ["fam-trastuzumab-deruxtecan"]),
        ("trastuzumab deruxtican", ["fam-trastuzumab-deruxtecan"]),
        ("fam-tratuzumab deruxtecan", ["fam-trastuzumab-deruxtecan"]),
        ("datopotamab deruxtican", ["datopotamab-deruxtecan"]),
        ("datapotamab-deruxtecan", ["datopotamab-deruxtecan"]),
        ("deruxtican", ["datopotamab-deruxtecan fam-trastuzumab-deruxtecan"]),
        ("sacituzumab-govitican", ["sacituzumab-govitecan"]),
        ("pertuzumab-trastuzumab-hyaluronidase", ["phesgo"]),
        ("trastuzumab, trastuzumab deruxtecan", ["trastuzumab", "fam-trastuzumab-deruxtecan"]),
        ("Herceptin with Perjeta", ["trastuzumab", "pertuzumab"]),
        ("Herceptin", ["trastuzumab"]),
        ("HER2-positive", ["her2-positive"]),
        ("HER2 positive", ["her2-positive"]),
        ("her2-low", ["her2-low"]),
        ("HER2", ["her2"]),
        ("CDK4/6 inhibitors", ["cdk46-inhibitor"]),
        ("cdk4/6 inhibitor", ["cdk46-inhibitor"]),
        ("Kisqali/Piqray", ["ribociclib", "alpelisib"]),
        ("kisqali's side effects", ["ribociclib"]),
        ("Kisqali, Ibrance and Verzenio", ["ribociclib", "palbociclib", "abemaciclib"]),
        ("throwing up on Enhertu", ["nausea-vomiting", "fam-trastuzumab-deruxtecan"]),
        ("kadcyla numb fingers", ["ado-trastuzumab-emtansine", "neuropathy"]),
        ("Trodelvy boxed warning", ["sacituzumab-govitecan", "boxed-warning"]),
        ("is deruxtecan good", ["datopotamab-deruxtecan fam-trastuzumab-deruxtecan"]),
        ("govitecan", ["sacituzumab-govitecan"]),
        ("nothing that we know", []),
        ("a unicorn", []),
    ],
)
def test_names(text: str, ids: list[str], nlp: Nlp) -> None:
    assert [i for _, i in linked(nlp, text)] == ids


ADC = ["ado-trastuzumab-emtansine", "fam-trastuzumab-deruxtecan", "trastuzumab"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("I take trastuzumab d", ["fam-trastuzumab-deruxtecan", "trastuzumab"]),
        ("I take trastuzumab deru", ["fam-trastuzumab-deruxtecan", "trastuzumab"]),
        ("trastuzumab emt side effects", ["ado-trastuzumab-emtansine", "trastuzumab"]),
        ("trastuzumab h", ["trastuzumab", "trastuzumab-hyaluronidase"]),
        ("side effects of the trastuzumab conjugate", ADC),
        ("trastuzumab antibody-drug conjugate", ADC),
        ("the trastuzumab chemo", ADC),
        ("how are Herceptin shots given", ["trastuzumab", "trastuzumab-hyaluronidase"]),
        ("they gave me herceptin subcutaneous", ["trastuzumab", "trastuzumab-hyaluronidase"]),
        ("herceptin subcut", ["trastuzumab", "trastuzumab-hyaluronidase"]),
        ("trastuzumab shot", ["phesgo", "trastuzumab", "trastuzumab-hyaluronidase"]),
        (
            "trastuzumab injection under the skin side effects",
            ["phesgo", "trastuzumab", "trastuzumab-hyaluronidase"],
        ),
        ("my drug is trastuzumab something", [*ADC, "trastuzumab-hyaluronidase"]),
        ("pertuzumab injection", ["pertuzumab", "phesgo"]),
    ],
)
def test_a_name_that_may_go_on_is_left_undecided(text: str, ids: list[str], nlp: Nlp) -> None:
    assert linked(nlp, text) == [("drug", " ".join(ids))]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ado trastuzumab", ["ado-trastuzumab-emtansine"]),
        ("fam trastuzumab", ["fam-trastuzumab-deruxtecan"]),
        ("trastuzumab side effects", ["trastuzumab"]),
        ("trastuzumab, he said", ["trastuzumab"]),
        ("is trastuzumab something that I can take", ["trastuzumab"]),
        ("is trastuzumab chemo", ["trastuzumab", "chemotherapy"]),
        ("trastuzumab and chemo", ["trastuzumab", "chemotherapy"]),
        ("pertuzumab trastuzumab", ["pertuzumab", "trastuzumab"]),
        ("trastuzumab emtansin", ["ado-trastuzumab-emtansine"]),
    ],
)
def test_a_name_that_is_whole_is_not(text: str, ids: list[str], nlp: Nlp) -> None:
    assert [i for _, i in linked(nlp, text)] == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("What did CLEOPATRA show?", ["pertuzumab"]),
        ("how did the monarch 3 study turn out", ["abemaciclib"]),
        ("MONARCH-3 results", ["abemaciclib"]),
        ("the sophia trial", ["margetuximab"]),
        ("destiny breast04 results", ["fam-trastuzumab-deruxtecan"]),  # told of among the side effects
        ("what did OlympiA show", ["olaparib"]),
        ("my daughter Sophia", []),
        ("my nurse katherine", []),
        ("a monarch butterfly", []),
    ],
)
def test_a_study_that_we_tell_of_links_to_its_drug(text: str, ids: list[str], nlp: Nlp) -> None:
    assert [i for _, i in linked(nlp, text)] == ids


def test_every_study_links_to_its_drug(knowledge: Knowledge, nlp: Nlp) -> None:
    trials = linker.trials(knowledge)
    assert {"CLEOPATRA", "MONARCH 2", "MONARCH 3"} <= trials.keys()
    assert {name: linked(nlp, f"what did {name} show") for name in trials} == {
        name: [("drug", ids)] for name, ids in trials.items()
    }


@pytest.mark.parametrize(
    ("text", "lemma"),
    [
        ("kisqali", "drugname"),
        ("PARP inhibitors", "drugclassname"),
        ("diarrhea", "sideeffectname"),
        ("HER2-positive", "termname"),
        ("tamoxifen", "othermedicinename"),
        ("lung cancer", "othercancername"),
    ],
)
def test_a_name_is_one_token_with_its_kind_as_lemma(text: str, lemma: str, nlp: Nlp) -> None:
    doc = nlp(f"what about {text} then")
    assert [t.lemma_ for t in doc if t.ent_type_] == [lemma]
    assert [t.text for t in doc] == ["what", "about", text, "then"]


def test_other_words_are_not_masked(nlp: Nlp) -> None:
    assert not any(t.lemma_.endswith("name") for t in nlp("how does it work"))


def test_names_are_in_a_fixed_order_and_once_each(knowledge: Knowledge) -> None:
    names = linker.names(knowledge)
    assert names == sorted(names)
    assert len({name.lower() for _, _, name in names}) == len(names)
    assert {label for label, _, _ in names} == {*linker.LABELS.values(), *linker.LABELS_NOT_COVERED.values()}


@pytest.fixture
def with_a_new_drug(tmp_path: Path) -> Knowledge:
    """The real knowledge and one more file; nothing else is edited."""
    folder = Path(shutil.copytree(paths.KNOWLEDGE, tmp_path / "knowledge"))
    text = (folder / "drugs/ribociclib.yml").read_text(encoding="utf-8")
    names = text[text.index("names:") : text.index("class:")]
    new = (
        "names:\n  generic: novociclib\n  display: Novociclib (Novali)\n  brands: [Novali]\n  abbreviations: [NVC-1]\n"
    )
    text = text.replace(names, "").replace("Ribociclib", "Novociclib").replace("Kisqali", "Novali")
    text = text.replace("id: ribociclib\n", f"id: novociclib\n{new}")
    (folder / "drugs/novociclib.yml").write_text(text, encoding="utf-8")
    return validation.load(folder)


def test_a_new_drug_file_is_all_it_takes(with_a_new_drug: Knowledge, knowledge: Knowledge, nlp: Nlp) -> None:
    new_nlp = linker.build_pipeline(with_a_new_drug)
    for name in ("novociclib", "Novali", "nvc-1", "NOVALI"):
        assert linked(new_nlp, f"tell me about {name}") == [("drug", "novociclib")]
        assert linked(nlp, f"tell me about {name}") == []
    assert [t.lemma_ for t in new_nlp("novali") if t.ent_type_] == ["drugname"]
    assert linker.fingerprint(with_a_new_drug) != linker.fingerprint(knowledge)
    assert "novociclib" in [d.id for d in with_a_new_drug.members("cdk46-inhibitor")]


def test_fingerprint_is_that_of_the_names(folder: Path, change: Callable[[str, str, str], None]) -> None:
    before = linker.fingerprint(validation.load(folder))
    change("terms/alpha.yml", "Alpha is a protein.", "Alpha is a small protein.")
    assert linker.fingerprint(validation.load(folder)) == before
    change("terms/alpha.yml", "[alpha-protein]", "[alpha-proteins]")
    assert linker.fingerprint(validation.load(folder)) != before


ANNOTATED = re.compile(r"\[([^]]+)\](\{[^}]*\})")


def test_entities_of_the_test_stories_are_those_found(nlp: Nlp, knowledge: Knowledge) -> None:
    """tests/stories is run by Rasa against a trained model; this much can be said without one."""
    safety = Safety(knowledge.alarms)
    steps = [step for story in document.read(STORIES)["stories"] for step in story["steps"] if "user" in step]
    assert len(steps) >= 10
    for step in steps:
        written = [json.loads(m[2]) for m in ANNOTATED.finditer(step["user"])]
        text = ANNOTATED.sub(r"\1", step["user"]).strip()
        found = [{"entity": label, "value": i} for label, i in linked(nlp, text)]
        alarm = safety.hear(text)
        assert written == found + ([{"entity": "alarm", "value": alarm}] if alarm else []), text
        assert (step["intent"] == "ask_emergency_red_flag") == bool(alarm)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("how is the second one given?", "how is drugname given ?"),
        ("And the other drug?", "And drugname ?"),
        ("both of them please", "drugname please"),
        ("the second cycle was late", "the second cycle was late"),
        ("the first Kisqali then", "the first drugname then"),
    ],
)
def test_words_that_stand_for_a_drug_are_read_as_one_and_link_to_none(nlp: Nlp, text: str, masked: str) -> None:
    doc = nlp(text)
    assert " ".join(token.lemma_ or token.text for token in doc) == masked
    assert [e.label_ for e in doc.ents] == (["drug"] if "Kisqali" in text else [])
