"""Stages in processes of their own: how they end, what they are told, and that a run says so."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages import child
from evalkit.app.pipeline.stages.file import read_project
from evalkit.app.pipeline.stages.run import Report, Wanted, run
from evalkit.app.pipeline.stages.twice import twice
from evalkit.core.errors import InputError

ONE = """\
pipeline: one
stages:
  s: {uses: "s.py:s", outputs: {x: value}, timeout: TIMEOUT, seed: 5}
"""


def ran(folder: Path, body: str, timeout: float = 60, told: list[str] | None = None) -> Report:
    text = "import os, random, sys, time, signal, json\n\n\ndef s(context):\n" + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    (folder / "pipeline.yaml").write_text(ONE.replace("TIMEOUT", str(timeout)), encoding="utf-8")
    (folder / "s.py").write_text(text, encoding="utf-8")
    lines = [] if told is None else told
    wanted = Wanted(tell=lambda stage, line: lines.append(line))
    return run(Bench(folder / "ws"), read_project(folder), wanted)


def value(folder: Path, report: Report) -> Any:
    return json.loads(Bench(folder / "ws").store.get_blob(report.stages[0].outputs["x"].digest))


def test_a_stage_stands_in_the_folder_of_the_file_with_nothing_on_stdin(tmp_path: Path) -> None:
    told: list[str] = []
    body = """\
print("printed \\x1b[2J")
context.log("logged")
return {"x": [os.getcwd(), sys.stdin.read(), os.environ["EVALKIT_HOME"], os.environ["PYTHONHASHSEED"], context.seed,
    random.random(), str(context.scratch), context.scratch.is_dir()]}"""
    report = ran(tmp_path, body, told=told)
    assert report.exit_code == 0, report.stages[0].said
    found = value(tmp_path, report)
    assert found[:5] == [str(tmp_path), "", str(tmp_path / "ws"), "0", 5]
    assert found[7] is True
    assert not Path(found[6]).exists()
    assert told == ["printed \x1b[2J", "logged"]  # the terminal is shown it as `console.note` does


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "timeout", "said"),
    [
        ("print('here')\ntime.sleep(600)", 5.0, "it did not end within 5 s, and was stopped; it last printed: here"),
        ("os.kill(os.getpid(), signal.SIGKILL)", 60, "its process was ended by SIGKILL. It may have taken more memory"),
        ("print('oh')\nos._exit(7)", 60, "its process was ended with exit code 7; it last printed: oh"),
        ("sys.exit('bye')", 60, "it raised SystemExit: bye (s.py:5)"),
        ("class E(Exception):\n    def __str__(self): raise KeyError\nraise E", 60, "(its message cannot be printed)"),
    ],
)
def test_how_it_ends(tmp_path: Path, body: str, timeout: float, said: str) -> None:
    report = ran(tmp_path, body, timeout)
    assert (report.exit_code, report.stages[0].state) == (4, "failed")
    assert said in report.stages[0].said


def test_a_package_that_is_not_installed_is_input(tmp_path: Path) -> None:
    error = ModuleNotFoundError("No module named 'no_such'", name="no_such.part")
    failed = child._failed(error, {"base": str(tmp_path)})
    assert (failed["code"], failed["what"]) == (2, "the stage needs the package 'no_such', which is not installed")
    report = ran(tmp_path, "import no_such")
    assert (report.exit_code, "needs the package 'no_such'" in report.stages[0].said) == (2, True)


@pytest.mark.slow
def test_what_a_stage_left_running_is_ended(tmp_path: Path) -> None:
    body = """\
import subprocess, threading
child = subprocess.Popen(["sleep", "600"])
threading.Thread(target=time.sleep, args=(600,)).start()
return {"x": child.pid}"""
    report = ran(tmp_path, body)
    pid = value(tmp_path, report)
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
def test_a_stage_ends_with_the_run_that_started_it(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(ONE.replace("TIMEOUT", "600"), encoding="utf-8")
    body = "import os, time\ndef s(context):\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
    (tmp_path / "s.py").write_text(body, encoding="utf-8")
    argv = [sys.executable, "-m", "evalkit", "pipeline", "run", "--workspace", "ws"]
    running = subprocess.Popen(argv, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    stage = os.pidfd_open(int(running.stderr.readline().split()[-1]))
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    ended, _, _ = select.select([stage], [], [], 60)  # a process's descriptor is readable once it has ended
    os.close(stage)
    assert ended


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "differs"),
    [
        ('return {"x": 1}', []),
        ('return {"x": random.random()}', []),  # the generator starts from the seed
        ('return {"x": time.time()}', ["x"]),
        ('return {"x": context.now}', ["x"]),
        ('return {"x": list({"a", "b", "c", "d", "e", "f", "g", "h"})}', ["x"]),
        ('return {"x": random.SystemRandom().random()}', ["x"]),
    ],
)
def test_check_names_the_output_that_depends_on_more_than_the_key(
    tmp_path: Path, body: str, differs: list[str]
) -> None:
    (tmp_path / "pipeline.yaml").write_text(ONE.replace("TIMEOUT", "60"), encoding="utf-8")
    text = f"import random, time\ndef s(context):\n    {body}\n"
    (tmp_path / "s.py").write_text(text, encoding="utf-8")
    bench = Bench(tmp_path / "ws")
    found = twice(bench, read_project(tmp_path), "s", 0.0, lambda line: None)
    assert found.differs == differs
    assert bench.chains.chains() == []


def test_check_needs_what_the_stage_takes(tmp_path: Path) -> None:
    text = ONE + '  t: {uses: "s.py:s", inputs: {x: s.x}, outputs: {y: value}}\n'
    (tmp_path / "pipeline.yaml").write_text(text.replace("TIMEOUT", "60"), encoding="utf-8")
    (tmp_path / "s.py").write_text("def s(context): ...\n", encoding="utf-8")
    with pytest.raises(InputError, match="s, which t needs, never ran"):
        twice(Bench(tmp_path / "ws"), read_project(tmp_path), "t", 0.0, lambda line: None)
