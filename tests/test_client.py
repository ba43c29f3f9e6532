"""The client, against a server that only pretends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import SETTINGS, StubServer

from helpline.client import API, CHAT, Client, ServerError, SessionEnded, Unreachable


@pytest.fixture
def client(stub: StubServer) -> Iterator[Client]:
    with Client(stub.url) as client:
        yield client


def answer(text: str, session: str) -> tuple[int, object]:
    return 200, {"text": text, "buttons": [], "custom": {}, "session": session}


def test_a_session_carries_on(stub: StubServer, client: Client) -> None:
    stub.answers = [answer("One.", "token-1"), answer("Two.", "token-2"), answer("Three.", "token-3")]
    assert [client.ask(q)["text"] for q in ("a", "b", "c")] == ["One.", "Two.", "Three."]
    assert stub.received == [
        {"path": CHAT, "message": "a"},
        {"path": CHAT, "message": "b", "session": "token-1"},
        {"path": CHAT, "message": "c", "session": "token-2"},
    ]
    assert client.session == "token-3"


def test_starting_anew_forgets_the_session(stub: StubServer, client: Client) -> None:
    client.ask("a")
    client.start_anew()
    client.ask("b")
    assert ["session" in r for r in stub.received] == [False, False]


def test_a_slash_at_the_end_of_the_address_does_not_matter(stub: StubServer) -> None:
    with Client(stub.url + "/") as client:
        client.ask("a")
    assert stub.received[0]["path"] == CHAT


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False), (404, False)])
def test_ready(status: int, ready: bool, stub: StubServer, client: Client) -> None:
    stub.ready = status
    assert client.is_ready() is ready


def test_not_ready_where_nobody_answers(closed_url: str) -> None:
    with Client(closed_url) as client:
        assert client.is_ready() is False


def test_unreachable(closed_url: str) -> None:
    with Client(closed_url) as client, pytest.raises(Unreachable) as refused:
        client.ask("a")
    assert str(refused.value) == f"No helpline server answers at {closed_url}. Start one with: make serve"


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (503, {"text": "Please try again in a moment."}, "Please try again in a moment."),
        (400, {"detail": "The message has no readable text in it."}, "The message has no readable text in it."),
        (413, {"text": "Too long.", "detail": "1001 characters"}, "Too long."),
        (500, b"<html>", "The server answered with status 500."),
        (500, b"", "The server answered with status 500."),
        (500, [1], "The server answered with status 500."),
        (302, b"", "The server answered with status 302."),
        (500, {}, "The server answered with status 500."),
        (200, b"<html>", "The server's answer cannot be read."),
        (200, [1], "The server's answer cannot be read."),
        (200, {"session": "s"}, "The server's answer cannot be read."),
    ],
)
def test_server_error(status: int, body: object, message: str, stub: StubServer, client: Client) -> None:
    stub.answers = [(status, body)]
    with pytest.raises(ServerError) as failed:
        client.ask("a")
    assert str(failed.value).startswith(message)


def test_an_error_keeps_the_session(stub: StubServer, client: Client) -> None:
    stub.answers = [answer("One.", "token-1"), (503, {"text": "Later."}), answer("Two.", "token-2")]
    client.ask("a")
    with pytest.raises(ServerError):
        client.ask("b")
    client.ask("b")
    assert [r.get("session") for r in stub.received] == [None, "token-1", "token-1"]


def test_too_slow(stub: StubServer) -> None:
    """The server holds its answer back until the client has given up."""
    with stub.held(), Client(stub.url, timeout=0.05) as client, pytest.raises(ServerError, match="took too long"):
        client.ask("a")


# --- a server that is busy


def test_a_busy_server_is_asked_again(stub: StubServer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    stub.retry_after = "2"
    stub.answers = [(429, {"text": "Too many."}), (429, {"text": "Too many."}), answer("One.", "token-1")]
    assert client.ask("a")["text"] == "One."
    assert slept == [2.0, 2.0]
    assert [r["message"] for r in stub.received] == ["a", "a", "a"]


@pytest.mark.parametrize("retry_after", ["16", "9" * 30, "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", "\u00b2"])
def test_a_server_that_is_busy_for_too_long(
    retry_after: str, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waited"))
    stub.retry_after = retry_after
    stub.answers = [(429, {"text": "Too many questions. Wait a minute."})]
    with Client(stub.url, timeout=15) as client, pytest.raises(ServerError, match="Too many questions"):
        client.ask("a")
    assert len(stub.received) == 1


@pytest.mark.parametrize("retry_after", [None, "0"])
def test_a_busy_server_is_never_pressed(retry_after: str | None, stub: StubServer) -> None:
    stub.retry_after = retry_after
    stub.answers = [(429, {"text": "Too many questions."})]
    with Client(stub.url, timeout=0.35) as client, pytest.raises(ServerError, match="Too many questions"):
        client.ask("a")
    assert 2 <= len(stub.received) <= 4


# --- what else the server does


def test_who_asks_in_which_language(stub: StubServer, client: Client) -> None:
    client.audience, client.language = "caregiver", "en"
    client.ask("a")
    assert stub.received == [{"path": CHAT, "message": "a", "audience": "caregiver", "language": "en"}]


def test_settings(stub: StubServer, client: Client) -> None:
    assert client.settings() == SETTINGS
    stub.others["settings"] = (200, [1])
    assert client.settings() == {}
    stub.others["settings"] = (503, {"text": "Later."})
    with pytest.raises(ServerError, match="Later"):
        client.settings()


def test_feedback_is_an_id_and_no_words(stub: StubServer, client: Client) -> None:
    client.ask("a")
    client.feedback("a1", True)
    client.feedback("a1", False, "too_hard")
    assert stub.received[1:] == [
        {"path": f"{API}/feedback", "session": "token-1", "answer_id": "a1", "helpful": True},
        {"path": f"{API}/feedback", "session": "token-1", "answer_id": "a1", "helpful": False, "reason": "too_hard"},
    ]


def test_forget(stub: StubServer, client: Client) -> None:
    client.forget()
    assert stub.received == []
    client.ask("a")
    client.forget()
    assert stub.received[-1] == {"path": f"{API}/forget", "session": "token-1"}
    assert client.session is None


def test_a_conversation_that_could_not_be_deleted_is_kept(stub: StubServer, client: Client) -> None:
    client.ask("a")
    stub.others["forget"] = (503, {"text": "Later."})
    with pytest.raises(ServerError):
        client.forget()
    assert client.session == "token-1"


def test_sheet(stub: StubServer, client: Client) -> None:
    client.ask("a")
    assert client.sheet({"turns": []}) == b"%PDF-1.7 a sheet"
    assert stub.received[-1] == {"path": f"{API}/sheet", "session": "token-1", "turns": []}


@pytest.mark.parametrize(
    ("status", "raised"), [(401, SessionEnded), (400, ServerError), (500, ServerError), (200, ServerError)]
)
def test_a_sheet_that_fails(status: int, raised: type[Exception], stub: StubServer, client: Client) -> None:
    client.ask("a")
    stub.others["sheet"] = (status, {"text": "Later."})
    with pytest.raises(raised):
        client.sheet({"turns": []})


def test_a_proxy_in_the_environment_is_not_used(
    stub: StubServer, closed_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_url)
    monkeypatch.setenv("ALL_PROXY", closed_url)
    with Client(stub.url) as client:
        assert client.ask("a")["text"] == "An answer."
