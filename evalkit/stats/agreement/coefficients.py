"""Each coefficient as a function of sums over items, so that resampled items give resampled coefficients."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.agreement.ratings import Ratings
from evalkit.stats.clusters import Array

MOST_RANKS = 30  # of an ordinal scale, up to which every resample has ranks of its own


class Summed(NamedTuple):
    """A statistic of summed parts: (n, k) parts of the items, (..., k) totals -> (...) values, and (n,) cluster ids."""

    parts: Array
    combine: Callable[[Array], Array]
    groups: npt.NDArray[np.generic] | None = None


def kappa(of: Ratings) -> Summed:
    """Cohen's kappa (1960) of two raters, weighted (1968): (po - pe)/(1 - pe) over the items that both rated."""
    both = of.table[of.paired]
    q, n = len(of.values), len(both)
    if of.scale == "interval":
        x, y = of.numbers[both[:, 0]], of.numbers[both[:, 1]]
        parts = np.column_stack([np.ones(n), (x - y) ** 2, x, y, x**2 + y**2])
        return Summed(parts, _quadratic_kappa, of.paired_groups)
    weights = of.weights
    margins = np.zeros((n, 2 * q))
    margins[np.arange(n), both[:, 0]] = 1.0
    margins[np.arange(n), q + both[:, 1]] = 1.0

    def combine(sums: Array) -> Array:
        shares = sums / sums[..., :1]
        chance = ((shares[..., 2 : 2 + q] @ weights) * shares[..., 2 + q :]).sum(axis=-1)
        return _beyond(shares[..., 1], chance)

    parts = np.column_stack([np.ones(n), weights[both[:, 0], both[:, 1]], margins])
    return Summed(parts, combine, of.paired_groups)


def _quadratic_kappa(sums: Array) -> Array:
    """1 - E (x - y)^2 / E0 (x - y)^2, E0 where the two are independent."""
    n = sums[..., 0]
    independent = sums[..., 4] / n - 2 * sums[..., 2] * sums[..., 3] / n**2
    return 1.0 - sums[..., 1] / n / _positive(independent, sums[..., 4] / n)


def gwet(of: Ratings) -> Summed:
    """AC1 (Gwet 2008, Br. J. Math. Stat. Psychol. 61, 29-48) and, with weights, AC2 (Gwet 2014).

    (pa - pe)/(1 - pe) with pe = T/(q(q - 1)) sum_k pi_k (1 - pi_k); T is the sum of all weights (q if nominal), q the
    number of values that occur, pi_k the mean over all items of the share of their ratings that is k.
    """
    q, weights = len(of.values), of.weights
    spread = weights.sum() / (q * (q - 1)) if q > 1 else np.nan
    parts = np.column_stack([of.agreeing(weights), of.paired, np.ones(len(of.table)), of.counts / of.rated[:, None]])

    def combine(sums: Array) -> Array:
        shares = sums[..., 3:] / sums[..., 2:3]
        return _beyond(sums[..., 0] / sums[..., 1], spread * (shares * (1 - shares)).sum(axis=-1))

    return Summed(parts, combine, of.groups)


def alpha(of: Ratings) -> Summed:
    """Krippendorff's alpha, 1 - Do/De over coincidences (2011, "Computing Krippendorff's alpha-reliability")."""
    rated = of.rated[of.paired]
    inverse = 1.0 / (rated - 1)
    places = of.numbers if of.scale == "interval" else None
    if of.scale == "ordinal" and len(of.values) > MOST_RANKS:
        # The ordinal distance is that of middle ranks; with many values these are taken from all items once.
        pooled = of.counts[of.paired].sum(axis=0)
        places = np.cumsum(pooled) - pooled / 2
    if places is not None:
        x, squares = (column[of.paired] for column in of.placed(places))
        parts = np.column_stack([2 * (rated * squares - x**2) * inverse, rated, x, squares])
        return Summed(parts, _interval_alpha, of.paired_groups)
    counts = of.counts[of.paired]
    if of.scale == "nominal":
        apart = (rated**2 - (counts**2).sum(axis=1)) * inverse
        return Summed(np.column_stack([apart, counts]), _nominal_alpha, of.paired_groups)
    first, second = np.triu_indices(len(of.values), 1)
    parts = np.column_stack([2 * counts[:, first] * counts[:, second] * inverse[:, None], counts])
    return Summed(parts, _ordinal_alpha, of.paired_groups)


def _nominal_alpha(sums: Array) -> Array:
    marginals = sums[..., 1:]
    total = marginals.sum(axis=-1)
    expected = total**2 - (marginals**2).sum(axis=-1)
    found: Array = 1.0 - (total - 1) * sums[..., 0] / _positive(expected, total**2)
    return found


def _interval_alpha(sums: Array) -> Array:
    total = sums[..., 1]
    expected = 2 * (total * sums[..., 3] - sums[..., 2] ** 2)
    return 1.0 - (total - 1) * sums[..., 0] / _positive(expected, total * sums[..., 3])


def _ordinal_alpha(sums: Array) -> Array:
    """The squared distance of two values is that of the middles of their ratings in the order of all ratings."""
    q = round((1 + 8 * sums.shape[-1]) ** 0.5 - 1) // 2
    marginals, pairs = sums[..., -q:], sums[..., :-q]
    first, second = np.triu_indices(q, 1)
    middle = np.cumsum(marginals, axis=-1) - marginals / 2
    distance = (middle[..., second] - middle[..., first]) ** 2
    total = marginals.sum(axis=-1)
    expected = 2 * (marginals[..., first] * marginals[..., second] * distance).sum(axis=-1)
    found: Array = 1.0 - (total - 1) * (pairs * distance).sum(axis=-1) / _positive(expected, total)
    return found


def _beyond(observed: Array, chance: Array) -> Array:
    """Agreement beyond chance; NaN where chance agreement is certain."""
    found: Array = (observed - chance) / _positive(1.0 - chance, 1.0)
    return found


def _positive(values: Array, scale: Array | float) -> Array:
    """The values, and NaN for what is rounding of 0."""
    found: Array = np.where(values > 1e-12 * np.abs(scale), values, np.nan)
    return found
