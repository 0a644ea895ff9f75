"""How often gates err, and how often they decide: seeded simulation through the gates themselves, one row a cell.

    python benchmarks/gate_errors.py                      # 20,000 replicates a cell: some minutes
    python benchmarks/gate_errors.py --replicates 2000    # what the tests run

`false pass` is the share of passes where the truth is exactly at the gate's line (5 % is nominal), `bound` the most
that it may be; `identical` is how often two variants gave the same answers on every case, which passes by rule and is
not counted as a statistical pass; `power` is the share of passes where nothing changed. `*` marks a cell more than
three binomial standard errors beyond its bound.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.core.nouns import Decision, Estimate, Gate
from evalkit.engine.gate import decide, decide_all
from evalkit.engine.hull import View, gate_line, hull
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference, mcnemar_midp
from evalkit.stats.quantiles import quantile_difference
from evalkit.stats.relative import relative_difference

Array = npt.NDArray[np.float64]
Rng = np.random.Generator
Infer = Callable[[View], Inference]

PLAIN, STRESS = 0.055, 0.066


class Row(NamedTuple):
    """One cell's figures; shares in [0, 1], NaN where there is none."""

    name: str
    false_pass: float
    bound: float
    identical: float
    power: float
    replicates: int

    @property
    def holds(self) -> bool:
        """Whether the false passes are within their bound, give or take three standard errors."""
        return self.false_pass <= self.bound + 3 * math.sqrt(self.bound * (1 - self.bound) / self.replicates)


class Cell(NamedTuple):
    """One situation.

    Attributes:
        name: what is simulated.
        draw: (rng, whether the truth is at the line, else unchanged) -> a decision.
        bound: of the false passes.
        cost: replicates are divided by it.
    """

    name: str
    draw: Callable[[Rng, bool], Decision]
    bound: float = PLAIN
    cost: int = 1


def held(gate: Gate, infer: Infer, n: int, missing: int = 0, better: str = "higher") -> Estimate:
    """The estimate that a run would hold against the gate."""
    found = hull(n, missing, infer, False, gate)
    lo, hi, reason = found.interval(0.95)
    first = found.complete
    return Estimate(
        metric="m",
        variant="candidate - baseline" if gate.versus else "candidate",
        better="higher" if better == "higher" else "lower",
        n=n,
        n_unscored=missing,
        point=first.point if first else None,
        lo=lo,
        hi=hi,
        reason=reason,
        method=found.method(),
        tail=found.tail(gate_line(gate, better), gate.basis == "census"),
        identical=bool(first and first.identical and not missing),
    )


