"""What is said of cases that cannot be used: the place, the value, the remedy, and how many more there are."""

from __future__ import annotations

import errno
import gzip
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.errors import InputError
from evalkit.engine.cases import read_cases


def told(path: Path) -> str:
    """What is said, with the folder left out."""
    with pytest.raises(InputError) as caught:
        read_cases(path)
    assert caught.value.remedy
    return str(caught.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a"}', "c.jsonl:3: id 'a' was used before, on line 1"),
        ('{"id": "b", "expected": NaN}', "c.jsonl:3: NaN is not JSON"),
        ('{"id": "b", "expected": -Infinity}', "c.jsonl:3: -Infinity is not JSON"),
        ('{"id": "b", "expected": 1e999}', "c.jsonl:3: expected cannot be used: a number in it is too large"),
        ('{"id": "b", "expected": ' + "9" * 5000 + "}", "c.jsonl:3: a number has too many digits"),
        ('{"id": "b", "id": "c"}', "c.jsonl:3: the key 'id' is written twice"),
        ('{"id": "b", "expcted": 1}', "c.jsonl:3: unknown key 'expcted'. Nearest: 'expected'. Valid keys: expected, g"),
        ('{"input": 1}', "c.jsonl:3: the row has no id"),
        ('{"id": null}', "c.jsonl:3: the row has no id"),
        ('{"id": ""}', "c.jsonl:3: the row has no id"),
        ('{"id": 1.5}', "c.jsonl:3: id is 1.5; it must be a text or a whole number"),
        ('{"id": true}', "c.jsonl:3: id is true; it must be a text or a whole number"),
        ('{"id": "b\\u001b[2J"}', "c.jsonl:3: id 'b\\x1b[2J' holds a control character"),
        ('{"id": "b\\ud800"}', "c.jsonl:3: id holds half of a surrogate pair"),
        ('{"id": "b", "input": {"x": "\\udc00"}}', "c.jsonl:3: input holds half of a surrogate pair"),
        ('{"id": "b", "weight": 0}', "c.jsonl:3: weight is 0; it must be a finite number above 0"),
        ('{"id": "b", "weight": "1"}', "c.jsonl:3: weight is '1'; it must be a finite number above 0"),
        ('{"id": "b", "weight": true}', "c.jsonl:3: weight is true; it must be a finite number above 0"),
        ('{"id": "b", "weight": 1e999}', "c.jsonl:3: weight is inf; it must be a finite number above 0"),
        ('{"id": "b", "group": [1]}', "c.jsonl:3: group is a list; it must be a text, a number, true or false"),
        ('{"id": "b", "tags": ["x"]}', "c.jsonl:3: tags is a list; it must be an object"),
        ('{"id": "b", "tags": {"x": {}}}', "c.jsonl:3: tags.x is an object; it must be a text, a number, true or fals"),
        ('{"id": "b", "tags": {"": "x"}}', "c.jsonl:3: the tag name '' is empty"),
        ('["b"]', "c.jsonl:3: a case is an object, and this is a list"),
        ('{"id": "b",}', "c.jsonl:3: not JSON: "),
        ('{"id": "b"} {"id": "c"}', "c.jsonl:3: not JSON: extra data at column 13"),
        ("{'id': 'b'}", "c.jsonl:3: not JSON: expecting property name enclosed in double quotes"),
        ('{"id": "b", "input": "\x01"}', "c.jsonl:3: not JSON: invalid control character"),
        ('{"id": "b", "input": ' + "[" * 200 + "]" * 200 + "}", "c.jsonl:3: more than 100 levels are nested"),
        ('{"id": "b", "input": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, "c.jsonl:3: more than 100 levels"),
    ],
)
def test_one_line_is_wrong(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "c.jsonl").write_text('{"id": "a"}\n\n' + line + "\n")
    message = told(tmp_path / "c.jsonl")
    assert message.startswith(said)
    assert "more line" not in message


