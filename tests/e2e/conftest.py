"""Helpers of the end-to-end tests: the command line as a user runs it, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.cli.main import main
from tests.e2e.live import live_suite


@dataclass(frozen=True)
class Ran:
    """What one call of the command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """stdout as one JSON object."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def called(capfd: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """A call in this process: quick, and as `main` ends it."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return Ran(int(str(ended.value.code)), out, err)


@pytest.fixture
def evalkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `evalkit ARGS` in `tmp_path`, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return partial(called, capfd)


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Ran]:
    """The same in a process of its own, which costs a second: where what the shell sees is what is tested."""

    def call(*arguments: object, timeout: float = 120) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "evalkit", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, "NO_COLOR": "1"},
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `suites/live` (see `live.py`), which is the current one; the workspace is `ws`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_HOME", str(tmp_path / "ws"))
    monkeypatch.syspath_prepend(tmp_path)
    live_suite(tmp_path)
    return tmp_path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
