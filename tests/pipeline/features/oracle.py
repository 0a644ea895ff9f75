"""`asof_join` said row by row, as slowly and as plainly as can be."""

from __future__ import annotations

from typing import Any


def best_row(
    key: Any,
    at: Any,
    rows: list[tuple[Any, Any, Any]],
    *,
    direction: str,
    allow_equal: bool,
    max_age: Any = None,
) -> int | None:
    """The row of (key, event, created) that a left row sees; `created` is `...` where there is no such column."""
    if key is None or at is None:
        return None
    there = [
        (i, event, created)
        for i, (theirs, event, created) in enumerate(rows)
        if theirs == key and event is not None and created is not None and (created is ... or created <= at)
    ]
    known = any(created is not ... for _, _, created in there)
    before = [(e, c if known else 0, i) for i, e, c in there if e < at or (allow_equal and e == at)]
    after = [(e, c if known else 0, i) for i, e, c in there if e > at or (allow_equal and e == at)]
    back = max(before) if before else None
    # Of equal events: the one created last, then the last row; without creation times the first row, as pandas.
    ahead = min(after, key=lambda r: (r[0], -r[1], -r[2]) if known else (r[0], 0, r[2])) if after else None
    if direction == "backward":
        found = back
    elif direction == "forward":
        found = ahead
    elif back is None or ahead is None:
        found = back or ahead
    else:
        found = back if at - back[0] <= ahead[0] - at else ahead
    if found is None or (max_age is not None and abs(at - found[0]) > max_age):
        return None
    return int(found[2])
