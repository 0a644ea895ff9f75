"""Bad input: one clear sentence (what, where, value, remedy), the right exit code, never a traceback."""

from __future__ import annotations

import errno
import io
import json
import sqlite3
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.app.cli.main import main
from tests.e2e.conftest import Ran, write_jsonl

Evalkit = Callable[..., Ran]

SUITE = """
suite: small
version: 1
cases: cases.jsonl
layers:
  exact: [exact]
gates:
  - {metric: exact, at_least: 0.5}
timeout: 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite of 20 cases, a recorded candidate that is right, and Python systems that misbehave."""
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(20)])
    write_jsonl(tmp_path / "ok.jsonl", [{"case_id": f"c{i}", "output": i} for i in range(20)])
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "systems.py").write_text(
        textwrap.dedent("""
        import os, time

        def raises(x):
            if x == 3:
                raise ValueError("no idea about 3")
            return x

        def hangs(x):
            while x == 3:
                time.sleep(0.01)
            return x

        def dies(x):
            if x == 3:
                os._exit(7)
            return x

        def empty(x):
            return None if x == 3 else x

        def huge(x):
            return "x" * 50_000_000 if x == 3 else x

        def nan(x):
            return float("nan") if x == 3 else x

        def prints(x):
            print("hello from the system", x)
            return x
        """),
        encoding="utf-8",
    )
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    """Replace text in the suite file."""
    suite = folder / "suite.yaml"
    text = suite.read_text(encoding="utf-8")
    assert old in text
    suite.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("version: 1", "verson: 1"), ["verson", "version", "suite.yaml", "3"]),
        (("[exact]", "[exakt]"), ["exakt", "exact"]),
        (("[exact]", "[{exact: {feild: x}}]"), ["feild", "field"]),
        (("metric: exact", "metric: exat"), ["exat", "exact"]),
        (("at_least: 0.5", "at_leest: 0.5"), ["at_leest", "at_least"]),
        (("at_least: 0.5", "at_least: .nan"), [".nan", "8"]),
        (("at_least: 0.5", "versus: baseline, margin: 0.1"), ["baseline"]),
        (("at_least: 0.5", "versus: baseline, margin: -0.1"), ["margin"]),
        (("suite: small", "suite: [small"), ["suite.yaml"]),
        (("cases.jsonl", "casses.jsonl"), ["casses.jsonl", "cases.jsonl"]),
        (("at_least: 0.5", "at_least: 0.5, slice: {origin: JFK}"), ["origin"]),
        (("[exact]", "[exact, exact]"), ["exact", "as"]),
    ],
)
def test_a_wrong_suite_file(evalkit: Evalkit, folder: Path, change: tuple[str, str], words: list[str]) -> None:
    edit(folder, *change)
    ran = evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--json")
    assert ran.code == 2, ran.err
    assert ran.err.startswith("error: ")
    for word in words:
        assert word in ran.err
    assert ran.json["outcome"] == "error"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"id": "c3", "input": 1, "expected": 1}', ["c3", "21"]),
        ('{"id": "n", "input": NaN, "expected": 1}', ["NaN", "21"]),
        ('{"id": "n", "input": 1, "expected": Infinity}', ["Infinity", "21"]),
        ('{"input": 1, "expected": 1}', ["id", "21"]),
        ('{"id": "n", "input": 1', ["21"]),
        ('{"id": "n", "input": 1, "expected": 1, "weight": 0}', ["weight", "21"]),
        ('{"id": "n", "input": 1, "expcted": 1}', ["expcted", "expected"]),
    ],
)
def test_a_wrong_case(evalkit: Evalkit, folder: Path, row: str, words: list[str]) -> None:
    with (folder / "cases.jsonl").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    ran = evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl")
    assert ran.code == 2, ran.err
    for word in ["cases.jsonl", *words]:
        assert word in ran.err


