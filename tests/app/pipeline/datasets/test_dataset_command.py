"""`evalkit dataset`: what a workspace holds, its rows, and files for others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

from evalkit.app.cli.main import cli
from evalkit.app.pipeline.bench import Bench

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ROWS = pa.table(
    {
        "id": [1, 2, 3],
        "name": ["=1+1", "two\x1b[31m\nlines", None],
        "at": pa.array([NOON, None, NOON], pa.timestamp("us", "UTC")),
        "inner": [{"a": 1, "b": None}, None, {"a": 2, "b": "x"}],
        "share": [0.5, None, 1e-9],
    }
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    datasets = Bench(tmp_path / "ws", clock=NOON.timestamp).datasets
    first = datasets.add("loans", [ROWS.slice(0, 2)], made_by="test")
    datasets.add("loans", [ROWS.slice(2)], onto=first, parents=[first.digest], made_by="test", note="one more")
    datasets.add("none", [ROWS.slice(0, 0)])
    return tmp_path / "ws"


def ran(workspace: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(cli, ["dataset", *words, "--workspace", str(workspace)], standalone_mode=False)
    if isinstance(done.exception, Exception):
        raise done.exception
    assert (done.return_value or 0) == code
    return done.stdout


def test_all_names_are_listed_with_their_newest_version(workspace: Path) -> None:
    found = json.loads(ran(workspace, "list", "--json"))["datasets"]
    assert [(one["name"], one["version"], one["rows"]) for one in found] == [("loans", 2, 3), ("none", 1, 0)]
    assert "loans@2" in ran(workspace, "list")


def test_an_empty_workspace_says_how_to_begin(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["dataset", "list", "--workspace", str(tmp_path / "new")])
    assert "evalkit ingest" in done.stderr
    assert json.loads(ran(tmp_path / "new", "list", "--json")) == {"datasets": []}


def test_one_is_shown_with_its_columns_versions_and_first_rows(workspace: Path) -> None:
    shown = json.loads(ran(workspace, "show", "loans", "--rows", "2", "--json"))
    assert shown["columns"]["at"] == "timestamp[us, tz=UTC]"
    assert [one["version"] for one in shown["versions"]] == [1, 2]
    assert [row["id"] for row in shown["first"]] == [1, 2]
    assert shown["first"][0]["at"] == "2026-01-02T12:00:00+00:00"
    text = ran(workspace, "show", "loans")
    assert "\x1b" not in text
    assert "one more" in text
    assert "evalkit lineage" in text
    assert json.loads(ran(workspace, "show", "loans@1", "--rows", "0", "--json"))["first"] == []
    assert "0 rows" in ran(workspace, "show", "none")


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_what_is_exported_is_read_again(workspace: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"rows.{ending}"
    ran(workspace, "export", "loans", "-o", str(file))
    if ending == "parquet":
        assert parquet.read_table(file).equals(ROWS)
        return
    if ending == "csv":
        options = csv.ParseOptions(newlines_in_values=True)
        rows = csv.read_csv(
            file, parse_options=options, convert_options=csv.ConvertOptions(column_types={"at": pa.string()})
        )
        assert rows["name"].to_pylist()[0] == "'=1+1"
        assert rows["inner"].to_pylist()[0] == '{"a": 1, "b": null}'
    else:
        rows = pa.Table.from_pylist([json.loads(line) for line in file.read_text().splitlines()])
        assert rows["inner"].to_pylist() == ROWS["inner"].to_pylist()
    assert rows["id"].to_pylist() == [1, 2, 3]
    assert rows["share"].to_pylist() == [0.5, None, 1e-9]
    assert rows["at"].to_pylist()[0] == "2026-01-02T12:00:00+00:00"


def test_what_cannot_be_exported_is_a_sentence_and_leaves_no_file(workspace: Path, tmp_path: Path) -> None:
    Bench(workspace).datasets.add("odd", [pa.table({"x": [1.0, float("nan")]})])
    for name, ref, said in (("a.xlsx", "loans", "ends in none of"), ("a.jsonl", "odd", "the column 'x' has a NaN")):
        done = CliRunner().invoke(
            cli, ["dataset", "export", ref, "-o", str(tmp_path / name), "--workspace", str(workspace)]
        )
        assert said in str(done.exception)
        assert not [one for one in tmp_path.iterdir() if one.name != "ws"]


def test_a_changed_part_is_found(workspace: Path) -> None:
    assert json.loads(ran(workspace, "verify", "loans", "--json"))["outcome"] == "pass"
    datasets = Bench(workspace).datasets
    path = datasets.path_of(datasets.find("loans").parts[0])
    path.chmod(0o600)
    parquet.write_table(ROWS.slice(1, 2), path)
    told = json.loads(ran(workspace, "verify", "loans", "--json", code=1))
    assert told["outcome"] == "fail"
    assert "was changed since it was written" in told["faults"][0]
