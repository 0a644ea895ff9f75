"""Files of requests and outcomes: what they hold is what the log holds, or a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.app.pipeline.monitor.logs import outcomes_at, requests_at
from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.windows import Seen

ROW = {"id": "007", "at": "2024-06-01T10:00:00Z", "output": "2024-01-01", "failure": None, "seconds": 0.5}


def written(path: Path, *rows: dict[str, Any]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([*rows]).cast(pa.schema([
            (name, pa.large_string() if name != "seconds" else pa.float32()) for name in rows[0]
        ])), path)  # fmt: skip
    elif path.suffix == ".csv":
        lines = [",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_formats_say_the_same(suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"a.{suffix}", ROW, {**ROW, "id": "8", "failure": "it raised"})
    seen = Seen(requests_at(path))
    assert seen.requests["id"].to_pylist() == ["007", "8"]
    assert seen.at.tolist() == [1_717_236_000_000_000] * 2
    assert seen.decoded("output") == ["2024-01-01"] * 2
    assert seen.failed.tolist() == [False, True]
    assert seen.floats("seconds").tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ({"id": 12345678901234567}, ("id", "12345678901234567")),
        ({"failure": False}, ("failure", None)),
        ({"failure": True}, ("failure", "failed")),
        ({"failure": ""}, ("failure", None)),
        ({"output": {"k": 1}}, ("output", '{"k": 1}')),
        ({"output": True}, ("output", "true")),
    ],
)
def test_values_may_stand_as_json_has_them(change: dict[str, Any], read: tuple[str, Any], tmp_path: Path) -> None:
    assert requests_at(written(tmp_path / "a.jsonl", {**ROW, **change}))[read[0]].to_pylist() == [read[1]]


@pytest.mark.parametrize("at", [1_717_236_000, 1_717_236_000_000, "2024-06-01T10:00:00", "2024-06-01 12:00:00+02:00"])
def test_times_are_read_as_everywhere(at: Any, tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.csv"):
        assert Seen(requests_at(written(tmp_path / name, {**ROW, "at": at}))).at.tolist() == [1_717_236_000_000_000]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at": None}, "row 2: 'at' is null"),
        ({"at": "soon"}, "row 2: 'at' is 'soon', not a time"),
        ({"id": None}, "row 2: 'id' is empty"),
        ({"id": "007"}, "several requests have the id '007'"),
        ({"seconds": "fast"}, "the column 'seconds' holds what is no number"),
        ({"confidence": 3}, "a confidence is not between 0 and 1"),
    ],
)
def test_what_is_no_request_is_a_sentence(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        requests_at(written(tmp_path / "a.jsonl", ROW, {**ROW, "id": "8", **change}))
    assert said in str(error.value)


def test_outcomes_are_of_a_known_kind(tmp_path: Path) -> None:
    told = {"id": 7, "at": 1, "kind": "label", "value": True}
    assert outcomes_at(written(tmp_path / "o.jsonl", told)).select(["id", "value"]).to_pylist() == [
        {"id": "7", "value": "true"}
    ]
    for rows, said in (([told, {**told, "kind": "x"}], "row 2: 'kind' is 'x'"), ([{"id": 7}], "no column 'at'")):
        with pytest.raises(InputError) as error:
            outcomes_at(written(tmp_path / "o.jsonl", *rows))
        assert said in str(error.value)


def test_a_file_of_no_lines_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    assert requests_at(tmp_path / "a.jsonl").num_rows == outcomes_at(tmp_path / "a.jsonl").num_rows == 0
