"""What a check is given beside the rows: the time, earlier versions, other datasets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """All of it may be left out; a rule that needs what is not there is inconclusive, in words.

    Attributes:
        now: seconds since 1970, for freshness.
        rows: rows of earlier versions, oldest first, for volume.
        values: (dataset, column) -> its values (Arrow array), for references and anomalies.
        history: column -> its values in the version before (Arrow array), for anomalies; None: there is none.
        texts: which texts are read as values of another type: "times" where the rows come from JSON, which has no
            times; "all" where they come from CSV, so that "12" is a number and the contract's `missing` is null.
        odd: column -> row -> value, of values that do not fit into a column with the others; the table has null there.
        unreadable: row -> what stands there, of rows that could not be read; no other rule speaks of them.
    """

    now: float | None = None
    rows: Sequence[int] = ()
    values: Callable[[str, str], Any] | None = None
    history: Callable[[str], Any] | None = None
    texts: Literal["none", "times", "all"] = "none"
    odd: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    unreadable: Mapping[int, str] = field(default_factory=dict)
