"""Two independent samples compared, for those who ask for it by name: pairing is nearly always better."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, Clusters, clusters_of, column, linearise, zero_one
from evalkit.stats.inference import Inference, Summary, conclude, few_clusters, no_interval
from evalkit.stats.proportions import clustered_design
from evalkit.stats.student import student
from evalkit.stats.two_proportions import miettinen_nurminen


def unpaired_difference(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    groups_a: npt.ArrayLike | None = None,
    groups_b: npt.ArrayLike | None = None,
) -> Inference:
    """mean(a) - mean(b) of two independent samples, such as runs on different cases.

    0/1 values: Miettinen and Nurminen's score interval, on effective numbers of cases where they are clustered (the
    design effect of each side, and its rule for rare outcomes). Otherwise Welch's t with a cluster-robust variance on
    each side and Satterthwaite's degrees of freedom.

    Args:
        a: (n_a,) finite values of the candidate.
        b: (n_b,) finite values of the baseline.
        groups_a, groups_b: cluster ids, or None. A cluster that spans both samples would make them dependent.

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
    if zero_one(first) and zero_one(second):
        counts = (*_effective(first, ours), *_effective(second, theirs))
        return conclude(summary, "miettinen-nurminen", miettinen_nurminen(*counts))
    line_a, line_b = (linearise(x, np.ones(len(x)), of) for x, of in ((first, ours), (second, theirs)))
    if line_a.degenerate and line_b.degenerate:
        return no_interval(summary, "neither sample varies, so the data do not tell how far others could lie")
    variance = line_a.variance + line_b.variance
    df = variance**2 / (line_a.variance**2 / (ours.count - 1) + line_b.variance**2 / (theirs.count - 1))
    return conclude(summary, "welch-t", student(line_a.point - line_b.point, variance, df))


def _effective(y: Array, clusters: Clusters) -> tuple[float, float]:
    """Successes and cases of a 0/1 sample, as many as would be as informative were they independent."""
    if clusters.codes is None:
        return float(y.sum()), float(len(y))
    design = clustered_design(y, np.ones(len(y)), clusters)
    n = min(design.n_eff, design.cap)
    return n * design.share, n
