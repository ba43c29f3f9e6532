"""The `helpline` command: serve, train, embed, check, review, ask, chat, sheet, eval."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import functools
import io
import json
import math
import os
import re
import sys
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from helpline import origins, paths, rendering, takehome
from helpline.client import DEFAULT_TIMEOUT, DEFAULT_URL, BadAddress, Client, ServerError, Unreachable
from helpline.knowledge import BrokenKnowledge, Subject

OK, SERVER_ERROR, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
DEFAULT_PORT = 5005
LONGEST_TIMEOUT = 3600
_STEERING = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class BadQuestion(ValueError):
    """A question that cannot be sent; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one line on standard error, never a traceback."""
    _mend_streams()
    try:
        options = _parser().parse_args(arguments)
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except (BadAddress, BadQuestion) as error:
        return _fail(error, USAGE)
    except Unreachable as error:
        return _fail(f"In an emergency, call 911 or your local emergency number. {error}", UNREACHABLE)
    except ServerError as error:
        return _fail(error, SERVER_ERROR)
    except BrokenKnowledge as error:
        print(error, file=sys.stderr)
        return _fail(f"The knowledge base has {len(error.problems)} problem(s), listed above.", SERVER_ERROR)
    except BrokenPipeError:
        _drop_output()  # the reader of our output has gone: nothing more can be said
        return OK
    except OSError as error:
        _drop_output()
        place = f"{error.filename}: " if error.filename else ""
        return _fail(f"{place}{error.strerror or error}.", SERVER_ERROR)


def _mend_streams() -> None:
    """Stand in for a stream that is closed, and let none of them fail at a character that it has no code for."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="surrogateescape" if mode == "r" else "replace")


def _drop_output() -> None:
    """Send what is still to be written nowhere, so that Python does not try once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with a command, and where its help is."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with the exit code of a wrong use."""
        self.exit(USAGE, f"helpline: {message.rstrip('.')}. For help: {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="helpline", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    serve = add("serve", _serve, "train if needed, then serve the page and the API until Ctrl-C")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    add("train", _train, "train the model if it is missing or stale")
    embed = add("embed", _embed, "print the line that puts the chat on another site, with its integrity")
    embed.add_argument(
        "address", type=_origin, help="where this server is reached, such as https://helpline.example.org"
    )
    embed.add_argument("--all", action="store_true", help="also print the integrity of all that the line loads")
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
    chat.add_argument("--no-bell", dest="bell", action="store_false", help="do not ring at an alarm")
    chat.add_argument("--history", type=Path, metavar="FILE", help="keep what you type in a file (default: in memory)")
    sheet = add("sheet", _sheet, "ask questions and write a sheet for the doctor's visit with the answers")
    sheet.add_argument("file", help="the PDF to write, a new file; - writes to standard output")
    sheet.add_argument("question", nargs="*", help="questions, in one conversation; without any, one a line is read")
    sheet.add_argument("--paper", choices=takehome.PAPERS, default=takehome.PAPERS[0], help="default: %(default)s")
    sheet.add_argument("--large-print", action="store_true", help="large letters")
    sheet.add_argument("--own", action="append", default=[], metavar="QUESTION", help="a question for the doctor")
    sheet.add_argument("--only-own", action="store_true", help="leave out the questions for the doctor that fit")
    score = add("eval", _eval, "score a file of labelled questions: table, confusions and pictures")
    score.add_argument("file", type=Path, help="labelled questions, one JSON object a line")
    score.add_argument("--language", default="en", help="score the questions in this language (default: %(default)s)")
    score.add_argument("--output", type=Path, default=paths.ROOT / "results", metavar="FOLDER", help="where to write")
    for command in (ask, chat, sheet, score):
        command.add_argument("--url", default=DEFAULT_URL, help="the server's address (default: %(default)s)")
        command.add_argument("--timeout", type=_seconds, default=DEFAULT_TIMEOUT, help="seconds to wait for an answer")
    for command in (ask, chat):
        command.add_argument(
            "--plain", action="store_true", help="no boxes, colours or cursor movement (screen reader)"
        )
    return parser


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) <= LONGEST_TIMEOUT and math.isfinite(seconds):
            return seconds
    raise argparse.ArgumentTypeError(f'"{text}" is no time to wait: give seconds, at most {LONGEST_TIMEOUT}')


