"""What the sentence vector is worth: run by ONNX Runtime, distilled into static vectors of words, or none at all.

    python -m benchmarks.vectors [--questions FILE] [--half report]

The same linear classifier learns from all examples (`data/`) with each, and is asked the topics of the same questions,
in one process on one thread. Static vectors are made as model2vec makes them: each word is put through the encoder
alone, and a text is the mean of its words, the usual ones counting less (S. Arora et al., "A simple but tough-to-beat
baseline for sentence embeddings", 2017). `topic` is the share whose likeliest topic is right, with no threshold; the
time is that of the vector alone, without finding names, counting words and deciding.
"""

from __future__ import annotations

import argparse
import collections
import functools
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import nlu
from helpline import classifier, encoder, evaluation, linker, paths, validation
from helpline.classifier import Classifier, Text
from helpline.encoder import Floats

_USUAL = 1e-3  # a word of this share of all words counts half
Vector = Callable[[str], Floats]


def static(encode: Vector, texts: Iterable[str]) -> Vector:
    """Return what gives a text the mean of the vectors of its words, weighed by how often they stand in some texts."""
    often = collections.Counter(word for text in texts for word in _words(text))
    total = sum(often.values())
    of_word = functools.cache(encode)

    def vector(text: str) -> Floats:
        words = [word for word in _words(text) if word in often]  # others have no vector: nothing is encoded when asked
        weights = [_USUAL / (_USUAL + often[word] / total) for word in words]
        summed = sum(
            (weight * of_word(word) for word, weight in zip(words, weights)), np.zeros(encoder.LENGTH, np.float32)
        )
        mean: Floats = summed / max(float(np.linalg.norm(summed)), 1e-9)
        return mean.astype(np.float32)

    return vector


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() or sign in "-'" else " " for sign in text.lower()).split()


def compare(path: Path, half: str) -> None:
    """Print the table."""
    nlp = linker.build_pipeline(validation.load(paths.KNOWLEDGE))
    docs, labels = nlu.taught(nlp)
    questions = [q for q in nlu.labelled(path, half) if q.topic != evaluation.EMERGENCY]
    asked = [nlp(q.text) for q in questions]
    encode = nlu.sentence_encoder()
    hidden = [encoder.hide_names(doc) for doc in docs]
    nothing = np.zeros(encoder.LENGTH, np.float32)
    ways: dict[str, Vector] = {
        "MiniLM, run by ONNX Runtime": encode,
        "MiniLM, distilled into static vectors": static(encode, hidden),
        "no vector": lambda _: nothing,
    }
    print(f"{f'{len(questions)} questions':40} {'topic':>7} {'p50 ms':>7} {'p95 ms':>7}")
    for name, vector in ways.items():
        trained = Classifier.train([Text(classifier.words(d), vector(h)) for d, h in zip(docs, hidden)], labels)
        vectors, times = _timed(vector, [encoder.hide_names(doc) for doc in asked])
        likely = trained.probabilities([Text(classifier.words(d), v) for d, v in zip(asked, vectors)]).argmax(axis=1)
        right = [evaluation.topic_of(trained.labels[i]) in q.accepted for i, q in zip(likely, questions)]
        p95 = sorted(times)[int(len(times) * 0.95)]
        print(f"{name:40} {statistics.mean(right):7.1%} {statistics.median(times):7.2f} {p95:7.2f}", flush=True)


def _timed(vector: Vector, texts: Sequence[str]) -> tuple[list[Floats], list[float]]:
    """Return the vectors of texts, and how many milliseconds each took."""
    vectors, times = [], []
    for text in texts:
        start = time.perf_counter()
        vectors.append(vector(text))
        times.append((time.perf_counter() - start) * 1000)
    return vectors, times


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=nlu.QUESTIONS, help="labelled questions, as JSON lines")
    parser.add_argument("--half", default="report", choices=["dev", "report"], help="of a file that has halves")
    chosen = parser.parse_args(arguments)
    compare(chosen.questions, chosen.half)


if __name__ == "__main__":
    main()
