"""Rows about items, each told once a system: what files of ratings have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from evalkit.app.matching.rows import json_rows
from evalkit.core.errors import InputError


class ItemRow(Protocol):
    """A row as read."""

    @property
    def item(self) -> str: ...
    @property
    def system(self) -> str | None: ...


Row = TypeVar("Row", bound=ItemRow)


def item_rows(source: str, read: Callable[[Mapping[str, Any], str], Row], shape: str) -> list[Row]:
    """Every row, read and checked, in the order of the file.

    Args:
        source: a path, or "-" for stdin.
        read: (the JSON object, its place) -> the row; raises for one that is not usable.
        shape: what a row is, as a sentence.

    Raises:
        InputError: the file cannot be read or has no rows, or an item stands in it twice for one system.
    """
    rows: list[Row] = []
    seen: dict[tuple[str, str | None], str] = {}
    for where, given in json_rows(source):
        row = read(given, where)
        key = row.item, row.system
        if key in seen:
            of = "" if row.system is None else f" of system {row.system!r:.60}"
            remedy = "Keep one; several answers to one question have items of their own and share a group"
            raise InputError(f"the item {row.item!r:.60}{of} was given already, at {seen[key]}", where, remedy)
        seen[key] = where
        rows.append(row)
    if not rows:
        raise InputError("there are no rows", source_name(source), f"Give one JSON object a line. {shape}")
    return rows


def source_name(source: str) -> str:
    """What a source is called in sentences."""
    return "stdin" if source == "-" else source
