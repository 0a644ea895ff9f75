"""Several systems compared as the data allow: max-t where there are data for it, paired bounds where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import FEWEST_TELLING, FEWEST_UNITS, Combine, part_table
from evalkit.stats.clusters import Array, Clusters, clusters_of, fewest_differing
from evalkit.stats.inference import Inference, few_clusters
from evalkit.stats.many.pairs import Pairs, concluded, max_t
from evalkit.stats.many.replicates import replicate_values
from evalkit.stats.paired import difference, ratio_difference

Kind = Literal["mean", "ratio", "general"]


class Candidates(NamedTuple):
    """Several systems on the same cases.

    Attributes:
        parts: m tables (n, k) of finite sufficient statistics, cases in one order. For a mean: (weight x value,
            weight); for a ratio: (numerator, denominator).
        combine: (..., k) totals -> (...) values; NaN where undefined.
        groups: (n,) cluster ids, or None.
        kind: "mean" and "ratio" have paired intervals where data are few; "general" has none there.
        bounds: the range that the values of a mean can take; None: [0, 1] if all lie in it, else unbounded.
    """

    parts: Sequence[npt.ArrayLike]
    combine: Combine
    groups: npt.ArrayLike | None = None
    kind: Kind = "general"
    bounds: tuple[float, float] | None = None


def compare_all(
    candidates: Candidates, *, seed: int, higher: bool, level: float = 0.95, replicates: int = 10_000
) -> Pairs:
    """All differences with intervals that hold together, and a sentence for every pair that has none.

    Resampling needs data: 30 clusters, and a pair that differs in enough of them (min(20, max(5, G/2)) for means as in
    `paired.difference`, 10 else). A pair with fewer gets the interval of `paired.difference` (Tango's bound) or of
    `ratio_difference` at level 1 - alpha/M for M pairs, and the rest share what is left of alpha: by the union bound
    all hold together. A pair of general statistics with fewer has no interval.

    Args:
        candidates: at least two systems.
        seed: from the content of the question.
        higher: whether higher values are better.
        level: of all intervals together.
        replicates: number of resamples, at least 100.

    Raises:
        ValueError: fewer than two systems, no cases, parts that are not finite or of different shapes.
    """
    return _Comparison(candidates, seed, higher, level, replicates).pairs()


class _Comparison:
    def __init__(self, candidates: Candidates, seed: int, higher: bool, level: float, replicates: int) -> None:
        self.tables = [part_table(table) for table in candidates.parts]
        if len(self.tables) < 2 or len({table.shape for table in self.tables}) != 1 or not len(self.tables[0]):
            raise ValueError("a comparison takes two systems or more, with parts of the same cases, and a case")
        if not 0.0 < level < 1.0:
            raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}; 0.95 is usual")
        self.of, self.seed, self.higher, self.replicates = candidates, seed, higher, replicates
        self.alpha = 1.0 - level
        self.clusters: Clusters = clusters_of(candidates.groups, len(self.tables[0]))
        with np.errstate(all="ignore"):
            self.values: Array = np.array([float(candidates.combine(table.sum(axis=0))) for table in self.tables])
        self.values[~np.isfinite(self.values)] = np.nan

    @cached_property
    def few(self) -> npt.NDArray[np.bool_]:
        """(m, m) pairs that differ in too few units for resampling; i < j only."""
        count = self.clusters.count
        least = fewest_differing(count) if self.of.kind == "mean" else FEWEST_TELLING
        m = len(self.tables)
        marked = np.zeros((m, m), bool)
        for i in range(m):
            for j in range(i + 1, m):
                marked[i, j] = count < FEWEST_UNITS or self._differing(i, j) < least
        return marked

    def _differing(self, i: int, j: int) -> int:
        gap = self.tables[i] - self.tables[j]
        if self.of.kind != "mean":
            return self.clusters.touched((gap != 0).any(axis=1))
        size = self.clusters.sums(np.abs(gap[:, 0]))
        return int(np.count_nonzero(np.abs(self.clusters.sums(gap[:, 0])) > 1e-12 * size))

    def pairs(self) -> Pairs:
        """See `compare_all`."""
        m = len(self.values)
        total = m * (m - 1) // 2
        few = self.few
        which = np.triu(~few, 1)
        draws = replicate_values(
            self.tables, self.of.combine, self.of.groups, seed=self.seed, replicates=self.replicates
        )
        found = max_t(draws, self.values, which, self.clusters.count if which.any() else None)
        few = few | (np.isnan(found.se) & which)  # a difference without spread is one of few data, too
        share = 1.0 - few.sum() / total
        pairs = concluded(found, self.values, draws, higher=self.higher, alpha=self.alpha, share=share or 1.0)
        said: dict[str, int] = {}
        for i, j in np.argwhere(few):
            self._bounded(pairs, int(i), int(j), total, said)
        return self._worded(pairs, int(few.sum()), total, said)

    def _bounded(self, pairs: Pairs, i: int, j: int, total: int, said: dict[str, int]) -> None:
        """The interval of a pair with few data, into the matrices; why there is none is counted."""
        found = self._paired(i, j)
        if found.interval is None or found.p_above is None or found.p_below is None:
            said[found.reason or "there is no interval"] = said.get(found.reason or "there is no interval", 0) + 1
            return
        lo, hi = found.interval(1.0 - self.alpha / total)
        p = min(1.0, 2.0 * total * min(found.p_above(0.0), found.p_below(0.0)))
        pairs.lo[i, j], pairs.hi[i, j] = lo, hi
        pairs.lo[j, i], pairs.hi[j, i] = -hi, -lo
        pairs.p[i, j] = pairs.p[j, i] = p
        up, down = (lo > 0, hi < 0) if self.higher else (hi < 0, lo > 0)
        pairs.better[i, j], pairs.better[j, i] = up, down

    def _paired(self, i: int, j: int) -> Inference:
        a, b, groups = self.tables[i], self.tables[j], self.of.groups
        if self.of.kind == "mean" and (a[:, 1] > 0).all() and (a[:, 1] == b[:, 1]).all():
            weight = a[:, 1]
            return difference(a[:, 0] / weight, b[:, 0] / weight, groups, weight, bounds=self.of.bounds)
        if self.of.kind == "ratio":
            return ratio_difference(a[:, 0], a[:, 1], b[:, 0], b[:, 1], groups)
        return _none(float(self.values[i] - self.values[j]), self._shortage(i, j))

    def _shortage(self, i: int, j: int) -> str:
        name = "cases" if self.clusters.codes is None else "clusters"
        if self.clusters.count < FEWEST_UNITS:
            return f"resampling takes {FEWEST_UNITS} {name}, and there are {self.clusters.count}"
        if not np.isfinite(self.values[[i, j]]).all():
            return "the statistic is undefined for one of the two"
        return f"the two differ in {self._differing(i, j)} {name}, and resampling takes {FEWEST_TELLING}"

    def _worded(self, pairs: Pairs, few: int, total: int, said: dict[str, int]) -> Pairs:
        """With method, reason and warnings."""
        method = "max-t bootstrap"
        if few:
            method = "paired intervals, Bonferroni" if few == total else "max-t bootstrap; paired bounds for few data"
        reason = "; ".join(f"{count} of {total} pairs have no interval: {why}" for why, count in said.items()) or None
        warnings = few_clusters(self.clusters.count) if self.clusters.codes is not None else ()
        if few:
            unit = "cases" if self.clusters.codes is None else "clusters"
            short = self.clusters.count < FEWEST_UNITS
            why = f"{self.clusters.count} {unit} are" if short else f"{few} of {total} pairs differ in"
            scarce = f"{why} too few{'' if short else f' {unit}'} to resample"
            warnings += (
                f"{scarce}: their intervals are those of two systems alone, each at level {1 - self.alpha / total:.4g}",
            )
        return pairs._replace(method=method, reason=reason, warnings=warnings)


def _none(point: float, reason: str) -> Inference:
    from evalkit.stats.inference import Summary, no_interval

    return no_interval(Summary(point if np.isfinite(point) else None, 0), reason)
