"""The files of the web chat as they are sent."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from helpline import pages, paths
from helpline.answers import Composer
from helpline.knowledge import Knowledge
from helpline.pages import MARKER, MOST_ASKED, Pages


@pytest.fixture
def folder_of_pages(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(f'<link href="widget/a.css"><script src="widget/a.js"></script>{MARKER}')
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "a.css").write_text("p {}")
    (tmp_path / "widget.js").write_text("2")
    (tmp_path / "notes.md").write_text("not for anybody")
    return tmp_path


def test_the_page_names_its_files_by_version(folder_of_pages: Path, knowledge: Knowledge, composer: Composer) -> None:
    made = Pages(folder_of_pages, knowledge, composer)
    page = made["index.html"].body.decode()
    assert f'href="widget-{made.version}/a.css"' in page
    assert f'src="widget-{made.version}/a.js"' in page
    assert re.fullmatch(r"[0-9a-f]{12}", made.version)


def test_any_change_is_another_version(folder_of_pages: Path, knowledge: Knowledge, composer: Composer) -> None:
    before = Pages(folder_of_pages, knowledge, composer).version
    (folder_of_pages / "a.css").write_text("p { color: red }")
    assert Pages(folder_of_pages, knowledge, composer).version != before


def test_only_the_files_of_the_chat_are_sent(folder_of_pages: Path, knowledge: Knowledge, composer: Composer) -> None:
    made = Pages(folder_of_pages, knowledge, composer)
    for name in ("notes.md", "../domain.yml", "..", "", "A.js"):
        with pytest.raises(KeyError):
            made[name]


def test_the_line_of_an_embedding_site_has_the_hash_of_the_file(
    folder_of_pages: Path, knowledge: Knowledge, composer: Composer
) -> None:
    made = Pages(folder_of_pages, knowledge, composer)
    line = pages.script_line(folder_of_pages, "https://help.example")
    assert f'src="https://help.example/widget-{made.version}/widget.js"' in line
    assert f'integrity="{_hash("sha384", b"2")}" crossorigin="anonymous"' in line


def test_the_import_map_has_the_hash_of_every_script(
    folder_of_pages: Path, knowledge: Knowledge, composer: Composer
) -> None:
    version = Pages(folder_of_pages, knowledge, composer).version
    line, allowed = pages.import_map(folder_of_pages, "https://help.example")
    text = line.removeprefix('<script type="importmap">').removesuffix("</script>")
    place = f"https://help.example/widget-{version}"
    assert json.loads(text) == {
        "integrity": {f"{place}/a.js": _hash("sha384", b"1"), f"{place}/widget.js": _hash("sha384", b"2")}
    }
    assert allowed == f"'{_hash('sha256', text.encode())}'"


def _hash(name: str, body: bytes) -> str:
    return f"{name}-{base64.b64encode(hashlib.new(name, body).digest()).decode()}"


def test_without_script_the_most_asked_are_answered_in_full(
    folder_of_pages: Path, knowledge: Knowledge, composer: Composer
) -> None:
    text = Pages(folder_of_pages, knowledge, composer)["index.html"].body.decode()
    words = re.sub(r"</?a\b[^>]*>", "", text)
    assert text.count("<details>") == len(MOST_ASKED)
    for asked, question in MOST_ASKED:
        reply = composer.answer(question)
        assert reply.kind != "clarify", asked
        assert html.escape(reply.text.split("\n")[0]) in words, asked
        # Each source is a link that can be followed.
        assert all(f'<a href="{html.escape(s.url)}"' in text for s in reply.sources if s.url), asked
    assert '<a href="tel:+18002272345">1-800-227-2345</a>' in text.partition("<details>")[2]
    assert "<script>" not in text


def test_what_is_sent_zipped_is_the_same(knowledge: Knowledge, composer: Composer) -> None:
    made = Pages(paths.WIDGET, knowledge, composer)
    for name in ("index.html", "helpline.js", "style.js"):
        assert gzip.decompress(made[name].zipped) == made[name].body
        assert made[name].content_type.endswith("; charset=utf-8")


def test_a_first_visit_is_under_40_kb(knowledge: Knowledge, composer: Composer) -> None:
    """Every file of the chat at once, zipped, is more than a first visit loads."""
    made = Pages(paths.WIDGET, knowledge, composer)
    names = [path.name for path in paths.WIDGET.iterdir() if path.suffix in (".js", ".css", ".svg")]
    assert sum(len(made[name].zipped) for name in [*names, "index.html"]) < 40_000


def test_who_may_frame_a_page_is_listed() -> None:
    policy = pages.headers(("https://a.example",))["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://a.example")
    assert "unsafe" not in policy
    assert "worker-src 'self'" in policy
    assert "require-trusted-types-for 'script'; trusted-types helpline-worker;" in policy
    assert pages.headers(())["Content-Security-Policy"].endswith("frame-ancestors 'self'")
