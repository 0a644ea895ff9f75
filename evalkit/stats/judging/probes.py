"""A probe of a judge is a paired test: the same items, judged as they are and after a change that should not matter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.judging.order import sign_test
from evalkit.stats.judging.shares import share
from evalkit.stats.paired import difference


class Probe(NamedTuple):
    """What the change did to 0/1 verdicts.

    Attributes:
        n: items. flips: share of verdicts that changed, either way.
        gained, lost: verdicts that became 1, or 0.
        change: mean after - before, paired.
        p: McNemar's exact test that both ways are equally likely; None without a flip.
    """

    n: int
    flips: Inference
    gained: int
    lost: int
    change: Inference
    p: float | None


def probe(before: npt.ArrayLike, after: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Probe:
    """Compare the verdicts on the same items.

    Args:
        before, after: (n,) 0 or 1, n at least 1.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: shapes that differ, or values other than 0 and 1.
    """
    one, two = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if one.shape != two.shape or not np.isin([*one, *two], (0.0, 1.0)).all():
        raise ValueError("verdicts before and after are 0 or 1, one an item each")
    gained, lost = int((two > one).sum()), int((two < one).sum())
    return Probe(
        len(one), share(one != two, groups), gained, lost, difference(two, one, groups), sign_test(gained, lost)
    )
