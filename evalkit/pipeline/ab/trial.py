"""Exposures and outcomes joined: units in order of time, each in one arm, with the rows that came after."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.ab.log import Exposures, Ints, Outcomes

__all__ = ["Rows", "Trial", "join"]

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """(r,) outcomes of units.

    Attributes:
        unit: index of the unit.
        metric: code of the metric.
        value, at: of the row; microseconds since 1970.
    """

    unit: Index
    metric: Index
    value: npt.NDArray[np.float64]
    at: Ints

    def taken(self, keep: npt.NDArray[np.bool_]) -> Rows:
        """Those that are marked."""
        return Rows(self.unit[keep], self.metric[keep], self.value[keep], self.at[keep])


@dataclass(frozen=True)
class Trial:
    """An experiment as it stands.

    Attributes:
        arms: names, sorted; those that were exposed.
        arm: (u,) code of each unit's arm; units in order of their first exposure, those of the same moment in an order
            that has nothing to do with their arm.
        first: (u,) microseconds since 1970.
        metrics: names of the metrics, sorted.
        after: rows from the first exposure of their unit on.
        before: rows from before it: no outcome, but what CUPED may use.
        excluded: units in two arms.
        unknown: outcomes of units that were never exposed.
        of_excluded: outcomes of excluded units.
    """

    arms: tuple[str, ...]
    arm: Index
    first: Ints
    metrics: tuple[str, ...]
    after: Rows
    before: Rows
    excluded: int
    unknown: int
    of_excluded: int

    def counts(self) -> dict[str, int]:
        """Units of each arm."""
        return dict(zip(self.arms, np.bincount(self.arm, minlength=len(self.arms)).tolist(), strict=True))

    def until(self, time: int) -> Trial:
        """As it stood at a time: later exposures and outcomes had not come. Exclusions are those of today."""
        units = int(np.searchsorted(self.first, time, side="right"))
        rows = (self.after.at <= time) & (self.after.unit < units)
        return Trial(
            self.arms,
            self.arm[:units],
            self.first[:units],
            self.metrics,
            self.after.taken(rows),
            self.before.taken(self.before.unit < units),
            self.excluded,
            self.unknown,
            self.of_excluded,
        )


def join(exposures: Exposures, outcomes: Outcomes, split: dict[str, float] | None = None) -> Trial:
    """One arm a unit, and its rows.

    Args:
        exposures, outcomes: as read.
        split: the arms that there may be; None: any.

    Raises:
        InputError: a variant that is not in the split, or times of the two files that cannot be compared.
    """
    _comparable(exposures, outcomes)
    names, variant = _coded(exposures.variant)
    arms = sorted(names)
    if split is not None:
        _known(exposures, names, variant, split)
    rank = np.array([arms.index(name) for name in names], np.intp)
    units, codes = exposures.unit.dictionary_encode(), None
    known, codes = units.dictionary, units.indices.to_numpy(zero_copy_only=False)
    first, arm, twice = _by_unit(codes, rank[variant], exposures.at)
    order = _in_time(known, first, np.flatnonzero(~twice))
    place = np.full(len(known), -1, np.intp)
    place[order] = np.arange(len(order))
    metrics, metric = _coded(outcomes.metric)
    sorted_metrics = sorted(metrics)
    metric = np.array([sorted_metrics.index(name) for name in metrics], np.intp)[metric]
    found = pc.index_in(outcomes.unit, value_set=known).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.intp)
    unknown = found < 0
    unit = np.where(unknown, -1, place[found])
    rows = Rows(unit, metric, outcomes.value, outcomes.at)
    kept = unit >= 0
    late = kept & (outcomes.at >= first[np.where(unknown, 0, found)])
    return Trial(
        tuple(arms),
        arm[order],
        first[order],
        tuple(sorted_metrics),
        rows.taken(late),
        rows.taken(kept & ~late),
        int(twice.sum()),
        int(unknown.sum()),
        int((~unknown & ~kept).sum()),
    )


def _comparable(exposures: Exposures, outcomes: Outcomes) -> None:
    kinds = {exposures.place.clock, outcomes.place.clock}
    if len(kinds) > 1 and "naive" in kinds:
        words = {"epoch": "seconds since 1970", "offset": "with an offset", "naive": "without an offset"}
        what = f"times are {words[outcomes.place.clock]} here and {words[exposures.place.clock]} in the exposures"
        remedy = "Write times of both files the same way: with Z or an offset, or as seconds since 1970"
        raise InputError(what, outcomes.place.file, remedy)


def _coded(names: pa.Array) -> tuple[list[str], Index]:
    encoded = names.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)


def _known(exposures: Exposures, names: list[str], variant: Index, split: dict[str, float]) -> None:
    for code, name in enumerate(names):
        if name not in split:
            row = int(np.argmax(variant == code))
            remedy = f"{did_you_mean(name, split, 'variants of --split')}; one without a share is NAME=0"
            raise InputError(f"the variant {name!r:.60} is not in the split", exposures.place.of(row), remedy)


def _by_unit(codes: Index, arm: Index, at: Ints) -> tuple[Ints, Index, npt.NDArray[np.bool_]]:
    """(k,) first exposure, arm, and whether there are two, of each unit by its code."""
    order = np.lexsort((at, codes))
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sorted_arms = arm[order]
    low, high = np.minimum.reduceat(sorted_arms, starts), np.maximum.reduceat(sorted_arms, starts)
    return at[order][starts], low, low != high


def _in_time(units: pa.Array, first: Ints, kept: Index) -> Index:
    """Codes of units by first exposure; those of one moment by a hash of their name.

    A file that lists one arm after the other at the same time would tell the arm by the order, and bets that follow the
    order would know what they bet on.
    """
    order = kept[np.argsort(first[kept], kind="stable")]
    times = first[order]
    same = np.zeros(len(order), bool)
    same[1:] = times[1:] == times[:-1]
    same[:-1] |= same[1:]
    if not same.any():
        return order
    tie = np.zeros(len(order), np.uint64)
    tie[same] = [_hash(name) for name in units.take(pa.array(order[same])).to_pylist()]
    ordered: Index = order[np.lexsort((tie, times))]
    return ordered


def _hash(name: str) -> int:
    data = f"order of units at one moment\n{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
