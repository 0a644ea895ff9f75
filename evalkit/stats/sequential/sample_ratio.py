"""Whether units fell on the arms as they were meant to: at all looks at once, or at one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from evalkit.stats.sequential.sequence import capped, p_of

__all__ = ["ALARM", "SampleRatio", "sample_ratio", "sample_ratio_once"]

ALARM = 0.01
"""p-value at or below which an analysis stops: one experiment in a hundred at most, however often one looks."""
_FEWEST = 5.0  # units that are expected in an arm, from which the chi-square distribution holds (Cochran)
_CONCENTRATIONS = (10.0, 100.0, 1_000.0, 10_000.0)


class SampleRatio(NamedTuple):
    """What the counts say of the split.

    Attributes:
        e: against "each unit falls on an arm with its share"; None of a test for one look.
        p: min(1, 1/e), of which the chance that it ever gets so low is at most p; or that of a test for one look.
        ok: p > ALARM.
    """

    e: float | None
    p: float
    ok: bool


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """The multinomial test of Lindon and Malek ("Anytime-valid inference for multinomial count data", NeurIPS 2022).

    e = B(a + n) / B(a) / prod share^n with a Dirichlet prior of parameters a = k share; it is averaged over k = 10 to
    10,000 (a mixture of Dirichlet priors), so that large deviations are seen early and small ones late. Arms without a
    share do not count, nor do their units.

    Args:
        counts: units of each arm.
        shares: as they were meant, none negative; of those above 0 the sum is made 1.

    Raises:
        ValueError: lengths that differ, a count or a share that is none, or fewer than one arm with a share.
    """
    arms = _arms(counts, shares)
    logs = [_log_bayes_factor(arms, k) for k in _CONCENTRATIONS]
    top = max(logs)
    e = capped(top + math.log(sum(math.exp(one - top) for one in logs) / len(logs)))
    return SampleRatio(e, p_of(e), p_of(e) > ALARM)


def sample_ratio_once(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Pearson's chi-square test, for one look; below 5 expected units in an arm `sample_ratio`, which needs none.

    Args and errors as there. An arm without a share costs no degree of freedom.
    """
    from scipy.special import chdtrc

    arms = _arms(counts, shares)
    expected = [share * sum(n for n, _ in arms) for _, share in arms]
    if min(expected) < _FEWEST or len(arms) < 2:
        return sample_ratio(counts, shares)
    statistic = math.fsum((n - meant) ** 2 / meant for (n, _), meant in zip(arms, expected, strict=True))
    p = float(chdtrc(len(arms) - 1, statistic))
    return SampleRatio(None, p, p > ALARM)


def _arms(counts: Sequence[int], shares: Sequence[float]) -> list[tuple[int, float]]:
    """(units, share) of the arms that have a share; shares sum to 1."""
    if len(counts) != len(shares):
        raise ValueError(f"there are {len(counts)} counts and {len(shares)} shares")
    if any(n < 0 for n in counts) or not all(0 <= share < math.inf for share in shares):
        raise ValueError("counts and shares are numbers from 0 up")
    arms = [(n, share) for n, share in zip(counts, shares, strict=True) if share > 0]
    if not arms:
        raise ValueError("no arm has a share of the split")
    whole = sum(share for _, share in arms)
    return [(n, share / whole) for n, share in arms]


def _log_bayes_factor(arms: list[tuple[int, float]], k: float) -> float:
    total = sum(n for n, _ in arms)
    each = (math.lgamma(k * share + n) - math.lgamma(k * share) - n * math.log(share) for n, share in arms)
    return math.lgamma(k) - math.lgamma(k + total) + math.fsum(each)
