"""SIGKILL: what was reported durable is there, what was not is absent, and nothing is half there."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from evalkit.core.errors import InputError
from evalkit.stores.local import LocalStore
from tests.stores.builders import a_record, crashing, tables


def test_no_reported_row_is_lost_in_20_kills(tmp_path: Path) -> None:
    found = crashing("journal", tmp_path, 7, 20)
    assert len(found) == 20
    assert all(kill["whole"] and kill["found"] >= kill["reported"] > 0 for kill in found)
    assert [kill["found"] for kill in found] == sorted(kill["found"] for kill in found)


def test_a_run_whose_writer_is_killed_at_any_step_is_whole_or_absent(tmp_path: Path) -> None:
    steps = crashing("run", tmp_path)
    assert [step["died"] for step in steps] == [True] * (len(steps) - 1) + [False]
    assert len(steps) > 8  # the folders, each file, the folder of the run, its rename
    states = set()
    for step in steps:
        store = LocalStore(tmp_path / str(step["step"]), clock=lambda: 1.8e9)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            runs = [run.run_id for run in store.runs()]
        assert not said  # nothing half written is even looked at
        states.add(bool(runs))
        if not runs:
            with pytest.raises(InputError, match="no run yet"):
                store.read_record("latest")
            store.write_run(a_record(name="main"), tables(100))  # the next try is not in its own way
        assert store.verify("run-1") == []
        assert store.read_table("run-1", "scores") == tables(100)["scores"]
    assert states == {True, False}
