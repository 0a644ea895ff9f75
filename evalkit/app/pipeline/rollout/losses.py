"""What a request lost under a metric of a rollout: a number in [0, 1]."""

from __future__ import annotations

import math
from typing import Final

from evalkit.core.errors import InputError

__all__ = ["FAILED", "given_as", "slower_than"]

FAILED: Final = "failed"  # 1 where there was no answer
_SLOW: Final = "seconds>"
_GIVEN: Final = "losses."


def given_as(metric: str) -> str | None:
    """The name in the `losses` of observations of a metric such as `losses.toxic`; None: another metric."""
    return metric.removeprefix(_GIVEN) if metric.startswith(_GIVEN) and metric != _GIVEN else None


def slower_than(metric: str) -> float | None:
    """The limit of a metric such as `seconds>0.5`, which is 1 where a request took longer; None: another metric.

    Raises:
        InputError: what stands behind the sign is no number of seconds.
    """
    if not metric.startswith(_SLOW):
        return None
    try:
        limit = float(metric.removeprefix(_SLOW))
    except ValueError:
        limit = math.nan
    if not (math.isfinite(limit) and limit > 0):
        raise InputError(f"{metric!r:.60} has no number of seconds behind `>`", "--metric", "Write: seconds>0.5")
    return limit
