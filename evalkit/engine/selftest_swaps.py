"""Runs whose labels mean nothing: the null hypothesis of a self-test, made of a team's own answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_draws import CELLS, Draw


@dataclass(frozen=True)
class Swapped(Draw):
    """Runs whose labels mean nothing: the same cases each time, candidate and baseline a matter of a coin.

    With two answers a case (two runs) a cluster's two sides are swapped whole; with more (one run), the answers to each
    case are split in halves at random.
    """

    def sides(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """Columns (t, k) of what is called candidate, and baseline."""
        parts = self.known.columns(metric)
        if len(parts) == 2:
            both, n = parts.reshape(-1, parts.shape[2]), parts.shape[1]
            at = self._coin() * n
            return both[self.rows + at], both[self.rows + (n - at)]
        r = 1 if self.known.bound[metric].ranked is not None else self.known.repeats
        first, second = self._picks(len(parts), r)
        halves = [np.mean([parts[pick, self.rows] for pick in picks], axis=0) for picks in (first, second)]
        return halves[0], halves[1]

    def _coin(self) -> np.ndarray:
        """(t,) 0 or 1, one toss a cluster and run."""
        if "coin" not in self._chosen:
            tosses = self.rng.integers(2, size=self.shape[0] * self.shape[1])
            sizes = [len(unit) for unit in self.known.units]
            each = tosses if self.starts is None else np.repeat(tosses, np.tile(sizes, self.shape[0]))
            self._chosen["coin"] = each
        return self._chosen["coin"]


def swaps(known: Known, seed: int, replicates: int) -> Iterator[Swapped]:
    """Runs over all cases, a bounded number of cases at a time."""
    rng = np.random.default_rng(seed)
    flat = np.concatenate(known.units)
    sizes = np.array([len(unit) for unit in known.units])
    step = max(1, CELLS // len(flat))
    for start in range(0, replicates, step):
        runs = min(step, replicates - start)
        rows = np.tile(flat, runs)
        lengths = np.tile(sizes, runs)
        starts = None if known.codes is None else np.concatenate([[0], np.cumsum(lengths)[:-1]])
        run = np.repeat(np.arange(runs), len(flat))
        yield Swapped(known, rows, (runs, len(sizes)), starts, run, rng.random(len(rows)), rng.random(len(rows)), rng)
