"""Which pipeline understands questions best for its milliseconds: Rasa trains each on our examples.

    python -m benchmarks.nlu [--stock] [--questions FILE] [--only WORD]

Every pipeline is trained twice: on four fifths of `data/nlu.yml`, to score the held-out fifth, and on all of it, to
score questions that real people wrote, where a file of them is given. Real questions are measured with, never trained
on, and never printed. Right means that the first-ranked intent is the right one, with no threshold, no gate and no
safety layer. AUROC tells how well the confidence tells right from wrong: 0.5 is chance, 1 is perfect. Times are of
this machine with one thread: `parse_message` on every scored text, training on all examples, loading the trained model.
"""

from __future__ import annotations

import os

# Before anything imports a library that reads them.
os.environ.update({"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"})
os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0"})

import argparse
import asyncio
import contextlib
import dataclasses
import json
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from helpline import paths

REAL_QUESTIONS = paths.ROOT.parent / "shared" / "real-questions" / "dev.jsonl"
_SMALL_TALK = {"greet", "goodbye", "thank", "bot_challenge", "chitchat", "affirm", "deny"}

Pipeline = list[dict[str, Any]]
Labelled = list[tuple[str, set[str]]]
"""Texts, each with the intents or topics that are right."""

# Of the table's columns, in characters.
_WIDTHS = (8, 6, 8, 6, 7, 7, 8, 6, 6)

_WHITESPACE = [{"name": "WhitespaceTokenizer"}]
_NAMES_HIDDEN = [
    {"name": "helpline.rasa.nlu.KnowledgeNLP", "case_sensitive": True},
    {"name": "SpacyTokenizer"},
]
_COUNTS = [
    {"name": "CountVectorsFeaturizer", "min_ngram": 1, "max_ngram": 2},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 2, "max_ngram": 5},
]
_ENCODER = [{"name": "helpline.rasa.encoder.SentenceEncoder"}]
_LOGISTIC = [{"name": "LogisticRegressionClassifier", "max_iter": 100, "tol": 0.001}]
# The pipeline that `rasa init` writes, up to its intent classifier.
_STOCK = [
    *_WHITESPACE,
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
]


@dataclasses.dataclass(frozen=True)
class Scores:
    """What one set of texts gave."""

    right: float
    auroc: float
    milliseconds: list[float]


def pipelines(stock: bool) -> dict[str, Pipeline]:
    """Return the pipelines to compare, by name; ours is the one in `config.yml` up to its classifier."""
    config = yaml.safe_load((paths.ROOT / "config.yml").read_text(encoding="utf-8"))
    after = {"FallbackClassifier", "helpline.rasa.nlu.SafetyClassifier"}
    compared = {
        "counts, logistic regression (stock)": [*_WHITESPACE, *_COUNTS, *_LOGISTIC],
        "the same, names hidden": [*_NAMES_HIDDEN, *_COUNTS, *_LOGISTIC],
        "encoder, names hidden, logistic regression": [*_NAMES_HIDDEN, *_ENCODER, *_LOGISTIC],
        "encoder + counts, names hidden, logistic regr.": [*_NAMES_HIDDEN, *_COUNTS, *_ENCODER, *_LOGISTIC],
        "ours (config.yml)": [step for step in config["pipeline"] if step["name"] not in after],
    }
    return compared | ({"stock `rasa init` (DIET, 100 epochs)": _STOCK} if stock else {})


def train(pipeline: Pipeline, examples: Path, folder: Path) -> tuple[Path, float]:
    """Return (the model trained on the examples, seconds)."""
    from rasa.model_training import train_nlu

    config = folder / "config.yml"
    config.write_text(
        yaml.safe_dump({"recipe": "default.v1", "assistant_id": "x", "language": "en", "pipeline": pipeline})
    )
    start = time.perf_counter()
    model = train_nlu(str(config), str(examples), str(folder))
    return Path(str(model)), time.perf_counter() - start


