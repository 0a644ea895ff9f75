"""Do a judge's errors depend on who answered? Only if not may its error rates be carried over to another system."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array

FEWEST_EXPECTED = 5.0
SHUFFLES, FEWEST_SHUFFLES, MOST_DEALT = 1_000, 200, 20_000_000
BLOCK = 1 << 18  # items dealt at once


class Homogeneity(NamedTuple):
    """A test that all systems meet the same error rates.

    Attributes:
        p: of the hypothesis that they do; None with one system, or without (or with only) errors.
        statistic, df: Pearson's chi-square, summed over the classes of labels.
        method: "chi-square", or "permutation" where expected counts are small or items come in groups.
        reason: why there is no p.
    """

    p: float | None
    statistic: float
    df: int
    method: str
    reason: str | None = None


def homogeneity(
    wrong: npt.ArrayLike,
    system: npt.ArrayLike,
    label: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
) -> Homogeneity:
    """Chi-square of errors by system within each class of human label, summed: errors of each kind depend on whom?

    Where an expected count is below 5, or items come in groups, the p-value is that of 1,000 shuffles of the systems
    (fewer of very many items): within each class of label, within each group too, or among whole groups where each
    was answered by one system.

    Args:
        wrong: (n,) 0 or 1.
        system: (n,) names or codes.
        label: (n,) human labels.
        groups: (n,) cluster ids, or None.
        seed: from the content of the question.

    Raises:
        ValueError: shapes that differ.
    """
    bad = np.asarray(wrong, np.float64)
    _, systems = np.unique(np.asarray(system), return_inverse=True)
    _, labels = np.unique(np.asarray(label), return_inverse=True)
    if not len(bad) == len(systems) == len(labels):
        raise ValueError("verdicts, systems and labels are one an item")
    if len(bad) == 0 or systems.max() == 0:
        return Homogeneity(None, 0.0, 0, "none", "there is one system")
    table = _Table(bad, labels, int(systems.max()) + 1)
    statistics, df, fewest = table.chi_square(systems[None, :])
    statistic = float(statistics[0])
    if df == 0:
        return Homogeneity(None, 0.0, 0, "none", "no class of labels has errors and right verdicts of two systems")
    clustered = groups is not None and len(np.unique(np.asarray(groups))) < len(bad)
    if fewest >= FEWEST_EXPECTED and not clustered:
        from scipy.special import chdtrc

        return Homogeneity(float(chdtrc(df, statistic)), statistic, df, "chi-square")
    if not clustered:
        return Homogeneity(table.shuffled(_within(systems, labels), statistic, seed), statistic, df, "permutation")
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    one_each = len(np.unique(codes * (int(systems.max()) + 1) + systems)) == int(codes.max()) + 1
    # A group that one system alone answered moves whole; within others, answers change hands.
    deal = _whole(systems, codes) if one_each else _within(systems, _crossed(labels, codes))
    return Homogeneity(table.shuffled(deal, statistic, seed), statistic, df, "permutation")


Codes = npt.NDArray[np.intp]
Deal = Callable[[np.random.Generator, int], Codes]
"""(generator, b) -> (b, n) systems dealt out anew."""


def _within(systems: Codes, strata: Codes) -> Deal:
    """Deals the systems of each stratum out among its own items."""
    home = np.argsort(strata, kind="stable")

    def deal(rng: np.random.Generator, times: int) -> Codes:
        dealt = np.empty((times, len(systems)), np.intp)
        # Whole parts keep strata together, fractions put each in a random order.
        dealt[:, home] = systems[np.argsort(strata + rng.random((times, len(systems))), axis=1)]
        return dealt

    return deal


def _whole(systems: Codes, groups: Codes) -> Deal:
    """Deals the systems out among whole groups."""
    of_group = np.zeros(int(groups.max()) + 1, np.intp)
    of_group[groups] = systems
    return lambda rng, times: rng.permuted(np.tile(of_group, (times, 1)), axis=1)[:, groups]


def _crossed(labels: Codes, groups: Codes) -> Codes:
    found: Codes = np.unique(labels * (int(groups.max()) + 1) + groups, return_inverse=True)[1]
    return found


class _Table:
    """Errors by class of label and system; items and their errors stay, systems are dealt out."""

    def __init__(self, wrong: Array, labels: npt.NDArray[np.intp], n_systems: int) -> None:
        self.wrong, self.labels, self.n_systems = wrong, labels, n_systems
        self.n_labels = int(labels.max()) + 1

    def chi_square(self, systems: Codes) -> tuple[Array, int, float]:
        """(b,) statistics of (b, n) dealings-out; degrees of freedom and smallest expected count of the first."""
        cells, width = self.labels * self.n_systems + systems, self.n_labels * self.n_systems
        flat = (cells + width * np.arange(len(systems))[:, None]).ravel()
        shape = len(systems), self.n_labels, self.n_systems
        n = np.bincount(flat, minlength=len(systems) * width).reshape(shape).astype(np.float64)
        bad = np.bincount(flat, np.tile(self.wrong, len(systems)), len(systems) * width).reshape(shape)
        total, errors = n[0].sum(axis=1), bad[0].sum(axis=1)  # of a class: the same however systems are dealt
        used = (errors > 0) & (errors < total)
        if not used.any():
            return np.zeros(len(systems)), 0, 0.0
        n, bad, rate = n[:, used], bad[:, used], (errors[used] / total[used])[:, None]
        there = n > 0
        spread = np.where(there, (bad - n * rate) ** 2 / np.where(there, n * rate * (1 - rate), 1.0), 0.0)
        fewest = float((n[0] * np.minimum(rate, 1 - rate))[there[0]].min())
        return spread.sum(axis=(1, 2)), int((there[0].sum(axis=1) - 1).sum()), fewest

    def shuffled(self, deal: Deal, found: float, seed: int) -> float:
        """Share of dealings-out whose statistic reaches the one found, itself among them."""
        rng = np.random.default_rng([seed, len(self.labels)])
        shuffles = min(SHUFFLES, max(FEWEST_SHUFFLES, MOST_DEALT // len(self.labels)))
        block, reached = max(1, BLOCK // len(self.labels)), 1
        for start in range(0, shuffles, block):
            statistics, _, _ = self.chi_square(deal(rng, min(block, shuffles - start)))
            reached += int((statistics >= found - 1e-9).sum())
        return reached / (shuffles + 1)
