"""How long 10,000 bootstrap replicates take: paired cases, binary and real-valued, and all pairs of 20 systems.

The yardstick is what one would write in numpy: blocks of drawn indices, gathered and averaged, with the difference of
two systems as one column. Both run in turns, in one process; the fastest round of each counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from measure import Figure, show

from evalkit.stats.bootstrap import paired_statistic
from evalkit.stats.many import Candidates, compare_all

REPLICATES = 10_000
ROUNDS = 3
BLOCK = 1 << 17  # indices at once: the fastest of 2^15 to 2^20 for the yardstick


def average(sums: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Mean from (total, count)."""
    found: np.ndarray[Any, Any] = sums[..., 0] / sums[..., 1]
    return found


def parts(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(n, 2) parts of a mean."""
    return np.column_stack([values, np.ones(len(values))])


def by_hand(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(replicates,) means of resampled values, in blocks."""
    rng = np.random.default_rng(1)
    n = len(values)
    found = np.empty(REPLICATES)
    step = max(1, BLOCK // n)
    for start in range(0, REPLICATES, step):
        rows = min(step, REPLICATES - start)
        found[start : start + rows] = values[rng.integers(n, size=(rows, n))].mean(axis=1)
    return found


def seconds(run: Callable[[], object]) -> float:
    """Of one call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def paired() -> list[Figure]:
    """Two systems on 100,000 cases."""
    rng = np.random.default_rng(2)
    hard = rng.random(100_000)
    a, b = ((hard + rng.normal(0, 0.3, len(hard)) < line).astype(float) for line in (0.6, 0.61))
    binary = min(seconds(lambda: paired_statistic(parts(a), parts(b), average, seed=3)) for _ in range(5 * ROUNDS))
    x, y = (hard + rng.normal(0, 0.3, len(hard)) for _ in range(2))
    ours = numpy_ = float("inf")
    for _ in range(ROUNDS):
        numpy_ = min(numpy_, seconds(lambda: by_hand(x - y)))
        ours = min(ours, seconds(lambda: paired_statistic(parts(x), parts(y), average, seed=3)))
    return [
        Figure("100,000 binary paired cases, 10,000 replicates", binary, 0.15, "s", "BCa interval and all"),
        Figure(
            "100,000 real-valued paired cases, 10,000 replicates",
            ours / numpy_,
            1.3,
            "x blocked numpy resampling",
            f"{ours:.2f} s / {numpy_:.2f} s; ours with the BCa interval, numpy's replicates alone",
        ),
    ]


def twenty() -> list[Figure]:
    """All 190 pairs of 20 systems on 10,000 cases."""
    rng = np.random.default_rng(4)
    hard = rng.random((10_000, 1))
    binary = (hard + rng.normal(0, 0.3, (10_000, 20)) < np.linspace(0.5, 0.6, 20)).astype(float)
    real = hard + rng.normal(0, 0.3, (10_000, 20))
    clusters = np.arange(10_000) // 4
    return [
        _all_pairs("binary", binary, None),
        _all_pairs("real-valued", real, None),
        _all_pairs("real-valued, 2,500 clusters", real, clusters),
    ]


def _all_pairs(name: str, values: np.ndarray[Any, Any], groups: np.ndarray[Any, Any] | None) -> Figure:
    systems = Candidates([parts(column) for column in values.T], average, groups, "mean")
    took = min(seconds(lambda: compare_all(systems, seed=5, higher=True)) for _ in range(ROUNDS))
    return Figure(f"20 candidates x 10,000 cases, all pairs, {name}", took, 4, "s", "190 max-t intervals")


def main() -> None:
    """Measure and print."""
    show([*paired(), *twenty()])


if __name__ == "__main__":
    main()
