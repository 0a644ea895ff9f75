"""The demo of the loop: its parts fit together, and a kill changes nothing of what it comes to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.file import read_project
from evalkit.app.pipeline.stages.ledger import Ledger
from pipelines import demo


def test_each_stage_has_its_words() -> None:
    stages = list(read_project(demo.HOME).pipeline.stages)
    assert list(demo.SAYS) == stages == list(demo.FORETOLD)


def test_a_sample_reaches_every_stage_that_has_one() -> None:
    pipeline = demo.sampled(read_project(demo.HOME).pipeline, 300)
    assert pipeline.stages["gate"].config == {"sample": 300, "cases": 300}
    assert pipeline.stages["release"].config == {}


def test_what_is_not_said_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from evalkit.app.pipeline.stages.run import StageReport

    monkeypatch.setattr(demo, "logged", lambda workspace, stage: ["trained twice: different"])
    assert demo.differs(StageReport(stage="models", state="kept"), tmp_path) == [
        "models does not say 'trained twice: same'"
    ]
    assert demo.differs(StageReport(stage="models", state="failed", said="no"), tmp_path) == ["models failed: no"]


def digests(workspace: Path) -> dict[str, dict[str, str]]:
    ledger, found = Ledger(Bench(workspace), "flights"), {}
    for stage in demo.SAYS:
        last = ledger.last(stage)
        assert last is not None, stage
        found[stage] = {name: thing.digest for name, thing in last.ran.made.outputs.items()}
    return found


def started(folder: Path, workspace: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(demo.ROOT / "pipelines" / "demo.py"), *options]
    places = ["--workspace", str(folder / workspace), "--reports", str(folder / "reports")]
    return subprocess.Popen([*command, *places], stdout=subprocess.DEVNULL, start_new_session=True)


def killed(process: subprocess.Popen[bytes], sign: Path) -> None:
    """End all of a demo by SIGKILL as soon as there is `sign`."""
    end = time.monotonic() + 300
    while not sign.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None, f"it ended before there was {sign.name}"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_a_demo_that_is_killed_while_users_are_served_ends_as_foretold(tmp_path: Path) -> None:
    killed(started(tmp_path, "ws"), tmp_path / "ws" / "traffic.db")
    assert started(tmp_path, "ws").wait(900) == 0
    assert (tmp_path / "reports" / "flights-loop.html").stat().st_size > 100_000
    assert (tmp_path / "reports" / "site" / "index.html").exists()


@pytest.mark.soak
def test_a_demo_that_is_killed_comes_to_the_same_digests(tmp_path: Path) -> None:
    sample = ("--sample", "300")
    assert started(tmp_path, "whole", *sample).wait(600) == 0
    scratch = tmp_path / "killed" / "pipelines" / "scratch" / "flights"
    for sign in (scratch / "models", tmp_path / "killed" / "traffic.db"):  # a training, and users being served
        killed(started(tmp_path, "killed", *sample), sign)
    assert started(tmp_path, "killed", *sample).wait(600) == 0
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")
