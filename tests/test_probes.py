"""What `/ready` says of a server that cannot answer, reason by reason."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from rasa.core.lock_store import InMemoryLockStore, LockStore
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain

from helpline import model, paths
from helpline.rasa.lock_store import RedisLocks
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


@pytest.fixture
async def actions() -> AsyncIterator[str]:
    """An action server as far as a probe looks at it. Its address is that which Rasa is given."""

    async def health(request: web.Request) -> web.Response:
        return web.Response()

    served = web.Application()
    served.router.add_get("/health", health)
    runner = web.AppRunner(served)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    await runner.cleanup()


@pytest.fixture
def app(root: Path, actions: str) -> Callable[..., Any]:
    """Make a server that is ready, but for what is changed in it."""
    return partial(_app, root, actions)


def _app(root: Path, actions: str, **changes: Any) -> Any:
    store = HelplineTrackerStore(Domain.empty(), url=f"sqlite:///{root}/c.db")
    agent = SimpleNamespace(
        is_ready=lambda: True,
        tracker_store=store,
        lock_store=InMemoryLockStore(),
        action_endpoint=SimpleNamespace(url=actions),
        processor=SimpleNamespace(model_filename=model.current(root).name, tracker_store=store),
    )
    for name, value in changes.items():
        setattr(agent, name, value)
    return SimpleNamespace(ctx=SimpleNamespace(agent=agent))


async def reasons(readiness: Readiness, served: Any) -> list[str]:
    response = await readiness.ready(SimpleNamespace(app=served))
    found: list[str] = json.loads(response.body)["reasons"]
    assert response.status == (503 if found else 200)
    return found


async def test_nothing_is_missing(root: Path, app: Callable[..., Any]) -> None:
    assert await reasons(Readiness(root), app()) == []


@pytest.mark.parametrize("endpoint", [None, SimpleNamespace(url="http://127.0.0.1:9/webhook")])
async def test_no_actions(root: Path, app: Callable[..., Any], endpoint: object) -> None:
    assert await reasons(Readiness(root), app(action_endpoint=endpoint)) == ["actions_not_reachable"]


async def test_actions_that_stand_still(root: Path, app: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = SimpleNamespace(url=f"http://127.0.0.1:{silent.getsockname()[1]}/webhook")
        start = time.monotonic()
        assert await reasons(Readiness(root), app(action_endpoint=endpoint)) == ["actions_not_reachable"]
    assert time.monotonic() - start < 5


async def test_locks_that_nobody_keeps(root: Path, app: Callable[..., Any]) -> None:
    locks = RedisLocks(url="redis://127.0.0.1:9/0")
    assert await reasons(Readiness(root), app(lock_store=locks)) == ["lock_store_not_reachable"]


async def test_no_model(root: Path, app: Callable[..., Any]) -> None:
    assert await reasons(Readiness(root), app(is_ready=lambda: False)) == ["model_not_loaded"]
    assert await reasons(Readiness(root), SimpleNamespace(ctx=SimpleNamespace())) == ["model_not_loaded"]


async def test_a_model_of_other_content(root: Path, app: Callable[..., Any]) -> None:
    other = SimpleNamespace(model_filename="helpline-0.tar.gz")
    assert await reasons(Readiness(root), app(processor=other)) == ["model_differs"]


async def test_a_model_that_has_changed_on_the_disk(root: Path, app: Callable[..., Any]) -> None:
    model.current(root).write_bytes(b"weight$")
    assert await reasons(Readiness(root), app()) == ["model_differs"]


@pytest.mark.parametrize("store", [InMemoryTrackerStore(Domain.empty()), TrackerStore(Domain.empty())])
async def test_a_store_of_another_class(root: Path, app: Callable[..., Any], store: TrackerStore) -> None:
    served = app(tracker_store=FailSafeTrackerStore(store))
    assert await reasons(Readiness(root), served) == ["store_class_differs"]


async def test_locks_of_another_class(root: Path, app: Callable[..., Any]) -> None:
    assert await reasons(Readiness(root), app(lock_store=LockStore())) == ["lock_store_class_differs"]


async def test_a_store_that_cannot_be_written(root: Path, app: Callable[..., Any]) -> None:
    store = HelplineTrackerStore(Domain.empty(), url=f"sqlite:///{root}/knowledge/terms")  # a folder
    assert await reasons(Readiness(root), app(tracker_store=store)) == ["store_OperationalError"]


async def test_knowledge_that_breaks_while_serving(root: Path, app: Callable[..., Any]) -> None:
    readiness = Readiness(root)
    served = app()
    broken = next((root / "knowledge" / "drugs").glob("*.yml"))
    whole = broken.read_text(encoding="utf-8")
    broken.write_text("names: [", encoding="utf-8")
    assert await reasons(readiness, served) == ["knowledge_broken"]
    broken.write_text(whole, encoding="utf-8")
    assert await reasons(readiness, served) == []


def test_the_probe_looks_at_our_own_folder() -> None:
    assert Readiness(paths.ROOT)._folder == paths.KNOWLEDGE
