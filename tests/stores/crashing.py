"""Processes that are killed: run as a script, it forks workers and kills them, and prints what they had reported.

`journal ROOT SEED KILLS`: workers append to one journal after the other, and report each row that is durable; each is
killed with SIGKILL after a random number of reports. `run ROOT`: workers write a run and kill themselves at the first,
second, ... step that reaches the disk, until one survives. `begin ROOT N`: workers begin one workspace at once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet  # noqa: F401 - here, so that the workers need not import it

import evalkit.stores.disk as disk
from evalkit.core.protocols import Answer
from evalkit.stores.journal import FileJournal
from evalkit.stores.local import LocalStore
from tests.stores.builders import a_record, rows, tables


def forked(work: Callable[[int], None]) -> tuple[int, int]:
    """Run `work` with the writing end of a pipe in a new process; gives its id and the reading end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            work(writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return child, reading


def append_for_ever(path: Path, seed: int, out: int) -> None:
    """Batches of random size, each row reported once it is durable."""
    journal, draw = FileJournal(path, "plan"), random.Random(seed)
    first = len(journal.load())
    while True:
        batch = rows(first, draw.randint(1, 64))
        journal.append(batch)
        first += len(batch)
        os.write(out, f"{first}\n".encode())


def kill_journals(root: Path, seed: int, kills: int) -> None:
    """Print, for each kill, the number of rows reported durable until then and the number that a reload finds."""
    draw, path = random.Random(seed), root / "plan.jsonl"
    for kill in range(kills):
        child, reading = forked(lambda out, kill=kill: append_for_ever(path, seed + kill, out))
        with os.fdopen(reading) as reports:
            for _ in range(draw.randint(1, 12)):
                last = reports.readline()
            for _ in range(draw.randint(0, 50_000)):  # so that the kill falls anywhere between two reports
                pass
            os.kill(child, signal.SIGKILL)
            last = ([last, *reports.readlines()])[-1]
        os.waitpid(child, 0)
        journal = FileJournal(path, "plan")
        found = journal.load()
        whole = all(answer.output == i and case == f"c{i}" for i, ((case, _), answer) in enumerate(found.items()))
        print(json.dumps({"reported": int(last), "found": len(found), "whole": whole, "dropped": journal.dropped}))
        journal.close()


def write_and_die(root: Path, step: int) -> None:
    """Write a run, and die just before the `step`-th sync or rename."""
    left = step

    def mortal(act: Callable[..., object]) -> Callable[..., object]:
        def acted(*args: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*args)

        return acted

    disk.sync = mortal(disk.sync)  # type: ignore[assignment]
    Path.rename = mortal(Path.rename)  # type: ignore[assignment,method-assign]
    LocalStore(root, clock=lambda: 1.8e9).write_run(a_record(name="main"), tables(100))


def kill_writers(root: Path) -> None:
    """Print, for each step, whether the writer died and what a reader then finds."""
    for step in range(100):
        place = root / str(step)
        child, reading = forked(lambda out, place=place, step=step: write_and_die(place, step))
        os.close(reading)
        died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        print(json.dumps({"step": step, "died": died}))
        if not died:
            return


def begin(root: Path, n: int) -> None:
    """Let n processes make the same workspace at the same moment; print how each ended."""
    started, start = os.pipe()
    children = [forked(lambda out, who=who: _write_some(root, who, started))[0] for who in range(n)]
    os.write(start, b"." * n)
    for who, child in enumerate(children):
        print(json.dumps({"worker": who, "exit": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}))


def _write_some(root: Path, who: int, started: int) -> None:
    os.read(started, 1)
    store = LocalStore(root, clock=lambda: 0.0)
    store.cache().put([(f"{who}", Answer(output=who))])
    for i in range(3):
        store.write_run(a_record(f"run-{who}-{i}", name="main"), tables())
    store.close()


if __name__ == "__main__":
    if sys.argv[1] == "journal":
        kill_journals(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "begin":
        begin(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        kill_writers(Path(sys.argv[2]))
