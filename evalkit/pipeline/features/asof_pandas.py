"""The join of two sides in order by the loop that pandas has in C: where frames are joined it is there, and quicker."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.pipeline.features.asof_match import NONE, Side

__all__ = ["can_merge", "merged"]

Array = np.ndarray[Any, Any]


def can_merge(left: Side, right: Side, direction: str) -> bool:
    """Whether `merged` gives what `match` would: rows in order, events only, and no distances (they may overflow)."""
    if right.created is not None or direction == "nearest" or not len(left) or not len(right):
        return False
    return all(bool((side.time[1:] >= side.time[:-1]).all()) for side in (left, right))


def merged(left: Side, right: Side, direction: str, allow_equal: bool) -> Array:
    """See `match`."""
    import pandas as pd

    keys = [side.key.astype(np.int64, copy=False) for side in (left, right)]
    ours = pd.DataFrame({"key": keys[0], "time": left.time}, copy=False)
    theirs = pd.DataFrame({"key": keys[1], "time": right.time, "row": np.arange(len(right))}, copy=False)
    found = pd.merge_asof(ours, theirs, on="time", by="key", direction=direction, allow_exact_matches=allow_equal)[
        "row"
    ].to_numpy()
    if found.dtype.kind == "f":
        found = np.where(np.isnan(found), NONE, found)
    rows: Array = found.astype(np.int64, copy=False)
    return rows
