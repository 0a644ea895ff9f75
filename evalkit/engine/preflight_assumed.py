"""A preflight without a single answer: what can be said of gates from the number of cases and an assumed value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.core.tables import CaseTable
from evalkit.engine.cases import groups_of
from evalkit.engine.feasible import cannot_pass
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_feasible import shape_of, why_never
from evalkit.engine.preflight_found import GatePlan, Preflight, Wanted
from evalkit.engine.preflight_plan import preflight
from evalkit.engine.state import BoundMetric, Plan, where
from evalkit.stats.vectorised import exact_tails

USUAL = 0.8  # value of a share of which nothing is known, where only differences are asked of it
INDEPENDENT = "cases are taken as independent, for nothing is known of how alike those of one group are"


def assumed_preflight(
    cases: CaseTable,
    bound: Mapping[str, BoundMetric],
    gates: Sequence[Gate],
    clash: Mapping[int, str],
    discordance: float,
    wanted: Wanted,
) -> Preflight:
    """Gates on shares of cases whose value is expected; of the others what their value would have to be, or "unknown".

    Args:
        cases, bound, gates: of the suite.
        clash: index -> why a gate contradicts another.
        discordance: see `Known`.
        wanted: with the expected values.
    """
    plan = Plan(cases, 1, 0, 60.0, 1)
    told = [i for i, gate in enumerate(gates) if _tells(gate, bound[gate.metric], wanted)]
    plans: dict[int, GatePlan] = {}
    found = Preflight([])
    if told:
        values = {gates[i].metric: wanted.expected.get(gates[i].metric, USUAL) for i in told}
        known = _known(plan, bound, values, discordance, wanted)
        never = [clash.get(i) or why_never(gates[i], known, wanted.alpha) for i in told]
        found = preflight(known, [gates[i] for i in told], never, wanted)
        plans = dict(zip(told, found.gates, strict=True))
    for i, gate in enumerate(gates):
        if i not in plans:
            plans[i] = _unknown(gate, bound[gate.metric], plan, clash.get(i), wanted)
    partial = len(told) < len(gates)
    said = [] if partial else list(found.advice)
    if groups_of(cases) is not None:
        said.append(f"Without a first run {INDEPENDENT}: true power is lower.")
    return Preflight(
        [plans[i] for i in range(len(gates))],
        None if partial else found.joint_power,
        None if partial else found.joint_power_independent,
        None if partial else found.needed_cases,
        None,
        None if partial else found.needed_repeats,
        found.discordance,
        found.replicates,
        said,
    )


def _tells(gate: Gate, b: BoundMetric, wanted: Wanted) -> bool:
    """A value is expected; or it hardly matters, since of a difference only the discordance counts."""
    return _share(b) and (gate.metric in wanted.expected or (gate.versus is not None and not gate.relative))


def _share(b: BoundMetric) -> bool:
    return b.metric.kind == "mean" and b.ranked is None and b.metric.value_range == (0.0, 1.0)


def _known(
    plan: Plan, bound: Mapping[str, BoundMetric], values: Mapping[str, float], discordance: float, wanted: Wanted
) -> Known:
    """Cases that score 0 or 1 with the shares that are expected, which cases being a matter of chance."""
    n = len(plan.cases)
    order = np.random.default_rng(wanted.seed).permutation(n)
    parts, scored, inside = {}, {}, {}
    for metric, value in values.items():
        column = np.zeros(n)
        column[order[: round(value * n)]] = 1.0
        parts[metric] = np.column_stack([column, np.ones(n)])[None]
        scored[metric] = np.ones(n, bool)
        inside[metric] = np.asarray(bound[metric].applies)
    rows = np.arange(n)
    weights = plan.cases.weight
    kept = None if weights is None else np.asarray(weights)
    return Known(plan, rows, bound, parts, scored, inside, None, kept, np.zeros(n, np.int64), 1, discordance)


def _unknown(gate: Gate, b: BoundMetric, plan: Plan, clash: str | None, wanted: Wanted) -> GatePlan:
    """A gate of which nothing is known but its cases."""
    n = int((b.applies & where(plan.cases, gate.slice)).sum())
    groups = groups_of(plan.cases)
    inside = b.applies & where(plan.cases, gate.slice)
    clusters = None if groups is None else len(np.unique(groups[inside]))
    why = clash or cannot_pass(gate, n, clusters, shape_of(b), wanted.alpha)
    line = gate.at_least if gate.at_least is not None else gate.at_most
    needed = None
    if why is None and line is not None and _share(b) and gate.basis == "sample":
        needed = _needed_value(n, line, gate.at_least is not None, wanted)
    note = (
        "A value of the metric, by a baseline or with --expected METRIC=VALUE, would tell its power."
        if _share(b)
        else "Its spread is not known before a first run, so its power is not either."
    )
    return GatePlan(
        gate.label, gate.metric, gate.slice, gate.role, n, line=line, needed_value=needed, cannot_pass=why, note=note
    )


def _needed_value(n: int, line: float, up: bool, wanted: Wanted) -> float | None:
    """The share that the truth would have to be for the gate to pass with the wanted power; None: no share does."""
    from scipy.special import betaincinv

    right = np.arange(n + 1.0)
    edge = line if up else 1 - line
    beyond = np.flatnonzero(exact_tails(right, np.full(n + 1, float(n)), edge).above <= wanted.alpha)
    if not len(beyond):
        return None
    k = int(beyond[0])
    value = float(betaincinv(k, n - k + 1, wanted.power)) if k > 0 else 0.0
    return (value if up else 1 - value) if math.isfinite(value) else None
