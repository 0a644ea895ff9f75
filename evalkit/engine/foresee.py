"""What can be said of the gates before a system is asked: that one cannot pass, that a margin allows everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.core.tables import CaseTable
from evalkit.engine.cases import groups_of
from evalkit.engine.feasible import Shape, cannot_pass
from evalkit.engine.gate_words import advises
from evalkit.engine.state import BoundMetric, where


def foresee(gates: Sequence[Gate], cases: CaseTable, bound: Mapping[str, BoundMetric], alpha: float) -> list[str]:
    """Sentences about gates that no answer could pass on these cases, and about margins that allow anything."""
    groups = groups_of(cases)
    said = []
    for gate in gates:
        b = bound[gate.metric]
        inside = np.asarray(b.applies) & where(cases, gate.slice)
        clusters = None if groups is None else len(np.unique(groups[inside]))
        never = cannot_pass(gate, int(inside.sum()), clusters, shape_of(b), alpha)
        if never is not None:
            said.append(f"the gate {gate.label!r} cannot pass: {never[:1].lower()}{never[1:].removesuffix('.')}")
        elif (wide := too_wide(gate, b)) is not None:
            said.append(f"the gate {gate.label!r} {wide}")
    return [*said, *_at_odds(gates)]


def _at_odds(gates: Sequence[Gate]) -> list[str]:
    """Gates of one metric and slice that cannot pass together, or of which one says all that the other does."""
    said = []
    deciding = [gate for gate in gates if not advises(gate) and gate.basis == "sample"]
    for one, two in combinations(deciding, 2):
        if (one.metric, one.slice) != (two.metric, two.slice):
            continue
        low, high = (one.at_least, two.at_most) if one.at_most is None else (two.at_least, one.at_most)
        if low is not None and low == high:
            said.append(
                f"the gates {one.label!r} and {two.label!r} cannot pass together: no value is shown beyond both"
            )
        if one.versus and two.versus and not (one.superior or two.superior) and one.relative == two.relative:
            tight, wide = sorted((one, two), key=lambda gate: gate.allowed)
            said.append(f"the gate {tight.label!r} asks for all that {wide.label!r} does: the tighter margin decides")
    return said


def shape_of(b: BoundMetric) -> Shape:
    """What of a metric decides how much so many cases can show."""
    order = getattr(b.metric, "order", None)
    return Shape(b.metric.value_range, b.metric.kind, None if order is None else float(order[1]))


def too_wide(gate: Gate, b: BoundMetric) -> str | None:
    """That no loss at all would be more than a margin allows."""
    if not gate.versus or gate.superior:
        return None
    if gate.relative:
        whole = gate.allowed >= 1 and b.metric.better == "higher" and b.metric.value_range[0] == 0
        return f"allows any loss: {gate.margin} of the baseline's value is all of it" if whole else None
    low, high = b.metric.value_range
    if low is None or high is None or gate.allowed < high - low:
        return None
    remedy = f"; did you mean {gate.allowed:g}%, or {gate.allowed / 100:g}?" if (low, high) == (0.0, 1.0) else ""
    return f"allows any loss: its margin is as wide as the metric's range of {low:g} to {high:g}{remedy}"
