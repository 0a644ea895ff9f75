"""A run that is killed or interrupted goes on where it stopped: no recorded answer is asked for again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.stores.local import LocalStore
from tests.e2e.conftest import Ran, write_jsonl

Evalkit = Callable[..., Ran]

KILLS = 100 if os.environ.get("EVALKIT_SOAK") else 20  # `make soak`
CASES = 20 * KILLS

SYSTEM = """
import asyncio, os

LOG = os.open(os.environ["CALLS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

async def answer(x):
    os.write(LOG, f"{x}\\n".encode())
    await asyncio.sleep(0.004)
    return x
"""

SUITE = """
suite: kill
version: 1
cases: cases.jsonl
layers: {exact: [exact]}
gates: [{metric: exact, at_least: 0.9}]
"""


RUN = ("run", "suite.yaml", "-c", "python:system.py:answer", "--workspace", "ws", "--concurrency", "8", "--json")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of 400 cases and an async system that logs each call."""
    monkeypatch.setenv("CALLS_LOG", str(tmp_path / "calls.log"))
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(CASES)])
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "system.py").write_text(textwrap.dedent(SYSTEM), encoding="utf-8")
    return tmp_path


def start(folder: Path) -> subprocess.Popen[str]:
    """The run, in a process group of its own."""
    command = [sys.executable, "-m", "evalkit", *RUN]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def journaled(folder: Path) -> set[str]:
    """Inputs whose answers are in a journal, as the next run will find them."""
    store = LocalStore(folder / "ws", clock=time.time)
    found: set[str] = set()
    for path in (folder / "ws").glob("journals/*.jsonl"):
        journal = store.journal(path.stem)
        found |= {case_id.removeprefix("c") for case_id, _ in journal.load()}
        journal.close(done=False)
    store.close()
    return found


def calls(folder: Path) -> list[str]:
    """Every call that reached the system, in order."""
    log = folder / "calls.log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def wait_for_calls(process: subprocess.Popen[str], folder: Path, wanted: int) -> None:
    """Until the system has seen `wanted` calls, or the run has ended by itself."""
    while len(calls(folder)) < wanted and process.poll() is None:
        try:
            process.wait(timeout=0.005)
        except subprocess.TimeoutExpired:
            continue


@pytest.mark.slow
def test_sigkill_at_random_moments_repeats_no_recorded_call(folder: Path) -> None:
    draw = random.Random(20)
    kills = 0
    for _ in range(KILLS):
        before = len(calls(folder))
        known = journaled(folder)
        process = start(folder)
        wait_for_calls(process, folder, before + draw.randint(1, 14))
        running = process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        kills += running
        repeated = known & set(calls(folder)[before:])
        assert not repeated, f"{len(repeated)} recorded answers were asked for again"
        assert running, "the run ended before it could be killed: the test needs more cases"
    assert kills == KILLS
    known = journaled(folder)
    before = len(calls(folder))
    process = start(folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert not known & set(calls(folder)[before:])
    import json

    record = json.loads(out)
    assert record["estimates"][0]["n"] == CASES
    assert record["estimates"][0]["point"] == 1.0
    assert record["variants"][0]["n_reused"] == len(known)
    assert not list((folder / "ws").glob("journals/*.jsonl")), "a finished run leaves no journal"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_130_or_143_and_keeps_what_was_answered(
    evalkit: Evalkit, folder: Path, sent: signal.Signals
) -> None:
    process = start(folder)
    wait_for_calls(process, folder, 100)
    process.send_signal(sent)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + sent, err
    assert "Traceback" not in err
    if sent == signal.SIGINT:
        assert "run the same command again" in err
    known = journaled(folder)
    assert known
    before = len(calls(folder))
    ran = evalkit(*RUN)
    assert ran.code == 0, ran.err
    assert not known & set(calls(folder)[before:])


def test_a_finished_run_is_not_a_cache_for_code(evalkit: Evalkit, folder: Path) -> None:
    """A `python:` system has no identity that pins it: running again asks again."""
    for round_ in (1, 2):
        ran = evalkit(*RUN)
        assert ran.code == 0, ran.err
        assert len(calls(folder)) == CASES * round_
