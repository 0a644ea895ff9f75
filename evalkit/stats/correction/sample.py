"""What a correction reads: one row a judged item, some of them labelled by people."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, Clusters, clusters_of, column, positive_weights
from evalkit.stats.distributions import normal_cdf

UNLIKE = 1e-4
"""p-value below which labelled and unlabelled items are taken for different populations."""
FEWEST = 6
"""Labels below which nothing is corrected: an interval from fewer is a matter of the t table alone."""


class Sample(NamedTuple):
    """Judged items; those with a label are the random (or weighted) sample that people looked at.

    Attributes:
        human: (n,) floats, NaN where nobody labelled the item.
        judge: (n,) floats, in the units of `human`.
        clusters: of the n items.
        mass: (n,) positive weights with mean 1; all 1 where items weigh alike.
        strata: (n,) ints from 0: which layer decided the item; zeros where there is one layer.
        bounds: range of the values: (0, 1) for a rate, (-1, 1) for a difference of two.
        known: (n,) bool, whole strata: the value is known without anybody looking, so it stands for its label but
            tells nothing about the judge; None: no such item.
        size: (n,) how much of the population an item is, where that is not its mass; None: it is. Where labels have
            weights of their own, every item is there without its label (of its size), and the labelled ones once
            more (of size 0, with the weights of the labels).
    """

    human: Array
    judge: Array
    clusters: Clusters
    mass: Array
    strata: npt.NDArray[np.intp]
    bounds: tuple[float, float] = (0.0, 1.0)
    known: npt.NDArray[np.bool_] | None = None
    size: Array | None = None

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a person looked at it."""
        mask: npt.NDArray[np.bool_] = ~np.isnan(self.human)
        return mask

    @property
    def tested(self) -> npt.NDArray[np.bool_]:
        """(n,) whether a label says something about the judge."""
        return self.labelled if self.known is None else self.labelled & ~self.known

    @property
    def parts(self) -> Array:
        """(n,) share of the population that an item is."""
        whole = self.mass if self.size is None else self.size
        share: Array = whole / whole.sum()
        return share

    @property
    def n_items(self) -> int:
        """Items, each counted once."""
        return len(self.judge) if self.size is None else int((self.size > 0).sum())

    @property
    def n_labels(self) -> int:
        """Items with a label."""
        return int(self.labelled.sum())

    @property
    def weighted(self) -> bool:
        """Whether items weigh differently."""
        return bool((self.mass != 1).any())

    @property
    def n_label_clusters(self) -> int:
        """Clusters that hold a label which says something about the judge."""
        return self.clusters.touched(self.tested)


def sample(
    human: npt.ArrayLike,
    judge: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> Sample:
    """Judged items as a correction reads them.

    The order of the rows decides which fold a row falls into: give them in an order made of their content.

    Args:
        human: (n,) floats, NaN where there is no label.
        judge: (n,) finite floats.
        groups: (n,) cluster ids, or None.
        weights: (n,) positive floats, or None.
        strata: (n,) ids of layers, or None.
        bounds: range of the values.

    Raises:
        ValueError: shapes that differ, or a value outside `bounds`.
    """
    verdicts, labels = column(judge, "judge"), np.asarray(human, np.float64)
    if labels.shape != verdicts.shape:
        raise ValueError(f"there are {len(labels)} labels (NaN for none) for {len(verdicts)} verdicts")
    for name, values in (("judge", verdicts), ("human", labels[~np.isnan(labels)])):
        if len(values) and not (values.min() >= bounds[0] and values.max() <= bounds[1]):
            raise ValueError(f"a value of {name} lies outside [{bounds[0]:g}, {bounds[1]:g}]")
    mass = positive_weights(weights, len(verdicts))
    codes = np.zeros(len(verdicts), np.intp) if strata is None else np.unique(strata, return_inverse=True)[1]
    clusters = clusters_of(groups, len(verdicts))
    return Sample(labels, verdicts, clusters, np.ones(len(verdicts)) if mass is None else mass, codes, bounds)


def unlike(found: Sample) -> float | None:
    """p-value for "the labelled items are a random part of the judged ones", by the judge's verdicts on both.

    A two-sample z test with the variance of the null hypothesis (that there is one population), by items or by
    clusters, whichever is more cautious; within strata, whose shares of labels may differ. None where one part is
    empty, or where the verdicts are all alike.
    """
    inside, each = found.labelled, np.zeros(len(found.judge))
    gap, spread = 0.0, 0.0
    for stratum in np.unique(found.strata):
        mine = found.strata == stratum
        ours, rest = mine & inside, mine & ~inside
        if not ours.any() or not rest.any():
            continue
        part, mass = float(found.mass[mine].sum() / found.mass.sum()), found.mass
        away = found.judge - float(np.average(found.judge[mine], weights=mass[mine]))
        share = part * (np.where(ours, mass / mass[ours].sum(), 0.0) - np.where(rest, mass / mass[rest].sum(), 0.0))
        each += share * away
        gap += float(share @ away)
        spread += float((away**2 * mass)[mine].sum() / mass[mine].sum() * (share**2).sum())
    together = found.clusters.sums(each)
    variance = max(spread, float(together @ together))
    return None if variance <= 0 else min(1.0, 2 * normal_cdf(-abs(gap) / math.sqrt(variance)))