def score(model: Path, texts: Labelled, as_topic: bool) -> Scores:
    """Return how a model does on labelled texts. `as_topic`: the labels are topics rather than intents."""
    from rasa.core.agent import Agent
    from sklearn.metrics import roc_auc_score

    agent = Agent.load(model)
    right, confidence, times = [], [], []

    async def parse() -> None:
        await agent.parse_message("warm up")
        for text, accepted in texts:
            start = time.perf_counter()
            intent = (await agent.parse_message(text))["intent"]
            times.append((time.perf_counter() - start) * 1000)
            name = intent["name"] or ""
            right.append((_topic(name) if as_topic else name) in accepted)
            confidence.append(intent["confidence"])

    asyncio.run(parse())
    auroc = roc_auc_score(right, confidence) if len(set(right)) > 1 else float("nan")
    return Scores(statistics.mean(right), auroc, times)


def _topic(intent: str) -> str:
    """Return the topic id of an intent. A bare name is answered with the overview."""
    if intent in _SMALL_TALK:
        return "small_talk"
    return "overview" if intent == "inform_subject" else intent.removeprefix("ask_")


def real_questions(path: Path) -> Labelled:
    """Return the English questions of a labelled file; emergencies are left to the safety layer."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        (" ".join(line["text"].split()), {line["topic"], *line["alt_topics"]})
        for line in lines
        if line["lang"] == "en" and line["topic"] != "emergency_red_flag"
    ]


def split(folder: Path) -> tuple[Path, Labelled]:
    """Return (a file with four fifths of our examples, the held-out fifth)."""
    from rasa.shared.nlu.training_data.loading import load_data

    kept, held_out = load_data(str(paths.ROOT / "data" / "nlu.yml")).train_test_split(0.8, random_seed=1)
    path = folder / "nlu.yml"
    path.write_text(kept.nlu_as_yaml(), encoding="utf-8")
    return path, [(e.get("text"), {e.get("intent")}) for e in held_out.intent_examples]


def row(pipeline: Pipeline, questions: Labelled) -> str:
    """Return the figures of one pipeline as a line of the table."""
    from rasa.core.agent import Agent

    with tempfile.TemporaryDirectory() as name, _quiet():
        folder = Path(name)
        kept, held_out = split(folder)
        held = score(train(pipeline, kept, folder)[0], held_out, as_topic=False)
        model, training = train(pipeline, paths.ROOT / "data" / "nlu.yml", folder)
        start = time.perf_counter()
        Agent.load(model)
        loading = time.perf_counter() - start
        real = score(model, questions, as_topic=True) if questions else Scores(float("nan"), float("nan"), [])
        size = model.stat().st_size / 1e6
    times = sorted(held.milliseconds + real.milliseconds)
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    return (
        f"{held.right:8.1%} {held.auroc:6.2f} {real.right:8.1%} {real.auroc:6.2f} {p50:7.1f} {p95:7.1f} "
        f"{training:8.0f} {loading:6.1f} {size:6.1f}"
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Rasa says while training out of the table."""
    logging.disable(logging.WARNING)
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", action="store_true", help="with that of `rasa init`: a quarter of an hour more")
    parser.add_argument("--questions", type=Path, default=REAL_QUESTIONS, help="real questions, as JSON lines")
    parser.add_argument("--only", default="", help="only the pipelines with this word in their name")
    chosen = parser.parse_args()
    questions = real_questions(chosen.questions) if chosen.questions.exists() else []
    print(f"{'':48} {'held-out fifth':>15} {f'{len(questions)} real ones':>15} {'parse, ms':>15}")
    head = zip(["right", "AUROC", "right", "AUROC", "p50", "p95", "train s", "load s", "MB"], _WIDTHS)
    print(f"{'pipeline':48} " + " ".join(f"{title:>{width}}" for title, width in head))
    for name, pipeline in pipelines(chosen.stock).items():
        if chosen.only in name:
            print(f"{name:48} {row(pipeline, questions)}", flush=True)


if __name__ == "__main__":
    main()
