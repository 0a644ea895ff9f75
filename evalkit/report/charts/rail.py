"""A lineage on a narrow page: boxes under each other, and beside them lanes in which their edges run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["lanes", "stacked"]


def stacked(nodes: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[str]:
    """The nodes from top to bottom: each under all that it was made from, which stands as near above it as it can.

    Args:
        nodes: unique, in the order that breaks ties.
        edges: pairs of nodes, from source to target, without cycles.
    """
    sources: dict[str, list[str]] = {node: [] for node in nodes}
    for source, target in edges:
        sources[target].append(source)
    used = {source for source, _ in edges}
    found: dict[str, None] = {}
    waiting = [(node, False) for node in reversed(nodes) if node not in used]
    while waiting:  # no recursion: a chain may be as long as it likes
        node, ready = waiting.pop()
        if ready:
            found[node] = None
        elif node not in found:
            waiting.append((node, True))
            waiting += [(source, False) for source in reversed(sources[node]) if source not in found]
    return list(found)


def lanes(order: Sequence[str], edges: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """The lane of each edge, 0 beside the boxes; what goes into one box shares a lane, and no two lanes touch.

    An edge from a box to the one right under it needs none, and is left out.
    """
    place = {name: i for i, name in enumerate(order)}
    into: dict[tuple[str, bool], list[tuple[str, str]]] = {}
    for edge in dict.fromkeys(edges):
        step = place[edge[1]] - place[edge[0]]
        if step != 1:
            into.setdefault((edge[1], step < 0), []).append(edge)
    ends = {
        key: (min(place[n] for e in shared for n in e), max(place[n] for e in shared for n in e))
        for key, shared in into.items()
    }
    taken: list[list[tuple[int, int]]] = []
    found: dict[tuple[str, str], int] = {}
    for key in sorted(into, key=lambda key: (ends[key][1] - ends[key][0], ends[key], key)):
        first, last = ends[key]
        lane = next((i for i, spans in enumerate(taken) if all(last < a or b < first for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((first, last))
        found.update(dict.fromkeys(into[key], lane))
    return found
