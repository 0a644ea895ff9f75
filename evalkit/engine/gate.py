"""Estimates + policy -> Decisions. The only place that can say pass."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit.core.nouns import Decision, Estimate, Gate, Outcome, Relation, RunOutcome
from evalkit.engine.aggregate import ALPHA
from evalkit.stats.multiplicity import holm
from evalkit.stats.power import needed_n

Z_ALPHA = 1.6448536269514722  # one-sided 5 %


def decide(gate: Gate, estimate: Estimate, variant: str = "candidate", *, p_fail_holm: float | None = None) -> Decision:
    """Hold one estimate against one gate.

    pass: the one-sided 95 % bound is beyond the line. fail: the one-sided p-value for "worse than the line",
    Holm-adjusted over the run where `p_fail_holm` is given, is at most 0.05. Otherwise inconclusive.
    """
    up = _up(gate, estimate)
    tail = estimate.tail
    p_pass, p_fail = (None, None) if tail is None else _p_values(tail.p_above, tail.p_below, up)
    adjusted = p_fail if p_fail_holm is None else p_fail_holm
    blocked = _cannot_decide(gate, estimate)
    outcome: Outcome = "inconclusive" if blocked else _outcome(gate, estimate, up, p_pass, adjusted)
    relation = _relation(gate, estimate, outcome, up)
    return Decision(
        gate=gate,
        variant=variant,
        outcome=outcome,
        relation=relation,
        reason=blocked or _reason(gate, estimate, outcome, up),
        estimate=estimate,
        level=1 - ALPHA,
        alpha=ALPHA,
        side="above" if up else "below",
        p_pass=p_pass,
        p_fail=p_fail,
        p_fail_holm=adjusted if gate.role != "info" else None,
        would_decide=_would_decide(gate, estimate, up) if outcome == "inconclusive" else None,
        blocks=gate.role != "info" and not (outcome == "inconclusive" and gate.on_inconclusive != "block"),
    )


def decide_all(held: Sequence[tuple[Gate, Estimate, str]]) -> list[Decision]:
    """All gates of a run: Holm over every primary and guardrail gate for failing, no correction for passing.

    Passing needs none because the release passes only when every gate does (intersection-union test).
    """
    p_fail = [_p_fail(gate, estimate) for gate, estimate, _ in held]
    family = [i for i, (gate, _, _) in enumerate(held) if gate.role != "info"]
    adjusted = dict(zip(family, holm([1.0 if p_fail[i] is None else p_fail[i] for i in family]), strict=True))
    return [
        decide(gate, estimate, variant, p_fail_holm=None if p_fail[i] is None else adjusted.get(i))
        for i, (gate, estimate, variant) in enumerate(held)
    ]


def outcome_of(decisions: Sequence[Decision]) -> RunOutcome:
    """fail > inconclusive > pass; `ungated` when no gate can block. Nothing measured is never a pass."""
    gating = [d for d in decisions if d.gate.role != "info"]
    if not gating:
        return "ungated"
    if any(d.outcome == "fail" for d in gating):
        return "fail"
    if all(d.estimate.n == 0 for d in gating):
        return "inconclusive"
    return "inconclusive" if any(d.outcome == "inconclusive" and d.blocks for d in gating) else "pass"


def _up(gate: Gate, estimate: Estimate) -> bool:
    """Whether the truth has to lie above the line."""
    if gate.versus is None:
        return gate.at_least is not None
    return estimate.better == "higher"


def _p_values(above: float | None, below: float | None, up: bool) -> tuple[float | None, float | None]:
    return (above, below) if up else (below, above)


def _p_fail(gate: Gate, estimate: Estimate) -> float | None:
    if estimate.tail is None or _cannot_decide(gate, estimate):
        return None
    return _p_values(estimate.tail.p_above, estimate.tail.p_below, _up(gate, estimate))[1]


def _cannot_decide(gate: Gate, estimate: Estimate) -> str | None:
    """Why this estimate may not be judged at all, as a sentence."""
    total = estimate.n + estimate.n_unscored
    if total == 0:
        return "No case belongs to this gate, so nothing was measured."
    if estimate.n == 0:
        return f"None of its {total:,} cases could be scored ({_listed(estimate)}), so nothing was measured."
    if gate.min_n is not None and estimate.n < gate.min_n:
        return f"Only {estimate.n:,} cases were scored and the gate asks for at least {gate.min_n:,}."
    if gate.max_unscored is not None:
        share = gate.max_unscored < 1
        bound = gate.max_unscored * total if share else gate.max_unscored
        if estimate.n_unscored > bound:
            limit = f"{gate.max_unscored:.3g} of them" if share else f"{bound:.0f}"
            return f"{estimate.n_unscored:,} of {total:,} cases are unscored ({_listed(estimate)}); the gate allows {limit}."
    return None


def _listed(estimate: Estimate) -> str:
    return ", ".join(f"{reason}: {n:,}" for reason, n in list(estimate.unscored.items())[:3])


def _outcome(gate: Gate, estimate: Estimate, up: bool, p_pass: float | None, p_fail: float | None) -> Outcome:
    tail = estimate.tail
    if tail is None or estimate.point is None:
        return "inconclusive"
    if gate.basis == "census":
        return _census(tail.lo, tail.hi, tail.line, up)
    if estimate.identical and gate.versus and not gate.superior:
        return "pass"
    if p_pass is not None and p_pass <= ALPHA and _beyond(tail.lo, tail.hi, tail.line, up):
        return "pass"
    return "fail" if p_fail is not None and p_fail <= ALPHA else "inconclusive"


def _beyond(lo: float | None, hi: float | None, line: float, up: bool) -> bool:
    """The bound that decides is on the right side of the line (equal counts: p <= alpha holds there)."""
    if lo is None or hi is None:
        return False
    slack = 1e-9 * max(1.0, abs(line))
    return lo >= line - slack if up else hi <= line + slack


def _census(lo: float | None, hi: float | None, line: float, up: bool) -> Outcome:
    if lo is None or hi is None:
        return "inconclusive"
    worst, best = (lo, hi) if up else (-hi, -lo)
    line = line if up else -line
    slack = 1e-12 * max(1.0, abs(line))
    if worst >= line - slack:
        return "pass"
    return "fail" if best < line - slack else "inconclusive"


def _relation(gate: Gate, estimate: Estimate, outcome: Outcome, up: bool) -> Relation:
    if estimate.identical and gate.versus:
        return "identical"
    if outcome == "fail":
        return "worse"
    if gate.versus is None:
        return "better" if outcome == "pass" else "undecided"
    tail = estimate.tail
    if tail is None or tail.lo is None or tail.hi is None or estimate.n == 0:
        return "undecided"
    lo, hi = (tail.lo, tail.hi) if up else (-tail.hi, -tail.lo)
    if lo > 0:
        return "better"
    if outcome == "pass":
        return "worse_within_margin" if hi < 0 else "not_worse"
    return "undecided"


def _number(value: float | None, unit: str = "") -> str:
    if value is None:
        return "none"
    return f"{value:.4g}{' ' + unit if unit in ('s', 'USD') else ''}"


def _reason(gate: Gate, estimate: Estimate, outcome: Outcome, up: bool) -> str:
    tail, unit = estimate.tail, estimate.unit
    if tail is None or estimate.point is None:
        return estimate.reason or "There is no estimate."
    if estimate.identical and gate.versus:
        same = f"All {estimate.n:,} scores are the same as the baseline's"
        return f"{same}." if outcome == "pass" else f"{same}, so it is not shown to be better."
    what = "The difference" if gate.versus else "The value"
    seen = f"{what} is {_number(estimate.point, unit)}"
    line = _number(tail.line, unit)
    if gate.basis == "census":
        return f"{seen} over all {estimate.n + estimate.n_unscored:,} cases (a census); the line is {line}."
    if tail.lo is None or tail.hi is None:
        return f"{seen}, but it has no interval: {estimate.reason}."
    bound = tail.lo if up else tail.hi
    side = "above" if up else "below"
    if outcome == "pass":
        return f"{seen}; the one-sided 95 % bound {_number(bound, unit)} is {side} the line {line}."
    if outcome == "fail":
        wrong = "below" if up else "above"
        return f"{seen}: shown to be {wrong} the line {line} (90 % interval {_number(tail.lo)} to {_number(tail.hi)})."
    return f"{seen}; the 90 % interval {_number(tail.lo)} to {_number(tail.hi, unit)} does not decide about the line {line}."


def _would_decide(gate: Gate, estimate: Estimate, up: bool) -> str | None:
    """What to buy so that this gate can pass, in a sentence."""
    total = estimate.n + estimate.n_unscored
    if gate.min_n is not None and total < gate.min_n:
        return f"Add {gate.min_n - total:,} cases."
    if estimate.n_unscored and (estimate.n == 0 or "bounds" in estimate.method or estimate.lo is None):
        return f"Score the {estimate.n_unscored:,} unscored cases first (run again with --retry-failed)."
    tail = estimate.tail
    if tail is None or tail.lo is None or tail.hi is None or estimate.point is None or gate.basis == "census":
        return None
    se = (tail.hi - tail.lo) / (2 * Z_ALPHA)
    if gate.versus and not gate.superior:
        distance, premise = abs(tail.line), "if nothing changed"
    else:
        distance = (estimate.point - tail.line) * (1 if up else -1)
        premise = "if the truth is what was seen"
    if distance <= 0 or se <= 0 or not math.isfinite(se):
        return "More cases alone would not make it pass: what was seen is not beyond the line."
    needed = int(math.ceil(needed_n(se, estimate.n, distance)))
    if needed <= estimate.n:
        return f"Not more cases, {premise}: this many would usually decide. Look at the cases that changed."
    return f"About {needed:,} cases ({needed - estimate.n:,} more) would pass it 80 % of the time {premise}."
