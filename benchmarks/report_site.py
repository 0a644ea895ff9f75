"""A site over 200 runs of 1,000 cases: index and trends alone, a report for each run, and a build with one new run."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, inside, show
from recorded import SUITE, write

RUNS = 200
CODE = f"""
import time
from pathlib import Path
import evalkit
from evalkit.app.api import open_store
from evalkit.app.site_build import Asked, build
answers, first, store = "recorded:answers.jsonl", open_store("first"), open_store("ws")
made = evalkit.run("suite.yaml", candidate=answers, baseline=answers, workspace=first)
tables = {{name: first.read_table(made.run_id, name) for name in ("cases", "predictions", "scores")}}
def keep(i):
    day = f"2026-{{1 + i // 28 % 12:02d}}-{{1 + i % 28:02d}}T09:00:00+00:00"
    store.write_run(made.model_copy(update={{"run_id": f"run-{{i:04d}}", "created": day}}), tables)
def timed(**asked):
    started = time.perf_counter()
    build(store, Path("site"), Asked(**asked))
    return time.perf_counter() - started
keep(0)
timed()
for i in range(1, {RUNS}):
    keep(i)
RESULT = {{"trends": timed(limit=0), "all": timed(limit={RUNS})}}
keep({RUNS})
RESULT["one"] = timed(limit={RUNS} + 1)
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), 1_000)
        (Path(name) / "suite.yaml").write_text(SUITE, encoding="utf-8")
        found = inside(CODE, Path(name))
    show(
        [
            Figure(f"site of {RUNS} runs: index and trends", found["trends"], 2, "s", "beyond imports"),
            Figure(f"site of {RUNS} runs: a report of each", found["all"] / RUNS, 0.3, "s", "a run, 1,000 cases"),
            Figure(f"site of {RUNS} runs: one new run", found["one"], 3, "s", "beyond imports"),
        ]
    )


if __name__ == "__main__":
    main()
