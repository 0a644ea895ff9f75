"""Intervals for any statistic that is a function of summed parts, by the (cluster) bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.bca import correction, sides
from evalkit.stats.clusters import Array, Clusters, clusters_of
from evalkit.stats.inference import Inference, Summary, conclude, few_clusters, no_interval
from evalkit.stats.resampling import Distinct, case_totals, distinct, totals

Combine = Callable[[Array], Array]

FEWEST_UNITS = 30
FEWEST_TELLING = 10
MOST_UNDEFINED = 0.1  # share of replicates without a value above which the rest no longer stand for all


def statistic(
    parts: npt.ArrayLike,
    combine: Combine,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
) -> Inference:
    """combine(sum of parts), with a BCa interval where there are data enough for one.

    It takes 30 clusters (cases, where not grouped), and ten that hold a case unlike the commonest of those that bear on
    the statistic; below that the bootstrap's intervals are too short (at worst of width 0), and there is none.

    Args:
        parts: (n, k) finite sufficient statistics of each case.
        combine: (..., k) totals -> (...) values; NaN where it is undefined.
        groups: (n,) cluster ids, or None. Clusters are resampled whole, over the sorted ids; statistics over the same
            clusters that share a seed share the draws.
        seed: from the content of the question.
        replicates: number of resamples, at least 100.

    Raises:
        ValueError: if the parts are not finite or not (n, k), or the shapes differ.
    """
    table = _table(parts, "parts")
    clusters = clusters_of(groups, len(table))

    def telling(rows: Distinct, point: float) -> npt.NDArray[np.bool_]:
        """Cases unlike the commonest among those whose removal moves the statistic."""
        without = _values(combine, table.sum(axis=0) - rows.rows)
        moving = ~(np.abs(without - point) <= 1e-13 * max(1.0, abs(point)))
        if moving.any():
            moving[np.argmax(np.where(moving, rows.counts, -1))] = False
        marked: npt.NDArray[np.bool_] = moving[rows.codes]
        return marked

    return _bootstrap(_Question(table, combine, clusters, seed, replicates), telling)


def paired_statistic(
    parts_a: npt.ArrayLike,
    parts_b: npt.ArrayLike,
    combine: Combine,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
) -> Inference:
    """combine(sum of parts_a) - combine(sum of parts_b), both sides resampled together.

    As `statistic`, but the ten telling clusters are those that hold a case on which the two sides differ.

    Args:
        parts_a, parts_b: (n, k) parts of candidate and baseline on the same cases, in the same order.
        combine, groups, seed, replicates: as in `statistic`.

    Raises:
        ValueError: if the parts are not finite or not (n, k), or the shapes differ.
    """
    a, b = _table(parts_a, "parts_a"), _table(parts_b, "parts_b")
    if a.shape != b.shape:
        raise ValueError(f"paired parts have one shape, not {a.shape} and {b.shape}: compare the same cases")
    width = a.shape[1]
    clusters = clusters_of(groups, len(a))
    differ = (a != b).any(axis=1)

    def contrast(sums: Array) -> Array:
        """The difference from joint totals (..., 2k)."""
        return combine(sums[..., :width]) - combine(sums[..., width:])

    question = _Question(np.hstack([a, b]), contrast, clusters, seed, replicates)
    if len(a) and not differ.any():
        point = float(_values(contrast, question.parts.sum(axis=0)))
        summary = Summary(point if np.isfinite(point) else None, len(a), clusters.n_clusters, identical=True)
        return no_interval(summary, "the two are equal on every case")
    return _bootstrap(question, lambda rows, point: differ)


class _Question(NamedTuple):
    """What is asked of the bootstrap."""

    parts: Array
    combine: Combine
    clusters: Clusters
    seed: int
    replicates: int


def _bootstrap(question: _Question, telling: Callable[[Distinct, float], npt.NDArray[np.bool_]]) -> Inference:
    """The interval, or why there is none."""
    parts, combine, clusters, seed, replicates = question
    if replicates < 100:
        raise ValueError(f"{replicates} replicates cannot hold a 95 % interval; use 1,000 or more")
    clustered = clusters.codes is not None
    summary = Summary(None, len(parts), clusters.n_clusters, warnings=few_clusters(clusters.count) if clustered else ())
    if len(parts) == 0:
        return no_interval(summary._replace(warnings=()), "there are no cases")
    total = parts.sum(axis=0)
    point = float(_values(combine, total))
    if not np.isfinite(point):
        return no_interval(summary, "the statistic is undefined on these cases (a division by zero, or alike)")
    summary = summary._replace(point=point)
    rows = distinct(parts)
    shortage = _shortage(clusters, telling(rows, point))
    if shortage is not None:
        return no_interval(summary, shortage)
    if clustered:
        units = np.column_stack([clusters.sums(column) for column in parts.T])
        sums, kinds, counts = totals(units, seed, replicates), units, None
    else:
        sums, kinds, counts = case_totals(rows, parts, seed, replicates), rows.rows, rows.counts.astype(np.float64)
    return _from_replicates(summary, _values(combine, sums), _values(combine, total - kinds), counts)


def _shortage(clusters: Clusters, marked: npt.NDArray[np.bool_]) -> str | None:
    """Why there are too few units for a bootstrap, or None."""
    name = "cases" if clusters.codes is None else "clusters"
    if clusters.count < FEWEST_UNITS:
        return f"a bootstrap interval takes {FEWEST_UNITS} {name}; there are {clusters.count}"
    telling = clusters.touched(marked)
    if telling < FEWEST_TELLING:
        return (
            f"only {telling} of {clusters.count} {name} are unlike the rest; "
            f"a bootstrap interval takes {FEWEST_TELLING} that are"
        )
    return None


def _from_replicates(summary: Summary, drawn: Array, jackknife: Array, counts: Array | None) -> Inference:
    """BCa where its constants exist, percentiles where they do not, nothing where the replicates do not vary."""
    point = summary.point
    defined = drawn[np.isfinite(drawn)]
    lost = len(drawn) - len(defined)
    if lost > MOST_UNDEFINED * len(drawn):
        return no_interval(summary, f"the statistic is undefined in {lost:,} of {len(drawn):,} resamples")
    if lost:
        said = f"{lost:,} of {len(drawn):,} resamples were left out: the statistic is undefined there"
        summary = summary._replace(warnings=(*summary.warnings, said))
    if point is None or np.ptp(defined) <= 1e-12 * max(1.0, abs(point)):
        return no_interval(summary, "every resample gives the same value, so the spread is not known")
    constants = correction(defined, point, jackknife, counts)
    if constants.usable:
        return conclude(summary, "bootstrap-bca", sides(defined, *constants))
    return conclude(summary, "bootstrap-percentile", sides(defined))


def _table(parts: npt.ArrayLike, name: str) -> Array:
    """(n, k) finite floats, k at least 1."""
    table = np.asarray(parts, np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"{name} is a row of sums a case, shape (n, k), not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError(f"{name} holds NaN or infinity: leave unscored cases out and count them apart")
    return table


def _values(combine: Combine, sums: Array) -> Array:
    """combine, with division by zero silent: it shows as NaN or infinity, which the callers handle."""
    with np.errstate(all="ignore"):
        return np.asarray(combine(sums), np.float64)
