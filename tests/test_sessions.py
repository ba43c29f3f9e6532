"""Sessions: only tokens of ours are accepted, and only while they are fresh."""

from __future__ import annotations

import datetime
import random
import stat
from pathlib import Path

import jwt
import pytest

from helpline.sessions import LIFETIME, InvalidSession, Sessions, given_key, signing_key

KEY = "a key of this test, that is long enough for HS256"
OTHER = "another key, which is just as long as the first one"


def claims(**changes: object) -> dict[str, object]:
    now = datetime.datetime.now(datetime.timezone.utc)
    all_claims = {"sub": "someone", "aud": "helpline", "iat": now, "exp": now + LIFETIME} | changes
    return {key: value for key, value in all_claims.items() if value is not None}


def signed(key: str = KEY, **changes: object) -> str:
    return jwt.encode(claims(**changes), key, algorithm="HS256")


def past(minutes: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)


def altered(token: str, part: int) -> str:
    """The token with one character of a part changed; its middle, for the last one may hold unused bits."""
    parts = token.split(".")
    middle = len(parts[part]) // 2
    swapped = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + swapped + parts[part][middle + 1 :]
    return ".".join(parts)


def test_a_token_comes_back_as_its_id() -> None:
    sessions = Sessions(KEY)
    session_id = sessions.new_id()
    assert sessions.id_of(sessions.token(session_id)) == session_id
    assert Sessions(KEY).id_of(sessions.token(session_id)) == session_id


def test_none_of_10_000_forged_tokens_is_accepted() -> None:
    """One character changed, a piece of another token, another key: each from a fixed seed."""
    sessions, chance = Sessions(KEY), random.Random(7)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = 0
    for _ in range(10_000):
        session_id = sessions.new_id()
        head, body, signature = sessions.token(session_id).split(".")
        part = chance.choice(("body", "signature", "key"))
        if part == "body":
            at = chance.randrange(len(body))
            body = body[:at] + chance.choice(letters.replace(body[at], "")) + body[at + 1 :]
        elif part == "signature":
            signature = "".join(chance.choices(letters, k=len(signature)))
        else:
            signature = Sessions(OTHER).token(session_id).split(".")[2]
        try:
            sessions.id_of(f"{head}.{body}.{signature}")
            accepted += 1
        except InvalidSession:
            pass
    assert accepted == 0


def test_ids_are_128_random_bits() -> None:
    ids = {Sessions(KEY).new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(i)) == 16 for i in ids)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "invalid"),
        ("no token", "invalid"),
        ("a.b.c", "invalid"),
        ("\ud800", "invalid"),
        (signed(OTHER), "invalid"),
        (altered(signed(), 0), "invalid"),
        (altered(signed(), 1), "invalid"),
        (altered(signed(), 2), "invalid"),
        (signed().rpartition(".")[0] + ".", "invalid"),
        (jwt.encode(claims(), None, algorithm="none"), "invalid"),
        (signed(aud="another service"), "invalid"),
        (signed(aud=None), "invalid"),
        (signed(sub=None), "invalid"),
        (signed(exp=None), "invalid"),
        (signed(iat=past(61), exp=past(1)), "expired"),
        (signed(OTHER, iat=past(61), exp=past(1)), "invalid"),
    ],
    ids=[
        "empty",
        "no token",
        "three words",
        "surrogate",
        "other key",
        "header altered",
        "claims altered",
        "signature altered",
        "signature cut off",
        "algorithm none",
        "other audience",
        "no audience",
        "no id",
        "no expiry",
        "expired",
        "expired and of another key",
    ],
)
def test_refused(token: str, reason: str) -> None:
    with pytest.raises(InvalidSession) as refused:
        Sessions(KEY).id_of(token)
    assert refused.value.reason == reason


def test_a_token_lives_for_an_hour() -> None:
    lived = jwt.decode(Sessions(KEY).token("someone"), KEY, algorithms=["HS256"], audience="helpline")
    assert lived["exp"] - lived["iat"] == LIFETIME.total_seconds() == 3600


def test_a_clock_that_is_put_back_ends_no_session() -> None:
    """Nor one that goes after that of the worker which gave the session out."""
    now = datetime.datetime.now(datetime.timezone.utc)
    ahead = signed(iat=now + datetime.timedelta(minutes=5), exp=now + datetime.timedelta(minutes=65))
    assert Sessions(KEY).id_of(ahead) == "someone"


@pytest.fixture
def no_key_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HELPLINE_SESSION_KEY", raising=False)


@pytest.mark.usefixtures("no_key_in_environment")
def test_the_key_is_kept_where_only_we_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    key = signing_key(folder)
    assert len(bytes.fromhex(key)) == 32
    assert stat.S_IMODE((folder / "session.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert signing_key(folder) == key
    assert signing_key(tmp_path / "another") != key


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_SESSION_KEY", KEY)
    assert signing_key(tmp_path / "state") == KEY
    assert not (tmp_path / "state").exists()


def test_a_key_that_could_be_guessed_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_SESSION_KEY", "hunter2")
    with pytest.raises(ValueError, match="too short") as refused:
        given_key()
    assert "hunter2" not in str(refused.value)


@pytest.mark.usefixtures("no_key_in_environment")
def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "session.key").touch(mode=0o600)
    assert len(signing_key(tmp_path)) >= 32
