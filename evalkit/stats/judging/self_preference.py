"""Does a judge favour answers of its own family where people prefer the other one?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.paired import difference


def self_preference(
    own_judge: npt.ArrayLike, other_judges: npt.ArrayLike, groups: npt.ArrayLike | None = None
) -> Inference:
    """P(judge picks its own family) - P(other families' judges pick it), on pairs where people prefer the other answer.

    Both shares are on the same items, so that answers that are simply tempting cancel.

    Args:
        own_judge: (n,) 0 or 1: whether the judge picks the answer of its own family.
        other_judges: (n,) in [0, 1]: the share of judges of other families that pick that answer.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: shapes that differ, or values that are not in [0, 1].
    """
    ours, theirs = np.asarray(own_judge, np.float64), np.asarray(other_judges, np.float64)
    return difference(ours, theirs, groups, bounds=(0.0, 1.0))
