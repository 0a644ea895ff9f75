"""Rows -> cases: repeats are averaged inside each case before anything is estimated."""

from __future__ import annotations

import numpy as np

from evalkit.engine.state import BoundMetric, CaseParts, Plan, ScoreBlock


def per_case(plan: Plan, b: BoundMetric, block: ScoreBlock, covered: np.ndarray) -> CaseParts:
    """Average repeats inside each case."""
    n, r, k = len(plan.cases), plan.repeats, block.parts.shape[1]
    ok = (block.why < 0).reshape(n, r)
    rows = block.parts.reshape(n, r, k)

    def filled(extreme: np.ndarray | None) -> np.ndarray:
        if extreme is None:
            return rows.mean(axis=1)
        values: np.ndarray = np.where(ok[:, :, None], rows, extreme.reshape(n, r, k)).mean(axis=1)
        return values

    scored = ok.all(axis=1)
    first = np.where(scored, -1, block.why.reshape(n, r).max(axis=1))
    reasons = np.array([*block.reasons, None], object)[first]
    worst, best = (filled(block.worst), filled(block.best)) if not scored.all() else (rows[:, 0], rows[:, 0])
    parts = rows[:, 0] if r == 1 else np.where(scored[:, None], rows.mean(axis=1), 0.0)
    inside: np.ndarray = np.logical_and(b.applies, covered)
    return CaseParts(parts, scored, inside, worst, best, block.unbounded, reasons)
