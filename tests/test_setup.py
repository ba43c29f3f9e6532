"""What a person is told when a fresh checkout cannot be set up, trained or served."""

import os
import shutil
import subprocess
import sys

import pytest

from helpline import paths

pytestmark = pytest.mark.slow

LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".rasa", ".helpline", "models", "logs", "node_modules", "tests")


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout without anything built."""
    return shutil.copytree(paths.ROOT, tmp_path / "checkout", ignore=LEFT_OUT)


def run(command, checkout, **environment):
    return subprocess.run(
        command, cwd=checkout, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=240
    )


def test_no_python_310(checkout):
    result = run(["scripts/setup"], checkout, PATH="/usr/bin:/bin", PYENV_ROOT=str(checkout / "nowhere"))
    assert result.returncode == 1
    assert "helpline: Python 3.10 was not found." in result.stderr


def test_no_network(checkout):
    nowhere = "http://127.0.0.1:9/simple"
    result = run(
        ["scripts/setup"],
        checkout,
        PATH=f"{os.path.dirname(os.path.realpath(sys.executable))}:/usr/bin:/bin",
        PIP_INDEX_URL=nowhere,
        PIP_RETRIES="0",
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_CACHE_DIR="1",
        UV_DEFAULT_INDEX=nowhere,
        UV_NO_CACHE="1",
    )
    assert result.returncode == 1
    assert "helpline: The packages could not be installed: is there a network?" in result.stderr
    assert not (checkout / ".venv/.installed").exists()


def test_broken_knowledge_stops_the_start_with_the_whole_report(checkout):
    drug = checkout / "knowledge/drugs/olaparib.yml"
    drug.write_text(drug.read_text().replace("sources:", "sorces:", 1))
    (checkout / "knowledge/terms/her2.yml").write_text("")
    result = run([sys.executable, "-m", "helpline.cli", "serve"], checkout)
    assert result.returncode == 1
    assert 'unknown key "sorces". Did you mean "sources"?' in result.stderr
    assert "knowledge/terms/her2.yml:1: must be a mapping" in result.stderr
    assert "helpline: The knowledge base has" in result.stderr
    assert "Traceback" not in result.stderr


def test_training_that_fails_says_where_to_look(checkout):
    config = checkout / "config.yml"
    config.write_text(config.read_text().replace("FallbackClassifier", "NoSuchClassifier"))
    result = run([sys.executable, "-m", "helpline.cli", "train"], checkout)
    assert result.returncode == 1
    assert "helpline: Training failed. What Rasa said is in logs/train.log." in result.stderr
    assert (checkout / "logs/train.log").stat().st_size > 0
