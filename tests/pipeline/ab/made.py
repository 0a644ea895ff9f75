"""Experiments for tests."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from evalkit.pipeline.ab.log import Exposures, Outcomes, Place
from evalkit.pipeline.ab.trial import Trial, join


def exposures(rows: Iterable[tuple[str, str, float]]) -> Exposures:
    """(unit, variant, seconds)."""
    rows = list(rows)
    unit, variant, at = ([row[i] for row in rows] for i in range(3))
    times = np.array([round(t * 1e6) for t in at], np.int64)
    return Exposures(pa.array(unit, pa.string()), pa.array(variant, pa.string()), times, place("seen", len(rows)))


def outcomes(rows: Iterable[tuple[str, str, float, float]]) -> Outcomes:
    """(unit, metric, value, seconds)."""
    rows = list(rows)
    unit, metric, value, at = ([row[i] for row in rows] for i in range(4))
    times = np.array([round(t * 1e6) for t in at], np.int64)
    columns = pa.array(unit, pa.string()), pa.array(metric, pa.string())
    return Outcomes(*columns, np.array(value, float), times, place("came", len(rows)))


def place(file: str, n: int) -> Place:
    return Place(file, np.arange(1, n + 1))


def drawn(n: int, rates: dict[str, float], seed: int = 0, delay: float = 0.0) -> tuple[Exposures, Outcomes]:
    """n units, equal split over the arms of `rates`, a proportion `won` and a sum `spent`, a unit a second."""
    rng = np.random.default_rng(seed)
    names = list(rates)
    arm = rng.integers(0, len(names), n)
    won = rng.random(n) < np.array([rates[name] for name in names])[arm]
    spent = rng.exponential(20, n).round(2)
    late = delay * rng.random(n)
    seen = exposures((f"u{i}", names[arm[i]], i) for i in range(n))
    rows = [(f"u{i}", "won", 1.0, i + late[i]) for i in np.flatnonzero(won)]
    rows += [(f"u{i}", "spent", spent[i], i + late[i]) for i in np.flatnonzero(won)]
    return seen, outcomes(rows)


def trial(n: int, rates: dict[str, float], seed: int = 0) -> Trial:
    return join(*drawn(n, rates, seed))
