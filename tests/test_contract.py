"""What is declared equals what exists. Each test holds one pair of lists together (shared/style.md, habit 2)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from helpline import answers, cli, conversation, document, linker, paths, switches, validation
from helpline.knowledge import Knowledge
from helpline.phrases import Phrases
from helpline.question import TOPICS, WITHOUT_SUBJECT, Memory

ROOT = paths.ROOT
# Rasa decides by itself that it is not sure, and then sees this intent; it is declared nowhere.
FALLBACK = "nlu_fallback"
CORE = sorted(p for p in (ROOT / "helpline").glob("*.py"))
ENTITY = re.compile(r"\[[^]]+\]\((\w+)\)|\[[^]]+\](\{[^}]*\})")


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    return document.read(ROOT / "domain.yml")


@pytest.fixture(scope="module")
def intents(domain: dict[str, Any]) -> set[str]:
    return {next(iter(intent)) if isinstance(intent, dict) else intent for intent in domain["intents"]}


@pytest.fixture(scope="module")
def examples() -> dict[str, list[str]]:
    """The examples of all files in data/, by intent."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data").glob("*.yml")):
        entries = [entry for entry in document.read(path).get("nlu", ()) if "intent" in entry]
        assert len({entry["intent"] for entry in entries}) == len(entries), f"an intent stands twice in {path.name}"
        for entry in entries:
            lines = [line[2:] for line in entry["examples"].splitlines() if line.startswith("- ")]
            found.setdefault(entry["intent"], []).extend(lines)
    return found


def steps(file: str, kind: str) -> Iterator[list[dict[str, Any]]]:
    """The steps of each rule or story."""
    for entry in document.read(ROOT / file)[kind]:
        yield entry["steps"]


def intents_of(step: dict[str, Any]) -> list[str]:
    return [s["intent"] for s in step.get("or", [step]) if "intent" in s]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """The first names of all modules that a file imports, those inside of functions too."""
    nodes = list(ast.walk(tree(path)))
    names = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    return {name.split(".")[0] for name in names}


# --- topics, intents, rules, examples


def test_topics_are_the_ask_intents(intents: set[str]) -> None:
    asked = {intent.removeprefix("ask_") for intent in intents if intent.startswith("ask_")}
    assert asked | {"small_talk"} == set(TOPICS)
    assert len(TOPICS) == len(set(TOPICS)) == 32


def test_each_intent_has_one_rule(intents: set[str]) -> None:
    ruled = Counter(i for rule in steps("data/rules.yml", "rules") for step in rule for i in intents_of(step))
    assert ruled == Counter(intents | {FALLBACK})


def test_test_stories_name_what_is_declared(intents: set[str], domain: dict[str, Any]) -> None:
    used = [step for story in steps("tests/stories/test_stories.yml", "stories") for step in story]
    assert {step["intent"] for step in used if "user" in step} <= intents | {FALLBACK}
    assert {step["action"] for step in used if "user" not in step} <= set(domain["actions"])
    assert all(step.get("user", "x").strip() for step in used)


def test_each_intent_has_examples(intents: set[str], examples: dict[str, list[str]]) -> None:
    assert set(examples) == intents
    assert {intent for intent, lines in examples.items() if len(lines) < 10} == set()


def test_no_example_stands_under_two_intents(examples: dict[str, list[str]]) -> None:
    def plain(line: str) -> str:
        return re.sub(r"\[([^]]+)\](\(\w+\)|\{[^}]*\})", r"\1", line).strip(" ?!.").lower()

    homes: dict[str, set[str]] = {}
    for intent, lines in examples.items():
        for line in lines:
            homes.setdefault(plain(line), set()).add(intent)
    assert {line: found for line, found in homes.items() if len(found) > 1} == {}


def test_intents_do_not_name_a_drug(intents: set[str], knowledge: Knowledge) -> None:
    names = {n.lower() for d in knowledge.of_kind("drug") for n in d.names.all}
    assert {i for i in intents if any(n in i for n in names)} == set()


# --- entities


def test_entities(domain: dict[str, Any], examples: dict[str, list[str]]) -> None:
    declared = set(domain["entities"])
    annotated = {m[1] for lines in examples.values() for line in lines for m in ENTITY.finditer(line)}
    assert annotated <= declared
    assert {*linker.LABELS.values(), *linker.LABELS_NOT_COVERED.values(), "alarm"} == declared
    assert annotated == declared - {"alarm"}


