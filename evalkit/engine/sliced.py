"""Slices beside each other: what each is drawn to, and how much evidence there is that it is unlike the others."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.nouns import Estimate
from evalkit.stats.multiplicity import benjamini_hochberg
from evalkit.stats.power import implied_se
from evalkit.stats.shrinkage import shrunk, unlike

FEWEST = 3  # slices from which a spread between them can be told

_Key = tuple[str, str, tuple[str, ...]]


def with_shrinkage(estimates: Sequence[Estimate]) -> list[Estimate]:
    """The estimates, those of slices with `shrunk` and `evidence` where three slices of one tag have an interval."""
    families: dict[_Key, list[int]] = {}
    for i, e in enumerate(estimates):
        if e.slice and e.point is not None and e.lo is not None and e.hi is not None and e.hi > e.lo:
            families.setdefault((e.metric, e.variant, tuple(e.slice)), []).append(i)
    found = list(estimates)
    for rows in families.values():
        if len(rows) < FEWEST:
            continue
        points = [estimates[i].point or 0.0 for i in rows]
        errors = [implied_se((estimates[i].lo or 0.0, estimates[i].hi or 0.0), estimates[i].level) for i in rows]
        drawn, p_values = shrunk(points, errors).tolist(), benjamini_hochberg(unlike(points, errors)).tolist()
        for i, value, p in zip(rows, drawn, p_values, strict=True):
            found[i] = estimates[i].model_copy(update={"shrunk": value, "evidence": p})
    return found
