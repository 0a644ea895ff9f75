"""One arm of traffic: the requests that one system was given."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.pipeline.monitor.windows import Seen

__all__ = ["arm"]

_COLUMNS = ("variant", "role")


def arm(seen: Seen, name: str | None, option: str) -> Seen:
    """The requests of a variant (a name of a system, as logged) or a role (champion, canary, the name of an arm).

    Args:
        seen: any requests.
        name: None: all of them.
        option: that named it, for sentences.

    Raises:
        InputError: the requests do not say whose they are, or none is of that name.
    """
    if name is None:
        return seen
    there = [column for column in _COLUMNS if column in seen.requests.column_names]
    if not there:
        raise InputError("the requests have neither a column 'variant' nor 'role'", option, "Leave the option out")
    columns = {column: seen.requests[column].cast(pa.string()) for column in there}
    for column in columns.values():
        mine = pc.fill_null(pc.equal(column, name), False)
        if pc.any(mine).as_py():
            return Seen(seen.requests.filter(mine), seen.outcomes)
    known = sorted({one for column in columns.values() for one in column.unique().to_pylist() if one is not None})
    what = f"no request of this time is of {name!r:.60}"
    raise InputError(what, option, did_you_mean(name, known, "variants and roles") if known else "There are none")
