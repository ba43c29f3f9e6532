"""Teaches the adapter of `helpline.adapter` the messages of `data/alarms/`: `python -m helpline.rasa.tuning`.

It takes some ten minutes on two cores, and is done by hand when many messages were added: what it leaves,
`data/alarms/adapter.npz`, is kept with them. Nothing of it is needed to train or to serve. TensorFlow, which Rasa
brings, works out the gradients. Two runs differ a little in their numbers: threads add in no fixed order.
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
_HELD = 50.0
"""How much it counts that the vector of a text stays what it was, beside hearing the alarms."""
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
    """Reads texts as the product does: names hidden, words spelt right."""

    def __init__(self, adapted: Adapter | None = None) -> None:
        """Build an encoder: an adapted one, or as it came."""
        self._pipeline = linker.build_pipeline(validation.load(paths.KNOWLEDGE))
        self.use(adapted)

    def use(self, adapted: Adapter | None) -> None:
        """Take another encoder."""
        with tempfile.TemporaryDirectory() as folder:
            adapter.build(Path(folder), adapted) if adapted else encoder.build(Path(folder))
            self.encoder = Encoder(Path(folder))

    def pieces(self, texts: Sequence[str]) -> list[Integers]:
        """Return the numbers of the word pieces of each text, shape (pieces,)."""
        return [np.array(self.encoder.pieces(t), np.int64) for t in self.shown(texts)]

    def scores(self, texts: Sequence[str]) -> list[Floats | None]:
        """Return what the adapted encoder hears of alarms in each text, as `Encoder.read`."""
        return [self.encoder.read(t)[1] for t in self.shown(texts)]

    def shown(self, texts: Sequence[str]) -> list[str]:
        """Return what the encoder reads of each text."""
        return [encoder.hide_names(doc) for doc in self._pipeline.pipe(texts)]


def tune(
    texts: Sequence[Integers],
    taught: Sequence[Example],
    tell: Callable[[str], None] = lambda line: None,
    epochs: int = _EPOCHS,
) -> Adapter:
    """Return an adapter that was taught some examples.

    Args:
        texts: the word pieces of each of them, as `Reader.pieces`.
        taught: the examples.
        tell: called with a line after each epoch.
        epochs: how often each example is seen.

    Raises:
        EncoderMissing: as `encoder.weights_file`.
    """
    import tensorflow as tf

    tf.random.set_seed(_SEED)
    network = _Network(tf, encoder.own_weights())
    body, head = network.body(), [network.head, network.bias]
    of_body = tf.keras.optimizers.Adam(_RATE, clipnorm=1.0)
    of_head = tf.keras.optimizers.Adam(_HEAD_RATE)
    signature = [
        tf.TensorSpec((None, None), tf.int64),
        tf.TensorSpec((None, None)),
        tf.TensorSpec((None, encoder.LENGTH)),
        tf.TensorSpec((None,), tf.int64),
        tf.TensorSpec((None,)),
    ]

    @tf.function(input_signature=signature)
    def step(pieces: Any, mask: Any, vectors: Any, labels: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            scores, now = network(pieces, mask, _DROPPED)
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
            moved = tf.reduce_mean(1 - tf.reduce_sum(now * vectors, 1))
            heard = tf.reduce_mean(weights * each)
            loss = heard + _HELD * moved
        gradients = tape.gradient(loss, body + head)
        of_body.apply_gradients(zip(gradients[: len(body)], body))
        of_head.apply_gradients(zip(gradients[len(body) :], head))
        return heard, moved

    vectors = _vectors(tf, network, texts)
    labels = np.array([alarms.KINDS.index(e.label) for e in taught])
    weights, chance = _weights(taught), np.random.default_rng(_SEED)
    steps, done, start = epochs * -(-len(taught) // _BATCH), 0, time.monotonic()
    for epoch in range(1, epochs + 1):
        losses = []
        for batch in _batches(texts, chance):
            share = min(1.0, done / (_RISING * steps)) * (1 - done / steps)
            of_body.learning_rate.assign(_RATE * share)
            of_head.learning_rate.assign(_HEAD_RATE * share)
            padded = _padded([texts[i] for i in batch])
            losses.append([float(x) for x in step(*padded, vectors[batch], labels[batch], weights[batch])])
            done += 1
        heard, moved = np.mean(losses, axis=0)
        seconds = time.monotonic() - start
        tell(f"epoch {epoch} of {epochs}: loss {heard:.3f}, vectors moved {moved:.4f}, {seconds:.0f} s")
    return network.adapter(len(taught))


class _Network:
    """The encoder with what adapts it, as TensorFlow's variables.

    It computes what `encoder.build_graph` does, of many texts at once. A test holds the two against each other.
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
        for layer in map(encoder.layer_name, range(encoder.LAYERS)):
            for name in (f"{layer}.{norm}.{part}" for norm in adapter.NORMS for part in ("weight", "bias")):
                self._replaced[name] = tf.Variable(own[name])
        kinds = len(alarms.KINDS)
        self.head = tf.Variable(chance.normal(0, 0.05, (encoder.POOLED, kinds)).astype(np.float32))
        self.bias = tf.Variable(np.zeros(kinds, np.float32))

    def body(self) -> list[Any]:
        """Return all that is learned but the head."""
        return [*self._down.values(), *self._up.values(), *self._replaced.values()]

    def adapter(self, examples: int) -> Adapter:
        """Return what was learned."""
        down, up, replaced = ({n: v.numpy() for n, v in own.items()} for own in (self._down, self._up, self._replaced))
        return Adapter(down, up, replaced, self.head.numpy(), self.bias.numpy(), examples)

    def __call__(self, pieces: Any, mask: Any, dropped: float = 0.0) -> tuple[Any, Any]:
        """Return the scores of the kinds, shape (texts, kinds), and the vectors, shape (texts, LENGTH).

        Args:
            pieces: of each text, filled up to one length, shape (texts, pieces).
            mask: 1 where there is a piece, shape (texts, pieces).
            dropped: the share of numbers that is left out by chance, while learning.
        """
        tf = self._tf
        states = self._embed(pieces)
        for layer in range(encoder.LAYERS):
            states = self._layer(states, mask, encoder.layer_name(layer), dropped)
        each = mask[:, :, None]
        mean = tf.reduce_sum(states * each, 1) / tf.reduce_sum(each, 1)
        most = tf.reduce_max(states * each + (1 - each) * _HIDDEN, 1)
        pooled = self._drop(tf.concat([mean, most, states[:, 0]], 1), dropped)
        return tf.matmul(pooled, self.head) + self.bias, tf.math.l2_normalize(mean, 1)

    def _embed(self, pieces: Any) -> Any:
        own = {name: self._own[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")}
        places = (own["position"] + own["token_type"][0])[: encoder.MOST_PIECES]
        states = self._tf.gather(own["word"], pieces) + self._tf.constant(places)[: self._tf.shape(pieces)[1]]
        return self._norm(states, "embeddings.LayerNorm")

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
        known = {**self._own, **self._replaced}
        return scaled * known[f"{name}.weight"] + known[f"{name}.bias"]

    def _drop(self, numbers: Any, share: float) -> Any:
        return self._tf.nn.dropout(numbers, share) if share else numbers


def _vectors(tf: Any, network: _Network, texts: Sequence[Integers]) -> Floats:
    """Return the vectors of texts, shape (texts, LENGTH): as long as nothing is learned, the encoder's own."""
    read = tf.function(network, input_signature=[tf.TensorSpec((None, None), tf.int64), tf.TensorSpec((None, None))])
    vectors = np.zeros((len(texts), encoder.LENGTH), np.float32)
    for batch in _batches(texts, np.random.default_rng(_SEED)):
        vectors[batch] = read(*_padded([texts[i] for i in batch]))[1].numpy()
    return vectors


def _weights(taught: Sequence[Example]) -> Floats:
    """Return how much each example counts, one at the mean: a rare kind more (as in `alarms.train`)."""
    shares = collections.Counter(e.label for e in taught)
    rare = [e.weight * min((shares["none"] / shares[e.label]) ** 0.5, _MOST_WEIGHT) for e in taught]
    weights: Floats = np.array(rare, np.float32) / np.float32(np.mean(rare))
    return weights


def _batches(texts: Sequence[Integers], chance: np.random.Generator) -> Iterator[Integers]:
    """Yield the numbers of the texts of each batch, in an order by chance."""
    order = chance.permutation(len(texts))
    for start in range(0, len(order), _BATCH * _SORTED):
        near = sorted(order[start : start + _BATCH * _SORTED], key=lambda i: len(texts[i]))
        parts = [np.array(near[at : at + _BATCH], np.int64) for at in range(0, len(near), _BATCH)]
        yield from (parts[at] for at in chance.permutation(len(parts)))


def _padded(texts: Sequence[Integers]) -> tuple[Integers, Floats]:
    """Return the pieces of texts filled up to one length, and where there are any."""
    longest = max(map(len, texts))
    padded = np.zeros((len(texts), longest), np.int64)
    mask = np.zeros((len(texts), longest), np.float32)
    for row, pieces in enumerate(texts):
        padded[row, : len(pieces)] = pieces
        mask[row, : len(pieces)] = 1
    return padded, mask


def main() -> None:
    """Teach the adapter all messages, and keep it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    taught = examples()
    print(f"{len(taught)} messages", flush=True)
    tune(Reader().pieces([e.text for e in taught]), taught, lambda line: print(line, flush=True)).save(adapter.FILE)
    print(f"Kept in {adapter.FILE.relative_to(paths.ROOT)}. Run `helpline train` now.")


if __name__ == "__main__":
    main()
