"""SIGKILL at random moments of taking records in: nothing lost, nothing twice, the same digests as without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
KILLS = 100 if os.environ.get("EVALKIT_SOAK") else 12


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("file", KILLS), ("queue", KILLS // 2)])
def test_kills_change_nothing(tmp_path: Path, kind: str, kills: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.ingest.killing", str(tmp_path), "7", str(kills), kind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] == kills
    assert found["killed"]["once"]
    assert found["killed"]["faults"] == []
    assert found["killed"]["received"] == 700 * found["tries"]
    assert found["killed"] == found["calm"]
