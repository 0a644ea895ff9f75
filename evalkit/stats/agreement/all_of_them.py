"""What raters agree on, by every coefficient in use: no one of them is the answer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.agreement import coefficients
from evalkit.stats.agreement.intervals import Coefficient, Effort, coefficient, missing
from evalkit.stats.agreement.ratings import Ratings, Scale
from evalkit.stats.clusters import Array
from evalkit.stats.one_sample import mean

FEWEST_TELLING = 5  # items agreed on, and items not agreed on, below which resampling is too short
MOST_VALUES = 500
FOREIGN = 0.2  # share of each rater's ratings that the other never gives, from which on the notations differ


class Agreement(NamedTuple):
    """What raters agree on.

    Attributes:
        raw: chance that two raters of one item say the same, mean over items.
        kappa: Cohen's, linear weights on an ordinal scale, quadratic on an interval scale; two raters only.
        ac: Gwet's AC1, or AC2 with the same weights.
        alpha: Krippendorff's, by the distance of the scale.
        n_items: items with two ratings or more, which alone tell of agreement. n_single: items with one.
        n_raters, n_ratings: raters, and their ratings of the items that count.
        balance: (q,) share of each value among these, in the order of the values.
    """

    raw: Coefficient
    kappa: Coefficient
    ac: Coefficient
    alpha: Coefficient
    n_items: int
    n_single: int
    n_raters: int
    n_ratings: int
    balance: Array


def agreement(
    codes: npt.ArrayLike,
    values: npt.ArrayLike,
    scale: Scale = "nominal",
    *,
    seed: int,
    level: float = 0.95,
    replicates: int = 5_000,
) -> Agreement:
    """All coefficients with intervals over items (raters are fixed).

    Raw agreement has the interval of a mean over items; the others BCa from resampled items, the jackknife's t below 30
    items and none below 8, nor where fewer than 5 items are agreed on or disagreed on. Kappa is refused where a
    fifth of either rater's ratings are values that the other never gives: that is another notation, not disagreement.

    Args:
        codes: (n, r) index into values of each item's rating by each rater; -1 where there is none.
        values: (q,) distinct values that occur, ascending unless nominal; numbers for an interval scale.
        scale: of the values.
        seed: from the content of the question.
        level: two-sided confidence.
        replicates: resamples.

    Raises:
        ValueError: shapes, codes, values or a level that cannot be; more than 500 values of no interval scale.
    """
    return _found(Ratings(codes, values, scale), Effort(seed, level, replicates))


def grouped_agreement(
    codes: npt.ArrayLike, values: npt.ArrayLike, groups: npt.ArrayLike, *, seed: int, level: float = 0.95
) -> Agreement:
    """All coefficients on a nominal scale, where items come in groups (several answers to one question).

    Points are those of `agreement`; groups are resampled whole, or left out whole.

    Args:
        codes, values, seed, level: as `agreement`.
        groups: (n,) cluster ids.

    Raises:
        ValueError: as `agreement`.
    """
    return _found(Ratings(codes, values, "nominal", groups), Effort(seed, level, 5_000))


def _found(of: Ratings, effort: Effort) -> Agreement:
    """See `agreement`."""
    level, scale = effort.level, of.scale
    if not 0.0 < level < 1.0:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}; 0.95 is usual")
    if scale != "interval" and len(of.values) > MOST_VALUES:
        raise ValueError(
            f"{len(of.values):,} different values are no {scale} scale (at most {MOST_VALUES}); numbers may be interval"
        )
    paired = of.paired
    shortage = _shortage(of)
    found = None if paired.any() else missing("no item has two ratings")
    rated = of.table[paired]
    counted = np.bincount(rated[rated >= 0], minlength=len(of.values))
    return Agreement(
        found or _raw(of, level),
        found or _kappa(of, effort, shortage),
        found or _gwet(of, effort, shortage),
        found or coefficient(coefficients.alpha(of), effort, shortage),
        int(paired.sum()),
        int((~paired).sum()),
        of.table.shape[1],
        int(counted.sum()),
        counted / max(1.0, float(counted.sum())),
    )


def _raw(of: Ratings, level: float) -> Coefficient:
    found = mean(of.agreeing()[of.paired], of.paired_groups, bounds=(0.0, 1.0) if of.groups is not None else None)
    if found.interval is None:
        return missing(found.reason or "there is no interval", found.point)
    lo, hi = found.interval(level)
    return Coefficient(found.point, max(0.0, lo), min(1.0, hi), None, found.method)


def _kappa(of: Ratings, effort: Effort, shortage: str | None) -> Coefficient:
    if of.table.shape[1] != 2:
        return missing(f"Cohen's kappa is of two raters, and there are {of.table.shape[1]}")
    if (refusal := _other_notation(of)) is not None:
        return missing(refusal)
    return coefficient(coefficients.kappa(of), effort, shortage)


def _other_notation(of: Ratings) -> str | None:
    """Why the two raters seem to write in different notations, or None.

    Counts of {0, 1} against {1, 2} give a kappa that is none: no notation holds where each gives mostly values that the
    other never does. A rare value that one of them alone uses is no such sign.
    """
    one, two = of.table[of.paired].T
    alone = min(float(np.isin(one, two, invert=True).mean()), float(np.isin(two, one, invert=True).mean()))
    if of.scale == "interval" or alone < (FOREIGN if of.scale == "nominal" else 1.0):
        return None
    shown = " and ".join("{" + ", ".join(str(v) for v in of.values[np.unique(used)][:6]) + "}" for used in (one, two))
    return f"the raters' vocabularies differ, {shown}: write both in one notation, unless they truly never say the same"


def _gwet(of: Ratings, effort: Effort, shortage: str | None) -> Coefficient:
    if len(of.values) > MOST_VALUES:
        return missing(
            f"Gwet's coefficient is for a scale of at most {MOST_VALUES} values; there are {len(of.values):,}"
        )
    return coefficient(coefficients.gwet(of), effort, shortage)


def _shortage(of: Ratings) -> str | None:
    """Why resampled items would all look alike, or None."""
    agreed = int((of.agreeing()[of.paired] >= 1.0 - 1e-12).sum())
    n = int(of.paired.sum())
    few = FEWEST_TELLING if n >= 30 else 1
    if of.scale == "interval" or few <= agreed <= n - few:
        return None
    return f"all raters agree on {agreed:,} of {n:,} items; an interval takes {few} that they agree on, and {few} not"
