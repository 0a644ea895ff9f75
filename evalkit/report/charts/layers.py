"""Layers of a graph without cycles, each node in an order that crosses few edges (Sugiyama, Tagawa and Toda 1981)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Layout", "layout"]

_SWEEPS = 8


class Layout(NamedTuple):
    """Where nodes stand in order, and which way edges take.

    Attributes:
        layers: from the sources on, each with its nodes in order, and with the places where a long edge passes
            (`bend` tells them apart).
        routes: edge -> what it goes through, from its source to its target. Edges that close a cycle have none.
    """

    layers: list[list[str]]
    routes: dict[tuple[str, str], list[str]]

    def bend(self, name: str) -> bool:
        """Whether this is no node, but a place where an edge passes."""
        return name.startswith(_BEND)


_BEND = "\x00"
"""No ident begins with it."""


def layout(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> Layout:
    """The layers of a graph: a node stands behind all that it was made from, right before the first that it went into.

    An edge that closes a cycle, and one from a node to itself, is left out of the ordering. Crossings are reduced by
    barycentres, sweeping to and fro. The same graph gives the same layers.

    Args:
        nodes: unique, in the order that breaks ties.
        edges: pairs of nodes.
    """
    forward = _without_cycles(nodes, edges)
    depth = _depths(nodes, forward)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        layers[depth[node]].append(node)
    routes = {}
    for k, (a, b) in enumerate(forward):
        bends = [f"{_BEND}{k}.{i}" for i in range(depth[a] + 1, depth[b])]
        for i, name in enumerate(bends):
            layers[depth[a] + 1 + i].append(name)
        routes[a, b] = [a, *bends, b]
    _uncross(layers, list(routes.values()))
    return Layout(layers, routes)


def _uncross(layers: list[list[str]], routes: Sequence[Sequence[str]]) -> None:
    """Orders every layer by the barycentres of its neighbours, from both sides in turn."""
    above: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    below: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for route in routes:
        for a, b in itertools.pairwise(route):
            above[b].append(a)
            below[a].append(b)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for i in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            layers[i] = _by_barycentre(layers[i], layers, above if down else below)


def _without_cycles(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges in order, without those that lead back."""
    reach: dict[str, set[str]] = {node: {node} for node in nodes}
    kept = []
    for a, b in dict.fromkeys(edges):
        if a in reach[b]:
            continue
        kept.append((a, b))
        for found in reach.values():
            if a in found:
                found |= reach[b]
    return kept


def _depths(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = False
        for a, b in edges:
            if depth[b] <= depth[a]:
                depth[b], moved = depth[a] + 1, True
        if not moved:
            break
    return _drawn_up(depth, edges)


def _drawn_up(depth: dict[str, int], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Every node as near as it can be to the first that was made from it: edges become short."""
    for node in sorted(depth, key=lambda name: -depth[name]):
        made = [depth[b] for a, b in edges if a == node]
        if made:
            depth[node] = min(made) - 1
    return depth


def _by_barycentre(layer: list[str], layers: list[list[str]], beside: dict[str, list[str]]) -> list[str]:
    place = {node: (j + 0.5) / len(other) for other in layers for j, node in enumerate(other)}

    def centre(node: str) -> float:
        found = [place[other] for other in beside[node]]
        return sum(found) / len(found) if found else place[node]

    return sorted(layer, key=centre)
