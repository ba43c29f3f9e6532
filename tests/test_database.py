"""Which database keeps the conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpline import database


def test_a_file_in_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HELPLINE_DATABASE", raising=False)
    monkeypatch.setenv("HELPLINE_STATE", str(tmp_path))
    assert database.file() == tmp_path / "conversations.db"
    assert database.url() == f"sqlite:///{tmp_path}/conversations.db"


def test_postgresql_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_DATABASE", "postgresql://me:secret@host/helpline")
    assert database.file() is None


def test_another_database_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_DATABASE", "mysql://me:secret@host/helpline")
    with pytest.raises(ValueError, match="Allowed: sqlite") as refused:
        database.url()
    assert "secret" not in str(refused.value)
