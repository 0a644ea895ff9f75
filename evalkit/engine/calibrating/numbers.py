"""Judges that give numbers: rank correlation at three levels, and bias in points."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.engine.calibrating.agreeing import other_vocabulary
from evalkit.engine.calibrating.columns import Columns
from evalkit.engine.calibrating.figures import figure
from evalkit.stats.judging.scores import Ranked, scores


def scores_part(of: Columns) -> dict[str, Any] | None:
    """The key `scores`, where all labels are numbers; people's number is their mean, so that none is dropped."""
    if of.numbers is None or other_vocabulary(of) is not None:
        return None
    given = of.people >= 0
    rows = given.any(axis=1) & (of.judge >= 0)
    if rows.sum() < 2:
        return None
    values = np.where(given, of.numbers[of.people], 0.0)
    human = values.sum(axis=1)[rows] / given.sum(axis=1)[rows]
    systems = np.array([name or "" for name in of.systems])[rows]
    found = scores(
        human,
        of.numbers[of.judge[rows]],
        of.groups_of(rows),
        systems if of.ratings.system and all(of.ratings.system) else None,
    )
    return {
        "bias": figure(found.bias, None),
        "rmse": found.rmse,
        "pooled": _ranked(found.pooled),
        "by_group": _ranked(found.by_document),
        "by_system": _ranked(found.by_system),
        "n": found.n,
    }


def _ranked(one: Ranked | None) -> dict[str, Any] | None:
    return None if one is None else one._asdict()
