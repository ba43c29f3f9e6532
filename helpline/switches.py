"""Settings of the environment that are on or off."""

from __future__ import annotations

import os


def is_on(name: str) -> bool:
    """Return whether a setting is on, as it is where nobody set it.

    Raises:
        ValueError: the setting is something else than on or off.
    """
    setting = os.environ.get(name, "on")
    if setting not in ("on", "off"):
        raise ValueError(f'{name} "{setting}" is not allowed. Allowed: on, off')
    return setting == "on"
