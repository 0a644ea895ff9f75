"""Blocks of case columns become one CaseTable; faults gather on the way: the first is told, the others are counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.tables import CaseTable, Column

FIELDS = ("id", "input", "expected", "group", "tags", "weight")
MAX_TAGS = 1_000
_CONTROL = r"[\x00-\x1f\x7f]"
_MANY = 1_000  # faults after which reading stops


class Block(NamedTuple):
    """Some consecutive cases. Columns that no row has are None (or absent, for tags)."""

    at: np.ndarray  # (n,) lines or row numbers, for messages
    ids: pa.Array  # strings; null where a row has none
    input: pa.Array | None = None  # canonical JSON texts
    expected: pa.Array | None = None
    group: pa.Array | None = None  # strings
    weight: np.ndarray | None = None  # floats, not yet checked
    tags: Mapping[str, pa.Array] = MappingProxyType({})  # strings


class Faults:
    """What is wrong with rows: the first is told, the others are counted.

    Args:
        file: name of the file, for messages.
        unit: "line" (told as `file:12`) or "row" (told as `file, row 12`).
    """

    def __init__(self, file: str, unit: str = "line") -> None:
        self.file, self.unit = file, unit
        self._found: dict[int, tuple[str, str]] = {}

    def add(self, at: int, what: str, remedy: str = "") -> None:
        """Note a fault; raises when there are so many that reading on tells nothing."""
        self._found.setdefault(int(at), (what, remedy))
        if len(self._found) >= _MANY:
            self.raise_any()

    def raise_any(self) -> None:
        """Raise the first fault (by line), with the number of further lines that have one."""
        if not self._found:
            return
        first, *others = sorted(self._found)
        what, remedy = self._found[first]
        if others:
            count = f"{len(others):,}" if len(self._found) < _MANY else f"at least {len(others):,}"
            some = ", ".join(str(at) for at in others[:5]) + (", ..." if len(others) > 5 else "")
            plural = f"{self.unit}s" if len(others) > 1 else self.unit
            what = f"{what} ({count} more {plural} with a problem: {some})"
        raise InputError(what, self.where(first), remedy)

    def where(self, at: int) -> str:
        """The place of a line or row."""
        return f"{self.file}:{at}" if self.unit == "line" else f"{self.file}, row {at}"


class CaseBuilder:
    """Gathers blocks; `table` gives the cases."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.blocks: list[Block] = []

    def add(self, block: Block) -> None:
        """Take a block and note faults of its ids and weights."""
        if len(block.at) == 0:
            return
        self._check_ids(block)
        if block.weight is not None:
            for i in np.flatnonzero(~(np.isfinite(block.weight) & (block.weight > 0))):
                what = f"weight is {block.weight[i]:g}; it must be a finite number above 0"
                self.faults.add(block.at[i], what, "Leave weight out for 1")
        self.blocks.append(block)

    def table(self) -> CaseTable:
        """The cases in file order.

        Raises:
            InputError: there are faults, no cases, two cases with one id, or too many tags.
        """
        self.faults.raise_any()
        if not self.blocks:
            raise InputError("the file holds no cases", self.faults.file, "Give at least one row with an id")
        ids = pa.concat_arrays([block.ids for block in self.blocks])
        self._check_unique(ids)
        names = list(dict.fromkeys(name for block in self.blocks for name in block.tags))
        if len(names) > MAX_TAGS:
            what = f"the cases have {len(names):,} different tags; the limit is {MAX_TAGS:,}"
            raise InputError(what, self.faults.file, "Tags are for slices; put other data into input")
        tags = {name: self._strings([block.tags.get(name) for block in self.blocks]) for name in names}
        return CaseTable(
            ids,
            Column(self._texts([block.input for block in self.blocks])),
            Column(self._texts([block.expected for block in self.blocks])),
            self._strings([block.group for block in self.blocks]),
            {name: values for name, values in tags.items() if values is not None},
            self._weights(),
        )

    def _check_ids(self, block: Block) -> None:
        bad = pc.or_(pc.is_null(block.ids), pc.fill_null(pc.equal(block.ids, ""), True))
        control = pc.fill_null(pc.match_substring_regex(block.ids, _CONTROL), False)
        for i in np.flatnonzero(bad):
            self.faults.add(block.at[i], "the row has no id", "Give each row a unique id: a text or a whole number")
        for i in np.flatnonzero(control):
            what = f"id {block.ids[int(i)].as_py()!r:.80} holds a control character"
            self.faults.add(block.at[i], what, "Use printable characters in ids")

    def _check_unique(self, ids: pa.Array) -> None:
        codes = np.asarray(ids.dictionary_encode().indices)
        n_unique = int(codes.max()) + 1
        if n_unique == len(codes):
            return
        first = np.zeros(n_unique, np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        at = np.concatenate([block.at for block in self.blocks])
        for i in np.flatnonzero(first[codes] != np.arange(len(codes)))[:_MANY]:
            what = f"id {ids[int(i)].as_py()!r:.80} was used before, on {self.faults.unit} {at[first[codes[i]]]}"
            self.faults.add(at[i], what, "Give each case an id of its own")
        self.faults.raise_any()

    def _texts(self, parts: list[pa.Array | None]) -> pa.Array:
        return pa.concat_arrays(self._filled(parts, pa.large_string()))

    def _strings(self, parts: list[pa.Array | None]) -> pa.Array | None:
        """The column, or None when no row has a value."""
        if all(part is None or part.null_count == len(part) for part in parts):
            return None
        return pa.concat_arrays(self._filled(parts, pa.string()))

    def _filled(self, parts: list[pa.Array | None], kind: pa.DataType) -> list[pa.Array]:
        return [
            pa.nulls(len(block.at), kind) if part is None else part
            for block, part in zip(self.blocks, parts, strict=True)
        ]

    def _weights(self) -> np.ndarray | None:
        """The weights, or None when all are 1."""
        parts = [np.ones(len(b.at)) if b.weight is None else b.weight for b in self.blocks]
        weight = np.concatenate(parts)
        return None if (weight == 1).all() else weight
