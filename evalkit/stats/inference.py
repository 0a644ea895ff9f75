"""What every method answers: a point, an interval at any level, and the one-sided p-values that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

FEW_CLUSTERS = 20


class Inference(NamedTuple):
    """An estimate and what can be said about its truth; no interval without a reason in words.

    Attributes:
        point: the estimate in the statistic's units; None where it is undefined (no cases, 0/0).
        n: cases used.
        n_clusters: clusters used; None where cases were not grouped.
        n_eff: independent cases of equal weight that would be as informative; None where the method has no such figure.
        method: "wilson", "clopper-pearson", "jeffreys", "korn-graubard", "t", "t (HC2)", "cluster-t (CR1)",
            "cluster-t (CR2)", "tango", "cluster-tango", t and a score bound, the wider of them ("t, korn-graubard",
            "cluster-t (CR1), cluster-tango"), "miettinen-nurminen", "welch-t", "bootstrap-bca", "bootstrap-percentile",
            "order statistics", "woodruff" or "none".
        reason: a sentence saying why there is no interval; None where there is one.
        interval: two-sided level in (0, 1) -> (lo, hi), with tails of (1 - level)/2 each.
        p_above: line -> one-sided p-value for "truth > line" (null: truth <= line). It is at most `a` exactly where the
            lower end of the 1 - 2a interval is at or above the line. At the ends of the parameter space (a proportion
            of 0 or 1), where nothing can be shown, it is 1.
        p_below: the same for "truth < line" and the upper end.
        identical: paired only: the two sides are equal on every case.
        warnings: sentences to print beside the number.
        design_effect: variance of the estimate over its variance were the cases independent; None where not clustered.
    """

    point: float | None
    n: int
    n_clusters: int | None
    n_eff: float | None
    method: str
    reason: str | None
    interval: Callable[[float], tuple[float, float]] | None
    p_above: Callable[[float], float] | None
    p_below: Callable[[float], float] | None
    identical: bool = False
    warnings: tuple[str, ...] = ()
    design_effect: float | None = None


class Tail(Protocol):
    """One side of a family of confidence bounds: the interval and the p-value are inverses by construction."""

    def lower(self, tail: float) -> float:
        """The lower bound whose one-sided error is `tail` (in (0, 1)); it never falls as `tail` grows."""

    def p(self, line: float) -> float:
        """The smallest tail whose lower bound reaches the line."""


@dataclass(frozen=True)
class Sides:
    """A lower tail for the truth, and one for its mirror image `axis - truth`, as interval and p-values."""

    tail: Tail
    mirror: Tail
    axis: float = 0.0

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided interval with equal tails.

        Raises:
            ValueError: if level is not in (0, 1).
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}; 0.95 is usual")
        tail = (1.0 - level) / 2.0
        return self.tail.lower(tail), self.axis - self.mirror.lower(tail)

    def p_above(self, line: float) -> float:
        """One-sided p-value for truth > line."""
        return self.tail.p(line)

    def p_below(self, line: float) -> float:
        """One-sided p-value for truth < line."""
        return self.mirror.p(self.axis - line)


class Summary(NamedTuple):
    """What is known before a method is chosen: the descriptive fields of an Inference."""

    point: float | None
    n: int
    n_clusters: int | None = None
    n_eff: float | None = None
    warnings: tuple[str, ...] = ()
    design_effect: float | None = None
    identical: bool = False


def conclude(summary: Summary, method: str, sides: Sides) -> Inference:
    """An Inference with an interval."""
    return Inference(
        summary.point,
        summary.n,
        summary.n_clusters,
        summary.n_eff,
        method,
        None,
        sides.interval,
        sides.p_above,
        sides.p_below,
        summary.identical,
        summary.warnings,
        summary.design_effect,
    )


def no_interval(summary: Summary, reason: str) -> Inference:
    """An Inference that says in words why it has no interval."""
    return Inference(
        summary.point,
        summary.n,
        summary.n_clusters,
        summary.n_eff,
        "none",
        reason,
        None,
        None,
        None,
        summary.identical,
        summary.warnings,
        summary.design_effect,
    )


def few_clusters(count: int) -> tuple[str, ...]:
    """A warning below 20 clusters, where a cluster-robust variance is itself poorly known."""
    if count >= FEW_CLUSTERS:
        return ()
    return (f"only {count} clusters: below {FEW_CLUSTERS} the interval depends on them being much alike in size",)
