"""Every slip that somebody new to YAML makes in a drug file: the line that is named, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpline import document, paths, slips

DRUG = (Path(__file__).parent / "data/knowledge/drugs/alphanib.yml").read_text(encoding="utf-8")
BELOW = "Start it exactly below the lines that it belongs with"
NEXT = "    sources: [label]\ntargets"
TEXT = '"Alphanib acts on alpha."'
ITEM = '  - en: "Alphanib acts'


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "  generic:",
            "\tgeneric:",
            3,
            "a tab stands at the start of the line. Use spaces instead",
        ),
        ("class: alpha", "class alpha", 10, '"class alpha-blocker" has no colon. Write "class: alpha-blocker"'),
        ("  generic: a", "  generic a", 3, '"generic alphanib" has no colon. Write "generic: alphanib"'),
        (
            "class: a",
            "class:a",
            10,
            '"class:alpha-blocker" needs a space after the colon. Write "class: alpha-blocker"',
        ),
        ("side_effects:\n  - en", "side_effects\n  - en", 40, '"side_effects" has no colon. Write "side_effects:"'),
        (
            ITEM,
            '  - en "Alphanib acts',
            19,
            '"- en "Alphanib acts on alpha."" has no colon. Write "- en: "Alphanib acts on alpha.""',
        ),
        (
            ITEM,
            '  -en: "Alphanib acts',
            19,
            '"-en: "Alphanib acts on alpha."" needs a space after the dash. Write "- en: "Alphanib acts on',
        ),
        (NEXT, " " + NEXT, 17, f"the line starts 5 spaces in, but the line above opens no block. {BELOW}"),
        (NEXT, NEXT[1:], 17, f"the line starts 3 spaces in, where no line above it starts. {BELOW}"),
        (ITEM, ITEM[2:], 19, f"the line starts 0 spaces in, where keys stand. {BELOW}"),
        (ITEM, "  " + ITEM, 20, f"the line starts 4 spaces in, where dashes stand. {BELOW}"),
        (
            '  - en: "It binds',
            ' - en: "It binds',
            26,
            f"the line starts 1 space in, where no line above it starts. {BELOW}",
        ),
        (TEXT, TEXT[:-1], 19, 'the text opens with " and does not close. Put " at its end'),
        (
            TEXT,
            '"Alphanib acts on "alpha"."',
            19,
            'a " stands inside the text, which ends it there. Leave it out, or write \\" for it',
        ),
        (
            TEXT,
            "'It doesn't.'",
            19,
            "a ' stands inside the text, which ends it there. Put the whole text in double quotes instead",
        ),
        (TEXT, "Note: it acts.", 19, 'a text with a colon must stand in double quotes: "Note: it acts."'),
        (TEXT, "@alpha.", 19, 'a text that starts with "@" must stand in double quotes: "@alpha."'),
        ("Alfora]", "Alfora", 5, 'what "[" opens is not closed. Put "]" at its end'),
        ("draft}", "draft", 13, 'what "{" opens is not closed. Put "}" at its end'),
    ],
)
def test_slip(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert DRUG.count(old) == 1
    file = tmp_path / "alphanib.yml"
    file.write_text(DRUG.replace(old, new), encoding="utf-8")
    with pytest.raises(document.DocumentError) as refused:
        document.read(file)
    assert (refused.value.line, str(refused.value)[: len(message)]) == (line, message)


def test_no_slip_is_seen_where_there_is_none() -> None:
    files = [*paths.KNOWLEDGE.rglob("*.yml"), *(Path(__file__).parent / "data/knowledge").rglob("*.yml")]
    assert len(files) > 100
    assert {str(f): found for f in files if (found := slips.find(f.read_text(encoding="utf-8")))} == {}
