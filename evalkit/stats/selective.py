"""Selective judging: from which confidence on a judge may decide, with a bound on how often it is then wrong.

Sources: Jung, Brahman and Choi, "Trust or Escalate", ICLR 2025 (arXiv 2407.18370), for the exact binomial bound and
the fixed-sequence test; Angelopoulos et al., "Learn then Test" (arXiv 2110.01052), for why a sequence that is fixed
beforehand needs no correction. Steps are tenths of the coverage from the top 30 % on, and where no step passes, none
is returned.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from evalkit.stats.clusters import clusters_of
from evalkit.stats.one_sample import mean

Array = npt.NDArray[np.float64]

STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of the items kept, in the order in which they are tested; fixed before any label is seen."""


class Share(NamedTuple):
    """A share of errors with its one-sided bounds, each at confidence 1 - delta.

    Exact (Clopper-Pearson) for independent items; Korn and Graubard's where items share groups.
    """

    point: float
    lo: float
    hi: float


class Step(NamedTuple):
    """One threshold of the sequence.

    Attributes:
        threshold: items of at least this confidence are kept.
        n, wrong: labelled items kept, and those of them on which the judge is wrong.
        coverage: share of all items kept.
        error: wrong / n with bounds; None where n is 0.
        tested: whether the sequence came this far.
        passed: whether error.hi is at most alpha, and that of every step before too.
    """

    threshold: float
    n: int
    wrong: int
    coverage: float
    error: Share | None
    tested: bool
    passed: bool


class Selective(NamedTuple):
    """What `certify` found.

    Attributes:
        threshold: items of at least this confidence may be left to the judge; None: no threshold is certified.
        coverage: share of the items that are left to it, 0 without a threshold.
        error: among the labelled ones of them; None without a threshold. `hi` is the bound that was certified.
        curve: every step, whether tested or not.
        aurc: area under the curve of error against coverage (lower is better); None without items.
        overall: error of the judge on all items.
        infeasible: least share that any rule must give away to err at most `alpha` on the rest (see `least_abstained`).
        reason: why there is no threshold, as a sentence.
        alpha, delta: the error allowed, and the probability allowed of allowing more.
        n: labelled items.
    """

    threshold: float | None
    coverage: float
    error: Share | None
    curve: tuple[Step, ...]
    aurc: float | None
    overall: float | None
    infeasible: float
    reason: str | None
    alpha: float
    delta: float
    n: int


