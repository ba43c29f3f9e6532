"""Teaches the adapter of `helpline.adapter` the messages of `data/alarms/`: `python -m helpline.rasa.tuning`.

It takes some five minutes on two cores, and is done by hand when many messages were added: what it leaves,
`data/alarms/adapter.npz`, is kept with them. Nothing of it is needed to train or to serve. TensorFlow, which Rasa
brings, works out the gradients. The encoder's lower layers stand still, so their states are worked out once, by the
very graph that serves. Two runs differ a little in their numbers: threads add in no fixed order.
"""

from __future__ import annotations

import collections
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from helpline import adapter, alarms, encoder, linker, paths, validation
from helpline.adapter import Adapter
from helpline.alarms import Example
from helpline.encoder import Encoder, Floats

FRAMED = 4000
"""Examples put together from parts that are taught too: a sample of them; all would be as many as people's."""
_EPOCHS, _BATCH = 3, 32
_RATE, _HEAD_RATE = 1e-3, 1e-3
_RISING = 0.06  # of the steps: the rate rises, and falls to nothing after that
_DROPPED = 0.1
_MOST_WEIGHT = 8.0
_SEED = 0
_SORTED = 40  # batches of texts of much the same length: less padding
_HIDDEN = -1e4
_PER_HEAD = encoder.LENGTH // encoder.HEADS

Integers = npt.NDArray[np.int64]


def examples(authors: Sequence[str] = alarms.AUTHORS) -> list[Example]:
    """Return the messages to learn from: those of some authors, the questions, and a sample of those from parts."""
    own = [e for author in authors for e in alarms.written(author)]
    return [*own, *alarms.questions(), *random.Random(_SEED).sample(alarms.framed(), FRAMED)]  # noqa: S311 - no secret


class Reader:
    """Gives the encoder's states of texts, as the product has them: names hidden, words spelt right."""

    def __init__(self) -> None:
        self._pipeline = linker.build_pipeline(validation.load(paths.KNOWLEDGE))
        with tempfile.TemporaryDirectory() as folder:
            encoder.build(Path(folder))
            self._encoder = Encoder(Path(folder))

    def states(self, texts: Sequence[str]) -> list[Floats]:
        """Return the states of each text, shape (pieces, LENGTH)."""
        return [self._encoder.read(encoder.hide_names(doc))[1] for doc in self._pipeline.pipe(texts)]


