"""How often the intervals that decide a gate hold the truth: seeded simulation, one row a cell.

    python benchmarks/coverage.py                      # 20,000 replicates a cell: some minutes
    python benchmarks/coverage.py --replicates 2000    # what the tests run

`miss` is the share of 95 % intervals without the truth (5 % is nominal); `above` and `below` are the one-sided errors
of a gate at 5 %: the lower end of the 90 % interval over the truth, the upper end under it. `bound` is the most that
`miss` and `above` may be in truth: the exact or simulated worst case of the method, not the nominal level. `*` marks a
cell that is more than three binomial standard errors beyond its bound.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats import bootstrap, one_sample, paired
from evalkit.stats.inference import Inference

Array = npt.NDArray[np.float64]


class Cell(NamedTuple):
    """One simulated situation.

    Attributes:
        name: method and situation.
        draw: one sample's inference.
        truth: what it estimates.
        miss: the most that two-sided 95 % intervals may miss; None where only one side is claimed.
        most_above: how often the lower end of the 90 % interval may lie over the truth, at most.
        by_p: count by p-values, which are the intervals' inverses, where they are quicker.
    """

    name: str
    draw: Callable[[np.random.Generator], Inference]
    truth: float
    miss: float | None
    most_above: float
    by_p: bool = False


class Rates(NamedTuple):
    """What was observed, as shares of the replicates; `miss` is counted where the cell claims it."""

    miss: float
    above: float
    below: float


def rates(cell: Cell, replicates: int, seed: int = 20_240_501) -> Rates:
    """Simulate one cell. A sample without an interval passes and fails nothing: it cannot miss."""
    rng = np.random.default_rng([seed, *cell.name.encode()])
    miss = above = below = 0
    for _ in range(replicates):
        found = cell.draw(rng)
        if found.interval is None or found.p_above is None or found.p_below is None:
            continue
        if cell.by_p:
            over, under = found.p_above(cell.truth), found.p_below(cell.truth)
            above += over <= 0.05
            below += under <= 0.05
            miss += cell.miss is not None and min(over, under) <= 0.025
            continue
        narrow = found.interval(0.90)
        above += narrow[0] > cell.truth
        below += narrow[1] < cell.truth
        if cell.miss is not None:
            wide = found.interval(0.95)
            miss += not wide[0] <= cell.truth <= wide[1]
    return Rates(miss / replicates, above / replicates, below / replicates)


def allowed(bound: float, replicates: int) -> float:
    """A bound plus three binomial standard errors."""
    return bound + 3 * float(np.sqrt(bound * (1 - bound) / replicates))


def remembered(make: Callable[[int], Inference]) -> Callable[[int], Inference]:
    """The inference of each count once, and its intervals: n cases of 0/1 have n + 1 answers."""
    known: dict[int, Inference] = {}

    def look(k: int) -> Inference:
        if k not in known:
            found = make(k)
            known[k] = found._replace(interval=found.interval and functools.cache(found.interval))
        return known[k]

    return look


def proportion(n: int, p: float) -> Cell:
    """Independent 0/1 cases: Clopper-Pearson or Wilson, as the data decide. Exact worst coverage .935."""
    look = remembered(lambda k: one_sample.mean(np.repeat([1.0, 0.0], [k, n - k])))
    name = f"proportion n={n} p={p}"
    return Cell(name, lambda rng: look(int(rng.binomial(n, p))), p, 0.065, 0.065)


def wald(n: int, p: float) -> Cell:
    """The interval p +- z se that most tools print; it is here to show that the check can fail."""

    def make(k: int) -> Inference:
        share = k / n
        half = {0.95: 1.959964, 0.90: 1.644854}
        se = float(np.sqrt(share * (1 - share) / n))
        return one_sample.mean([0.0, 1.0])._replace(
            interval=lambda level: (share - half[level] * se, share + half[level] * se)
        )

    look = remembered(make)
    return Cell(f"wald n={n} p={p}", lambda rng: look(int(rng.binomial(n, p))), p, 0.065, 0.065)


def correlated(rng: np.random.Generator, sizes: npt.NDArray[np.int_], p: float, icc: float) -> Array:
    """0/1 cases of clusters whose rates are Beta with mean p and intra-class correlation icc."""
    if icc == 0:
        return (rng.random(int(sizes.sum())) < p).astype(float)
    scale = (1 - icc) / icc
    rates_by_cluster = np.repeat(rng.beta(p * scale, (1 - p) * scale, len(sizes)), sizes)
    return (rng.random(len(rates_by_cluster)) < rates_by_cluster).astype(float)


def clustered(count: int, size: int, p: float, icc: float) -> Cell:
    """Korn-Graubard on equal clusters. Worst of 144 cells simulated for the design: coverage .936."""
    sizes = np.full(count, size)
    groups = np.repeat(np.arange(count), sizes)
    name = f"korn-graubard G={count} m={size} p={p} icc={icc}"
    return Cell(name, lambda rng: one_sample.mean(correlated(rng, sizes, p, icc), groups), p, 0.064, 0.064)


PATTERNS: dict[str, Callable[[int], npt.NDArray[np.int_]]] = {
    "1-2": lambda count: 1 + np.arange(count) % 2,
    "1-8": lambda count: 1 + np.arange(count) % 8,
    "1-20": lambda count: 1 + np.arange(count) % 20,
    "one large": lambda count: np.r_[count, np.full(count - 1, 2)],
    "lognormal": lambda count: np.maximum(1, np.round(np.exp(1.2 + 1.2 * _normal_scores(count)))).astype(int),
}
"""Sizes of clusters, such as questions per document: alike, mixed, and with half of the cases in a few of them."""


def _normal_scores(count: int) -> Array:
    from scipy.special import ndtri

    scores: Array = ndtri((np.arange(count) + 0.5) / count)
    return scores


def sizes_of(pattern: str | int, count: int) -> npt.NDArray[np.int_]:
    """(count,) sizes: all alike, or by name."""
    return np.full(count, pattern) if isinstance(pattern, int) else PATTERNS[pattern](count)


def uneven(count: int, pattern: str, p: float, icc: float) -> Cell:
    """Korn-Graubard on clusters of unequal sizes; very unequal ones by CR2."""
    sizes = sizes_of(pattern, count)
    groups = np.repeat(np.arange(count), sizes)
    name = f"korn-graubard G={count} m={pattern} p={p} icc={icc}"
    return Cell(name, lambda rng: one_sample.mean(correlated(rng, sizes, p, icc), groups), p, 0.065, 0.072)


def credit(count: int, pattern: str | int, p: float) -> Cell:
    """Partial credit of 0, 1/2 or 1 in clusters, half of what is not right half right: t, kept in its range."""
    sizes = sizes_of(pattern, count)
    groups = np.repeat(np.arange(count), sizes)

    def draw(rng: np.random.Generator) -> Inference:
        wrong = 1 - correlated(rng, sizes, p, 0.2)
        return one_sample.mean(1 - wrong * np.where(rng.random(len(wrong)) < 0.5, 0.5, 1.0), groups, bounds=(0.0, 1.0))

    return Cell(f"partial credit G={count} m={pattern} p={p}", draw, 1 - 0.75 * (1 - p), 0.065, 0.072)


def only_losses(n: int, margin: float) -> Cell:
    """Paired 0/1 at the margin, where the candidate only loses: the false passes of Tango's bound."""
    look = remembered(lambda k: paired.difference(np.repeat([0.0, 1.0], [k, n - k]), np.ones(n)))
    name = f"tango only losses n={n} margin={margin}"
    return Cell(name, lambda rng: look(int(rng.binomial(n, margin))), -margin, None, 0.06)


