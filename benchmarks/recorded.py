"""Recorded answers: evalkit's whole run against a plain loop that scores, builds a dict and writes JSON lines.

Both read the same files and score exact + numeric on plain numbers. evalkit also makes intervals, gates, a record and
Parquet tables. Times are beyond imports. Memory is the peak over that of a run of 1,000 cases.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, inside, show

SUITE = """
suite: bench
version: 1
cases: cases.jsonl
layers:
  exact: [{exact: {field: label}}]
  task:  [{numeric: {field: value, abs: 0.5}}]
gates:
  - {metric: exact, at_least: 0.5}
  - {metric: numeric, at_least: 0.5}
"""

EVALKIT = """
import time
import evalkit, evalkit.app.api, evalkit.engine.run, evalkit.stores.local, evalkit.metrics.exact
import evalkit.metrics.numeric, evalkit.predictors.recorded, scipy.special, pyarrow.parquet, pyarrow.compute
started = time.perf_counter()
record = evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace="ws")
RESULT = {"seconds": time.perf_counter() - started, "outcome": record.outcome, "n": record.estimates[0].n}
"""

LOOP = """
import json, time
started = time.perf_counter()
answers = {}
with open("answers.jsonl") as file:
    for line in file:
        row = json.loads(line)
        answers[row["case_id"]] = row["output"]
right = close = n = 0
with open("cases.jsonl") as file, open("scored.jsonl", "w") as out:
    for line in file:
        case = json.loads(line)
        gold, output = case["expected"], answers[case["id"]]
        exact = gold["label"] == output["label"]
        diff = abs(float(gold["value"]) - float(output["value"]))
        score = {"case_id": case["id"], "input": case["input"], "expected": gold, "output": output,
                 "scores": {"exact": float(exact), "numeric": float(diff <= 0.5)}, "diff": diff}
        out.write(json.dumps(score) + "\\n")
        right, close, n = right + exact, close + (diff <= 0.5), n + 1
RESULT = {"seconds": time.perf_counter() - started, "mean": right / n}
"""


def write(folder: Path, n: int) -> None:
    """n cases and answers; nine in ten right."""
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    with (folder / "cases.jsonl").open("w") as cases, (folder / "answers.jsonl").open("w") as answers:
        for i in range(n):
            gold = {"label": f"l{i % 7}", "value": i / 4}
            said = {"label": f"l{i % 7 if i % 10 else 9}", "value": i / 4 + (i % 10 == 0)}
            cases.write(json.dumps({"id": f"case-{i}", "input": f"question {i}", "expected": gold}) + "\n")
            answers.write(json.dumps({"case_id": f"case-{i}", "output": said, "seconds": 0.5}) + "\n")


def measured(n: int, code: str, rounds: int) -> dict[str, float]:
    """The fastest of several runs over n cases, each in a fresh process and folder."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), n)
            found.append(inside(code, Path(name)))
    return min(found, key=lambda f: f["seconds"])


def main() -> None:
    """Measure and print; `--million` adds the run of 1,000,000 cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--million", action="store_true")
    million = parser.parse_args().million
    small = measured(1_000, EVALKIT, 1)
    loop = measured(100_000, LOOP, 3)
    ours = measured(100_000, EVALKIT, 3)
    ratio = ours["seconds"] / loop["seconds"]
    per_case = (ours["peak_kb"] - small["peak_kb"]) / 100_000
    detail = f"{ours['seconds']:.2f} s / {loop['seconds']:.2f} s; {loop['seconds'] * 10:.1f} us a case in the loop"
    figures = [
        Figure("100,000 recorded cases / plain loop", ratio, 4, "x", detail),
        Figure("memory a case over the base, 100,000", per_case, 1.5, "kB", f"peak {ours['peak_kb'] / 1024:.0f} MB"),
    ]
    if million:
        big = measured(1_000_000, EVALKIT, 1)
        grown = (big["peak_kb"] - small["peak_kb"]) / 1_000_000
        detail = f"{big['seconds']:.1f} s / {ours['seconds']:.2f} s"
        figures += [
            Figure("1,000,000 cases / 100,000 cases", big["seconds"] / ours["seconds"], 11, "x", detail),
            Figure("memory a case over the base, 1,000,000", grown, 1.5, "kB", f"peak {big['peak_kb'] / 1024:.0f} MB"),
        ]
    show(figures)


if __name__ == "__main__":
    main()
