"""What serving asks of the place where the newest values of features are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OnlineFeatures", "Served"]


class Served(NamedTuple):
    """The newest values of one key.

    Attributes:
        values: column -> value.
        event_time: microseconds since 1970, UTC: since when they hold.
    """

    values: dict[str, Any]
    event_time: int


class OnlineFeatures(Protocol):
    """The newest row of each key, by set of features. An older event never replaces a newer one."""

    def put(
        self, view: str, rows: pa.Table, *, keys: Sequence[str], event_time: str, features: str | None = None
    ) -> int: ...  # rows that were newer than what was there
    def get(
        self,
        view: str,
        keys: Sequence[Mapping[str, Any]],
        *,
        at: int | None = None,
        max_age: int | None = None,
        features: str | None = None,
    ) -> list[Served | None]: ...  # None: no such key, or too old at that time (microseconds)
    def rows(self, view: str) -> list[tuple[dict[str, Any], Served]]: ...  # all keys, sorted
