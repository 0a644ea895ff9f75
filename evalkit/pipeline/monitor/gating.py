"""What gates of a monitor may ask, and the estimates that answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.errors import InputError
from evalkit.core.nouns import Estimate, Gate, Tail
from evalkit.engine.hull import ALPHA, LEVEL
from evalkit.pipeline.monitor.performance import VARIANT, Metrics, Performance
from evalkit.pipeline.monitor.signals import expected_of
from evalkit.stats.distributions import normal_cdf, normal_quantile
from evalkit.stats.drift.expected import Expected

__all__ = ["check", "estimated"]


def check(gates: Sequence[Gate], metrics: Metrics) -> None:
    """Hold gates against what a monitor knows.

    Raises:
        InputError: a gate against a baseline, of a slice, or on a metric that is not there.
    """
    known = {*metrics, *map(expected_of, metrics)}
    for gate in gates:
        if gate.versus is not None or gate.slice is not None:
            what = "traffic has neither a baseline nor the tags of a suite: a gate has at_least or at_most"
            raise InputError(what, f"gate {gate.label}", "Write an absolute line")
        if gate.metric not in known and gate.metric.partition(".")[0] not in known:
            remedy = f"Known are: {', '.join(sorted(known)) or 'none'}"
            raise InputError(f"there is no metric {gate.metric!r:.80}", f"gate {gate.label}", remedy)


def estimated(gate: Gate, scored: Performance | None, expecting: Mapping[str, Expected]) -> Estimate:
    """The estimate that a gate decides on; one without cases where nothing was measured."""
    for name, found in expecting.items():
        if gate.metric == expected_of(name):
            return _by_confidence(gate, found)
    if scored is not None and gate.metric in scored.bound:
        return scored.estimate(gate.metric, None, gate)
    why = "no request has a label yet" if not gate.metric.startswith(expected_of("")) else "nothing was ever calibrated"
    return Estimate(metric=gate.metric, variant=VARIANT, n=0, reason=why)


def _by_confidence(gate: Gate, found: Expected) -> Estimate:
    line = gate.at_least if gate.at_least is not None else gate.at_most or 0.0
    below = normal_cdf((found.point - line) / found.se) if found.se > 0 else float(found.point >= line)
    half = -normal_quantile(ALPHA) * found.se
    lo, hi = max(0.0, found.point - half), min(1.0, found.point + half)
    assumed = "a confidence is right as often as in the reference"
    return Estimate(
        metric=gate.metric,
        variant=VARIANT,
        unit="share",
        n=found.n,
        point=found.point,
        lo=found.lo,
        hi=found.hi,
        level=LEVEL,
        method="post-stratified by confidence",
        tail=Tail(line=line, p_above=1 - below, p_below=below, lo=lo, hi=hi),
        value_range=(0.0, 1.0),
        notes=[f"by confidence, without labels: it assumes that {assumed}"],
    )
