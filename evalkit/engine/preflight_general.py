"""Simulated runs of metrics that are no mean of one number a case: functions of sums, and of ranks."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from evalkit.engine.preflight_draws import Draw
from evalkit.engine.preflight_gate import Found, Question
from evalkit.stats.bootstrap import FEWEST_TELLING, FEWEST_UNITS
from evalkit.stats.clusters import Array
from evalkit.stats.vectorised import Tails, normal_tails, student_tails


def general(asked: Question, draw: Draw, ours: Array, theirs: Array, mass: Array) -> Found:
    """A function of summed parts: linearised; the real gate's bootstrap is close to that where it answers at all."""
    metric = asked.b.metric
    ours, theirs = ours * mass[:, None], theirs * mass[:, None]
    a, b = draw.totals(ours), draw.totals(theirs)
    with np.errstate(all="ignore"):
        point = np.asarray(metric.combine(a), float)
        influence = _influences(metric.combine, a, ours, draw)
        if asked.gate.versus:
            point = point - asked.factor * np.asarray(metric.combine(b), float)
            influence = influence - asked.factor * _influences(metric.combine, b, theirs, draw)
        by_unit = draw.sums(influence)
    sizes = draw.sums(mass)
    count = (sizes > 0).sum(axis=1)
    middle = by_unit.sum(axis=1) / count
    away = np.where(sizes > 0, by_unit - middle[:, None], 0.0)
    se = np.sqrt(count / np.maximum(count - 1, 1) * (away**2).sum(axis=1))
    if metric.kind == "ratio":
        return point, se, student_tails(point, se, count - 1, asked.line)
    telling = (np.abs(by_unit) > 1e-13).sum(axis=1) if asked.gate.versus else np.full(len(count), FEWEST_TELLING)
    known = (count >= FEWEST_UNITS) & (telling >= FEWEST_TELLING)
    return point, se, normal_tails(point, np.where(known, se, 0.0), asked.line)


def _influences(combine: Any, totals: Array, parts: Array, draw: Draw) -> Array:
    """(t,) first-order contribution of each case to the value of its run."""
    width = totals.shape[1]
    step = 1e-5 * np.maximum(np.abs(totals), np.abs(totals).mean(axis=1, keepdims=True) + 1e-12)
    nudged = totals[:, None, :] + step[:, :, None] * np.eye(width)
    value = np.asarray(combine(totals), float)
    slope = (np.asarray(combine(nudged), float) - value[:, None]) / step
    found: Array = np.einsum("tk,tk->t", parts, slope[draw.run])
    return found


def ranked(asked: Question, draw: Draw, ours: Array, theirs: Array, mass: Array) -> Found:
    """No function of sums (an area under a curve, a quantile): computed run by run; the spread is that of the runs."""
    metric = asked.b.ranked
    assert metric is not None
    edges = np.searchsorted(draw.run, np.arange(draw.shape[0] + 1))
    point = np.full(draw.shape[0], np.nan)
    for i, (start, stop) in enumerate(itertools.pairwise(edges)):
        weight = mass[start:stop]
        keep = weight > 0
        if not keep.any():
            continue
        with np.errstate(all="ignore"):
            value = float(metric.value(ours[start:stop][keep], weight[keep]))
            if asked.gate.versus:
                value -= asked.factor * float(metric.value(theirs[start:stop][keep], weight[keep]))
        point[i] = value
    nothing = np.full(len(point), np.nan)
    return point, nothing, Tails(nothing, nothing)
