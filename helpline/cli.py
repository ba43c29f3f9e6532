"""The `helpline` command: serve, train, check, review, ask, chat."""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from helpline import paths
from helpline.client import DEFAULT_TIMEOUT, DEFAULT_URL, Client, ServerError, Unreachable
from helpline.knowledge import BrokenKnowledge, Subject

OK, SERVER_ERROR, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
DEFAULT_PORT = 5005
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one line on standard error, never a traceback."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Unreachable as error:
        return _fail(error, UNREACHABLE)
    except ServerError as error:
        return _fail(error, SERVER_ERROR)
    except BrokenKnowledge as error:
        print(error, file=sys.stderr)
        return _fail(f"The knowledge base has {len(error.problems)} problem(s), listed above.", SERVER_ERROR)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing more can be said
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="helpline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    serve = add("serve", _serve, "train if needed, then serve the page and the API until Ctrl-C")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT)
    add("train", _train, "train the model if it is missing or stale")
    add("check", _check, "report every problem of the knowledge base")
    review = add("review", _review, "list what no clinician has approved, or record an approval")
    review.add_argument("subject", nargs="?", help="the id of a drug, class, side effect or term")
    review.add_argument("--start", action="store_true", help="record that somebody is reviewing the subject")
    review.add_argument("--approve", action="store_true", help="record the approval of the text as it stands")
    review.add_argument("--reviewer", default="", help="the name of the person who approves")
    review.add_argument("--role", default="", help="their profession")
    ask = add("ask", _ask, "ask one question, or one a line from standard input")
    ask.add_argument("question", nargs="?", help="the question; without one, questions are read from standard input")
    ask.add_argument("--json", action="store_true", help="print the reply object, one line each")
    ask.add_argument("--session", action="store_true", help="keep one session for all questions")
    chat = add("chat", _chat, "talk with the helpline in the terminal")
    chat.add_argument("--start", action="store_true", help="start a server when none runs, and stop it at the end")
    for command in (ask, chat):
        command.add_argument("--url", default=DEFAULT_URL, help="the server's address (default: %(default)s)")
        command.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT, help="seconds to wait for an answer")
    return parser


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f'"{text}" is not a port: give a number from 1 to 65535')


def _fail(error: object, code: int) -> int:
    print(f"helpline: {error}", file=sys.stderr)
    return code


# --- the server's side


def _check(options: argparse.Namespace) -> int:
    from helpline import validation

    problems = validation.check(paths.KNOWLEDGE)
    for problem in problems:
        print(problem)
    print(f"knowledge: {len(problems)} problem{'' if len(problems) == 1 else 's'} found")
    return 1 if problems else OK


def _review(options: argparse.Namespace) -> int:
    from helpline import review, validation

    knowledge = validation.load(paths.KNOWLEDGE)
    if options.subject is None:
        return _list_reviews(review.listing(knowledge))
    if options.subject not in knowledge.subjects:
        hint = validation.nearest(options.subject, knowledge.subjects)
        return _fail(f'"{options.subject}" is no subject.{hint}', USAGE)
    subject = knowledge.subjects[options.subject]
    try:
        if options.approve:
            review.approve(subject, paths.KNOWLEDGE, options.reviewer, options.role, datetime.date.today())
        elif options.start:
            review.start(subject, paths.KNOWLEDGE)
    except review.CannotReview as error:
        return _fail(error, USAGE)
    print(f"{validation.load(paths.KNOWLEDGE).subjects[subject.id].review_status} {subject.id}")
    return OK


def _list_reviews(rows: list[tuple[str, Subject]]) -> int:
    for status, subject in rows:
        by = f"  by {subject.review.reviewer}, {subject.review.date}" if subject.review.reviewer else ""
        print(f"{status:10} {subject.kind:12} {subject.id}{by}")
    print(f"{sum(status == 'approved' for status, _ in rows)} of {len(rows)} approved")
    return OK


