"""How to spend the next labels: on which stratum, and what an effective one costs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from evalkit.stats.correction.fit import with_pseudo
from evalkit.stats.correction.sample import Sample
from evalkit.stats.power import needed_n

ENOUGH = 5  # labels of a stratum, below which its spread is not known and a cautious one stands for it


def neyman(found: Sample, labels: int, lam: float) -> Mapping[int, int]:
    """How many of the next labels to draw in each stratum: n_k in proportion to W_k sd_k(Y - lam f).

    Neyman (1934); with predictions Fisch et al. (arXiv 2406.04291), section 4. The two pseudo-labels keep a stratum
    without an error so far from getting none. Unequal shares need strata in the estimate, or weights.

    Args:
        found: judged items, some with labels.
        labels: to spend, at least 1.
        lam: weight of the judge.

    Returns:
        stratum -> labels, which sum to `labels`.
    """
    codes = np.unique(found.strata)
    size = np.array([found.mass[found.strata == k].sum() for k in codes])
    share = size * np.array([_spread(found, int(k), lam) for k in codes])
    share = share / share.sum()
    whole = np.floor(share * labels).astype(int)
    for k in np.argsort(-(share * labels - whole), kind="stable")[: labels - int(whole.sum())]:
        whole[k] += 1
    return {int(k): int(n) for k, n in zip(codes, whole, strict=True)}


def _spread(found: Sample, stratum: int, lam: float) -> float:
    """Standard deviation of what the judge leaves open in one stratum."""
    rows = (found.strata == stratum) & found.labelled
    if int(rows.sum()) < ENOUGH:
        return (found.bounds[1] - found.bounds[0]) / 2
    y, f, mass = with_pseudo(found, rows, 1.0)
    left = y - lam * f
    return math.sqrt(float(np.average((left - np.average(left, weights=mass)) ** 2, weights=mass)))


def cost_per_effective_label(label: float, judged: float, correlation: float) -> float:
    """What one effective label costs at the best split of a budget between labels and verdicts.

    label x (1 - rho^2 + gamma rho^2 + 2 sqrt(gamma rho^2 (1 - rho^2))), gamma = judged / label (Broska, Howes and van
    Loon 2024, as in `ppi_py.ppi_power`).

    Args:
        label: price of a human label, positive.
        judged: price of one answer and its verdict, not negative.
        correlation: of labels and verdicts, in [-1, 1].

    Raises:
        ValueError: a price or correlation outside its range.
    """
    if not (label > 0 and judged >= 0 and -1 <= correlation <= 1):
        raise ValueError("a label has a price, a verdict costs nothing or more, a correlation lies in [-1, 1]")
    known, gamma = correlation**2, judged / label
    mixed = label * (1 - known + gamma * known + 2 * math.sqrt(gamma * known * (1 - known)))
    return min(label, mixed)


def labels_needed(width: tuple[float, float], level: float, n_labels: int, distance: float, alpha: float) -> int:
    """Labels after which a one-sided test usually (80 %) shows a distance, where the error falls with their root.

    Args:
        width: lo and hi of the interval that there is.
        level: of it.
        n_labels: that it rests on.
        distance: positive.
        alpha: of the test.
    """
    from evalkit.stats.power import implied_se

    return needed_n(implied_se(width, level), n_labels, distance, alpha=alpha)
