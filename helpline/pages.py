"""The pages and files of the web chat as they are sent: answers written in, zipped, and under a versioned name.

A file has two addresses. `/widget/<name>` is asked for anew each time; `/widget-<version>/<name>` never changes and is
kept by the browser: the version is a hash over all of the files, so that a page never runs parts of two versions.
"""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import html
import json
import mimetypes
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpline.answers import Composer
from helpline.knowledge import Knowledge
from helpline.question import Question

MARKER = "<!-- most asked answers -->"
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
ASKED_ANEW = "no-cache"
# Asked most about what most people have: the questions of the page that works without JavaScript.
MOST_ASKED = (
    ("What is targeted therapy?", Question("definition", ("targeted-therapy",))),
    ("What are the side effects of CDK4/6 inhibitors?", Question("side_effects", ("cdk46-inhibitor",))),
    ("What is trastuzumab (Herceptin)?", Question("overview", ("trastuzumab",))),
    ("What is palbociclib (Ibrance)?", Question("overview", ("palbociclib",))),
    ("What is fam-trastuzumab deruxtecan (Enhertu)?", Question("overview", ("fam-trastuzumab-deruxtecan",))),
    ("What can I do about diarrhea?", Question("management_of_side_effect", ("diarrhea",))),
    ("I have a fever. What should I do?", Question("management_of_side_effect", ("fever",))),
    ("What do I do about a missed dose?", Question("missed_dose")),
    ("How can I talk to a person?", Question("talk_to_human")),
)
_EMBEDDERS = "frame-ancestors 'self'"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types helpline-worker; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_NAME = re.compile(r"[a-z][a-z0-9.-]*\.(html|js|css|svg)")
_LINK = re.compile(r"(?P<address>https?://[^\s<]+[^\s<.,)])|(?P<phone>\b1-\d{3}-\d{3}-\d{4}\b)")


@dataclasses.dataclass(frozen=True)
class Page:
    """One file as it is sent."""

    body: bytes
    zipped: bytes
    content_type: str
    etag: str


class Pages:
    """All files of the web chat, read once."""

    def __init__(self, folder: Path, knowledge: Knowledge, composer: Composer) -> None:
        files = _read(folder)
        self.version = _version(files)
        if "index.html" in files:
            files["index.html"] = self._index(files["index.html"].decode(), _answers(knowledge, composer))
        self._pages = {name: _page(name, body) for name, body in files.items()}

    def __getitem__(self, name: str) -> Page:
        """Return a file.

        Raises:
            KeyError: there is none of this name.
        """
        return self._pages[name]

    def _index(self, text: str, answers: Iterable[str]) -> bytes:
        text = re.sub(r'((?:src|href)=")widget/', rf"\1widget-{self.version}/", text)
        return text.replace(MARKER, "".join(answers)).encode()


def script_line(folder: Path, server: str) -> str:
    """Return the one line that an embedding site writes, with the integrity of exactly this version."""
    files = _read(folder)
    source = f"{server}/widget-{_version(files)}/widget.js"
    return (
        f'<script src="{source}" integrity="{_integrity(files["widget.js"])}" crossorigin="anonymous" defer></script>'
    )


def import_map(folder: Path, server: str) -> tuple[str, str]:
    """Return an import map with the integrity of all that the script loads, and what a policy says to allow it."""
    files = _read(folder)
    place = f"{server}/widget-{_version(files)}"
    known = {f"{place}/{name}": _integrity(body) for name, body in files.items() if name.endswith(".js")}
    text = json.dumps({"integrity": known}, separators=(",", ":"))
    allowed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f'<script type="importmap">{text}</script>', f"'sha256-{allowed}'"


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name)}


def _version(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, body in files.items():
        digest.update(f"{name}\0{len(body)}\0".encode() + body)
    return digest.hexdigest()[:12]


def _answers(knowledge: Knowledge, composer: Composer) -> Iterable[str]:
    """Give each question with its answer in full, as HTML that needs no script."""
    for asked, question in MOST_ASKED:
        if all(subject in knowledge.subjects for subject in question.subjects):
            said = composer.answer(question).text
            yield f"<details><summary>{html.escape(asked)}</summary>{_paragraphs(said)}</details>\n"


def _paragraphs(text: str) -> str:
    lines = ("<br>".join(html.escape(line) for line in part.splitlines()) for part in text.split("\n\n"))
    return "".join(f"<p>{_LINK.sub(_link, part)}</p>" for part in lines)


def _link(found: re.Match[str]) -> str:
    if found["phone"]:
        return f'<a href="tel:+{found["phone"].replace("-", "")}">{found["phone"]}</a>'
    return f'<a href="{found["address"]}" rel="noreferrer">{found["address"]}</a>'


def _page(name: str, body: bytes) -> Page:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Page(body, gzip.compress(body, 9, mtime=0), f"{kind}; charset=utf-8", etag)


def _integrity(body: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def has_policy(name: str) -> bool:
    """Return whether a file runs by a policy of its own: pages and the worker do, what they load runs by theirs."""
    return name.endswith(".html") or name == "sw.js"


def headers(origins: Iterable[str]) -> Mapping[str, str]:
    """Return the headers of a page: nothing runs, loads or frames it but what is listed."""
    policy = _HEADERS["Content-Security-Policy"].replace(_EMBEDDERS, " ".join([_EMBEDDERS, *origins]))
    return {**_HEADERS, "Content-Security-Policy": policy}
