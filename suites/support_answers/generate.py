"""Writes the cases, answers, labels and verdicts of this suite; the same bytes every time.

python -m suites.support_answers.generate [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from suites.finance_statements.draw import Draw
from suites.support_answers.answers import System, Written, label, verdict, write
from suites.support_answers.facts import SERIES, Fact, facts

HERE = Path(__file__).parent
SEED = 5
ASKED, EARLIER = SERIES[:5], SERIES[5:]  # the suite's appliances; those that the judge was calibrated on
NEW, OLD = System("new", 82), System("old", 66)
PILOTS = (System("pilot", 74), System("first", 60))
PEOPLE = ("ann", "ben", "cara")
LABELLED = 100  # answers of `new` that people looked at


def case_row(fact: Fact) -> dict[str, Any]:
    """A case as the suite reads it."""
    return {
        "id": fact.id,
        "input": fact.question,
        "expected": fact.gold,
        "group": fact.product,
        "tags": {"kind": fact.kind, "answer": "number" if fact.number else "text"},
    }


def label_row(written: Written, system: str, draw: Draw) -> dict[str, Any]:
    """An answer with what three people say of it."""
    fact = written.fact
    return {
        "item": fact.id,
        "input": fact.question,
        "expected": fact.gold,
        "output": written.text,
        "human": {person: label(written, person, draw) for person in PEOPLE},
        "group": fact.product,
        "system": system,
    }


def verdict_row(written: Written, draw: Draw) -> dict[str, Any]:
    """What the judge said of an answer."""
    return {"item": written.fact.id, "output": written.text, "label": verdict(written, draw)}


def calibration_set(draw: Draw) -> list[tuple[str, Written]]:
    """One text answer of an earlier system to each question about appliances that the suite does not ask about."""
    known = [fact for fact in facts(EARLIER, draw) if not fact.number]
    given = {system.name: write(system, known, draw) for system in PILOTS}
    names = [draw.pick([s.name for s in PILOTS], fact.id, "who") for fact in known]
    return [(name, given[name][i]) for i, name in enumerate(names)]


def files() -> dict[str, str]:
    """Path (relative to this folder) -> content, of everything that is generated."""
    draw = Draw(SEED)
    asked = facts(ASKED, draw)
    given = {system.name: write(system, asked, draw) for system in (NEW, OLD)}
    earlier = calibration_set(draw)
    judged = [*(one for _, one in earlier), *(one for name in given for one in given[name])]
    drawn = sorted(given["new"], key=lambda one: draw.below(2**60, one.fact.id, "drawn"))[:LABELLED]
    return {
        "cases.jsonl": _lines(case_row(fact) for fact in asked),
        **{
            f"answers/{name}.jsonl": _lines({"case_id": one.fact.id, "output": one.text} for one in rows)
            for name, rows in given.items()
        },
        "calibration.jsonl": _lines(label_row(one, name, draw) for name, one in earlier),
        "labels.jsonl": _lines(label_row(one, "candidate", draw) for one in sorted(drawn, key=lambda one: one.fact.id)),
        "verdicts.jsonl": "".join(sorted({_line(verdict_row(one, draw)) for one in judged})),
    }


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(map(_line, rows))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write the files, or with --check say which differ from what would be written."""
    parser = argparse.ArgumentParser(description="Writes the cases, answers, labels and verdicts of this suite.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not up to date")
    check = parser.parse_args(argv).check
    made = files()
    stale = [name for name, text in made.items() if not _same(HERE / name, text)]
    for name in stale:
        print(f"{name} {'differs from what this script writes' if check else 'written'}")
        if not check:
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_bytes(made[name].encode())
    if not stale:
        print("cases, answers, labels and verdicts are up to date")
    return 1 if check and stale else 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() == text.encode()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
