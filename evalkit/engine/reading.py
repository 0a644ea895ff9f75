"""How the parts of cases are read for an estimate: under which view, with which bounds, by which method."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import Gate
from evalkit.engine.hull import View
from evalkit.engine.state import BoundMetric, CaseParts
from evalkit.stats.one_sample import Method

REASONS = 20  # named in an estimate; a metric that quotes each case has as many as there are cases
SHOWN_REPLICATES = 2_000  # of a rank statistic that no gate asks for

AGAINST: dict[View, View] = {"scored": "scored", "worst": "best", "best": "worst"}
"""What the baseline is while the candidate is at its worst (best)."""


def seen(source: CaseParts, view: View) -> np.ndarray:
    """The parts of all cases under a view."""
    return {"scored": source.parts, "worst": source.worst, "best": source.best}[view]


def effort(b: BoundMetric, gate: Gate | None) -> dict[str, int]:
    """Resamples of a rank statistic: all for a metric or a gate, enough for a picture where a view is only shown."""
    return {"replicates": SHOWN_REPLICATES} if b.of is not None and gate is None else {}


def rows(parts: np.ndarray, select: np.ndarray) -> np.ndarray:
    """(n, r, k) parts -> the (m r, k) rows of the selected cases."""
    rows: np.ndarray = parts[select].reshape(-1, parts.shape[2])
    return rows


def bounds(b: BoundMetric) -> tuple[float, float] | None:
    """The range of a metric's values, where both ends are known."""
    low, high = b.metric.value_range
    return None if low is None or high is None else (low, high)


def ends(b: BoundMetric) -> tuple[float, float]:
    """The range of a metric, with infinite ends where it has none."""
    low, high = b.metric.value_range
    return -np.inf if low is None else low, np.inf if high is None else high


def order_of(b: BoundMetric) -> tuple[int, float] | None:
    """Which part, and which quantile of it, a metric is; None for other metrics."""
    order: tuple[int, float] | None = getattr(b.metric, "order", None)
    return order


def method_of(b: BoundMetric, groups: np.ndarray | None) -> Method:
    """Seconds that happen to be all 0 or 1 are no proportion: only a metric that lives in [0, 1] may be read as one."""
    if bounds(b) == (0.0, 1.0):
        return "auto"
    return "t" if groups is None else "cluster-t"


def by_count(pair: tuple[int, str]) -> tuple[int, str]:
    """Sorts (count, name) by count, most frequent first, then by name."""
    return -pair[0], pair[1]


def value_of(parts: np.ndarray) -> np.ndarray:
    """(n, k) parts of a mean -> (n,) values."""
    values: np.ndarray = parts[:, 0] / parts[:, 1]
    return values


def weighted(parts: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Parts times the weights of their cases."""
    return parts if weights is None else parts * weights[:, None]


def reasons_of(sources: list[CaseParts], missing: np.ndarray) -> dict[str, int]:
    """Unscored cases by reason (the first one that a case has), most frequent first, the rare ones together."""
    if not missing.any():
        return {}
    first = sources[0].reasons[missing]
    for source in sources[1:]:
        first = np.array([x or y for x, y in zip(first, source.reasons[missing], strict=True)], object)
    names = pa.array(first.tolist(), pa.string())
    counts = pc.value_counts(names)
    found = sorted(((c.as_py(), v.as_py() or "unknown") for v, c in zip(*counts.flatten(), strict=True)), key=by_count)
    rest = sum(count for count, _ in found[REASONS:])
    return {name: count for count, name in found[:REASONS]} | ({"other reasons": rest} if rest else {})
