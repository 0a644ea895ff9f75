"""Where the spread of a mean comes from: cases, answers to one case, verdicts on one answer; and which to buy."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array
from evalkit.stats.distributions import normal_quantile


class Components(NamedTuple):
    """Variances of one observed value, in the metric's units squared.

    Attributes:
        case: omega^2, of the cases' own means: Var(item means) - E[sigma^2]/K; at least 0.
        generation: of the answers of one system to one case; None where no case was repeated.
        judge: of the verdicts on one answer; 0 where there is one each, and it is then part of `generation`.
        n: cases. repeats, votes: answers a case and verdicts an answer (harmonic means where they differ).
        truncated: whether the estimate of `case` was below 0 and is given as 0.
    """

    case: float
    generation: float | None
    judge: float
    n: int
    repeats: float
    votes: float
    truncated: bool = False

    def variance(self, n: float, repeats: float, votes: float = 1.0) -> float:
        """Of a mean over n cases: (case + (generation + judge/votes)/repeats)/n; repeats may be infinite.

        Raises:
            ValueError: a count is below 1.
        """
        if min(n, repeats, votes) < 1:
            raise ValueError(f"cases, repeats and votes are at least 1; got {n:g}, {repeats:g} and {votes:g}")
        return (self.case + ((self.generation or 0.0) + self.judge / votes) / repeats) / n

    @property
    def within(self) -> float:
        """Share of the variance of the mean, as it was measured, that comes from inside the cases."""
        total = self.n * self.variance(self.n, self.repeats, self.votes)
        return 1.0 - self.case / total if total > 0 else 0.0


class Purchase(NamedTuple):
    """One way to make an estimate tighter.

    Attributes:
        what: "cases" or "repeats".
        n, repeats: the new design.
        calls: answers that it takes in all.
        se: standard error that it gives.
    """

    what: str
    n: int
    repeats: int
    calls: int
    se: float


def components(values: npt.ArrayLike) -> Components:
    """Variance components of (n, r) repeats or (n, r, v) verdicts, by moments (one-way or nested random effects).

    omega^2 = Var(item means) - E[sigma^2]/K (Miller 2024, arXiv 2411.00640, section 3.2; Searle, Casella and McCulloch
    1992, section 3.5, for unequal numbers: K is then the harmonic mean).

    Args:
        values: NaN where there is no value; cases without any are left out.

    Raises:
        ValueError: another shape, an infinite value, or fewer than two cases.
    """
    table = np.asarray(values, np.float64)
    if table.ndim == 2:
        table = table[:, :, None]
    if table.ndim != 3 or np.isinf(table).any():
        raise ValueError(f"values are (cases, repeats) or (cases, repeats, verdicts), finite or NaN, not {table.shape}")
    table = table[~np.isnan(table).all(axis=(1, 2))]
    if len(table) < 2:
        raise ValueError(f"a variance between cases takes two of them; there are {len(table)}")
    answers, votes = _means(table)
    judge, per_vote = _inside(table.reshape(-1, table.shape[2]), votes.ravel())
    cases, repeats = _means(answers)
    between, per_repeat = _inside(answers, repeats)
    generation = None if between is None else max(0.0, between - (judge or 0.0) / per_vote)
    spread = float(np.var(cases, ddof=1)) - (between or 0.0) / per_repeat
    noise = 1e-14 * float(np.max(np.abs(cases))) ** 2
    return Components(
        0.0 if spread <= noise else spread, generation, judge or 0.0, len(table), per_repeat, per_vote, spread < -noise
    )


def allocate(of: Components, se: float, most_repeats: int = 100) -> list[Purchase]:
    """What reaches a standard error: more cases at today's repeats, more repeats at today's cases, and the cheapest.

    The cheapest takes the repeats that minimise calls; as a call costs the same for a new case and for an old one, that
    is nearly always one repeat. More repeats alone cannot go below sqrt(case/n): where that is not enough they are left
    out.

    Args:
        of: the components.
        se: standard error wanted.
        most_repeats: not more than these.

    Raises:
        ValueError: if the error is not positive.
    """
    if not se > 0:
        raise ValueError(f"a standard error is positive; got {se!r}")
    found = []
    now = max(1, round(of.repeats))
    for repeats in sorted({1, now}):
        n = max(2, math.ceil(of.variance(1, repeats, of.votes) / se**2 * (1 - 1e-12)))
        found.append(_purchase(of, "cases", n, repeats))
    room = se**2 * of.n - of.case
    inside = (of.generation or 0.0) + of.judge / of.votes
    if of.generation is not None and room > 0:
        repeats = max(1, math.ceil(inside / room * (1 - 1e-12)))
        if repeats <= most_repeats:
            found.append(_purchase(of, "repeats", of.n, repeats))
    return sorted(found, key=lambda one: one.calls)


def advice(of: Components) -> str:
    """Whether more cases or more repeats make the mean tighter, as a sentence with numbers."""
    if of.generation is None:
        return "Each case was answered once, so what repeats would buy is not known; --repeats 2 would tell."
    now = of.variance(of.n, of.repeats, of.votes)
    if now <= 0:
        return "Every value is the same; neither more cases nor more repeats would change the error."
    smaller = 1 - math.sqrt(of.variance(of.n, 2 * of.repeats, of.votes) / now)
    buy = "buy more cases" if of.within < 0.5 else "repeats do nearly as much, and need no new labels"
    return (
        f"{100 * of.within:.0f} % of the variance comes from inside the cases at {of.repeats:.3g} answers each. "
        f"Twice the answers make the standard error {100 * smaller:.0f} % smaller, twice the cases 29 %: {buy}."
    )


def paired_n(
    omega2: float, sigma2: tuple[float, float], repeats: tuple[float, float], delta: float, *, power: float = 0.8
) -> float:
    """Cases for a two-sided 5 % test of a paired difference (Miller 2024, equation 9), not rounded.

    n = (z_{.975} + z_{power})^2 (omega^2 + sigma_A^2/K_A + sigma_B^2/K_B) / delta^2.

    Args:
        omega2: variance of the cases' true differences.
        sigma2: variance of one answer, of either system.
        repeats: answers a case, of either system; may be infinite.
        delta: the difference to be detected.
        power: chance to detect it.

    Raises:
        ValueError: a variance below 0, fewer than 1 repeat, a difference of 0, or power outside (0.5, 1).
    """
    if min(omega2, *sigma2) < 0 or min(repeats) < 1 or delta == 0 or not 0.5 <= power < 1:
        raise ValueError("variances are not negative, repeats at least 1, delta not 0 and power in [0.5, 1)")
    reach = normal_quantile(0.975) + normal_quantile(power)
    inside = sum(one / k for one, k in zip(sigma2, repeats, strict=True))
    return reach**2 * (omega2 + inside) / delta**2


def _purchase(of: Components, what: str, n: int, repeats: int) -> Purchase:
    return Purchase(what, n, repeats, n * repeats, math.sqrt(of.variance(n, repeats, of.votes)))


def _means(table: Array) -> tuple[Array, npt.NDArray[np.intp]]:
    """Means over the last axis, and how many values each is of; NaN where there is none."""
    known = ~np.isnan(table)
    counts = known.sum(axis=-1)
    sums = np.where(known, table, 0.0).sum(axis=-1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts


def _inside(table: Array, counts: npt.NDArray[np.intp]) -> tuple[float | None, float]:
    """Variance inside the rows, each row alike (None where no row holds two), and the harmonic mean of the counts."""
    held = counts[counts > 0]
    several = counts >= 2
    harmonic = float(held[0]) if (held == held[0]).all() else 1.0 / float(np.mean(1.0 / held))
    if not several.any():
        return None, harmonic
    return float(np.nanvar(table[several], axis=1, ddof=1).mean()), harmonic
