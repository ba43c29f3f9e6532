"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "knowledge"
DOMAIN = ROOT / "domain.yml"
MODELS = ROOT / "models"
LOGS = ROOT / "logs"
STATE = ROOT / ".helpline"
WIDGET = ROOT / "widget"
