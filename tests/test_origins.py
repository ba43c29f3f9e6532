"""Which pages may use the server."""

from __future__ import annotations

import pytest

from helpline import origins

LISTED = ("https://www.hospital.example",)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://help.example", True),
        ("http://help.example", True),
        ("https://www.hospital.example", True),
        ("https://hospital.example", False),
        ("https://www.hospital.example.evil.example", False),
        ("http://www.hospital.example", False),
        ("https://help.example:444", False),
        ("null", False),
        ("", False),
    ],
)
def test_who_may_ask(origin: str | None, allowed: bool) -> None:
    assert origins.may_ask(origin, "help.example", LISTED) is allowed


def test_only_a_listed_origin_gets_headers_and_never_credentials() -> None:
    assert origins.headers("https://evil.example", LISTED) == {"Vary": "Origin"}
    given = origins.headers(LISTED[0], LISTED)
    assert given["Access-Control-Allow-Origin"] == LISTED[0]
    assert "Access-Control-Allow-Credentials" not in given


@pytest.mark.parametrize("wrong", ["*", "hospital.org", "https://hospital.org/", "https://*.hospital.org", "null"])
def test_a_list_is_exact(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_ORIGINS", f"https://ok.example {wrong}")
    with pytest.raises(ValueError, match="which is no origin"):
        origins.listed()


def test_the_list_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_ORIGINS", "https://a.example  https://b.example:8443")
    assert origins.listed() == ("https://a.example", "https://b.example:8443")
