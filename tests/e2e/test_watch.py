"""`--watch`: what starts the next run, and what does not. The run itself makes the change, so nothing is waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import evalkit as ek
from evalkit.app.cli.watch import snapshot, watched
from evalkit.core.errors import InputError
from tests.e2e.conftest import write_jsonl


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite in a folder of its own, systems and prompts outside it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    folder.mkdir()
    write_jsonl(folder / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(4)])
    text = "suite: mine\ncases: cases.jsonl\nlayers: {own: [{'metrics.py:m': {as: m}}]}\n"
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    metric = "import evalkit\n@evalkit.case_metric\ndef m(output, expected, case):\n    return 0.1\n"
    (folder / "metrics.py").write_text(metric, encoding="utf-8")
    (tmp_path / "system.py").write_text("import helper\ndef f(x):\n    return x\n", encoding="utf-8")
    (tmp_path / "helper.py").write_text("", encoding="utf-8")
    (tmp_path / "prompt.yaml").write_text("messages: []\n", encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text("\n", encoding="utf-8")
    return folder


def edits(file: Path, replace: tuple[str, str] = ("", "\n")) -> None:
    """A change of another size: two of one size may have one modification time on a coarse clock."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(*replace) if replace[0] else text + replace[1], encoding="utf-8")


def test_a_change_of_the_suite_starts_the_next_run(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found: list[float | None] = []

    def once() -> int:
        record = ek.run(suite, candidate="fake:echo")
        found.append(record.estimates[0].point)
        edits(suite / "metrics.py", ("0.1", "0.25"))
        return len(found)

    assert watched(suite / "suite.yaml", ["fake:echo"], once, rounds=2) == 2
    assert found == [pytest.approx(0.1), pytest.approx(0.25)]
    assert capsys.readouterr().err.splitlines() == ["watching for changes; Ctrl-C ends", "changed: running again"]


def test_a_broken_suite_is_said_and_waited_for(suite: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []

    def once() -> int:
        codes.append(0)
        if len(codes) == 1:
            edits(suite / "suite.yaml", ("layers", "lyers"))
            ek.run(suite, candidate="fake:echo")
        return 0

    assert watched(suite, [], once, rounds=2) == 0
    assert "lyers" in capsys.readouterr().err


def test_the_last_error_is_the_exit_code(suite: Path) -> None:
    def once() -> int:
        raise InputError("no")

    assert watched(suite, [], once, rounds=1) == 2


@pytest.mark.parametrize(
    ("spec", "file"),
    [
        ("python:system.py:f?version=2", "system.py"),
        ("name=python:system:f", "helper.py"),
        ("command:python3 system.py", "system.py"),
        ("recorded:answers.jsonl", "answers.jsonl"),
        ("x=recorded:answers.jsonl", "answers.jsonl"),
        ("prompt.yaml", "prompt.yaml"),
    ],
)
def test_the_files_of_systems_are_watched(suite: Path, spec: str, file: str) -> None:
    before = snapshot(suite, [spec])
    edits(Path(file))
    assert snapshot(suite, [spec]) != before


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda f: edits(f / "cases.jsonl"), True),
        (lambda f: (f / "new.txt").write_text("x"), True),
        (lambda f: (f / "suite.yaml").unlink(), True),
        (lambda f: (f / "report.html").write_text("x"), False),
        (
            lambda f: (f / "ws" / "runs").mkdir(parents=True) or (f / "ws" / "runs" / "record.json").write_text("x"),
            False,
        ),
        (lambda f: (f / ".evalkit").mkdir() or (f / ".evalkit" / "cache.db").write_text("x"), False),
        (lambda f: (f / "__pycache__").mkdir() or (f / "__pycache__" / "m.pyc").write_text("x"), False),
        (lambda f: (f / ".tmp-0123").write_text("x"), False),
    ],
)
def test_what_a_run_writes_itself_starts_no_run(suite: Path, change: Callable[[Path], object], seen: bool) -> None:
    ignore = (suite / "report.html", suite / "ws")
    before = snapshot(suite, (), ignore)
    change(suite)
    assert (snapshot(suite, (), ignore) != before) is seen


@pytest.mark.parametrize(
    "spec", ["command:'unfinished", "command:", "python:", "http://127.0.0.1:9/", "fake:echo", "run:x"]
)
def test_systems_without_files_are_no_trouble(suite: Path, spec: str) -> None:
    assert snapshot(suite, [spec]) == snapshot(suite, [])
