"""Rows -> cases: repeats are averaged inside each case before anything is estimated."""

from __future__ import annotations

import numpy as np

from evalkit.engine.state import BoundMetric, CaseParts, Plan, ScoreBlock


def per_case(plan: Plan, b: BoundMetric, block: ScoreBlock, covered: np.ndarray) -> CaseParts:
    """Average repeats inside each case; a case with any unscored repeat is unscored, between its worst and best."""
    n, r = len(plan.cases), plan.repeats
    ok: np.ndarray = (block.why < 0).reshape(n, r)
    scored = np.asarray(ok.all(axis=1))
    whole = _averaged(block.parts, r)
    parts = np.where(scored[:, None], whole, 0.0)
    first = np.where(scored, -1, block.why.reshape(n, r).max(axis=1))
    reasons = np.array([*block.reasons, None], object)[first]
    inside = np.logical_and(np.asarray(b.applies), covered)
    return CaseParts(
        parts, scored, inside, _filled(block, block.worst, r), _filled(block, block.best, r), block.unbounded, reasons
    )


def _averaged(rows: np.ndarray, repeats: int) -> np.ndarray:
    return rows if repeats == 1 else np.asarray(rows.reshape(-1, repeats, rows.shape[1]).mean(axis=1))


def _filled(block: ScoreBlock, extreme: np.ndarray | None, repeats: int) -> np.ndarray:
    if extreme is None:
        return _averaged(block.parts, repeats)
    return _averaged(np.where((block.why < 0)[:, None], block.parts, extreme), repeats)
