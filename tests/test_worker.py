"""What `helpline.rasa.worker` uses of Rasa is still there, in the shape that it uses."""

from __future__ import annotations

import inspect

import rasa.core.run
from sanic.http import Http
from sanic.server import HttpProtocol


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
