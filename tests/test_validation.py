"""Every fault that an editor of knowledge/ can make, and the exact message that mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from helpline import checked_file, paths, validation
from helpline.knowledge import content_hash

DRUG = "drugs/alphanib.yml"
CLASS = "classes/alpha-blocker.yml"
EFFECT = "side_effects/rash.yml"
TERM = "terms/alpha.yml"
ROUTE_NEEDED = '"administration" needs one route, it has {}. Allowed: pill, infusion, injection'
NO_PARTNER = 'the text holds a quote without its partner: put straight quotes (") around the whole text'
ONE_MORE = '  - en: "{}"\n    sources: [label]\n'


def fault(name: str, file: str, old: str, new: str, *messages: str) -> object:
    """One row: in `file`, `old` becomes `new`; the problems must then be `messages`, all and only these."""
    return pytest.param(file, old, new, [f"knowledge/{m}" for m in messages], id=name)


FAULTS = [
    # --- keys and fields
    fault(
        "unknown key, spelt nearly right",
        DRUG,
        "biosimilars: []",
        "biosimilar: []",
        f'{DRUG}:6: unknown key "biosimilar". Did you mean "biosimilars"? '
        "Allowed: abbreviations, biosimilars, brands, display, generic, misspellings, variants",
    ),
    fault(
        "unknown key, like none",
        TERM,
        "  abbreviations: []",
        "  zzz: []",
        f'{TERM}:5: unknown key "zzz". Allowed: abbreviations, also, display, hard, misspellings',
    ),
    fault(
        "misspelt field is unknown and missing",
        DRUG,
        "\nmonitoring:",
        "\nmonitorings:",
        f'{DRUG}:1: field "monitoring" is missing. Write its statements, or "monitoring: sources_do_not_say"',
        f'{DRUG}:47: unknown key "monitorings". Did you mean "monitoring"? Allowed: administration, as_of, '
        "biomarker_test, boxed_warning, brand_generic_biosimilar, class, combination, duration_schedule, "
        "efficacy_survival, id, indication, mechanism, monitoring, names, newer, overview, "
        "pregnancy_fertility_breastfeeding, review, serious_side_effects, side_effects, targets, when_to_call",
    ),
    fault(
        "missing field",
        EFFECT,
        "seriousness: sources_do_not_say\n",
        "",
        f'{EFFECT}:1: field "seriousness" is missing. Write its statements, or "seriousness: sources_do_not_say"',
    ),
    fault(
        "blank field",
        EFFECT,
        "seriousness: sources_do_not_say",
        "seriousness:",
        f'{EFFECT}:14: field "seriousness" must be a list of statements, or sources_do_not_say',
    ),
    fault(
        "empty list of statements",
        EFFECT,
        "seriousness: sources_do_not_say",
        "seriousness: []",
        f'{EFFECT}:14: field "seriousness" must be a list of statements, or sources_do_not_say',
    ),
    fault(
        "statement that is only a text",
        EFFECT,
        "seriousness: sources_do_not_say",
        'seriousness:\n  - "It itches."',
        f'{EFFECT}:15: a statement of "seriousness" must be a mapping with "en" and "sources"',
    ),
    fault("missing key", CLASS, "as_of: 2026-11-22\n", "", f'{CLASS}:1: key "as_of" is missing'),
    fault(
        "missing names",
        TERM,
        "names:\n  display",
        "name:\n  display",
        f'{TERM}:1: key "names" is missing',
        f'{TERM}:2: unknown key "name". Did you mean "names"? Allowed: as_of, definition, id, names, review',
    ),
    fault(
        "repeated key",
        DRUG,
        "newer: false",
        "newer: false\nnewer: false",
        f'{DRUG}:12: key "newer" stands twice',
    ),
    fault("statement without sources", EFFECT, "    sources: [page]\n", "", f'{EFFECT}:12: key "sources" is missing'),
    fault(
        "statement without text",
        TERM,
        '  - en: "Alpha is a protein."\n    sources',
        "  - sources",
        f'{TERM}:11: key "en" is missing',
    ),
    fault(
        "class that says newer",
        CLASS,
        "as_of:",
        "newer: true\nas_of:",
        f'{CLASS}:7: unknown key "newer". Allowed: administration, as_of, id, indication, mechanism, names, overview, '
        "review, serious_side_effects, side_effects",
    ),
    # --- sources
    fault(
        "unknown source, spelt nearly right",
        EFFECT,
        "sources: [page]",
        "sources: [pages]",
        f'{EFFECT}:13: source "pages" is not in sources.yml. Did you mean "page"?',
    ),
    fault(
        "unknown source, like none",
        EFFECT,
        "sources: [page]",
        "sources: [zzz]",
        f'{EFFECT}:13: source "zzz" is not in sources.yml.',
    ),
    fault(
        "source that nobody cites",
        "sources.yml",
        "page:\n",
        'spare:\n  title: "A"\n  publisher: "B"\n  url: null\n  date: "2026"\n  layer: label\n  tier: gov\npage:\n',
        'sources.yml:8: nobody cites the source "spare": take it out',
    ),
    fault(
        "no source in the list",
        EFFECT,
        "sources: [page]",
        "sources: []",
        f"{EFFECT}:13: a statement needs at least one source",
    ),
    fault(
        "source without the list",
        EFFECT,
        "sources: [page]",
        "sources: page",
        f'{EFFECT}:13: "sources" must be a list, such as [one, two]',
    ),
    fault(
        "bad url",
        "sources.yml",
        "https://example.org/label",
        "example.org/label",
        'sources.yml:4: url "example.org/label" must start with http:// or https://, or be null',
    ),
    fault(
        "bad layer",
        "sources.yml",
        "layer: label",
        "layer: labels",
        'sources.yml:6: layer "labels" is not allowed. Did you mean "label"? '
        "Allowed: label, guideline, research, government, patient_org",
    ),
    fault(
        "bad tier",
        "sources.yml",
        "tier: gov",
        "tier: 1",
        'sources.yml:7: tier "1" is not allowed. '
        "Allowed: gov, label-mirror, manufacturer, journal, patient-org, trade-news, other, seed",
    ),
    fault(
        "missing layer",
        "sources.yml",
        "  layer: label\n",
        "",
        'sources.yml:2: key "layer" is missing',
    ),
    fault(
        "source that is only a title",
        "sources.yml",
        "page:\n",
        'spare: "A page"\npage:\n',
        'sources.yml:8: source "spare" must be a mapping',
    ),
    # --- links
    fault(
        "unknown id in about",
        DRUG,
        "about: [rash]\n    frequency",
        "about: [rashes]\n    frequency",
        f'{DRUG}:43: "rashes" in "about" is not the id of any file. Did you mean "rash"?',
    ),
    fault(
        "about of a wrong kind",
        DRUG,
        "about: [rash]\n    frequency",
        "about: [alpha-blocker]\n    frequency",
        f'{DRUG}:43: "alpha-blocker" in "about" is a class. Allowed here: side_effect, term',
    ),
    fault(
        "about missing where it is needed",
        DRUG,
        '"Alphanib acts on alpha."\n    sources: [label]\n    about: [alpha]',
        '"Alphanib acts on alpha."\n    sources: [label]',
        f'{DRUG}:19: key "about" is missing',
    ),
    fault(
        "about empty where it is needed",
        DRUG,
        '"Alphanib acts on alpha."\n    sources: [label]\n    about: [alpha]',
        '"Alphanib acts on alpha."\n    sources: [label]\n    about: []',
        f'{DRUG}:21: "about" must hold at least one id',
    ),
    fault(
        "repeated item, one a line",
        DRUG,
        "about: [rash]\n    frequency",
        "about:\n      - rash\n      - rash\n    frequency",
        f'{DRUG}:45: "about" holds "rash" twice',
    ),
    fault(
        "repeated item on one line",
        DRUG,
        "about: [rash]\n    frequency",
        "about: [rash, rash]\n    frequency",
        f'{DRUG}:43: "about" holds "rash" twice',
    ),
    fault(
        "repeated item on one line, not the first",
        DRUG,
        "about: [rash]\n    frequency",
        "about: [rash, alpha, alpha]\n    frequency",
        f'{DRUG}:43: "about" holds "alpha" twice',
    ),
    fault(
        "item that is no text",
        DRUG,
        "brands: [Alfa, Alfora]",
        "brands: [Alfa, 7]",
        f'{DRUG}:5: "brands" holds "7", which is not a text. Put it in quotes',
    ),
    fault(
        "list that is a text",
        DRUG,
        "brands: [Alfa, Alfora]",
        "brands: Alfa",
        f'{DRUG}:5: "brands" must be a list, such as [one, two]',
    ),
    # --- ids and names
    fault(
        "id not equal to the file name",
        DRUG,
        "id: alphanib",
        "id: alphanibe",
        f'{DRUG}:1: id "alphanibe" must equal the file name "alphanib"',
    ),
    fault(
        "name claimed twice",
        TERM,
        "also: [alpha-protein]",
        "also: [red Skin]",
        f'{TERM}:4: the name "red Skin" belongs to "rash" already (knowledge/{EFFECT})',
    ),
    fault(
        "name claimed twice, hyphen for space",
        EFFECT,
        "symptoms: [red skin]",
        "symptoms: [Alpha-blocker]",
        f'{EFFECT}:7: the name "Alpha-blocker" belongs to "alpha-blocker" already (knowledge/{CLASS})',
    ),
    fault(
        "drug of ours said to be not covered",
        "not_covered.yml",
        "names: [painex]",
        "names: [painex, alfora]",
        f'not_covered.yml:4: the name "alfora" belongs to "alphanib" already (knowledge/{DRUG})',
    ),
    fault("term said to be not covered is allowed", "not_covered.yml", "names: [painex]", "names: [painex, Alpha]"),
    fault(
        "term with a hyphen said to be not covered is allowed",
        "not_covered.yml",
        "names: [painex]",
        "names: [painex, alpha-protein]",
    ),
    fault(
        "name claimed twice, once as a plural",
        TERM,
        "also: [alpha-protein]",
        "also: [Alforas]",
        f'{TERM}:4: the name "Alforas" belongs to "alphanib" already (knowledge/{DRUG})',
    ),
    fault(
        "name in two groups that are not covered",
        "not_covered.yml",
        "names: [lung cancer]",
        "names: [lung cancer, Painex]",
        'not_covered.yml:8: the name "Painex" belongs to "pain-pills" already (knowledge/not_covered.yml)',
    ),
    fault(
        "group that is not covered, with the id of another",
        "not_covered.yml",
        "id: lung-cancer",
        "id: pain-pills",
        'not_covered.yml:6: id "pain-pills" is taken already',
    ),
    fault(
        "group that is not covered, with the id of a subject",
        "not_covered.yml",
        "id: lung-cancer",
        "id: rash",
        'not_covered.yml:6: id "rash" is taken already',
    ),
    fault(
        "group that is not covered, with capitals in its id",
        "not_covered.yml",
        "id: lung-cancer",
        "id: Lung Cancer",
        'not_covered.yml:6: id "Lung Cancer" must be lower case with hyphens',
    ),
    fault(
        "group that is not covered, without an id",
        "not_covered.yml",
        "  - id: lung-cancer\n    display",
        "  - display",
        'not_covered.yml:6: key "id" is missing',
    ),
    fault(
        "group that is not covered, display without a language",
        "not_covered.yml",
        '{en: "lung cancer"}',
        '"lung cancer"',
        'not_covered.yml:7: "display" must be a mapping such as {en: "hormone therapy"}',
    ),
    fault(
        "group that is not covered, display in no language that we know",
        "not_covered.yml",
        '{en: "lung cancer"}',
        '{de: "Lungenkrebs"}',
        'not_covered.yml:7: key "en" is missing',
        'not_covered.yml:7: unknown key "de". Allowed: en, es',
    ),
    fault(
        "group that is not covered, without names",
        "not_covered.yml",
        "names: [lung cancer]",
        "names: []",
        'not_covered.yml:8: "names" must hold at least one name',
    ),
    fault("blank display", TERM, "display: alpha\n", 'display: ""\n', f'{TERM}:3: "display" must be a text'),
    fault(
        "unknown class",
        DRUG,
        "class: alpha-blocker",
        "class: alpha-bloker",
        f'{DRUG}:10: class "alpha-bloker" is not allowed. Did you mean "alpha-blocker"? Allowed: alpha-blocker',
    ),
    fault(
        "two classes",
        DRUG,
        "class: alpha-blocker",
        "class: [alpha-blocker]",
        f'{DRUG}:10: class "[\'alpha-blocker\']" is not allowed. Did you mean "alpha-blocker"? Allowed: alpha-blocker',
    ),
    fault(
        "newer neither true nor false",
        DRUG,
        "newer: false",
        "newer: maybe",
        f'{DRUG}:11: "newer" must be true or false',
    ),
    # --- words of a statement that are chosen from a few
    fault(
        "two routes",
        DRUG,
        "    route: pill\n",
        "    route: pill\n" + ONE_MORE.format("It can be a drip.") + "    route: infusion\n",
        f"{DRUG}:34: {ROUTE_NEEDED.format(2)}",
    ),
    fault("no route", DRUG, "    route: pill\n", "", f"{DRUG}:34: {ROUTE_NEEDED.format(0)}"),
    fault(
        "unknown route",
        DRUG,
        "route: pill",
        "route: pills",
        f'{DRUG}:37: route "pills" is not allowed. Did you mean "pill"? Allowed: pill, infusion, injection',
    ),
    fault(
        "two routes in one list",
        DRUG,
        "route: pill",
        "route: [pill, infusion]",
        f"{DRUG}:37: route \"['pill', 'infusion']\" is not allowed. Did you mean \"pill\"? "
        "Allowed: pill, infusion, injection",
    ),
    fault("missing urgency", DRUG, "    urgency: right_away\n", "", f'{DRUG}:49: key "urgency" is missing'),
    fault(
        "bad urgency",
        DRUG,
        "urgency: right_away",
        "urgency: right away",
        f'{DRUG}:52: urgency "right away" is not allowed. Did you mean "right_away"? '
        "Allowed: emergency, right_away, as_soon_as_it_happens, let_doctor_know",
    ),
    fault(
        "bad frequency",
        DRUG,
        "frequency: common",
        "frequency: often",
        f'{DRUG}:44: frequency "often" is not allowed. Allowed: common, less_common, rare, listed',
    ),
    fault(
        "no detailed mechanism",
        DRUG,
        "    level: detailed\n",
        "",
        f'{DRUG}:22: "mechanism" needs a statement of level "detailed"',
    ),
    fault(
        "bad level",
        EFFECT,
        "    sources: [page]\n",
        "    sources: [page]\n    level: simple\n",
        f'{EFFECT}:14: level "simple" is not allowed. Allowed: plain, detailed',
    ),
    fault(
        "statement newer neither true nor false",
        TERM,
        "    sources: [page]\n",
        "    sources: [page]\n    newer: maybe\n",
        f'{TERM}:13: "newer" must be true or false',
    ),
    # --- texts
    fault(
        "text without full stop",
        TERM,
        "Alpha is a protein.",
        "Alpha is a protein",
        f'{TERM}:11: the text "...Alpha is a protein" must end with a full stop',
    ),
    fault("empty text", TERM, '"Alpha is a protein."', '""', f'{TERM}:11: "en" must be a text'),
    fault("text that is a number", TERM, '"Alpha is a protein."', "7", f'{TERM}:11: "en" must be a text'),
    fault(
        "banned word",
        TERM,
        "is a protein.",
        "is the best protein.",
        f'{TERM}:11: "best" may not stand in a text: we do not rank or promise',
    ),
    *[
        fault(
            f"dose figure: {dose}",
            TERM,
            "is a protein.",
            f"is {dose}.",
            f'{TERM}:11: "{dose}" may not stand in a text: doses are never given',
        )
        for dose in (
            "150 mg",
            "150mg",
            "1,000 mg",
            "5.4 mg/kg",
            "10 mL",
            "50 mcg",
            "50 μg",
            "2 milligrams",
            "100 units",
        )
    ],
    *[
        fault(
            f"dose figure, unseen so far: {dose}",
            TERM,
            "is a protein.",
            f"is {dose}.",
            f'{TERM}:11: "{dose}" may not stand in a text: doses are never given',
        )
        for dose in ("150-mg", "2 micrograms", "10 milliliters", "1 g", "100 IU")
    ],
    *[
        fault(
            f"number of tablets: {number}",
            TERM,
            "is a protein.",
            f"is {number}.",
            f'{TERM}:11: "{number}" may not stand in a text: numbers of tablets are never given',
        )
        for number in ("two tablets", "2 pills", "three small capsules")
    ],
    *[
        fault(
            f"number of tablets, unseen so far: {number}",
            TERM,
            "is a protein.",
            f"is {number}.",
            f'{TERM}:11: "{number}" may not stand in a text: numbers of tablets are never given',
        )
        for number in ("one tablet", "seven tablets", "half a tablet")
    ],
    *[
        fault(
            f"number of tablets, in other words: {number}",
            TERM,
            "is a protein.",
            f"is {text}.",
            f'{TERM}:11: "{number}" may not stand in a text: numbers of tablets are never given',
        )
        for text, number in (
            ("half of a tablet", "half of a tablet"),
            ("twelve tablets", "twelve tablets"),
            ("half-tablets", "half-tablets"),
            ("one or two of the small pills", "two of the small pills"),
            ("½ tablet", "½ tablet"),
            ("1.5 tablets", "1.5 tablets"),
            ("a tablet and a half", "tablet and a half"),
        )
    ],
    *[
        fault(
            f"unit without a number: {unit}",
            TERM,
            "is a protein.",
            f"is fifty {unit}.",
            f'{TERM}:11: "{unit}" may not stand in a text: doses are never given',
        )
        for unit in ("milligrams", "mg", "mg/kg")
    ],
    fault(
        "days without pills are no dose", TERM, "is a protein.", "is for 4 days with pills and 3 days without pills."
    ),
    *[
        fault(
            f"praise or promise: {word}",
            TERM,
            "is a protein.",
            f"is {word} here.",
            f'{TERM}:11: "{word}" may not stand in a text: we do not rank or promise',
        )
        for word in ("safe", "safest", "safer", "better", "guaranteed", "guarantee", "cure", "cured", "curable")
    ],
    *[
        fault(
            f"false calm: {words}",
            TERM,
            "is a protein.",
            f"is here: {words} of it.",
            f'{TERM}:11: "{words}" may not stand in a text: we do not soothe, promise or permit',
        )
        for words in (
            "nothing to worry about",
            "do not worry",
            "harmless",
            "risk-free",
            "heals",
            "will live longer",
            "live five years more",
            "live for many more years",
            "You may stop",
            "you can stop",
        )
    ],
    fault("what was measured is no promise", TERM, "is a protein.", "let people live longer in one study of 8 years."),
    *[
        fault(
            f"urgency without words as strong: {text}",
            DRUG,
            "On alphanib, call your cancer team about",
            text,
            f'{DRUG}:52: the urgency "right_away" needs words as strong in the text: '
            "call, 911, at once, right away, emergency or as soon as",
        )
        for text in ("At your next visit, with alphanib, mention", "With alphanib, there is no need to call about")
    ],
    fault(
        "every hit is reported, not the first alone",
        TERM,
        "is a protein.",
        "is best at 5 mg or 10 mg, and safe to take as two pills.",
        f'{TERM}:11: "10 mg" may not stand in a text: doses are never given',
        f'{TERM}:11: "5 mg" may not stand in a text: doses are never given',
        f'{TERM}:11: "best" may not stand in a text: we do not rank or promise',
        f'{TERM}:11: "safe" may not stand in a text: we do not rank or promise',
        f'{TERM}:11: "two pills" may not stand in a text: numbers of tablets are never given',
    ),
    fault(
        "curly quotes",
        TERM,
        '"Alpha is a protein."',
        "“Alpha is a protein.”",
        f"{TERM}:11: {NO_PARTNER}",
    ),
    fault(
        "quote that nothing opened",
        TERM,
        '"Alpha is a protein."',
        'Alpha is a protein."',
        f"{TERM}:11: {NO_PARTNER}",
    ),
    fault(
        "dose in the reply to an alarm",
        "safety.yml",
        '"Call 911 now."',
        '"Call 911 now and chew 300 mg."',
        'safety.yml:3: "300 mg" may not stand in a text: doses are never given',
    ),
    fault(
        "field that speaks of another drug, since it was copied",
        DRUG,
        "Alphanib (Alfa) is for cancers",
        "Betanib (Bet) is for cancers",
        f'{DRUG}:30: the first statement of "indication" must name what it is about: "Alphanib (Alfa)"',
    ),
    # --- hard words
    fault(
        "hard word that nobody explains",
        DRUG,
        "often causes a rash.",
        "often raises betase and causes a rash. Betases can stay high.",
        f'{DRUG}:41: "betase" is a hard word that "side_effects" does not explain at its first use: say what it is, or '
        'add "betase" to "about"',
    ),
    *[
        fault(f"hard word that is explained: {text}", DRUG, "often causes a rash.", text)
        for text in (
            "raises an enzyme (betase).",
            "raises betase (an enzyme).",
            "raises betase, an enzyme of the skin.",
            "raises an enzyme called betase.",
            "raises betases. Betases are enzymes.",
        )
    ],
    *[
        fault(
            f"hard word that only looks explained: {text}",
            DRUG,
            "often causes a rash.",
            text,
            f'{DRUG}:41: "betase" is a hard word that "side_effects" does not explain at its first use: say what it '
            'is, or add "betase" to "about"',
        )
        for text in ("raises betase, sugar and fat.", "raises betase or sugar.", "raises sugar (and betase).")
    ],
    fault(
        "hard word in a detailed statement is allowed",
        DRUG,
        "It binds to the pocket of alpha.",
        "It binds to the pocket of betase.",
    ),
    fault(
        "hard word of two files",
        EFFECT,
        "  symptoms: [red skin]",
        "  symptoms: [red skin]\n  hard: [Betase]",
        'terms/betase.yml:7: the hard word "betase" is explained by "rash" already',
    ),
    fault(
        "hard words of a drug",
        DRUG,
        "  misspellings: [alfanib]",
        "  misspellings: [alfanib]\n  hard: [alphanib]",
        f'{DRUG}:10: unknown key "hard". Allowed: abbreviations, biosimilars, brands, display, generic, misspellings, '
        "variants",
    ),
    # --- weak sources
    fault(
        "statements on a weak source alone",
        "sources.yml",
        "tier: patient-org",
        "tier: trade-news",
        *[
            f"{place}: rests on weak sources alone (page: trade-news). Cite a stronger one first, or take it out"
            for place in (f"{DRUG}:27", "helpline.yml:11", f"{EFFECT}:13", f"{TERM}:12", "terms/betase.yml:13")
        ],
    ),
    fault(
        "gap for a source that is not weak",
        "gaps.yml",
        "{}",
        'age:\n  reason: "Old."\n  allows:\n    page: [definition]',
        'gaps.yml:4: source "page" is not weak (patient-org): take it out',
    ),
    fault(
        "gap for a source that there is not",
        "gaps.yml",
        "{}",
        'age:\n  reason: "Old."\n  allows:\n    pages: [definition]',
        'gaps.yml:4: source "pages" is not in sources.yml. Did you mean "page"?',
    ),
    fault(
        "gap without sources",
        "gaps.yml",
        "{}",
        'age:\n  reason: "Old."',
        'gaps.yml:1: gap "age" must be a mapping with "reason" and "allows" (source: fields)',
    ),
    fault(
        "gap without a reason",
        "gaps.yml",
        "{}",
        "age:\n  allows: {}",
        'gaps.yml:2: key "reason" is missing',
    ),
    # --- dates and reviews
    fault("bad date", CLASS, "2026-11-22", "Nov 2026", f'{CLASS}:7: "as_of" must be a date such as 2026-11-22'),
    fault(
        "date that is no day",
        CLASS,
        "2026-11-22",
        "2026-13-45",
        f'{CLASS}:7: "as_of" must be a date such as 2026-11-22',
    ),
    fault(
        "date with a time",
        CLASS,
        "2026-11-22",
        "2026-11-22 10:00:00",
        f'{CLASS}:7: "as_of" must be a date such as 2026-11-22',
    ),
    fault(
        "bad review status",
        CLASS,
        "status: draft",
        "status: in-review",
        f'{CLASS}:8: status "in-review" is not allowed. Did you mean "in_review"? Allowed: draft, in_review, approved',
    ),
    fault(
        "approved without reviewer",
        CLASS,
        "{status: draft}",
        '{status: approved, role: nurse, date: 2026-11-22, hash: "0"}',
        f'{CLASS}:8: key "reviewer" is missing',
    ),
    fault(
        "approved with a blank reviewer",
        CLASS,
        "{status: draft}",
        '{status: approved, reviewer: , role: nurse, date: 2026-11-22, hash: "0"}',
        f'{CLASS}:8: "reviewer" must be a text',
    ),
    fault(
        "review that is a word",
        CLASS,
        "{status: draft}",
        "draft",
        f'{CLASS}:8: "review" must be a mapping such as {{status: draft}}',
    ),
    # --- helpline.yml, safety.yml, not_covered.yml
    fault(
        "no line has the role general",
        "helpline.yml",
        "role: general",
        "role: support",
        'helpline.yml:1: no line has the role "general"',
    ),
    fault(
        "unknown role",
        "helpline.yml",
        "role: crisis",
        "role: crises",
        'helpline.yml:1: no line has the role "crisis"',
        'helpline.yml:28: role "crises" is not allowed. Did you mean "crisis"? '
        "Allowed: general, emergency, crisis, poison, support, report",
    ),
    fault(
        "phone number without quotes",
        "helpline.yml",
        'phone: "911"',
        "phone: 911",
        'helpline.yml:19: "phone" must be a text',
    ),
    fault(
        "line without hours",
        "helpline.yml",
        '    hours:\n      - en: "You can call at any time."\n        sources: [page]\n',
        "",
        'helpline.yml:3: key "hours" is missing',
    ),
    fault(
        "general line without hours",
        "helpline.yml",
        '    hours:\n      - en: "You can call at any time."\n        sources: [page]\n',
        "    hours: sources_do_not_say\n",
        'helpline.yml:9: the first line of the role "general" must say its hours',
    ),
    fault(
        "no crisis words",
        "safety.yml",
        'crisis:\n  reply:\n    en: "Call 988 now."\n  sources: [page]\n  signs: []\n  now: [want to die]\n',
        "",
        'safety.yml:1: key "crisis" is missing',
    ),
    fault(
        "blank crisis words",
        "safety.yml",
        'crisis:\n  reply:\n    en: "Call 988 now."\n  sources: [page]\n  signs: []\n  now: [want to die]\n',
        "crisis:\n",
        'safety.yml:7: "crisis" must be a mapping',
    ),
    fault(
        "crisis reply without English",
        "safety.yml",
        'en: "Call 988 now."',
        'es: "Llame al 988."',
        'safety.yml:8: "reply" must be a mapping with "en"',
    ),
    fault(
        "blank crisis reply",
        "safety.yml",
        'en: "Call 988 now."',
        "en:",
        'safety.yml:9: "en" must be a text',
    ),
    fault(
        "misspelt signs",
        "safety.yml",
        "signs: [chest pain*]",
        "sign: [chest pain*]",
        'safety.yml:2: key "signs" is missing',
        'safety.yml:5: unknown key "sign". Did you mean "signs"? Allowed: abroad, now, reply, signs, sources',
    ),
    fault(
        "medicine that is only a name",
        "not_covered.yml",
        "medicines:\n",
        "medicines:\n  - painol\n",
        'not_covered.yml:2: each of "medicines" must be a mapping with id, display and names',
    ),
    # --- whole files
    fault(
        "not YAML",
        TERM,
        "id: alpha\n",
        "id: alpha: beta\n",
        f'{TERM}:1: a text with a colon must stand in double quotes: "alpha: beta"',
    ),
    fault(
        "tab",
        EFFECT,
        "  display: rash",
        "\tdisplay: rash",
        f"{EFFECT}:3: a tab stands at the start of the line. Use spaces instead: two for each step in",
    ),
    fault("key that is no word", TERM, "id: alpha\n", "[id]: alpha\n", f"{TERM}:1: a key must be a word"),
]


@pytest.mark.parametrize(("file", "old", "new", "messages"), FAULTS)
def test_fault(
    folder: Path, change: Callable[[str, str, str], None], file: str, old: str, new: str, messages: list[str]
) -> None:
    change(file, old, new)
    assert _messages(folder) == messages


def test_minimal_folder_is_valid(folder: Path) -> None:
    assert validation.check(folder) == []


def test_real_knowledge_is_valid() -> None:
    assert [str(p) for p in validation.check(paths.KNOWLEDGE)] == []


def test_a_gap_allows_a_weak_source_to_stand_alone(folder: Path, change: Callable[[str, str, str], None]) -> None:
    fields = "hours, definition, mechanism, monitoring"
    change("sources.yml", "tier: patient-org", "tier: other")
    change("gaps.yml", "{}", f'age:\n  reason: "Old."\n  allows:\n    page: [{fields}]\n')
    assert _messages(folder) == ['knowledge/gaps.yml:4: no statement of "monitoring" needs "page" alone: take it out']


def test_upper_case_file_name(folder: Path, change: Callable[[str, str, str], None]) -> None:
    change(CLASS, "id: alpha-blocker", "id: Alpha-blocker")
    (folder / CLASS).rename(folder / "classes/Alpha-blocker.yml")
    change(DRUG, "class: alpha-blocker", "class: Alpha-blocker")
    assert _messages(folder) == [
        'knowledge/classes/Alpha-blocker.yml:1: file name "Alpha-blocker" must be lower case with hyphens'
    ]


def test_id_of_another_folder(folder: Path, change: Callable[[str, str, str], None]) -> None:
    (folder / CLASS).rename(folder / "classes/alpha.yml")
    change("classes/alpha.yml", "id: alpha-blocker", "id: alpha")
    change(DRUG, "class: alpha-blocker", "class: alpha")
    assert f'knowledge/{TERM}:1: id "alpha" is taken by knowledge/classes/alpha.yml' in _messages(folder)


def test_not_utf8(folder: Path) -> None:
    path = folder / CLASS
    path.write_bytes(path.read_bytes().replace(b"are pills", b"are p\xefills"))
    assert _messages(folder) == [f"knowledge/{CLASS}:11: is not UTF-8 text"]


def test_empty_file(folder: Path) -> None:
    (folder / CLASS).write_text("")
    assert _messages(folder) == [f"knowledge/{CLASS}:1: must be a mapping of keys to values"]


@pytest.mark.parametrize("file", ["helpline.yml", "safety.yml", "not_covered.yml", "gaps.yml"])
def test_missing_file(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert _messages(folder) == [f"knowledge/{file}:1: cannot be read: No such file or directory"]


def test_folder_without_subjects(tmp_path: Path) -> None:
    empty = tmp_path / "knowledge"
    empty.mkdir()
    assert "knowledge:1: holds no subject: is this the knowledge folder?" in _messages(empty)


def test_file_name_with_yaml(folder: Path) -> None:
    """Either both endings are read everywhere, or `.yaml` is reported."""
    (folder / CLASS).rename(folder / "classes/alpha-blocker.yaml")
    messages = _messages(folder)
    assert messages == [] or "alpha-blocker.yaml" in messages[0]


def test_all_problems_are_reported_at_once(folder: Path, change: Callable[[str, str, str], None]) -> None:
    change(DRUG, "urgency: right_away", "urgency: soon")
    change(TERM, "Alpha is a protein.", "Alpha is a protein")
    found = validation.check(folder)
    assert [(p.file, p.line) for p in found] == [(f"knowledge/{DRUG}", 52), (f"knowledge/{TERM}", 11)]


def test_load_refuses_with_the_same_messages(folder: Path, change: Callable[[str, str, str], None]) -> None:
    change(DRUG, "urgency: right_away", "urgency: soon")
    change(TERM, "Alpha is a protein.", "Alpha is a protein")
    with pytest.raises(validation.BrokenKnowledge) as refused:
        validation.load(folder)
    assert refused.value.problems == validation.check(folder)
    assert str(refused.value).splitlines() == _messages(folder)


@pytest.mark.parametrize(
    ("old", "new"), [("Alpha is a protein.", "Alpha is a small protein."), ("2026-11-22\nreview", "2026-11-23\nreview")]
)
def test_approved_text_is_stale_after_an_edit(
    folder: Path, change: Callable[[str, str, str], None], old: str, new: str
) -> None:
    reviewed = content_hash(validation.load(folder).subjects["alpha"])
    signed = f'{{status: approved, reviewer: A. B., role: nurse, date: 2026-11-22, hash: "{reviewed}"}}'
    change(TERM, "{status: draft}", signed)
    assert validation.load(folder).subjects["alpha"].review_status == "approved"
    change(TERM, old, new)
    assert validation.load(folder).subjects["alpha"].review_status == "stale"


@pytest.mark.parametrize(
    ("word", "hint"), [("pills", ' Did you mean "pill"?'), ("infusio", ' Did you mean "infusion"?'), ("xyz", "")]
)
def test_nearest(word: str, hint: str) -> None:
    assert checked_file.nearest(word, validation.ROUTES) == hint


def _messages(folder: Path) -> list[str]:
    return [str(problem) for problem in validation.check(folder)]
