"""Estimates + policy -> Decisions. The only place that can say pass."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.nouns import Decision, Estimate, Gate, Outcome, Policy, Relation, RunOutcome, Tail
from evalkit.engine.gate_words import advises, cannot_decide, says_nothing, why, would_decide
from evalkit.engine.hull import ALPHA
from evalkit.stats.multiplicity import benjamini_hochberg, holm


def decide(
    gate: Gate,
    estimate: Estimate,
    variant: str = "candidate",
    *,
    p_fail_holm: float | None = None,
    alpha: float = ALPHA,
) -> Decision:
    """Hold one estimate against one gate.

    pass: the one-sided 95 % bound is beyond the line. fail: the one-sided p-value for "worse than the line",
    adjusted over the run where `p_fail_holm` is given, is at most 0.05. Otherwise inconclusive. With `alpha`, the error
    of one of several declared looks, 0.05 becomes alpha, and the estimate's tail has to be of the same alpha.
    """
    up = _up(gate, estimate)
    tail = estimate.tail
    p_pass, p_fail = (None, None) if tail is None else _p_values(tail.p_above, tail.p_below, up)
    blocked = cannot_decide(gate, estimate)
    adjusted = None if blocked else p_fail if p_fail_holm is None else p_fail_holm
    outcome: Outcome = "inconclusive" if blocked else _outcome(gate, estimate, up, (p_pass, adjusted), alpha)
    relation = _relation(gate, estimate, outcome, up)
    return Decision(
        gate=gate,
        variant=variant,
        outcome=outcome,
        relation=relation,
        reason=blocked or why(gate, estimate, outcome, up, alpha),
        estimate=estimate,
        level=1 - alpha,
        alpha=alpha,
        side="above" if up else "below",
        p_pass=p_pass,
        p_fail=p_fail,
        p_fail_holm=None if advises(gate) else adjusted,
        would_decide=would_decide(gate, estimate, up, alpha) if outcome == "inconclusive" else None,
        blocks=not advises(gate) and not (outcome == "inconclusive" and gate.on_inconclusive != "block"),
    )


def decide_all(
    held: Sequence[tuple[Gate, Estimate, str]], policy: Policy = "release", alpha: float = ALPHA
) -> list[Decision]:
    """All gates of a run: Holm over every primary and guardrail gate for failing, no correction for passing.

    Passing needs none because the release passes only when every gate does (intersection-union test). What is for
    information only is adjusted apart, by Benjamini and Hochberg: exploratory.
    """
    p_fail = [_p_fail(gate, estimate) for gate, estimate, _ in held]
    family = [i for i, (gate, _, _) in enumerate(held) if not advises(gate)]
    others = [i for i, (gate, _, _) in enumerate(held) if advises(gate) and p_fail[i] is not None]
    known = [1.0 if p is None else p for p in p_fail]
    adjusted = dict(zip(family, holm([known[i] for i in family]).tolist(), strict=True))
    explored = dict(zip(others, benjamini_hochberg([known[i] for i in others]).tolist(), strict=True))
    decided = []
    for i, (gate, estimate, variant) in enumerate(held):
        p = None if p_fail[i] is None else adjusted.get(i, explored.get(i))
        found = decide(gate, estimate, variant, p_fail_holm=p, alpha=alpha)
        decided.append(found.model_copy(update={"p_bh": explored[i]}) if i in explored else found)
    return decided if policy == "release" else [_neutral(d) for d in decided]


def _neutral(decision: Decision) -> Decision:
    """Under `pull_request` an inconclusive gate that has an interval does not block."""
    open_ = decision.outcome == "inconclusive" and decision.blocks and not _says_nothing(decision)
    return decision.model_copy(update={"blocks": False}) if open_ else decision


def _says_nothing(decision: Decision) -> bool:
    estimate = decision.estimate
    return estimate.n == 0 or (decision.gate.basis == "sample" and says_nothing(estimate))


def outcome_of(decisions: Sequence[Decision], policy: Policy = "release") -> RunOutcome:
    """fail > inconclusive > pass; `ungated` when no gate can block. Nothing measured is never a pass.

    Under `pull_request` only what is shown worse blocks: an inconclusive gate is neutral, unless it measured nothing
    or has no interval however many such cases there are (one group, a constant).
    """
    gating = [d for d in decisions if not advises(d.gate)]
    if any(d.outcome == "fail" for d in gating):
        return "fail"
    if decisions and all(d.estimate.n == 0 for d in gating or decisions):
        return "inconclusive"
    if not gating:
        return "ungated"
    open_ = [d for d in gating if d.outcome == "inconclusive" and d.blocks]
    if policy == "pull_request":
        open_ = [d for d in open_ if _says_nothing(d)]
    return "inconclusive" if open_ else "pass"


def policy_warnings(decisions: Sequence[Decision], policy: Policy) -> list[str]:
    """What a policy that is not `release` gave up in this run, as sentences."""
    if policy == "release" or outcome_of(decisions, policy) != "pass":
        return []
    waved = [d for d in decisions if not advises(d.gate) and d.outcome == "inconclusive"]
    if not waved:
        return []
    names = ", ".join(d.gate.label for d in waved[:3]) + (f" and {len(waved) - 3} more" if len(waved) > 3 else "")
    one = len(waved) == 1
    return [
        f"policy pull_request: {len(waved)} inconclusive gate{' is' if one else 's are'} neutral ({names}), so the "
        "5 % false-release guarantee is given up; a release is decided under --policy release"
    ]


def _up(gate: Gate, estimate: Estimate) -> bool:
    """Whether the truth has to lie above the line."""
    if gate.versus is None:
        return gate.at_least is not None
    return estimate.better == "higher"


def _p_values(above: float | None, below: float | None, up: bool) -> tuple[float | None, float | None]:
    return (above, below) if up else (below, above)


def _p_fail(gate: Gate, estimate: Estimate) -> float | None:
    if estimate.tail is None or cannot_decide(gate, estimate):
        return None
    return _p_values(estimate.tail.p_above, estimate.tail.p_below, _up(gate, estimate))[1]


def _outcome(gate: Gate, estimate: Estimate, up: bool, p: tuple[float | None, float | None], alpha: float) -> Outcome:
    tail, (p_pass, p_fail) = estimate.tail, p
    if tail is None or estimate.point is None:
        return "inconclusive"
    if gate.basis == "census":
        return _census(tail, up, gate.superior)
    if estimate.identical and gate.versus and not gate.superior:
        return "pass"
    if p_pass is not None and p_pass <= alpha and _beyond(tail.lo, tail.hi, tail.line, up):
        return "pass"
    return "fail" if p_fail is not None and p_fail <= alpha else "inconclusive"


def _beyond(lo: float | None, hi: float | None, line: float, up: bool) -> bool:
    """The bound that decides is on the right side of the line (equal counts: p <= alpha holds there)."""
    if lo is None or hi is None:
        return False
    slack = 1e-9 * max(1.0, abs(line))
    return lo >= line - slack if up else hi <= line + slack


def _census(tail: Tail, up: bool, superior: bool) -> Outcome:
    """The observed value, between what it would be with the unscored cases at their worst and at their best."""
    if tail.lo is None or tail.hi is None:
        return "inconclusive"
    worst, best = (tail.lo, tail.hi) if up else (-tail.hi, -tail.lo)
    line = tail.line if up else -tail.line
    slack = 1e-12 * max(1.0, abs(line))
    line = line + slack if superior else line - slack  # better than the baseline is not as good as the baseline
    if worst >= line:
        return "pass"
    return "fail" if best < line else "inconclusive"


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
