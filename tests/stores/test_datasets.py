"""Datasets: versions by name, parts by content, nothing changed unseen."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from evalkit.core.errors import InputError, StoreError
from evalkit.stores.chains import SqliteChains
from evalkit.stores.datasets import LocalDatasets


@pytest.fixture
def datasets(tmp_path: Path) -> LocalDatasets:
    return LocalDatasets(tmp_path, SqliteChains(tmp_path, clock=lambda: 1e9), clock=lambda: 1e9)


def rows(*values: int | None) -> pa.Table:
    return pa.table({"x": pa.array(values, pa.int64())})


def test_versions_share_what_stays(datasets: LocalDatasets) -> None:
    first = datasets.add("d", [rows(1, 2), rows(3)], made_by="test")
    again = datasets.add("d", [rows(1, 2), rows(3)])
    more = datasets.add("d", [rows(None)], onto=first, parents=[first.digest])
    assert (first.version, again, more.version) == (1, first, 2)
    assert more.parts[:2] == first.parts
    assert datasets.table(more)["x"].to_pylist() == [1, 2, 3, None]
    assert [d.version for d in datasets.versions("d")] == [1, 2]
    assert datasets.find("d") == more == datasets.find("d@2") == datasets.find(more.digest[:12])
    assert datasets.find("dataset:d@1") == first
    assert datasets.verify(more) == []


def test_a_name_that_comes_back_to_old_rows_has_a_new_version(datasets: LocalDatasets) -> None:
    first, second, third = (datasets.add("d", [rows(x)]) for x in (1, 2, 1))
    assert (first.digest == third.digest, second.version, third.version) == (True, 2, 3)


@pytest.mark.parametrize("ref", ["d@0", "d@2", "d@x", "none", "0" * 64])
def test_what_is_not_there_is_said(datasets: LocalDatasets, ref: str) -> None:
    datasets.add("d", [rows(1)])
    with pytest.raises(InputError):
        datasets.find(ref)


def test_other_columns_are_refused(datasets: LocalDatasets) -> None:
    with pytest.raises(InputError, match="without x; with the new y"):
        datasets.add("d", [rows(1), pa.table({"y": [1]})])
    assert datasets.names() == []


@pytest.mark.parametrize("name", ["x", ""])
def test_a_name_of_two_columns_is_refused(datasets: LocalDatasets, name: str) -> None:
    """As a join gives them: `plain` would take them, and no reader of Parquet would give them back."""
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], [name, "y", name])
    with pytest.raises(InputError, match=f"two columns are called '{name}'"):
        datasets.add("d", [twice])
    with pytest.raises(InputError, match="Rename one of them"):
        datasets.keep(twice)
    assert (datasets.names(), datasets.folder.exists()) == ([], False)


def test_what_was_changed_or_lost_is_named(datasets: LocalDatasets) -> None:
    made = datasets.add("d", [rows(1), rows(2)])
    first, second = (datasets.path_of(part) for part in made.parts)
    parquet.write_table(rows(7), first)
    second.unlink()
    said = datasets.verify(made)
    assert "was changed" in said[0]
    assert "gone or damaged" in said[1]
    with pytest.raises(StoreError, match="gone or damaged"):
        datasets.table(made)


def test_an_empty_dataset_keeps_its_columns(datasets: LocalDatasets) -> None:
    made = datasets.add("d", [rows()])
    assert (made.rows, made.columns) == (0, {"x": "int64"})
    assert datasets.table(made).schema == pa.schema([("x", pa.int64())])


def test_a_name_that_is_a_path_is_refused(datasets: LocalDatasets) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        datasets.add("../d", [rows(1)])


def test_columns_keep_their_order(datasets: LocalDatasets) -> None:
    table = pa.table({"b": [1], "a": [2]})
    first = datasets.add("d", [table])
    assert list(datasets.find("d").columns) == ["b", "a"]
    more = datasets.add("d", [table], onto=datasets.find("d"))
    assert datasets.table(more).column_names == ["b", "a"]
    assert datasets.find("d") == more
    assert datasets.find("d@1") == first
    with pytest.raises(InputError, match="in another order"):
        datasets.add("d", [table.select(["a", "b"])], onto=more)
