"""Definitions: what their digest covers, what they compute, and what is said of those that are no functions."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import evalkit
from evalkit.core.errors import InputError, RunBroke
from evalkit.pipeline.contract import Contract
from evalkit.pipeline.features import Feature, FeatureSet, determinism, feature
from evalkit.stores.chains import SqliteChains
from evalkit.stores.datasets import LocalDatasets
from tests.pipeline.features import sample


def trips(n: int = 60) -> pa.Table:
    rng = np.random.default_rng(4)
    return pa.table(
        {
            "trip": np.arange(n),
            "at": pa.array(np.arange(n) * 3_600_000_000, pa.timestamp("us")),
            "metres": rng.uniform(1e3, 9e4, n),
            "hours": pa.array([None if i % 9 == 0 else float(x) for i, x in enumerate(rng.uniform(0, 2, n))]),
            "other": rng.uniform(size=n),
        }
    )


def defined(source: str, tmp_path: Path, name: str = "speed") -> Feature:
    """A definition of a file with this source."""
    path = tmp_path / f"m{abs(hash(source))}.py"
    path.write_text(f"from evalkit.pipeline.features import feature\n{source}", encoding="utf-8")
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), vars(module))
    found = vars(module)[name]
    assert isinstance(found, Feature)
    return found


BASE = """
LIMIT = 3

def helper(x):
    return x

@feature(["x"], factor=2)
def speed(table, factor):
    return [helper(v) * factor + LIMIT for v in table["x"].to_pylist()]
