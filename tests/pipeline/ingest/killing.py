"""A stream that is killed: run as a script, it takes records in and is killed over and over, then compares.

`python -m tests.pipeline.ingest.killing ROOT SEED KILLS KIND`: before each try the source grows (KIND: `file` or
`queue`), a fork takes records in, and SIGKILL comes at a random moment of its work. At the end one JSON object: the
digests after one last try, and those of a workspace in which nothing was killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet  # noqa: F401 - here, so that the forks need not import it

import evalkit.pipeline.contract.check  # noqa: F401 - too
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.ingesting import take_in
from evalkit.pipeline.ingest.rules import Asked

CHUNK = 700  # records by which the source grows before each try
ASKED = Asked(key=["id"], keep="last", event_time="at", lateness=500)


def lines(first: int, n: int) -> list[bytes]:
    """Records with every kind of defect, by their places alone."""
    return [_line(i) for i in range(first, first + n)]


def _line(i: int) -> bytes:
    row: dict[str, Any] = {"id": i, "x": i / 7, "word": f"w{i % 13}", "at": _at(i)}
    if i % 97 == 5:
        return json.dumps(row).encode()[:-4]
    if i % 89 == 3:
        row["x"] = "much"
    if i % 83 == 2:
        del row["word"]
    if i % 79 == 1:
        row["at"] = _at(max(0, i - 600))
    if i % 11 == 4:
        row = {"id": i - 3, "x": (i - 3) / 7, "word": f"w{(i - 3) % 13}", "at": _at(i - 3)}
    if i % 101 == 7:
        row["id"] = max(0, i - 400)
    return json.dumps(row).encode()


def _at(i: int) -> str:
    return f"2026-01-{1 + i // 86_400:02d}T{i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}+00:00"


def grow(root: Path, bench: Bench, kind: str, first: int, n: int) -> str:
    """More records for the source; its spec."""
    if kind == "queue":
        bench.queue.put("q", lines(first, n))
        return "queue:q"
    with (root / "in.jsonl").open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines(first, n)))
    return f"file:{root / 'in.jsonl'}"


def tried(root: Path, spec: str, seconds: float | None) -> bool:
    """Take in once, in a fork that is killed after so long; whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            take_in(Bench(root), spec, "s", asked=ASKED, part_rows=100)
            code = 0
        finally:
            os._exit(code)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def outcome(root: Path) -> dict[str, Any]:
    """All that has to be the same."""
    bench = Bench(root)
    dataset, raw = bench.datasets.find("s"), bench.datasets.find("s.raw")
    places = bench.datasets.table(raw, ["offset"])["offset"].to_pylist()
    return {
        "dataset": dataset.digest,
        "rows": dataset.rows,
        "raw": raw.digest,
        "received": raw.rows,
        "once": len(set(places)) == len(places),
        "faults": bench.datasets.verify(dataset) + bench.datasets.verify(raw) + bench.chains.verify("dataset/s"),
        "quarantine": [(h.id, h.offset, [f.reason for f in h.faults], h.raw.decode()) for h in bench.ledger.held("s")],
        "parts": [s.model_dump(exclude={"received", "partition"}) for s in bench.ledger.stretches("s")],
    }


def main(root: Path, seed: int, kills: int, kind: str) -> None:
    """Kill, and print what came of it."""
    killed, calm, draw = root / "killed", root / "calm", random.Random(seed)
    killed.mkdir()
    calm.mkdir()
    first = done = tries = 0
    longest = 0.5
    while done < kills:
        spec = grow(killed, Bench(killed), kind, first, CHUNK)
        first, tries = first + CHUNK, tries + 1
        began = time.monotonic()
        if tried(killed, spec, draw.uniform(0, longest)):
            longest = min(longest, time.monotonic() - began)  # it was through before the kill: strike earlier
        else:
            done += 1
    assert tried(killed, spec, None)
    grow(calm, Bench(calm), kind, 0, first)
    assert tried(calm, spec.replace(str(killed), str(calm)), None)
    print(json.dumps({"kills": done, "tries": tries, "killed": outcome(killed), "calm": outcome(calm)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
