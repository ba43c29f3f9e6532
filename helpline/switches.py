"""Settings of the environment: their names, and those that are on or off."""

from __future__ import annotations

import difflib
import os

# A test compares them with the README and with what the code reads.
SETTINGS = frozenset(
    f"HELPLINE_{name}"
    for name in (
        *("ADDRESS_RATE", "ADDRESS_SESSIONS", "CONTENT", "DATABASE", "LIMITS", "LOGS", "MODE", "ORIGINS", "PROXIES"),
        *("REDIS", "SESSION_KEY", "SESSION_RATE", "STANDBY", "STATE"),
    )
)
_LIKE = 0.9  # of a name that is meant, however it is spelt; what else begins so belongs to others


def require_known() -> None:
    """Refuse a setting that would be passed over because its name is misspelt.

    Raises:
        ValueError: there is one. The message says which is meant, not what it was set to.
    """
    for name in os.environ:
        meant = difflib.get_close_matches(name, SETTINGS, 1, _LIKE) if name not in SETTINGS else []
        if meant:
            raise ValueError(f"There is no setting {name}. Did you mean {meant[0]}?")


def is_on(name: str) -> bool:
    """Return whether a setting is on, as it is where nobody set it.

    Raises:
        ValueError: the setting is something else than on or off.
    """
    setting = os.environ.get(name, "on")
    if setting not in ("on", "off"):
        raise ValueError(f'{name} "{setting}" is not allowed. Allowed: on, off')
    return setting == "on"
