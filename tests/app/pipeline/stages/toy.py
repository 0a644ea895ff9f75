"""A small pipeline, and stages that are called in this process, where processes are not what is tested."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages import child, process
from evalkit.app.pipeline.stages.file import Project, read_project
from evalkit.app.pipeline.stages.process import Call
from evalkit.app.pipeline.stages.run import Report, Wanted, run

PIPELINE = """\
pipeline: toy
stages:
  clean:
    uses: steps.py:clean
    inputs: {raw: raw.json}
    outputs: {rows: dataset, dropped: value}
    with: {limit: 3}
  total:
    uses: steps.py:total
    inputs: {rows: clean.rows}
    outputs: {sum: value, report: file:out/report.txt}
  count:
    uses: other.py:count
    inputs: {raw: raw.json}
    outputs: {n: value}
  gate:
    uses: other.py:gate
    inputs: {sum: total.sum}
    outputs: {ok: value}
    with: {at_least: 1}
  ship:
    uses: other.py:ship
    inputs: {ok: gate.ok}
    outputs: {done: value}
"""

STEPS = """\
import json

import pyarrow as pa

from helper import keep


def clean(context):
    values = json.loads(context.input("raw").read_text())
    kept = [v for v in values if keep(v, context.config["limit"])]
    context.log(f"kept {len(kept)} of {len(values)}")
    return {"rows": pa.table({"v": kept}), "dropped": len(values) - len(kept)}


def total(context):
    found = sum(context.inputs["rows"]["v"].to_pylist())
    return {"sum": found, "report": f"sum {found}\\n".encode()}
"""

OTHER = """\
import json


def count(context):
    return {"n": len(json.loads(context.input("raw").read_text()))}


def gate(context):
    ok = context.input("sum") >= context.config["at_least"]
    context.decide("pass" if ok else "fail", f"the sum is {context.input('sum')}")
    return {"ok": ok}


def ship(context):
    return {"done": True}
"""

HELPER = "def keep(value, limit):\n    return value <= limit\n"


def write_toy(folder: Path) -> Path:
    """The files of the toy; gives its pipeline file."""
    for name, text in (("pipeline.yaml", PIPELINE), ("steps.py", STEPS), ("other.py", OTHER), ("helper.py", HELPER)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "raw.json").write_text("[1, 2, 3, 9]", encoding="utf-8")
    return folder / "pipeline.yaml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace what is there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


class Toy:
    """The toy in a folder, with a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, write_toy(folder)
        self.bench = Bench(folder / "ws", clock=lambda: 1_800_000_000.0)
        self.told: list[str] = []

    @property
    def project(self) -> Project:
        """As the files are now."""
        return read_project(self.file)

    def run(self, **wanted: Any) -> Report:
        """Run it."""
        told: Callable[[str, str], None] = lambda stage, line: self.told.append(f"{stage}: {line}")  # noqa: E731
        return run(self.bench, self.project, Wanted(tell=told, **wanted))

    def states(self, **wanted: Any) -> dict[str, str]:
        """Run it; stage -> what became of it."""
        return {stage.stage: stage.state for stage in self.run(**wanted).stages}


@contextmanager
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stages are called here, without a process; gives the names of those that were."""
    called: list[str] = []

    def run_here(call: Call, tell: Callable[[str], None], hash_seed: int) -> tuple[int, str]:
        called.append(call.stage.name)
        job = json.loads((call.folder / child.JOB).read_text(encoding="utf-8"))
        before = Path.cwd()
        os.chdir(call.base)
        try:
            with redirect_stdout(StringIO()):
                result = child._ran(job, call.folder)
        except Exception as error:  # noqa: BLE001 - as the process does
            result = {"failed": child._failed(error, job)}
        finally:
            os.chdir(before)
        for line in result.get("logged", []):
            tell(line)
        (call.folder / child.RESULT).write_text(json.dumps(result, allow_nan=False), encoding="utf-8")
        return 0, ""

    import sys

    path, modules = [*sys.path], {*sys.modules}
    monkeypatch.setattr(process, "_run", run_here)
    try:
        yield called
    finally:
        sys.path[:] = path
        for name in {*sys.modules} - modules:
            if name in ("steps", "other", "helper") or name.startswith("_evalkit_user_"):
                del sys.modules[name]
