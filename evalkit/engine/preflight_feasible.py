"""Gates that cannot pass, whatever the candidate answers: known before a call is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_tails import question
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference


def contradictions(gates: Sequence[Gate]) -> dict[int, str]:
    """Index -> why it cannot pass together with another gate on the same metric and slice."""
    found = {}
    for i, gate in enumerate(gates):
        for other in gates[:i]:
            if (gate.metric, gate.slice) != (other.metric, other.slice):
                continue
            low, high = (gate.at_least, other.at_most) if gate.at_least is not None else (other.at_least, gate.at_most)
            if low is not None and high is not None and low >= high:
                found[i] = (
                    f"it asks for the opposite of the gate {other.label!r}: no value is both >= {low:g} and <= {high:g}"
                )
    return found


def why_never(gate: Gate, known: Known, alpha: float) -> str | None:
    """Why not even the best candidate could pass on these cases, or None.

    The best candidate has the best value on every case; a gate against the baseline also passes where it could be equal
    on every case and the interval of no difference at all lies within the margin.
    """
    asked = question(gate, known)
    n = int(asked.use.sum())
    if n == 0:
        scored = (
            "could be scored" if (known.inside[gate.metric] & known.use_tags(gate.slice)).any() else "belongs to it"
        )
        return f"no case {scored}, so it has nothing to decide on"
    if gate.min_n is not None and n < gate.min_n:
        return f"it asks for {gate.min_n:,} cases and there are {n:,}"
    if known.codes is not None and len(np.unique(known.codes[asked.use])) < 2 and gate.basis == "sample":
        return "all its cases are in one group, which does not tell how far another could lie"
    low, high = asked.b.metric.value_range
    best = high if asked.up else low
    if best is None or not asked.linear or gate.basis == "census":
        return None
    groups = None if known.codes is None else known.codes[asked.use]
    weights = None if known.weights is None else known.weights[asked.use]
    ideal = np.full(n, best)
    if gate.versus is None:
        found = mean(ideal, groups, weights) if (low, high) == (0.0, 1.0) else None
        said = "with every case at its best"
    else:
        if low is None or high is None or gate.relative:
            return None
        theirs = known.values(gate.metric)[0][asked.use]
        found = difference(ideal, theirs, groups, weights, bounds=(low, high))
        said = "with every case at its best" if (ideal != theirs).any() else "with no case worse"
    if found is None or found.interval is None:
        return None
    lo, hi = found.interval(1 - 2 * alpha)
    bound = lo if asked.up else hi
    if (bound >= asked.line) if asked.up else (bound <= asked.line):
        return None
    side = "above" if asked.up else "below"
    return (
        f"on {n:,} cases even a candidate {said} would have its one-sided {1 - alpha:.0%} bound at {bound:.4g}, "
        f"not {side} the line {asked.line:.4g}: it takes more cases or another line"
    )
