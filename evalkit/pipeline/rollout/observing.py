"""Rows of a log -> units that were not counted before. Each unit is counted once, as it was first assigned.

A unit's loss is the worst of its rows at hand that have the variant and the weight of its first. A later weight would
end the story of those alone that it moves to the candidate, and the two variants would be watched for unequal times.
What a unit does after it was counted is not counted again: its requests are no new evidence.

For a metric that waits for right answers a unit is counted on its own, when the first of these rows has one: neither
has the metric to be known when the others are, nor is the unit lost to it because it was counted for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.pipeline.rollout.nouns import Group, Observation

__all__ = ["Counted", "Hashes", "Rows", "by_weight", "mismatch", "nothing", "observed", "split"]

_MISMATCH: Final = 1e-6  # of looks without number; a real fault is at 1e-20 within minutes

Hashes = npt.NDArray[np.uint64]


class Rows(NamedTuple):
    """Requests, in any order.

    Attributes:
        unit: n names.
        canary: (n,) bool: the candidate answered.
        weight: (n,) of the candidate when the unit was assigned, in [0, 1].
        losses: (n, metrics) in [0, 1]; NaN where a metric waits for a right answer.
        at: (n,) seconds since 1970.
    """

    unit: Sequence[str]
    canary: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float64]
    at: npt.NDArray[np.float64]


class Counted(NamedTuple):
    """An observation and what it rests on.

    Attributes:
        observation: the new units.
        units: (m,) their hashes, and one more for each metric that waited.
        weights: (m,) of the candidate, when each was assigned.
        rows: that were read.
        known: rows of units that were counted before.
        scored: of each metric that waited, how many units are counted for it.
    """

    observation: Observation
    units: Hashes
    weights: npt.NDArray[np.float64]
    rows: int = 0
    known: int = 0
    scored: Mapping[str, int] = MappingProxyType({})

    @property
    def new(self) -> int:
        """Units that were not counted for anything before."""
        return len(self.units) - sum(self.scored.values())


def observed(rows: Rows, seen: Hashes, late: Mapping[int, str] = MappingProxyType({})) -> Counted:
    """The units that were not counted before.

    Args:
        rows: of the log; rows that were read before do no harm. Where metrics wait: all since the rollout began, for
            a right answer comes behind the request.
        seen: hashes of the units that were counted.
        late: the metrics that wait, by place.
    """
    now = [i for i in range(rows.losses.shape[1]) if i not in late]
    first = _counted(rows, seen, now, b"")
    rest = {name: _counted(rows, seen, [i], name.encode()) for i, name in late.items()}
    if not rest:
        return first
    parts = [first, *rest.values()]
    return Counted(
        Observation(groups=[group for part in parts for group in part.observation.groups]),
        np.concatenate([part.units for part in parts]),
        np.concatenate([part.weights for part in parts]),
        first.rows,
        first.known,
        {name: len(part.units) for name, part in rest.items()},
    )


def _counted(rows: Rows, seen: Hashes, metrics: list[int], name: bytes) -> Counted:
    """Units that were not counted for these metrics before, and have a loss; `name` tells their hashes apart."""
    names = _hashes(rows.unit, name)
    new = ~np.isin(names, seen)
    order = np.flatnonzero(new)[np.argsort(rows.at[new], kind="stable")]
    units, first, member = np.unique(names[order], return_index=True, return_inverse=True)
    canary, weight, losses = rows.canary[order], rows.weight[order], rows.losses[order][:, np.array(metrics, int)]
    same = (canary == canary[first][member]) & (weight == weight[first][member]) & ~np.isnan(losses).any(axis=1)
    worst, there = np.zeros((len(units), len(metrics))), np.zeros(len(units), bool)
    np.maximum.at(worst, member[same], losses[same])
    there[member[same]] = True
    units, canary, weight, worst = units[there], canary[first][there], weight[first][there], worst[there]
    keys, n = np.unique(np.column_stack([canary, weight, worst]), axis=0, return_counts=True)
    groups = []
    for key, count in zip(keys, n, strict=True):
        lost: list[float | None] = [None] * rows.losses.shape[1]
        for i, loss in zip(metrics, key[2:].tolist(), strict=True):
            lost[i] = loss
        groups.append(Group(canary=bool(key[0]), weight=float(key[1]), losses=lost, n=int(count)))
    return Counted(Observation(groups=groups), units, weight, len(names), int((~new).sum()))


def nothing(abort: str | None = None) -> Counted:
    """No unit; perhaps somebody ends it."""
    return Counted(Observation(abort=abort), np.empty(0, np.uint64), np.empty(0))


def by_weight(seen: Counted) -> list[Counted]:
    """The same, a part for each weight, the smallest first: a log of several steps is walked through step by step.

    What holds no unit is one part.
    """
    parts = []
    for weight in np.unique(seen.weights):
        groups = [group for group in seen.observation.groups if group.weight == weight]
        mine = seen.weights == weight
        parts.append(Counted(Observation(groups=groups), seen.units[mine], seen.weights[mine]))
    return parts or [seen]


def mismatch(counts: Iterable[tuple[float, int, int]]) -> str | None:
    """That units did not fall on the variants as their weights say, as a sentence: then no verdict holds.

    A sample-ratio mismatch at any weight, by a binomial test.

    Args:
        counts: weight of the candidate, units on it, units on the champion.
    """
    from scipy.stats import binomtest

    for weight, canary, champion in counts:
        n = canary + champion
        if 0 < weight < 1 and n and binomtest(canary, n, weight).pvalue < _MISMATCH:
            return (
                f"of {n:,} units that were assigned at weight {weight:g}, {canary:,} are on the candidate, and about "
                f"{n * weight:,.0f} should be: rows are missing, or the weights are not those that were used"
            )
    return None


def split(seen: Observation, metric: int = 0) -> list[tuple[float, int, int]]:
    """What `mismatch` asks of the units that an observation has of a metric, by its place."""
    found: dict[float, list[int]] = {}
    for group in (group for group in seen.groups if group.losses[metric] is not None):
        found.setdefault(group.weight, [0, 0])[0 if group.canary else 1] += group.n
    return [(weight, canary, champion) for weight, (canary, champion) in sorted(found.items())]


def _hashes(units: Sequence[str], metric: bytes) -> Hashes:
    """64 bits of each name: of a million units two are taken for one with a chance of 3 in 10^8."""
    key = hashlib.blake2b(metric).digest() if metric else b""
    known: dict[str, int] = {}
    for unit in units:
        if unit not in known:
            digest = hashlib.blake2b(unit.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
            known[unit] = int.from_bytes(digest, "little")
    return np.fromiter((known[unit] for unit in units), np.uint64, len(units))
