"""What a message means is heard beside its words; and how that is taught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from helpline import adapter, alarms, encoder, evaluation, paths
from helpline.adapter import Adapter
from helpline.alarms import Example
from helpline.knowledge import Knowledge
from helpline.rasa import tuning
from helpline.rasa.nlu import MEANT, SafetyClassifier
from helpline.safety import Safety

CALM = "what should i pack for the first infusion"
SURE = "I can't get any air"


@pytest.fixture(scope="module")
def safety(knowledge: Knowledge) -> Safety:
    return Safety.complete(knowledge)


@pytest.fixture(scope="module")
def reader() -> tuning.Reader:
    """One with the encoder as it came."""
    return tuning.Reader()


@pytest.fixture(scope="module")
def adapted() -> tuning.Reader:
    return tuning.Reader(Adapter.load())


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


def test_a_sign_at_the_end_of_what_is_too_long_to_be_read_is_heard(safety: Safety, adapted: tuning.Reader) -> None:
    story = ". ".join([CALM] * 40)
    assert len(adapted.encoder.pieces(story)) == encoder.MOST_PIECES
    assert adapted.scores([CALM, story])[1] is None
    assert safety.hear(f"{story}. {SURE}, call someone") == "emergency"


@pytest.mark.parametrize(("meant", "kinds"), [(None, []), (meaning("crisis"), ["crisis"])])
def test_in_rasa_the_meaning_counts_where_the_encoder_read_the_message(
    meant: Any, kinds: list[str], safety: Safety
) -> None:
    message = Message({TEXT: CALM})
    message.set(MEANT, meant)
    SafetyClassifier(safety).process([message])
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


def test_what_the_classifier_reads_of_a_text_hardly_moved(reader: tuning.Reader, adapted: tuning.Reader) -> None:
    """The vector of the adapted encoder points where that of the encoder as it came does."""
    texts = [question.text for question in evaluation.read(paths.ROOT / "tests" / "data" / "questions.jsonl")[:200]]
    near = [reader.encoder.encode(text) @ adapted.encoder.encode(text) for text in reader.shown(texts)]
    assert np.mean(near) > 0.97
    assert min(near) > 0.85


@pytest.mark.slow
def test_a_few_messages_are_learned_and_served_as_they_were_taught(reader: tuning.Reader) -> None:
    happening = ["she fell and will not wake", "my chest is crushing me", "he turned blue", "blood will not stop"]
    asked = ["what is Herceptin", "how much does it cost", "can I eat grapes", "when is the next infusion"]
    taught = [*(Example(t, "emergency") for t in happening * 8), *(Example(t, "none") for t in asked * 8)]
    lines: list[str] = []
    tuned = tuning.tune(reader.pieces([e.text for e in taught]), taught, lines.append, epochs=12)
    scores = tuning.Reader(tuned).scores([*happening, *asked])
    found = [alarms.KINDS[int(of_text.argmax())] for of_text in scores if of_text is not None]
    assert found == ["emergency"] * 4 + ["none"] * 4
    assert len(lines) == 12
    assert tuned.examples == len(taught)


@pytest.mark.slow
def test_what_is_taught_is_what_is_served(reader: tuning.Reader, tmp_path: Path) -> None:
    """The network that learns computes what the graph that serves does, many texts of unlike lengths at once."""
    import onnx
    import onnxruntime
    import tensorflow as tf

    own, tuned = encoder.own_weights(), Adapter.load()
    onnx.save(encoder.build_graph(tuned.weights(own), (tuned.head, tuned.bias)), tmp_path / "exact.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "exact.onnx"), providers=["CPUExecutionProvider"])
    texts = reader.pieces([CALM, SURE, ". ".join([CALM] * 4)])
    network = tuning._Network(tf, own)
    for name in tuned.down:
        network._down[name].assign(tuned.down[name])
        network._up[name].assign(tuned.up[name])
    for name, array in tuned.replaced.items():
        network._replaced[name].assign(array)
    network.head.assign(tuned.head)
    network.bias.assign(tuned.bias)
    scores, vectors = network(*map(tf.constant, tuning._padded(texts)))
    served = [session.run(["scores", "vector"], {"pieces": pieces[None]}) for pieces in texts]
    assert scores.numpy() == pytest.approx(np.concatenate([each[0] for each in served]), abs=1e-2)
    assert vectors.numpy() == pytest.approx(np.concatenate([each[1] for each in served]), abs=1e-3)
