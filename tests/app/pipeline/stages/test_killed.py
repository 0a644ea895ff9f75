"""A run that is killed goes on where it stopped, and comes to the same digests."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.ledger import Ledger
from evalkit.pipeline.stages.nouns import CHAIN
from tests.app.pipeline.stages.toy import Toy, in_this_process, write_toy

KILLS = 100 if os.environ.get("EVALKIT_SOAK") else 3
STAGES = ("clean", "total", "gate")  # of the toy; each has another kind of output


class Killed(BaseException):
    """What no handler of errors takes for an error."""


def outcome(bench: Bench) -> dict[str, str]:
    ledger = Ledger(bench, "toy")
    pasts = {name: ledger.last(name) for name in STAGES}
    return {
        f"{name}.{output}": f"{thing.digest} {thing.name}"
        for name, past in pasts.items()
        if past is not None
        for output, thing in past.ran.made.outputs.items()
    }


def whole(bench: Bench) -> None:
    """One event a stage, no chain broken, no dataset twice."""
    events = [event.data["stage"] for event in bench.chains.events(CHAIN) if event.kind == "ran"]
    assert sorted(events) == sorted(STAGES)
    for chain in bench.chains.chains():
        assert bench.chains.verify(chain) == []
    assert len(bench.datasets.versions("toy.clean.rows")) == 1


@pytest.mark.slow
def test_ended_at_every_durable_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends at the n-th write that is made durable, for every n."""
    left, true = [0], os.fsync

    def fsync(fd: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        true(fd)

    with in_this_process(monkeypatch):
        (tmp_path / "never").mkdir()
        never = Toy(tmp_path / "never")
        never.run(only=STAGES)
        wanted, ended, place = outcome(never.bench), True, 0
        monkeypatch.setattr(os, "fsync", fsync)
        while ended:
            place += 1
            folder = tmp_path / str(place)
            folder.mkdir()
            toy = Toy(folder)
            left[0], ended = place, False
            try:
                toy.run(only=STAGES)
            except Killed:
                ended = True
            left[0] = 0
            toy = Toy(folder)
            toy.run(only=STAGES)
            assert outcome(toy.bench) == wanted
            whole(toy.bench)
            assert (folder / "out/report.txt").read_text() == "sum 6\n"
    assert place > 20


def start(folder: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "evalkit", "pipeline", "run", "--workspace", "ws", "--wait", "60", "--json"]
    argv += [word for stage in STAGES for word in ("--only", stage)]
    return subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_sigkill(tmp_path: Path) -> None:
    (tmp_path / "never").mkdir()
    (tmp_path / "killed").mkdir()
    for folder in ("never", "killed"):
        write_toy(tmp_path / folder)
    began = time.monotonic()
    first = start(tmp_path / "never")
    first.communicate(timeout=240)
    assert first.returncode == 0
    took, rng = time.monotonic() - began, random.Random(6)
    for _ in range(KILLS):
        running = start(tmp_path / "killed")
        try:
            running.communicate(timeout=rng.uniform(0.2, 0.6) * took)
        except subprocess.TimeoutExpired:
            os.kill(running.pid, signal.SIGKILL)
            running.communicate()
    last = start(tmp_path / "killed")
    last.communicate(timeout=240)
    assert last.returncode == 0
    bench = Bench(tmp_path / "killed" / "ws")
    assert outcome(bench) == outcome(Bench(tmp_path / "never" / "ws"))
    whole(bench)