def one_burst(count: int, size: int, margin: float) -> Cell:
    """Paired 0/1 at the margin, where a losing cluster loses every case: Tango's bound over clusters."""
    groups = np.repeat(np.arange(count), size)
    look = remembered(lambda k: paired.difference((groups >= k).astype(float), np.ones(count * size), groups))
    name = f"paired one-burst clusters G={count} m={size} margin={margin}"
    return Cell(name, lambda rng: look(int(rng.binomial(count, margin))), -margin, None, 0.06)


def clustered_pairs(count: int, size: int, discordance: float, margin: float) -> Cell:
    """Paired 0/1 in clusters that lean together, true difference at the margin: CR1 t where enough differ."""
    groups = np.repeat(np.arange(count), size)

    def draw(rng: np.random.Generator) -> Inference:
        # a cluster shares its leaning, so that differences inside it are correlated
        lean = np.repeat(rng.normal(0, 0.05, count), size)
        u = rng.random(count * size)
        lose, win = discordance / 2 + margin / 2 + lean, discordance / 2 - margin / 2 - lean
        d = np.where(u < lose, -1.0, np.where(u > 1 - win, 1.0, 0.0))
        return paired.difference(np.where(d > 0, 1.0, 0.0) + (d == 0), np.where(d < 0, 1.0, 0.0) + (d == 0), groups)

    name = f"paired clusters G={count} m={size} discordance={discordance} margin={margin}"
    return Cell(name, draw, -margin, 0.06, 0.06)


def leaning_pairs(kind: str, count: int, pattern: str | int, icc: float, margin: float) -> Cell:
    """Paired 0/1 in clusters, at the margin: the false passes where t alone would have .08 to .28.

    Args:
        kind: "losses": losses only, "bursts": whole clusters lose, "part": losses of any size between 0 and 1,
            "mixed": losses and gains, 12 % of the cases.
        count, pattern: of the clusters.
        icc: how much the cases of a cluster differ alike.
        margin: of the gate, and the true loss.
    """
    sizes = sizes_of(pattern, count)
    weights = sizes.astype(float)
    rate = {"part": 2 * margin, "mixed": 0.12}.get(kind, margin)

    def draw(rng: np.random.Generator) -> Inference:
        # clusters as weighted cases: their sums are all that the method reads
        rates = np.full(count, rate)
        if kind == "bursts":
            rates = (rng.random(count) < rate).astype(float)
        elif icc:
            rates = rng.beta(rate * (1 - icc) / icc, (1 - rate) * (1 - icc) / icc, count)
        hit = rng.binomial(sizes, rates)
        lost = rng.binomial(hit, (rate + margin) / (2 * rate)) if kind == "mixed" else hit
        d = (hit - 2.0 * lost) / sizes * (rng.random(count) if kind == "part" else 1.0)
        return paired.difference(np.maximum(d, 0), np.maximum(-d, 0), weights=weights, bounds=(0.0, 1.0))

    most = 0.066 if kind in ("losses", "bursts") else 0.07
    return Cell(f"paired {kind} G={count} m={pattern} icc={icc} margin={margin}", draw, -margin, None, most, True)


