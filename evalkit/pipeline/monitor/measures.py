"""Failures, latency and confidence of some requests, with their intervals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from evalkit.core.nouns import Span
from evalkit.pipeline.monitor.windows import Seen
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import mean
from evalkit.stats.quantiles import quantile

__all__ = ["LATENCY", "confidence_of", "failures_of", "latency_of", "span_of"]

LATENCY = "latency p95"


def failures_of(seen: Seen) -> Inference | None:
    """The share of requests that failed; requests of one unit are a cluster."""
    return mean(seen.failed.astype(np.float64), _units(seen)) if len(seen) else None


def latency_of(seen: Seen) -> Inference | None:
    """Seconds within which 95 % of the answers came."""
    seconds = seen.floats("seconds")
    kept = ~np.isnan(seconds) & ~seen.failed
    if not kept.any():
        return None
    point = float(np.quantile(seconds[kept], 0.95, method="inverted_cdf"))
    return quantile(seconds[kept], 0.95, point, _units(seen, kept))


def confidence_of(seen: Seen) -> Inference | None:
    """The mean confidence of the answers; None where none has any."""
    confidence = seen.floats("confidence")
    kept = ~np.isnan(confidence) & ~seen.failed
    return mean(np.clip(confidence[kept], 0.0, 1.0), _units(seen, kept), bounds=(0.0, 1.0)) if kept.any() else None


def span_of(found: Inference | None, level: float = 0.95) -> Span | None:
    """A number with its interval; None where there is none."""
    if found is None or found.point is None:
        return None
    lo, hi = (None, None) if found.interval is None else found.interval(level)
    return Span(point=found.point, lo=lo, hi=hi, n=found.n)


def _units(seen: Seen, kept: np.ndarray | None = None) -> np.ndarray | None:
    """(n,) codes of units where some have several requests; a request without a unit is one of its own."""
    if "unit" not in seen.requests.column_names:
        return None
    units = seen.requests["unit"].combine_chunks().cast(pa.string()).dictionary_encode()
    codes: np.ndarray = units.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    codes = np.where(codes < 0, len(units.dictionary) + np.arange(len(codes)), codes)
    codes = codes if kept is None else codes[kept]
    return codes if len(np.unique(codes)) < len(codes) else None
