"""Feedback joined to predictions by id: the newest word of each person counts, the older ones are its history."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

__all__ = ["Joined", "Told", "joined", "newest"]


class Told(NamedTuple):
    """One word on one prediction."""

    id: str
    at: float  # seconds since 1970
    kind: str
    value: str  # JSON
    who: str


class Joined(NamedTuple):
    """One prediction and what is known of it."""

    id: str
    at: float  # it was asked, seconds since 1970
    unit: str
    variant: str
    input: str  # JSON
    output: str | None  # JSON
    told: tuple[Told, ...]  # the newest of each kind and person, oldest first

    def last(self, *kinds: str) -> Told | None:
        """The newest word of the first of these kinds that there is."""
        for kind in kinds:
            found = [one for one in self.told if one.kind == kind]
            if found:
                return found[-1]
        return None

    def disputed(self, kind: str) -> bool:
        """Whether people told different things of this kind, each by their newest word."""
        return len({one.value for one in self.told if one.kind == kind}) > 1

    def labels(self) -> dict[str, str]:
        """Who -> label; JSON texts without their quotes."""
        return {one.who: _text(one.value) for one in self.told if one.kind == "label"}


def newest(outcomes: pa.Table) -> list[Told]:
    """Of each id, kind and person the word with the newest time, the later told where two have one; oldest first."""
    rows = _rows(outcomes, "id", "at", "kind", "value", "who", "seq")
    found: dict[tuple[str, str, str], tuple[float, int, Told]] = {}
    for id_, at, kind, value, who, seq in rows:
        key, one = (id_, kind, who), Told(id_, at, kind, value, who)
        if key not in found or found[key][:2] <= (at, seq):
            found[key] = (at, seq, one)
    return [one for _, _, one in sorted(found.values(), key=lambda item: item[:2])]


def joined(requests: pa.Table, outcomes: pa.Table) -> list[Joined]:
    """Every prediction, in the order of the log, with what was told of it."""
    told: dict[str, list[Told]] = {}
    for one in newest(outcomes):
        told.setdefault(one.id, []).append(one)
    rows = _rows(requests, "id", "at", "unit", "variant", "input", "output")
    return [
        Joined(id_, at, unit, variant, given, output, tuple(told.get(id_, ())))
        for id_, at, unit, variant, given, output in rows
    ]


def _rows(table: pa.Table, *names: str) -> Sequence[tuple[Any, ...]]:
    columns = [
        (table[name].cast(pa.int64()).to_numpy() / 1e6).tolist() if name == "at" else table[name].to_pylist()
        for name in names
    ]
    return list(zip(*columns, strict=True))


def _text(value: str) -> str:
    found = json.loads(value)
    return found if isinstance(found, str) else value
