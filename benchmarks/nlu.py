"""How well questions are understood, and how fast, beside stock Rasa; all from labelled questions.

    python -m benchmarks.nlu [--questions FILE] [--half report] [--share 1] [--no-stock] [--more] [--threshold]
                             [--leave-out [--rounds 23]]

Every pipeline is trained by Rasa on the same examples (`data/`), on all cores, and reads the same questions, one at a
time on one thread. Stock Rasa's training takes long (its progress is told every minute); its model is kept in
`results/benchmarks` until the examples change. `--share 0.2` trains every pipeline on the same fifth of the examples,
drawn by Rasa topic by topic: the only comparison with stock Rasa that ends in minutes.

`right`, `abstained` and `wrong` are those of `helpline eval`: the reply of our core to what the pipeline made
of the question. Stock Rasa finds no ids of names, so it is given those that ours links, which flatters it. `topic` is
the share whose first topic is right, `AUROC` how well the confidence tells right from wrong (0.5 is chance, 1 is
perfect), `ECE` by how much the confidence is off on average.

* `--more` compares parts: stock parts without hiding names and with, DIET in place of the linear classifier, ours
  without the vector. `python -m benchmarks.vectors` compares the sentence vector with static ones.
* `--threshold` shows the cost of every threshold on the half `dev`, a wrong answer costing ten times asking back.
* `--leave-out` trains without any example that names some of the drugs, and asks about those.
"""

from __future__ import annotations

import os

# Before anything imports a library that reads them.
os.environ.update({"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"})
os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "RASA_TELEMETRY_ENABLED": "false", "RASA_MAX_CACHE_SIZE": "0"})

import argparse
import asyncio
import contextlib
import hashlib
import json
import logging
import re
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks import asking
from helpline import evaluation, paths
from helpline.encoder import Floats
from helpline.evaluation import EMERGENCY, Labelled, Scored

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

QUESTIONS = paths.ROOT / "tests" / "data" / "questions.jsonl"
EXAMPLES = [paths.ROOT / "data" / name for name in ("nlu.yml", "follow_ups.yml", "going_on.yml")]
TRAINED = paths.ROOT / "results" / "benchmarks"  # models, kept until what they are made from changes
TELL_EVERY = 60  # seconds
SEED = 1  # of the examples drawn by --share
COST_OF_WRONG = 10  # where asking back costs one
ROUNDS = 6  # in each of which a sixth of the drugs is left out: harder than one drug, and minutes less
THRESHOLDS = [step / 20 for step in range(4, 17)]
OURS = "ours (config.yml)"
STOCK = "stock `rasa init` (DIET, 100 epochs)"
_CLASSIFIER = "helpline.rasa.classifier.QuestionClassifier"
_FALLBACK = "nlu_fallback"
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

Pipeline = list[dict[str, Any]]
Messages = list[dict[str, Any]]

# The pipeline that `rasa init` writes.
_STOCK: Pipeline = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
_COUNTS: Pipeline = [
    {"name": "CountVectorsFeaturizer", "min_ngram": 1, "max_ngram": 2},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 2, "max_ngram": 5},
]
_FALLS_BACK = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
_COUNTED: Pipeline = [
    *_COUNTS,
    {"name": "LogisticRegressionClassifier", "max_iter": 100, "tol": 0.001},
    _FALLS_BACK,
]
_DIET = {"name": "DIETClassifier", "epochs": 30, "constrain_similarities": True, "entity_recognition": False}