def test_the_same_in_a_list(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('[{"id": 1}, {"id": 2}, {"id": 1}]')
    assert told(tmp_path / "c.json").startswith("c.json, row 3: id '1' was used before, on row 1")
    (tmp_path / "c.json").write_text('[{"id": 1},\n {"id": NaN}]')
    assert told(tmp_path / "c.json").startswith("c.json: NaN is not JSON")
    (tmp_path / "c.json").write_text('[{"id": 1},\n {"id": 2]')
    assert told(tmp_path / "c.json").startswith("c.json:2: not JSON: expecting ',' delimiter")
    (tmp_path / "c.json").write_text('{"cases": []}')
    assert "holds one list of objects" in told(tmp_path / "c.json")
    (tmp_path / "c.json").write_text("[" * 100_000)
    assert "more than 100 levels are nested" in told(tmp_path / "c.json")


def test_the_first_fault_and_the_number_of_others(tmp_path: Path) -> None:
    lines = [json.dumps({"id": i, **({"weigth": 1} if i % 3 == 1 else {})}) for i in range(30)]
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    said = "c.jsonl:2: unknown key 'weigth' (9 more lines with a problem: 5, 8, 11, 14, 17, ...). Nearest: 'weight'"
    assert told(tmp_path / "c.jsonl").startswith(said)
    (tmp_path / "c.jsonl").write_text("oops\n" * 5000)
    assert "(at least 999 more lines with a problem: 2, 3," in told(tmp_path / "c.jsonl")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "c.csv: the file is empty"),
        ("id,input\n", "c.csv: the file holds no cases"),
        ("input\nx\n", "c.csv: there is no column 'id'. Columns found: input"),
        ("id,expcted\n1,2\n", "c.csv: unknown column 'expcted'. Nearest: 'expected'"),
        ("id;input\n1;2\n", "c.csv: unknown column 'id;input'. The columns seem to be separated by something else"),
        ("id,tags\n1,2\n", "c.csv: unknown column 'tags'. Write one column a tag: tags.NAME"),
        ("id,id\n1,2\n", "c.csv: the column 'id' appears twice"),
        ("id,input,input.x\n1,2,3\n", "c.csv: the columns 'input' and 'input.x' stand side by side"),
        ('id,input\n1,"a\nb"\n2,x,y\n', "c.csv:4: the row has 3 cells, and the header has 2"),
        ("id,input\n1,x\n1,y\n", "c.csv:3: id '1' was used before, on line 2"),
        ("id,input\n,x\n", "c.csv:2: the row has no id"),
        ("id,weight\n1,-2\n", "c.csv:2: weight is -2; it must be a finite number above 0"),
        ("id,weight\n1,heavy\n", "c.csv:2: weight is 'heavy'; it must be a finite number above 0"),
        ("id,weight\n1,nan\n", "c.csv:2: weight is nan; it must be a finite number above 0"),
        ("id,expected\n1,1e999\n", "c.csv:2: 1e999 is too large for a number"),
        ("id,expected\n1," + "9" * 5000 + "\n", "c.csv:2: a number of 5,000 characters is too long"),
        ('id,input\n1,"open\n', "c.csv:2: not CSV: unexpected end of data"),
    ],
)
def test_csv(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.csv").write_text(text)
    assert told(tmp_path / "c.csv").startswith(said)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": ["a", "a"]}, "c.parquet, row 2: id 'a' was used before, on row 1"),
        ({"id": ["a", None]}, "c.parquet, row 2: the row has no id"),
        ({"id": [1.0, 2.0]}, "c.parquet: the column 'id' is of type double; ids are texts or whole numbers"),
        ({"id": ["a", "b"], "expected": [1.0, float("nan")]}, "c.parquet, row 2: expected: nan is not a finite number"),
        ({"id": ["a", "b"], "input.x": [1.0, np.inf]}, "c.parquet, row 2: input.x: inf is not a finite number"),
        ({"id": ["a", "b"], "expected": [[1.0], [np.nan]]}, "c.parquet, row 2: expected: nan is not a finite number"),
        ({"id": ["a", "b"], "tags.x": [1.0, np.nan]}, "c.parquet, row 2: tags.x: nan is not a finite number"),
        ({"id": ["a", "b"], "weight": [1.0, 0.0]}, "c.parquet, row 2: weight is 0; it must be a finite number above 0"),
        ({"id": ["a", "b"], "weight": ["1", "2"]}, "c.parquet: weight: the column type string is no number"),
        ({"id": ["a", "b"], "input": [b"a", b"b"]}, "c.parquet: input: the column type binary has no JSON form"),
        ({"id": ["a", "b"], "tags.x": [[1], [2]]}, "c.parquet: tags.x: the column type list"),
        (
            {"id": ["a", "b"], "tags": ["x", "y"]},
            "c.parquet: the column 'tags' is of type string. Write one column a",
        ),
        ({"id": ["a", "b"], "lable": [1, 2]}, "c.parquet: unknown column 'lable'"),
        ({"id": pa.array([], pa.string())}, "c.parquet: the file holds no cases"),
    ],
)
def test_parquet(tmp_path: Path, columns: dict[str, object], said: str) -> None:
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    assert told(tmp_path / "c.parquet").startswith(said)


def test_the_row_is_found_in_a_later_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(1000.0)
    values[737] = np.nan
    ids = pa.array(np.arange(1000))
    pq.write_table(pa.table({"id": ids, "expected": pa.array(values, from_pandas=False)}), tmp_path / "c.parquet")
    monkeypatch.setattr("evalkit.engine.case_parquet.BATCH_ROWS", 100)
    assert told(tmp_path / "c.parquet").startswith("c.parquet, row 738: expected: nan is not a finite number")


