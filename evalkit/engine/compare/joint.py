"""What the intervals of several systems are read from: their parts side by side, and comparisons over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evalkit.engine.aggregate import Aggregator
from evalkit.engine.hull import LEVEL
from evalkit.engine.reading import bounds
from evalkit.engine.state import CaseParts
from evalkit.stats.bootstrap import FEWEST_UNITS
from evalkit.stats.clusters import clusters_of
from evalkit.stats.many import Candidates, Pairs, compare_all, replicate_values
from evalkit.stats.many.pairs import shares_best

REPLICATES = 10_000


class Joint:
    """The parts of all systems on the cases that all have scored, and on all cases with the others filled in."""

    def __init__(self, numbers: Aggregator, metric: str, names: Sequence[str]) -> None:
        self.numbers, self.metric, self.names = numbers, metric, list(names)
        self.b = numbers.bound[metric]
        self.each: list[CaseParts] = [numbers.parts[metric, name] for name in names]
        self.inside = self.each[0].inside
        self.rows = self.inside & np.logical_and.reduce([one.scored for one in self.each])
        self.higher = self.b.metric.better == "higher"
        self.whole = [i for i, one in enumerate(self.each) if one.scored[self.inside].all()]

    @property
    def missing(self) -> int:
        """Cases that some system has unscored."""
        return int(self.inside.sum() - self.rows.sum())

    @property
    def unbounded(self) -> bool:
        """Whether what is unscored could have had any value."""
        return bool(self.missing) and any(one.unbounded for one in self.each)

    @property
    def replicates(self) -> int | None:
        """Resamples drawn; None where there is nothing to draw from."""
        return REPLICATES if self.rows.any() else None

    def tables(self, arrays: list[np.ndarray], select: np.ndarray) -> list[np.ndarray]:
        """Parts of the selected cases, times their weights."""
        weight = self.numbers.plan.cases.weight
        return [a[select] if weight is None else a[select] * weight[select][:, None] for a in arrays]

    def compared(self, arrays: list[np.ndarray], select: np.ndarray) -> Pairs:
        """`compare_all` over these arrays."""
        groups = self.numbers.groups
        kind = self.b.metric.kind
        candidates = Candidates(
            self.tables(arrays, select),
            self.b.metric.combine,
            None if groups is None else groups[select],
            kind,
            (bounds(self.b) or (-np.inf, np.inf)) if kind == "mean" else None,
        )
        return compare_all(candidates, seed=self.numbers.seed, higher=self.higher, level=LEVEL, replicates=REPLICATES)

    def best(self) -> list[float | None]:
        """Share of resamples in which each is best, over the cases that all have scored."""
        if not self.rows.any() or self.few:
            return [None] * len(self.names)
        draws = replicate_values(
            self.tables([one.parts for one in self.each], self.rows),
            self.b.metric.combine,
            self.groups,
            seed=self.numbers.seed,
            replicates=REPLICATES,
        )
        return shares(shares_best(draws, self.higher))

    @property
    def few(self) -> bool:
        """Whether there are too few independent units for resampling to say who is best."""
        return clusters_of(self.groups, int(self.rows.sum())).count < FEWEST_UNITS

    @property
    def groups(self) -> np.ndarray | None:
        """Clusters of the cases that all have scored."""
        return None if self.numbers.groups is None else self.numbers.groups[self.rows]

    def notes(self) -> list[str]:
        """What to say of few and of unscored cases."""
        if self.few:
            unit = "cases" if self.numbers.groups is None else "clusters"
            said = f"below {FEWEST_UNITS} {unit} resampling does not tell how probable it is that a system is best"
            return [said, *self._open()]
        return self._open()

    def _open(self) -> list[str]:
        if not self.missing:
            return []
        said = f"{self.missing:,} of {int(self.inside.sum()):,} cases are unscored for some system"
        if self.unbounded:
            return [f"{said}, and could have had any value: nothing is shown of a system that has them"]
        return [f"{said}: intervals hold them at their worst and best, the probability of being best leaves them out"]


def shares(found: np.ndarray) -> list[float | None]:
    """As plain numbers; all 0 where no system has a value in any resample."""
    known = float(found.sum()) > 0
    return [round(float(share), 6) if known else None for share in found]


class View(NamedTuple):
    """Where a pair stands in one comparison."""

    pairs: Pairs
    i: int
    j: int


class Seen(NamedTuple):
    """The comparisons that the intervals of all pairs are read from.

    Attributes:
        complete: over the cases that all systems have scored; None: there are none.
        whole: over all cases, of the systems that have them all scored; None where `filled` holds these.
        filled: over all cases, what is unscored at its worst and at its best; None where it could have had any value.
        places: system -> its places in `whole` or `filled`, as (worst, best).
    """

    complete: Pairs | None
    whole: Pairs | None
    filled: Pairs | None
    places: dict[int, tuple[int, int]]

    def of(self, i: int, j: int) -> list[View]:
        """What holds of a pair: what other systems have not scored takes no case from two that have all scored."""
        over = self.whole or self.filled
        if over is not None and all(k in self.places and len(set(self.places[k])) == 1 for k in (i, j)):
            return [View(over, self.places[i][0], self.places[j][0])]
        if self.complete is None:
            return []
        views = [View(self.complete, i, j)]
        if self.filled is not None:
            (low_i, high_i), (low_j, high_j) = self.places[i], self.places[j]
            views += [View(self.filled, low_i, high_j), View(self.filled, high_i, low_j)]
        return views

    def said(self) -> list[str]:
        """Warnings and reasons, each once."""
        both = [found for found in (self.complete, self.whole) if found is not None]
        return [text for found in both for text in (*found.warnings, *([found.reason] if found.reason else []))]

    def method(self) -> str:
        """How the intervals were made."""
        found = self.complete or self.whole or self.filled
        return "none" if found is None else found.method


def seen(joint: Joint) -> Seen:
    complete = joint.compared([one.parts for one in joint.each], joint.rows) if joint.rows.any() else None
    if not joint.missing:
        return Seen(complete, None, None, {})
    if joint.unbounded:
        places = {i: (k, k) for k, i in enumerate(joint.whole)}
        arrays = [joint.each[i].parts for i in joint.whole]
        return Seen(complete, joint.compared(arrays, joint.inside) if len(arrays) > 1 else None, None, places)
    return _filled(joint, complete)


def _filled(joint: Joint, complete: Pairs | None) -> Seen:
    """Systems without an unscored case stand once, the others twice; all differences hold together."""
    arrays: list[np.ndarray] = []
    places = {}
    for i, one in enumerate(joint.each):
        low = len(arrays)
        arrays += [one.worst] if i in joint.whole else [one.worst, one.best]
        places[i] = low, len(arrays) - 1
    return Seen(complete, None, joint.compared(arrays, joint.inside), places)
