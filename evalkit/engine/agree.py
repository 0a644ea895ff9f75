"""Which cases two systems answered alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.engine.state import Plan

_READ = ("output", "failure_kind", "failure_reason")


def same_answers(plan: Plan, ours: pa.Table, theirs: pa.Table) -> np.ndarray:
    """(n cases,) bool: in every repeat the same output, or the same failure.

    Args:
        plan: n cases, r repeats.
        ours, theirs: schema PREDICTIONS, in plan order.
    """
    # "" is the JSON text of nothing and the name of no failure, so it can stand for null.
    same = [np.asarray(pc.equal(pc.fill_null(ours[name], ""), pc.fill_null(theirs[name], ""))) for name in _READ]
    each: np.ndarray = np.logical_and.reduce(same).reshape(len(plan.cases), plan.repeats).all(axis=1)
    return each
