"""What would help before a run: cases, groups or repeats, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from evalkit.engine.preflight import Rehearsal
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_found import Preflight, Wanted
from evalkit.engine.preflight_noise import noise_shares
from evalkit.engine.preflight_scale import gating, needed_repeats, needed_scale


def rms(values: np.ndarray) -> float | None:
    """Root mean square of what is known; None: nothing, or 0."""
    known = values[np.isfinite(values)]
    found = float(np.sqrt(np.mean(known**2))) if len(known) else 0.0
    return found if found > 0 else None


def bought(known: Known, runs: Rehearsal, found: Preflight, wanted: Wanted) -> Preflight:
    """What gives the wanted joint power: cases, clusters or repeats."""
    total = len(known.plan.cases)
    scale = needed_scale(runs, wanted.power)
    noise = noise_shares(known, runs.asked, runs, wanted.seed)
    enough = found.joint_power is not None and found.joint_power >= wanted.power
    repeats = known.repeats if enough else needed_repeats(runs, noise, known.repeats, wanted.power)
    clusters = None if known.codes is None else len(known.units)
    return replace(
        found,
        needed_cases=None if scale is None else max(1, math.ceil(total * scale)),
        needed_clusters=None if scale is None or clusters is None else max(2, math.ceil(clusters * scale)),
        needed_repeats=repeats,
        advice=_advice(known, runs, found, (scale, repeats), wanted),
    )


def _advice(
    known: Known, runs: Rehearsal, found: Preflight, bought: tuple[float | None, int | None], wanted: Wanted
) -> list[str]:
    scale, repeats = bought
    family = gating(runs.asked)
    each = runs.passes.mean(axis=0)
    together = found.joint_power or 0.0
    said = []
    if len(family) > 1 and together < wanted.power <= float(each[family].min()):
        said.append(
            f"Every gate alone passes at least {wanted.power:.0%} of the time, and all {len(family)} together only "
            f"{together:.0%}: a release needs all of them at once."
        )
    if together >= wanted.power:
        said.append(f"Nothing needs to be bought: an unchanged candidate passes all gates {together:.0%} of the time.")
        return said
    weakest = min(family, key=lambda i: each[i])
    if scale is None:
        said.append(_hopeless(runs, weakest, float(each[weakest]), wanted))
        return said
    said.append(_buy(known, scale, repeats, wanted))
    if len(family) > 1:
        said.append(f"The gate that costs most is {runs.asked[weakest].gate.label!r} (it passes {each[weakest]:.0%}).")
    effect = _design_effect(known, runs, weakest)
    if effect is not None and effect > 1.2:
        said.append(
            f"Cases of one group are alike (design effect {effect:.1f}): new groups help, more cases of the same "
            "groups hardly do."
        )
    return said


def _hopeless(runs: Rehearsal, weakest: int, power: float, wanted: Wanted) -> str:
    """Why no number of cases is enough."""
    asked = runs.asked[weakest]
    said = f"{asked.gate.label!r} passes {power:.0%} of the time"
    if rms(runs.se[:, weakest]) is None or asked.gate.basis == "census":
        return f"How many cases would do cannot be told: {said}, and nothing is known of how much its cases scatter."
    return (
        f"No number of cases gives a joint power of {wanted.power:.0%}: {said}, because the truth is not beyond its "
        "line. Move the line or widen the margin."
    )


def _buy(known: Known, scale: float, repeats: int | None, wanted: Wanted) -> str:
    """Cases or repeats, whichever takes fewer calls."""
    total, now = len(known.plan.cases), known.repeats
    cases = math.ceil(total * scale)
    in_groups = "" if known.codes is None else f" in {math.ceil(len(known.units) * scale):,} groups"
    by_cases = f"{cases:,} cases{in_groups} instead of {total:,} ({cases * now:,} calls)"
    if repeats is None:
        return f"Buy cases: {by_cases} would give a joint power of {wanted.power:.0%}; more answers to the same do not."
    by_repeats = f"{repeats} answers a case instead of {now} ({total * repeats:,} calls)"
    first, second = (by_repeats, by_cases) if total * repeats <= cases * now * 1.1 else (by_cases, by_repeats)
    kind = "repeats" if first is by_repeats else "cases"
    return f"Buy {kind}: {first} would give a joint power of {wanted.power:.0%}; so would {second}."


def _design_effect(known: Known, runs: Rehearsal, i: int) -> float | None:
    """How much wider a gate's estimate is for its clusters, seen in what its cases score."""
    asked = runs.asked[i]
    if known.codes is None or not asked.linear or asked.gate.versus:
        return None
    values = known.values(asked.gate.metric).mean(axis=0)[asked.use]
    se = rms(runs.se[:, i])
    alone = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    return None if se is None or alone <= 0 else se**2 / alone
