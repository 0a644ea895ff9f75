"""The run of the guide "A suite, step by step" in which three answers are missing and one gate stays open."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import evalkit
from docs.samples.still import moment, typed
from evalkit.app.options import Options
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store

GUIDE = Path(__file__).resolve().parents[1] / "guides" / "first-suite.md"
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
_GATE = "  - {metric: total, versus: baseline, superior: true, name: better totals than v1}\n"


def run(workspace: Store) -> Record:
    """Run v2, some of whose answers were lost, against v1. The current folder gets the files of the guide."""
    _write_files()
    systems = runpy.run_path("receipts/system.py")
    _answers("v1.jsonl", _asked(systems["v1"]))
    _answers("answers.jsonl", _lost(_asked(systems["v2"])))
    with typed("evalkit run receipts --candidate recorded:v1.jsonl --name v1"):
        evalkit.run(
            "receipts",
            candidate="recorded:v1.jsonl",
            workspace=workspace,
            options=Options(name="v1", clock=lambda: moment(0)),
        )
    with typed("evalkit run receipts/gated.yaml --candidate recorded:answers.jsonl --baseline run:v1"):
        return evalkit.run(
            "receipts/gated.yaml",
            candidate="recorded:answers.jsonl",
            baseline="run:v1",
            workspace=workspace,
            options=Options(clock=lambda: moment(1)),
        )


def _write_files() -> None:
    for name, body in _FILE.findall(GUIDE.read_text(encoding="utf-8")):
        file = Path(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text(body, encoding="utf-8")
    runpy.run_path("receipts/make_cases.py")
    suite = Path("receipts/suite.yaml").read_text(encoding="utf-8")
    Path("receipts/gated.yaml").write_text(suite + _GATE, encoding="utf-8")


def _asked(system: Callable[[str], Any]) -> Iterator[dict[str, Any]]:
    for line in Path("receipts/cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        try:
            yield {"case_id": case["id"], "output": system(case["input"])}
        except IndexError:
            yield {"case_id": case["id"], "failure": {"kind": "system", "reason": "raised"}}


def _lost(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """As `lose.py` of the guide does."""
    for i, row in enumerate(rows):
        if i == 7:
            yield {"case_id": row["case_id"], "failure": {"kind": "harness", "reason": "network"}}
        elif i not in (40, 41):
            yield row


def _answers(name: str, rows: Iterable[dict[str, Any]]) -> None:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