def test_intents_use_no_entities(domain: dict[str, Any]) -> None:
    """Entities are read by the actions; a policy that read them would need stories for each."""
    assert [i for i in domain["intents"] if next(iter(i.values())) != {"use_entities": []}] == []


# --- actions and slots


def test_actions(domain: dict[str, Any]) -> None:
    returned = {
        node.value.value
        for cls in tree(ROOT / "actions/actions.py").body
        if isinstance(cls, ast.ClassDef)
        for method in cls.body
        if isinstance(method, ast.FunctionDef) and method.name == "name"
        for node in ast.walk(method)
        if isinstance(node, ast.Return)
    }
    assert returned == set(domain["actions"])


def test_actions_of_rules_are_declared(domain: dict[str, Any]) -> None:
    used = {step["action"] for rule in steps("data/rules.yml", "rules") for step in rule if "action" in step}
    used |= {"action_default_fallback"}  # Rasa's own name: chosen where no rule fits
    assert used == set(domain["actions"])


def test_actions_are_short() -> None:
    """`run` is under ten lines (shared/style.md, habit 1)."""
    runs = [n for n in ast.walk(tree(ROOT / "actions/actions.py")) if getattr(n, "name", "") == "run"]
    assert len(runs) == 2
    assert [run.lineno for run in runs if run.end_lineno - run.body[0].lineno >= 10] == []


def test_slots_are_the_memory(domain: dict[str, Any]) -> None:
    assert set(domain["slots"]) == {field.name for field in fields(Memory)}
    for name, slot in domain["slots"].items():
        assert slot["influence_conversation"] is False, name
        assert slot["type"] in ("text", "bool", "categorical"), name
        assert slot.get("initial_value") == (getattr(Memory(), name) if slot["type"] == "categorical" else None), name


def test_languages_are_those_of_knowledge(domain: dict[str, Any]) -> None:
    assert tuple(domain["slots"]["language"]["values"]) == validation.LANGUAGES


# --- sentences


def said() -> Iterator[tuple[str, str]]:
    """Every name given to `say(...)` in the code, as (name or pattern of names, file)."""
    for path in [*CORE, *(ROOT / "helpline/rasa").glob("*.py"), *(ROOT / "actions").glob("*.py")]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
                yield from ((name, path.name) for name in strings(node.args[0]))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Clarification":
                yield from ((name, path.name) for name in strings(node.args[0]))


