"""Files of human labels: what is read, what is refused and where, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.app.label_cells import cells_of_row, plain_cell, row_of_cells, safe_cell
from evalkit.app.label_files import human_of, item_digest, read_labels
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_labels_are_columns_with_a_strict_majority(tmp_path: Path) -> None:
    several = {"item": "b", "output": {"x": 1}, "human": {"ann": "no", "bo": "no", "cy": "yes", "di": None}}
    split = {"item": 3, "output": 1.5, "human": {"ann": "no", "bo": "yes"}, "group": "g", "system": "s", "weight": 2}
    rows = [{"item": "a", "input": "?", "output": "x", "human": "yes", "tags": {"t": "u"}}, several, split]
    found = read_labels(write(tmp_path / "l.jsonl", *rows, {"item": "d", "output": None, "human": ""}), ["yes", "no"])
    assert found.items == ["a", "b", "3", "d"]
    assert found.human == ["yes", "no", None, None]
    assert found.groups == ["a", "b", "g", "d"]
    assert found.annotators == ["", "ann", "bo", "cy"]
    assert (found.n_waiting, found.n_split, found.weighted, found.pair) == (1, 1, True, False)
    assert found.rows[0].expected is MISSING
    assert found.rows[3].output is None
    assert item_digest("a") in found.item_digests
    assert item_digest("d") not in found.item_digests
    assert [human_of(row) for row in rows] == ["yes", "no", None]


def test_the_digest_is_of_the_content_in_any_order(tmp_path: Path) -> None:
    rows = [{"item": str(i), "output": i, "human": "yes"} for i in range(3)]
    one, two = (read_labels(write(tmp_path / f"{n}.jsonl", *r)) for n, r in (("a", rows), ("b", rows[::-1])))
    assert one.digest == two.digest
    other = read_labels(write(tmp_path / "c.jsonl", *rows[:2], {**rows[2], "human": "no"}))
    assert other.digest != one.digest


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"item": "b", "human": "Yess"}, "'Yes'"),
        ({"item": "b", "human": True}, "the label is true"),
        ({"item": "b", "human": {"ann": "maybe"}}, "of annotator 'ann'"),
        ({"item": True, "human": "Yes"}, "item is true"),
        ({"human": "Yes"}, "item is null"),
        ({"item": "a", "human": "No"}, "stands there already"),
        ({"item": "b", "humans": "Yes"}, "Did you mean 'human'"),
        ({"item": "b", "output_1": "x"}, "there is no output_2"),
        ({"item": "b", "output": "x", "output_1": "x", "output_2": "y"}, "a pair of outputs"),
        ({"item": "b", "output_1": "x", "output_2": "y"}, "some have two"),
        ({"item": "b", "weight": 0}, "weight is 0"),
        ({"item": "b", "tags": ["x"]}, "tags is"),
        ({"item": "b", "group": ["x"]}, "group is"),
    ],
)
def test_a_row_that_cannot_be_used_names_its_line(tmp_path: Path, row: dict[str, object], said: str) -> None:
    file = write(tmp_path / "l.jsonl", {"item": "a", "human": "Yes"}, row)
    with pytest.raises(InputError) as error:
        read_labels(file, ["Yes", "No"])
    assert f"{file}:2" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["", "\n\n", "[1]", "{", '{"item": "a", "item": "b"}', '{"item": "a", "weight": NaN}'])
def test_a_file_that_holds_no_rows_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "l.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_labels(file)


def test_csv_has_the_same_columns(tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    text = 'item,output,output.json,human.ann,human.bo,weight,tags.t\na,"\'=1+1",,yes,,2,u\nb,,"{""x"": 1}",no,no,,\n'
    file.write_text(text, encoding="utf-8")
    found = read_labels(file)
    assert [row.output for row in found] == ["=1+1", {"x": 1}]
    assert [row.humans for row in found] == [{"ann": "yes"}, {"ann": "no", "bo": "no"}]
    assert [(row.weight, row.tags) for row in found] == [(2.0, {"t": "u"}), (1.0, {})]


@settings(max_examples=30)
@given(st.text(max_size=12))
def test_no_cell_is_a_formula_and_every_cell_comes_back(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain_cell(safe_cell(text)) == text


@settings(max_examples=15)
@given(
    st.text(min_size=1, max_size=8).filter(lambda t: t.strip()),
    st.integers() | st.lists(st.text(max_size=4), max_size=3),
)
def test_a_row_survives_its_cells(text: str, value: object) -> None:
    row = {"item": "a", "input": value if not isinstance(value, str) else [value], "output": text, "human": {"x": "y"}}
    assert row_of_cells(cells_of_row(row), "here") == row


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "labels.jsonl", {"item": "a"})
    with pytest.raises(InputError, match=r"Nearest: 'labels\.jsonl'"):
        read_labels(tmp_path / "label.jsonl")


def test_cells_are_written_quoted(tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ["item", "output", "human"])
        writer.writeheader()
        writer.writerow(cells_of_row({"item": "a", "output": '@x,"\n-y', "human": "yes"}))
    assert read_labels(file).rows[0].output == '@x,"\n-y'
