"""Simulated runs: clusters drawn again from those that there are, and what two runs of one system score on them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from evalkit.engine.preflight_cases import Known

CELLS = 1 << 20  # cases held at once


@dataclass(frozen=True)
class Draw:
    """Some simulated runs.

    Attributes:
        known: what they are drawn from.
        rows: (t,) cases of all runs, one run after the other, its clusters one after the other.
        shape: (runs, clusters).
        starts: (runs * clusters,) where each cluster begins in `rows`; None where each is one case.
        run: (t,) the run of each row.
        flip, other: (t,) uniform numbers: which cases are changed on purpose, and which are unscored.
    """

    known: Known
    rows: np.ndarray
    shape: tuple[int, int]
    starts: np.ndarray | None
    run: np.ndarray
    flip: np.ndarray
    other: np.ndarray
    rng: np.random.Generator
    _chosen: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """(t,) values -> (runs, clusters) sums."""
        flat = values if self.starts is None else np.add.reduceat(values, self.starts)
        found: np.ndarray = flat.reshape(self.shape)
        return found

    def totals(self, values: np.ndarray) -> np.ndarray:
        """(t, ...) values -> (runs, ...) sums."""
        if len(self.rows) == self.shape[0] * (len(self.rows) // self.shape[0]) and self.starts is None:
            found: np.ndarray = values.reshape(self.shape[0], -1, *values.shape[1:]).sum(axis=1)
            return found
        edges = np.searchsorted(self.run, np.arange(self.shape[0]))
        summed: np.ndarray = np.add.reduceat(values, edges, axis=0)
        return summed

    def sides(self, metric: str) -> tuple[np.ndarray, np.ndarray]:
        """Columns (t, k) of a candidate in which nothing changed, and of the baseline: two runs of one system."""
        parts = self.known.columns(metric)
        if len(parts) > 1:
            return self._repeated(metric, parts)
        if self.known.repeats == 1 or self.known.bound[metric].ranked is not None:
            return self._redrawn(metric, parts[0], 0, self.known.replaced(metric)), parts[0][self.rows]
        chance = 1.0 - math.sqrt(1.0 - self.known.replaced(metric))
        r = self.known.repeats
        answers = [self._redrawn(metric, parts[0], j, chance) for j in range(2 * r)]
        return sum(answers[:r]) / r, sum(answers[r:]) / r  # type: ignore[return-value]

    def _redrawn(self, metric: str, parts: np.ndarray, answer: int, chance: float) -> np.ndarray:
        """Another answer: some cases score what another case (of the same gold, where golds are classes) scored."""
        u, donor = self._anew(answer)
        use = self.known.inside[metric] & self.known.scored[metric]
        taken = np.where((u < chance) & use[donor], donor, self.rows)
        found: np.ndarray = parts[taken]
        return found

    def _anew(self, answer: int) -> tuple[np.ndarray, np.ndarray]:
        """Uniform numbers and donors of one answer, the same for every metric: what correlates stays so."""
        key = f"anew{answer}"
        if key not in self._chosen:
            strata = self.known.strata
            order, sizes = np.argsort(strata, kind="stable"), np.bincount(strata)
            first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
            mine = strata[self.rows]
            at = first[mine] + (self.rng.random(len(self.rows)) * sizes[mine]).astype(np.int64)
            self._chosen[key] = np.stack([self.rng.random(len(self.rows)), order[at]])
        found = self._chosen[key]
        return found[0], found[1].astype(np.int64)

    def _repeated(self, metric: str, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From several answers to each case: r of them on either side, none twice while there are enough."""
        count = len(parts)
        r = 1 if self.known.bound[metric].ranked is not None else self.known.repeats
        ours, theirs = self._picks(count, r)
        a = np.mean([parts[pick, self.rows] for pick in ours], axis=0)
        b = np.mean([parts[pick, self.rows] for pick in theirs], axis=0)
        if count >= 2 * r:
            return a, b
        middle = parts.mean(axis=0)
        average = middle.mean(axis=0)
        shrunk = average + _shrinkage(parts) * (middle - average)
        wider = math.sqrt(count / (count - 1))
        return shrunk[self.rows] + wider * (a - middle[self.rows]), shrunk[self.rows] + wider * (b - middle[self.rows])

    def _picks(self, count: int, r: int) -> tuple[np.ndarray, np.ndarray]:
        """(r, t) answers for either side."""
        key = f"picks{r}"
        if key not in self._chosen:
            t = len(self.rows)
            if count >= 2 * r:
                chosen = np.argsort(self.rng.random((t, count)), axis=1)[:, : 2 * r].T
            else:
                chosen = self.rng.integers(count, size=(2 * r, t))
            self._chosen[key] = chosen
        return self._chosen[key][:r], self._chosen[key][r:]


def _shrinkage(parts: np.ndarray) -> np.ndarray:
    """(k,) true spread of case means over the one that is seen, which that of the answers adds to."""
    count = len(parts)
    seen = parts.mean(axis=0).var(axis=0)
    noise = parts.var(axis=0, ddof=1).mean(axis=0) / count
    with np.errstate(all="ignore"):
        found: np.ndarray = np.sqrt(np.clip(np.where(seen > 0, 1 - noise / seen, 0.0), 0.0, 1.0))
    return found


def draws(known: Known, seed: int, replicates: int, units: int | None = None) -> Iterator[Draw]:
    """Simulated runs of `units` clusters each (as many as there are), a bounded number of cases at a time."""
    clusters = known.units
    count = len(clusters)
    wanted = units or count
    rng = np.random.default_rng(seed)
    per_run = max(1, round(len(known.rows) * wanted / count))
    step = max(1, CELLS // per_run)
    sizes = np.array([len(unit) for unit in clusters])
    flat, first = np.concatenate(clusters), np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for start in range(0, replicates, step):
        shape = (min(step, replicates - start), wanted)
        drawn = rng.integers(count, size=shape[0] * wanted)
        if known.codes is None:
            rows, starts, per = drawn, None, np.full(shape[0], wanted)
        else:
            lengths = sizes[drawn]
            starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            rows = flat[np.repeat(first[drawn] - starts, lengths) + np.arange(int(lengths.sum()))]
            per = lengths.reshape(shape).sum(axis=1)
        run = np.repeat(np.arange(shape[0]), per)
        yield Draw(known, rows, shape, starts, run, rng.random(len(rows)), rng.random(len(rows)), rng)
