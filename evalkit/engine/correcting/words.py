"""What a judged gate that is open needs: labels, in a sentence."""

from __future__ import annotations

import math

from evalkit.core.nouns import Correction, Estimate
from evalkit.stats.correction.spend import labels_needed
from evalkit.stats.power import needed_n


def labels_would_decide(estimate: Estimate, distance: float, alpha: float, premise: str) -> str | None:
    """How many labels would pass a gate 80 % of the time; None: the number is no corrected one.

    Args:
        estimate: corrected, with its tail.
        distance: from the point to the line; positive is beyond it.
        alpha: of the one-sided test.
        premise: "if the truth is what was seen", or "if nothing changed".
    """
    note, tail = estimate.correction, estimate.tail
    if note is None or tail is None or tail.lo is None or tail.hi is None:
        return None
    if distance <= 1e-9:
        return "More labels alone would not make it pass: what was seen is not beyond the line."
    total = estimate.n + estimate.n_unscored
    if note.method == "rogan-gladen":
        return _from_none(estimate, note, distance, alpha, premise)
    needed = labels_needed((tail.lo, tail.hi), 1 - 2 * alpha, note.n_labels, distance, alpha)
    if needed <= note.n_labels:
        return f"Not more labels, {premise}: this many would usually decide. Look at the cases that changed."
    if needed <= total:
        more = f"{needed:,} labels on these answers ({needed - note.n_labels:,} more)"
        return f"About {more} would pass it 80 % of the time {premise}."
    return (
        f"Labels on all {total:,} answers would not do: it takes about {needed:,} labelled answers, so more cases and "
        f"labels on them, to pass it 80 % of the time {premise}."
    )


def _from_none(estimate: Estimate, note: Correction, distance: float, alpha: float, premise: str) -> str:
    """Without labels on these answers: as many as people alone would need, which the judge makes fewer."""
    seen = (
        note.human_only.point if note.human_only is not None and note.human_only.point is not None else estimate.point
    )
    share = min(max(seen or 0.0, 0.02), 0.98)
    spread = math.sqrt(share * (1 - share)) if " - " not in estimate.variant else 0.5
    needed = needed_n(spread, 1, distance, alpha=alpha)
    total = estimate.n + estimate.n_unscored
    drawn = "drawn at random (`labels: FILE`)"
    if needed <= total:
        return f"About {needed:,} labels on these answers, {drawn}, would pass it 80 % of the time {premise}."
    return (
        f"It takes about {needed:,} labelled answers, {drawn}, so more than these {total:,} cases, to pass it 80 % of "
        f"the time {premise}."
    )
