"""How often a year of hourly looks has a false alarm: seeded simulation of e-Shiryaev-Roberts on windows.

    python benchmarks/alarms.py                       # 2,000 years a row: some minutes
    python benchmarks/alarms.py --replicates 200

A reference of so many hourly windows, then 8,760 hours in which nothing changed; one false alarm in the year counts.
5 % is claimed for all metrics together. `naive` is the same recursion with bets that start at the reference's mean as
if it were the truth, the smallest of four of its standard errors, and a known variance. `delay` is the median number
of hours until a shift of one standard deviation of a window is found, in years where it comes at once.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from measure import Figure, show

from evalkit.stats.sequential.alarm import Plan, Rules, advance, factors, plan

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Array]
LOOKS = 8_760


class Case(NamedTuple):
    """One situation: windows of a metric, the reference's length, how many metrics, and phases of a season."""

    name: str
    draw: Draw
    reference: int
    metrics: int = 1
    season: int = 1


def normal(rng: np.random.Generator, count: int, at: int) -> Array:
    """Means of many requests."""
    return rng.normal(0.8, 0.02, count)


def failures(rng: np.random.Generator, count: int, at: int) -> Array:
    """Shares of 60 requests that fail, 2 % on average."""
    return rng.binomial(60, 0.02, count) / 60


def bursts(rng: np.random.Generator, count: int, at: int) -> Array:
    """The same where hours differ: rates are Beta, three times as wide as chance."""
    return rng.binomial(60, rng.beta(0.2, 9.8, count), count) / 60


def slow(rng: np.random.Generator, count: int, at: int) -> Array:
    """Mean seconds of 20 lognormal requests: skewed."""
    mean: Array = rng.lognormal(0.0, 1.0, (count, 20)).mean(axis=1)
    return mean


def daily(rng: np.random.Generator, count: int, at: int) -> Array:
    """A metric with a day."""
    return rng.normal(0.8 + 0.05 * math.sin(2 * math.pi * (at % 24) / 24), 0.02, count)


CASES = [
    *(Case(f"normal, {weeks} weeks", normal, 168 * weeks) for weeks in (1, 4)),
    Case("normal, 1 day", normal, 24),
    Case("failures, 4 weeks", failures, 672),
    Case("bursts of failures, 4 weeks", bursts, 672),
    Case("skewed seconds, 4 weeks", slow, 672),
    Case("10 metrics, 4 weeks", normal, 672, metrics=10),
    Case("daily season by hour, 8 weeks", daily, 1_344, season=24),
]


def planned(case: Case, rng: np.random.Generator) -> Plan:
    """The bets on one metric of one year."""
    phases = [str(at % case.season) for at in range(case.reference)]
    made = plan(drawn(case, rng, case.reference), None, phases, Rules(LOOKS, case.metrics))
    assert made is not None
    return made


def raised(case: Case, rng: np.random.Generator, years: int, shift: float = 0.0, looks: int = LOOKS) -> Array:
    """(years,) hours until the first alarm of any metric, or infinite; `shift` is in sd of the first metric."""
    first = np.full(years, math.inf)
    phases = [str(at % case.season) for at in range(looks)]
    for number in range(case.metrics):
        plans = [planned(case, rng) for _ in range(years)]
        logs = np.stack(
            [factors(bets, drawn(case, rng, looks) + shift * bets.sd * (number == 0), None, phases) for bets in plans]
        )
        log_r = np.full((years, logs.shape[2]), -math.inf)
        for at in range(looks):
            log_r = advance(log_r, logs[:, at])
            over = np.logaddexp.reduce(log_r, axis=1) - math.log(logs.shape[2]) >= plans[0].log_line
            first = np.where(over, np.minimum(first, at + 1), first)
    return first


def drawn(case: Case, rng: np.random.Generator, count: int) -> Array:
    """(count,) windows from phase 0 on."""
    if case.season == 1:
        return case.draw(rng, count, 0)
    at_phase = np.stack([case.draw(rng, -(-count // case.season), phase) for phase in range(case.season)], axis=1)
    return at_phase.ravel()[:count]


def naive(case: Case, rng: np.random.Generator, years: int) -> float:
    """False alarms of bets from the reference's own mean, Gaussian, with the true variance: normal windows only."""
    error = 1 / math.sqrt(case.reference)
    means = rng.normal(0, error, years)
    shift = 4 * error
    log_r = np.full((years, 2), -math.inf)
    most = np.full(years, -math.inf)
    for _ in range(LOOKS):
        x = rng.normal(0, 1, years) - means
        log_r = advance(log_r, np.stack([shift * x, -shift * x], axis=1) - shift * shift / 2)
        most = np.maximum(most, np.logaddexp.reduce(log_r, axis=1) - math.log(2))
    return float((most >= math.log(LOOKS / 0.05)).mean())


def main() -> None:
    """Print the table on stderr, the figure on stdout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=2_000)
    replicates = parser.parse_args().replicates
    most = 0.05 + 3 * math.sqrt(0.05 * 0.95 / replicates)
    worst = 0.0
    print("| windows, reference | false alarms in a year | naive | delay |\n|:--|---:|---:|---:|", file=sys.stderr)
    for case in CASES:
        rng = np.random.default_rng([20_261_123, *case.name.encode()])
        years = [min(50, replicates - done) for done in range(0, replicates, 50)]
        false = sum(int((raised(case, rng, count) <= LOOKS).sum()) for count in years) / replicates
        wrong = f"{naive(case, rng, 200):.0%}" if case.draw is normal and case.metrics == 1 else ""
        delay = float(np.median(raised(case, rng, 50, 1.0, 1_000)))
        print(f"| {case.name} | {false:.1%} | {wrong} | {delay:,.0f} h |", file=sys.stderr, flush=True)
        worst = max(worst, false)
    claim = "alarms: P(any false alarm in a year of hourly looks), 5 % and three standard errors of the simulation"
    show(
        [Figure(claim, worst, most, "share", f"{replicates:,} years of {LOOKS:,} looks, {len(CASES)} kinds of windows")]
    )


if __name__ == "__main__":
    main()