def strings(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be; a part that is computed becomes `\\w+`, a variable is not followed."""
    if isinstance(node, ast.Constant):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(re.escape(v.value) if isinstance(v, ast.Constant) else r"\w+" for v in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*strings(node.body), *strings(node.orelse))
    elif isinstance(node, ast.BoolOp):
        yield from (name for value in node.values for name in strings(value))


def test_every_sentence_that_is_said_exists(phrases: Phrases) -> None:
    missing = {(name, file) for name, file in said() if not any(re.fullmatch(name, n) for n in phrases.names)}
    assert missing == set()


def test_every_sentence_that_exists_is_said(phrases: Phrases) -> None:
    acts = {*conversation._SMALL_TALK, "affirm", "no_answer_yet", "called"}  # said by the name of the act
    # These say sentences by a variable: `say(phrase)` of a table.
    tables = [
        tree(ROOT / "helpline" / f) for f in ("answers.py", "advice.py", "closing.py", "drug_sets.py", "writer.py")
    ]
    written = {n.value for t in tables for n in ast.walk(t) if isinstance(n, ast.Constant)}
    parts = {p for t in tables for n in ast.walk(t) if isinstance(n, ast.JoinedStr) for p in strings(n)}
    patterns = {p for p in parts if not p.startswith(r"\w+")}
    by_variable = {n for n in phrases.names if n in written or any(re.fullmatch(p, n) for p in patterns)}
    named = {name for name, _ in said()}
    unsaid = {n for n in phrases.names - acts - by_variable if not any(re.fullmatch(name, n) for name in named)}
    assert unsaid == set()
    assert acts <= phrases.names


def test_responses_are_named_as_rasa_names_them(domain: dict[str, Any]) -> None:
    assert [name for name in domain["responses"] if not name.startswith("utter_")] == []


def test_each_topic_that_can_be_asked_back_has_its_question(phrases: Phrases) -> None:
    assert {f"ask_which_{kinds[0]}" for kinds in conversation.ASKED_ABOUT.values()} <= phrases.names


# --- topics of the core


def test_topics_are_asked_about_something_or_nothing() -> None:
    assert set(conversation.ASKED_ABOUT) | set(WITHOUT_SUBJECT) == set(TOPICS)
    assert set(conversation.ASKED_ABOUT) & set(WITHOUT_SUBJECT) == set()
    assert {k for kinds in conversation.ASKED_ABOUT.values() for k in kinds} == set(validation.FIELDS)


def test_answers_read_fields_that_exist() -> None:
    assert set(answers.FIELDS) == set(validation.FIELDS)
    for kind, topics in answers.FIELDS.items():
        assert set(topics) <= set(TOPICS)
        read = {field for read in topics.values() for field in read}
        assert read == set(validation.FIELDS[kind]), f"fields of a {kind} that no answer reads, or the reverse"


def test_what_can_be_asked_about_can_be_answered(knowledge: Knowledge, phrases: Phrases) -> None:
    """Each pair of topic and kind has fields, or the topic has a function of its own."""
    own = set(answers.Composer(knowledge, phrases)._by_topic)
    assert own <= set(TOPICS)
    for topic in set(conversation.ASKED_ABOUT) - own:
        assert [k for k in conversation.ASKED_ABOUT[topic] if topic not in answers.FIELDS[k]] == [], topic


def test_topics_have_a_title() -> None:
    untitled = {*WITHOUT_SUBJECT} - {"emotional_support", "talk_to_human", "cost_access"}
    assert set(answers.TITLES) == set(TOPICS) - untitled


def test_subtypes_offered_exist(knowledge: Knowledge) -> None:
    for subject_id in re.findall(r'"(her2-positive|hormone-receptor-positive|triple-negative)"', source("writer.py")):
        assert knowledge.subjects[subject_id].kind == "term"


def source(name: str) -> str:
    return (ROOT / "helpline" / name).read_text(encoding="utf-8")


# --- imports


@pytest.mark.parametrize("path", CORE, ids=lambda p: p.name)
def test_the_core_imports_no_rasa(path: Path) -> None:
    assert imports(path) & {"rasa", "rasa_sdk", "tensorflow", "sanic", "actions"} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "actions").glob("*.py")), ids=lambda p: p.name)
def test_actions_import_no_rasa(path: Path) -> None:
    assert imports(path) & {"rasa", "tensorflow", "sanic", "spacy"} == set()


def test_the_terminal_and_the_answers_start_light() -> None:
    """One process imports them all and says which heavy modules came along."""
    code = (
        "import sys, helpline.cli, helpline.client, helpline.answers, helpline.assistant\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules} & {'rasa', 'rasa_sdk', 'tensorflow', 'spacy', 'sanic'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    assert ran.stdout.strip() == ""


def test_helper_modules_have_names_of_their_own() -> None:
    """No `utils.py`, `helpers.py`, `common.py`."""
    names = {p.stem for folder in ("helpline", "actions") for p in (ROOT / folder).rglob("*.py")}
    assert names & {"utils", "util", "helpers", "common", "misc"} == set()


# --- doses


def texts(value: Any) -> Iterator[str]:
    """Every text of a YAML document but the addresses of pages."""
    if isinstance(value, dict):
        for key, part in value.items():
            if key != "url":
                yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "knowledge").rglob("*.yml")), ROOT / "domain.yml"],
    ids=lambda p: p.relative_to(ROOT).as_posix(),
)
def test_no_dose(path: Path, dose: re.Pattern[str]) -> None:
    found = [text for text in texts(document.read(path)) if dose.search(text)]
    assert found == []


def test_commands_of_the_readme_exist() -> None:
    """Every `make` target and every `helpline` command that the README names is there, and the reverse for targets."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", readme))
    assert {"serve", "chat", "test", "check", "help", "lock"} <= named <= targets
    commands = set(re.findall(r"helpline (ask|chat|serve|check|review|train|sheet|eval)\b", readme))
    assert commands
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0


def test_settings_are_documented() -> None:
    """Every HELPLINE_ setting that the code reads is in the README, and the reverse."""
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "helpline").rglob("*.py"))
    read = set(re.findall(r'(?:environ(?:\.get\(|\[)|is_on\()"(HELPLINE_[A-Z_]+)"', code))
    assert read == set(re.findall(r"HELPLINE_[A-Z_]+", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert read == switches.SETTINGS