def test_an_expected_value_of_the_wrong_type(evalkit: Evalkit, folder: Path) -> None:
    edit(folder, "[exact]", "[{numeric: {as: exact}}]")
    write_jsonl(folder / "cases.jsonl", [{"id": "c1", "input": 1, "expected": {"a": [1]}}])
    ran = evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl")
    assert ran.code == 2, ran.err
    assert "c1" in ran.err


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ('{"case_id": "zzz", "output": 1}\n', 2, ["zzz", "none of"]),
        ("", 2, ["answers.jsonl"]),
        ('{"case_id": "c1", "output": NaN}\n', 2, ["NaN", "answers.jsonl"]),
        ('{"case_id": "c1"\n', 2, ["answers.jsonl", "1"]),
        ('{"output": 1}\n', 2, ["case_id"]),
        ('{"case_id": "c1", "output": 1}\n{"case_id": "c1", "output": 2}\n', 2, ["c1"]),
        ('{"case_id": "c1", "output": 1}\n', 3, ["19 of 20"]),
    ],
)
def test_wrong_predictions(evalkit: Evalkit, folder: Path, rows: str, code: int, words: list[str]) -> None:
    (folder / "answers.jsonl").write_text(rows, encoding="utf-8")
    ran = evalkit("run", "suite.yaml", "-c", "recorded:answers.jsonl")
    assert ran.code == code, ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("recorded:nowhere.jsonl", ["nowhere.jsonl"]),
        ("nonsense", ["nonsense"]),
        ("magic:x", ["magic", "recorded"]),
        ("python:systems.py:nothing", ["nothing"]),
        ("python:nofile.py:f", ["nofile.py"]),
        ("python:no_module_at_all:f", ["no_module_at_all"]),
        ("command:/no/such/program", ["/no/such/program"]),
        ("run:20200101", ["20200101"]),
    ],
)
def test_a_system_that_is_not_there(evalkit: Evalkit, folder: Path, spec: str, words: list[str]) -> None:
    ran = evalkit("run", "suite.yaml", "-c", spec)
    assert ran.code in (2, 4), ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("raises", "raised"),
        ("hangs", "timeout"),
        ("dies", "died"),
        ("empty", "empty"),
        ("huge", "too_large"),
        ("nan", "unparseable"),
    ],
)
def test_a_system_that_fails_once_is_wrong_once(evalkit: Evalkit, folder: Path, function: str, reason: str) -> None:
    if function == "hangs":
        edit(folder, "timeout: 60", "timeout: 3")  # the other systems answer: 50 MB take a busy machine seconds
    ran = evalkit("run", "suite.yaml", "-c", f"python:systems.py:{function}", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["variants"][0]["failures"] == {reason: 1}
    exact = ran.json["estimates"][0]
    assert (exact["point"], exact["n"], exact["n_unscored"]) == (0.95, 20, 0)


def test_a_system_that_prints_does_not_break_the_protocol(evalkit: Evalkit, folder: Path) -> None:
    ran = evalkit("run", "suite.yaml", "-c", "python:systems.py:prints", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["estimates"][0]["point"] == 1.0


def test_a_workspace_that_cannot_be_written(evalkit: Evalkit, folder: Path) -> None:
    (folder / "file").write_text("not a folder", encoding="utf-8")
    arguments = ("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--workspace", "file/inside")
    ran = evalkit(*arguments, "--json", "--report", "r.html")
    assert ran.code == 4, ran.err
    assert "file/inside" in ran.err
    assert "error: " in ran.err
    assert ran.json["outcome"] == "error"
    assert ran.json["error"]["remedy"]
    assert ran.json["decisions"][0]["outcome"] == "pass", "what was computed is delivered all the same"
    assert (folder / "r.html").exists()
    told = evalkit(*arguments)
    assert told.code == 4
    assert "exact" in told.out


def test_a_workspace_of_a_newer_version(evalkit: Evalkit, folder: Path) -> None:
    assert evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--workspace", "ws").code == 0
    with sqlite3.connect(folder / "ws" / "registry.db") as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        ledger = next(table for table in tables if "migration" in table or "schema" in table)
        columns = [row[1] for row in database.execute(f"pragma table_info({ledger})")]
        row = database.execute(f"select * from {ledger}").fetchone()
        newer = [
            999 if name in ("version", "number", "id") else value for name, value in zip(columns, row, strict=True)
        ]
        database.execute(f"insert into {ledger} values ({','.join('?' * len(newer))})", newer)
    database.close()
    ran = evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--workspace", "ws")
    assert ran.code == 4, ran.err
    assert "999" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_for_the_report_keeps_the_run(
    evalkit: Evalkit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(file: Path) -> Path:
        part = file.with_name(".tmp-part")
        part.symlink_to("/dev/full")
        return part

    monkeypatch.setattr("evalkit.app.whole.temporary_beside", on_a_full_disk)
    ran = evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--report", "r.html", "--workspace", "ws")
    assert ran.code == 4, ran.err
    assert "r.html" in ran.err
    assert "No space left" in ran.err
    assert not [f.name for f in folder.iterdir() if f.name in ("r.html", ".tmp-part")]
    assert len(evalkit("runs", "list", "--workspace", "ws", "--json").out.splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_link_to_a_full_disk_for_the_report_keeps_the_run(evalkit: Evalkit, program: Evalkit, folder: Path) -> None:
    (folder / "r.html").symlink_to("/dev/full")
    ran = program("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--report", "r.html", "--workspace", "ws")
    assert ran.code == 4, ran.err
    assert "r.html" in ran.err
    assert (folder / "r.html").is_symlink()
    assert len(evalkit("runs", "list", "--workspace", "ws", "--json").out.splitlines()) == 1


class Full(io.StringIO):
    """A stdout on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_for_json_on_stdout_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [{"item": i, "judge": i % 2, **({"human": i % 2} if i < 20 else {})} for i in range(40)]
    source = write_jsonl(tmp_path / "rated.jsonl", rows)
    monkeypatch.setattr("sys.stdout", Full())
    with pytest.raises(SystemExit) as ended:
        main(["correct", "--ratings", str(source), "--json"])
    assert ended.value.code == 4
    assert "No space left on device" in capsys.readouterr().err


def test_unknown_commands_and_options_are_usage_errors(evalkit: Evalkit, program: Evalkit, folder: Path) -> None:
    ran = program("rum")
    assert ran.code == 2
    assert "run" in ran.err
    assert evalkit("run", "suite.yaml").code == 2
    assert evalkit("run", "suite.yaml", "-c", "recorded:ok.jsonl", "--nonsense").code == 2
    assert evalkit("run", "nowhere.yaml", "-c", "recorded:ok.jsonl").code == 2


@pytest.mark.parametrize("option", ["--name", "--tag"])
def test_a_name_that_cannot_be_used_is_refused_before_a_call(evalkit: Evalkit, folder: Path, option: str) -> None:
    ran = evalkit("run", "suite.yaml", "-c", "python:systems.py:prints", option, "not a name", "--workspace", "ws")
    assert ran.code == 2, ran.err
    assert "not a name" in ran.err
    assert not (folder / "ws").exists()


def test_hostile_text_does_not_drive_the_terminal(evalkit: Evalkit, folder: Path) -> None:
    write_jsonl(folder / "bad.jsonl", [{"case_id": "\x1b]0;owned\x07", "output": 1}])
    ran = evalkit("run", "suite.yaml", "-c", "recorded:bad.jsonl")
    assert ran.code == 2
    assert "\x1b" not in ran.err


def test_a_key_never_reaches_record_log_or_report(
    evalkit: Evalkit, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "sk-very-secret-key-1234567890"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    ran = evalkit("run", "suite.yaml", "-c", "openai:m?base_url=http://127.0.0.1:9/v1", "--workspace", "ws", "--json")
    assert ran.code == 4, ran.err
    assert secret not in ran.out + ran.err
    for path in (folder / "ws").rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes()
    assert json.loads(ran.out)["outcome"] == "error"
