"""Cases mean the same in every format."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import gzip
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.digest import canonical_json, canonical_jsons
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING
from evalkit.engine.arrow_text import json_column, plain_text
from evalkit.engine.cases import read_cases

ROWS: list[dict[str, Any]] = [
    {"id": "a", "input": "What is 1.0 + 1?", "expected": 2, "group": "g1", "tags": {"kind": "sum", "hour": 7}},
    {"id": "b", "input": 'say "hé"\n', "expected": 2.5, "group": None, "tags": {"kind": "talk"}, "weight": 2},
    {"id": "c", "input": "", "expected": 1e22, "group": "g1"},
]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_jsonl(tmp_path: Path) -> None:
    cases = read_cases(write_jsonl(tmp_path / "c.jsonl", ROWS))
    assert cases.ids.to_pylist() == ["a", "b", "c"]
    assert cases.input.values() == ["What is 1.0 + 1?", 'say "hé"\n', ""]
    assert cases.expected.text.to_pylist() == ["2", "2.5", "1e+22"]
    assert cases.group is not None
    assert cases.group.to_pylist() == ["g1", None, "g1"]
    assert {name: values.to_pylist() for name, values in cases.tags.items()} == {
        "kind": ["sum", "talk", None],
        "hour": ["7", None, None],
    }
    assert cases.weight is not None
    assert cases.weight.tolist() == [1.0, 2.0, 1.0]


def test_every_spelling_of_a_file_gives_the_same_cases(tmp_path: Path) -> None:
    expected = read_cases(write_jsonl(tmp_path / "c.jsonl", ROWS)).digest()
    text = (tmp_path / "c.jsonl").read_bytes()
    (tmp_path / "crlf.ndjson").write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n\r\n"))
    (tmp_path / "open.JSONL").write_bytes(text.rstrip(b"\n"))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "list.json").write_text(json.dumps(ROWS, indent=2))
    for name in ("crlf.ndjson", "open.JSONL", "c.jsonl.gz", "list.json"):
        assert read_cases(tmp_path / name).digest() == expected, name


def test_parquet_and_csv_agree_with_jsonl(tmp_path: Path) -> None:
    rows = [
        {"id": str(i), "input": f"q{i}, \"{i}\"", "expected": value, "group": f"g{i % 2}", "tags": {"hour": str(i)}}
        for i, value in enumerate([1.5, -3.0, 1e-7])
    ]  # fmt: skip
    expected = read_cases(write_jsonl(tmp_path / "c.jsonl", rows)).digest()
    flat: list[dict[str, Any]] = [{**row, "tags.hour": i, "id": i} for i, row in enumerate(rows)]
    for row in flat:
        del row["tags"]
    pq.write_table(pa.Table.from_pylist(flat), tmp_path / "c.parquet")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "struct.parquet")
    with (tmp_path / "c.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(flat[0]))
        writer.writeheader()
        writer.writerows(flat)
    for name in ("c.parquet", "struct.parquet", "c.csv"):
        assert read_cases(tmp_path / name).digest() == expected, name


def test_objects_from_parts(tmp_path: Path) -> None:
    text = (
        "id,input.carrier,input.dist,expected.minutes,expected.late,expected.note\n1,UA,100,12.0,true,02139\n2,,,,,\n"
    )
    (tmp_path / "c.csv").write_text(text)
    cases = read_cases(tmp_path / "c.csv")
    assert cases.input.values() == [{"carrier": "UA", "dist": 100}, MISSING]
    assert cases.expected.text.to_pylist() == ['{"late":true,"minutes":12,"note":"02139"}', None]
    table = pa.table(
        {
            "id": ["1", "2"],
            "input.carrier": pa.array(["UA", None]).dictionary_encode(),
            "input.dist": [100, None],
            "expected.minutes": [12.0, None],
            "expected.late": [True, None],
            "expected.note": ["02139", None],
        }
    )
    pq.write_table(table, tmp_path / "c.parquet")
    assert read_cases(tmp_path / "c.parquet").digest() == cases.digest()


def test_what_a_table_does_not_know_of_an_input_is_null(tmp_path: Path) -> None:
    inputs = [{"a": 1, "b": {"c": None, "d": 2}}, {"a": None, "b": None}, None, {"a": 3, "b": {"c": "x", "d": None}}]
    expected = [{"x": 1, "y": None}] * len(inputs)
    pq.write_table(pa.table({"id": list("abcd"), "input": inputs, "expected": expected}), tmp_path / "c.parquet")
    found = read_cases(tmp_path / "c.parquet")
    known = [{"a": 1, "b": {"d": 2}}, {"a": None, "b": None}, MISSING, {"a": 3, "b": {"c": "x"}}]
    assert found.input.values() == known
    assert found.expected.values() == [{"x": 1}] * 4, "what is not known of an answer is not asked for"
    rows = [{"id": i, "input": v, "expected": {"x": 1}} for i, v in zip("abcd", known, strict=True)]
    rows[2].pop("input")
    assert read_cases(write_jsonl(tmp_path / "c.jsonl", rows)).digest() == found.digest()
    pq.write_table(pa.table({"id": [1, 2], "input.a": [1, None], "input.b": [None, "x"]}), tmp_path / "parts.parquet")
    (tmp_path / "parts.csv").write_text("id,input.a,input.b\n1,1,\n2,,x\n")
    for name in ("parts.parquet", "parts.csv"):
        assert read_cases(tmp_path / name).input.values() == [{"a": 1, "b": None}, {"a": None, "b": "x"}], name
    column = pa.array([[("k", None), ("j", 1)]], pa.map_(pa.string(), pa.int64()))
    pq.write_table(pa.table({"id": [1], "input": column}), tmp_path / "map.parquet")
    assert read_cases(tmp_path / "map.parquet").input.values() == [{"j": 1, "k": None}]


def test_csv_cells(tmp_path: Path) -> None:
    cells = ["1", "-0", "1.50", "1e3", "true", "True", "02139", "NaN", "null", " 1", "", '"x"', "+1", "1,000"]
    with (tmp_path / "c.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "input", "expected"], *([i, cell, cell] for i, cell in enumerate(cells))])
    cases = read_cases(tmp_path / "c.csv")
    assert cases.input.values() == [cell or MISSING for cell in cells]
    assert cases.expected.values() == [
        1, 0, 1.5, 1000, True, "True", "02139", "NaN", "null", " 1", MISSING, '"x"', "+1", "1,000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1.0, -0.0, None, 0.1, 1e300]), ["1", "0", None, "0.1", "1e+300"]),
        (pa.array([2**63], pa.uint64()), ["9223372036854775808"]),
        (pa.array([decimal.Decimal("12.30"), None]), ['"12.30"', None]),
        (pa.array([dt.datetime(2013, 1, 1, 5, 0, 0, 120_000)]), ['"2013-01-01T05:00:00.12"']),
        (pa.array([dt.datetime(2013, 1, 1, 5)], pa.timestamp("ns", "UTC")), ['"2013-01-01T05:00:00Z"']),
        (pa.array([dt.date(2013, 4, 10)]), ['"2013-04-10"']),
        (pa.array([[1, None, 2], None, []]), ["[1,null,2]", None, "[]"]),
        (pa.array([[[{"a": [1.5]}], []]]), ['[[{"a":[1.5]}],[]]']),
        (pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), ["[1,2]", None]),
        (pa.array([{"b": 1, "a": "x"}, None, {"b": None, "a": None}]), ['{"a":"x","b":1}', None, "{}"]),
        (pa.array([[("b", 1), ("a", None)], None], pa.map_(pa.string(), pa.int8())), ['{"b":1}', None]),
        (pa.array([{"\uff5e": 1, "\U0001f600": 2}]), ['{"\U0001f600":2,"\uff5e":1}']),
        (pa.array([None]), [None]),
    ],
)
def test_arrow_types_have_one_json_form(values: pa.Array, expected: list[str | None]) -> None:
    assert json_column(values).to_pylist() == expected
    sliced = pa.concat_arrays([values, values]).slice(len(values))
    assert json_column(sliced).to_pylist() == expected
    for text in expected:
        assert text is None or canonical_json(json.loads(text)) == text


def test_tags_are_spelt_alike() -> None:
    assert plain_text(pa.array([7.0, 0.5, None])).to_pylist() == ["7", "0.5", None]
    assert plain_text(pa.array([True, False])).to_pylist() == ["true", "false"]
    assert plain_text(pa.array([dt.date(2013, 4, 1)])).to_pylist() == ["2013-04-01"]


SCALAR = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_written_and_read_again_as_jsonl_and_parquet(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cases")
    kinds = [st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)]
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    kind = data.draw(st.sampled_from([*kinds, texts, st.lists(texts, max_size=3)]))
    key = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
    fields = data.draw(st.lists(key, min_size=1, max_size=3, unique=True))
    tag = st.text("abc é", max_size=3)
    rows = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {"input": kind, "expected": st.fixed_dictionaries(dict.fromkeys(fields, kind))},
                optional={"group": tag, "weight": st.floats(0.001, 1e6)},
            ),
            min_size=1,
            max_size=6,
        )
    )
    rows = [{"id": f"case {i}", **row} for i, row in enumerate(rows)]
    write_jsonl(folder / "c.jsonl", rows)
    whole = [{"group": None, "weight": None, **row} for row in rows]  # Arrow takes the columns from the first row
    pq.write_table(pa.Table.from_pylist(whole), folder / "c.parquet")
    first, second = read_cases(folder / "c.jsonl"), read_cases(folder / "c.parquet")
    assert first.expected.text == second.expected.text
    assert first.group == second.group
    assert (first.weight is None) == all(row.get("weight", 1) == 1 for row in rows)
    assert first.digest() == second.digest()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.none() | SCALAR | st.just("\0") | st.just("1.0"),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=6,
    )
)
def test_many_are_encoded_as_each_is(values: list[Any]) -> None:
    def bad(value: Any) -> bool:
        try:
            canonical_json(value)
        except ValueError:
            return True
        return False

    if any(map(bad, values)):
        with pytest.raises(ValueError, match=r"surrogates not allowed|Out of range|not JSON"):
            canonical_jsons(values)
    else:
        assert canonical_jsons(values) == [canonical_json(value) for value in values]


def test_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": i, "input": "é" * (i % 7), "expected": {"x": i / 4}, "tags": {f"t{i % 5}": i}} for i in range(500)]
    whole = read_cases(write_jsonl(tmp_path / "c.jsonl", rows))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((tmp_path / "c.jsonl").read_bytes()))
    monkeypatch.setattr("evalkit.engine.case_jsonl.BLOCK_BYTES", 37)
    assert read_cases(tmp_path / "c.jsonl").digest() == whole.digest()
    assert read_cases(tmp_path / "c.jsonl.gz").digest() == whole.digest()
    (tmp_path / "c.jsonl").write_text((tmp_path / "c.jsonl").read_text() + "oops\n")
    with pytest.raises(InputError, match=r"c\.jsonl:501: not JSON"):
        read_cases(tmp_path / "c.jsonl")


def test_floats_are_exact() -> None:
    values = [0.1 + 0.2, math.pi, 5e-324, 1.7976931348623157e308, 123456789012345680.0, 2.0**53 + 2]
    assert [json.loads(text) for text in json_column(pa.array(values)).to_pylist()] == values
    assert json_column(pa.array(values)).to_pylist() == canonical_jsons(values)
