"""The conversations of tests/stories, through Rasa's own test runner and the trained model."""

import subprocess
import sys

import pytest

from helpline import model, paths

pytestmark = pytest.mark.slow


def test_rasa_predicts_every_conversation(tmp_path):
    command = [sys.executable, "-m", "rasa", "test", "core", "--fail-on-prediction-errors", "--no-plot"]
    command += ["--model", str(model.current()), "--stories", "tests/stories", "--out", str(tmp_path)]
    result = subprocess.run(
        command, cwd=paths.ROOT, env=model.rasa_environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
