"""What a preflight finds: every gate with its power, all of them together, and what would help, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.preflight import (
    Rehearsal,
    gating,
    joint,
    moments,
    needed_repeats,
    needed_scale,
    noise_shares,
    rehearse,
    tolerated,
)
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_tails import Change, Question, question
from evalkit.stats.power import min_detectable

DISCORDANCES = (0.02, 0.05, 0.1, 0.2)
CELLS = 4_000_000  # cases simulated for one gate


@dataclass(frozen=True)
class GatePlan:
    """One gate before the run.

    Attributes:
        gate, metric, slice, role: of the gate.
        n, unscored: cases that it reads, and those that the baseline could not be scored on.
        line: what the estimate is held against.
        expected: the value (or difference) that the power is computed for.
        se: standard error that is expected; None: unknown.
        power: chance to pass; None: unknown, see `note`.
        min_detectable: how far beyond the line (on its wrong side) the truth is shown with the wanted power.
        needed_n: cases for the wanted power; None: no number, or unknown.
        tolerated_unscored: cases that may stay unscored before it passes less than half of the time.
        tolerated_unscored_80: the same for the wanted power.
        needed_value: where no value is known: the value that the truth would have to have.
        cannot_pass: why it cannot pass, as a sentence.
        assumption: what the power rests on, as a sentence.
        discordance: power by assumed discordance, where it is an assumption.
        note: what else is to be said.
    """

    gate: str
    metric: str
    slice: dict[str, str] | None
    role: str
    n: int
    unscored: int = 0
    line: float | None = None
    expected: float | None = None
    se: float | None = None
    power: float | None = None
    min_detectable: float | None = None
    needed_n: int | None = None
    tolerated_unscored: int | None = None
    tolerated_unscored_80: int | None = None
    needed_value: float | None = None
    cannot_pass: str | None = None
    assumption: str = ""
    discordance: list[dict[str, float]] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class Preflight:
    """All gates before the run; None is unknown.

    Attributes:
        gates: one each.
        joint_power: all gates that may block pass together, in the same simulated runs.
        joint_power_independent: the product of their powers.
        needed_cases, needed_clusters, needed_repeats: for the wanted joint power; each alone.
        discordance: joint power by assumed discordance.
        replicates: simulated runs.
        advice: sentences.
    """

    gates: list[GatePlan]
    joint_power: float | None = None
    joint_power_independent: float | None = None
    needed_cases: int | None = None
    needed_clusters: int | None = None
    needed_repeats: int | None = None
    discordance: list[dict[str, float]] = field(default_factory=list)
    replicates: int = 0
    advice: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        found: dict[str, Any] = _finite(asdict(self))
        return found


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: what is not a number is unknown."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclass(frozen=True)
class Wanted:
    """What is asked of a preflight.

    Attributes:
        power: the chance to pass that is wanted.
        expected: metric -> value that the candidate is taken to have.
        alpha: one-sided error of each gate.
        seed: from the content of the question.
        assumption: what two runs of one system are taken to differ by, as a sentence.
        assumed: the discordance is an assumption, not seen.
    """

    power: float
    expected: Mapping[str, float]
    alpha: float
    seed: int
    assumption: str
    assumed: bool


def preflight(known: Known, gates: Sequence[Gate], impossible: Sequence[str | None], wanted: Wanted) -> Preflight:
    """Power of every gate and of all together, and what to buy.

    Args:
        known: the cases as a baseline answered them.
        gates: of the suite.
        impossible: for each, why it cannot pass, or None.
        wanted: see `Wanted`.
    """
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
    return _bought(known, runs, found, wanted)


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
    se = _rms(runs.se[:, i])
    scale = needed_scale(runs, wanted.power, only=i) if gate.basis == "sample" and se is not None else None
    limits = (int(np.clip(400_000 // max(n, 1), 60, 300)), wanted.alpha)
    half, most = tolerated(known, asked, wanted.seed, (0.5, wanted.power), limits)
    value = _value(asked, known)
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
    )


def _premise(gate: Gate, wanted: Wanted) -> str:
    if gate.metric in wanted.expected:
        return f"The candidate's value is taken to be {wanted.expected[gate.metric]:g}. {wanted.assumption}"
    return wanted.assumption if gate.versus else "The candidate is taken to be as good as the baseline."


def _note(asked: Question, runs: Rehearsal, i: int, value: float | None, by: float) -> str:
    """Why more cases would not help, or why no interval is to be expected."""
    if _rms(runs.se[:, i]) is None and asked.gate.basis == "sample":
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


def _rms(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    found = float(np.sqrt(np.mean(known**2))) if len(known) else 0.0
    return found if found > 0 else None


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


def _bought(known: Known, runs: Rehearsal, found: Preflight, wanted: Wanted) -> Preflight:
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
    if _rms(runs.se[:, weakest]) is None or asked.gate.basis == "census":
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
    se = _rms(runs.se[:, i])
    alone = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    return None if se is None or alone <= 0 else se**2 / alone
