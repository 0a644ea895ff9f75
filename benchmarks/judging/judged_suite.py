"""A suite of so many cases with recorded answers and a judge at an endpoint: what the benchmarks of judging run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RUN = """
import resource, sys, time, warnings
import evalkit
from evalkit.app.api import open_store

wall, cpu = time.perf_counter(), time.process_time()
record = evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace="ws")
RESULT = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
rows = open_store("ws").read_table(record.run_id, "verdicts").to_pylist()
counts = {}
for row in rows:
    said = row["label"] or row["why"] or row["failure_reason"]
    counts[said] = counts.get(said, 0) + 1
RESULT["said"] = counts
RESULT["point"] = next(e.point for e in record.estimates if e.slice is None)
"""
"""Code for `measure.inside`: one run in its folder; wall and CPU seconds, and what the judge said how often."""


def write_suite(folder: Path, n: int, judge: dict[str, Any]) -> None:
    """The suite, its cases and the answers to judge, each of some hundred characters."""
    words = "The delegation arrived in the spring and stayed until the treaty had been signed by all sides. "
    rows = [{"id": f"c{i}", "input": f"{i}. {words * 2}When?", "expected": f"in {1000 + i}"} for i in range(n)]
    answers = [{"case_id": f"c{i}", "output": f"It was {words.lower()} That was in {1000 + i}."} for i in range(n)]
    _lines(folder / "cases.jsonl", rows)
    _lines(folder / "answers.jsonl", answers)
    suite = {
        "suite": "judged",
        "cases": "cases.jsonl",
        "judges": {"main": judge},
        "layers": {"judge": [{"rubric": {"rubric": "correctness", "judge": "main"}}]},
    }
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
