"""What `/ready` says of a server that cannot answer, reason by reason."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain

from helpline import model, paths
from helpline.rasa.probes import Readiness
from helpline.rasa.tracker_store import HelplineTrackerStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout as far as a probe looks at it: knowledge, and a model that was trained from it."""
    shutil.copytree(Path(__file__).parent / "data" / "knowledge", tmp_path / "knowledge")
    ours = model.current(tmp_path)
    ours.parent.mkdir()
    ours.write_bytes(b"weights")
    model._seal(ours).write_text(model._digest(ours))
    return tmp_path


def app(root: Path, **changes: Any) -> Any:
    """A server that is ready but for its actions, which nobody runs here."""
    store = HelplineTrackerStore(Domain.empty(), url=f"sqlite:///{root}/c.db")
    agent = SimpleNamespace(
        is_ready=lambda: True,
        tracker_store=store,
        lock_store=InMemoryLockStore(),
        action_endpoint=None,
        processor=SimpleNamespace(model_filename=model.current(root).name, tracker_store=store),
    )
    for name, value in changes.items():
        setattr(agent, name, value)
    return SimpleNamespace(ctx=SimpleNamespace(agent=agent))


async def reasons(readiness: Readiness, served: Any) -> list[str]:
    response = await readiness.ready(SimpleNamespace(app=served))
    found: list[str] = json.loads(response.body)["reasons"]
    assert response.status == 503
    return [reason for reason in found if reason != "actions_not_reachable"]


async def test_nothing_but_the_actions_is_missing(root: Path) -> None:
    assert await reasons(Readiness(root), app(root)) == []


async def test_no_model(root: Path) -> None:
    assert await reasons(Readiness(root), app(root, is_ready=lambda: False)) == ["model_not_loaded"]
    assert await reasons(Readiness(root), SimpleNamespace(ctx=SimpleNamespace())) == ["model_not_loaded"]


async def test_a_model_of_other_content(root: Path) -> None:
    other = SimpleNamespace(model_filename="helpline-0.tar.gz")
    assert await reasons(Readiness(root), app(root, processor=other)) == ["model_differs"]


async def test_a_model_that_has_changed_on_the_disk(root: Path) -> None:
    model.current(root).write_bytes(b"weight$")
    assert await reasons(Readiness(root), app(root)) == ["model_differs"]


@pytest.mark.parametrize("store", [InMemoryTrackerStore(Domain.empty()), TrackerStore(Domain.empty())])
async def test_a_store_of_another_class(root: Path, store: TrackerStore) -> None:
    served = app(root, tracker_store=FailSafeTrackerStore(store))
    assert await reasons(Readiness(root), served) == ["store_class_differs"]


async def test_locks_of_another_class(root: Path) -> None:
    assert await reasons(Readiness(root), app(root, lock_store=LockStore())) == ["lock_store_class_differs"]


async def test_a_store_that_cannot_be_written(root: Path) -> None:
    store = HelplineTrackerStore(Domain.empty(), url=f"sqlite:///{root}/knowledge/terms")  # a folder
    assert await reasons(Readiness(root), app(root, tracker_store=store)) == ["store_OperationalError"]


async def test_knowledge_that_breaks_while_serving(root: Path) -> None:
    readiness = Readiness(root)
    served = app(root)
    broken = next((root / "knowledge" / "drugs").glob("*.yml"))
    whole = broken.read_text(encoding="utf-8")
    broken.write_text("names: [", encoding="utf-8")
    assert await reasons(readiness, served) == ["knowledge_broken"]
    broken.write_text(whole, encoding="utf-8")
    assert await reasons(readiness, served) == []


def test_the_probe_looks_at_our_own_folder() -> None:
    assert Readiness(paths.ROOT)._folder == paths.KNOWLEDGE
