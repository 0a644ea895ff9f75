"""Made-up traffic of a classifier whose confidence is right as often as it says."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from evalkit.app.catalog import make_metrics
from evalkit.core.nouns import MetricSpec, Suite
from evalkit.pipeline.monitor.reference import Setup
from evalkit.pipeline.monitor.windows import Seen

HOUR = 3_600


def metrics(*names: str) -> Any:
    """Metrics as a suite of these has them."""
    from pathlib import Path

    specs = [MetricSpec(id=name, layer="task", name=name) for name in names]
    return make_metrics(Suite(name="s", cases="c", layers={"task": specs}), Path())


def setup(**more: Any) -> Setup:
    """Hourly windows, accuracy."""
    return Setup(**{"window": HOUR, "metrics": metrics("accuracy"), **more})


def traffic(
    hours: int,
    a_hour: int = 40,
    *,
    seed: int = 0,
    begin: int = 0,
    shift: float = 0.0,
    failing: float = 0.02,
    wrong: float = 0.0,
    labelled: float = 1.0,
    slower: float = 1.0,
) -> Seen:
    """Requests of so many hours.

    Args:
        shift: of the input x, whose size makes the answer sure: a shift up makes it surer.
        failing: share of requests without an answer.
        wrong: share of right answers that are wrong though the confidence is what it was (concept drift).
        labelled: share of requests whose label came.
        slower: factor of the seconds.
    """
    rng = np.random.default_rng([seed, hours, begin])
    n = hours * a_hour
    at = (begin * HOUR + np.sort(rng.uniform(0, hours * HOUR, n))) * 1e6 + 1_704_067_200_000_000
    x = rng.normal(shift, 1, n)
    kind = rng.choice(["air", "sea", "rail"], n, p=[0.6, 0.3, 0.1])
    confidence = 0.55 + 0.4 / (1 + np.exp(-1.5 * x))
    truth = rng.random(n) < 0.5
    right = (rng.random(n) < confidence) & (rng.random(n) >= wrong)
    failed = rng.random(n) < failing
    answer = np.where(right, truth, ~truth)
    ids = [f"r{begin}-{i}" for i in range(n)]
    requests = pa.table(
        {
            "id": ids,
            "at": pa.array(at.astype(np.int64), pa.int64()).cast(pa.timestamp("us", "UTC")),
            "unit": [f"u{begin}-{i}" for i in range(n)],
            "input": [json.dumps({"x": float(v), "kind": str(k)}) for v, k in zip(x, kind, strict=True)],
            "output": [None if f else json.dumps(bool(v)) for f, v in zip(failed, answer, strict=True)],
            "failure": ["raised: no" if f else None for f in failed],
            "seconds": rng.lognormal(-2, 0.4, n) * slower,
            "confidence": pa.array(np.where(failed, np.nan, confidence), from_pandas=True),
        }
    )
    known = rng.random(n) < labelled
    outcomes = pa.table(
        {
            "id": [i for i, k in zip(ids, known, strict=True) if k],
            "at": pa.array((at[known] + 5e9).astype(np.int64), pa.int64()).cast(pa.timestamp("us", "UTC")),
            "kind": ["label"] * int(known.sum()),
            "value": [json.dumps(bool(v)) for v in truth[known]],
        }
    )
    return Seen(requests, outcomes)