"""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("def speed", "# a comment\ndef speed", True),
        ("(table, factor):", "(table, factor):\n    '''Told.'''", True),
        ("(table, factor)", "(table: object, factor: int) -> list", True),
        ("* factor", "/ factor", False),
        ("factor=2", "factor=3", False),
        ("LIMIT = 3", "LIMIT = 4", False),
        ("return x", "return -x", False),
        ('["x"]', '["x", "y"]', False),
        ("factor=2", "version=2, factor=2", False),
        ("factor=2", "rowwise=False, factor=2", False),
    ],
)
def test_the_digest_is_of_what_is_computed(tmp_path: Path, old: str, new: str, same: bool) -> None:
    changed = BASE.replace(old, new, 1)
    assert changed != BASE
    assert (defined(BASE, tmp_path).digest == defined(changed, tmp_path).digest) is same


def test_parameters_are_part_of_the_digest() -> None:
    other = sample.speed.with_params(at_least=1.0)
    assert other.digest != sample.speed.digest
    assert other.with_params(at_least=0.1).digest == sample.speed.digest
    with pytest.raises(InputError, match="no parameter 'most'"):
        sample.speed.with_params(most=1)


def test_a_set_computes_in_order_and_keeps_rows() -> None:
    table = trips()
    found = sample.TRIPS.compute(table, kept=["other"])
    assert found.column_names == ["trip", "at", "other", "kilometres", "speed", "half", "slow", "rounded"]
    assert found["trip"].equals(table["trip"])
    hours, metres = (table[name].to_pylist()[1] for name in ("hours", "metres"))
    assert found["speed"].to_pylist()[1] == pytest.approx(metres / 1000 / max(hours, 0.1))
    assert found["rounded"].null_count == table["hours"].null_count
    assert sample.TRIPS.inputs == ["trip", "at", "metres", "hours"]
    with pytest.raises(InputError, match=r"trips: the column 'hours' is not there"):
        sample.TRIPS.compute(table.drop_columns(["hours"]))


def test_what_is_trained_on_is_what_is_served() -> None:
    table = trips()
    found = sample.TRIPS.compute(table)
    for i in (0, 1, 17):
        request = {name: table[name][i].as_py() for name in table.column_names}
        served = sample.TRIPS.on_demand(request, table.schema)
        assert served == {name: found[name][i].as_py() for name in sample.TRIPS.outputs}
    with pytest.raises(InputError, match="the request has no 'metres'"):
        sample.TRIPS.on_demand({"trip": 1, "at": None})
    with pytest.raises(InputError, match="does not fit the training rows"):
        sample.TRIPS.on_demand({"trip": 1, "at": None, "metres": "far", "hours": 1.0}, table.schema)
    with pytest.raises(InputError, match="rank needs other rows"):
        FeatureSet("ranked", (sample.rank,)).on_demand({"hours": 1.0})


def test_offline_is_a_dataset_with_its_parents(tmp_path: Path) -> None:
    datasets = LocalDatasets(tmp_path, SqliteChains(tmp_path))
    source = datasets.add("raw", [trips()])
    made = sample.TRIPS.offline(datasets, source)
    assert (made.name, made.parents, made.rows) == ("trips", [source.digest, sample.TRIPS.digest], 60)
    assert made.parent_names == {sample.TRIPS.digest: "features trips"}
    assert sample.TRIPS.offline(datasets, source).digest == made.digest


def raising(table: Any) -> Any:
    raise ZeroDivisionError("oh")


def leaving(table: Any) -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("function", "error", "said"),
    [
        (raising, RunBroke, "the feature raising raised ZeroDivisionError: oh"),
        (leaving, RunBroke, "the feature leaving raised SystemExit: 3"),
        (lambda table: [1], InputError, "gave 1 values of <lambda> for 60 rows"),
        (lambda table: {"x": [1]}, InputError, "gave x, and declares <lambda>"),
        (lambda table: [object()] * 60, InputError, "gave no column as <lambda>"),
    ],
)
def test_definitions_that_break(function: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        feature(["hours"])(function).compute(trips())


def test_a_column_of_pandas_goes_by_its_index() -> None:
    table = trips().drop_null()

    def total(frame: Any) -> Any:
        return frame.sort_values("metres", ascending=False)["metres"].cumsum()

    got = feature(["metres"], rowwise=False, frames=True)(total).compute(table)["total"].to_numpy()
    metres = table["metres"].to_numpy()
    assert got == pytest.approx([metres[metres >= one].sum() for one in metres])
    for function in (lambda f: f["metres"].set_axis(f.index + 1), lambda f: f.set_index(["metres", "hours"])["at"]):
        with pytest.raises(InputError, match="whose index is not the frame's"):
            feature(["metres", "hours", "at"], frames=True)(function).compute(table)


def test_misuse_is_a_sentence() -> None:
    with pytest.raises(InputError, match="Give a list of columns"):
        feature("x")
    with pytest.raises(InputError, match="'kilometres' is made twice"):
        FeatureSet("twice", (sample.kilometres, sample.kilometres))
    with pytest.raises(InputError, match="is no feature"):
        FeatureSet("odd", (len,))  # type: ignore[arg-type]
    slow, frame = sample.kilometres, trips().to_pandas()
    misuses: list[tuple[Callable[[], Any], str]] = [
        (lambda: feature(len), "inputs of a feature is <built-in"),  # type: ignore[arg-type]
        (lambda: feature(["x"], outputs="yz"), "outputs of a feature is 'yz'"),
        (lambda: feature(["x"], cut=object()), "the parameters of a feature are no JSON"),
        (lambda: feature(["x"])(functools.partial(len)), "a feature is made of functools"),
        (lambda: FeatureSet("s", slow), "features is Feature"),  # type: ignore[arg-type]
        (lambda: FeatureSet("s", (slow,), keys="trip"), "keys is 'trip'"),  # type: ignore[arg-type]
        (lambda: FeatureSet("s", (slow,), keys=("trip", "trip")), "a key is named twice"),
        (lambda: FeatureSet("s", (slow,)).compute(frame), "s: features are computed on Arrow tables, not on a Data"),
        (lambda: slow.compute(pa.table([[1], [2]], names=["metres"] * 2)), "'metres' is there 2 times"),
        (lambda: FeatureSet("s", (slow,)).compute(trips(), kept="at"), "kept is 'at'"),
        (lambda: FeatureSet("s", (slow,)).on_demand([1]), "the request is a list"),  # type: ignore[arg-type]
        (lambda: FeatureSet("s", (slow,)).on_demand({"metres": 1}, pa.schema([])), "the schema has no 'metres'"),
    ]
    for misuse, said in misuses:
        with pytest.raises(InputError, match=said):
            misuse()


def test_what_stages_are_declared_with_is_at_the_top() -> None:
    assert (evalkit.feature, evalkit.FeatureSet, evalkit.Contract) == (feature, FeatureSet, Contract)
    assert {"feature", "FeatureSet", "Contract"} <= set(evalkit.__all__)


def test_good_definitions_pass() -> None:
    found = determinism(sample.TRIPS, trips(), elsewhere=False)
    assert (found.faults, found.unchecked) == ([], [])
    assert determinism(sample.rank, trips().drop_null(), elsewhere=False).faults == []


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (sample.by_clock, "gives other values the second time; it uses a clock (time)"),
        (sample.by_day, "uses a clock (datetime.now)"),
        (sample.by_another_name, "uses a clock (Moment.now)"),
        (sample.by_chance, "the second time; it uses random numbers (random)"),
        (sample.by_chance_of_numpy, "the second time; it uses random numbers (np.random)"),
        (sample.by_state, "the second time; it uses a global that can change (SEEN)"),
        (sample.by_environment, "uses the environment (os)"),
        (sample.by_hash, "uses the seed of hashes (hash)"),
        (sample.by_place, "when the rows stand in another order"),
        (sample.by_mean, "depends on other rows than its own: declare it with rowwise=False"),
    ],
)
def test_what_is_no_function_of_its_inputs_is_named(definition: Feature, said: str) -> None:
    faults = determinism(definition, trips(), elsewhere=False).faults
    assert any(said in fault and definition.name in fault for fault in faults), faults


@pytest.mark.slow
def test_another_process_with_another_seed_of_hashes() -> None:
    assert determinism(sample.TRIPS, trips()) == determinism(sample.TRIPS, trips(), elsewhere=False)
    (fault,) = determinism(sample.by_set, trips()).faults
    assert fault == "the feature by_set gives other values in another process, time zone and seed of hashes"


def test_a_definition_of_no_file_is_told() -> None:
    space: dict[str, Any] = {"feature": feature}
    exec("@feature(['hours'])\ndef made(table):\n    return table['hours']\n", space)
    found = determinism(space["made"], trips())
    assert found.faults == []
    assert found.unchecked == ["the feature made was not computed in another process: it is defined in no file"]
