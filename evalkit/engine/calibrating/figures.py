"""Inferences as JSON: {point, lo, hi} at 95 %, with n, method, and a reason where a number is missing."""

from __future__ import annotations

import math
from typing import Any

from evalkit.stats.agreement import Coefficient
from evalkit.stats.inference import Inference

LEVEL = 0.95
Figure = dict[str, Any]


def figure(found: Inference, bounds: tuple[float, float] | None = (0.0, 1.0)) -> Figure:
    """An inference, its interval kept within the bounds of what is measured."""
    plain: Figure = {"point": found.point, "lo": None, "hi": None, "n": found.n, "method": found.method}
    if found.interval is not None and found.point is not None:
        lo, hi = (float(end) for end in found.interval(LEVEL))
        low, high = bounds or (-math.inf, math.inf)
        plain |= {"lo": max(low, min(lo, found.point)), "hi": min(high, max(hi, found.point))}
    if found.n_clusters is not None:
        plain["n_clusters"] = found.n_clusters
    return plain if found.reason is None else plain | {"reason": found.reason}


def of_coefficient(found: Coefficient, n: int) -> Figure:
    """A coefficient of agreement."""
    plain = {"point": found.point, "lo": found.lo, "hi": found.hi, "n": n, "method": found.method}
    return plain if found.reason is None else plain | {"reason": found.reason}


def none(reason: str) -> Figure:
    """No number, and why."""
    return {"point": None, "lo": None, "hi": None, "n": 0, "method": "none", "reason": reason}


def text(one: Figure) -> str:
    """`0.82 [0.75, 0.88]`, for sentences."""
    if one["point"] is None:
        return "none"
    shown = f"{one['point']:.2f}"
    return shown if one["lo"] is None else f"{shown} [{one['lo']:.2f}, {one['hi']:.2f}]"
