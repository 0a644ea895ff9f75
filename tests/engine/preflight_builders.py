"""Known cases for preflight tests, without a suite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.core.nouns import MetricSpec
from evalkit.core.tables import CaseTable, Column
from evalkit.engine.preflight_cases import Known
from evalkit.engine.state import BoundMetric, Plan
from evalkit.stats.clusters import clusters_of


@dataclass(frozen=True)
class Toy:
    """A metric of which only its shape counts."""

    kind: str = "mean"
    value_range: tuple[float | None, float | None] = (0.0, 1.0)
    better: str = "higher"
    needs: frozenset[str] = frozenset({"output"})
    unit: str = ""
    version: int = 1
    formula: Callable[[np.ndarray], np.ndarray] | None = None

    def combine(self, totals: np.ndarray) -> Any:
        """Mean of parts, or the formula."""
        return totals[..., 0] / totals[..., 1] if self.formula is None else self.formula(totals)


def toy_known(
    columns: dict[str, tuple[Toy, np.ndarray]],
    groups: Sequence[int] | None = None,
    *,
    repeats: int = 1,
    discordance: float = 0.1,
    weights: np.ndarray | None = None,
) -> Known:
    """Known cases from (R, n) values or (R, n, k) parts of each metric."""
    n = next(iter(columns.values()))[1].shape[1]
    ids = [f"c{i:06d}" for i in range(n)]
    cases = CaseTable(pa.array(ids), Column.of([0] * n), Column.of([0] * n), weight=weights)
    bound, parts = {}, {}
    for name, (metric, values) in columns.items():
        spec = MetricSpec(id=name, layer="l", name=name)
        bound[name] = BoundMetric(spec, metric, np.ones(n, bool))  # type: ignore[arg-type]
        parts[name] = np.stack([values, np.ones_like(values)], axis=-1) if values.ndim == 2 else values
    everywhere = {name: np.ones(n, bool) for name in columns}
    codes = None if groups is None else clusters_of(np.asarray(groups), n).codes
    plan = Plan(cases, 1, 0, 60.0, 1)
    strata = np.zeros(n, np.int64)
    return Known(plan, np.arange(n), bound, parts, everywhere, everywhere, codes, weights, strata, repeats, discordance)