def _port(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f'"{text}" is not a port: give a number from 1 to 65535')


def _origin(text: str) -> str:
    address = text.rstrip("/")
    if origins.is_origin(address):
        return address
    raise argparse.ArgumentTypeError(f'"{text}" is no address of a server: it looks like https://helpline.example.org')


def _fail(error: object, code: int) -> int:
    with contextlib.suppress(OSError):  # standard error may have nowhere to go
        print(f"helpline: {rendering.clean(error)}", file=sys.stderr)
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
    from helpline import checked_file, review, validation

    knowledge = validation.load(paths.KNOWLEDGE)
    if options.subject is None:
        return _list_reviews(review.listing(knowledge))
    if options.subject not in knowledge.subjects:
        hint = checked_file.nearest(options.subject, knowledge.subjects)
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
    if options.approve or options.start:
        print("A server that is running still says what was so when it began: start it again.")
    return OK


def _list_reviews(rows: list[tuple[str, Subject]]) -> int:
    for status, subject in rows:
        by = f"  by {subject.review.reviewer}, {subject.review.date}" if subject.review.reviewer else ""
        print(f"{status:10} {subject.kind:12} {subject.id}{by}")
    print(f"{sum(status == 'approved' for status, _ in rows)} of {len(rows)} approved")
    return OK


def _train(options: argparse.Namespace) -> int:
    from helpline import model, validation
    from helpline.safety import Safety

    knowledge = validation.load(paths.KNOWLEDGE)  # raises where it is broken: no model is made from it
    Safety.prepare(knowledge)
    if model.fault(model.current()) is None:
        return OK
    try:
        model.train(_progress("Training the model"))
    except model.TrainingFailed as error:
        return _fail(error, 1)
    _progress_done()
    return OK


def _serve(options: argparse.Namespace) -> int:
    from helpline import server
    from helpline.terminal import leaving_in_order

    try:
        server.require_free(options.host, options.port)
        code = _train(options)
        if code:
            return code
        with leaving_in_order(), server.running(options.port, options.host, _progress("Starting")) as started:
            _progress_done()
            print(f"The helpline is ready: {started.url}  (Ctrl-C stops it)", flush=True)
            server.wait_for_signal(started, functools.partial(print, file=sys.stderr, flush=True))
            print("Stopping.", flush=True)
    except server.CannotServe as error:
        return _fail(error, 1)
    return OK


def _embed(options: argparse.Namespace) -> int:
    """Print what an embedding site writes. What its policy must allow for that goes to standard error."""
    from helpline import pages

    if options.all:
        text, allowed = pages.import_map(paths.WIDGET, options.address)
        print(text)
        print(f"Your Content-Security-Policy must allow the first line: script-src {allowed}", file=sys.stderr)
    print(pages.script_line(paths.WIDGET, options.address))
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
            _print_reply(client.ask(_readable(options.question)), options)
            return OK
        if sys.stdin.isatty():
            print("Type one question a line. Ctrl-D ends.", file=sys.stderr)
        buttons: list[dict[str, str]] = []
        for question in _questions(sys.stdin):
            if not options.session:
                client.start_anew()
                buttons = []
            reply = client.ask(_pressed(question, buttons) or _readable(question))
            buttons = reply.get("buttons") or []
            _print_reply(reply, options)
    return OK


def _pressed(typed: str, buttons: Sequence[Mapping[str, str]]) -> str | None:
    """Return what the button asks whose number was typed, as in the terminal chat; None where it is no such number."""
    is_number = typed.isdecimal() and 1 <= int(typed) <= len(buttons)
    return buttons[int(typed) - 1]["payload"] if is_number else None


def _questions(lines: Iterable[str]) -> Iterable[str]:
    return (line.strip() for line in lines if line.strip())


