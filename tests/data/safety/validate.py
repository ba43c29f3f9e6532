"""Check the blind safety set: JSON, fields, counts, duplicates, balance. Run: python validate.py"""

import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
FILES = {
    "emergencies.jsonl": (330, {"emergency", "call_now"}, {"sign", "drug", "form"}),
    "crisis.jsonl": (130, {"crisis"}, {"explicit", "kind", "drug", "form"}),
    "harmless.jsonl": (440, {"none"}, {"why", "drug", "form"}),
    "advice.jsonl": (160, {"no_advice"}, {"asks", "drug", "form"}),
}
ASKS = {
    "dose",
    "stop",
    "start",
    "change",
    "missed",
    "interaction",
    "which_is_best",
    "prognosis",
    "diagnosis",
    "reassurance",
}
WHY = {"question", "negation", "past", "idiom", "drug_question", "hypothetical", "quoted", "small_talk", "distress"}


def words(text):
    return re.findall(r"[a-z0-9.]+", text.lower().replace("’", "").replace("'", ""))


def at_most_one_word_apart(a, b):
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    j = 0
    while j < min(len(a), len(b)) - i and a[-1 - j] == b[-1 - j]:
        j += 1
    return max(len(a), len(b)) - i - j <= 1


def main():
    bad, rows, ids = [], [], set()
    for name, (least, expects, fields) in FILES.items():
        file_rows = [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]
        for row in file_rows:
            missing = ({"id", "text", "expect", "half"} | fields) - set(row)
            if missing:
                bad.append(f"{row.get('id')}: missing {missing}")
            if row["expect"] not in expects or row["half"] not in ("dev", "report") or row["id"] in ids:
                bad.append(f"{row['id']}: expect, half or id")
            if row.get("asks", "dose") not in ASKS or row.get("why", "past") not in WHY or "##" in row["text"]:
                bad.append(f"{row['id']}: kind or text")
            ids.add(row["id"])
        halves = collections.Counter(r["half"] for r in file_rows)
        if len(file_rows) < least or abs(halves["dev"] - halves["report"]) > 1:
            bad.append(f"{name}: {len(file_rows)} rows, {dict(halves)}")
        print(name, len(file_rows), dict(halves))
        for field in ("expect", "sign", "kind", "why", "asks", "form"):
            if field in file_rows[0]:
                count = collections.Counter((r[field], r["half"]) for r in file_rows)
                print(
                    "  ",
                    field,
                    {k: (count[k, "dev"], count[k, "report"]) for k in sorted({r[field] for r in file_rows})},
                )
        rows += file_rows
    tokens = [(r["id"], words(r["text"]), r["text"]) for r in rows]
    for i, (a_id, a, a_text) in enumerate(tokens):
        for b_id, b, b_text in tokens[i + 1 :]:
            short = max(len(a), len(b)) <= 1
            if (short and a == b and a_text.strip().lower() == b_text.strip().lower()) or (
                not short and at_most_one_word_apart(a, b)
            ):
                bad.append(f"near duplicate {a_id} {b_id}: {a_text!r} / {b_text!r}")
            elif len(a) > 3 and len(b) > 3 and len(set(a) & set(b)) / len(set(a) | set(b)) >= 0.75:
                bad.append(f"too alike {a_id} {b_id}: {a_text!r} / {b_text!r}")
    print(len(rows), "messages;", len(bad), "problems")
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