def certify(
    confidence: npt.ArrayLike,
    wrong: npt.ArrayLike,
    alpha: float = 0.2,
    delta: float = 0.1,
    pool: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Selective:
    """The lowest threshold on which P(error among items kept > alpha) is at most delta, by a fixed-sequence test.

    At each step R+ = sup{r: P(Binomial(n, r) <= k) >= delta} = Beta^-1(1 - delta; k + 1, n - k) for k errors among n
    items kept; the test stops at the first R+ > alpha, and the step before is certified. Items of the same confidence
    are kept or given away together. The items have to be a random sample of what the judge will be asked.

    Args:
        confidence: (n,) finite numbers, higher is surer.
        wrong: (n,) 0/1 or bool: whether the judge disagrees with people.
        alpha: error allowed among the items kept, in (0, 1).
        delta: probability allowed that it is more, in (0, 1).
        pool: (m,) confidences of items without labels, from which the thresholds are taken; None: the labelled ones'.
        groups: (n,) cluster of each item (answers to one question err together); None: items are independent.

    Raises:
        ValueError: lengths that differ, values that are not finite or not 0/1, alpha or delta outside (0, 1).
    """
    score, bad = _checked(confidence, wrong)
    if not 0 < alpha < 1 or not 0 < delta < 1:
        raise ValueError(f"alpha and delta lie between 0 and 1; got {alpha} and {delta}")
    every = score if pool is None else _finite(pool, "pool")
    if not len(score) or not len(every):
        return Selective(None, 0.0, None, (), None, None, 0.0, "there are no items", alpha, delta, 0)
    curve = _sequence(score, bad, every, None if groups is None else np.asarray(groups), alpha, delta)
    best = next((step for step in reversed(curve) if step.passed), None)
    mu = float(bad.mean())
    return Selective(
        None if best is None else best.threshold,
        0.0 if best is None else best.coverage,
        None if best is None else best.error,
        curve,
        aurc(score, bad),
        mu,
        least_abstained(mu, alpha),
        _why_not(curve[0], alpha, delta) if best is None else None,
        alpha,
        delta,
        len(score),
    )


def least_abstained(error: float, alpha: float) -> float:
    """Share that any rule must give away for at most `alpha` error on the rest: max(0, (error - alpha)/(1 - alpha)).

    Even a perfect confidence gives away errors alone: error - share <= alpha (1 - share).
    """
    return max(0.0, (error - alpha) / (1 - alpha))


def upper(wrong: int, n: int, delta: float) -> float:
    """Exact upper bound of a share at confidence 1 - delta; 1 where nothing was seen or all is wrong."""
    return 1.0 if wrong >= n else float(special.betaincinv(wrong + 1, n - wrong, 1 - delta))


def aurc(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> float:
    """Mean over k = 1..n of the error among the k surest items; ties count with their mean error.

    Area under the risk-coverage curve, Geifman, Uziel and El-Yaniv 2019 (arXiv 1805.08206), section 3.
    """
    score, bad = _checked(confidence, wrong)
    if not len(score):
        raise ValueError("there are no items")
    _, block = np.unique(-score, return_inverse=True)
    even = (np.bincount(block, bad) / np.bincount(block))[np.sort(block)]
    return float(np.mean(np.cumsum(even) / np.arange(1, len(even) + 1)))


def _sequence(
    score: Array, bad: Array, every: Array, groups: npt.NDArray[np.generic] | None, alpha: float, delta: float
) -> tuple[Step, ...]:
    found: list[Step] = []
    for share in STEPS:
        # The rounded difference, so that 1 - 0.3 is the 0.7 that a reader would type.
        threshold = float(np.quantile(every, round(1 - share, 10)))
        if found and threshold == found[-1].threshold:
            continue  # ties: the same items
        kept = score >= threshold
        n, wrong = int(kept.sum()), int(bad[kept].sum())
        error = None if n == 0 else _share(bad[kept], None if groups is None else groups[kept], delta)
        tested = not found or found[-1].passed
        passed = tested and error is not None and error.hi <= alpha
        found.append(Step(threshold, n, wrong, float((every >= threshold).mean()), error, tested, passed))
    return tuple(found)


def _share(bad: Array, groups: npt.NDArray[np.generic] | None, delta: float) -> Share:
    n, wrong = len(bad), int(bad.sum())
    if clusters_of(groups, n).codes is None:
        lower = 0.0 if wrong == 0 else float(special.betaincinv(wrong, n - wrong + 1, delta))
        return Share(wrong / n, lower, upper(wrong, n, delta))
    found = mean(bad, groups)
    if found.interval is None:
        return Share(wrong / n, 0.0, 1.0)
    return Share(wrong / n, *found.interval(1 - 2 * min(delta, 0.499)))


def _why_not(first: Step, alpha: float, delta: float) -> str:
    if first.error is None:
        return "no labelled item is among the surest of the pool, so nothing can be certified"
    fewest = int(np.ceil(np.log(delta) / np.log1p(-alpha)))
    if first.n < fewest:
        return (
            f"{first.n:,} labelled items among the surest {100 * first.coverage:.0f} % cannot certify an error of "
            f"{alpha:g} with {100 * (1 - delta):g} % confidence: even without an error that takes {fewest:,}"
        )
    return (
        f"even among the surest {100 * first.coverage:.0f} % ({first.wrong:,} errors in {first.n:,} labelled items) "
        f"the error may be {first.error.hi:.3f}, above {alpha:g}, with {100 * (1 - delta):g} % confidence"
    )


def _checked(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> tuple[Array, Array]:
    score, bad = _finite(confidence, "confidence"), _finite(wrong, "wrong")
    if len(score) != len(bad):
        raise ValueError(f"{len(score)} confidences and {len(bad)} errors")
    if not np.isin(bad, (0.0, 1.0)).all():
        raise ValueError("wrong holds 0 and 1")
    return score, bad


def _finite(values: npt.ArrayLike, name: str) -> Array:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"{name} is one column of finite numbers")
    return array