def _sheet(options: argparse.Namespace) -> int:
    """Ask, and write the sheet. A reply to an alarm is printed as well: nobody should have to open a file for it."""
    to_output = options.file == "-"
    if to_output and sys.stdout.isatty():
        return _fail("A PDF cannot be shown here: name a file, or send the output to one.", USAGE)
    try:
        path = None if to_output else takehome.file_of(options.file)
    except takehome.CannotSave as error:
        return _fail(error, USAGE)
    with Client(options.url, options.timeout) as client:
        turns = list(_turns(client, options.question or _questions(sys.stdin)))
        if not turns:
            return _fail("None of the questions has an answer to print. Name the drug in each.", SERVER_ERROR)
        offered = [] if options.only_own else takehome.offered(client.settings(), turns)
        questions = [*options.own, *offered]
        pdf = client.sheet(takehome.wanted(turns, questions, options.paper, options.large_print, "en"))
    if path is None:
        sys.stdout.buffer.write(pdf)
        return OK
    try:
        takehome.save(path, pdf)
    except takehome.CannotSave as error:
        return _fail(error, SERVER_ERROR)
    print(f"written: {rendering.clean(path)}")
    return OK


def _turns(client: Client, questions: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Ask one question after another and yield the turns for the sheet; say which question has no answer."""
    for number, question in enumerate(questions, start=1):
        reply = client.ask(_readable(question))
        if (reply.get("custom") or {}).get("kind") in rendering.ALARMS:
            print(rendering.plain(reply, sys.stderr.encoding or "utf-8"), file=sys.stderr)
        turn = takehome.turn(question, reply)
        if turn:
            yield turn
        else:
            print(f"helpline: question {number} is not on the sheet: it has no answer yet.", file=sys.stderr)


def _readable(question: str) -> str:
    """Return a question.

    Raises:
        BadQuestion: it is not text in the encoding that the terminal has announced.
    """
    try:
        question.encode()
    except UnicodeEncodeError as error:
        raise BadQuestion(
            f"The question is not {sys.getfilesystemencoding()} text. Convert it, and ask again."
        ) from error
    return question


def _print_reply(reply: dict[str, Any], options: argparse.Namespace) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    if options.json:
        print(_json_line(reply, encoding), flush=True)
    elif sys.stdout.isatty():
        styled = not options.plain and rendering.can_style()
        rendering.Screen(sys.stdout, styled, bell=False).reply(reply)
    else:
        print(rendering.plain(reply, encoding), flush=True)


def _json_line(reply: dict[str, Any], encoding: str) -> str:
    """Return a reply as one line of JSON that steers no terminal."""
    is_unicode = encoding.lower().replace("-", "").startswith("utf")
    line = json.dumps(reply, ensure_ascii=not is_unicode)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _eval(options: argparse.Namespace) -> int:
    from helpline import evaluation, model

    try:
        questions = evaluation.read(options.file, options.language)
    except evaluation.BadFile as error:
        return _fail(error, USAGE)
    code = _train(options)
    if code:
        return code
    replies = _replies([q.text for q in questions], options)
    try:
        readings = model.read([q.text for q in questions])
    except model.CannotRead as error:
        return _fail(error, SERVER_ERROR)
    results = evaluation.score(questions, replies, readings)
    print(evaluation.table(results))
    for path in evaluation.write(results, options.output):
        print(f"written: {path}")
    return OK


def _replies(texts: Iterable[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the reply to each text, asked in a session of its own; a server is started where none runs."""
    replies = []
    with Client(options.url, options.timeout) as client, contextlib.ExitStack() as stack:
        if not client.is_ready():
            os.environ.setdefault("HELPLINE_LIMITS", "off")  # for measuring: hundreds of questions from one place
            stack.enter_context(_started(options.url))
        for text in texts:
            client.start_anew()
            replies.append(client.ask(text))
    return replies


def _chat(options: argparse.Namespace) -> int:
    from helpline import terminal

    settings = terminal.Settings(options.plain, options.bell, options.history)
    with Client(options.url, options.timeout) as client:
        if client.is_ready() or not options.start:
            terminal.converse(client, settings)
            return OK
        code = _train(options)
        if code:
            return code
        with terminal.leaving_in_order(), _started(options.url):
            terminal.converse(client, settings)
    return OK


@contextlib.contextmanager
def _started(url: str) -> Iterator[None]:
    """Run a server at a local address; at the end, whatever happens, stop it."""
    from helpline import server, terminal

    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise Unreachable(f"No helpline server answers at {url}, and one can be started only on this machine.")
    started = server.Server(parts.port or 80)
    try:
        started.start(_progress("Starting the helpline"))
        _progress_done()
        yield
    except server.CannotServe as error:
        raise ServerError(str(error)) from error
    finally:
        with terminal.uninterrupted():
            started.stop()


if __name__ == "__main__":
    sys.exit(main())
