"""Where things are in the checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "knowledge"
DOMAIN = ROOT / "domain.yml"
MODELS = ROOT / "models"
LOGS = ROOT / "logs"
WIDGET = ROOT / "widget"


def logs() -> Path:
    """Return the folder of the logs: in the checkout, or with the state where `HELPLINE_STATE` says where that is."""
    return state() / "logs" if os.environ.get("HELPLINE_STATE") else LOGS


def state() -> Path:
    """Return the folder of the sessions' key, the conversations and what a running server notes: `HELPLINE_STATE`."""
    return Path(os.environ.get("HELPLINE_STATE") or ROOT / ".helpline")