def test_pandas_index_is_passed_over(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "__index_level_0__": [7]}), tmp_path / "c.parquet")
    assert read_cases(tmp_path / "c.parquet").ids.to_pylist() == ["a"]


@pytest.mark.parametrize("name", ["c.jsonl", "c.csv", "c.json"])
def test_bytes_that_are_not_utf8(tmp_path: Path, name: str) -> None:
    good = b'id,input\n1,"x"\n' if name == "c.csv" else b'{"id": 1,\t"x"}\n'
    (tmp_path / name).write_bytes(good + b"caf\xe9\n")
    line = 3 if name == "c.csv" else 2
    assert told(tmp_path / name).startswith(f"{name}:{line}: byte {len(good) + 3} (0xe9) is not UTF-8")
    (tmp_path / name).write_bytes("id,input\n".encode("utf-16"))
    assert "byte 0 (0xff) is not UTF-8. Save the file as UTF-8" in told(tmp_path / name)


def test_the_byte_is_counted_from_the_start_of_a_long_file(tmp_path: Path) -> None:
    row = b"1234,5678\n"
    (tmp_path / "c.csv").write_bytes(b"id,input\n" + row * 150_000 + b"\xff\n")
    assert told(tmp_path / "c.csv").startswith(f"c.csv:150002: byte {9 + 1_500_000} (0xff)")
    (tmp_path / "c.jsonl").write_bytes(b"\xef\xbb\xbf" + b'{"id":1}\n' * 150_000 + b"\xff\n")
    assert told(tmp_path / "c.jsonl").startswith(f"c.jsonl:150001: byte {3 + 1_350_000} (0xff)")


def test_files_that_are_not_there_or_no_cases(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text("")
    assert told(tmp_path / "cases.jsonl").startswith("cases.jsonl: the file holds no cases")
    said = "case.jsonl: there is no such cases file. Nearest: 'cases.jsonl'. In '"
    assert told(tmp_path / "case.jsonl").startswith(said)
    assert "does not exist either" in told(tmp_path / "no" / "cases.jsonl")
    (tmp_path / "d.jsonl").mkdir()
    assert "this is a folder" in told(tmp_path / "d.jsonl")
    (tmp_path / "c.xlsx").write_text("x")
    assert "the suffix says no known format. Use one of .jsonl, " in told(tmp_path / "c.xlsx")
    (tmp_path / "c.parquet").write_text("x")
    assert told(tmp_path / "c.parquet").startswith("c.parquet: not a readable Parquet file: ")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"id\n1\n")[:-9])
    assert "not a whole gzip file" in told(tmp_path / "c.csv.gz")
    (tmp_path / "c.jsonl.gz").write_text("x")
    assert "not a whole gzip file" in told(tmp_path / "c.jsonl.gz")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "c.jsonl").write_text("{}")
    monkeypatch.setattr(Path, "open", refuse)
    assert told(tmp_path / "c.jsonl").startswith("c.jsonl: the cases cannot be read: permission denied")


def test_an_endless_line_and_endless_tags_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.perf_counter()
    rows = [json.dumps({"id": i, "tags": {f"t{i}": 1}}) for i in range(5_000)]
    (tmp_path / "tags.jsonl").write_text("\n".join(rows))
    assert "the rows from here on have more than 1,000 different tags" in told(tmp_path / "tags.jsonl")
    with monkeypatch.context() as patch:
        patch.setattr("evalkit.engine.case_jsonl.BLOCK_BYTES", 5_000)
        assert "the cases have 5,000 different tags; the limit is 1,000" in told(tmp_path / "tags.jsonl")
    monkeypatch.setattr("evalkit.engine.case_jsonl.MAX_LINE_BYTES", 3_000_000)
    (tmp_path / "line.jsonl").write_text('{"id": 1}\n{"id": "' + "x" * 5_000_000)
    assert told(tmp_path / "line.jsonl").startswith("line.jsonl:2: the line is longer than 3,000,000 bytes")
    assert time.perf_counter() - start < 10


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([".jsonl", ".csv", ".json"]),
    st.one_of(
        st.binary(max_size=80),
        st.text('{}[]":,idexpct1.0 \n\\ueN"', max_size=60).map(str.encode),
        st.lists(
            st.dictionaries(
                st.sampled_from(["id", "input", "expected", "group", "tags", "weight", "x"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
                    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
                ),
                max_size=4,
            ),
            max_size=3,
        ).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()),
    ),
)
def test_any_bytes_give_cases_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(data)
    said, where = "", str(path)
    try:
        said = f"{len(read_cases(path))} cases"
    except InputError as error:
        said, where = str(error), error.where
    assert said
    assert where.startswith(str(path))
    assert "different tags" not in said  # what is said of rows that have no fault each
