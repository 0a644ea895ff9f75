"""Gates that cannot pass, whatever the candidate answers: known before a call is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.feasible import Shape, cannot_pass
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_tails import question
from evalkit.engine.state import BoundMetric
from evalkit.stats.one_sample import mean


def contradictions(gates: Sequence[Gate]) -> dict[int, str]:
    """Index -> why it cannot pass together with another gate on the same metric and slice."""
    found = {}
    for i, gate in enumerate(gates):
        for other in gates[:i]:
            if (gate.metric, gate.slice) != (other.metric, other.slice):
                continue
            low, high = (gate.at_least, other.at_most) if gate.at_least is not None else (other.at_least, gate.at_most)
            if low is not None and high is not None and low >= high:
                found[i] = f"It contradicts the gate {other.label!r}: no value is both >= {low:g} and <= {high:g}."
    return found


def shape_of(b: BoundMetric) -> Shape:
    """What of a metric decides how much so many cases can show."""
    order = getattr(b.metric, "order", None) if b.ranked is not None else None
    return Shape(b.metric.value_range, b.metric.kind, None if order is None else order[1])


def why_never(gate: Gate, known: Known, alpha: float) -> str | None:
    """Why not even the best candidate could pass on the cases that are known, or None.

    Beside what the number of cases says alone: the baseline could not be scored on any of them, or, with the groups as
    they are, even the best value on every case would not have its bound beyond the line.
    """
    asked = question(gate, known)
    inside = known.inside[gate.metric] & known.use_tags(gate.slice)
    n = int(inside.sum())
    groups = None if known.codes is None else len(np.unique(known.codes[inside]))
    found = cannot_pass(gate, n, groups, shape_of(asked.b), alpha)
    if found is not None:
        return found
    if not asked.use.any():
        return f"None of its {n:,} cases could be scored for the baseline, so nothing is known of it."
    low, high = asked.b.metric.value_range
    best = high if asked.up else low
    if gate.versus or gate.basis == "census" or not asked.linear or best is None or (low, high) != (0.0, 1.0):
        return None
    weights = None if known.weights is None else known.weights[asked.use]
    codes = None if known.codes is None else known.codes[asked.use]
    ideal = mean(np.full(int(asked.use.sum()), best), codes, weights)
    if ideal.interval is None:
        return None
    lo, hi = ideal.interval(1 - 2 * alpha)
    if (lo >= asked.line) if asked.up else (hi <= asked.line):
        return None
    return (
        f"Even with all {ideal.n:,} cases at their best its one-sided {1 - alpha:.0%} bound would be "
        f"{lo if asked.up else hi:.4g}, not beyond the line {asked.line:.4g}: it takes more groups or another line."
    )
