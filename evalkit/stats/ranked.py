"""Intervals for what is no function of summed parts (an area under a curve, a quantile): the weighted bootstrap.

Clusters are drawn with replacement, and the statistic is computed from all rows with the weights that they were drawn
with. The draws depend on the seed and on the number of clusters alone, so what is paired stays paired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import begin, from_replicates, part_table, relative_change, too_few
from evalkit.stats.clusters import Array, Clusters, clusters_of, positive_weights
from evalkit.stats.inference import Inference, Summary, no_interval
from evalkit.stats.resampling import DISTINCT_SHARE, distinct

Value = Callable[[Array, Array], Array]
"""(n, k) parts and (..., n) weights >= 0 -> (...) values; NaN where it is undefined."""

CELLS = 1 << 20  # weights held at once
MOST_CELLS = 50_000_000  # weights drawn in all: beyond 5,000 different rows there are fewer replicates
FEWEST_REPLICATES = 1_000
MOST_LEFT_OUT = 400  # units of the jackknife; more are left out in groups, which keeps its skewness
FEWEST_INFLUENTIAL = 5.0


def ranked(
    parts: npt.ArrayLike,
    value: Value,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
) -> Inference:
    """value(parts, weights), with a bootstrap interval where there are data enough for one.

    It takes 30 clusters (cases, where not grouped), and influences of the clusters that are not those of a handful:
    (sum u^2)^2 / sum u^4 of the jackknife's influences u is at least 5.

    Args:
        parts: (n, k) finite numbers of each row.
        value: see `Value`.
        groups: (n,) cluster ids, or None. Clusters are drawn whole.
        weights: (n,) positive, or None.
        seed: from the content of the question.
        replicates: number of resamples, at least 100; fewer are drawn where there are more than 5,000 different rows.

    Raises:
        ValueError: if parts or weights are not finite, or the shapes differ.
    """
    table = part_table(parts)
    return _infer(_Question.of(table, value, groups, weights, (seed, replicates)))


def paired_ranked(
    parts_a: npt.ArrayLike,
    parts_b: npt.ArrayLike,
    value: Value,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
    relative: bool = False,
) -> Inference:
    """value(parts_a, weights) - value(parts_b, weights), both sides under the same draws.

    Args:
        parts_a, parts_b: (n, k) parts of candidate and baseline on the same rows, in the same order.
        value, groups, weights, seed, replicates: as in `ranked`.
        relative: value(parts_a) / value(parts_b) - 1 instead, undefined where the baseline's value is not above 0.

    Raises:
        ValueError: if parts or weights are not finite, or the shapes differ.
    """
    table, contrast = _joint(parts_a, parts_b, value, relative)
    question = _Question.of(table, contrast, groups, weights, (seed, replicates))
    if _equal(table):
        summary = Summary(question.point if np.isfinite(question.point) else None, *question.size)
        return no_interval(summary._replace(identical=True), "the two are equal on every case")
    return _infer(question)


def paired_percentiles(
    parts_a: npt.ArrayLike,
    parts_b: npt.ArrayLike,
    value: Value,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
    relative: bool = False,
) -> Inference:
    """`paired_ranked` by percentiles alone: for quantiles, of which a jackknife says nothing.

    Args:
        parts_a, parts_b, value, groups, weights, seed, replicates, relative: as in `paired_ranked`.

    Raises:
        ValueError: if parts or weights are not finite, or the shapes differ.
    """
    table, contrast = _joint(parts_a, parts_b, value, relative)
    question, same = _Question.of(table, contrast, groups, weights, (seed, replicates)), _equal(table)
    summary, shortage = begin(question.clusters, len(question.codes), question.point)
    shortage = shortage or ("the two are equal on every case" if same else too_few(question.clusters))
    if shortage is not None:
        return no_interval(summary._replace(identical=same), shortage)
    return from_replicates(summary, question.drawn(), np.array([np.nan]), None)


def _joint(parts_a: npt.ArrayLike, parts_b: npt.ArrayLike, value: Value, relative: bool) -> tuple[Array, Value]:
    """Joint rows (n, 2k), and the difference (or relative change) as a value of them."""
    a, b = part_table(parts_a), part_table(parts_b)
    if a.shape != b.shape:
        raise ValueError(f"paired parts have one shape, not {a.shape} and {b.shape}: compare the same cases")
    width = a.shape[1]

    def contrast(rows: Array, drawn: Array) -> Array:
        ours, theirs = np.asarray(value(rows[:, :width], drawn)), np.asarray(value(rows[:, width:], drawn))
        return relative_change(ours, theirs) if relative else ours - theirs

    return np.hstack([a, b]), contrast


def _equal(table: Array) -> bool:
    """Whether both halves of joint rows are equal throughout."""
    width = table.shape[1] // 2
    return bool(len(table) and (table[:, :width] == table[:, width:]).all())


@dataclass(frozen=True)
class _Question:
    """What is asked of the bootstrap: kinds of rows, and how much of each kind every unit holds.

    Attributes:
        kinds: (d, k) different rows, sorted; all rows where few of them are alike.
        codes: (n,) index into kinds.
        weights: (n,) weights of the rows.
        value, clusters, seed, replicates: as given.
    """

    kinds: Array
    codes: npt.NDArray[np.intp]
    weights: Array
    value: Value
    clusters: Clusters
    seed: int
    replicates: int

    @classmethod
    def of(
        cls,
        table: Array,
        value: Value,
        groups: npt.ArrayLike | None,
        weights: npt.ArrayLike | None,
        draws: tuple[int, int],
    ) -> _Question:
        """Kinds are sorted, so that the order of the rows plays no role."""
        n, (seed, replicates) = len(table), draws
        if replicates < 100:
            raise ValueError(f"{replicates} replicates cannot hold a 95 % interval; use 1,000 or more")
        each = positive_weights(weights, n)
        rows = distinct(table)
        clusters = clusters_of(groups, n)
        one = np.ones(n) if each is None else each
        if clusters.codes is None and (each is not None or len(rows.rows) * DISTINCT_SHARE > n):
            order = np.lexsort((one, rows.codes))  # cases stand for themselves, in an order of their own
            return cls(table[order], np.arange(n), one[order], value, clusters, seed, replicates)
        return cls(rows.rows, rows.codes, one, value, clusters, seed, replicates)

    @cached_property
    def counts(self) -> Array | None:
        """(d,) how many cases are of each kind, where kinds are drawn; None where units stand for themselves."""
        if self.clusters.codes is not None or len(self.kinds) == len(self.codes):
            return None
        return np.bincount(self.codes, minlength=len(self.kinds)).astype(np.float64)

    @property
    def size(self) -> tuple[int, int | None]:
        """Rows, and clusters where they were declared."""
        return len(self.codes), self.clusters.n_clusters

    @cached_property
    def total(self) -> Array:
        """(d,) weight of each kind."""
        return np.bincount(self.codes, self.weights, len(self.kinds)).astype(np.float64, copy=False)

    @cached_property
    def point(self) -> float:
        """The statistic itself."""
        return float(self.values(self.total[None])[0]) if len(self.codes) else np.nan

    def values(self, drawn: Array) -> Array:
        """(b, d) weights -> (b,) values."""
        with np.errstate(all="ignore"):
            return np.asarray(self.value(self.kinds, drawn), np.float64)

    def weigh(self, often: Array) -> Array:
        """(b, units) how often each unit is there -> (b, d) weights of the kinds."""
        if self.clusters.codes is None:
            weighed: Array = often * self.weights
            return weighed
        by_row = often[:, self.clusters.codes] * self.weights
        if len(self.kinds) == len(self.codes):
            back = np.argsort(self.codes)
            return by_row[:, back]
        sums = np.zeros((len(often), len(self.kinds)))
        for b, row in enumerate(by_row):
            sums[b] = np.bincount(self.codes, row, len(self.kinds))
        return sums

    def drawn(self) -> Array:
        """(replicates,) values of resamples, a bounded number of weights at a time."""
        width = len(self.kinds) if self.counts is not None else len(self.codes)
        replicates = max(min(self.replicates, MOST_CELLS // width), min(self.replicates, FEWEST_REPLICATES))
        units = int(self.counts.sum()) if self.counts is not None else self.clusters.count
        rng = np.random.default_rng([self.seed, units])
        step = max(1, CELLS // width)
        found = []
        for start in range(0, replicates, step):
            rows = min(step, replicates - start)
            if self.counts is not None:
                found.append(self.values(rng.multinomial(units, self.counts / units, size=rows).astype(np.float64)))
                continue
            picked = rng.integers(units, size=(rows, units)) + np.arange(0, rows * units, units)[:, None]
            often = np.bincount(picked.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)
            found.append(self.values(self.weigh(often)))
        return np.concatenate(found)

    def left_out(self) -> tuple[Array, Array | None]:
        """Values without one unit of each kind, or without one group of units; and how many units are of each kind."""
        if self.counts is not None:
            every = np.arange(len(self.kinds))
            found = [
                self.values(self.total - np.eye(len(self.kinds))[some]) for some in _chunks(every, len(self.kinds))
            ]
            return np.concatenate(found), self.counts
        units = self.clusters.count
        group = np.random.default_rng([self.seed, units, 1]).permutation(units) % min(units, MOST_LEFT_OUT)
        which = np.arange(min(units, MOST_LEFT_OUT))
        found = []
        for some in _chunks(which, len(self.codes)):
            found.append(self.values(self.weigh((group[None] != some[:, None]).astype(np.float64))))
        return np.concatenate(found), None


def _chunks(every: npt.NDArray[np.intp], width: int) -> list[npt.NDArray[np.intp]]:
    return np.array_split(every, max(1, -(-len(every) * width // CELLS)))


def _infer(question: _Question) -> Inference:
    """The interval, or why there is none."""
    clusters = question.clusters
    summary, shortage = begin(clusters, len(question.codes), question.point)
    shortage = shortage or too_few(clusters)
    if shortage is not None:
        return no_interval(summary, shortage)
    without, counts = question.left_out()
    shortage = _concentrated(without, counts, "cases" if clusters.codes is None else "clusters")
    if shortage is not None:
        return no_interval(summary, shortage)
    return from_replicates(summary, question.drawn(), without, counts)


def _concentrated(without: Array, counts: Array | None, units: str) -> str | None:
    """Why the influences say too little about the spread, or None."""
    weights = np.ones(len(without)) if counts is None else counts
    known = np.isfinite(without)
    if not known.all():
        return f"the statistic hangs on one of the {units}: without it, it is undefined"
    away = np.average(without, weights=weights) - without
    fourth = float(weights @ away**4)
    if fourth == 0.0:
        return None  # a quantile among ties is moved by no single case; resamples may yet differ
    few = float(weights @ away**2) ** 2 / fourth
    if few < FEWEST_INFLUENTIAL:
        return f"the statistic hangs on about {few:.0f} of the {units}; a bootstrap interval takes more"
    return None
