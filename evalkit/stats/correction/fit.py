"""How far a judge is to be believed: the weight lambda of PPI++, fitted on other folds than it is used on."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.correction.sample import Sample

FOLDS = 5


def folds(found: Sample, seed: int) -> npt.NDArray[np.intp]:
    """(n,) fold of each labelled item, -1 elsewhere: whole clusters, spread evenly, by a seed made of the content."""
    rows = np.flatnonzero(found.tested)
    units = rows if found.clusters.codes is None else found.clusters.codes[rows]
    order, first, codes = np.unique(units, return_index=True, return_inverse=True)
    codes = np.argsort(np.argsort(first))[codes]  # by first appearance: what clusters are called decides nothing
    shuffled = np.random.default_rng([seed, len(order)]).permutation(len(order))
    fold = np.full(len(found.judge), -1, np.intp)
    fold[rows] = shuffled[codes] % min(FOLDS, len(order))
    return fold


def cross_fitted(found: Sample, seed: int) -> Array:
    """(n,) lambda of each labelled item, fitted without its fold: Cov(Y, f) / ((1 + n/N) Var f), clipped to [0, 1].

    Angelopoulos, Duchi and Zrnic (arXiv 2311.01453), equation 6, within each stratum. The two pseudo-labels (top,
    bottom) and (bottom, top) are in every fit: few labels that agree do not make a judge perfect. NaN where an item
    has no label.
    """
    fold = folds(found, seed)
    weight = np.full(len(fold), np.nan)
    for stratum in np.unique(found.strata[found.tested]):
        mine = found.strata == stratum
        ratio = _ratio(found, mine)
        share = pseudo_share(found, mine)
        for k in range(int(fold.max()) + 1):
            weight[mine & (fold == k)] = _slope(found, mine & found.labelled & (fold != k), share) / (1 + ratio)
    clipped: Array = np.clip(weight, 0.0, 1.0)
    return clipped


def correlation(found: Sample) -> float:
    """Of labels and verdicts, the pseudo-labels among them; at least 0."""
    y, f, mass = with_pseudo(found, found.labelled, 1.0)
    away, apart = y - np.average(y, weights=mass), f - np.average(f, weights=mass)
    joint = float(mass @ (away * apart))
    return max(0.0, joint) / math.sqrt(float(mass @ away**2) * float(mass @ apart**2))


def with_pseudo(found: Sample, rows: npt.NDArray[np.bool_], share: float) -> tuple[Array, Array, Array]:
    """Labels, verdicts and masses of some items, and after them the two pseudo-labels with `share` of an item each."""
    low, high = found.bounds
    y = np.append(found.human[rows], [high, low])
    f = np.append(found.judge[rows], [low, high])
    return y, f, np.append(found.mass[rows], [share, share])


def pseudo_share(found: Sample, mine: npt.NDArray[np.bool_]) -> float:
    """How much of the two pseudo-labels a stratum gets: its share of the population that is not known anyway.

    By population and not by labels: a large stratum with few labels needs them most, and strata that nobody had to
    look at need none.
    """
    if found.known is None:
        return float(found.parts[mine].sum())
    open_ = float(found.parts[~found.known].sum())
    return float(found.parts[mine & ~found.known].sum()) / open_ if open_ else 0.0


def _slope(found: Sample, rows: npt.NDArray[np.bool_], share: float) -> float:
    """Regression of labels on verdicts."""
    y, f, mass = with_pseudo(found, rows, share)
    apart = f - np.average(f, weights=mass)
    return float((mass * apart) @ y) / float(mass @ apart**2)


def _ratio(found: Sample, mine: npt.NDArray[np.bool_]) -> float:
    """Labelled over unlabelled items; infinite without any."""
    n, rest = int((mine & found.labelled).sum()), int((mine & ~found.labelled).sum())
    return n / rest if rest else math.inf
