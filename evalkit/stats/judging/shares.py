"""Shares and means of judged items, with the interval that a judge card shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean


def share(of: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Inference:
    """The share of items that are 1: Wilson's interval, Korn and Graubard's where items come in groups.

    Args:
        of: (n,) 0 or 1.
        groups: (n,) cluster ids, or None.

    Raises:
        ValueError: values other than 0 and 1, or shapes that differ.
    """
    values = np.asarray(of, np.float64)
    alone = groups is None or len(np.unique(np.asarray(groups))) == len(values)
    # One case has an interval too (wide): only a mean without a model of its data has none.
    return mean(values, None if alone else groups, method="wilson" if alone and len(values) > 1 else "auto")
