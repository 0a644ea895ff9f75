"""What evidence cannot mean although each of its fields is well formed: refused before it is kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any, Final

from pydantic import BaseModel

from evalkit.core.evidence import Evidence, Lineage

__all__ = ["nonsense"]

_COUNTS: Final = ("n", "rows", "quarantined", "failing", "dropped", "failed", "excluded", "units")
_MOST: Final = 2**53


def nonsense(found: Evidence) -> str | None:
    """The first thing that makes no sense, as half a sentence with its field; None: there is none.

    A count below zero or beyond 2**53, an interval that ends before it begins, and a lineage with an id twice, a step
    of a node that is not there, or a circle.
    """
    graph = _graph(found) if isinstance(found, Lineage) else ()
    return next(chain(_numbers(found, ""), graph), None)


def _numbers(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        for name, inner in fields.items():
            place = f"{at}.{name}" if at else name
            if name in _COUNTS:
                yield from _counts(inner, place)
            elif isinstance(inner, BaseModel | list):
                yield from _numbers(inner, place)
            if name.endswith("lo") and inner is not None:
                upper = fields.get(f"{name[:-2]}hi")
                if upper is not None and inner > upper:
                    yield f"`{place}`: the interval goes from {inner:g} to {upper:g}"
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            if isinstance(inner, BaseModel):
                yield from _numbers(inner, f"{at}.{i}")


def _counts(value: Any, at: str) -> Iterator[str]:
    for n in value.values() if isinstance(value, dict) else (value,):
        if n is not None and not 0 <= n <= _MOST:
            yield f"`{at}` is {n if abs(n) <= _MOST else 'beyond 2**53'}, which is no count"


def _graph(found: Lineage) -> Iterator[str]:
    seen: set[str] = set()
    for i, node in enumerate(found.nodes):
        if node.id in seen:
            yield f"`nodes.{i}.id`: {node.id!r:.80} is the id of another node too"
        seen.add(node.id)
    for i, edge in enumerate(found.edges):
        for name, ident in (("of", edge.of), ("made", edge.made)):
            if ident not in seen:
                yield f"`edges.{i}.{name}`: no node has the id {ident!r:.80}"
    graph: TopologicalSorter[str] = TopologicalSorter()
    for edge in found.edges:
        graph.add(edge.made, edge.of)
    try:
        graph.prepare()
    except CycleError as error:
        yield f"`edges` go in a circle: {' → '.join(f'{ident:.40}' for ident in error.args[1][:8])}"
