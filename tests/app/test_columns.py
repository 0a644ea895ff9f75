"""CSV columns: what is no number is refused in a sentence with its line, and nothing is dropped."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.app.columns import read_columns
from evalkit.core.errors import InputError


def write(folder: Path, text: str) -> Path:
    file = folder / "scores.csv"
    file.write_bytes(text.encode())
    return file


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("v\n1\n0.5\n-2e3\n", [1, 0.5, -2000]),
        ("\ufeffv\r\n1\r\n0\r\n", [1, 0]),
        ('id,v\n"a, b","1"\nc,\n', [1, np.nan]),
        ("v\ntrue\nFALSE\n 1 \n", [1, 0, 1]),
        ("v\n1\n\n0\n", [1, np.nan, 0]),
        ('v,w\n,\n"",3\n', [np.nan, np.nan]),
        (" v ,w\n.5,x\n", [0.5]),
    ],
)
def test_numbers_are_read_and_empty_cells_are_unscored(tmp_path: Path, text: str, values: list[float]) -> None:
    assert read_columns(write(tmp_path, text)).numbers("v") == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("v\n1\nnan\n", 3, "Leave the cell empty"),
        ("v\ninf\n", 2, "not a finite number"),
        ("v\n1e999\n", 2, "beyond 1e+140"),
        ("v\n1\n-1e141\n", 3, "beyond 1e+140"),
        ('v,w\n"0,5",1\n', 2, "decimal point"),
        ("v\n50%\n", 2, "Write 0.5"),
        ("v\n1_000\n", 2, "not a finite number"),
        ("v\nyes\n", 2, "'yes'"),
        ('id,v\n"a\nb",1\nc,x\n', 4, "'x'"),
        ("v;w\n1;2\n", 1, "semicolons"),
        ("v,w\n1\n", 2, "1 cell, and the header has 2"),
        ("v,v\n1,2\n", 1, "twice"),
        ("1,0\n1,0\n", 1, "first line holds numbers"),
        ('v\n"1\n', 2, "not CSV"),
        ("v\x00\n1\n\x00\n", 3, "not a finite number"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_columns(write(tmp_path, text)).numbers("v\x00" if "\x00" in text else "v")
    assert caught.value.where.endswith(f"scores.csv:{line}")
    assert said in str(caught.value)


@pytest.mark.parametrize(("text", "said"), [("", "empty"), ("v\n", "no row")])
def test_a_file_without_rows_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_columns(write(tmp_path, text))


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    columns = read_columns(write(tmp_path, "correct,group\n1,a\n"))
    with pytest.raises(InputError, match="Nearest: 'correct'"):
        columns.numbers("corect")
    with pytest.raises(InputError, match=r"scores\.csv:3.*'group' is empty"):
        read_columns(write(tmp_path, "correct,group\n1,a\n0,\n")).texts("group", empty=False)


def test_bytes_that_are_not_utf8_and_files_that_are_not_there(tmp_path: Path) -> None:
    file = tmp_path / "latin.csv"
    file.write_bytes(b"v\n\xe9\n")
    with pytest.raises(InputError, match=r"latin\.csv:2: byte 2"):
        read_columns(file)
    with pytest.raises(InputError, match="no such CSV"):
        read_columns(tmp_path / "none.csv")