def tune(
    states: Sequence[Floats],
    taught: Sequence[Example],
    tell: Callable[[str], None] = lambda line: None,
    epochs: int = _EPOCHS,
) -> Adapter:
    """Return an adapter that was taught some examples.

    Args:
        states: of each example, shape (pieces, LENGTH).
        taught: the examples.
        tell: called with a line after each epoch.
        epochs: how often each example is seen.

    Raises:
        EncoderMissing: as `encoder.weights_file`.
    """
    import tensorflow as tf
    from safetensors.numpy import load_file

    tf.random.set_seed(_SEED)
    network = _Network(tf, load_file(encoder.weights_file()))
    body, head = network.body(), [network.head, network.bias]
    of_body = tf.keras.optimizers.Adam(_RATE, clipnorm=1.0)
    of_head = tf.keras.optimizers.Adam(_HEAD_RATE)
    shape = [(None, None, encoder.LENGTH), (None, None)]
    signature = [*map(tf.TensorSpec, shape), tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,))]

    @tf.function(input_signature=signature)
    def step(padded: Any, mask: Any, labels: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, network(padded, mask, _DROPPED))
            loss = tf.reduce_mean(weights * each)
        gradients = tape.gradient(loss, body + head)
        of_body.apply_gradients(zip(gradients[: len(body)], body))
        of_head.apply_gradients(zip(gradients[len(body) :], head))
        return loss

    labels = np.array([alarms.KINDS.index(e.label) for e in taught])
    weights, chance = _weights(taught), np.random.default_rng(_SEED)
    steps, done, start = epochs * -(-len(taught) // _BATCH), 0, time.monotonic()
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in _batches(states, chance):
            share = min(1.0, done / (_RISING * steps)) * (1 - done / steps)
            of_body.learning_rate.assign(_RATE * share)
            of_head.learning_rate.assign(_HEAD_RATE * share)
            losses.append(float(step(*_padded([states[i] for i in batch]), labels[batch], weights[batch])))
            done += 1
        tell(f"epoch {epoch} of {epochs}: loss {np.mean(losses):.3f}, {time.monotonic() - start:.0f} s")
    return network.adapter(len(taught))


class _Network:
    """The upper layers with what adapts them, as TensorFlow's variables.

    It computes what `encoder.build_upper_graph` does, of many texts at once. A test holds the two against each other.
    """

    def __init__(self, tf: Any, own: dict[str, Floats]) -> None:
        chance = np.random.default_rng(_SEED)
        self._tf, self._own = tf, own
        self._down, self._up, self._replaced = {}, {}, {}
        for name in adapter.adapted():
            rows, columns = own[f"{name}.weight"].T.shape
            start = chance.normal(0, rows**-0.5, (rows, adapter.RANK)).astype(np.float32)
            self._down[name] = tf.Variable(start)
            self._up[name] = tf.Variable(np.zeros((adapter.RANK, columns), np.float32))
            self._replaced[f"{name}.bias"] = tf.Variable(own[f"{name}.bias"])
        for name in (f"{encoder.layer_name(layer)}.{norm}" for layer in encoder.UPPER for norm in adapter.NORMS):
            for part in ("weight", "bias"):
                self._replaced[f"{name}.{part}"] = tf.Variable(own[f"{name}.{part}"])
        kinds = len(alarms.KINDS)
        self.head = tf.Variable(chance.normal(0, 0.05, (2 * encoder.LENGTH, kinds)).astype(np.float32))
        self.bias = tf.Variable(np.zeros(kinds, np.float32))

    def body(self) -> list[Any]:
        """Return all that is learned but the head."""
        return [*self._down.values(), *self._up.values(), *self._replaced.values()]

    def adapter(self, examples: int) -> Adapter:
        """Return what was learned."""
        down, up, replaced = ({n: v.numpy() for n, v in own.items()} for own in (self._down, self._up, self._replaced))
        return Adapter(down, up, replaced, self.head.numpy(), self.bias.numpy(), examples)

    def __call__(self, states: Any, mask: Any, dropped: float = 0.0) -> Any:
        """Return the scores of the kinds, shape (texts, kinds).

        Args:
            states: of each text, filled up to one length, shape (texts, pieces, LENGTH).
            mask: 1 where there is a piece, shape (texts, pieces).
            dropped: the share of numbers that is left out by chance, while learning.
        """
        tf = self._tf
        for layer in encoder.UPPER:
            states = self._layer(states, mask, encoder.layer_name(layer), dropped)
        each = mask[:, :, None]
        mean = tf.reduce_sum(states * each, 1) / tf.reduce_sum(each, 1)
        most = tf.reduce_max(states * each + (1 - each) * _HIDDEN, 1)
        return tf.matmul(self._drop(tf.concat([mean, most], 1), dropped), self.head) + self.bias

    def _layer(self, states: Any, mask: Any, name: str, dropped: float) -> Any:
        tf = self._tf
        query, key, value = (self._heads(states, f"{name}.attention.self.{p}") for p in ("query", "key", "value"))
        alike = tf.matmul(query, key, transpose_b=True) / _PER_HEAD**0.5 + (1 - mask[:, None, None, :]) * _HIDDEN
        attended = tf.transpose(tf.matmul(self._drop(tf.nn.softmax(alike), dropped), value), (0, 2, 1, 3))
        attended = self._linear(tf.reshape(attended, tf.shape(states)), f"{name}.attention.output.dense")
        states = self._norm(states + self._drop(attended, dropped), f"{name}.attention.output.LayerNorm")
        wide = tf.nn.gelu(self._linear(states, f"{name}.intermediate.dense"))
        new = self._linear(wide, f"{name}.output.dense")
        return self._norm(states + self._drop(new, dropped), f"{name}.output.LayerNorm")

    def _heads(self, states: Any, name: str) -> Any:
        tf, shape = self._tf, self._tf.shape(states)
        parted = tf.reshape(self._linear(states, name), (shape[0], shape[1], encoder.HEADS, _PER_HEAD))
        return tf.transpose(parted, (0, 2, 1, 3))

    def _linear(self, states: Any, name: str) -> Any:
        tf, shape = self._tf, self._tf.shape(states)
        rows = tf.reshape(states, (shape[0] * shape[1], self._own[f"{name}.weight"].shape[1]))
        added = tf.matmul(tf.matmul(rows, self._down[name]), self._up[name])
        out = tf.matmul(rows, self._own[f"{name}.weight"].T) + adapter.SCALE * added + self._replaced[f"{name}.bias"]
        return tf.reshape(out, (shape[0], shape[1], self._own[f"{name}.weight"].shape[0]))

    def _norm(self, states: Any, name: str) -> Any:
        tf = self._tf
        centred = states - tf.reduce_mean(states, -1, keepdims=True)
        scaled = centred * tf.math.rsqrt(tf.reduce_mean(centred**2, -1, keepdims=True) + encoder.EPSILON)
        return scaled * self._replaced[f"{name}.weight"] + self._replaced[f"{name}.bias"]

    def _drop(self, numbers: Any, share: float) -> Any:
        return self._tf.nn.dropout(numbers, share) if share else numbers


def _weights(taught: Sequence[Example]) -> Floats:
    """Return how much each example counts, one at the mean: a rare kind more (as in `alarms.train`)."""
    shares = collections.Counter(e.label for e in taught)
    rare = [e.weight * min((shares["none"] / shares[e.label]) ** 0.5, _MOST_WEIGHT) for e in taught]
    weights: Floats = np.array(rare, np.float32) / np.float32(np.mean(rare))
    return weights


def _batches(states: Sequence[Floats], chance: np.random.Generator) -> Iterator[Integers]:
    """Yield the numbers of the texts of each batch, in an order by chance."""
    order = chance.permutation(len(states))
    for start in range(0, len(order), _BATCH * _SORTED):
        near = sorted(order[start : start + _BATCH * _SORTED], key=lambda i: len(states[i]))
        parts = [np.array(near[at : at + _BATCH], np.int64) for at in range(0, len(near), _BATCH)]
        yield from (parts[at] for at in chance.permutation(len(parts)))


def _padded(states: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Return states filled up to one length, and where there are any."""
    longest = max(map(len, states))
    padded = np.zeros((len(states), longest, encoder.LENGTH), np.float32)
    mask = np.zeros((len(states), longest), np.float32)
    for row, of_text in enumerate(states):
        padded[row, : len(of_text)] = of_text
        mask[row, : len(of_text)] = 1
    return padded, mask


def main() -> None:
    """Teach the adapter all messages, and keep it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    taught = examples()
    print(f"{len(taught)} messages: working out their states ...", flush=True)
    states = Reader().states([e.text for e in taught])
    tune(states, taught, lambda line: print(line, flush=True)).save(adapter.FILE)
    print(f"Kept in {adapter.FILE.relative_to(paths.ROOT)}. Run `helpline train` now.")


if __name__ == "__main__":
    main()