def pipelines(stock: bool, more: bool) -> dict[str, Pipeline]:
    """Return the pipelines to compare, by name."""
    ours = yaml.safe_load((paths.ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    names_hidden = [{"name": "helpline.rasa.nlu.KnowledgeNLP", "case_sensitive": True}, {"name": "SpacyTokenizer"}]
    without_vector = [step | ({"vector_weight": 0} if step["name"] == _CLASSIFIER else {}) for step in ours]
    parts = {
        "counts, logistic regression (stock parts)": [{"name": "WhitespaceTokenizer"}, *_COUNTED],
        "the same, names hidden": [*names_hidden, *_COUNTED],
        "DIET (30 epochs) in its place": [*names_hidden, *_COUNTS, _DIET, _FALLS_BACK],
        "ours without the sentence vector": without_vector,
    }
    return {OURS: ours} | (parts if more else {}) | ({STOCK: _STOCK} if stock else {})


def examples(share: float) -> Path:
    """Return where the examples are, or a file with a share of them (0 to 1), the same one each time."""
    if share == 1:
        return paths.ROOT / "data"
    from rasa.shared.nlu.training_data.loading import load_data

    with _quiet():
        every, *others = [load_data(str(path)) for path in EXAMPLES]
        drawn, _ = every.merge(*others).train_test_split(share, random_seed=SEED)
    TRAINED.mkdir(parents=True, exist_ok=True)
    file = TRAINED / "examples.yml"
    drawn.persist_nlu(str(file))
    return file


def train(name: str, pipeline: Pipeline, taught: Path) -> tuple[Path, float]:
    """Return (the model trained on the examples taught, seconds); one trained on the same before is taken again.

    Training is a process of its own, so that it may use every core: only reading is held to one.
    """
    key = _content_of(pipeline, taught)
    model, told = TRAINED / f"{key}.tar.gz", TRAINED / f"{key}.json"
    if not (model.exists() and told.exists()):
        TRAINED.mkdir(parents=True, exist_ok=True)
        config = TRAINED / f"{key}.yml"
        config.write_text(
            yaml.safe_dump({"recipe": "default.v1", "assistant_id": "x", "language": "en", "pipeline": pipeline})
        )
        start = time.perf_counter()
        _train(name, config, taught, model)
        told.write_text(json.dumps({"pipeline": name, "seconds": time.perf_counter() - start}))
    return model, json.loads(told.read_text())["seconds"]


def _content_of(pipeline: Pipeline, taught: Path) -> str:
    """Return a hash of what a model of a pipeline is made from."""
    from helpline import model

    files = [taught] if taught.is_file() else EXAMPLES
    parts = [json.dumps(pipeline).encode(), *(path.read_bytes() for path in files)]
    if any("helpline" in step["name"] for step in pipeline):
        parts.append(model.content_hash().encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _train(name: str, config: Path, taught: Path, model: Path) -> None:
    """Train in a process of its own, and tell every minute how far it is."""
    from helpline.model import rasa_environment

    unbound = {key: value for key, value in rasa_environment().items() if key not in _THREADS}
    command = [sys.executable, "-m", "rasa", "train", "nlu", "--config", str(config), "--nlu", str(taught)]
    command += ["--out", str(model.parent), "--fixed-model-name", model.name.removesuffix(".tar.gz")]
    log = config.with_suffix(".log")
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=paths.ROOT, env=unbound, stdout=output, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=TELL_EVERY)
                    break
                minutes = (time.monotonic() - start) / 60
                print(f"  training {name}: {minutes:.0f} min{_epochs(log)}", file=sys.stderr, flush=True)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode != 0 or not model.exists():
        raise SystemExit(f"Training of {name} failed. What Rasa said is in {log}.")


def _epochs(log: Path) -> str:
    """Return how many epochs a training has done, as its bar of progress says."""
    done = re.findall(r"(\d+)/(\d+) \[", log.read_text(encoding="utf-8", errors="replace"))
    return f", epoch {done[-1][0]} of {done[-1][1]}" if done else ""


def read(model: Path, texts: Sequence[str]) -> Messages:
    """Return what a model makes of texts, one at a time."""
    from helpline.rasa import reader

    async def parse() -> Messages:
        return [message async for message in reader.parse(model, texts)]

    return asyncio.run(parse())


def score(questions: Sequence[Labelled], messages: Messages) -> list[Scored]:
    """Return how questions ended with the replies of our core."""
    return evaluation.score(questions, asking.replies([q.text for q in questions], messages), messages)


def with_names(messages: Messages, linked: Messages) -> Messages:
    """Return messages with the names and alarms that our pipeline found in them."""
    return [
        message | {"entities": own["entities"], "questions": []} | _alarm(message, own)
        for message, own in zip(messages, linked)
    ]


def _alarm(message: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the intent of the safety layer where it hears an alarm: it is no part of what is compared."""
    is_alarm = any(entity["entity"] == "alarm" for entity in own["entities"])
    return {"intent": own["intent"], "intent_ranking": [own["intent"], *message["intent_ranking"]]} if is_alarm else {}


def row(results: Sequence[Scored], messages: Messages) -> str:
    """Return the figures of one pipeline as a line of the table."""
    from sklearn.metrics import roc_auc_score

    known = evaluation.pairs(results)
    right = [is_right for _, is_right in known]
    auroc = roc_auc_score(right, [c for c, _ in known]) if len(set(right)) > 1 else float("nan")
    figures = evaluation.summary(results)
    times = sorted(message["milliseconds"] for message in messages)
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    error = evaluation.calibration_error(known)
    ends = [figures[name] for name in ("right", "abstained", "wrong", "right of answered", "out of scope caught")]
    return (
        " ".join(f"{end:>9}" for end in ends)
        + f" {statistics.mean(right):7.1%} {auroc:6.2f} {error:6.3f} {p50:7.1f} {p95:7.1f}"
    )


def compare(questions: Sequence[Labelled], stock: bool, more: bool, share: float) -> None:
    """Print the table, a line as soon as it is measured."""
    taught = examples(share)
    titles = ["right", "abstained", "wrong", "of answ.", "outside"]
    print(
        f"{f'{len(questions)} questions':44} "
        + " ".join(f"{title:>9}" for title in titles)
        + f" {'topic':>7} {'AUROC':>6} {'ECE':>6} {'p50 ms':>7} {'p95 ms':>7} {'train s':>8} {'load s':>7} {'MB':>6}"
    )
    texts, linked = [q.text for q in questions], None
    for name, pipeline in pipelines(stock, more).items():
        model, training = train(name, pipeline, taught)
        with _quiet():
            loading, size = _seconds_to_load(model), model.stat().st_size / 1e6
            messages = read(model, texts)
        linked = linked or messages
        figures = row(score(questions, with_names(messages, linked)), messages)
        print(f"{name:44} {figures} {training:8.0f} {loading:7.1f} {size:6.1f}", flush=True)


def _seconds_to_load(model: Path) -> float:
    from rasa.core.agent import Agent

    start = time.perf_counter()
    Agent.load(model)
    return time.perf_counter() - start


# --- the threshold


def show_thresholds() -> None:
    """Print what every threshold costs on the half `dev`, and which costs least."""
    from helpline import model

    questions = labelled(QUESTIONS, "dev")
    messages = model.read(q.text for q in questions)
    costs = {}
    print(f"\n{'threshold':>9} {'right':>8} {'abstained':>9} {'wrong':>8} {'cost':>6}   of {len(questions)} questions")
    for threshold in THRESHOLDS:
        results = score(questions, [_decided(message, threshold) for message in messages])
        shares = [evaluation.share(results, end) for end in evaluation.OUTCOMES]
        costs[threshold] = shares[1] + COST_OF_WRONG * shares[2]
        print(f"{threshold:9.2f} {shares[0]:8.1%} {shares[1]:9.1%} {shares[2]:8.1%} {costs[threshold]:6.3f}")
    print(f"a wrong answer costs {COST_OF_WRONG} times asking back: cheapest at {min(costs, key=lambda t: costs[t])}")


def _decided(message: dict[str, Any], threshold: float) -> dict[str, Any]:
    """Return a message as it would be with another threshold; an alarm stays one."""
    ranking = [r for r in message["intent_ranking"] if r["name"] != _FALLBACK]
    if message["intent"]["name"] == f"ask_{EMERGENCY}" and any(e["entity"] == "alarm" for e in message["entities"]):
        return message
    is_sure = ranking[0]["confidence"] >= threshold
    intent = ranking[0] if is_sure else {"name": _FALLBACK, "confidence": threshold}
    return message | {"intent": intent, "intent_ranking": ranking if is_sure else [intent, *ranking]}


# --- without one drug


def sentence_encoder() -> Callable[[str], Floats]:
    """Return what turns a text into a vector, built as training builds it."""
    from helpline import encoder

    with tempfile.TemporaryDirectory() as folder:
        encoder.build(Path(folder))
        return encoder.Encoder(Path(folder)).encode


def taught(nlp: Language) -> tuple[list[Doc], list[str]]:
    """Return all examples as our pipeline reads them, with their intents."""
    from rasa.shared.nlu.training_data.loading import load_data

    with _quiet():
        examples = [example for path in EXAMPLES for example in load_data(str(path)).intent_examples]
    return [nlp(example.get("text")) for example in examples], [example.get("intent") for example in examples]


def leave_out(rounds: int) -> None:
    """Print how well topics are told for drugs, with and without the examples that name them."""
    from helpline import classifier, encoder, linker, validation
    from helpline.classifier import Classifier, Text

    knowledge = validation.load(paths.KNOWLEDGE)
    nlp = linker.build_pipeline(knowledge)
    encode = sentence_encoder()

    def text(doc: Any) -> Text:
        return Text(classifier.words(doc), encode(encoder.hide_names(doc)))

    docs, labels = taught(nlp)
    texts = [text(doc) for doc in docs]
    named = [{entity.ent_id_ for entity in doc.ents} for doc in docs]
    asked = [q for q in evaluation.read(QUESTIONS) if q.drugs]
    asked_texts = [text(nlp(q.text)) for q in asked]
    everything = Classifier.train(texts, labels)

    def right(trained: Classifier, of: Sequence[int]) -> int:
        best = trained.probabilities([asked_texts[i] for i in of]).argmax(axis=1)
        return sum(evaluation.topic_of(trained.labels[label]) in asked[i].accepted for i, label in zip(of, best))

    print(f"\n{'left out together':76} {'examples':>8} {'asked':>6} {'with':>6} {'without':>8}")
    drugs = [drug.id for drug in knowledge.of_kind("drug")]
    sums = [0, 0, 0]
    for start in range(rounds):
        out = drugs[start::rounds]
        kept = [i for i, names in enumerate(named) if names.isdisjoint(out)]
        of = [i for i, question in enumerate(asked) if not question.drugs.isdisjoint(out)]
        without = Classifier.train([texts[i] for i in kept], [labels[i] for i in kept])
        figures = [len(of), right(everything, of), right(without, of)]
        sums = [total + own for total, own in zip(sums, figures)]
        print(
            f"{', '.join(out)[:76]:76} {len(texts) - len(kept):8} {figures[0]:6} {figures[1]:6} {figures[2]:8}",
            flush=True,
        )
    print(f"{'all':76} {'':8} {sums[0]:6} {sums[1] / sums[0]:6.1%} {sums[2] / sums[0]:8.1%}")


# --- the command


def labelled(path: Path, half: str) -> list[Labelled]:
    """Return the English questions of a file, or one half of them where it has halves."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    english = [line for line in lines if line.get("lang", "en") == "en"]
    return [q for q, line in zip(evaluation.read(path), english) if line.get("half", half) == half]


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="labelled questions, as JSON lines")
    parser.add_argument("--half", default="report", choices=["dev", "report"], help="of a file that has halves")
    parser.add_argument("--share", type=float, default=1, help="of our examples that every pipeline is taught")
    parser.add_argument("--no-stock", dest="stock", action="store_false", help="without stock Rasa: minutes less")
    parser.add_argument("--more", action="store_true", help="parts of our pipeline too")
    parser.add_argument("--threshold", action="store_true", help="only the cost of every threshold")
    parser.add_argument("--leave-out", action="store_true", help="only the training without one drug")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of --leave-out; 23 leaves out one drug at a time")
    chosen = parser.parse_args(arguments)
    if not (chosen.threshold or chosen.leave_out):
        compare(labelled(chosen.questions, chosen.half), chosen.stock, chosen.more, chosen.share)
    if chosen.threshold:
        show_thresholds()
    if chosen.leave_out:
        leave_out(chosen.rounds)


if __name__ == "__main__":
    main()
