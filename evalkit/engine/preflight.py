"""Before a run: how likely every gate is to pass when nothing changed, alone and together, and what would help.

Runs are simulated from the answers that a baseline gave already: its clusters are drawn again, with what two runs of
one system differ by, and every gate is held against each of them. All gates see the same simulated runs, so that what
is correlated stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.nouns import Gate
from evalkit.engine.gate_words import advises
from evalkit.engine.hull import ALPHA
from evalkit.engine.preflight_cases import Known
from evalkit.engine.preflight_draws import draws
from evalkit.engine.preflight_gate import Change, Question, Seen
from evalkit.engine.preflight_tails import seen
from evalkit.stats.clusters import Array
from evalkit.stats.vectorised import holm_rows, normal_tails


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """Simulated runs as the gates read them.

    Attributes:
        asked: the m gates.
        point, se, p_pass, p_fail, n: (runs, m) each, see `Seen`.
        alpha: one-sided error of each gate.
        others: gates of the suite beside these that may block, for Holm's correction.
    """

    asked: Sequence[Question]
    point: Array
    se: Array
    p_pass: Array
    p_fail: Array
    n: Array
    alpha: float = ALPHA
    others: int = 0

    @property
    def passes(self) -> np.ndarray:
        """(runs, m) bool: the gate passes."""
        found = np.nan_to_num(self.p_pass, nan=1.0) <= self.alpha
        for i, asked in enumerate(self.asked):
            if asked.gate.basis == "census":
                found[:, i] = self._beyond(i)
            if asked.gate.min_n is not None:
                found[:, i] &= self.n[:, i] >= asked.gate.min_n
        passed: np.ndarray = found & (self.n > 0)
        return passed

    @property
    def fails(self) -> np.ndarray:
        """(runs, m) bool: the gate fails, Holm over all that may block."""
        family = [i for i, asked in enumerate(self.asked) if not advises(asked.gate)]
        found: np.ndarray = np.zeros(self.p_fail.shape, bool)
        if family:
            known = np.nan_to_num(self.p_fail[:, family], nan=1.0)
            rest = np.ones((len(known), self.others))
            found[:, family] = holm_rows(np.hstack([known, rest]))[:, : len(family)] <= self.alpha
        for i, asked in enumerate(self.asked):
            if asked.gate.basis == "census":
                found[:, i] = ~self._beyond(i)
        failed: np.ndarray = found & ~self.passes
        return failed

    def released(self, policy: str = "release") -> np.ndarray:
        """(runs, 2) bool: the release passes; it fails."""
        family = [i for i, asked in enumerate(self.asked) if not advises(asked.gate)]
        passes, fails = self.passes, self.fails
        failed = fails[:, family].any(axis=1)
        blocking = [i for i in family if self.asked[i].gate.on_inconclusive == "block"] if policy == "release" else []
        open_ = (~passes & ~fails)[:, blocking].any(axis=1)
        return np.column_stack([~failed & ~open_, failed])

    def only(self, gates: Sequence[int], others: int) -> Rehearsal:
        """Some of the gates."""
        some = list(gates)
        return Rehearsal(
            [self.asked[i] for i in some],
            self.point[:, some],
            self.se[:, some],
            self.p_pass[:, some],
            self.p_fail[:, some],
            self.n[:, some],
            self.alpha,
            others,
        )

    def _beyond(self, i: int) -> np.ndarray:
        asked = self.asked[i]
        slack = 1e-12 * max(1.0, abs(asked.line))
        found: np.ndarray = (
            self.point[:, i] >= asked.line - slack if asked.up else self.point[:, i] <= asked.line + slack
        )
        return found


def rehearse(
    known: Known,
    asked: Sequence[Question],
    seed: int,
    replicates: int,
    changes: Mapping[int, Change] | None = None,
    alpha: float = ALPHA,
) -> Rehearsal:
    """Simulate runs and hold every gate against them.

    Args:
        known, asked: cases and gates.
        seed: from the content of the question.
        replicates: simulated runs.
        changes: index of a gate -> what is done to its metric in the candidate.
        alpha: one-sided error of each gate.
    """
    columns: list[list[Seen]] = [[] for _ in asked]
    for draw in draws(known, seed, replicates):
        for i, one in enumerate(asked):
            columns[i].append(seen(one, draw, (changes or {}).get(i, Change())))
    return finished(asked, columns, alpha)


def finished(asked: Sequence[Question], columns: Sequence[Sequence[Seen]], alpha: float, others: int = 0) -> Rehearsal:
    """All runs of all gates; `others` as of `Rehearsal`."""
    whole = [_joined(one, found) for one, found in zip(asked, columns, strict=True)]
    point, se, p_pass, p_fail, n = (np.column_stack([getattr(one, name) for one in whole]) for name in Seen._fields)
    return Rehearsal(asked, point, se, p_pass, p_fail, n, alpha, others)


def _joined(asked: Question, found: Sequence[Seen]) -> Seen:
    """All runs of one gate; where no run knows its own spread, that of the runs is taken."""
    whole = Seen(*(np.concatenate([getattr(one, name) for one in found]) for name in Seen._fields))
    if asked.b.ranked is None:
        return whole
    spread = float(moments(whole.point)[1])
    se = np.full(len(whole.point), spread)
    tails = normal_tails(whole.point, se, asked.line)
    p_pass, p_fail = (tails.above, tails.below) if asked.up else (tails.below, tails.above)
    return whole._replace(se=se, p_pass=p_pass, p_fail=p_fail)


def moments(values: Array) -> tuple[Array, Array]:
    """Mean and standard deviation over the runs that have a value; NaN and 0 where none has."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    with np.errstate(all="ignore"):
        middle = np.where(known, values, 0.0).sum(axis=0) / count
        spread = np.sqrt(np.where(known, (values - middle) ** 2, 0.0).sum(axis=0) / np.maximum(count, 1))
    return middle, spread


