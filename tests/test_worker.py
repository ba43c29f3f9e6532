"""What `helpline.rasa.worker` uses of Rasa is still there, in the shape that it uses."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rasa.core.run
from rasa.core.utils import AvailableEndpoints
from sanic.http import Http
from sanic.server import HttpProtocol

from helpline.rasa import worker


def test_sanic_still_reads_requests_as_we_time_them() -> None:
    read = inspect.getsource(Http.http1)
    assert read.index("self.stage = Stage.REQUEST") < read.index("self.stage = Stage.HANDLER")
    assert "self._receive_more()" in inspect.getsource(Http.http1_request_header)
    assert "self.recv_buffer" in inspect.getsource(HttpProtocol.data_received)
    assert "self._task = self.loop.create_task(" in inspect.getsource(HttpProtocol.connection_made)
    assert "self._http = Http(self)" in inspect.getsource(HttpProtocol._setup_connection)
    assert "self.app.request_class" in inspect.getsource(HttpProtocol.__init__)
    assert "self.protocol.request_class(" in inspect.getsource(Http.http1_request_header)
    assert "self.exception or" in inspect.getsource(Http.http1)
    assert "self._http.http1()" in inspect.getsource(HttpProtocol.connection_task)
    assert "await self.http1_request_header()" in read
    assert "self.url.encode() if self.url else" in inspect.getsource(Http.create_empty_request)
    assert "self.request_body = None" in inspect.getsource(Http.read)


def test_rasa_takes_what_we_give() -> None:
    assert list(inspect.signature(rasa.core.run.create_http_input_channels).parameters) == [
        "channel",
        "credentials_file",
    ]
    assert {"input_channels", "enable_api", "port", "endpoints"} <= set(
        inspect.signature(rasa.core.run.configure_app).parameters
    )
    assert list(inspect.signature(rasa.core.run.load_agent_on_start).parameters) == [
        "model_path",
        "endpoints",
        "remote_storage",
        "app",
        "loop",
    ]


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_model_that_was_not_trained_here_is_not_loaded(
    is_ours: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "helpline-0.tar.gz"
    file.write_bytes(b"a model")
    seal = hashlib.sha256(b"a model" if is_ours else b"another model").hexdigest()
    file.with_name(f"{file.name}.sha256").write_text(seal)
    loaded: list[str] = []

    async def load(model: str, *others: Any) -> None:
        loaded.append(model)

    monkeypatch.setattr(rasa.core.run, "load_agent_on_start", load)
    app: Any = SimpleNamespace(ctx=SimpleNamespace(agent=None))
    await worker._load(str(file), AvailableEndpoints(), False, app, None)
    assert loaded == [str(file) if is_ours else ""]