def _train(options: argparse.Namespace) -> int:
    from helpline import model, validation

    validation.load(paths.KNOWLEDGE)  # raises where it is broken: no model is made from it
    if model.current().exists():
        return OK
    try:
        model.train(_progress("Training the model"))
    except model.TrainingFailed as error:
        return _fail(error, 1)
    _progress_done()
    return OK


def _serve(options: argparse.Namespace) -> int:
    from helpline import server

    code = _train(options)
    if code:
        return code
    try:
        with server.running(options.port, tell=_progress("Starting")) as started:
            _progress_done()
            print(f"The helpline is ready: {started.url}  (Ctrl-C stops it)", flush=True)
            server.wait_for_signal(started)
            print("Stopping.", flush=True)
    except server.CannotServe as error:
        return _fail(error, 1)
    return OK


def _progress(what: str) -> Callable[[float], None]:
    """Return a function that shows one line of progress: rewritten in a terminal, printed once elsewhere."""
    told: list[int] = []

    def tell(seconds: float) -> None:
        if sys.stderr.isatty():
            print(f"\r{what} ... {seconds:.0f} s ", end="", file=sys.stderr, flush=True)
        elif not told:
            told.append(1)
            print(f"{what} ...", file=sys.stderr, flush=True)

    return tell


def _progress_done() -> None:
    if sys.stderr.isatty():
        print("", file=sys.stderr)


# --- the person's side


def _ask(options: argparse.Namespace) -> int:
    with Client(options.url, options.timeout) as client:
        if options.question is not None:
            return _print_reply(client.ask(options.question), options.json)
        for question in _questions(sys.stdin):
            if not options.session:
                client.start_anew()
            _print_reply(client.ask(question), options.json)
    return OK


def _questions(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip() for line in lines if line.strip())


def _print_reply(reply: dict[str, Any], as_json: bool) -> int:
    print(json.dumps(reply, ensure_ascii=False) if as_json else _readable(reply), flush=True)
    return OK


def _readable(reply: dict[str, Any]) -> str:
    """Return a reply for a terminal: its text, then its buttons by number. Control characters are taken out."""
    lines = [reply["text"]]
    lines += [f"  {n}) {b['title']}" for n, b in enumerate(reply.get("buttons") or [], start=1)]
    return _CONTROL.sub("", "\n".join(lines)) + "\n"


def _chat(options: argparse.Namespace) -> int:
    with Client(options.url, options.timeout) as client:
        if client.is_ready() or not options.start:
            return _converse(client)
        return _start_and_converse(client, options)


def _start_and_converse(client: Client, options: argparse.Namespace) -> int:
    from helpline import server

    code = _train(options)
    if code:
        return code
    try:
        port = int(options.url.rsplit(":", 1)[1])
        with server.running(port, tell=_progress("Starting")):
            _progress_done()
            return _converse(client)
    except server.CannotServe as error:
        return _fail(error, 1)


def _converse(client: Client) -> int:
    """Talk until the end of input. The notice comes before the first question; a number chooses a button."""
    from helpline.phrases import Phrases

    phrases = Phrases.load(paths.DOMAIN)
    if not client.is_ready():
        raise Unreachable(f"No helpline server answers at {client.url}. Start one with: make serve")
    print(f"{phrases.say('notice')}\n\n{phrases.say('greet')}\n(Ctrl-D leaves.)\n")
    buttons: list[dict[str, str]] = []
    while True:
        try:
            typed = input("You: ").strip()
        except EOFError:
            print()
            return OK
        if not typed:
            continue
        chosen = typed.isdigit() and 1 <= int(typed) <= len(buttons)
        try:
            reply = client.ask(buttons[int(typed) - 1]["payload"] if chosen else typed)
        except ServerError as error:
            _fail(error, SERVER_ERROR)
            continue
        buttons = reply.get("buttons") or []
        print(_readable(reply))


if __name__ == "__main__":
    sys.exit(main())
