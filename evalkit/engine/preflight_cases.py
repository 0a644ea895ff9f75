"""What is known of the cases before a run: the answers that a baseline gave already, one or several to each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from evalkit.engine.aggregate import Aggregator
from evalkit.engine.state import BoundMetric, Plan, where
from evalkit.stats.clusters import clusters_of

STRATUM = 5  # cases with one gold, on average, from which a case that changes takes another one's score within them


@dataclass(frozen=True)
class Known:
    """The cases that simulated runs are made of.

    Attributes:
        plan: all n cases of the suite.
        rows: (m,) the cases that were asked; everything below is about them.
        bound: metrics by id.
        parts: metric -> (R, m, k): the parts of R answers to each case.
        scored: metric -> (m,) bool: all R are scored.
        inside: metric -> (m,) bool: the metric applies.
        codes: (m,) cluster of each case; None where each stands alone.
        weights: (m,) or None.
        strata: (m,) cases with equal gold share a number; all 0 where golds are hardly ever equal.
        repeats: answers that the planned run asks of each case.
        discordance: with one answer a case: the share of cases whose score differs between two runs of one system.
    """

    plan: Plan
    rows: np.ndarray
    bound: Mapping[str, BoundMetric]
    parts: Mapping[str, np.ndarray]
    scored: Mapping[str, np.ndarray]
    inside: Mapping[str, np.ndarray]
    codes: np.ndarray | None
    weights: np.ndarray | None
    strata: np.ndarray
    repeats: int
    discordance: float
    _replaced: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    _columns: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def answers(self) -> int:
        """R, the answers to each case."""
        return len(next(iter(self.parts.values())))

    @cached_property
    def units(self) -> list[np.ndarray]:
        """The cases of each cluster."""
        if self.codes is None:
            return [np.array([i]) for i in range(len(self.rows))]
        order = np.argsort(self.codes, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.codes[order])) + 1)

    def use(self, metric: str, tags: Mapping[str, str] | None) -> np.ndarray:
        """(m,) bool: the scored cases of a metric with these tags."""
        mask: np.ndarray = self.inside[metric] & self.scored[metric] & self.use_tags(tags)
        return mask

    def use_tags(self, tags: Mapping[str, str] | None) -> np.ndarray:
        """(m,) bool: the cases with these tags."""
        mask: np.ndarray = where(self.plan.cases, tags)[self.rows]
        return mask

    def binary(self, metric: str) -> bool:
        """Whether the metric is a share of cases: every answer scores 0 or 1, and the metric lives in [0, 1]."""
        b = self.bound[metric]
        if b.metric.kind != "mean" or b.ranked is not None or b.metric.value_range != (0.0, 1.0):
            return False
        found = self.values(metric)[:, self.inside[metric] & self.scored[metric]]
        return bool(((found == 0) | (found == 1)).all())

    def values(self, metric: str) -> np.ndarray:
        """(R, m) values of a metric that is a mean; 0 where it is not scored."""
        parts = self.parts[metric]
        with np.errstate(all="ignore"):
            found: np.ndarray = np.where(parts[..., 1] > 0, parts[..., 0] / parts[..., 1], 0.0)
        return found

    def columns(self, metric: str) -> np.ndarray:
        """(R, m, k) what a gate needs of each answer: the value of a metric that is a mean (k = 1), else its parts."""
        if metric not in self._columns:
            b = self.bound[metric]
            linear = b.metric.kind == "mean" and b.ranked is None
            self._columns[metric] = self.values(metric)[..., None] if linear else self.parts[metric]
        return self._columns[metric]

    def replaced(self, metric: str) -> float:
        """The chance that a case's score is drawn anew, so that `discordance` of the scores differ.

        What reads no answer (seconds, cost) differs on every call, so there every case is drawn anew.
        """
        if metric not in self._replaced:
            self._replaced[metric] = self._chance(metric)
        return self._replaced[metric]

    def most_discordant(self, metric: str) -> float:
        """The largest share of cases that can differ when all scores are drawn anew."""
        use = self.inside[metric] & self.scored[metric]
        if not use.any():
            return 0.0
        _, kind = np.unique(self.parts[metric][0][use], axis=0, return_inverse=True)
        stratum = self.strata[use]
        kinds, alike = np.unique(np.column_stack([stratum, kind.ravel()]), axis=0, return_counts=True)
        same = float((alike * alike / np.bincount(stratum)[kinds[:, 0]]).sum())
        return 1.0 - same / int(use.sum())

    def _chance(self, metric: str) -> float:
        if "output" not in self.bound[metric].metric.needs:
            return 1.0
        most = self.most_discordant(metric)
        return min(1.0, self.discordance / most) if most > 0 else 0.0


def known_of(
    numbers: Aggregator, variants: Sequence[str], covered: np.ndarray, repeats: int, discordance: float
) -> Known:
    """Gather the answers of `variants` (one answer a case each) over the covered cases.

    Args:
        numbers: of a plan with one answer a case.
        variants: names of the answers.
        covered: (n,) bool, cases that all of them were asked.
        repeats: answers a case of the planned run.
        discordance: see `Known`.
    """
    rows = np.flatnonzero(covered)
    parts, scored, inside = {}, {}, {}
    for metric, b in numbers.bound.items():
        all_ = [numbers.parts[metric, v] for v in variants]
        parts[metric] = np.stack([_one_row(one.parts[rows]) for one in all_])
        scored[metric] = np.logical_and.reduce([one.scored[rows] for one in all_])
        inside[metric] = np.asarray(b.applies)[rows]
    groups = None if numbers.groups is None else clusters_of(numbers.groups[rows], len(rows)).codes
    weights = numbers.plan.cases.weight
    return Known(
        numbers.plan,
        rows,
        numbers.bound,
        parts,
        scored,
        inside,
        groups,
        None if weights is None else np.asarray(weights)[rows],
        _strata(numbers.plan, rows),
        repeats,
        discordance,
    )


def _one_row(parts: np.ndarray) -> np.ndarray:
    """(m, k) parts of a case; of the answers that a rank statistic keeps apart, the first."""
    return parts[:, 0] if parts.ndim == 3 else parts


def _strata(plan: Plan, rows: np.ndarray) -> np.ndarray:
    """Cases by gold, where golds are classes; else all together."""
    gold = np.array(plan.cases.expected.take(rows).text.to_pylist(), object).astype(str)
    found, codes = np.unique(gold, return_inverse=True)
    return codes if len(found) * STRATUM <= len(rows) else np.zeros(len(rows), np.int64)
