"""A baseline that never answered is no baseline: whatever is compared with it would look good."""

from __future__ import annotations

from collections import Counter

from evalkit.core.errors import InputError
from evalkit.engine.state import Predictions, Variant


def check_answered(variant: Variant, found: Predictions) -> None:
    """Refuse a baseline without a single answer.

    Raises:
        InputError: the system failed on every case, or there is no prediction of it.
    """
    kinds = found.table["failure_kind"]
    if variant.role != "baseline" or not len(kinds) or kinds.null_count:
        return
    counted = Counter(found.table["failure_reason"].to_pylist()).most_common(3)
    reasons = ", ".join(f"{reason}: {n:,}" for reason, n in counted)
    raise InputError(
        f"the baseline answered none of {len(kinds):,} cases ({reasons}), so nothing can be compared with it",
        f"baseline of run {variant.from_run}" if variant.from_run else "",
        "Correct or replace the baseline, then run again; what the candidate answered is kept.",
    )
