"""A rate or a paired difference by the judge's known errors, beside what rules decided."""

from __future__ import annotations

import numpy as np

from evalkit.engine.correcting.rows import rate_by_errors
from evalkit.engine.correcting.seeing import Sight
from evalkit.engine.correcting.sources import JUDGED
from evalkit.stats.clusters import fewest_differing, zero_one
from evalkit.stats.correction import Errors, clear, rogan_gladen_difference, rogan_gladen_mixed, sample
from evalkit.stats.correction.rogan_gladen import CHANCE
from evalkit.stats.inference import Inference, Summary, no_interval
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference

FEW = 10
"""Cases (clusters) of the rarer value, below which their spread says too little of it."""


def by_errors(found: Sight, errors: Errors) -> Inference:
    """Rogan and Gladen on what the judge decided; what rules decided stands as it is.

    A rate of which the judge decided every case has Lee et al.'s interval. Else each verdict f becomes (f + q0 - 1)/J,
    whose mean is corrected; the uncertainty of q0 and q1 is added to that of the mean.
    """
    if not clear(errors) or errors.gain <= 0:
        return no_interval(Summary(None, len(found.values[0])), CHANCE)
    judged = [layer == JUDGED for layer in found.layers]
    whole = len(judged) > 1 or zero_one(found.values[0])  # several verdicts on a case are averaged: no rate of cases
    if whole and all(mask.all() for mask in judged):
        if len(judged) == 1:
            nobody = np.full(len(found.values[0]), np.nan)
            return rate_by_errors(sample(nobody, found.values[0], found.groups, found.weights), errors)
        seen = difference(found.values[0], found.values[1], found.groups, found.weights, bounds=(0.0, 1.0))
        return rogan_gladen_difference(seen, errors)
    return _mixed(found, judged, errors)


def _mixed(found: Sight, judged: list[np.ndarray], errors: Errors) -> Inference:
    q = errors.smoothed
    bounds = ((q.specificity - 1) / q.gain, q.specificity / q.gain)
    whole = [
        np.clip(np.where(mask, (values + q.specificity - 1) / q.gain, values), *bounds)
        for values, mask in zip(found.values, judged, strict=True)
    ]
    mass = np.ones(len(whole[0])) if found.weights is None else found.weights
    share = [float(np.average(mask, weights=mass)) for mask in judged]
    rate = [float(np.average(np.where(mask, v, 0.0), weights=mass)) for v, mask in zip(whole, judged, strict=True)]
    w, s = (share[0], rate[0]) if len(whole) == 1 else (share[0] - share[1], rate[0] - rate[1])
    if len(whole) == 1:
        seen = mean(whole[0], found.groups, found.weights, bounds=bounds)
        if _rare(found):
            seen = _no_narrower(seen, mean(found.values[0], found.groups, found.weights, bounds=(0.0, 1.0)), q.gain)
        return rogan_gladen_mixed(seen, (w - s, s), errors, (0.0, 1.0))
    seen = difference(whole[0], whole[1], found.groups, found.weights, bounds=bounds)
    if _rare(found):
        raw = difference(found.values[0], found.values[1], found.groups, found.weights, bounds=(0.0, 1.0))
        seen = _no_narrower(seen, raw, q.gain)
    return rogan_gladen_mixed(seen, (w - s, s), errors, (-1.0, 1.0))


def _rare(found: Sight) -> bool:
    """Whether few cases (clusters) differ from the commonest value: two layers without an error look like spread."""
    values = found.values[0] if len(found.values) == 1 else found.values[0] - found.values[1]
    kinds, counts = np.unique(values, return_counts=True)
    unlike = values != kinds[int(np.argmax(counts))]
    few = FEW if len(found.values) == 1 else fewest_differing(len(values))
    return int(unlike.sum() if found.groups is None else len(np.unique(found.groups[unlike]))) < few


def _no_narrower(seen: Inference, raw: Inference, gain: float) -> Inference:
    """The interval, where each end is at least as far off as that of the values themselves over J.

    A wrong answer among the judged ones is called wrong J times as often as it is there.
    """
    if seen.interval is None or raw.interval is None or seen.point is None or raw.point is None:
        return seen
    ours, theirs, at, middle = seen.interval, raw.interval, seen.point, raw.point

    def interval(level: float) -> tuple[float, float]:
        (low, high), (below, above) = ours(level), theirs(level)
        return min(low, at - (middle - below) / gain), max(high, at + (above - middle) / gain)

    return seen._replace(interval=interval)
