"""What every benchmark needs: a child process measured for time and peak memory, and one line of result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured claim.

    Attributes:
        claim: what is promised. value, bound: measured and promised, in `unit`; ok when value <= bound.
        detail: the raw seconds and sizes that the value was made of.
    """

    claim: str
    value: float
    bound: float
    unit: str
    detail: str

    @property
    def ok(self) -> bool:
        """Whether the promise holds."""
        return self.value <= self.bound


def show(figures: list[Figure]) -> None:
    """A line each for people on stderr, and JSON lines on stdout for `run_all.py`."""
    for figure in figures:
        mark = "ok " if figure.ok else "BAD"
        line = f"{mark} {figure.claim}: {figure.value:.3g} {figure.unit} (bound {figure.bound:g}; {figure.detail})"
        print(line, file=sys.stderr)
        print(json.dumps({**asdict(figure), "ok": figure.ok}))


def best_of(rounds: int, command: list[str], **more: Any) -> float:
    """Seconds of the fastest of several runs of a command."""
    return min(timed(command, **more)[0] for _ in range(rounds))


def timed(command: list[str], cwd: Path | None = None, ok: tuple[int, ...] = (0,)) -> tuple[float, str]:
    """Seconds and stdout of one run of a command.

    Raises:
        RuntimeError: it ended with another exit code.
    """
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, "CI": "1"})
    took = time.perf_counter() - started
    if done.returncode not in ok:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")
    return took, done.stdout


def inside(code: str, cwd: Path) -> dict[str, Any]:
    """Run Python code in a fresh process; it prints one JSON object as its last line. Adds `peak_kb`."""
    tail = "\nimport resource as _r, json as _j, sys as _s\n"
    tail += "print(_j.dumps({**RESULT, 'peak_kb': _r.getrusage(_r.RUSAGE_SELF).ru_maxrss}))\n"
    done = subprocess.run([sys.executable, "-c", code + tail], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
