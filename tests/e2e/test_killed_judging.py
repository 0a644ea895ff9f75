"""Judging that is killed at any moment goes on where it stopped: no recorded verdict is paid for twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

import pytest

import evalkit
from evalkit.stores.local import LocalStore
from tests.e2e.conftest import write_jsonl
from tests.server_process import Endpoint, endpoint

VERDICT = json.dumps({"rationale": "As the reference says.", "label": "correct"})
RUBRIC = """
id: same
version: 1
judges: answer
labels: {correct: {value: 1, text: It says the same.}, incorrect: {value: 0, text: It does not.}}
template: "{{ input }} {{ expected }} {{ output }}"
"""


def prepare(folder: Path, there: Endpoint, n: int) -> None:
    """A suite of n cases that only the judge decides."""
    write_jsonl(folder / "cases.jsonl", [{"id": f"c{i}", "input": f"q{i}", "expected": "yes"} for i in range(n)])
    write_jsonl(folder / "answers.jsonl", [{"case_id": f"c{i}", "output": f"y{i}"} for i in range(n)])
    (folder / "same.yaml").write_text(RUBRIC, encoding="utf-8")
    suite: dict[str, Any] = {
        "suite": "killed",
        "cases": "cases.jsonl",
        "judges": {"main": {"model": "openai:m", "base_url": there.url, "concurrency": 8}},
        "layers": {"judge": [{"rubric": {"rubric": "same.yaml", "judge": "main"}}]},
    }
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")


class Runs:
    """Starts runs in a folder, one at a time, and kills them; see forked_runs.py."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.forked_runs"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def killed(self, there: Endpoint, wanted: int) -> int:
        """Start a run, kill it once the endpoint has seen `wanted` requests; the status that it ended with."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        pause = threading.Event()
        for _ in range(3_000):
            if there.counts()["requests"] >= wanted:
                break
            pause.wait(0.01)
        os.kill(child, signal.SIGKILL)
        return int(self.process.stdout.readline())


def judged(folder: Path) -> int:
    """Verdicts in a journal, as the next run will find them."""
    store = LocalStore(folder / "ws", clock=time.time)
    found = 0
    for path in (folder / "ws").glob("journals/*.jsonl"):
        journal = store.journal(path.stem)
        found += len(journal.load())
        journal.close(done=False)
    store.close()
    return found


def kill_often(folder: Path, there: Endpoint, n: int, kills: int) -> None:
    """Kill at random moments, then let it end: every request is one that no journal held."""
    draw = random.Random(5)
    with Runs(folder) as runs:
        for _ in range(kills):
            before, known = there.counts()["requests"], judged(folder)
            status = runs.killed(there, before + draw.randint(1, max(2, n // (2 * kills + 1))))
            assert status == signal.SIGKILL, "it ended before it could be killed: the test needs more cases"
            assert judged(folder) >= known
    before, known = there.counts()["requests"], judged(folder)
    finished(folder, n)
    assert there.counts()["requests"] - before == n - known, "a recorded verdict was asked for again"
    finished(folder, n)
    assert there.counts()["requests"] - before == n - known, "all of it is in the cache, whenever the kill came"
    assert not list((folder / "ws").glob("journals/*.jsonl"))


def finished(folder: Path, n: int, **more: Any) -> None:
    """The run to its end, in this process."""
    record = evalkit.run(
        folder / "suite.yaml", candidate=f"recorded:{folder}/answers.jsonl", workspace=folder / "ws", **more
    )
    estimate = next(e for e in record.estimates if e.slice is None)
    assert (estimate.n, estimate.point) == (n, 1.0)


def test_two_kills_repeat_no_recorded_verdict_and_replay_needs_nobody(tmp_path: Path) -> None:
    with endpoint(VERDICT, latency=0.01) as there:
        prepare(tmp_path, there, 120)
        kill_often(tmp_path, there, 120, 2)
    finished(tmp_path, 120, replay=True)


@pytest.mark.slow
def test_twenty_kills_repeat_no_recorded_verdict(tmp_path: Path) -> None:
    with endpoint(VERDICT, latency=0.02) as there:
        prepare(tmp_path, there, 600)
        kill_often(tmp_path, there, 600, 20)
