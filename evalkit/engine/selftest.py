"""How often a suite's own gates cry wolf on a team's own data, and what they catch: labels swapped, drops injected.

Where nothing differs between two runs but chance, it is a matter of a coin which of them is called the candidate. So
the labels are swapped at random within each cluster (or the answers to each case are split at random), and the gates
are held against the result: whatever fails then is a false alarm. A known drop is put into the candidate for the power
curve.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.gate_words import advises
from evalkit.engine.preflight import Rehearsal, finished
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_draws import Draw
from evalkit.engine.preflight_gate import Change, Question, Seen
from evalkit.engine.preflight_tails import question, seen, shifted
from evalkit.engine.selftest_found import GateTest, Power, Rate, SelfTest
from evalkit.engine.selftest_swaps import swaps
from evalkit.stats.proportions import clopper_pearson

SHARES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2)
STEPS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
FEWEST_CURVED, CURVED_CELLS = 200, 2_000_000  # runs of the power curve, which is bounded by the cases that it costs
FEW = 10  # clusters that differ, below which the labels can hardly be swapped to anything new


@dataclass(frozen=True)
class Gates:
    """What is tested: the gates against a baseline, and the rest of the suite's policy."""

    versus: Sequence[Gate]
    others: int
    policy: str
    alpha: float


def selftest(
    known: Known, gates: Gates, seed: int, replicates: int, progress: Callable[[int, int], None] | None = None
) -> SelfTest:
    """False alarms of the gates, of the release, and the power curve.

    Args:
        known: two sides (or all answers of one run) of each case.
        gates: see `Gates`.
        seed: from the content of the question.
        replicates: runs.
        progress: called with (done, total) runs.
    """
    asked = [question(gate, known) for gate in gates.versus]
    sizes = [_sizes(one, known) for one in asked]
    grids = [_grid(one, known) for one in asked]
    columns: list[list[list[Seen]]] = [[[] for _ in grids[0]] for _ in asked]
    done, curved = 0, max(FEWEST_CURVED, CURVED_CELLS // len(known.rows))
    for draw in swaps(known, seed, replicates):
        for i, one in enumerate(asked):
            grid = grids[i] if done < curved else grids[i][:1]
            for j, found in enumerate(_under_drops(one, draw, grid)):
                columns[i][j].append(found)
        done += draw.shape[0]
        if progress is not None:
            progress(done, replicates)
    runs = [finished(asked, [column[j] for column in columns], gates.alpha, gates.others) for j in range(len(grids[0]))]
    tests = [_gate_test(one, i, runs, grids[i], sizes[i]) for i, one in enumerate(asked)]
    return _released(tests, runs[0], gates)


def _under_drops(asked: Question, draw: Draw, grid: Sequence[float]) -> Iterator[Seen]:
    """The gate's view under each drop; where the metric is no mean, the estimate is moved instead of the answers."""
    sign = -1.0 if asked.up else 1.0
    first = seen(asked, draw)
    for drop in grid:
        if drop == 0:
            yield first
        elif asked.linear:
            yield seen(asked, draw, Change(by=sign * drop))
        else:
            yield shifted(asked, first, sign * drop)


def _sizes(asked: Question, known: Known) -> tuple[int, int, int]:
    """Cases, clusters, and clusters with a case on which the answers differ."""
    parts = known.parts[asked.gate.metric]
    differ = (parts != parts[:1]).any(axis=(0, 2)) & asked.use
    if known.codes is None:
        return int(asked.use.sum()), int(asked.use.sum()), int(differ.sum())
    return int(asked.use.sum()), len(np.unique(known.codes[asked.use])), len(np.unique(known.codes[differ]))


def _grid(asked: Question, known: Known) -> list[float]:
    """Drops to inject: points of a share, else multiples of the margin, of a relative one of the baseline's value."""
    if asked.span == 1.0:
        return list(SHARES)
    unit = asked.gate.allowed
    if asked.linear and asked.use.any():
        values = known.values(asked.gate.metric)[:, asked.use]
        spread = float((values[0] - values[-1]).std()) / np.sqrt(values.shape[1])
        unit = max(unit * (abs(float(values.mean())) if asked.gate.relative else 1.0), spread)
    return [step * (unit or 0.01) for step in STEPS]


def _rate(hits: np.ndarray) -> Rate:
    k, n = int(hits.sum()), len(hits)
    lo, hi = clopper_pearson(k, n).interval(0.95)
    return Rate(k / n, lo, hi)


def _gate_test(
    asked: Question, i: int, runs: Sequence[Rehearsal], grid: Sequence[float], sizes: tuple[int, int, int]
) -> GateTest:
    n, clusters, differing = sizes
    gate, b = asked.gate, asked.b
    start = GateTest(
        gate.label, gate.metric, b.metric.unit, None if gate.relative else gate.allowed, n, clusters, differing
    )
    if reason := _cannot_tell(n, clusters, differing, runs[0], i):
        return replace(start, reason=reason)
    fails, passes = runs[0].fails[:, i], runs[0].passes[:, i]
    curve = [
        Power(d, _rate(r.fails[:, i]), _rate(r.passes[:, i]), len(r.point)) for d, r in zip(grid, runs, strict=True)
    ]
    return replace(
        start,
        false_fail=_rate(fails),
        inconclusive=_rate(~fails & ~passes),
        passed=_rate(passes),
        curve=curve,
        detects=_reaches([p.drop for p in curve], [p.fail.share for p in curve], 0.8),
    )


def _cannot_tell(n: int, clusters: int, differing: int, runs: Rehearsal, i: int) -> str | None:
    if n == 0:
        return "No case of it was scored in both."
    if clusters == 1:
        return f"Its {n:,} cases are one group, so there is one thing to swap, and the gate is always inconclusive."
    if differing == 0:
        return (
            f"The two sides score the same on all {n:,} cases, so there is nothing to swap: false alarms cannot be "
            "estimated from them (that is not 0 %)."
        )
    if np.isnan(runs.p_fail[:, i]).all():
        return f"On these {n:,} cases the gate has no interval, so it is always inconclusive."
    return None


def _reaches(drops: Sequence[float], shares: Sequence[float], target: float) -> float | None:
    """The drop at which the curve first reaches the target, by linear interpolation."""
    for (d0, s0), (d1, s1) in itertools.pairwise(zip(drops, shares, strict=True)):
        if s0 < target <= s1:
            return d0 + (d1 - d0) * (target - s0) / (s1 - s0)
    return None


def _released(tests: list[GateTest], runs: Rehearsal, gates: Gates) -> SelfTest:
    """The release over all gates that can be told of."""
    told = [i for i, test in enumerate(tests) if test.reason is None]
    said = [
        f"{test.gate}: only {test.differing} of {test.clusters} clusters or cases differ: few swaps to go by."
        for test in tests
        if test.reason is None and test.differing < FEW
    ]
    family = [i for i in told if not advises(gates.versus[i])]
    if not family:
        return SelfTest(tests, None, None, None, len(runs.point), said)
    others = runs.others + sum(not advises(gate) for gate in gates.versus) - len(family)
    part = runs.only(family, others)
    release, own = part.released("release"), part.released(gates.policy)
    return SelfTest(tests, _rate(release[:, 1]), _rate(~release[:, 0]), _rate(~own[:, 0]), len(runs.point), said)
