"""The trained Rasa model: whether it is up to date, by content, and how it is trained."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from helpline import paths

# What a model depends on. The modules are those that the NLU components import; a test keeps the list complete.
COMPONENT_MODULES = (
    "helpline/adapter.py",
    "helpline/alarms.py",
    "helpline/checked_file.py",
    "helpline/classifier.py",
    "helpline/clauses.py",
    "helpline/document.py",
    "helpline/encoder.py",
    "helpline/glosses.py",
    "helpline/knowledge.py",
    "helpline/linker.py",
    "helpline/paths.py",
    "helpline/prose.py",
    "helpline/question.py",
    "helpline/rasa/classifier.py",
    "helpline/rasa/nlu.py",
    "helpline/rules.py",
    "helpline/safety.py",
    "helpline/seeds.py",
    "helpline/slips.py",
    "helpline/spelling.py",
    "helpline/validation.py",
    "helpline/wording.py",
)
_INPUTS = ("config.yml", "domain.yml", "requirements.txt", "data/alarms/adapter.npz", *COMPONENT_MODULES)
_INPUT_FOLDERS = ("data", "knowledge")
_PREFIX = "helpline-"


class CannotRead(Exception):
    """The trained model could not read texts. The message says why."""


class TrainingFailed(Exception):
    """Rasa did not produce a model. The message says where its output is."""


def _inputs(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _INPUTS)
    for folder in _INPUT_FOLDERS:
        yield from sorted((root / folder).rglob("*.yml"))


def content_hash(root: Path = paths.ROOT) -> str:
    """Return a hash of everything that a model is made from."""
    digest = hashlib.sha256()
    for path in _inputs(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() if path.exists() else b"")
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def current(root: Path = paths.ROOT) -> Path:
    """Return where the model for the present content is, or would be."""
    return root / "models" / f"{_PREFIX}{content_hash(root)}.tar.gz"


def rasa_environment() -> dict[str, str]:
    """Return the environment for every Rasa process that we start: no telemetry, quiet TensorFlow, bytecode kept."""
    environment = os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
    # Without it every start compiles Rasa and TensorFlow anew, which takes longer than all else that a start does.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def train(tell: Callable[[float], None] = lambda seconds: None) -> Path:
    """Train a model for the present content, and take away those that we trained for older content.

    Args:
        tell: called about four times a second with the seconds since the start.

    Raises:
        TrainingFailed: Rasa ended without a model.
    """
    target = current()
    paths.LOGS.mkdir(exist_ok=True)
    log = paths.LOGS / "train.log"
    name = target.name.removesuffix(".tar.gz")
    # Rasa's own validation takes longer than the training; our contract tests check more than it does.
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation"]
    command += ["--fixed-model-name", name, "--out", str(target.parent)]
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=paths.ROOT, env=rasa_environment(), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while True:
                try:
                    process.wait(timeout=0.25)
                    break
                except subprocess.TimeoutExpired:
                    tell(time.monotonic() - start)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0 or not target.exists():
        raise TrainingFailed(f"Training failed. What Rasa said is in {log.relative_to(paths.ROOT)}.")
    _seal(target).write_text(_digest(target), encoding="ascii")
    for old in target.parent.glob(f"{_PREFIX}*"):
        if old not in (target, _seal(target)):
            old.unlink()
    return target


def fault(path: Path) -> str | None:
    """Return why a model cannot be served, as a sentence: it is missing, foreign or has changed. None where it can."""
    if not path.exists():
        return f"There is no model {path.name}."
    if not _seal(path).exists():
        return f"The model {path.name} was not trained here."
    if _seal(path).read_text(encoding="ascii") != _digest(path):
        return f"The model {path.name} has changed since it was trained."
    return None


def _seal(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return what the present model makes of each text: intent, ranking, entities and milliseconds, on one thread.

    Raises:
        CannotRead: there is no model, or Rasa ended before it was done.
    """
    if not current().exists():  # Rasa would take whichever other one is there
        raise CannotRead("There is no model of the present data yet. `helpline train` makes it.")
    environment = rasa_environment() | {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    lines = "".join(" ".join(text.split()) + "\n" for text in texts)
    command = [sys.executable, "-m", "helpline.rasa.reader", str(current())]
    done = subprocess.run(command, cwd=paths.ROOT, env=environment, input=lines, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRead(f"The model could not be read. What Rasa said: {done.stderr.strip()[-500:] or 'nothing'}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
