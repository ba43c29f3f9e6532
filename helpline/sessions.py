"""Sessions that the server issues: a signed, expiring token around 128 random bits. A client cannot choose one."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
from pathlib import Path

import jwt

LIFETIME = datetime.timedelta(minutes=60)
_ALGORITHM = "HS256"
_AUDIENCE = "helpline"
_SHORTEST_KEY = 64  # hexadecimal digits: 256 bits
_SHORTEST_GIVEN = 43  # characters: 256 bits in base64


class InvalidSession(Exception):
    """The token was not issued by this server, or has expired. `reason` is `invalid` or `expired`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sessions:
    """Issues and checks session tokens with one signing key."""

    def __init__(self, key: str) -> None:
        self._key = key

    def new_id(self) -> str:
        """Return a fresh conversation id of 128 random bits."""
        return secrets.token_hex(16)

    def token(self, session_id: str) -> str:
        """Return a token for an id, good for `LIFETIME` from now."""
        now = datetime.datetime.now(datetime.timezone.utc)
        claims = {"sub": session_id, "aud": _AUDIENCE, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def id_of(self, token: str, even_expired: bool = False) -> str:
        """Return the conversation id of a token.

        Args:
            token: what the client sent.
            even_expired: whether it may have expired, as where a conversation is deleted or put on a sheet.

        Raises:
            InvalidSession: it was forged, altered or has expired.
        """
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                # Not when it was made: the clocks of two workers differ, and clocks are put back.
                options={"require": ["sub", "exp", "aud"], "verify_iat": False, "verify_exp": not even_expired},
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidSession("expired") from error
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise InvalidSession("invalid") from error
        return str(claims["sub"])


def signing_key(folder: Path) -> str:
    """Return the signing key: `HELPLINE_SESSION_KEY`, or one kept in a file that only this user can read.

    Raises:
        ValueError: the setting is too short to keep forgers out.
    """
    given = given_key()
    if given:
        return given
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "session.key"
    if path.exists() and path.stat().st_size < _SHORTEST_KEY:
        path.unlink()  # no key of ours: somebody emptied the file
    if not path.exists():
        _write_key(path)
    return path.read_text(encoding="ascii")


def given_key() -> str | None:
    """Return `HELPLINE_SESSION_KEY`, where it is set.

    Raises:
        ValueError: it is too short to keep forgers out.
    """
    given = os.environ.get("HELPLINE_SESSION_KEY")
    if given and len(given) < _SHORTEST_GIVEN:
        # The setting is a secret: it is not repeated.
        raise ValueError(
            f"HELPLINE_SESSION_KEY is too short: it needs {_SHORTEST_GIVEN} characters at least. "
            "Make one: openssl rand -hex 32"
        )
    return given or None


def _write_key(path: Path) -> None:
    """Write a new key beside its place and link it there whole, so that nobody ever reads half a key."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SHORTEST_KEY // 2))
    with contextlib.suppress(FileExistsError):  # another process was first: its key is the key
        os.link(draft, path)
    draft.unlink()
