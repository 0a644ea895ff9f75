"""Does a layer rank systems as people do? Kendall's tau-b of their means, with intervals over resampled items.

Kendall 1945, "The treatment of ties in ranking problems": tau_b = (P - Q)/sqrt((P + Q + X)(P + Q + Y)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FEWEST = 3
"""Systems, below which there is no ranking to speak of."""


class SystemRanking(NamedTuple):
    """How one layer ranks systems beside people.

    Attributes:
        tau: Kendall's tau-b of the systems' means; None where one side ranks nobody.
        lo, hi: percentile interval over resampled groups of items, 95 %; None where tau is.
        replicates: (B,) tau of each resample, NaN where undefined; the same resamples for every layer.
    """

    tau: float | None
    lo: float | None
    hi: float | None
    replicates: Array


def system_ranking(
    human: npt.ArrayLike,
    layers: npt.ArrayLike,
    systems: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    seed: int,
    replicates: int = 2_000,
) -> list[SystemRanking]:
    """The ranking of systems by each layer, held against people's.

    A system's mean is over its own rows that have a value; people's is over all of its labelled rows.

    Args:
        human: (n,) numbers, higher is better.
        layers: (n, L) numbers, higher is better; NaN where a layer has none.
        systems: (n,) who answered.
        groups: (n,) item of each row: what is resampled.
        seed: made of content.
        replicates: resamples.

    Raises:
        ValueError: shapes that differ, or labels that are not finite.
    """
    truth, said = np.asarray(human, np.float64), np.asarray(layers, np.float64)
    if truth.ndim != 1 or said.ndim != 2 or len(said) != len(truth):
        raise ValueError(f"human is (n,) and layers (n, L); got {truth.shape} and {said.shape}")
    if not np.isfinite(truth).all():
        raise ValueError("labels are finite numbers")
    _, who = np.unique(np.asarray(systems), return_inverse=True)
    _, item = np.unique(np.asarray(groups), return_inverse=True)
    weights = _weights(item.max(initial=-1) + 1, replicates, seed)
    theirs = _means(truth, who, item, weights)
    return [_one(theirs, _means(said[:, k], who, item, weights)) for k in range(said.shape[1])]


def tau_b(x: Array, y: Array) -> Array:
    """(...,) Kendall's tau-b along the last axis of (..., S) means; NaN where one side is constant or unknown."""
    above = np.triu_indices(x.shape[-1], 1)
    one = np.sign(_even(x)[..., above[0]] - _even(x)[..., above[1]])
    two = np.sign(_even(y)[..., above[0]] - _even(y)[..., above[1]])
    untied = np.sqrt((one**2).sum(-1) * (two**2).sum(-1))
    agreed = (one * two).sum(-1)
    tau: Array = np.divide(agreed, untied, out=np.full(np.shape(agreed), np.nan), where=untied > 0)
    return tau


def _even(means: Array) -> Array:
    """Means that differ by rounding alone are ties: sums of the same shares in another order."""
    return np.round(means, 12)


def _one(theirs: Array, ours: Array) -> SystemRanking:
    """Row 0 is the data, the others are resamples."""
    tau = tau_b(theirs, ours)
    point, drawn = float(tau[0]), tau[1:]
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(point) or theirs.shape[1] < FEWEST:
        return SystemRanking(None, None, None, drawn)
    if len(known) < 0.9 * len(drawn):
        return SystemRanking(point, None, None, drawn)
    lo, hi = np.quantile(known, [0.025, 0.975])
    return SystemRanking(point, float(lo), float(hi), drawn)


def _weights(count: int, replicates: int, seed: int) -> Array:
    """(1 + B, G) how often each group is drawn; first as it is."""
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / max(count, 1)), replicates)
    return np.concatenate([np.ones((1, count)), drawn]).astype(np.float64)


def _means(values: Array, who: npt.NDArray[np.intp], item: npt.NDArray[np.intp], weights: Array) -> Array:
    """(1 + B, S) mean of each system's values; NaN where it has none."""
    known = np.isfinite(values)
    shape = (weights.shape[1], int(who.max(initial=-1)) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (item[known], who[known]), values[known])
    np.add.at(counts, (item[known], who[known]), 1.0)
    n = weights @ counts
    means: Array = np.divide(weights @ sums, n, out=np.full(n.shape, np.nan), where=n > 0)
    return means
