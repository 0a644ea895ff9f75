"""Rollouts as a simulation: the state machine itself, moved every ten to hundred units of the candidate, or once.

    python benchmarks/canary.py                 # 1,000 runs for harm and A/A, 500 for promotion: ten minutes
    python benchmarks/canary.py --runs 200

Rates are of errors; a request is a unit. Harm: 5 % against 1 % at weights up to .1, both constant. In the others both
rates go up and down by a third, in waves. Promotion: identical, within the horizon that `evalkit rollout plan` prints,
looked at all along or only at its end. A/A: identical, to the horizon; and the ratio at the margin, which must not be
promoted.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evalkit.pipeline.rollout.nouns import Group, Observation, Plan, State, Step
from evalkit.pipeline.rollout.reduce import begun, next_state
from evalkit.stats.sequential.canary_plan import Setting, horizon, passed_when

if TYPE_CHECKING:
    from measure import Figure

BASE, WAVE = 0.01, 1 / 3


class End(NamedTuple):
    """How a rollout ended, and after how many units of the candidate."""

    phase: str
    canary: int


def planned(*weights: float, units: int = 100) -> Plan:
    """A canary with default errors."""
    steps = [Step(weight=weight, min_units=units) for weight in weights]
    return Plan(strategy="canary", candidate="new", champion="old", steps=steps)


def run(plan: Plan, ratio: float, most: int, look: int, seed: int, wave: float = WAVE) -> End:
    """One rollout until it ends, or `most` units of the candidate; looked at every `look` of them."""
    rng = np.random.default_rng([seed, round(1000 * ratio), look])
    phase = float(rng.uniform(0, 2 * np.pi))
    state, done = begun("one", plan, 0.0), 0
    while not state.ended and done < most:
        n = min(look, most - done)
        done += n
        state = next_state(state, _seen(rng, state, ratio, n, 1 + wave * _trend(phase, done - n, done)), float(done))
    return End(state.phase, done)


def _trend(phase: float, since: int, until: int) -> float:
    """The mean of a wave between two places: what the base rate of both variants is off; 0 over all runs."""
    return 300 * float(np.cos(phase + since / 300) - np.cos(phase + until / 300)) / (until - since)


def _seen(rng: np.random.Generator, state: State, ratio: float, n: int, trend: float) -> Observation:
    """n units of the candidate, and those of the champion that came in meanwhile."""
    base = BASE * trend
    other = int(rng.negative_binomial(n, state.weight))
    bad, worse = int(rng.binomial(n, base * ratio)), int(rng.binomial(other, base))
    groups = [
        Group(canary=on, weight=state.weight, losses=[loss], n=count)
        for on, loss, count in (
            (True, 1.0, bad),
            (True, 0.0, n - bad),
            (False, 1.0, worse),
            (False, 0.0, other - worse),
        )
        if count
    ]
    return Observation(groups=groups)


def share(plan: Plan, ratio: float, most: int, look: int, runs: int, phase: str, wave: float = WAVE) -> float:
    """Of the runs, those that ended so."""
    return sum(run(plan, ratio, most, look, seed, wave).phase == phase for seed in range(runs)) / runs


class Claim(NamedTuple):
    """What a share of runs is promised to be at most; `of` is how they end, or with "not" how they do not."""

    claim: str
    plan: Plan
    ratio: float
    most: int
    look: int
    of: str
    bound: float
    wave: float = WAVE


def claims() -> list[Claim]:
    """All of them."""
    rising, one = planned(0.01, 0.05, 0.1), planned(0.1)
    setting = Setting(0.1, BASE)
    whole, soon = horizon(setting), passed_when(setting, 0.95)
    harm = "1 % -> 5 % errors, {}: not rolled back within 400 canary requests"
    alike = "identical candidate, {}: not promoted within {:,} canary requests"
    away, kept = "not rolled_back", "not promoted"
    return [
        Claim(harm.format("weight .1"), one, 5.0, 400, 10, away, 0.05, 0.0),
        Claim(harm.format("weight .1"), one, 5.0, 400, 100, away, 0.05, 0.0),
        Claim(harm.format("weights .01, .05, .1"), rising, 5.0, 400, 10, away, 0.05, 0.0),
        Claim(alike.format("weight .1", whole), one, 1.0, whole, 100, kept, 0.05),
        Claim(alike.format("weight .1", whole), one, 1.0, whole, whole, kept, 0.05),
        Claim(alike.format("weight .1", soon), one, 1.0, soon, 20, kept, 0.08),
        Claim(alike.format("weights .01, .05, .1", whole), rising, 1.0, whole, 100, kept, 0.05),
        Claim("A/A: rolled back at alpha_harm .02", one, 1.0, whole, 50, "rolled_back", 0.02),
        Claim("ratio 2 at margin 2: promoted at alpha .05", one, 2.0, whole, 50, "promoted", 0.05),
    ]


def measured(claim: Claim, runs: int) -> Figure:
    """The share of seeded runs."""
    from measure import Figure  # lies beside this file; tests import the simulation without it

    found = share(claim.plan, claim.ratio, claim.most, claim.look, runs, claim.of.removeprefix("not "), claim.wave)
    value = 1 - found if claim.of.startswith("not ") else found
    seldom = "at its end only" if claim.look == claim.most else f"every {claim.look} canary requests"
    return Figure(f"canary, {claim.claim}", value, claim.bound, "of runs", f"looked at {seldom}; {runs:,} runs")


def main() -> None:
    """Simulate and print."""
    from measure import show

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--promotions", type=int, default=500)
    given = parser.parse_args()
    for claim in claims():
        show([measured(claim, given.promotions if claim.of == "not promoted" else given.runs)])


if __name__ == "__main__":
    main()
