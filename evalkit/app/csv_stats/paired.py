"""`evalkit stats paired`: the difference of two columns over the same cases, and what a gate says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evalkit.app.columns import read_columns
from evalkit.app.csv_stats.cases import Layout, Measured, Range, known_range, layout, measured
from evalkit.app.csv_stats.results import Unscored, described, refused
from evalkit.core.errors import InputError
from evalkit.core.nouns import Decision, Estimate, Gate
from evalkit.engine.gate import decide
from evalkit.engine.gate_words import se_of_no_change
from evalkit.engine.hull import ALPHA, Found, View, gate_line, hull
from evalkit.stats.distributions import normal_quantile
from evalkit.stats.inference import Inference
from evalkit.stats.paired import difference, mcnemar_midp, sign_flip
from evalkit.stats.power import implied_se, needed_n

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class Pairs:
    """Two columns by case.

    Attributes:
        a, b: candidate and baseline.
        cases: how rows make cases, and their groups.
        scored: (n,) both are scored.
        ends: the range of the values, where one is known.
    """

    a: Measured
    b: Measured
    cases: Layout
    scored: np.ndarray
    ends: Range | None

    def seen(self, view: View) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """(m,) values of a and of b, and groups; the baseline is at its best while the candidate is at its worst."""
        if view == "scored":
            groups = None if self.cases.groups is None else self.cases.groups[self.scored]
            return self.a.values[self.scored], self.b.values[self.scored], groups
        if view == "worst":
            return self.a.low, self.b.high, self.cases.groups
        return self.a.high, self.b.low, self.cases.groups

    def infer(self, view: View) -> Inference:
        """The difference in one view."""
        a, b, groups = self.seen(view)
        return difference(a, b, groups, bounds=self.ends or (-np.inf, np.inf))

    def tails(self, view: View) -> tuple[float, float]:
        """One-sided p-values for a > b and for a < b: as the interval has them, but mid-p McNemar for independent 0/1.

        Where there is no interval, the sign-flip permutation test of zero.
        """
        a, b, groups = self.seen(view)
        alone = groups is None or len(np.unique(groups)) == len(groups)
        if alone and all(np.isin(side, (0.0, 1.0)).all() for side in (a, b)):
            gains, losses = int((a > b).sum()), int((a < b).sum())
            return mcnemar_midp(gains, losses, "greater"), mcnemar_midp(gains, losses, "less")
        found = self.infer(view)
        if found.p_above is not None and found.p_below is not None:
            return found.p_above(0.0), found.p_below(0.0)
        either = sign_flip(a - b, groups, seed=0)
        return (either / 2, 1 - either / 2) if (found.point or 0) > 0 else (1 - either / 2, either / 2)


def compared(
    path: Path,
    a: str,
    b: str,
    *,
    group: str | None = None,
    case: str | None = None,
    margin: float | None = None,
    better: Better = "higher",
    level: float = 0.95,
    span: Range | None = None,
    unscored: Unscored = "bounds",
) -> dict[str, Any]:
    """mean(a) - mean(b), its interval, the p-value for no difference; with a margin, what a gate says.

    Two columns with the same score on every case are `identical`, and the interval decides all the same: a run knows
    that its answers are the same, columns only that their scores are.

    Args:
        path: a CSV file.
        a, b: columns of the candidate and of the baseline.
        group, case: names of columns, or None.
        margin: the worsening allowed, in the columns' units; None: no verdict.
        better: which way is up.
        level: of the two-sided interval; verdicts are one-sided at 0.05, as in gates.
        span: the declared range of the values.
        unscored: "bounds" or "missing_at_random".

    Raises:
        InputError: the file, a column, a value or an option cannot be used.
    """
    gate = Gate(metric=f"{a} - {b}", versus="baseline", unscored=unscored, **_rule(margin))
    columns = read_columns(path)
    cases = layout(columns, case, group)
    ends = known_range(columns, [a, b], span)
    first, second = (measured(columns, name, cases, ends) for name in (a, b))
    pairs = Pairs(first, second, cases, ~(np.isnan(first.values) | np.isnan(second.values)), ends)
    missing = int((~pairs.scored).sum())
    with refused(path):
        found = hull(
            int(pairs.scored.sum()), missing, pairs.infer, ends is None, gate if margin is not None else _shown(gate)
        )
    result = described(found, missing, level, unscored, ends)
    result["p_value"] = _p_value(pairs, found)
    decision = decide(gate, _estimate(gate, found, result, better))
    same = bool(found.complete and found.complete.identical and not missing)
    result["relation"] = "identical" if same else decision.relation
    said = f"All {result['n']:,} scores are the same in both columns."
    if margin is not None:
        result |= _verdict(decision, found, margin, pairs.ends)
        result["reason"] = f"{said} {result['reason']}" if same else result["reason"]
    elif same:
        result["warnings"].append(said.removesuffix("."))
    return result


def _rule(margin: float | None) -> dict[str, Any]:
    if margin is None:
        return {"superior": True}
    if not (np.isfinite(margin) and margin >= 0):
        remedy = "Give how much worse a may be than b, such as --margin 0.02; --better says which way is worse"
        raise InputError(f"the margin is {margin:g}, and it is a number from 0 up", "--margin", remedy)
    return {"margin": margin}


def _shown(gate: Gate) -> Gate | None:
    """Without a margin nothing is decided: what has no bounds is shown for the scored cases."""
    return gate if gate.unscored == "missing_at_random" else None


def _p_value(pairs: Pairs, found: Found) -> float | None:
    """Two-sided p-value for no difference, whatever the unscored cases would have been."""
    if found.complete is None or not found.views or len(pairs.a.values) < 2:
        return None
    views: tuple[View, ...] = ("scored", "worst", "best") if len(found.views) > 1 else ("scored",)
    tails = [pairs.tails(view) for view in views]
    return min(1.0, 2 * min(max(above for above, _ in tails), max(below for _, below in tails)))


def _estimate(gate: Gate, found: Found, result: dict[str, Any], better: Better) -> Estimate:
    reason = result.get("reason")
    return Estimate(
        metric=gate.metric,
        variant="a - b",
        better=better,
        n=result["n"],
        n_unscored=result["n_unscored"],
        n_clusters=result["n_clusters"],
        point=result["point"],
        lo=result["lo"],
        hi=result["hi"],
        method=found.method(),
        reason=reason.removeprefix("There is no interval: ").rstrip(".") if reason else None,
        unscored={"empty cell": result["n_unscored"]} if result["n_unscored"] else {},
        tail=found.tail(gate_line(gate, better), False),
        # equal scores are not the same answers: a sample without a loss is common where losses are rare
        identical=False,
    )


def _verdict(decision: Decision, found: Found, margin: float, ends: Range | None) -> dict[str, Any]:
    """The outcome of the gate, why, and how many cases would pass it 4 times in 5 if nothing had changed."""
    said: dict[str, Any] = {"margin": margin, "outcome": decision.outcome, "reason": decision.reason}
    tail, one = decision.estimate.tail, found.complete
    said["line"] = tail.line if tail else None
    said["needed_n"] = None
    if one and one.interval and margin > 0:
        se = implied_se(one.interval(1 - 2 * ALPHA), 1 - 2 * ALPHA)
        needed = needed_n(se_of_no_change(decision.estimate, se), one.n, margin)
        said["needed_n"] = max(needed, _fewest(one, margin, ends))
    said["p_pass"], said["p_fail"] = decision.p_pass, decision.p_fail
    if decision.would_decide:
        blank = decision.estimate.n_unscored and len(found.views) != 1
        said["would_decide"] = "Score the cases with an empty cell first." if blank else decision.would_decide
    return said


def _fewest(one: Inference, margin: float, ends: Range | None) -> int:
    """Cases that could pass at all: without a discordant case Tango's bound is -z^2/(n + z^2) of the range."""
    if not one.method.endswith("tango") or not one.n_eff or ends is None:
        return 1
    share = min(1.0, margin / (ends[1] - ends[0]))
    return max(1, math.ceil(normal_quantile(1 - ALPHA) ** 2 * (1 / share - 1) * one.n / one.n_eff - 1e-9))