def measured(cell: Cell, replicates: int, seed: int = 0) -> Row:
    """False passes at the line, and passes where nothing changed."""
    runs = max(200, replicates // cell.cost)
    rng = np.random.default_rng([seed, *cell.name.encode()])
    at_line = [cell.draw(rng, True) for _ in range(runs)]
    unchanged = [cell.draw(rng, False) for _ in range(runs)]
    same = [d.relation == "identical" for d in at_line]
    wrong = np.mean([d.outcome == "pass" and not i for d, i in zip(at_line, same, strict=True)])
    return Row(
        cell.name,
        float(wrong),
        cell.bound,
        float(np.mean(same)),
        float(np.mean([d.outcome == "pass" for d in unchanged])),
        runs,
    )


@lru_cache(maxsize=200_000)
def _paired(gate: Gate, both: int, gains: int, losses: int, n: int) -> Decision:
    """Independent 0/1: the verdict depends on four counts."""
    a = np.concatenate([np.ones(both + gains), np.zeros(n - both - gains)])
    b = np.concatenate([np.ones(both), np.zeros(gains), np.ones(losses), np.zeros(n - both - gains - losses)])
    infer = relative_difference if gate.relative else difference
    return decide(gate, held(gate, lambda view: infer(a, b), n))


def paired(n: int, share: float, margin: float | str, discordance: float, bound: float = PLAIN) -> Cell:
    """0/1 pairs; the baseline is right with `share`; beside the loss at the margin, `discordance`/2 on either side."""
    gate = Gate(metric="m", versus="baseline", margin=margin)
    loss = gate.allowed * share if gate.relative else gate.allowed
    kind = "only losses" if not discordance else f"discordance {discordance:g}"

    def draw(rng: Rng, at_line: bool) -> Decision:
        lost = discordance / 2 + (loss if at_line else 0.0)
        won = discordance / 2
        counts = rng.multinomial(n, [share - lost, won, lost, 1 - share - won])
        return _paired(gate, *map(int, counts[:3]), n)

    return Cell(f"pairs n={n} right {share:g} margin {margin} {kind}", draw, bound)


def bursts(groups: int, size: int, margin: float | str, bound: float = STRESS) -> Cell:
    """Clusters that lose all their cases at once, and none in between."""
    gate = Gate(metric="m", versus="baseline", margin=margin)
    infer = relative_difference if gate.relative else difference
    ids = np.repeat(np.arange(groups), size)

    def draw(rng: Rng, at_line: bool) -> Decision:
        b = np.ones(groups * size)
        gone = rng.random(groups) < (gate.allowed if at_line else 0.0)
        a = b * np.repeat(~gone, size)
        return decide(gate, held(gate, lambda view: infer(a, b, ids), len(a)))

    return Cell(f"bursts G={groups} x {size} margin {margin}", draw, bound, cost=4)


def clustered(groups: int, size: int, margin: float | str, bound: float = STRESS) -> Cell:
    """Clusters with a difference of their own (a standard deviation of 0.1) around the truth; values in [0, 1]."""
    gate = Gate(metric="m", versus="baseline", margin=margin)
    infer = relative_difference if gate.relative else difference
    ids = np.repeat(np.arange(groups), size)

    def draw(rng: Rng, at_line: bool) -> Decision:
        level = np.clip(rng.normal(0.6, 0.1, groups), 0.3, 0.9)
        truth = 0.6 * gate.allowed if gate.relative else gate.allowed
        shift = rng.normal(-truth if at_line else 0.0, 0.1, groups)
        b = np.repeat(level, size) + rng.normal(0, 0.05, groups * size)
        a = b + np.repeat(shift, size)
        return decide(gate, held(gate, lambda view: infer(a, b, ids, bounds=(-np.inf, np.inf)), len(a)))

    return Cell(f"clusters G={groups} x {size} margin {margin}", draw, bound, cost=4)


def absolute(n: int, line: float, bound: float = PLAIN) -> Cell:
    """A share whose truth is the line; unchanged: half of its errors gone."""
    gate = Gate(metric="m", at_least=line)

    @cache
    def judged(k: int) -> Decision:
        values = np.concatenate([np.ones(k), np.zeros(n - k)])
        return decide(gate, held(gate, lambda view: mean(values), n))

    def draw(rng: Rng, at_line: bool) -> Decision:
        return judged(int(rng.binomial(n, line if at_line else (1 + line) / 2)))

    return Cell(f"share n={n} at_least {line:g}", draw, bound)


def unscored(n: int, margin: float, share: float) -> Cell:
    """The candidate's losses are what could not be scored, first: the worst place."""
    gate = Gate(metric="m", versus="baseline", margin=margin)
    missing = round(share * n)

    def draw(rng: Rng, at_line: bool) -> Decision:
        lost, won = 0.05 + (margin if at_line else 0.0), 0.05
        counts = rng.multinomial(n, [0.8 - lost, won, lost, 0.2 - won])
        return _with_unscored(gate, *map(int, counts[:3]), n, missing)

    return Cell(f"unscored {share:.0%} of n={n} margin {margin:g}", draw)


@lru_cache(maxsize=200_000)
def _with_unscored(gate: Gate, both: int, gains: int, losses: int, n: int, missing: int) -> Decision:
    a = np.concatenate([np.zeros(losses), np.ones(both + gains), np.zeros(n - both - gains - losses)])
    b = np.concatenate([np.ones(losses + both), np.zeros(n - both - losses)])
    seen = {
        "scored": (a[missing:], b[missing:]),
        "worst": (np.concatenate([np.zeros(missing), a[missing:]]), np.concatenate([np.ones(missing), b[missing:]])),
        "best": (np.concatenate([np.ones(missing), a[missing:]]), np.concatenate([np.zeros(missing), b[missing:]])),
    }
    return decide(gate, held(gate, lambda view: difference(*seen[view]), n - missing, missing))


def latency(n: int, correlation: float, slow: bool, margin: float | str) -> Cell:
    """The 95th percentile of seconds; `slow`: one call in sixteen is an outage of both sides that lasts much longer."""
    gate = Gate(metric="m", versus="baseline", margin=margin)
    tail = 2.3 if slow else math.exp(0.5 * 1.6448536)  # the 95th percentile

    def seconds(z: Array) -> Array:
        from scipy.special import ndtr

        u = ndtr(z)
        return np.asarray(np.where(u > 0.94, 2 + 30 * (u - 0.94), np.exp(0.2 * z))) if slow else np.exp(0.5 * z)

    def draw(rng: Rng, at_line: bool) -> Decision:
        z = rng.normal(size=n)
        other = correlation * z + math.sqrt(1 - correlation**2) * rng.normal(size=n)
        b, a = seconds(z), seconds(other)
        if at_line:
            a = a * (1 + gate.allowed) if gate.relative else a + gate.allowed * tail
        line = gate if gate.relative else gate.model_copy(update={"margin": gate.allowed * tail})
        parts = [np.column_stack([side, np.ones(n)]) for side in (a, b)]
        found = quantile_difference(
            *parts, (0, 0.95), _p95, seed=int(rng.integers(1 << 30)), replicates=600, relative=gate.relative
        )
        return decide(line, held(line, lambda view: found, n, better="lower"))

    name = f"p95 n={n} correlation {correlation:g}{' outages' if slow else ''} margin {margin}"
    return Cell(name, draw, PLAIN, cost=20)


def _p95(parts: Array, weights: Array) -> Array:
    order = np.argsort(parts[:, 0], kind="stable")
    sums = np.cumsum(weights[..., order], axis=-1)
    place = np.minimum((sums < 0.95 * sums[..., -1:] - 1e-9).sum(-1), len(order) - 1)
    return np.asarray(parts[order, 0][place])


def cells() -> list[Cell]:
    """The table: plain cells at .055, stress cells at .066."""
    plain = [
        paired(n, share, margin, 0.1)
        for n in (100, 500, 2000)
        for share in (0.5, 0.8)
        for margin in (0.02, 0.05, "2%", "5%")
    ]
    losses = [paired(n, 0.8, margin, 0.0, STRESS) for n in (30, 100, 500) for margin in (0.03, 0.05, 0.1, "5%")]
    groups = [bursts(g, 5, m) for g in (10, 30, 100) for m in (0.05, 0.1, "10%")]
    spread = [clustered(g, 5, m) for g in (10, 20, 50) for m in (0.03, "5%")]
    shares = [absolute(n, line) for n in (100, 500, 1000) for line in (0.8, 0.95, 0.99)]
    lost = [unscored(500, 0.03, share) for share in (0.0, 0.01, 0.02, 0.04)]
    slow = [
        latency(n, r, outage, m) for n in (100, 300) for r, outage in ((0.0, False), (0.9, True)) for m in (0.2, "20%")
    ]
    return [*plain, *losses, *groups, *spread, *shares, *lost, *slow]


class Alarms(NamedTuple):
    """How often at least one of several gates fails where nothing changed."""

    name: str
    false_fail: float
    replicates: int

    @property
    def holds(self) -> bool:
        """Whether it is at most .05, give or take three standard errors."""
        return self.false_fail <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / self.replicates)


