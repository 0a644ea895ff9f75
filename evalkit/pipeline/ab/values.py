"""One number a unit: what its rows come to under a metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.ab.asked import Asked, Kind, Wanted
from evalkit.pipeline.ab.log import Outcomes
from evalkit.pipeline.ab.trial import Rows, Trial

__all__ = ["Values", "asked_of", "unit_values"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Values:
    """A metric by unit.

    Attributes:
        values: (u,) of each unit, NaN where it has none; of a ratio its numerators.
        over: (u,) denominators of a ratio; else None.
        earlier: (u,) the same metric before the first exposure, for CUPED; None where it was not asked for.
    """

    values: Floats
    over: Floats | None = None
    earlier: Floats | None = None


def unit_values(trial: Trial, asked: Asked, *, earlier: bool = False) -> Values:
    """A unit without rows is 0 for proportion, sum and ratio, and missing for mean and rows."""
    units = len(trial.arm)
    codes = [trial.metrics.index(name) for name in asked.needs]
    if asked.kind == "rows":
        here = trial.after.unit[trial.after.metric == codes[0]]
        counts = np.bincount(here, minlength=units).astype(np.float64)
        return Values(np.where(counts > 0, _summed(trial.after, codes[0], units), np.nan), counts)
    if asked.kind == "ratio":
        top, bottom = (_summed(trial.after, code, units) for code in codes)
        return Values(top, bottom)
    values = _one(trial.after, codes[0], units, asked.kind)
    if not earlier:
        return Values(values)
    past = _one(trial.before, codes[0], units, asked.kind)
    blank = np.isnan(past)
    if blank.any():
        past[blank] = past[~blank].mean() if not blank.all() else 0.0
    return Values(values, earlier=past)


def _one(rows: Rows, code: int, units: int, kind: Kind) -> Floats:
    here = rows.taken(rows.metric == code)
    if kind == "proportion":
        any_: Floats = (np.bincount(here.unit, here.value != 0, units) > 0).astype(np.float64)
        return any_
    sums: Floats = np.bincount(here.unit, here.value, units).astype(np.float64)
    if kind == "sum":
        return sums
    counts = np.bincount(here.unit, minlength=units)
    means: Floats = np.divide(sums, counts, out=np.full(units, np.nan), where=counts > 0)
    return means


def _summed(rows: Rows, code: int, units: int) -> Floats:
    return _one(rows, code, units, "sum")


def asked_of(wanted: Sequence[Wanted], outcomes: Outcomes) -> list[Asked]:
    """The metrics that are analysed: those that are wanted, or all that occur.

    Without a kind, a metric of 0 and 1 only is a proportion, any other a mean, unless the outcomes say what it is. More
    is better where nobody says.

    Raises:
        InputError: a metric without a row, one that is asked for twice, a proportion with another value than 0 and 1, a
            denominator below 0.
    """
    there = sorted(set(outcomes.metric.unique().to_pylist()))
    asked: list[Asked] = []
    for name, said, way in wanted or [(name, None, None) for name in there]:
        known = outcomes.known.get(name, (None, None))
        kind, better = said or known[0], way or known[1] or "higher"
        one = Asked(name, kind or "mean", better)
        for need in one.needs:
            if need not in there:
                raise InputError(
                    f"no outcome has the metric {need!r:.60}",
                    outcomes.place.file,
                    did_you_mean(need, there, "metrics of the file"),
                )
        if kind is None:
            one = Asked(name, "mean" if _unlike_shares(outcomes, name).any() else "proportion", better)
        _checked(one, outcomes)
        asked.append(one)
    twice = next(
        (one for i, one in enumerate(asked) if (one.name, one.kind) in {(a.name, a.kind) for a in asked[:i]}), None
    )
    if twice is not None:
        raise InputError(f"{twice.name}:{twice.kind} is asked for twice", "--metric", "Ask for it once")
    return asked


def _of(outcomes: Outcomes, name: str) -> npt.NDArray[np.bool_]:
    marked: npt.NDArray[np.bool_] = np.asarray(pc.equal(outcomes.metric, name).to_numpy(zero_copy_only=False))
    return marked


def _unlike_shares(outcomes: Outcomes, name: str) -> npt.NDArray[np.bool_]:
    """(n,) rows of a metric whose value is neither 0 nor 1."""
    marked: npt.NDArray[np.bool_] = _of(outcomes, name) & (outcomes.value != 0) & (outcomes.value != 1)
    return marked


def _checked(asked: Asked, outcomes: Outcomes) -> None:
    if asked.kind == "proportion" and (bad := _unlike_shares(outcomes, asked.name)).any():
        row = int(np.argmax(bad))
        what = f"{asked.name!r:.60} is {outcomes.value[row]:g}, and a proportion is made of 0 and 1"
        remedy = f"Correct the value, or ask for {asked.name}:mean or {asked.name}:sum"
        raise InputError(what, outcomes.place.of(row), remedy)
    if asked.kind == "ratio" and (bad := _of(outcomes, asked.needs[1]) & (outcomes.value < 0)).any():
        row = int(np.argmax(bad))
        what = f"{asked.needs[1]!r:.60} is {outcomes.value[row]:g}, and a denominator is 0 or more"
        raise InputError(what, outcomes.place.of(row), "Correct the value")
