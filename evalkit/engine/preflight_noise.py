"""How much of a gate's variance comes from asking again: what more answers to each case can take away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.preflight import Rehearsal, moments, rehearse
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_gate import Question
from evalkit.stats.clusters import Array
from evalkit.stats.variance import Components, components


def variance_of(known: Known, asked: Question) -> Components | None:
    """Variance of a mean's cases and of the answers to one; None where it cannot be split: one answer, or no mean."""
    if known.answers < 2 or not asked.linear or int(asked.use.sum()) < 2:
        return None
    return components(known.values(asked.gate.metric)[:, asked.use].T)


def noise_shares(known: Known, asked: Sequence[Question], rehearsal: Rehearsal, seed: int) -> Array:
    """(m,) share of each gate's variance that comes from answering again; of a difference of two runs that is all."""
    found = []
    for i, one in enumerate(asked):
        if one.gate.versus:
            found.append(1.0)
            continue
        split = variance_of(known, one)
        if split is not None and split.generation is not None and known.codes is None:
            noise = split.generation / known.repeats
            found.append(noise / (split.case + noise) if noise > 0 else 0.0)
            continue
        again = Gate(metric=one.gate.metric, versus="baseline", margin=0.0, slice=one.gate.slice)
        runs = rehearse(known, [one._replace(gate=again, line=0.0)], seed, min(200, len(rehearsal.point)))
        whole, again_only = float(moments(rehearsal.point[:, i])[1]), float(moments(runs.point[:, 0])[1])
        found.append(min(1.0, again_only**2 / 2 / whole**2) if whole > 0 else 0.0)
    return np.array(found)
