"""Judging that is killed at any moment goes on where it stopped: no recorded verdict is paid for twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

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


def start(folder: Path) -> subprocess.Popen[str]:
    """The run, in a process group of its own."""
    command = [sys.executable, "-m", "evalkit", "run", "suite.yaml", "-c", "recorded:answers.jsonl"]
    command += ["--workspace", "ws", "--json"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


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
    for _ in range(kills):
        before, known = there.counts()["requests"], judged(folder)
        process = start(folder)
        wanted = before + draw.randint(1, max(2, n // (kills + 1)))
        while there.counts()["requests"] < wanted and process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        assert process.poll() is None, "it ended before it could be killed: the test needs more cases"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
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


def test_a_kill_repeats_no_recorded_verdict_and_replay_needs_nobody(tmp_path: Path) -> None:
    with endpoint(VERDICT, latency=0.01) as there:
        prepare(tmp_path, there, 200)
        kill_often(tmp_path, there, 200, 1)
    finished(tmp_path, 200, replay=True)


@pytest.mark.slow
def test_twenty_kills_repeat_no_recorded_verdict(tmp_path: Path) -> None:
    with endpoint(VERDICT, latency=0.02) as there:
        prepare(tmp_path, there, 1_000)
        kill_often(tmp_path, there, 1_000, 20)
