"""What a preflight finds: every gate with its power, all of them together, and what would help, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.preflight import Rehearsal, moments, rehearse, tolerated
from evalkit.engine.preflight_advice import bought, rms
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_found import GatePlan, Preflight, Wanted
from evalkit.engine.preflight_gate import Change, Question
from evalkit.engine.preflight_noise import variance_of
from evalkit.engine.preflight_scale import gating, joint, needed_scale
from evalkit.engine.preflight_tails import question
from evalkit.stats.power import min_detectable

DISCORDANCES = (0.02, 0.05, 0.1, 0.2)
CELLS = 4_000_000  # cases simulated for one gate


def preflight(known: Known, gates: Sequence[Gate], impossible: Sequence[str | None], wanted: Wanted) -> Preflight:
    """Power of every gate and of all together, and what to buy.

    Args:
        known: the cases as a baseline answered them.
        gates: of the suite.
        impossible: for each, why it cannot pass, or None.
        wanted: see `Wanted`.
    """
    if not gates:
        return Preflight([])
    asked = [question(gate, known) for gate in gates]
    changes = {i: Change(_change(one, known, wanted)) for i, one in enumerate(asked)}
    replicates = int(np.clip(CELLS // max(len(known.rows), 1), 300, 2_000))
    runs = rehearse(known, asked, wanted.seed, replicates, changes, wanted.alpha)
    told = wanted.assumed and any(one.gate.versus for one in asked)
    table = _by_discordance(known, runs, changes, wanted) if told else []
    plans = [
        _gate_plan(known, runs, i, impossible[i], changes[i], wanted, [t[i] for _, _, t in table])
        for i in range(len(asked))
    ]
    found = Preflight(plans, replicates=replicates)
    if not gating(asked):
        return found
    together, each = joint(runs)
    family = gating(asked)
    found = replace(
        found,
        joint_power=together,
        joint_power_independent=float(np.prod(each[family])),
        discordance=[{"discordance": d, "joint_power": both} for d, both, _ in table],
    )
    return bought(known, runs, found, wanted)


def _change(asked: Question, known: Known, wanted: Wanted) -> float:
    """What the candidate is taken to differ by from the baseline."""
    if asked.gate.metric not in wanted.expected:
        return 0.0
    return wanted.expected[asked.gate.metric] - (_value(asked, known) or 0.0)


def _value(asked: Question, known: Known) -> float | None:
    """The metric as the known answers have it, on the gate's cases."""
    parts = known.parts[asked.gate.metric][:, asked.use]
    if not asked.use.any():
        return None
    mass = np.ones(int(asked.use.sum())) if known.weights is None else known.weights[asked.use]
    if asked.b.ranked is not None:
        with np.errstate(all="ignore"):
            middle = float(np.mean([float(asked.b.ranked.value(one, mass)) for one in parts]))
        return middle if math.isfinite(middle) else None
    if asked.linear:
        return float(np.average(known.values(asked.gate.metric)[:, asked.use].mean(axis=0), weights=mass))
    with np.errstate(all="ignore"):
        found = float(asked.b.metric.combine((parts.mean(axis=0) * mass[:, None]).sum(axis=0)))
    return found if math.isfinite(found) else None


def _gate_plan(
    known: Known,
    runs: Rehearsal,
    i: int,
    impossible: str | None,
    change: Change,
    wanted: Wanted,
    table: list[dict[str, float]],
) -> GatePlan:
    asked = runs.asked[i]
    gate, n = asked.gate, int(asked.use.sum())
    inside = known.inside[gate.metric] & known.use_tags(gate.slice)
    power = float(runs.passes[:, i].mean())
    se = rms(runs.se[:, i])
    scale = needed_scale(runs, wanted.power, only=i) if gate.basis == "sample" and se is not None else None
    limits = (int(np.clip(400_000 // max(n, 1), 60, 300)), wanted.alpha)
    half, most = tolerated(known, asked, wanted.seed, (0.5, wanted.power), limits)
    value, split = _value(asked, known), variance_of(known, asked)
    return GatePlan(
        gate.label,
        gate.metric,
        gate.slice,
        gate.role,
        n,
        int(inside.sum()) - n,
        asked.line,
        change.by if gate.versus else value if value is None else value + change.by,
        se,
        0.0 if impossible else power,
        None if se is None else min_detectable(se, wanted.power, wanted.alpha),
        None if scale is None else max(1, math.ceil(n * scale)),
        half,
        most,
        None,
        impossible,
        _premise(gate, wanted),
        table if gate.versus else [],
        _note(asked, runs, i, value, change.by),
        None if split is None else split.case,
        None if split is None else split.generation,
    )


def _premise(gate: Gate, wanted: Wanted) -> str:
    if gate.metric in wanted.expected:
        return f"The candidate's value is taken to be {wanted.expected[gate.metric]:g}. {wanted.assumption}"
    return wanted.assumption if gate.versus else "The candidate is taken to be as good as the baseline."


def _note(asked: Question, runs: Rehearsal, i: int, value: float | None, by: float) -> str:
    """Why more cases would not help, or why no interval is to be expected."""
    if rms(runs.se[:, i]) is None and asked.gate.basis == "sample":
        return "Its cases all score the same in the baseline, so nothing is known of how much they scatter."
    if asked.gate.superior and by == 0:
        return "Under no change a gate that asks for an improvement passes at most 5 % of the time."
    if np.isnan(runs.p_pass[:, i]).mean() > 0.5 and asked.gate.basis == "sample":
        return "At this number of cases there will usually be no interval, so the gate cannot decide."
    truth = float(moments(runs.point[:, i])[0])
    if math.isfinite(truth) and ((truth < asked.line) if asked.up else (truth > asked.line)):
        said = "the baseline's value" if not asked.gate.versus and by == 0 else "the expected value"
        return f"{said[0].upper()}{said[1:]} ({truth:.4g}) is on the wrong side of the line {asked.line:.4g}."
    return ""


def _by_discordance(
    known: Known, assumed: Rehearsal, changes: Mapping[int, Change], wanted: Wanted
) -> list[tuple[float, float, list[dict[str, float]]]]:
    """(discordance, joint power, power of each gate) for the usual range of an assumption."""
    found, asked = [], assumed.asked
    for share in DISCORDANCES:
        other = replace(known, discordance=share, _replaced={}, _columns=known._columns)
        limit = int(np.clip(CELLS // 4 // max(len(known.rows), 1), 100, 1_000))
        same = share == known.discordance
        runs = assumed if same else rehearse(other, asked, wanted.seed, limit, changes, wanted.alpha)
        together, each = joint(runs)
        found.append((share, together, [{"discordance": share, "power": float(p)} for p in each]))
    return found
