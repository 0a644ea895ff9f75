"""`evalkit stats ci`: the mean of one column with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evalkit.app.columns import read_columns
from evalkit.app.csv_stats.cases import Measured, Range, known_range, layout, measured
from evalkit.app.csv_stats.results import Unscored, described, refused
from evalkit.engine.hull import View, hull
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import Method, mean

SEED = 0  # of the bootstrap: one file has one interval


def interval(
    path: Path,
    value: str,
    *,
    group: str | None = None,
    case: str | None = None,
    method: Method = "auto",
    level: float = 0.95,
    span: Range | None = None,
    unscored: Unscored = "bounds",
) -> dict[str, Any]:
    """The mean of a column over its scored cases; unscored ones (empty cells) bound the interval.

    Args:
        path: a CSV file.
        value, group, case: names of columns.
        method: of the interval.
        level: two-sided confidence.
        span: the declared range of the values.
        unscored: "bounds" or "missing_at_random".

    Raises:
        InputError: the file, a column, a value or a combination of options cannot be used.
    """
    columns = read_columns(path)
    cases = layout(columns, case, group)
    ends = known_range(columns, [value], span)
    column = measured(columns, value, cases, ends)
    scored = ~np.isnan(column.values)
    missing = int((~scored).sum())

    def infer(view: View) -> Inference:
        select = scored if view == "scored" else np.ones(cases.n, bool)
        groups = None if cases.groups is None else cases.groups[select]
        values = _seen(column, view)[select]
        with refused(path):
            chosen = _method(method, column, groups is not None, view, ends)
            return mean(values, groups, method=chosen, bounds=ends, seed=SEED)

    left_out = unscored == "missing_at_random"
    found = hull(int(scored.sum()), 0 if left_out else missing, infer, ends is None, None)
    result = described(found, missing, level, unscored, ends)
    if found.complete and found.complete.interval and len(np.unique(column.values[scored])) == 1:
        result["warnings"].append(
            f"all {result['n']:,} scored cases have the same value: their number alone sets the interval"
        )
    return result


def _seen(column: Measured, view: View) -> np.ndarray:
    return {"scored": column.values, "worst": column.low, "best": column.high}[view]


def _method(asked: Method, column: Measured, grouped: bool, view: View, ends: Range | None) -> Method:
    """As gates do: bounds of 0/1 cases are exact throughout, so that one more unscored case narrows nothing."""
    plain = asked == "auto" and column.binary and not grouped and ends == (0.0, 1.0) and view != "scored"
    if plain and bool(np.isin(_seen(column, view), (0.0, 1.0)).all()):
        return "clopper-pearson"
    return "cr1" if asked == "cluster-t" else asked
