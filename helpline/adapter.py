"""Hears alarms by what a message means, beside its words: the sentence encoder's upper layers, adapted to it.

Words and parts of words (`helpline.alarms`) miss what is told in words that nobody taught. The encoder has read far
more than we ever will; but its vector says what a text is about, and hardly whether it is happening. So its last two
layers were adapted to the messages that teach the alarms, by low-rank adaptation (LoRA, Hu et al. 2021,
arXiv:2106.09685): to each of their matrices W is added a product A B of rank 16. What was learned so is small, and is
kept with the messages in `data/alarms/adapter.npz`; `helpline.rasa.tuning` made it. At training time `build` adds it to
the encoder's own weights.

It goes on from the states that the encoder has worked out for the classifier already. Where there are none, the words
and the rules decide alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from helpline import encoder, paths
from helpline.encoder import Floats

FILE = paths.ROOT / "data" / "alarms" / "adapter.npz"
GRAPH_FILE = "alarms.onnx"
HEAD_FILE = "alarms.npz"
RANK = 16
SCALE = 2.0
"""What the product is multiplied by before it is added."""
MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_DOWN, _UP = ".down", ".up"


@dataclasses.dataclass(frozen=True)
class Adapter:
    """What was learned.

    Attributes:
        down, up: by the name of a matrix of shape (in, out): shapes (in, RANK) and (RANK, out), float32.
        replaced: biases and normalisations that stand in place of the encoder's own, by their names.
        head: shape (2 * LENGTH, kinds): what the pooled states say of each kind of alarm (`helpline.alarms.KINDS`).
        bias: shape (kinds,).
        examples: how many messages it was taught.
    """

    down: Mapping[str, Floats]
    up: Mapping[str, Floats]
    replaced: Mapping[str, Floats]
    head: Floats
    bias: Floats
    examples: int

    def weights(self, own: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the weights of the upper layers: the encoder's own, adapted. The file keeps a matrix as (out, in)."""
        matrices = {
            f"{name}.weight": own[f"{name}.weight"] + SCALE * (self.down[name] @ self.up[name]).T for name in self.down
        }
        return {**own, **self.replaced, **matrices}

    def save(self, path: Path) -> None:
        """Write it; matrices with 16 bits a number."""
        np.savez_compressed(
            path,
            head=self.head,
            bias=self.bias,
            examples=np.array(self.examples),
            **{name + _DOWN: matrix.astype(np.float16) for name, matrix in self.down.items()},
            **{name + _UP: matrix.astype(np.float16) for name, matrix in self.up.items()},
            **self.replaced,
        )

    @classmethod
    def load(cls, path: Path = FILE) -> Adapter:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            fields = {name: array.astype(np.float32) for name, array in arrays.items()}
        examples, head, bias = int(fields.pop("examples")), fields.pop("head"), fields.pop("bias")
        down = {n.removesuffix(_DOWN): fields.pop(n) for n in list(fields) if n.endswith(_DOWN)}
        up = {n.removesuffix(_UP): fields.pop(n) for n in list(fields) if n.endswith(_UP)}
        return cls(down, up, fields, head, bias, examples)


def adapted() -> list[str]:
    """Return the names of the matrices that are adapted."""
    return [f"{encoder.layer_name(layer)}.{name}" for layer in encoder.UPPER for name in MATRICES]


def build(folder: Path, adapter: Adapter) -> None:
    """Write the adapted upper layers into a folder, with 8-bit weights. Takes a second or two.

    Raises:
        EncoderMissing: as `encoder.weights_file`.
    """
    from safetensors.numpy import load_file

    weights = adapter.weights(load_file(encoder.weights_file()))
    encoder.quantize(encoder.build_upper_graph(weights), folder / GRAPH_FILE)
    np.savez(folder / HEAD_FILE, head=adapter.head, bias=adapter.bias)


class Adapted:
    """The adapted layers, loaded. They are made from a folder that `build` wrote."""

    def __init__(self, folder: Path) -> None:
        self._session = encoder.session(folder / GRAPH_FILE)
        with np.load(folder / HEAD_FILE, allow_pickle=False) as arrays:
            self._head, self._bias = arrays["head"], arrays["bias"]

    def scores(self, states: Floats) -> Floats | None:
        """Return how much the meaning of a text speaks for each kind of alarm: logits of shape (kinds,).

        None where the text is so long that its end was not read: a sign may stand there.

        Args:
            states: what `Encoder.read` gives for the text, shape (pieces, LENGTH).
        """
        if len(states) >= encoder.MOST_PIECES:
            return None
        pooled = self._session.run(["pooled"], {"states": states[None]})[0][0]
        told: Floats = pooled @ self._head + self._bias
        return told
