"""Ingest: 100 SIGKILLs at random moments lose nothing and double nothing, and what a row costs beside bare reading.

Run: python benchmarks/ingest_kills.py [--kills 100] [--rows 100000]
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Figure, show

ROOT = Path(__file__).resolve().parent.parent


def killed(kind: str, kills: int) -> Figure:
    """Kill and compare, in a process of its own (it forks)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.pipeline.ingest.killing", folder, "2026", str(kills), kind]
        found = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    one, calm = found["killed"], found["calm"]
    wrong = sum(one[part] != calm[part] for part in calm) + (not one["once"]) + len(one["faults"])
    detail = (
        f"{found['kills']} kills in {found['tries']} tries; {one['received']:,} records, {one['rows']:,} rows, "
        f"{len(one['quarantine']):,} in quarantine; digest {one['dataset'][:12]}, undisturbed {calm['dataset'][:12]}"
    )
    return Figure(
        f"ingest of a {kind} under SIGKILL: differences to an undisturbed run", wrong, 0, "differences", detail
    )


def speed(rows: int) -> Figure:
    """Seconds of `evalkit ingest` on JSON Lines, beside json.loads and a Parquet file."""
    from evalkit.app.pipeline.bench import Bench
    from evalkit.app.pipeline.ingesting import take_in

    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        with path.open("w") as file:
            for i in range(rows):
                row = {"id": i, "carrier": draw.choice("ABCD"), "dep": draw.random(), "dist": draw.randrange(3000)}
                file.write(json.dumps(row | {"at": f"2026-01-01T{i % 24:02d}:00:00Z"}) + "\n")
        bare = _bare(path)
        began = time.perf_counter()
        done = take_in(Bench(Path(folder) / "ws"), f"file:{path}", "s")
        took = time.perf_counter() - began
        assert done.accepted == rows
    detail = f"{rows:,} rows: {took:.2f} s, {rows / took:,.0f} rows/s; bare {bare:.2f} s"
    return Figure("ingest of JSON Lines, beside json.loads and one Parquet file", took / bare, 3, "x", detail)


def _bare(path: Path) -> float:
    import pyarrow as pa
    from pyarrow import parquet

    began = time.perf_counter()
    with path.open() as file:
        parquet.write_table(pa.Table.from_pylist([json.loads(line) for line in file]), path.with_suffix(".parquet"))
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    show([speed(given.rows), killed("file", given.kills), killed("queue", given.kills)])


if __name__ == "__main__":
    main()