def alarms(gates: int, n: int, correlation: float, replicates: int, seed: int = 1) -> Alarms:
    """Gates of margin 0 on as many metrics, whose losses go together (`correlation`) or not; nothing changed."""
    gate = Gate(metric="m", versus="baseline", margin=0)
    rng = np.random.default_rng([seed, gates, n, round(100 * correlation)])
    failed = 0
    for _ in range(replicates):
        common = rng.random(n)
        held_ = []
        for _ in range(gates):
            u = np.where(rng.random(n) < correlation, common, rng.random(n))
            gains, losses = int((u < 0.05).sum()), int((u > 0.95).sum())
            held_.append((gate, _paired(gate, n // 2, gains, losses, n).estimate, "candidate"))
        failed += any(d.outcome == "fail" for d in decide_all(held_))
    return Alarms(f"{gates} gates n={n} correlation {correlation:g}, nothing changed", failed / replicates, replicates)


def detection(n: int = 500, drop: float = 0.05, discordance: float = 0.1) -> tuple[float, float]:
    """(gate at margin 0, one-sided mid-p McNemar): how often a true drop is shown, exactly, by all outcomes."""
    from scipy.stats import multinomial

    gate = Gate(metric="m", versus="baseline", margin=0)
    won, lost = (discordance - drop) / 2, (discordance + drop) / 2
    grid = [(g, k) for g in range(60) for k in range(100)]
    weights = multinomial.pmf([(g, k, n - g - k) for g, k in grid], n, [won, lost, 1 - won - lost])
    by_gate = by_mcnemar = 0.0
    for (gains, losses), weight in zip(grid, weights, strict=True):
        if weight < 1e-9:
            continue
        by_gate += weight * (_paired(gate, n // 2, gains, losses, n).outcome == "fail")
        by_mcnemar += weight * (mcnemar_midp(gains, losses, "less") <= 0.05)
    return float(by_gate), float(by_mcnemar)


def until_green(looks: int, replicates: int = 20_000, seed: int = 2) -> tuple[float, float]:
    """(as recorded, by taking the last): how often a candidate at the line passes within so many undeclared reruns."""
    from evalkit.engine.looks import standing

    cell = paired(500, 0.8, 0.03, 0.1)
    rng = np.random.default_rng(seed)
    kept = taken = 0
    for _ in range(replicates):
        found = [cell.draw(rng, True).outcome for _ in range(looks)]
        taken += "pass" in found
        kept += any(standing(found[: i + 1]) == "pass" for i in range(looks))
    return kept / replicates, taken / replicates


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=20_000)
    replicates = parser.parse_args().replicates
    print(f"{'cell':58} false pass  bound  identical  power")
    for cell in cells():
        row = measured(cell, replicates)
        mark = "" if row.holds else " *"
        print(
            f"{row.name:58} {row.false_pass:10.4f} {row.bound:6.3f} {row.identical:10.3f} {row.power:6.3f}{mark}",
            flush=True,
        )
    for correlation in (0.0, 0.5, 0.9):
        found = alarms(8, 500, correlation, max(500, replicates // 4))
        print(f"{found.name:58} false fail {found.false_fail:.4f}{'' if found.holds else ' *'}", flush=True)
    gate, mcnemar = detection()
    print(
        f"true drop of 5 points, n=500, margin 0: the gate shows it {gate:.4f}, one-sided mid-p McNemar {mcnemar:.4f}"
    )
    for looks in (2, 3, 5):
        kept, taken = until_green(looks, replicates)
        print(f"{looks} undeclared looks at a candidate at the line: passes {kept:.4f}; taking the best {taken:.4f}")


if __name__ == "__main__":
    main()
