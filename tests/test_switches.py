"""Settings of the environment."""

from __future__ import annotations

import pytest

from helpline import switches


@pytest.mark.parametrize("name", ["HELPLINE_ORIGIN", "HELPLINE_LIMTS", "HELPLINE_DATABSE", "HELPLINE_SESSION_KEYS"])
def test_a_misspelt_setting_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "what it was set to")
    with pytest.raises(ValueError, match=rf"There is no setting {name}\. Did you mean HELPLINE_\w+\?") as refusal:
        switches.require_known()
    assert "what it was set to" not in str(refusal.value)


@pytest.mark.parametrize(
    "name",
    [
        "HELPLINE_ORIGINS",
        "HELPLINE_PORT",  # Kubernetes sets these for a service of this name
        "HELPLINE_SERVICE_HOST",
        "HELPLINE_PORT_5005_TCP_ADDR",
        "HELPLINE_TEST_SOAK",
    ],
)
def test_other_names_are_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    switches.require_known()


def test_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert switches.is_on("HELPLINE_STANDBY")
    monkeypatch.setenv("HELPLINE_STANDBY", "off")
    assert not switches.is_on("HELPLINE_STANDBY")
    monkeypatch.setenv("HELPLINE_STANDBY", "of")
    with pytest.raises(ValueError, match="Allowed: on, off"):
        switches.is_on("HELPLINE_STANDBY")
