"""How often the intervals of a judge card hold the truth, on simulated judges."""

import numpy as np
import pytest
from scipy.stats import binom

from evalkit.stats.agreement import grouped_agreement
from evalkit.stats.judging.alt_test import alt_test
from evalkit.stats.judging.probability import equal_width, error, probability

pytestmark = pytest.mark.slow

ASKED = 0.92
"""Coverage asked for of nominal 95 % intervals from a few dozen clusters or items."""


def holds(hits: int, tries: int, least: float = ASKED) -> bool:
    """Whether so many hits could come of that coverage or a better one (one-sided, at 0.001)."""
    return float(binom.cdf(hits, tries, least)) > 0.001


def clustered(groups: int, size: int, prevalence: float, accuracy: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and verdicts of items whose difficulty is that of their group."""
    rng = np.random.default_rng(seed)
    base = rng.beta(2 * prevalence, 2 * (1 - prevalence), groups)
    skill = rng.beta(8 * accuracy, 8 * (1 - accuracy), groups)
    truth = (rng.random((groups, size)) < base[:, None]).astype(int)
    said = np.where(rng.random((groups, size)) < skill[:, None], truth, 1 - truth)
    return np.column_stack([truth.ravel(), said.ravel()]), np.repeat(np.arange(groups), size)


@pytest.mark.parametrize(("groups", "size", "prevalence", "accuracy"), [(40, 3, 0.85, 0.9), (60, 5, 0.5, 0.85)])
def test_agreement_in_groups(groups: int, size: int, prevalence: float, accuracy: float) -> None:
    many, _ = clustered(200_000, size, prevalence, accuracy, 99)
    human, judge = many.T
    observed, pi = float((human == judge).mean()), float(many.mean())
    chance = human.mean() * judge.mean() + (1 - human.mean()) * (1 - judge.mean())
    truth = {
        "raw": observed,
        "kappa": (observed - chance) / (1 - chance),
        "ac": (observed - 2 * pi * (1 - pi)) / (1 - 2 * pi * (1 - pi)),
        "alpha": 1 - (1 - observed) / (2 * pi * (1 - pi)),
    }
    hits, tries = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    for seed in range(150):
        codes, ids = clustered(groups, size, prevalence, accuracy, seed)
        found = grouped_agreement(codes, [0, 1], ids, seed=seed)
        for name, value in truth.items():
            one = getattr(found, name)
            tries[name] += one.lo is not None
            hits[name] += one.lo is not None and one.lo <= value <= one.hi
    for name in truth:
        assert tries[name] > 140
        assert holds(hits[name], tries[name]), (name, hits[name], tries[name])


def annotated(n: int, people: int, skill: float, judge: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels of people and verdicts around one truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=n)
    given = np.where(rng.random((n, people)) < skill, truth[:, None], 1 - truth[:, None])
    return given, np.where(rng.random(n) < judge, truth, 1 - truth)


@pytest.mark.parametrize(
    ("n", "people", "skill", "judge"), [(50, 3, 0.8, 0.8), (100, 2, 0.9, 0.7), (40, 3, 0.97, 0.97)]
)
def test_advantage_probability(n: int, people: int, skill: float, judge: float) -> None:
    truth = alt_test(*annotated(200_000, people, skill, judge, 7), 0.15).rho
    bounds = [alt_test(*annotated(n, people, skill, judge, seed), 0.15).rho_interval for seed in range(400)]
    assert holds(sum(lo <= truth <= hi for lo, hi in bounds), 400)


@pytest.mark.parametrize(("n", "power"), [(60, 1.0), (200, 1.0), (200, 2.0), (300, 0.5)])
def test_calibration_error(n: int, power: float) -> None:
    """power 1 is an exact judge, whose error is 0; otherwise the chance to be right is the probability's power."""

    def stated(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        p = rng.beta(4, 2, size)
        return p, (rng.random(size) < p**power).astype(float)

    p, _ = stated(1_000_000, 3)
    truth = error(p, p**power, equal_width(p))
    found = [probability(*stated(n, 10 + seed), seed=seed) for seed in range(150)]
    bounds = [one.ece.interval(0.95) for one in found]
    assert holds(sum(max(0.0, lo) <= truth <= hi for lo, hi in bounds), 150, 0.9)
    if power == 1:
        assert sum(one.chance.p <= 0.05 for one in found) <= binom.ppf(0.999, 150, 0.05)
