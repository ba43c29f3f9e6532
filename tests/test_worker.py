"""What `helpline.rasa.worker` uses of Rasa is still there, in the shape that it uses."""

from __future__ import annotations

import inspect

import rasa.core.run


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
