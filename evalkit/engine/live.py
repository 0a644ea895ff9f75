"""What is seen of a system in use becomes an Estimate with a tail, so that `gate.decide` gives the verdict.

Traffic is looked at again and again. An estimate that is made of a `stats.sequential` sequence holds at all looks: the
p-values of its tail are min(1, 1/e), and so is every verdict drawn from them, whenever one stops.
"""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.nouns import Better, Estimate, Tail
from evalkit.stats.inference import Inference
from evalkit.stats.sequential.sequence import Sequential

__all__ = ["LEVEL", "About", "live_estimate"]

LEVEL = 0.95


@dataclass(frozen=True)
class About:
    """What a number is of.

    Attributes:
        metric: its id.
        variant: whose, or a contrast "treatment - control".
        better: which way is up.
        unit: "", "share", "s", ...
        value_range: of the number, where it has any.
        notes: said beside it.
    """

    metric: str
    variant: str
    better: Better = "higher"
    unit: str = ""
    value_range: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


def live_estimate(
    found: Sequential | Inference, about: About, *, line: float = 0.0, alpha: float = 0.05, level: float = LEVEL
) -> Estimate:
    """An estimate whose tail a gate can read.

    Args:
        found: a sequence (all looks), or an inference (one look, at a horizon that was fixed before).
        about: what it is of.
        line: what a gate holds it against: `gate_line(gate, better)`.
        alpha: one-sided error of the decision; pass the same to `decide`. 0.025 on each side for a two-sided 95 %.
        level: of the two-sided interval that is shown.
    """
    inference = found.inference if isinstance(found, Sequential) else found
    lo, hi = ends = _ends(inference, level)
    held = 1 - 2 * alpha
    return Estimate(
        metric=about.metric,
        variant=about.variant,
        better=about.better,
        unit=about.unit,
        n=inference.n,
        n_clusters=inference.n_clusters,
        point=inference.point,
        lo=lo,
        hi=hi,
        level=level,
        method=inference.method,
        reason=inference.reason,
        tail=_tail(inference, line, ends if abs(held - level) < 1e-12 else _ends(inference, held)),
        identical=inference.identical,
        value_range=about.value_range,
        notes=[*about.notes, *inference.warnings],
    )


def _tail(inference: Inference, line: float, ends: tuple[float | None, float | None]) -> Tail:
    lo, hi = ends
    if inference.p_above is None or inference.p_below is None:
        return Tail(line=line, p_above=None, p_below=None, lo=None, hi=None)
    above, below = (min(1.0, max(0.0, p(line))) for p in (inference.p_above, inference.p_below))
    return Tail(line=line, p_above=above, p_below=below, lo=lo, hi=hi)


def _ends(inference: Inference, level: float) -> tuple[float | None, float | None]:
    """The interval; one that is not made around the estimate reaches to it (to be wider is always valid)."""
    if inference.interval is None or inference.point is None:
        return None, None
    lo, hi = inference.interval(level)
    return min(lo, inference.point), max(hi, inference.point)
