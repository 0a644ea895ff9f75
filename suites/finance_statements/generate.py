"""Writes `cases.jsonl` and `answers/*.jsonl`; the same bytes every time.

python -m suites.finance_statements.generate [--check]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from suites.finance_statements import answers, questions, statements
from suites.finance_statements.draw import Draw
from suites.finance_statements.questions import Question

HERE = Path(__file__).parent
SEED = 32
STATEMENTS = 36


def all_questions() -> list[Question]:
    """The founding example, then five questions on each statement."""
    draw = Draw(SEED)
    founding = questions.percent(statements.APPLE, "Net sales", cut=True)
    asked = [questions.ask(i, statements.make(i, draw), draw) for i in range(STATEMENTS)]
    return [founding, *(question for five in asked for question in five)]


def case_row(question: Question) -> dict[str, Any]:
    """A case as the suite reads it."""
    asked: dict[str, Any] = {"statement": question.statement.text(), "question": question.text}
    if question.choices:
        asked["choices"] = list(question.choices)
    return {
        "id": question.id,
        "input": asked,
        "expected": question.gold,
        "group": question.statement.company,
        "tags": {"kind": question.kind, "scale": question.statement.scale, "answer": question.answer},
    }


def files() -> dict[str, str]:
    """Path (relative to this folder) -> content, of everything that is generated."""
    asked = all_questions()
    sets = {writer.name: answers.write(writer, asked, Draw(SEED)) for writer in answers.WRITERS}
    made = {"cases.jsonl": _lines(case_row(question) for question in asked)}
    for name, given in sets.items():
        made[f"answers/{name}.jsonl"] = _lines(answer.row for answer in given if answer.row is not None)
    return made


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main(argv: list[str] | None = None) -> int:
    """Write the files, or with --check say which differ from what would be written."""
    parser = argparse.ArgumentParser(description="Writes the cases and the answer sets of this suite.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not up to date")
    check = parser.parse_args(argv).check
    stale = [name for name, text in files().items() if not _same(HERE / name, text)]
    for name in stale:
        print(f"{name} {'differs from what this script writes' if check else 'written'}")
        if not check:
            (HERE / name).parent.mkdir(exist_ok=True)
            (HERE / name).write_bytes(files()[name].encode())
    if not stale:
        print("cases.jsonl and answers/*.jsonl are up to date")
    return 1 if check and stale else 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() == text.encode()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
