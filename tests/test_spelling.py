"""Misspelled names: read right, never as another drug, and English words never as a drug."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from helpline import linker
from helpline.knowledge import Knowledge
from helpline.spelling import MOST_CORRECTED, Corrector, Reading, Speller, english_words, is_medicine

Nlp = Callable[[str], Any]
MISSPELLINGS, ENGLISH_WORDS = 1000, 5000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Medicines of other people, in lists that doctors use; not those of not_covered.yml, which are known by name anyway.
STEMS = ("statin", "pril", "sartan", "olol", "mab", "tinib", "azole", "cillin", "vir", "oxetine", "azepam", "platin")
BEGINNINGS = (
    "ator",
    "cap",
    "lo",
    "prop",
    "uste",
    "ima",
    "flucon",
    "amoxi",
    "acyclo",
    "flu",
    "di",
    "carbo",
    "rosu",
    "enala",
)
BEGINNINGS += ("tel", "val", "irbe", "meto", "ateno", "biso", "inflixi", "adalimu", "golimu", "suni", "pazo", "axi")


@pytest.fixture(scope="module")
def nlp(knowledge: Knowledge) -> Nlp:
    return linker.build_pipeline(knowledge)


@pytest.fixture(scope="module")
def speller(knowledge: Knowledge) -> Speller:
    return Speller(linker.names(knowledge), english_words())


def drugs(nlp: Nlp, text: str) -> list[str]:
    return [e.ent_id_ for e in nlp(text).ents if e.label_ == "drug"]


@pytest.mark.parametrize(
    ("word", "reading"),
    [
        ("verzeniio", Reading("verzenio")),
        ("verzenio", Reading()),  # nothing to correct
        ("house", Reading()),
        ("t-dm1", Reading()),
        ("deruxtcan", Reading("deruxtecan")),  # a part of two names
        ("lasaitnib", Reading()),  # lapatinib, or dasatinib, which is not ours
    ],
)
def test_read(word: str, reading: Reading, speller: Speller) -> None:
    assert speller.read(word) == reading


def test_a_misspelling_of_two_drugs_names_both() -> None:
    speller = Speller([("drug", "one", "Abcdefon"), ("drug", "two", "Abcdefan")], {})
    assert speller.read("abcdefun") == Reading(drugs=("one", "two"))
    assert speller.read("abcdefo") == Reading("abcdefon")


def test_a_misspelling_of_two_drugs_is_one_entity_with_both_ids(with_two_alike: Nlp) -> None:
    assert drugs(with_two_alike, "tell me about kisqabi please") == ["alpelisib ribociclib"]


def test_two_slips_from_a_known_misspelling_are_no_name() -> None:
    names = [("drug", "one", "Abcdefon"), ("drug", "one", "abkdef")]
    assert Speller(names, {}).read("abkdzz") == Reading("abkdef")
    assert Speller(names, {}, slips=["abkdef"]).read("abkdzz") == Reading()
    assert Speller(names, {}, slips=["abkdef"]).read("abkdez") == Reading("abkdef")


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("is that from pick ray", "alpelisib"),
        ("what goes with too kisa", "tucatinib"),
        ("how is fess go given", "phesgo"),
        ("switched to can jinty last week", "trastuzumab"),
        ("tie kerb and my liver", "lapatinib"),
    ],
)
def test_a_name_that_a_recogniser_heard_as_two_words_is_known_by_its_sound(text: str, drug: str, nlp: Nlp) -> None:
    assert drugs(nlp, text) == [drug]


@pytest.mark.parametrize("text", ["pick a day", "the truck cab", "her two kids", "can jim tell me", "we kiss only him"])
def test_words_that_only_begin_alike_are_no_name(text: str, nlp: Nlp) -> None:
    assert drugs(nlp, text) == []


@pytest.fixture
def with_two_alike(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Nlp:
    """The real names and one that is a letter away from Kisqali."""
    names = [*linker.names(knowledge), ("drug", "alpelisib", "Kisqami")]
    monkeypatch.setattr(linker, "names", lambda _: names)
    return linker.build_pipeline(knowledge)


@pytest.mark.parametrize(
    "text",
    [
        "trastuzumab and hyaluronidase",
        "trastuzumab an hyaluronidase",
        "tratuzumab and hyaluronndase",
        "trastuzumab adn haluronidasg",
        "trastuzmuab hyaluronidase",
    ],
)
def test_trastuzumab_and_hyaluronidase_is_never_herceptin(text: str, nlp: Nlp) -> None:
    assert drugs(nlp, f"what is {text} for") == ["trastuzumab-hyaluronidase"]


@pytest.mark.parametrize(
    "text", ["pertuzumab, trastuzumab an hyaluronidase", "petuumab, trastuzumab and hyaluronidase"]
)
def test_all_three_misspelled_are_phesgo(text: str, nlp: Nlp) -> None:
    assert drugs(nlp, f"what is {text} for") == ["phesgo"]


def test_each_drug_beside_each_other_keeps_both(knowledge: Knowledge, nlp: Nlp) -> None:
    """Generic names, brands, abbreviations and common misspellings of 23 drugs, each beside each other: no swap."""
    wrong = []
    for one in knowledge.of_kind("drug"):
        for other in knowledge.of_kind("drug"):
            for name in one.names.all if one.id != other.id else ():
                text = f"is {name} like {other.names.all[0]}, or not"
                if drugs(nlp, text) != [one.id, other.id]:
                    wrong.append((text, drugs(nlp, text)))
    assert wrong == []


def misspelled(rng: random.Random, name: str) -> str:
    """A name after one or two edits."""
    word = name.lower()
    for _ in range(rng.choice((1, 2))):
        at = rng.choice([i for i, letter in enumerate(word) if letter.isalpha()])
        kind, letter = rng.choice(("insert", "replace", "delete", "swap")), rng.choice(LETTERS)
        if kind == "insert":
            word = word[:at] + letter + word[at:]
        elif kind == "replace":
            word = word[:at] + letter + word[at + 1 :]
        elif kind == "swap" and word[at + 1 : at + 2].isalpha():
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        else:
            word = word[:at] + word[at + 1 :]
    return word


def test_generated_misspellings(knowledge: Knowledge, nlp: Nlp) -> None:
    """Of generic names and brands: 97% are linked right, none to another drug."""
    rng = random.Random(20261122)
    known = {name.lower() for _, _, name in linker.names(knowledge)} | english_words().keys()
    names = sorted(
        (d.id, name) for d in knowledge.of_kind("drug") for name in (d.names.generic, *d.names.brands) if name
    )
    right, other, tried = 0, [], 0
    while tried < MISSPELLINGS:
        own, name = rng.choice(names)
        word = misspelled(rng, name)
        if word in known:
            continue
        tried += 1
        found = drugs(nlp, f"tell me about {word} please")
        right += found == [own]
        if {i for ids in found for i in ids.split()} - {own}:
            other.append((name, word, found))
    assert other == []
    assert right >= 0.97 * MISSPELLINGS


def test_english_words_are_no_drugs(nlp: Nlp) -> None:
    """At most one in a thousand of the most frequent words."""
    words = sorted((w for w in english_words() if w.isalpha()), key=lambda w: -english_words()[w])[:ENGLISH_WORDS]
    named = {
        e.text.lower()
        for at in range(0, len(words), 50)
        for e in nlp(" , ".join(words[at : at + 50])).ents
        if e.label_ == "drug"
    }
    assert len(words) == ENGLISH_WORDS
    assert len(named) <= ENGLISH_WORDS / 1000, named


def test_other_medicines_are_never_ours(knowledge: Knowledge, nlp: Nlp) -> None:
    """Every medicine that we know and do not cover, as written and misspelled by a letter, and some invented ones."""
    rng = random.Random(7)
    listed = sorted({n.lower() for g in knowledge.not_covered if g.kind == "medicine" for n in g.names})
    invented = [begin + stem for begin in BEGINNINGS for stem in STEMS]
    ours = [name for name in [*listed, *invented] if drugs(nlp, f"what about {name} then")]
    assert len(listed) + len(invented) >= 300 * 3
    assert ours == []
    slips = [
        name[:at] + rng.choice(LETTERS) + name[at + 1 :]
        for name in listed
        if len(name) > 6
        for at in (rng.randrange(1, 6),)
    ]
    assert len([name for name in slips if drugs(nlp, f"what about {name} then")]) <= len(slips) / 1000


@pytest.mark.parametrize("name", ["zafirlukast", "pitavastatin", "azilsartan", "Cefoxacillin", "remimazolam"])
def test_a_medicine_is_known_by_its_ending(name: str, nlp: Nlp) -> None:
    assert is_medicine(name)
    assert [(e.label_, e.text) for e in nlp(f"is {name} safe").ents] == [("other_medicine", name)]


@pytest.mark.parametrize("word", ["april", "olol", "setron", "house", "palbyciclib", "something"])
def test_other_words_have_no_such_ending(word: str, nlp: Nlp) -> None:
    assert "other_medicine" not in [e.label_ for e in nlp(f"is {word} safe").ents]


@pytest.fixture(scope="module")
def corrector(knowledge: Knowledge) -> Corrector:
    names = [name for _, _, name in linker.names(knowledge)]
    return Corrector(english_words(), names, linker.english_parts(knowledge))


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("adminsitered", "administered"),
        ("schedual", "schedule"),
        ("beter", "better"),
        ("biosimiliar", "biosimilar"),  # a word of our names that is in no list of English words
        ("inhibiters", "inhibitors"),
        ("9is", "is"),
        ("sideeffects", "side effects"),
        ("drugsto", "drugs to"),
        ("9am", None),
        ("2nd", None),
        ("her2", None),
        ("house", None),
        ("doesnt", None),
        ("whats", None),
        ("xqzzyvw", None),
    ],
)
def test_an_everyday_word_is_read_right(word: str, right: str | None, corrector: Corrector) -> None:
    assert corrector.correct(word) == right


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("constipaton on it", ["constipation"]),
        ("cdk4/6 inhibiters list", ["cdk46-inhibitor"]),
        ("her2 negitive", ["her2-negative"]),
        ("metaplastic", []),  # near "metastatic", and something else
    ],
)
def test_a_slip_in_an_english_name_is_linked(text: str, ids: list[str], nlp: Nlp) -> None:
    assert [e.ent_id_ for e in nlp(text).ents] == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("what can i do about ner lynx", ["neratinib"]),
        ("my lin parza pills", ["olaparib"]),
        ("in avo lisib", ["inavolisib"]),
        ("pertuz cycles", ["pertuzumab"]),  # the beginning of one name, and of no other
        ("trastu", ["trastuzumab"]),
        ("she is on her own", []),
        ("capec", []),  # capecitabine is not ours
    ],
)
def test_a_name_in_parts_or_begun_is_linked(text: str, ids: list[str], nlp: Nlp) -> None:
    assert drugs(nlp, text) == ids


def test_only_so_many_unknown_words_of_a_message_are_corrected(nlp: Nlp) -> None:
    """A message of nothing else would hold up everybody; names of drugs are found in it all the same."""
    doc = nlp("adminitsered " * (MOST_CORRECTED + 3) + "kadcila")
    assert [token.lemma_ for token in doc[:-1]] == ["administered"] * MOST_CORRECTED + [""] * 3
    assert [entity.ent_id_ for entity in doc.ents] == ["ado-trastuzumab-emtansine"]
