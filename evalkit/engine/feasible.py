"""Gates that cannot pass with so many cases, whatever is answered: known before a call is made, and said in words."""

from __future__ import annotations

import math
from typing import NamedTuple

from evalkit.core.nouns import Gate
from evalkit.engine.hull import ALPHA
from evalkit.stats.bootstrap import FEWEST_UNITS


class Shape(NamedTuple):
    """What of a metric decides how much so many cases can show.

    Attributes:
        value_range: ends of its values; None: open.
        kind: mean, ratio or general.
        q: of a quantile, in (0, 1).
    """

    value_range: tuple[float | None, float | None] = (None, None)
    kind: str = "mean"
    q: float | None = None


def cannot_pass(
    gate: Gate, n: int, n_clusters: int | None = None, shape: Shape | None = None, alpha: float = ALPHA
) -> str | None:
    """Why not even the best candidate could pass, as a sentence; None where one could.

    What it says is sure; that it says nothing is no promise.

    Args:
        gate: the line.
        n: cases that belong to it.
        n_clusters: groups of them, where cases have groups.
        shape: of the metric.
        alpha: one-sided error of a look.
    """
    shape = shape or Shape()
    if n == 0:
        return "No case belongs to this gate, so it cannot pass."
    if gate.min_n is not None and n < gate.min_n:
        return f"It asks for at least {gate.min_n:,} scored cases, and {n:,} belong to it."
    if gate.basis == "census":
        return None
    beyond = _beyond_range(gate, shape)
    if beyond is not None:
        return beyond
    units, name = (n, "case") if n_clusters is None else (n_clusters, "group")
    if gate.versus and not gate.superior:  # the same answers on every case pass
        return None if units > 1 else f"There is only one {name}, so nothing but the same answers could."
    if units == 1:
        return f"There is only one {name}, which does not tell how far another could lie."
    if shape.q is not None:
        return _few_for_quantile(shape.q, units, name)
    if shape.kind == "general":
        few = units < FEWEST_UNITS
        return f"An interval for this metric takes {FEWEST_UNITS} {name}s, and there are {units:,}." if few else None
    return None if gate.versus else few_for_share(gate, units, name, shape, alpha)


def few_for_share(gate: Gate, units: int, name: str, shape: Shape, alpha: float) -> str | None:
    """Of a share in [0, 1]: whether even a perfect one would have its exact bound beyond the line.

    The lower bound of n right out of n is alpha^(1/n) (Clopper and Pearson 1934); groups count as one case each.
    """
    if shape.kind != "mean" or shape.value_range != (0.0, 1.0):
        return None
    right = gate.at_least is not None
    line = gate.at_least if gate.at_least is not None else 1 - (gate.at_most or 0.0)
    perfect = f"{units:,} of {units:,} {'right' if right else 'at 0'}"
    if line >= 1:
        return (
            f"No sample can show a share of {1 if right else 0}: write `basis: census` if these cases are all there is."
        )
    if line <= 0 or alpha ** (1 / units) >= line:
        return None
    needed = math.ceil(math.log(alpha) / math.log(line) - 1e-9)
    shown = gate.at_least if right else gate.at_most
    return f"Even {perfect} would not pass: a line of {shown:g} takes at least {needed:,} {name}s."


def fewest_for_quantile(q: float, tail: float = 0.025) -> int:
    """Cases from which order statistics bound a quantile on both sides."""
    return math.ceil(math.log(tail) / math.log(max(q, 1 - q)) - 1e-9)


def _few_for_quantile(q: float, units: int, name: str) -> str | None:
    needed = fewest_for_quantile(q)
    if units >= needed:
        return None
    return f"Bounding this quantile takes at least {needed:,} {name}s, and there are {units:,}."


def _beyond_range(gate: Gate, shape: Shape) -> str | None:
    """A line that no value of the metric can be beyond."""
    low, high = shape.value_range
    if gate.at_least is not None and high is not None and gate.at_least > high:
        return f"No value is at least {gate.at_least:g}: this metric ends at {high:g}."
    if gate.at_most is not None and low is not None and gate.at_most < low:
        return f"No value is at most {gate.at_most:g}: this metric begins at {low:g}."
    return None
