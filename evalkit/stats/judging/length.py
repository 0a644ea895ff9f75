"""Does a judge of pairs prefer the longer output more often than people do?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.judging.shares import share
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference


class Length(NamedTuple):
    """Preference for the longer output on the same items.

    Attributes:
        n: items whose lengths differ.
        judge: share on which the judge prefers the longer one, a mean over orders where there are two.
        human: share on which people do.
        excess: judge - human, paired.
    """

    n: int
    judge: Inference
    human: Inference
    excess: Inference


def length(judge: npt.ArrayLike, human: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Length:
    """P(judge prefers the longer) - P(people prefer it) on the same items; a tie is no preference for it.

    Args:
        judge: (n,) in [0, 1], the share of orders in which the longer output won.
        human: (n,) 0 or 1.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: shapes that differ.
    """
    ours, theirs = np.asarray(judge, np.float64), np.asarray(human, np.float64)
    binary = bool(np.isin(ours, (0.0, 1.0)).all())
    of_judge = share(ours, groups) if binary else mean(ours, groups, bounds=(0.0, 1.0))
    return Length(len(ours), of_judge, share(theirs, groups), difference(ours, theirs, groups, bounds=(0.0, 1.0)))
