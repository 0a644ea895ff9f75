"""Simultaneous intervals and rankings against the truth: do they all hold at once, as often as they say?"""

from collections.abc import Callable

import numpy as np
import pytest

from evalkit.stats.many import Candidates, compare_all
from evalkit.stats.preference import Comparisons, bradley_terry

ROUNDS = 200
SLACK = 3 * np.sqrt(0.05 * 0.95 / ROUNDS)


def average(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def binary(n: int, m: int, p: float) -> Callable[[np.random.Generator], tuple[np.ndarray, None]]:
    """Systems that are right alike often, and on much the same cases."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, None]:
        shared = rng.random((n, 1)) < p
        return np.where(rng.random((n, m)) < 0.5, shared, rng.random((n, m)) < p).astype(float), None

    return draw


def clustered(clusters: int, m: int) -> Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]:
    """Skewed values in clusters of one to six, most of whose spread is between clusters."""

    def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        groups = np.repeat(np.arange(clusters), rng.integers(1, 7, clusters))
        return rng.exponential(size=(clusters, m))[groups] + 0.5 * rng.normal(size=(len(groups), m)), groups

    return draw


def missed(draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray | None]], rounds: int) -> float:
    """How often any difference of equal systems is outside its interval, which is how often any is shown."""
    rng = np.random.default_rng(11)
    wrong = 0
    for at in range(rounds):
        values, groups = draw(rng)
        parts = [np.column_stack([column, np.ones(len(column))]) for column in values.T]
        found = compare_all(Candidates(parts, average, groups, "mean"), seed=at, higher=True, replicates=1_000)
        wrong += bool((found.lo > 0).any())
        assert (found.lo > 0).any() == found.better.any() == bool((found.p <= 0.05).any())
    return wrong / rounds


@pytest.mark.slow
@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(binary(30, 5, 0.5), id="binary-30"),
        pytest.param(binary(60, 5, 0.9), id="binary-60-rare"),
        pytest.param(binary(300, 6, 0.97), id="binary-300-rarer"),
        pytest.param(clustered(12, 4), id="clusters-12"),
        pytest.param(clustered(40, 5), id="clusters-40"),
    ],
)
def test_equal_systems_are_parted_as_seldom_as_promised(
    draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray | None]],
) -> None:
    assert missed(draw, ROUNDS) <= 0.05 + SLACK


def verdicts(items: int, rng: np.random.Generator) -> Comparisons:
    """Five verdicts an item, which go together: every item has a mood of its own for each system."""
    truth = np.array([0.8, 0.3, 0.2, -0.3, -1.0])
    item = np.repeat(np.arange(items), 5)
    first = rng.integers(5, size=len(item))
    second = (first + rng.integers(1, 5, size=len(item))) % 5
    mood = truth + rng.normal(0, 0.7, (items, 5))
    d = mood[item, first] - mood[item, second]
    weights = np.column_stack([np.exp(-d / 2), np.full(len(d), 0.5), np.exp(d / 2)])
    edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return Comparisons(first, second, ((rng.random((len(d), 1)) > edges).sum(axis=1) - 1).astype(np.int8), 5, item)


@pytest.mark.slow
def test_strengths_and_ranks_hold_as_often_as_promised() -> None:
    rng = np.random.default_rng(5)
    limit = bradley_terry(verdicts(40_000, rng)).strengths  # moods shrink all strengths alike
    ranks = missed_strength = 0
    for _ in range(ROUNDS):
        found = bradley_terry(verdicts(60, rng))
        ranks += bool((found.ranks[:, 0] > np.arange(1, 6)).any() or (found.ranks[:, 1] < np.arange(1, 6)).any())
        missed_strength += int(((found.lo > limit) | (found.hi < limit)).sum())
    assert ranks / ROUNDS <= 0.05 + SLACK
    assert missed_strength / (5 * ROUNDS) <= 0.05 + SLACK / 2
