"""Alias compare-and-swap: 8 processes x 1,000 tries at the same rounds; each round has exactly one winner.

In round k the alias stands on version k, and every process tries to move it from k to a version of its own naming. The
winners' processes and the losers' conflicts are counted, and the chain is verified at the end. Also: what one promotion
costs, and that a chain which was tampered with or rebuilt is named.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from measure import Figure, show

from evalkit.core.chain import Anchor, Conflict
from evalkit.core.versions import ModelVersion
from evalkit.pipeline.registry.nouns import Promoted, Registered
from evalkit.pipeline.registry.registry import Registry
from evalkit.stores.chains import SqliteChains

NAME, ALIAS = "flights", "champion"


def main() -> None:
    """Measure, and show."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--tries", type=int, default=1_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        start = time.perf_counter()
        won = contest(root, given.processes, given.tries)
        seconds = time.perf_counter() - start
        rounds = [k for found in won for k in found]
        faults = Registry(SqliteChains(root)).verify(NAME)
        wins = Counter(rounds)
        wrong = sum(wins[k] != 1 for k in range(given.tries)) + len(faults)
        claim = (
            f"{given.processes} processes that try {given.tries:,} times: rounds without exactly one winner, and faults"
        )
        detail = f"wins by process {', '.join(str(len(found)) for found in won)}; {seconds:.1f} s in all"
        figures = [Figure(claim, wrong, 0, "rounds", detail), _unnamed("a tampered chain", tampered(root))]
    with tempfile.TemporaryDirectory() as folder:
        figures.append(_unnamed("a chain rebuilt beside a head that was written down", rebuilt(Path(folder))))
    show(figures)


def contest(root: Path, processes: int, tries: int) -> list[list[int]]:
    """The rounds that each process won."""
    registry = Registry(SqliteChains(root))
    for n in range(processes):
        registry.register(NAME, lambda number, n=n: _registered(number, n), "bench")  # type: ignore[misc]
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=_tries, args=(str(root), me, tries, processes, gate, results)) for me in range(processes)
    ]
    for worker in workers:
        worker.start()
    found: dict[int, list[int]] = dict(results.get() for _ in workers)
    for worker in workers:
        worker.join()
    return [found[me] for me in range(processes)]


def _tries(root: str, me: int, tries: int, processes: int, gate: Any, results: Any) -> None:
    """In each round, from where the alias stands to a version that is mine; who comes too late gets a Conflict."""
    chains = SqliteChains(Path(root))
    registry, won, mine = Registry(chains), [], me + 1
    for k in range(tries):
        gate.wait()
        stands = chains.pointers(f"model/{NAME}").get(ALIAS)
        gate.wait()  # all have seen the same before anyone moves
        before = None if stands is None else int(stands)
        version = mine if before != mine else mine % processes + 1
        moved = Promoted(alias=ALIAS, version=version, before=before, artifact="0" * 64, forced=True, why=f"round {k}")
        try:
            registry.promote(NAME, moved, f"process {me}")
            won.append(k)
        except Conflict:
            pass
    results.put((me, won))


def _registered(number: int, n: int) -> Registered:
    digest = f"{n:064x}"
    version = ModelVersion(
        name=NAME, version=number, artifact=digest, digest=digest, recipe="bench", code=digest, created="2026-01-01"
    )
    return Registered(version=version, source="file", kind="skops")


def tampered(root: Path) -> list[str]:
    """Someone else made an event in the middle, says who took the guard of the table away."""
    with sqlite3.connect(root / "registry.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("UPDATE chain_events SET who = 'someone else' WHERE chain = ? AND seq = 20", (f"model/{NAME}",))
    db.close()
    return Registry(SqliteChains(root)).verify(NAME)


def rebuilt(root: Path) -> list[str]:
    """All events and the heads beside them are made again; one head was written down elsewhere."""
    registry = Registry(SqliteChains(root))
    for n in range(3):
        registry.register(NAME, lambda number, n=n: _registered(number, n), "bench")  # type: ignore[misc]
    (anchor,) = SqliteChains(root).anchors(f"model/{NAME}")[1:2]
    for path in (*root.glob("registry.db*"), *root.glob("anchors/*")):
        path.unlink()
    for n in (5, 6, 7):
        registry.register(NAME, lambda number, n=n: _registered(number, n), "bench")  # type: ignore[misc]
    assert registry.verify(NAME) == [], "a chain that was made anew with its heads is whole in itself"
    return registry.verify(NAME, [Anchor(*anchor)])


def _unnamed(what: str, faults: list[str]) -> Figure:
    said = faults[0].split(" (")[0] if faults else "nothing"
    return Figure(f"{what} that `registry verify` does not name", int(not faults), 0, "chains", f"it says: {said}")


if __name__ == "__main__":
    main()
