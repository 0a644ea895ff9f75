"""What a judge's verdicts are worth in a release: how sure a rate is by the number of answers judged, or labelled."""

from __future__ import annotations

import math

import numpy as np

from evalkit.core.judge_card import Strength, Width
from evalkit.core.nouns import Span
from evalkit.core.seeds import seed_from
from evalkit.stats.correction import Errors, clear, ppi_plus_plus, rogan_gladen, sample
from evalkit.stats.correction.rogan_gladen import CHANCE
from evalkit.stats.inference import Inference
from evalkit.stats.proportions import wilson

__all__ = ["strength"]

JUDGED = (50, 100, 200, 500, 1_000, 5_000)
LABELLED = (50, 100, 200, 400)
OF = 1_000
_MOST = 1e9


def strength(tp: float | None, fp: float | None, tn: float | None, fn: float | None) -> Strength | None:
    """How wide 95 % intervals of a rate become, were the answers like those of the calibration set.

    Args:
        tp, fp, tn, fn: of the calibration set; None: it has no positive label.

    Returns:
        None where there are no counts of both classes.
    """
    counts = (tp, fp, tn, fn)
    if any(c is None or not 0 <= c <= _MOST for c in counts):
        return None
    a, b, c, d = (float(x or 0.0) for x in counts)
    if a + d <= 0 or b + c <= 0:
        return None
    whole, errors = a + b + c + d, Errors.of_counts(a, b, c, d)
    rate, seen = (a + d) / whole, (a + b) / whole
    fresh = tuple(_fresh(n, (a / whole, b / whole, c / whole, d / whole), rate) for n in LABELLED)
    if errors.gain <= 0 or not clear(errors):
        return Strength(rate, (), fresh, OF, CHANCE)
    carried = tuple(Width(n, _span(rogan_gladen(seen, n, errors), n), _people(rate, n)) for n in JUDGED)
    return Strength(rate, carried, fresh, OF)


def _fresh(n: int, shares: tuple[float, ...], rate: float) -> Width:
    """n labels among `OF` judged answers, laid out as the calibration set's four counts."""
    labelled = _laid_out(n, shares)
    rest = _laid_out(OF - n, shares)
    human = np.concatenate([np.repeat([1.0, 0.0, 0.0, 1.0], labelled), np.full(OF - n, np.nan)])
    judge = np.concatenate([np.repeat([1.0, 1.0, 0.0, 0.0], one) for one in (labelled, rest)])
    found = ppi_plus_plus(sample(human, judge), seed_from("strength", n, *(round(s, 12) for s in shares)))
    return Width(n, _span(found.inference, n), _people(rate, n))


def _laid_out(n: int, shares: tuple[float, ...]) -> list[int]:
    """Whole numbers that sum to n, by largest remainders."""
    exact = [n * share for share in shares]
    whole = [math.floor(x) for x in exact]
    order = sorted(range(len(shares)), key=lambda k: (whole[k] - exact[k], k))
    for k in order[: n - sum(whole)]:
        whole[k] += 1
    return whole


def _people(rate: float, n: int) -> Span:
    lo, hi = wilson(rate * n, n).interval(0.95)
    return Span(point=rate, lo=lo, hi=hi, n=n)


def _span(found: Inference, n: int) -> Span:
    if found.interval is None or found.point is None:
        return Span(point=found.point, n=n)
    lo, hi = found.interval(0.95)
    return Span(point=found.point, lo=float(lo), hi=float(hi), n=n)
