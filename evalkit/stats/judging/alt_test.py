"""The alternative-annotator test: could the judge stand in for one of the people?

Calderon, Reichart and Dror, ACL 2025 (arXiv 2501.10970), with agreement (nominal) as the score.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, clusters_of, cr1
from evalkit.stats.distributions import t_cdf
from evalkit.stats.multiplicity import benjamini_yekutieli
from evalkit.stats.proportions import korn_graubard

FEWEST = 30
"""Items of an annotator from which on the t-test is used; below, Wilcoxon's signed ranks."""
Q = 0.05
"""False discovery rate over the annotators."""
PASSES = 0.5
"""Winning rate from which on the judge passes."""


class Annotator(NamedTuple):
    """The judge against one person, on the items that this person and at least one other labelled.

    Attributes:
        n: those items.
        judge_wins, human_wins: share on which the judge (the person) agrees with the others at least as well as the
            person (the judge) does; both win where they agree equally.
        p: of H0: human_wins - judge_wins >= epsilon, one-sided.
        p_adjusted: by Benjamini and Yekutieli, over annotators.
        rejected: whether the judge beats the person, given epsilon.
        method: "t", "wilcoxon", or "constant" where all differences are equal.
    """

    n: int
    judge_wins: float
    human_wins: float
    p: float
    p_adjusted: float
    rejected: bool
    method: str


class AltTest(NamedTuple):
    """What the test found.

    Attributes:
        omega: winning rate: share of annotators that the judge beats.
        rho: average advantage probability: mean over annotators of `judge_wins`.
        rho_interval: 95 % interval of rho over items (or groups), people being fixed; None with one item or group.
        passed: omega >= 0.5.
        epsilon: the cost of a person, as given.
        annotators: (column of `people`, what was found) for each who was tested.
    """

    omega: float
    rho: float
    rho_interval: tuple[float, float] | None
    passed: bool
    epsilon: float
    annotators: tuple[tuple[int, Annotator], ...]


def alt_test(
    people: npt.ArrayLike, judge: npt.ArrayLike, epsilon: float, groups: npt.ArrayLike | None = None
) -> AltTest | None:
    """The test; None where fewer than two people share items that the judge gave a verdict on.

    For person j and item i, S is the share of the other people whose label is that of the judge, or of j:
    W_f = [S(judge) >= S(j)], W_h = [S(j) >= S(judge)], d = W_h - W_f; one-sided t-test of mean(d) >= epsilon.
    d that never varies is rejected exactly where its mean is below epsilon.

    Args:
        people: (n, m) codes of labels; -1 where a person gave none.
        judge: (n,) codes of verdicts; -1 where there is none.
        epsilon: 0.2 for experts, 0.15 skilled people, 0.1 crowd.
        groups: (n,) cluster ids, for the interval of rho alone.

    Raises:
        ValueError: shapes that differ, or an epsilon outside [0, 1).
    """
    table, said = np.asarray(people, np.intp), np.asarray(judge, np.intp)
    if table.ndim != 2 or said.shape != (len(table),):
        raise ValueError(f"labels are (items, people) and verdicts (items,), not {table.shape} and {said.shape}")
    if not 0.0 <= epsilon < 1.0:
        raise ValueError(f"epsilon is the cost of a person, from 0 up to below 1, not {epsilon:g}; 0.15 is usual")
    wins = [_wins(table, said, j) for j in range(table.shape[1])]
    tested = [j for j, (rows, _, _) in enumerate(wins) if len(rows)]
    if len(tested) < 2:
        return None
    found = [_against(*wins[j][1:], epsilon) for j in tested]
    adjusted = benjamini_yekutieli([one.p for one in found])
    final = [one._replace(p_adjusted=float(p), rejected=bool(p <= Q)) for one, p in zip(found, adjusted, strict=True)]
    omega = sum(one.rejected for one in final) / len(final)
    return AltTest(
        omega,
        float(np.mean([one.judge_wins for one in final])),
        _interval([wins[j] for j in tested], len(table), groups),
        omega >= PASSES,
        epsilon,
        tuple(zip(tested, final, strict=True)),
    )


Wins = tuple[npt.NDArray[np.intp], Array, Array]


def _wins(table: npt.NDArray[np.intp], said: npt.NDArray[np.intp], j: int) -> Wins:
    """Rows that count for person j, and W_f and W_h on them."""
    mine = np.flatnonzero((table[:, j] >= 0) & (said >= 0))
    labels, own, verdict = table[mine], table[mine, j], said[mine]
    shared = (labels >= 0).sum(axis=1) > 1
    by_judge = (labels == verdict[:, None]).sum(axis=1) - (own == verdict)
    by_person = (labels == own[:, None]).sum(axis=1) - 1
    wins, losses = by_judge >= by_person, by_person >= by_judge
    return mine[shared], wins[shared].astype(np.float64), losses[shared].astype(np.float64)


def _against(judge_wins: Array, human_wins: Array, epsilon: float) -> Annotator:
    d = human_wins - judge_wins
    n, gap = len(d), float(d.mean())
    if np.ptp(d) == 0:
        p, method = (0.0 if gap < epsilon else 1.0), "constant"
    elif n >= FEWEST:
        p, method = t_cdf(n - 1, (gap - epsilon) / (float(d.std(ddof=1)) / math.sqrt(n))), "t"
    else:
        from scipy.stats import wilcoxon

        p, method = float(wilcoxon(d - epsilon, alternative="less").pvalue), "wilcoxon"
    return Annotator(n, float(judge_wins.mean()), float(human_wins.mean()), p, p, False, method)


def _interval(wins: list[Wins], n: int, groups: npt.ArrayLike | None) -> tuple[float, float] | None:
    """Korn and Graubard's: rho is a mean of shares over the same items, so its error is linear in the items."""
    influence = np.zeros(n)
    for rows, judge_wins, _ in wins:
        influence[rows] += (judge_wins - judge_wins.mean()) / len(rows) / len(wins)
    rho = float(np.mean([judge_wins.mean() for _, judge_wins, _ in wins]))
    used = np.unique(np.concatenate([rows for rows, _, _ in wins]))
    clusters = clusters_of(None if groups is None else np.asarray(groups)[used], len(used))
    if clusters.count < 2:
        return None
    variance = cr1(clusters.sums(influence[used]))
    # Where every item gives the same there is no spread to see, and each counts as one case.
    flat = variance <= 1e-20
    n_eff, cap = (math.inf, float(clusters.count)) if flat else (rho * (1 - rho) / variance, math.inf)
    return korn_graubard(min(max(rho, 0.0), 1.0), n_eff, clusters.count - 1.0, cap).interval(0.95)
