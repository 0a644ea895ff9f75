"""`evalkit ingest`, `queue` and `quarantine` as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.app.cli.main import main

HOSTILE = '{"id": 1, "x": "\x1b[31m\u202egnp\u2066", bad'


@pytest.fixture
def source(tmp_path: Path) -> str:
    rows = [{"id": i, "x": i / 2} for i in range(1, 6)]
    lines = [*(json.dumps(row) for row in rows), HOSTILE, json.dumps(rows[0]), '{"id": 9, "x": "no"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return f"file:{tmp_path}/a.jsonl"


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert ended.value.code == code, said.err
    return said.out if code == 0 else said.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    return json.loads(run(capsys, *arguments, "--json"))


def test_ingest_says_what_it_took_in(capsys: pytest.CaptureFixture[str], source: str) -> None:
    found = as_json(capsys, "ingest", source, "--stream", "s", "--key", "id")
    assert {key: found[key] for key in ("received", "accepted", "quarantined", "duplicates")} == {
        "received": 8,
        "accepted": 5,
        "quarantined": 2,
        "duplicates": 1,
    }
    assert (found["dataset"]["name"], found["dataset"]["rows"], len(found["dataset"]["digest"])) == ("s", 5, 64)
    assert list(found["offsets"]) == ["a.jsonl"]
    again = as_json(capsys, "ingest", source, "--stream", "s")
    assert (again["received"], again["dataset"]) == (0, found["dataset"])
    assert "0 received: 0 accepted" in run(capsys, "ingest", source, "--stream", "s")


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_in(
    capsys: pytest.CaptureFixture[str], source: str, tmp_path: Path
) -> None:
    (tmp_path / "b.jsonl.gz").write_bytes(b"not packed")
    with pytest.raises(SystemExit) as ended:
        main(["ingest", f"file:{tmp_path}", "--stream", "s", "--json"])
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert ended.value.code == found["exit_code"] == 2
    assert (found["received"], list(found["unread"])) == (8, ["b.jsonl.gz"])
    assert "the packed file is damaged" in found["unread"]["b.jsonl.gz"]
    assert found["error"]["what"] == "1 of 2 files could not be read to the end: b.jsonl.gz"
    assert "error: 1 of 2 files" in said.err
    assert "What could be read is in" in run(capsys, "ingest", f"file:{tmp_path}", "--stream", "s", code=2)


def test_the_quarantine_shows_text_of_strangers_harmless(capsys: pytest.CaptureFixture[str], source: str) -> None:
    run(capsys, "ingest", source, "--stream", "s")
    listed = run(capsys, "quarantine", "list", "--stream", "s")
    shown = run(capsys, "quarantine", "show", "1")
    for text in (listed, shown):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\u2066" not in text
    assert "␛[31m" in shown
    found = as_json(capsys, "quarantine", "list")
    assert (found["waiting"], [r["kind"] for r in found["records"]]) == (2, ["malformed", "type"])
    assert found["records"][1]["field"] == "x"
    assert found["records"][1]["value"] == "no"
    one = as_json(capsys, "quarantine", "show", "1")
    assert one["raw"] == HOSTILE
    assert "no record 77" in run(capsys, "quarantine", "show", "77", code=2)


def test_replay_with_corrected_rows(capsys: pytest.CaptureFixture[str], source: str, tmp_path: Path) -> None:
    run(capsys, "ingest", source, "--stream", "s")
    edits = tmp_path / "e.jsonl"
    edits.write_text('{"id": 2, "row": {"id": 9, "x": 4.5}}\n')
    found = as_json(capsys, "quarantine", "replay", "--stream", "s", "--edit", edits)
    assert (found["tried"], found["accepted"], found["dataset"]["rows"]) == (1, 1, 7)
    assert "1 tried: 0 accepted, 0 duplicates, 1 still wait" in run(capsys, "quarantine", "replay")
    run(capsys, "ingest", source, "--stream", "t")
    assert "2 streams have records in quarantine" in run(capsys, "quarantine", "replay", code=2)
    deep = f'{{"id": 1, "row": {{"x": {"[" * 5000 + "]" * 5000}}}}}'
    for text in (
        deep,
        "[]",
        "{}",
        '{"id": 1, "row": 3}',
        '{"id": true, "row": {}}',
        '{"id": 1, "row": {"x": NaN}}',
        "",
    ):
        edits.write_text(text)
        assert "corrected row" in run(capsys, "quarantine", "replay", "--stream", "s", "--edit", edits, code=2)


def test_a_queue_is_filled_by_a_file_and_by_a_pipe(
    capsys: pytest.CaptureFixture[str], source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = as_json(capsys, "queue", "put", "q", source.removeprefix("file:"))
    assert put == {"queue": "q", "put": 8, "first": 0, "next": 8}
    with Path(os.devnull).open() as nothing, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", nothing)
        assert as_json(capsys, "queue", "put", "q", "-") == {"queue": "q", "put": 0, "first": 8, "next": 8}
    piped = subprocess.run(
        [sys.executable, "-m", "evalkit", "queue", "put", "q", "-"],
        input=b'{"id":7,"x":1}\n\n{"id":8,"x":2}',
        check=True,
    )
    assert piped.returncode == 0
    found = as_json(capsys, "ingest", "queue:q", "--stream", "s")
    assert (found["received"], found["accepted"], found["offsets"]) == (10, 8, {"q": 10})
    assert as_json(capsys, "queue", "list")["queues"] == [{"name": "q", "records": 10, "streams": {"s": 10}}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ingest", "file:no.jsonl", "--stream", "s"], "there is no such file"),
        (["ingest", "queue:no", "--stream", "s"], "there is no queue 'no'"),
        (["ingest", "kafka", "--stream", "s"], "'kafka' is no source"),
        (["ingest", "SOURCE", "--stream", "../s"], "cannot be the name of a stream"),
        (["ingest", "SOURCE", "--stream", "s.raw"], "the bytes of the stream 's' are called that"),
        (["quarantine", "show", "99999999999999999999"], "not in the range"),
        (["ingest", "SOURCE", "--stream", "s", "--keep", "last"], "there is no key"),
        (["ingest", "SOURCE", "--stream", "s", "--key", "no"], "there is no column 'no'"),
        (["ingest", "SOURCE", "--stream", "s", "--lateness", "2 h"], "needs --event-time"),
        (["ingest", "SOURCE", "--stream", "s", "--contract", "no.yaml"], "no.yaml"),
        (["quarantine", "replay", "--stream", "no"], "there is no stream 'no'"),
        (["queue", "put", "q", "no.jsonl"], "no.jsonl"),
        (["queue", "put", "a/b", "pyproject.toml"], "cannot be the name of a queue"),
        (["quarantine", "replay", "--stream", "no", "--edit", "no.jsonl"], "no.jsonl"),
    ],
)
def test_bad_input_is_a_sentence(
    capsys: pytest.CaptureFixture[str], source: str, arguments: list[str], said: str
) -> None:
    arguments = [source if argument == "SOURCE" else argument for argument in arguments]
    err = run(capsys, *arguments, code=2)
    assert said in err
    assert "Traceback" not in err


def test_what_was_found_is_kept_with_a_run(capsys: pytest.CaptureFixture[str], source: str, tmp_path: Path) -> None:
    """And where there is no such run, nothing is done."""
    (tmp_path / "cases.jsonl").write_text('{"id": "a", "input": 1, "expected": 1}', encoding="utf-8")
    suite = {"suite": "s", "cases": str(tmp_path / "cases.jsonl"), "layers": {"q": ["exact"]}}
    run_id = evalkit.run(suite, candidate=lambda question: question).run_id
    rules = tmp_path / "c.yaml"
    rules.write_text("contract: c\ncolumns: {id: integer, x: {type: number, max: 2}}", encoding="utf-8")
    ingest = ("ingest", source, "--stream", "s", "--key", "id", "--evidence")
    assert "there is no" in run(capsys, *ingest, "run:gone", code=2)
    assert not as_json(capsys, "quarantine", "list")["records"]
    as_json(capsys, *ingest, f"run:{run_id}")
    said = run(capsys, "validate", "dataset:s", "--contract", rules, "--evidence", f"run:{run_id}", code=1)
    assert f"kept with run {run_id}" in said
    door, rows = as_json(capsys, "evidence", "list", f"run:{run_id}")["evidence"]
    assert (door["made_by"], door["rows"], door["quarantined"]) == ("ingest", 8, 2)
    assert [(c["column"], c["rule"], c["outcome"], c["failing"]) for c in door["checks"]] == [
        (None, "can be read", "fail", 1),
        ("x", "is of its type", "fail", 1),
        (None, "is there", "pass", 0),
        (None, "is a known column", "pass", 0),
        (None, "one record a key", "pass", 0),
    ]
    assert (rows["made_by"], rows["outcome"], rows["data"]) == ("evalkit validate", "fail", door["data"])
