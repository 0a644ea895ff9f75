"""Every rule becomes an estimate that `engine.gate.decide` holds against its line: no rule says pass by itself."""

from __future__ import annotations

from evalkit.core.nouns import Decision, Estimate, Gate, Tail
from evalkit.engine.gate import decide
from evalkit.engine.hull import ALPHA
from evalkit.stats.inference import Sides
from evalkit.stats.proportions import ExactTail

__all__ = ["beyond", "share_kept"]


def share_kept(rule: str, failing: int, n: int, mostly: float | None) -> Decision:
    """Whether rows keep a rule: all of them (the observed share decides), or mostly.

    With `mostly` the rows are a sample of what will come: passed where the exact one-sided 95 % bound (Clopper &
    Pearson 1934) of the share that keeps the rule is at or above `mostly`, failed where it is shown to be below, else
    inconclusive. 299 rows without a fault show 0.99, 20 rows without a fault show nothing of the kind.

    Args:
        rule: in words. failing, n: rows that break it, and rows that it speaks of.
        mostly: share in (0, 1], or None for all.
    """
    kept, line = n - failing, 1.0 if mostly is None else mostly
    census = mostly is None or mostly >= 1
    gate = Gate(metric=rule, at_least=line, basis="census" if census else "sample")
    if n == 0:
        return decide(gate, Estimate(metric=rule, variant="rows", n=0))
    share = kept / n
    if census:
        # As counts: among many rows the share of one is lost in what a float, and a gate, can tell apart.
        gate = Gate(metric=rule, at_most=0.0, basis="census")
        tail = Tail(line=0.0, p_above=None, p_below=None, lo=failing, hi=failing)
        estimate = Estimate(metric=rule, variant="rows", better="lower", n=n, point=failing, tail=tail)
        return decide(gate, estimate)
    sides = Sides(ExactTail(kept, n), ExactTail(failing, n), axis=1.0)
    (lo, hi), (wide_lo, wide_hi) = sides.interval(1 - 2 * ALPHA), sides.interval(0.95)
    tail = Tail(line=line, p_above=sides.p_above(line), p_below=sides.p_below(line), lo=lo, hi=hi)
    estimate = Estimate(
        metric=rule,
        variant="rows",
        n=n,
        unit="share",
        point=share,
        lo=wide_lo,
        hi=wide_hi,
        method="clopper-pearson",
        value_range=(0.0, 1.0),
        tail=tail,
    )
    return decide(gate, estimate)


def beyond(
    rule: str, value: float | None, n: int, *, at_least: float | None = None, at_most: float | None = None
) -> Decision:
    """Whether an observed number is within a line; None: it could not be had, which is inconclusive.

    Args:
        rule: in words. value: the number. n: what it rests on. at_least, at_most: the line, one of them.
    """
    gate = Gate(metric=rule, at_least=at_least, at_most=at_most, basis="census")
    line = at_least if at_least is not None else at_most
    if value is None or line is None or n == 0:
        return decide(gate, Estimate(metric=rule, variant="table", n=0))
    tail = Tail(line=line, p_above=None, p_below=None, lo=value, hi=value)
    return decide(gate, Estimate(metric=rule, variant="table", n=n, point=value, tail=tail))
