"""Intervals for any statistic that is a function of summed parts, by the (cluster) bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evalkit.stats.bca import correction, sides
from evalkit.stats.clusters import Array, Clusters, clusters_of
from evalkit.stats.inference import Inference, Summary, conclude, few_clusters, no_interval
from evalkit.stats.resampling import Distinct, case_totals, distinct, totals

Combine = Callable[[Array], Array]

NOT_POSITIVE = "the baseline's value is not above 0, so there is no share of it that a change could be"
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
    return Resampled([parts], groups, seed=seed, replicates=replicates).statistic(combine)


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
    return Resampled([parts_a, parts_b], groups, seed=seed, replicates=replicates).difference(combine)


class Resampled:
    """Parts of one or two variants with the totals of their bootstrap replicates, drawn once for all their statistics.

    Args:
        parts: one or two (n, k) tables of the same cases.
        groups, seed, replicates: as in `statistic`.

    Raises:
        ValueError: if parts are not finite or not (n, k), the shapes differ, or there are too few replicates.
    """

    def __init__(
        self,
        parts: Sequence[npt.ArrayLike],
        groups: npt.ArrayLike | None = None,
        *,
        seed: int,
        replicates: int = 10_000,
    ) -> None:
        tables = [part_table(table) for table in parts]
        if len({table.shape for table in tables}) > 1:
            shapes = " and ".join(str(table.shape) for table in tables)
            raise ValueError(f"paired parts have one shape, not {shapes}: compare the same cases")
        if replicates < 100:
            raise ValueError(f"{replicates} replicates cannot hold a 95 % interval; use 1,000 or more")
        self.width = tables[0].shape[1]
        self.parts = np.hstack(tables)
        self.clusters = clusters_of(groups, len(self.parts))
        self.seed, self.replicates = seed, replicates

    @cached_property
    def rows(self) -> Distinct:
        """The different rows of the parts."""
        return distinct(self.parts)

    @cached_property
    def units(self) -> tuple[Array, Array | None]:
        """What can be left out one by one, (u, k), and how often each occurs; None: once."""
        if self.clusters.codes is None:
            return self.rows.rows, self.rows.counts.astype(np.float64)
        return np.column_stack([self.clusters.sums(column) for column in self.parts.T]), None

    @cached_property
    def sums(self) -> Array:
        """(replicates, k) totals."""
        if self.clusters.codes is None:
            return case_totals(self.rows, self.parts, self.seed, self.replicates)
        return totals(self.units[0], self.seed, self.replicates)

    def statistic(self, combine: Combine) -> Inference:
        """See the function `statistic`."""

        def telling(point: float) -> npt.NDArray[np.bool_]:
            """Cases unlike the commonest among those whose removal moves the statistic."""
            without = _values(combine, self.parts.sum(axis=0) - self.rows.rows)
            scale = max(1.0, abs(point))
            moving = ~(np.abs(without - point) <= 1e-13 * scale)
            if moving.any():
                # Rows that the statistic cannot tell apart are of one kind, however else they differ.
                _, alike = np.unique(np.round((without - point) / scale, 13), return_inverse=True)
                often = np.bincount(alike, np.where(moving, self.rows.counts, 0))
                moving &= alike != np.argmax(often)
            marked: npt.NDArray[np.bool_] = moving[self.rows.codes]
            return marked

        return _bootstrap(self, combine, telling)

    def difference(self, combine: Combine) -> Inference:
        """See `paired_statistic`."""

        def contrast(sums: Array) -> Array:
            """The difference from joint totals (..., 2k)."""
            return combine(sums[..., : self.width]) - combine(sums[..., self.width :])

        return self._paired(contrast)

    def relative(self, combine: Combine) -> Inference:
        """combine(a) / combine(b) - 1, undefined where the baseline's value is not above 0."""

        def contrast(sums: Array) -> Array:
            """The relative change from joint totals (..., 2k)."""
            return relative_change(combine(sums[..., : self.width]), combine(sums[..., self.width :]))

        if len(self.parts) and float(_values(combine, self.parts.sum(axis=0)[self.width :])) <= 0:
            return no_interval(Summary(None, len(self.parts), self.clusters.n_clusters), NOT_POSITIVE)
        return self._paired(contrast)

    def _paired(self, contrast: Combine) -> Inference:
        differ = (self.parts[:, : self.width] != self.parts[:, self.width :]).any(axis=1)
        if len(self.parts) and not differ.any():
            point = float(_values(contrast, self.parts.sum(axis=0)))
            known = point if np.isfinite(point) else None
            summary = Summary(known, len(self.parts), self.clusters.n_clusters, identical=True)
            return no_interval(summary, "the two are equal on every case")
        return _bootstrap(self, contrast, lambda point: differ)


def relative_change(ours: Array, theirs: Array) -> Array:
    """ours / theirs - 1; NaN where theirs is not above 0."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    usable = theirs > 0
    change: Array = np.where(usable, ours / np.where(usable, theirs, 1.0) - 1.0, np.nan)
    return change


def _bootstrap(resampled: Resampled, combine: Combine, telling: Callable[[float], npt.NDArray[np.bool_]]) -> Inference:
    """The interval, or why there is none."""
    parts, clusters = resampled.parts, resampled.clusters
    total = parts.sum(axis=0)
    point = float(_values(combine, total)) if len(parts) else np.nan
    summary, shortage = begin(clusters, len(parts), point)
    if shortage is None:
        shortage = _shortage(clusters, telling(point))
    if shortage is not None:
        return no_interval(summary, shortage)
    kinds, counts = resampled.units
    return from_replicates(summary, _values(combine, resampled.sums), _values(combine, total - kinds), counts)


def begin(clusters: Clusters, n: int, point: float) -> tuple[Summary, str | None]:
    """What is known before anything is drawn, and why nothing needs to be."""
    warnings = few_clusters(clusters.count) if clusters.codes is not None and n else ()
    summary = Summary(None, n, clusters.n_clusters, warnings=warnings)
    if n == 0:
        return summary, "there are no cases"
    if not np.isfinite(point):
        return summary, "the statistic is undefined on these cases (a division by zero, or alike)"
    return summary._replace(point=point), None


def too_few(clusters: Clusters) -> str | None:
    """Why there are too few units for any bootstrap, or None."""
    name = "cases" if clusters.codes is None else "clusters"
    few = clusters.count < FEWEST_UNITS
    return f"a bootstrap interval takes {FEWEST_UNITS} {name}; there are {clusters.count}" if few else None


def _shortage(clusters: Clusters, marked: npt.NDArray[np.bool_]) -> str | None:
    """Why there are too few units for this one, or None."""
    name = "cases" if clusters.codes is None else "clusters"
    if (few := too_few(clusters)) is not None:
        return few
    telling = clusters.touched(marked)
    if telling < FEWEST_TELLING:
        return (
            f"only {telling} of {clusters.count} {name} are unlike the rest; "
            f"a bootstrap interval takes {FEWEST_TELLING} that are"
        )
    return None


def from_replicates(summary: Summary, drawn: Array, jackknife: Array, counts: Array | None) -> Inference:
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


def part_table(parts: npt.ArrayLike) -> Array:
    """(n, k) finite floats, k at least 1."""
    table = np.asarray(parts, np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"parts is a row of sums a case, shape (n, k), not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("parts holds NaN or infinity: leave unscored cases out and count them apart")
    return table


def _values(combine: Combine, sums: Array) -> Array:
    """combine, with division by zero silent: it shows as NaN or infinity, which the callers handle."""
    with np.errstate(all="ignore"):
        return np.asarray(combine(sums), np.float64)
