"""What a run asks of its numbers: what every gate reads, and every estimate that the record keeps."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from evalkit.core.errors import InputError
from evalkit.core.nouns import Estimate, Gate
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.sliced import with_shrinkage
from evalkit.engine.state import Variant

Held = tuple[Gate, Estimate, str]
"""A gate, the estimate that is held against it, and the variant that it judges."""


def held(gates: Sequence[Gate], numbers: Aggregator, variants: Sequence[Variant]) -> list[Held]:
    """What every gate reads, for every candidate.

    Raises:
        InputError: a gate compares with a baseline and there is none.
    """
    baseline = next((v.name for v in variants if v.role == "baseline"), None)
    found: list[Held] = []
    for candidate in (v.name for v in variants if v.role == "candidate"):
        for gate in gates:
            if gate.versus:
                if numbers.bound[gate.metric].against == "baseline":
                    what = f"the gate {gate.label!r} compares with the baseline what is a comparison with it already"
                    remedy = "Hold the metric against a line: at_least: 0.5 is as many won as lost."
                    raise InputError(what, f"metric {gate.metric}", remedy)
                if baseline is None:
                    raise InputError(f"the gate {gate.label!r} compares with a baseline, and the run has none")
                estimate = numbers.contrast(gate.metric, (candidate, baseline), gate.slice, gate)
            else:
                estimate = numbers.estimate(gate.metric, candidate, gate.slice, gate)
            found.append((gate, estimate, candidate))
    return found


def estimates(
    numbers: Aggregator, variants: Sequence[Variant], slices: Sequence[str], gated: Collection[str] = ()
) -> list[Estimate]:
    """Every metric for every variant and contrast: overall first, then by slice.

    Of views only those that a gate names are broken down by slice: a classification of twenty classes has seventy.
    A metric that holds answers against the baseline's is of candidates alone, and has no difference from the baseline.
    """
    baseline = next((v.name for v in variants if v.role == "baseline"), None)
    found = []
    for where_tags in [None, *numbers.slices(slices)]:
        for metric, b in numbers.bound.items():
            if where_tags and b.of is not None and metric not in gated:
                continue
            if b.against == "baseline":
                candidates = [v.name for v in variants if v.role == "candidate" and baseline is not None]
                found += [numbers.estimate(metric, name, where_tags) for name in candidates]
                continue
            found += [numbers.estimate(metric, v.name, where_tags) for v in variants]
            if baseline is not None:
                pairs = [(v.name, baseline) for v in variants if v.role == "candidate"]
                found += [numbers.contrast(metric, pair, where_tags) for pair in pairs]
    return with_shrinkage(found)
