"""Hears alarms by what a message means, beside its words: the sentence encoder, adapted to it.

Words and parts of words (`helpline.alarms`) miss what is told in words that nobody taught. The encoder has read far
more than we ever will; but its vector says what a text is about, and hardly whether it is happening. So all its layers
were adapted to the messages that teach the alarms, by low-rank adaptation (LoRA, Hu et al. 2021, arXiv:2106.09685): to
each of their matrices W is added a product A B of rank 48. A head reads the last layer and scores each kind of alarm.

The classifier reads the same encoder: while the head was taught, the vector of each text was held to what the encoder
gave before (distillation, Hinton et al. 2015, arXiv:1503.02531). So one reading of a message serves both, and what it
means costs the safety layer next to nothing. That tie also keeps the encoder from learning the messages by heart: of
authors that it did not know it hears more with it than without.

What was learned is small, and is kept with the messages in `data/alarms/adapter.npz`; `helpline.rasa.tuning` made it.
At training time `build` adds it to the encoder's own weights. Where nothing has read a message, the words and the rules
decide alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from helpline import encoder, paths
from helpline.encoder import Floats

FILE = paths.ROOT / "data" / "alarms" / "adapter.npz"
RANK = 48
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
        head: shape (POOLED, kinds): what the last layer says of each kind of alarm (`helpline.alarms.KINDS`).
        bias: shape (kinds,).
        examples: how many messages it was taught.
    """

    down: Mapping[str, Floats]
    up: Mapping[str, Floats]
    replaced: Mapping[str, Floats]
    head: Floats
    bias: Floats
    examples: int

    def weights(self, own: encoder.Weights) -> dict[str, Floats]:
        """Return the encoder's own weights, adapted. Its file keeps a matrix as (out, in)."""
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
    return [f"{encoder.layer_name(layer)}.{name}" for layer in range(encoder.LAYERS) for name in MATRICES]


def build(folder: Path, adapter: Adapter) -> None:
    """Write the adapted encoder into a folder, as `encoder.build`.

    Raises:
        EncoderMissing: as `encoder.weights_file`.
    """
    encoder.build(folder, adapter.weights(encoder.own_weights()), (adapter.head, adapter.bias))
