"""Stored answers: every form of the file, and every way in which it can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.protocols import StoredPredictor
from evalkit.core.tables import PREDICTIONS
from evalkit.predictors import recorded_jsonl
from evalkit.predictors.recorded import Recorded

VALUES: list[Any] = [
    1,
    1.0,
    -0.0,
    1e21,
    0.1,
    True,
    False,
    "",
    'é🙂\n"\\',
    "\u2028",
    [1, "a"],
    {"b": 1, "a": [None]},
    2**70,
]


def jsonl(tmp_path: Path, *rows: Any) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows), encoding="utf-8")
    return path


def read(path: Path, **options: Any) -> pa.Table:
    return Recorded.from_spec(str(path), options).table()


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read(path)
    return str(error.value)


def test_it_is_a_stored_predictor_with_the_schema_of_predictions(tmp_path: Path) -> None:
    predictor = Recorded.from_spec(str(jsonl(tmp_path, {"case_id": "a", "output": 1})), {})
    assert isinstance(predictor, StoredPredictor)
    assert predictor.table().schema == PREDICTIONS
    assert canonical_json(predictor.spec)


def test_outputs_are_canonical_json(tmp_path: Path) -> None:
    table = read(jsonl(tmp_path, *({"case_id": str(i), "output": v} for i, v in enumerate(VALUES))))
    assert table["output"].to_pylist() == [canonical_json(value) for value in VALUES]


def test_all_cells_are_read(tmp_path: Path) -> None:
    row = {
        "case_id": 7,
        "repeat": 2,
        "output": "x",
        "seconds": 1,
        "cost": 0.5,
        "confidence": 0.25,
        "tokens_in": 3,
        "tokens_out": 4.0,
        "model": "m",
        "trace": {"a": 1},
    }
    assert read(jsonl(tmp_path, row)).to_pylist() == [
        {
            "case_id": "7",
            "repeat": 2,
            "output": '"x"',
            "failure_kind": None,
            "failure_reason": None,
            "failure_message": None,
            "seconds": 1.0,
            "cost": 0.5,
            "tokens_in": 3,
            "tokens_out": 4,
            "confidence": 0.25,
            "model": "m",
            "trace": '{"a":1}',
        }
    ]


@pytest.mark.parametrize(
    ("row", "kind", "reason", "message"),
    [
        ({"failure": "refused"}, "system", "refused", ""),
        ({"failure": {"kind": "harness", "reason": "network", "message": "m"}}, "harness", "network", "m"),
        ({"failure": {"message": "m"}, "output": 5}, "system", "failed", "m"),
        ({"output": None}, "system", "empty", "the system answered nothing (null)"),
        ({}, "system", "empty", "the system answered nothing (null)"),
        ({"failure": None, "output": 1}, None, None, None),
    ],
)
def test_failures(tmp_path: Path, row: dict[str, Any], kind: Any, reason: Any, message: Any) -> None:
    table = read(jsonl(tmp_path, {"case_id": "b", "output": 0}, {"case_id": "a", **row}))
    found = table.to_pylist()[1]
    assert (found["failure_kind"], found["failure_reason"], found["failure_message"]) == (kind, reason, message)
    assert (found["output"] is None) == (kind is not None)


def test_unknown_keys_are_told(tmp_path: Path) -> None:
    predictor = Recorded.from_spec(str(jsonl(tmp_path, {"case_id": "a", "outptu": 1, "output": 2, "note": ""})), {})
    assert predictor.unknown_keys == ["note", "outptu"]


def test_blank_lines_and_a_byte_order_mark_are_harmless(tmp_path: Path) -> None:
    path = jsonl(tmp_path, '\ufeff{"case_id":"a","output":1}', "", "  ", '{"case_id":"b","output":2}')
    assert read(path)["case_id"].to_pylist() == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{bad", "not JSON"),
        ("[1]", "no object"),
        ('{"case_id":"z","output":1},{"case_id":"y","output":1}', "not JSON"),
        ('{"output":1}', "case_id is missing"),
        ('{"case_id":1.5,"output":1}', "case_id is 1.5"),
        ('{"case_id":true,"output":1}', "case_id is True"),
        ('{"case_id":"c","output":NaN}', "NaN is not JSON"),
        ('{"case_id":"c","output":-Infinity}', "-Infinity is not JSON"),
        ('{"case_id":"c","output":1e999}', "output is inf"),
        ('{"case_id":"c","output":"\\ud800"}', "output is"),
        ('{"case_id":"\\ud800","output":1}', "not valid Unicode"),
        ('{"case_id":"c","output":1,"seconds":"fast"}', "seconds is 'fast', not a number"),
        ('{"case_id":"c","output":1,"seconds":-1}', "seconds is -1"),
        ('{"case_id":"c","output":1,"cost":1e999}', "cost is inf"),
        ('{"case_id":"c","output":1,"confidence":1.5}', "confidence is 1.5, not a number from 0 to 1"),
        ('{"case_id":"c","output":1,"repeat":-1}', "repeat is -1"),
        ('{"case_id":"c","output":1,"repeat":0.5}', "repeat is 0.5"),
        ('{"case_id":"c","output":1,"tokens_in":99999999999999999999}', "tokens_in is"),
        ('{"case_id":"c","output":1,"model":5}', "model is 5, not a text"),
        ('{"case_id":"c","failure":{"reson":"x"}}', "failure is {'reson': 'x'}"),
        ('{"case_id":"c","failure":7}', "failure is 7"),
        ('{"case_id":"a","output":1}', "case_id 'a' with repeat 0 stands here for the second time"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = jsonl(tmp_path, {"case_id": "a", "output": 0}, "", {"case_id": "b", "output": 0}, line)
    message = refused(path)
    assert message.startswith(f"{path}, line 4: ")
    assert told in message


def test_the_same_lines_are_named_in_a_later_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_jsonl, "BLOCK_BYTES", 100)
    rows: list[Any] = [{"case_id": f"c{i}", "output": i} for i in range(50)]
    assert read(jsonl(tmp_path, *rows))["output"].to_pylist() == [str(i) for i in range(50)]
    assert "line 51: " in refused(jsonl(tmp_path, *rows, {"case_id": "x", "output": 1, "cost": "?"}))
    assert "line 51: " in refused(jsonl(tmp_path, *rows, rows[3]))
    assert "line 4)" in refused(jsonl(tmp_path, *rows, rows[3]))


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'{"case_id":"a","output":"\xff"}\n')
    assert "line 1: this is not JSON" in refused(path)


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.csv", "answers.parquet"])
def test_a_file_without_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table({"case_id": pa.array([], pa.string()), "output": pa.array([], pa.string())}), path)
    else:
        path.write_text("case_id,output\n" if name.endswith("csv") else "")
    assert "holds no predictions" in refused(path)


def test_files_that_cannot_be_used_at_all(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "none.jsonl")
    assert "is a folder" in refused(tmp_path)
    (tmp_path / "a.txt").write_text("")
    assert "recorded predictions end in .jsonl" in refused(tmp_path / "a.txt")
    (tmp_path / "a.parquet").write_text("no parquet")
    assert "not Parquet" in refused(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"no option 'varient'\. Did you mean 'variant'"):
        Recorded.from_spec(str(jsonl(tmp_path, {"case_id": 1, "output": 1})), {"varient": "x"})


def test_the_identity_is_that_of_the_bytes(tmp_path: Path) -> None:
    one, same = tmp_path / "one.jsonl", tmp_path / "same.jsonl"
    for path in (one, same):
        path.write_text('{"case_id":"a","output":1}\n')
    assert Recorded(one).identity == Recorded(same).identity
    same.write_text('{"case_id":"a","output":2}\n')
    assert Recorded(one).identity != Recorded(same).identity


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", 'b"\\\n', None]),
        pa.array(["a", "b", None]).dictionary_encode(),
        pa.array([1, 2, None]),
        pa.array([True, False, None]),
        pa.array([0.5, 1.0, None]),
        pa.array([{"x": 1, "y": "é"}, {"x": None, "y": None}, None]),
        pa.array([[1, 2], [], None]),
    ],
)
def test_parquet_gives_what_json_lines_give(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "answers.parquet"
    pq.write_table(pa.table({"case_id": [1, 2, 3], "output": column, "cost": [0.5, None, 0.0]}), path)
    rows = [
        {"case_id": i, "output": v, "cost": c}
        for i, v, c in zip((1, 2, 3), column.to_pylist(), (0.5, None, 0.0), strict=True)
    ]
    assert read(path).equals(read(jsonl(tmp_path, *rows)))


def test_parquet_errors_name_the_row(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    pq.write_table(pa.table({"case_id": ["a", "b"], "output": [0.5, float("nan")]}), path)
    assert "row 2: output is nan" in refused(path)
    pq.write_table(pa.table({"case_id": ["a", "a"], "output": [1, 2]}), path)
    assert "row 2: case_id 'a' with repeat 0" in refused(path)
    pq.write_table(pa.table({"id": ["a"], "output": [1]}), path)
    assert "there is no column case_id, only id, output" in refused(path)


def test_a_runs_own_predictions_are_not_encoded_twice(tmp_path: Path) -> None:
    table = read(jsonl(tmp_path, {"case_id": "a", "output": "x"}, {"case_id": "b", "failure": "refused"}))
    path = tmp_path / "predictions.parquet"
    variants = pa.array(["candidate", "candidate"]).dictionary_encode()
    pq.write_table(table.add_column(0, "variant", variants), path)
    assert read(path).equals(table)
    both = [table.add_column(0, "variant", pa.array([name] * 2)) for name in ("candidate", "baseline")]
    pq.write_table(pa.concat_tables(both), path)
    assert "holds the variants candidate, baseline" in refused(path)
    assert read(path, variant="baseline").equals(table)


def test_csv_cells(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text('case_id,output,seconds,failure\n1,42,0.5,\n2,"a, ""b""",,\n007,true,1,\n4,,,refused\n5,-3 %,,\n')
    table = read(path)
    assert table["case_id"].to_pylist() == ["1", "2", "007", "4", "5"]
    assert table["output"].to_pylist() == ["42", '"a, \\"b\\""', "true", None, '"-3 %"']
    assert table["seconds"].to_pylist() == [0.5, None, 1.0, None, None]
    assert table["failure_reason"].to_pylist() == [None, None, None, "refused", None]


def test_csv_errors_name_the_row(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("case_id,output,seconds\n1,42,0.5\n2,42,fast\n")
    assert "row 2 after the header: seconds is 'fast'" in refused(path)
    path.write_text("case_id,output\n1,42\n2,NaN\n")
    assert "row 2 after the header: output is nan" in refused(path)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=1, max_size=12))
@settings(max_examples=80, deadline=None)
def test_any_json_value_survives(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    path = jsonl(tmp_path_factory.mktemp("any"), *({"case_id": str(i), "output": v} for i, v in enumerate(values)))
    found = read(path)["output"].to_pylist()
    assert found == [None if value is None else canonical_json(value) for value in values]
