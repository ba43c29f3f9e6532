"""Whether a trained model is up to date is decided by content."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from helpline import model, paths

PACKAGE = paths.ROOT / "helpline"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout with every input of a model, and a few other files."""
    for name in (
        "config.yml",
        "domain.yml",
        "requirements.txt",
        *model.COMPONENT_MODULES,
        "data/nlu.yml",
        "data/rules.yml",
        "knowledge/drugs/a.yml",
        "knowledge/safety.yml",
        "helpline/answers.py",
        "actions/actions.py",
        "README.md",
        "widget/widget.js",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")
    return tmp_path


def edit(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text("changed")


def add(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text("new")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(edit("domain.yml"), id="domain"),
        pytest.param(edit("config.yml"), id="config"),
        pytest.param(edit("requirements.txt"), id="packages"),
        pytest.param(edit("data/nlu.yml"), id="examples"),
        pytest.param(edit("data/rules.yml"), id="rules"),
        pytest.param(edit("knowledge/drugs/a.yml"), id="a drug"),
        pytest.param(edit("knowledge/safety.yml"), id="alarm words"),
        *[pytest.param(edit(name), id=name) for name in model.COMPONENT_MODULES],
        pytest.param(add("knowledge/drugs/b.yml"), id="a new drug"),
        pytest.param(add("data/more.yml"), id="new examples"),
        pytest.param(lambda root: (root / "knowledge/drugs/a.yml").unlink(), id="a drug taken out"),
        pytest.param(lambda root: (root / "config.yml").unlink(), id="no config"),
        pytest.param(
            lambda root: (root / "knowledge/drugs/a.yml").rename(root / "knowledge/drugs/b.yml"), id="a drug renamed"
        ),
    ],
)
def test_a_change_makes_the_model_stale(change: Callable[[Path], object], checkout: Path) -> None:
    before = model.content_hash(checkout)
    change(checkout)
    assert model.content_hash(checkout) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root: None, id="nothing"),
        pytest.param(edit("README.md"), id="readme"),
        pytest.param(edit("helpline/answers.py"), id="a module that no component uses"),
        pytest.param(edit("actions/actions.py"), id="actions"),
        pytest.param(edit("widget/widget.js"), id="widget"),
        pytest.param(add("knowledge/README.md"), id="how to edit knowledge"),
        pytest.param(lambda root: (root / "domain.yml").touch(), id="only the time of a file"),
        pytest.param(lambda root: (root / "models").mkdir(), id="models"),
    ],
)
def test_other_changes_do_not(change: Callable[[Path], object], checkout: Path) -> None:
    before = model.content_hash(checkout)
    change(checkout)
    assert model.content_hash(checkout) == before


def test_text_moved_between_files_counts(checkout: Path) -> None:
    (checkout / "config.yml").write_text("ab")
    (checkout / "domain.yml").write_text("c")
    before = model.content_hash(checkout)
    (checkout / "config.yml").write_text("a")
    (checkout / "domain.yml").write_text("bc")
    assert model.content_hash(checkout) != before


def test_where_the_present_model_is(checkout: Path) -> None:
    assert model.current(checkout) == checkout / "models" / f"helpline-{model.content_hash(checkout)}.tar.gz"


def test_every_input_exists() -> None:
    missing = [name for name in model._INPUTS if not (paths.ROOT / name).is_file()]
    assert missing == []


def test_component_modules_are_those_that_the_components_import() -> None:
    """The components are those of ours that config.yml names."""
    names = re.findall(r"^  - name: (helpline[\w.]+)\.\w+$", (paths.ROOT / "config.yml").read_text(), re.MULTILINE)
    assert len(names) >= 3
    assert sorted(model.COMPONENT_MODULES) == sorted(set().union(*map(imported, names)))


def imported(module: str) -> set[str]:
    """The files of our package that a module imports, and those that they import; packages themselves left out."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        path = paths.ROOT / (waiting.pop().replace(".", "/") + ".py")
        name = path.relative_to(paths.ROOT).as_posix()
        if not path.is_file() or name in found:
            continue
        found.add(name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names if alias.name.startswith("helpline")]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpline"):
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def test_no_relative_imports() -> None:
    """`imported` above reads absolute imports only."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    assert [p for p, tree in trees.items() for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level] == []


def test_rasa_processes_are_quiet_and_private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "yes")
    environment = model.rasa_environment()
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["KEPT"] == "yes"
