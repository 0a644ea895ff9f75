"""The numbers of this run and of the last release on the same cases under one scoring, or why there are none."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.app.comparing import compare_all
from evalkit.app.releasing.changes import Side
from evalkit.core.comparison import Comparison
from evalkit.core.errors import EvalkitError
from evalkit.core.protocols import Store

__all__ = ["Since", "since"]


class Since(NamedTuple):
    """The comparison, or why there is none."""

    comparison: Comparison | None
    apart: str


def since(store: Store, before: Side, after: Side) -> Since:
    """Both systems on the cases that both were asked, scored as this run was; nothing is asked again."""
    refs = [f"run:{side.record.run_id}/{side.variant}" for side in (after, before)]
    try:
        found = compare_all(store, refs, None).comparison
    except EvalkitError as error:
        return Since(None, f"The numbers of both cannot be compared: {error}")
    # The report of one release has one time, that of its run: made again tomorrow, it says the same.
    return Since(found.model_copy(update={"created": after.record.created}), "")