def resampled_f1(n: int, replicates: int) -> Cell:
    """F1 of a classifier that is right 8 times in 10 about a class of 40 %: BCa."""

    def f1(totals: Array) -> Array:
        hits, false_alarms, misses = np.moveaxis(totals, -1, 0)
        score: Array = 2 * hits / (2 * hits + false_alarms + misses)
        return score

    def draw(rng: np.random.Generator) -> Inference:
        real, right = rng.random(n) < 0.4, rng.random(n) < 0.8
        parts = np.column_stack([real & right, ~real & ~right, real & ~right]).astype(float)
        return bootstrap.statistic(parts, f1, seed=int(rng.integers(1 << 30)), replicates=replicates)

    return Cell(f"bootstrap F1 n={n}", draw, 0.64 / (0.64 + 0.12 + 0.08), 0.065, 0.065)


def promised() -> list[Cell]:
    """The cells that are promised: shares, alone and in clusters, and losses at the margin."""
    return [
        *(proportion(n, p) for n in (10, 30, 100, 1000) for p in (0.5, 0.9, 0.99)),
        *(
            clustered(count, 5, p, icc)
            for count in (10, 30, 100)
            for p in (0.5, 0.9, 0.95, 0.99)
            for icc in (0.0, 0.2, 0.5)
        ),
        *(
            uneven(count, pattern, p, icc)
            for count in (10, 30, 100)
            for pattern in ("1-2", "1-20", "one large", "lognormal")
            for p in (0.5, 0.8, 0.95)
            for icc in (0.0, 0.2, 0.5)
        ),
        *(
            leaning_pairs(kind, count, pattern, icc, margin)
            for kind, icc in (("losses", 0.0), ("losses", 0.2), ("losses", 0.5), ("bursts", 1.0))
            for count in (10, 20, 40, 100, 200)
            for pattern in (1, 5, 50, "1-8", "lognormal")
            for margin in (0.01, 0.03, 0.1)
        ),
    ]


def cells() -> list[Cell]:
    """Everything that is promised, and more."""
    return [
        *promised(),
        *(proportion(n, p) for n in (50, 300) for p in (0.5, 0.8, 0.95, 0.99)),
        *(
            clustered(count, size, p, icc)
            for count in (10, 20, 30, 100)
            for size in (2, 20)
            for p in (0.5, 0.8, 0.95, 0.99)
            for icc in (0.0, 0.2, 0.5)
        ),
        *(credit(count, size, p) for count in (10, 30, 100) for size in (1, 5, "1-20") for p in (0.5, 0.9, 0.97)),
        *(
            leaning_pairs(kind, count, pattern, icc, margin)
            for kind in ("part", "mixed")
            for count in (10, 20, 40, 100, 200)
            for pattern in (1, 5, 50, "1-20")
            for icc in (0.0, 0.2)
            for margin in (0.03, 0.1)
        ),
        *(resampled_f1(n, 2_000) for n in (50, 200)),
        *(only_losses(n, margin) for n in (30, 100, 500, 2000) for margin in (0.01, 0.03, 0.05)),
        *(one_burst(count, 5, margin) for count in (10, 30, 100, 300) for margin in (0.03, 0.05, 0.1)),
        *(
            clustered_pairs(count, size, 0.3, margin)
            for count in (10, 20, 30, 100)
            for size in (2, 10)
            for margin in (0.0, 0.03, 0.05)
        ),
    ]


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    arguments.add_argument("--replicates", type=int, default=20_000)
    arguments.add_argument("--only", default="", help="cells whose name holds this text")
    chosen = arguments.parse_args()
    print(f"{'cell':64} {'miss':>7} {'above':>7} {'below':>7} {'bound':>13}")
    for cell in cells():
        if chosen.only not in cell.name:
            continue
        seen = rates(cell, chosen.replicates)
        beyond = seen.above > allowed(cell.most_above, chosen.replicates) or (
            cell.miss is not None and seen.miss > allowed(cell.miss, chosen.replicates)
        )
        bounds = f"{'-' if cell.miss is None else cell.miss}/{cell.most_above}"
        print(
            f"{cell.name:64} {seen.miss:7.4f} {seen.above:7.4f} {seen.below:7.4f} {bounds:>13}{' *' if beyond else ''}"
        )


if __name__ == "__main__":
    main()
