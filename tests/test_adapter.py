"""What a message means is heard beside its words; and how that is taught."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from helpline import adapter, alarms, encoder
from helpline.adapter import Adapted, Adapter
from helpline.alarms import Example
from helpline.knowledge import Knowledge
from helpline.rasa import tuning
from helpline.rasa.nlu import STATES, SafetyClassifier
from helpline.safety import Safety

CALM = "what should i pack for the first infusion"
SURE = "I can't get any air"


@pytest.fixture(scope="module")
def safety(knowledge: Knowledge) -> Safety:
    return Safety.complete(knowledge)


@pytest.fixture(scope="module")
def reader() -> tuning.Reader:
    return tuning.Reader()


def meaning(kind: str, much: float = 20.0) -> encoder.Floats:
    """Scores that speak for one kind of alarm."""
    scores = np.zeros(len(alarms.KINDS), np.float32)
    scores[alarms.KINDS.index(kind)] = much
    return scores


@pytest.mark.parametrize("kind", alarms.KINDS[1:])
def test_the_meaning_raises_an_alarm_that_the_words_do_not(kind: str, safety: Safety) -> None:
    assert safety.hear(CALM) is None
    assert safety.hear(CALM, meaning(kind)) == kind
    assert safety.alarm(CALM + " here in Ireland", meaning(kind)) == f"{kind}_abroad"


def test_the_meaning_never_silences_a_rule_that_is_sure(safety: Safety) -> None:
    assert safety.hear(SURE, meaning("none", 100.0)) == "emergency"


def test_the_meaning_of_a_long_message_counts_for_the_whole(safety: Safety) -> None:
    story = ". ".join([CALM] * 12)
    assert safety.hear(story) is None
    assert safety.hear(story, meaning("emergency")) == "emergency"


def test_a_sign_at_the_end_of_what_is_too_long_to_be_read_is_heard(
    safety: Safety, reader: tuning.Reader, tmp_path: Path
) -> None:
    adapter.build(tmp_path, Adapter.load())
    story = ". ".join([CALM] * 40)
    states = reader.states([story])[0]
    assert len(states) == encoder.MOST_PIECES
    assert Adapted(tmp_path).scores(states) is None
    assert safety.hear(f"{story}. {SURE}, call someone") == "emergency"


def classifier(safety: Any, adapted: Any) -> SafetyClassifier:
    return SafetyClassifier(safety, model_storage=None, resource=None, adapted=adapted)  # type: ignore[arg-type]


@pytest.mark.parametrize(("states", "kinds"), [(None, []), (np.zeros((3, encoder.LENGTH), np.float32), ["crisis"])])
def test_in_rasa_the_meaning_counts_where_the_encoder_read_the_message(
    states: Any, kinds: list[str], safety: Safety
) -> None:
    message = Message({TEXT: CALM})
    if states is not None:
        message.set(STATES, states)
    classifier(safety, SimpleNamespace(scores=lambda states: meaning("crisis"))).process([message])
    assert [entity["value"] for entity in message.get(ENTITIES, [])] == kinds


def test_what_was_taught_is_kept_with_the_messages_and_not_much_older() -> None:
    """After many new messages: `python -m helpline.rasa.tuning`."""
    taught = Adapter.load().examples
    assert taught == pytest.approx(len(tuning.examples()), rel=0.1)


def test_it_is_the_same_after_it_was_kept(tmp_path: Path) -> None:
    first = Adapter.load()
    first.save(tmp_path / "again.npz")
    again = Adapter.load(tmp_path / "again.npz")
    assert again.examples == first.examples
    for name in ("down", "up", "replaced"):
        own, kept = getattr(first, name), getattr(again, name)
        assert sorted(own) == sorted(kept)
        assert all(np.array_equal(own[key], kept[key]) for key in own)
    assert sorted(first.down) == sorted(adapter.adapted())


def test_states_go_on_to_where_the_vector_came_from(reader: tuning.Reader, tmp_path: Path) -> None:
    """With nothing learned the upper layers are the encoder's own: their mean is the vector of the text."""
    from safetensors.numpy import load_file

    own = load_file(encoder.weights_file())
    encoder.quantize(encoder.build_upper_graph(own), tmp_path / "upper.onnx")
    vector, states = reader._encoder.read(CALM)
    pooled = encoder.session(tmp_path / "upper.onnx").run(["pooled"], {"states": states[None]})[0][0]
    mean = pooled[: encoder.LENGTH] / np.linalg.norm(pooled[: encoder.LENGTH])
    assert mean @ vector == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
def test_a_few_messages_are_learned_and_served_as_they_were_taught(reader: tuning.Reader, tmp_path: Path) -> None:
    happening = ["she fell and will not wake", "my chest is crushing me", "he turned blue", "blood will not stop"]
    asked = ["what is Herceptin", "how much does it cost", "can I eat grapes", "when is the next infusion"]
    taught = [*(Example(t, "emergency") for t in happening * 8), *(Example(t, "none") for t in asked * 8)]
    texts = [*happening, *asked]
    lines: list[str] = []
    tuned = tuning.tune(reader.states([e.text for e in taught]), taught, lines.append, epochs=6)
    adapter.build(tmp_path, tuned)
    adapted = Adapted(tmp_path)
    found = [alarms.KINDS[int(adapted.scores(states).argmax())] for states in reader.states(texts)]
    assert found == ["emergency"] * 4 + ["none"] * 4
    assert len(lines) == 6
    assert tuned.examples == len(taught)


@pytest.mark.slow
def test_what_is_taught_is_what_is_served(reader: tuning.Reader, tmp_path: Path) -> None:
    """The network that learns computes what the graph that serves does, many texts of unlike lengths at once."""
    import onnx
    import tensorflow as tf
    from safetensors.numpy import load_file

    own = load_file(encoder.weights_file())
    tuned = Adapter.load()
    onnx.save(encoder.build_upper_graph(tuned.weights(own)), tmp_path / "exact.onnx")
    session = encoder.session(tmp_path / "exact.onnx")
    states = reader.states([CALM, SURE, ". ".join([CALM] * 4)])
    network = tuning._Network(tf, own)
    for name in tuned.down:
        network._down[name].assign(tuned.down[name])
        network._up[name].assign(tuned.up[name])
    for name, array in tuned.replaced.items():
        network._replaced[name].assign(array)
    network.head.assign(tuned.head)
    network.bias.assign(tuned.bias)
    served = [session.run(None, {"states": s[None]})[0][0] @ tuned.head + tuned.bias for s in states]
    assert network(*map(tf.constant, tuning._padded(states))).numpy() == pytest.approx(np.array(served), abs=1e-2)
