"""Student's t: the bounds of estimates that are sums of many small contributions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.stats.clusters import UNEVEN, Clusters, Linearised, robust
from evalkit.stats.distributions import t_cdf, t_quantile
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval


@dataclass(frozen=True)
class StudentTail:
    """Lower bound `point - t * se`; the p-value is the t tail of (point - line)/se.

    Attributes:
        point: the estimate.
        se: its standard error, positive.
        df: degrees of freedom, positive (clusters - 1).
    """

    point: float
    se: float
    df: float

    def lower(self, tail: float) -> float:
        """See `Tail`."""
        return self.point + t_quantile(self.df, tail) * self.se

    def p(self, line: float) -> float:
        """See `Tail`."""
        return t_cdf(self.df, (line - self.point) / self.se)


def student(point: float, variance: float, df: float) -> Sides:
    """Both sides of a t interval."""
    se = math.sqrt(variance)
    return Sides(StudentTail(point, se, df), StudentTail(-point, se, df))


def linear_inference(line: Linearised, clusters: Clusters, summary: Summary, below: float = UNEVEN) -> Inference:
    """The t interval of a linearised estimate, CR1 or CR2 (see `robust`, also for `below`), or why there is none.

    `summary` holds what the caller knows; its point is kept, and n_eff, design effect and the warning about few
    clusters are added.
    """
    clustered = clusters.codes is not None
    effect = line.variance / line.independent_variance if clustered and not line.degenerate else None
    summary = summary._replace(
        n_eff=summary.n / effect if effect else float(summary.n),
        design_effect=effect,
        warnings=summary.warnings + (few_clusters(clusters.count) if clustered else ()),
    )
    if line.degenerate:
        unit = "cluster" if clustered else "case"
        return no_interval(
            summary._replace(n_eff=None),
            f"every {unit} gives the same value, so the data do not tell how far another sample could lie",
        )
    variance, df, name = robust(line, below)
    method = f"cluster-t ({name})" if clustered else "t" if name == "CR1" else "t (HC2)"
    return conclude(summary, method, student(summary.point or 0.0, variance, df))


def single_unit(clusters: Clusters) -> str:
    """Why one case, or one cluster, has no interval."""
    if clusters.codes is None:
        return "a single case does not tell how far another could lie"
    return "all cases are in one cluster, which does not tell how far another could lie"
