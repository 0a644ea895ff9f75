"""The traffic log of a workspace as an experiment: who was answered by which variant, and what that was worth."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.pipeline.scored import scales_of, scored
from evalkit.core.errors import InputError
from evalkit.core.gold import gold_of
from evalkit.core.nouns import Better
from evalkit.core.traffic import Traffic
from evalkit.pipeline.ab.asked import Kind
from evalkit.pipeline.ab.log import Exposures, Outcomes, Place
from evalkit.pipeline.ab.told import iso
from evalkit.pipeline.monitor.windows import Seen, json_of

__all__ = ["WORD", "FromLog"]

WORD: Final = "traffic"
"""In the place of a file: the traffic log of the workspace."""
_WHERE: Final = "the traffic log"
_SLACK: Final = 0.005


@dataclass(frozen=True)
class FromLog:
    """Some time of the traffic log.

    Attributes:
        traffic: the log.
        since, until: seconds since 1970, from inclusive, until exclusive; None: open.
        suite: whose metrics score what has a right answer; None: nothing is scored.
    """

    traffic: Traffic
    since: float | None = None
    until: float | None = None
    suite: Path | None = None

    @cached_property
    def seen(self) -> Seen:
        """Its requests, in order of time.

        Raises:
            InputError: there are none.
        """
        found = self.traffic.requests(self.since, self.until)
        if not found.num_rows:
            raise InputError("no request was logged in this time", _WHERE, "Serve some: evalkit serve")
        return Seen(found.sort_by([("at", "ascending"), ("seq", "ascending")]), self.traffic.outcomes())

    @property
    def _place(self) -> Place:
        return Place(_WHERE, np.arange(1, len(self.seen) + 1), "row", "offset")

    def exposures(self) -> Exposures:
        """Each request: its unit met the variant that the gateway logged, also where the champion stood in for it."""
        unit, variant = (self.seen.requests[name].combine_chunks() for name in ("unit", "variant"))
        return Exposures(unit, variant, self.seen.at, self._place)

    def split(self) -> dict[str, float]:
        """Variant -> share of the units, as the gateway logged it.

        Raises:
            InputError: the shares changed in this time, or do not come to 1.
        """
        table = self.seen.requests
        shares: dict[str, float] = {}
        for name in pc.unique(table["variant"]).to_pylist():
            rows = table.filter(pc.equal(table["variant"], name))
            weights = np.round(rows["weight"].to_numpy(zero_copy_only=False), 9)
            if (other := np.flatnonzero(weights != weights[0])).size:
                at = iso(rows["at"].cast(pa.int64())[int(other[0])].as_py())
                what = f"the share of {name!r:.60} was {weights[0]:g}, and {weights[other[0]]:g} at {at}"
                raise InputError(what, _WHERE, "Take a time of one share with --since and --until, or give --split")
            shares[name] = float(weights[0])
        whole = sum(shares.values())
        if not abs(whole - 1) <= _SLACK:
            said = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            what = f"the shares of the variants that were seen come to {whole:g}, not 1 ({said:.200})"
            raise InputError(what, _WHERE, "Say how units were split: --split a=.5,b=.5")
        return {name: share / whole for name, share in shares.items()}

    def outcomes(self, asked: Collection[str] = ()) -> tuple[Outcomes, list[str]]:
        """What each request came to, at the time when it was asked, and sentences about metrics that were left out.

        `failed` (0 or 1), `seconds` of those that were answered, and each metric of the suite that has a value for a
        single case, on what has a right answer. All are means of rows unless something else is asked for.

        Args:
            asked: metrics by name. With `outcome` among them that is one, too: what happened, where all that was told
                is a number or true or false.

        Raises:
            InputError: the suite cannot be used, or what was told is no gold of a metric that is asked.
        """
        notes: list[str] = []
        known: dict[str, tuple[Kind, Better]] = {"failed": ("rows", "lower"), "seconds": ("rows", "lower")}
        failed = self.seen.failed.astype(np.float64)
        values = {"failed": failed, "seconds": np.where(self.seen.failed, np.nan, self.seen.floats("seconds"))}
        if "outcome" in asked and (happened := self._happened()) is not None:
            values["outcome"] = happened
        for name, better, found in self._scored(asked, notes):
            values[name], known[name] = found, ("rows", better)
        return self._rows(values, known), notes

    def _rows(self, values: Mapping[str, np.ndarray], known: Mapping[str, tuple[Kind, Better]]) -> Outcomes:
        there = {name: np.flatnonzero(np.isfinite(found)) for name, found in values.items()}
        rows = np.concatenate(list(there.values()))
        names = pa.array([name for name, kept in there.items() for _ in range(len(kept))], pa.string())
        numbers = np.concatenate([values[name][kept] for name, kept in there.items()])
        place = Place(_WHERE, rows + 1, "row", "offset")
        unit = self.seen.requests["unit"].combine_chunks().take(pa.array(rows))
        return Outcomes(unit, names, numbers, self.seen.at[rows], place, dict(known))

    def _happened(self) -> np.ndarray | None:
        """(n,) what was told as `outcome`, the newest; None where it is not all numbers."""
        table = self.seen.outcomes
        if table is None:
            return None
        told = table.filter(pc.equal(table["kind"], "outcome"))
        found = [json_of(text) for text in gold_of(told, self.seen.requests["id"].to_pylist())]
        if not all(value is None or isinstance(value, bool | int | float) for value in found):
            return None
        return np.array([np.nan if value is None else float(value) for value in found])

    def _scored(self, asked: Collection[str], notes: list[str]) -> Iterator[tuple[str, Better, np.ndarray]]:
        """(metric, direction, (n,) values, NaN where there is none), as shadows and the monitor score the same rows."""
        if self.suite is None:
            return
        from evalkit.app.suites import load_suite

        loaded = load_suite(self.suite)
        found, left = scales_of(loaded)
        notes += [f"{sentence[0].upper()}{sentence[1:]}" for sentence in left]
        for scale, values in scored(self.seen, loaded, found, notes, asked):
            yield scale.id, scale.better, values
