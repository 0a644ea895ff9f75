"""Rows -> cases: repeats are averaged inside each case before anything is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evalkit.engine.state import BoundMetric, CaseParts, Plan, ScoreBlock


def all_cases(
    plan: Plan,
    bound: Mapping[str, BoundMetric],
    scores: Mapping[tuple[str, str], ScoreBlock],
    covered: Mapping[str, np.ndarray],
) -> dict[tuple[str, str], CaseParts]:
    """`per_case` of every metric and variant; views that read their metric's parts share the arrays, too.

    Args:
        plan, bound: as everywhere; a view stands after its metric.
        scores: (metric id, variant) -> its scores.
        covered: variant -> (n,) cases that it was asked.
    """
    found: dict[tuple[str, str], CaseParts] = {}
    for (metric, variant), block in scores.items():
        b = bound[metric]
        like = found[str(b.of), variant] if block.borrowed and (b.ranked is None) == _averages(bound, b.of) else None
        if like is None:
            found[metric, variant] = per_case(plan, b, block, covered[variant])
        else:
            worst, best = _open(block, like.open, plan.repeats, averaged=b.ranked is None)
            found[metric, variant] = replace(like, open_worst=worst, open_best=best, unbounded=block.unbounded)
    return found


def _averages(bound: Mapping[str, BoundMetric], metric: str | None) -> bool:
    return bound[str(metric)].ranked is None


def per_case(plan: Plan, b: BoundMetric, block: ScoreBlock, covered: np.ndarray) -> CaseParts:
    """Average repeats inside each case; a case with any unscored repeat is unscored, between its worst and best."""
    n, r = len(plan.cases), plan.repeats
    ok: np.ndarray = (block.why < 0).reshape(n, r)
    scored = np.asarray(ok.all(axis=1))
    averaged = b.ranked is None
    whole = _cases(block.parts, r, averaged)
    missing = np.flatnonzero(~scored)
    if len(missing) and r > 1:
        whole = whole.copy() if b.ranked else whole  # else it is a fresh array of means
        whole[missing] = 0.0
    first = np.where(scored, -1, block.why.reshape(n, r).max(axis=1))
    reasons = np.array([*block.reasons, None], object)[first]
    worst, best = _open(block, missing, r, averaged=averaged)
    inside = np.logical_and(np.asarray(b.applies), covered)
    if block.about is not None:
        inside = inside & block.about
    return CaseParts(whole, scored, inside, missing, worst, best, block.unbounded, reasons)


def _cases(rows: np.ndarray, repeats: int, averaged: bool) -> np.ndarray:
    """(n r, k) -> (n, k), or (n, r, k) where nothing is averaged."""
    if averaged and repeats == 1:
        return rows
    grid = rows.reshape(-1, repeats, rows.shape[1])
    return np.asarray(grid.mean(axis=1)) if averaged else grid


def _open(block: ScoreBlock, cases: np.ndarray, repeats: int, *, averaged: bool) -> tuple[np.ndarray, np.ndarray]:
    """The unscored cases with their unscored repeats at the worst, and at the best."""
    if not len(cases):
        none = _cases(block.parts[:0], repeats, averaged)
        return none, none
    rows = (cases[:, None] * repeats + np.arange(repeats)).ravel()
    bounded = np.concatenate(block.open_rows) if block.open_rows else np.empty(0, np.int64)
    still = block.why[bounded] >= 0  # a judge's open rows may have been decided by the layer before it
    places = np.searchsorted(rows, bounded[still])
    found = []
    for chunks in (block.worst, block.best):
        parts = block.parts[rows]
        if len(places):
            parts[places] = np.concatenate(chunks)[still]
        found.append(_cases(parts, repeats, averaged))
    return found[0], found[1]
