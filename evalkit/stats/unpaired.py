"""Two independent samples compared, for those who ask for it by name: pairing is nearly always better."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, Clusters, clusters_of, column, linearise, zero_one
from evalkit.stats.distributions import normal_cdf, smallest
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval
from evalkit.stats.proportions import clustered_design
from evalkit.stats.student import student
from evalkit.stats.two_proportions import miettinen_nurminen

FARTHEST = 7.5  # normal score of the smallest p-value: two intervals at a level next to 1 tell no more


def unpaired_difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    groups_a: npt.ArrayLike | None = None,
    groups_b: npt.ArrayLike | None = None,
    *,
    proportions: bool = True,
) -> Inference:
    """mean(a) - mean(b) of two independent samples, such as runs on different cases.

    0/1 values: Miettinen and Nurminen's score interval, on effective numbers of cases where they are clustered (the
    design effect of each side, and its rule for rare outcomes). Otherwise Welch's t with a cluster-robust variance on
    each side and Satterthwaite's degrees of freedom.

    Args:
        a: (n_a,) finite values of the candidate.
        b: (n_b,) finite values of the baseline.
        groups_a, groups_b: cluster ids, or None. A cluster that spans both samples would make them dependent.
        proportions: whether values that are all 0 or 1 are proportions (seconds that happen to be are not).

    Raises:
        ValueError: for values that are not finite or shapes that differ.
    """
    first, second = column(a, "a"), column(b, "b")
    ours, theirs = clusters_of(groups_a, len(first)), clusters_of(groups_b, len(second))
    count = ours.count + theirs.count if ours.declared or theirs.declared else None
    summary = Summary(None, len(first) + len(second), count)
    if not (len(first) and len(second)):
        return no_interval(summary, "one of the two samples has no cases")
    summary = summary._replace(point=float(first.mean() - second.mean()))
    if ours.count == 1 or theirs.count == 1:
        return no_interval(summary, "one of the two samples is a single case or cluster")
    clustered = ours.codes is not None or theirs.codes is not None
    if clustered:
        summary = summary._replace(warnings=few_clusters(min(ours.count, theirs.count)))
    if proportions and zero_one(first) and zero_one(second):
        counts = (*_effective(first, ours), *_effective(second, theirs))
        return conclude(summary, "miettinen-nurminen", miettinen_nurminen(*counts))
    line_a, line_b = (linearise(x, np.ones(len(x)), of) for x, of in ((first, ours), (second, theirs)))
    if line_a.degenerate and line_b.degenerate:
        return no_interval(summary, "neither sample varies, so the data do not tell how far others could lie")
    variance = line_a.variance + line_b.variance
    df = variance**2 / (line_a.variance**2 / (ours.count - 1) + line_b.variance**2 / (theirs.count - 1))
    return conclude(summary, "welch-t", student(line_a.point - line_b.point, variance, df))


@dataclass(frozen=True)
class MoverTail:
    """The bound that two separate intervals give for the difference: Zou and Donner's method of variance recovery.

    d - sqrt((a - lower of a)^2 + (upper of b - b)^2) (Statistics in Medicine 27:1693-1702, 2008, equation 3).

    Attributes:
        a, b: intervals of the two values, from independent samples.
        reach: the smallest p-value that the intervals can tell (resampling ends at one in so many).
    """

    a: Inference
    b: Inference
    reach: float = 0.0

    @property
    def point(self) -> float:
        """a - b."""
        return (self.a.point or 0.0) - (self.b.point or 0.0)

    def lower(self, tail: float) -> float:
        """See `Tail`; at a tail of one half and above it is the mirrored upper bound."""
        if tail >= 0.5:
            return -MoverTail(self.b, self.a).lower(1.0 - tail) if tail > 0.5 else self.point
        low = self.a.interval(1.0 - 2.0 * tail)[0] if self.a.interval else -math.inf
        high = self.b.interval(1.0 - 2.0 * tail)[1] if self.b.interval else math.inf
        return self.point - math.hypot((self.a.point or 0.0) - low, high - (self.b.point or 0.0))

    def p(self, line: float) -> float:
        """See `Tail`."""
        if line > self.point:
            return 1.0 - MoverTail(self.b, self.a, self.reach).p(-line)
        score = smallest(lambda z: self.lower(normal_cdf(z)) >= line, -FARTHEST, 0.0)
        return max(normal_cdf(score), self.reach)


def mover(a: Inference, b: Inference) -> Inference:
    """a - b of two statistics of independent samples, from the interval of each; any kind of statistic.

    Args:
        a, b: inferences of the candidate and of the baseline.
    """
    counts = (a.n_clusters, b.n_clusters)
    n_clusters = None if None in counts else sum(count for count in counts if count is not None)
    warnings = tuple(dict.fromkeys((*a.warnings, *b.warnings)))
    summary = Summary(None, a.n + b.n, n_clusters, warnings=warnings)
    if a.point is None or b.point is None:
        return no_interval(summary, (a if a.point is None else b).reason or "one of the two values is undefined")
    summary = summary._replace(point=a.point - b.point)
    for one in (a, b):
        if one.interval is None:
            return no_interval(summary, one.reason or "one of the two has no interval")
    drawn = any(one.method.startswith("bootstrap") for one in (a, b))
    reach = 1e-4 if drawn else 0.0
    return conclude(summary, "mover", Sides(MoverTail(a, b, reach), MoverTail(b, a, reach)))


def _effective(y: Array, clusters: Clusters) -> tuple[float, float]:
    """Successes and cases of a 0/1 sample, as many as would be as informative were they independent."""
    if clusters.codes is None:
        return float(y.sum()), float(len(y))
    design = clustered_design(y, np.ones(len(y)), clusters)
    n = min(design.n_eff, design.cap)
    return n * design.share, n
