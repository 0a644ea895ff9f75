"""What is gold among all that was told of an answer: one rule for the monitor, shadows, experiments and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["KINDS", "gold_of"]

KINDS: Final = ("correction", "outcome", "label")
"""The best first: what the answer should have been; what happened; where that is all there is, what a person said."""


def gold_of(outcomes: pa.Table | None, ids: Sequence[str]) -> list[str | None]:
    """(n,) JSON of how each answer should have been: the best kind that was told of it, the newest of that.

    Args:
        outcomes: columns id, at, kind, value; of two at one time the later row counts. None: nothing was told.
        ids: (n,) of the requests.
    """
    if outcomes is None or not outcomes.num_rows:
        return [None] * len(ids)
    order = {kind: -place for place, kind in enumerate(KINDS)}
    times = pc.fill_null(outcomes["at"].cast(pa.int64(), safe=False), 0).to_pylist()
    names, kinds, values = (outcomes[name].to_pylist() for name in ("id", "kind", "value"))
    best: dict[str, tuple[int, int, str]] = {}
    for name, kind, at, value in zip(names, kinds, times, values, strict=True):
        if kind not in order or value is None:
            continue
        found = (order[kind], at, value)
        if found[:2] >= best.get(name, found)[:2]:
            best[name] = found
    return [None if (one := best.get(name)) is None else one[2] for name in ids]
