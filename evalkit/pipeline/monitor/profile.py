"""A reference in little room: read once, merged from parts, written as JSON, known by its digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.column import ColumnProfile, mixed
from evalkit.pipeline.monitor.reading import column_profile

__all__ = ["CAPACITY", "Profile", "profile", "profile_of_parts"]

CAPACITY = 4_096
"""Points of each sketch in a stored reference: ranks are off by at most 1 / 2,700 or so, and the profile says by how
much."""

_FORMAT = "evalkit-profile-1"


@dataclass(frozen=True)
class Profile:
    """The columns of a table, in order, without its rows."""

    columns: Mapping[str, ColumnProfile]
    rows: int = 0

    def merge(self, other: Profile, capacity: int | None = CAPACITY) -> Profile:
        """Of the rows of both. A column that one of them lacks is null in its rows.

        Raises:
            InputError: a column has another kind in the other.
        """
        names = dict.fromkeys([*self.columns, *other.columns])
        found = {}
        for name in names:
            a, b = (p.columns.get(name, ColumnProfile("empty", p.rows, p.rows)) for p in (self, other))
            both = mixed(a, b, capacity)
            if both is None:
                what = f"the column {name!r:.80} is {a.kind} in one part and {b.kind} in another"
                raise InputError(what, "profile", "Give the column one type")
            found[name] = both
        return Profile(found, self.rows + other.rows)

    def smaller(self, capacity: int = CAPACITY) -> Profile:
        """The same with sketches of at most so many points."""
        return Profile({name: column.smaller(capacity) for name, column in self.columns.items()}, self.rows)

    @property
    def digest(self) -> str:
        """Of all that it says."""
        return digest_of(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; columns keep their order in a list."""
        return {
            "format": _FORMAT,
            "rows": self.rows,
            "columns": [{"name": name, **column.to_json()} for name, column in self.columns.items()],
        }

    @classmethod
    def from_json(cls, found: Any, where: str = "profile") -> Profile:
        """What `to_json` wrote.

        Raises:
            InputError: it is no such thing.
        """
        try:
            if found["format"] != _FORMAT:
                raise ValueError(f"its format is {found['format']!r:.40}")
            columns = {str(one["name"]): ColumnProfile.from_json(one) for one in found["columns"]}
            return cls(columns, int(found["rows"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"this is no profile of a reference: {error}"
            raise InputError(what, where, "Make it again with: evalkit monitor profile") from None


def profile(table: pa.Table, capacity: int | None = None) -> Profile:
    """The profile of a table.

    Args:
        table: of any types; where two columns have one name, the later is called NAME.2.
        capacity: points of each sketch; None: every value, so that nothing is approximated.
    """
    names: dict[str, int] = {}
    found = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        names[name] = names.get(name, 0) + 1
        found[name if names[name] == 1 else f"{name}.{names[name]}"] = column_profile(column, capacity)
    return Profile(found, table.num_rows)


def profile_of_parts(parts: Iterable[pa.Table], capacity: int = CAPACITY) -> Profile:
    """The profile of a dataset, part by part; merged in pairs, so that errors grow with the logarithm of the parts.

    Raises:
        InputError: a column changes its kind between parts.
    """
    waiting: list[tuple[int, Profile]] = []
    for part in parts:
        height, found = 0, profile(part, capacity)
        while waiting and waiting[-1][0] == height:
            found = waiting.pop()[1].merge(found, capacity)
            height += 1
        waiting.append((height, found))
    whole = waiting.pop()[1] if waiting else Profile({})
    while waiting:
        whole = waiting.pop()[1].merge(whole, capacity)
    return whole