def tolerated(
    known: Known, asked: Question, seed: int, targets: Sequence[float], limits: tuple[int, float]
) -> list[int | None]:
    """How many cases may stay unscored before the gate passes less often than each target says; None: unknown.

    Unscored cases are put at their worst, as the gate's hull does. A gate that does not reach the target with all cases
    scored tolerates none: 0.

    Args:
        known, asked, seed: as everywhere.
        targets: powers.
        limits: simulated runs, and alpha.
    """
    low, high = asked.b.metric.value_range
    if not asked.linear or asked.gate.unscored == "missing_at_random":
        return [None for _ in targets]
    if (low if asked.up else high) is None:
        return [0 for _ in targets]  # what has no worst value leaves no interval
    replicates, alpha = limits
    n = int(asked.use.sum())
    most = _most_unscored(asked.gate, n)
    cache: dict[int, float] = {}

    def power(count: int) -> float:
        if count not in cache:
            runs = rehearse(known, [asked], seed, replicates, {0: Change(unscored=count / max(n, 1))}, alpha)
            cache[count] = float(runs.passes.mean())
        return cache[count]

    return [_largest(power, target, most) for target in targets]


def _most_unscored(gate: Gate, n: int) -> int:
    """What the gate's own `max_unscored` and `min_n` allow."""
    most = n - (gate.min_n or 1)
    if gate.max_unscored is not None:
        most = min(most, int(gate.max_unscored * n if gate.max_unscored < 1 else gate.max_unscored))
    return max(most, 0)


def _largest(power: Callable[[int], float], target: float, most: int) -> int:
    """The largest count in [0, most] whose power reaches the target; 0 where none does."""

    def reaches(count: int) -> bool:
        return power(count) >= target

    if most == 0 or not reaches(0):
        return 0
    lo, hi = 0, 1
    while hi < most and reaches(hi):
        lo, hi = hi, min(2 * hi, most)
    if hi == most and reaches(most):
        return most
    while hi - lo > max(1, hi // 50):
        middle = (lo + hi) // 2
        lo, hi = (middle, hi) if reaches(middle) else (lo, hi)
        if lo != middle:
            hi = middle
    return lo
