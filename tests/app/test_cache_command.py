"""`evalkit cache` from the command line: taken from one workspace to another, where a replay needs no key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.cli.main import main
from tests.e2e.conftest import write_jsonl

SUITE = {
    "suite": "kept",
    "cases": "cases.jsonl",
    "judges": {"main": "fake:always:correct"},
    "layers": {"judge": [{"judged": {"judge": "main"}}]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "cases.jsonl", [{"id": f"c{i}", "input": i, "expected": i} for i in range(6)])
    write_jsonl(tmp_path / "answers.jsonl", [{"case_id": f"c{i}", "output": str(i)} for i in range(6)])
    (tmp_path / "suite.yaml").write_text(json.dumps(SUITE), encoding="utf-8")
    return tmp_path


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["cache", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What `--json` prints."""
    found: dict[str, Any] = json.loads(command(capsys, *arguments, "--json")[1])
    return found


def judge(workspace: str, **more: Any) -> evalkit.Record:
    return evalkit.run("suite.yaml", candidate="recorded:answers.jsonl", workspace=workspace, **more)


def test_answers_travel_to_where_there_is_no_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = judge("ws")
    assert as_json(capsys, "export", "kept.jsonl.gz", "--run", "latest", "--workspace", "ws")["entries"] == 6
    assert as_json(capsys, "import", "kept.jsonl.gz", "--workspace", "ci") == {
        "file": "kept.jsonl.gz",
        "added": 6,
        "already": 0,
        "bad": 0,
        "errors": [],
    }
    again = judge("ci", replay=True)
    assert [e.point for e in again.estimates] == [e.point for e in record.estimates] == [1.0]
    stats = as_json(capsys, "stats", "--workspace", "ci")
    assert (stats["entries"], stats["last_run"]["found"], stats["last_run"]["asked"]) == (6, 6, 6)
    assert stats["last_run"]["run_id"] == again.run_id
    assert stats["groups"][0]["kind"] == "judge"
    code, out, _ = command(capsys, "stats", "--workspace", "ci")
    assert (code, "6 answers" in out, "judge" in out) == (0, True, True)


def test_fresh_asks_anew_and_a_replay_without_answers_scores_nothing(folder: Path) -> None:
    judge("ws")
    (folder / "suite.yaml").write_text(json.dumps(SUITE), encoding="utf-8")
    assert judge("ws", fresh=True).estimates[0].point == 1.0
    empty = judge("elsewhere", replay=True)
    assert (empty.estimates[0].point, empty.estimates[0].n_unscored) == (None, 6)


def test_pruning_says_what_it_would_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judge("ws")
    assert "6 answers would be removed" in command(capsys, "prune", "--all", "--dry-run", "--workspace", "ws")[1]
    assert as_json(capsys, "prune", "--older-than", "30d", "--workspace", "ws")["entries"] == 0
    assert as_json(capsys, "prune", "--max-size", "0.3kB", "--workspace", "ws")["kept"] < 6
    assert as_json(capsys, "prune", "--all", "--workspace", "ws")["kept"] == 0
    assert as_json(capsys, "stats", "--workspace", "nothing")["entries"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prune"], "nothing says what to remove"),
        (["prune", "--all", "--model", "m"], "--all removes everything"),
        (["prune", "--older-than", "soon"], "--older-than is 'soon', not an age"),
        (["prune", "--older-than", "9999y"], "at most 100 years"),
        (["prune", "--max-size", "-5MB"], "--max-size is '-5MB', not a size"),
        (["export", "x.gz"], "no answer to export"),
        (["export", "x.gz", "--run", "run:nobody"], "nobody"),
        (["import", "missing.gz"], "missing.gz"),
        (["import", "cases.jsonl"], "cases.jsonl, line 1: the file is no export of a cache"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, _, err = command(capsys, *arguments, "--workspace", "ws")
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (folder / "x.gz").exists()


def test_bad_lines_are_named_and_the_rest_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ['{"evalkit_cache": 1}', "{", '{"key": "k", "answer": {"output": 1}}', '{"key": "\\u001b[2J"}']
    (folder / "some.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code, out, err = command(capsys, "import", "some.jsonl", "--workspace", "ws")
    assert code == 2
    assert "1 answers added" in out
    assert "some.jsonl, line 2: it is no JSON" in err
    assert "some.jsonl, line 4: its key is no printable text" in err
    assert as_json(capsys, "stats", "--workspace", "ws")["entries"] == 1
