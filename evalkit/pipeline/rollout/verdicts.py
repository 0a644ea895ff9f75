"""Ledgers -> Estimates -> Decisions: what the gate says of harm, of promotion, and of a warm-up.

Harm is one question about all metrics ("is nothing harmed?"), and is answered by the average of their e-values. An
average of e-values is one, however they depend on each other, and it reaches 1 / alpha whenever one of m metrics
reaches m / alpha, which is all that Bonferroni's union asks: it never rolls back later, and often sooner (Vovk & Wang
2021, section 3). Where a metric waits for right answers its e-process runs behind the others, and an average of those
that run on different clocks need not stay small at all looks: there the largest of m is taken, against m / alpha, by
Bonferroni. Promotion is one question a metric, each with its own e-value: the release goes on only if every one
passes, so none needs a correction (intersection-union).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from evalkit.core.nouns import Decision, Estimate, Gate, Tail
from evalkit.engine.gate import decide
from evalkit.pipeline.rollout.counting import bets, tallies
from evalkit.pipeline.rollout.nouns import Ledger, Plan
from evalkit.stats.sequential.canary import EProcess, interval, ratio

__all__ = ["harmed", "log_values", "promotable", "said", "warmed"]

METHOD: Final = "event-conditional e-process"
_REMEDY: Final = (
    "Only losses decide. Where none occur, a new rollout can guard what does: --metric 'seconds>0.5', or right answers "
    "by --suite SUITE --metric NAME."
)


def log_values(plan: Plan, ledger: Ledger) -> tuple[float, float]:
    """Natural logs of the e-values against "no harm" and against "beyond the margin"."""
    both = zip(bets(plan), (ledger.harm, ledger.promotion), strict=True)
    harm, promotion = (EProcess(bet, tuple(log_e)).log_value for bet, log_e in both)
    return harm, promotion


def harmed(plan: Plan, ledgers: Sequence[Ledger]) -> Decision:
    """Whether anything is harmed: fail where it is, inconclusive otherwise; never a pass.

    The estimate is that of the metric that speaks loudest; where nobody lost anything by it, another has more to say.
    """
    logs = [log_values(plan, ledger)[0] for ledger in ledgers]
    lost = [any(tally.lost_canary or tally.lost_champion for tally in ledger.tallies) for ledger in ledgers]
    loudest = ledgers[max(range(len(ledgers)), key=lambda i: (lost[i], logs[i]))]
    joint = (float(np.max(logs)) if plan.late else float(np.logaddexp.reduce(logs))) - math.log(len(logs))
    how = "the largest of {n} e-values, divided by {n}," if plan.late else "the average e-value of {n} metrics"
    note = f"{how.format(n=len(logs))} is {_number(joint)}" if len(logs) > 1 else ""
    line = 1.0 if plan.relative else plan.max_loss or 0.0
    estimate = _estimate(plan, loudest, line, plan.alpha_harm, above=_p(joint), below=None, note=note)
    gate = Gate(metric=loudest.metric, name="no harm", at_most=line, role="guardrail")
    found = decide(gate, estimate, alpha=plan.alpha_harm)
    return found.model_copy(update={"would_decide": _REMEDY if _lossless(found) else None, **_unbounded(found)})


def promotable(plan: Plan, ledgers: Sequence[Ledger]) -> list[Decision]:
    """For each metric that is more than a guard whether it is shown to be within the margin: pass, or inconclusive."""
    return [_promotable(plan, ledger) for ledger in ledgers if ledger.metric not in plan.guards]


def _promotable(plan: Plan, ledger: Ledger) -> Decision:
    log_e = log_values(plan, ledger)[1]
    line = plan.margin if plan.relative else plan.max_loss or 0.0
    estimate = _estimate(plan, ledger, line, plan.alpha, above=None, below=_p(log_e), note="")
    found = decide(Gate(metric=ledger.metric, name="promotion", at_most=line), estimate, alpha=plan.alpha)
    return found.model_copy(update={"would_decide": _more(found, estimate.n, log_e, plan.alpha)})


def warmed(plan: Plan, ledgers: Sequence[Ledger]) -> list[Decision]:
    """For each metric whether the warm-up lost at most `max_loss` a unit: a census, the observed value decides."""
    return [_warmed(plan, ledger) for ledger in ledgers]


def _warmed(plan: Plan, ledger: Ledger) -> Decision:
    n, lost = _alone(ledger, 0.0)
    line = plan.max_loss or 0.0
    mean = lost / n if n else None
    estimate = Estimate(
        metric=ledger.metric,
        variant=plan.candidate,
        better="lower",
        unit="share",
        n=n,
        point=mean,
        method="census",
        reason=None if n else "no unit came in",
        tail=None if mean is None else Tail(line=line, p_above=None, p_below=None, lo=mean, hi=mean),
    )
    return decide(Gate(metric=ledger.metric, name="warm-up", at_most=line, basis="census"), estimate)


def _estimate(
    plan: Plan, ledger: Ledger, line: float, alpha: float, *, above: float | None, below: float | None, note: str
) -> Estimate:
    """The ratio of the rates, or alone the mean loss, with the interval that holds at every look."""
    seen = tallies(plan, ledger)
    lo, hi = interval(seen, alpha, plan.margin)
    if plan.relative:
        beside = (seen.weight > 0) & (seen.weight < 1)
        n, point = int(seen.n_canary[beside].sum()), ratio(seen)
    else:
        n, lost = _alone(ledger, 1.0)
        point, lo, hi = (lost / n if n else None), _share(lo, line), None if hi is None else _share(hi, line)
    if below is not None and below <= alpha:  # losses between 0 and 1 widen the interval, and not the e-value
        hi = line if hi is None else min(hi, line)
    if above is not None and above <= alpha:
        lo = max(lo, line) if hi is None else max(lo, min(line, hi))
    notes = [note] if note else []
    if plan.relative and point is not None and not seen.champion.sum():
        notes.append("the champion lost nothing: half a loss is counted on each side")
    return Estimate(
        metric=ledger.metric,
        variant=f"{plan.candidate} / {plan.champion}" if plan.relative else plan.candidate,
        better="lower",
        unit="ratio" if plan.relative else "share",
        n=n,
        point=point,
        lo=None if point is None else lo,
        hi=None if point is None else hi,
        level=1 - 2 * alpha,
        method=METHOD,
        reason=_reason(ledger.metric, n, point, hi),
        tail=None if point is None else Tail(line=line, p_above=above, p_below=below, lo=lo, hi=hi),
        notes=notes,
    )


def said(decision: Decision) -> str:
    """A verdict that was reached, for people: what was seen, and what was shown."""
    estimate, line = decision.estimate, decision.gate.at_most or 0.0
    if estimate.unit == "ratio":
        seen, limit = f"at {estimate.point:.3g} times the champion's rate", f"{line:.3g} times"
        bounds = [None if end is None else f"{end:.3g} times" for end in (estimate.lo, estimate.hi)]
    else:
        seen, limit = f"at {100 * (estimate.point or 0.0):.3g} %", f"{100 * line:.3g} %"
        bounds = [None if end is None else f"{100 * end:.3g} %" for end in (estimate.lo, estimate.hi)]
    if decision.outcome == "fail":
        above = "it" if estimate.unit == "ratio" else limit
        return f"{decision.gate.metric} {seen}, shown to be above {above} (at least {bounds[0]})"
    return f"{decision.gate.metric} {seen}, shown to be below {limit} (at most {bounds[1]})"


def _unbounded(found: Decision) -> dict[str, str]:
    """Harm needs no upper bound: the sentence that misses it gives way to one that names the lower."""
    estimate = found.estimate
    if found.outcome != "fail" or estimate.hi is not None or estimate.tail is None:
        return {}
    bound = f"the one-sided {100 * (1 - found.alpha):.4g} % bound is {estimate.lo:.4g}"
    return {
        "reason": f"The value is {estimate.point:.4g}: shown to be above the line {estimate.tail.line:.4g} ({bound})."
    }


def _reason(metric: str, n: int, point: float | None, hi: float | None) -> str | None:
    if not n:
        return "no unit of the candidate came in"
    if point is None:
        lost = "failed" if metric == "failed" else f"lost anything by {metric}"
        return f"nobody {lost} in either variant, so that there is nothing to compare"
    return "too few losses for an upper bound" if hi is None else None


def _alone(ledger: Ledger, weight: float) -> tuple[int, float]:
    """Units of the candidate at a weight of 0 or 1, and the sum of their losses."""
    mine = [tally for tally in ledger.tallies if tally.weight == weight]
    return sum(t.n_canary for t in mine), sum(t.lost_canary for t in mine)


def _share(odds: float, limit: float) -> float:
    """The rate whose odds are so many times those of the limit."""
    return odds * limit / (odds * limit + 1 - limit)


def _p(log_e: float) -> float:
    return math.exp(-max(0.0, log_e))


def _number(log_e: float) -> str:
    return f"{math.exp(log_e):.3g}" if log_e < 50 else f"10^{log_e / math.log(10):.0f}"


def _lossless(found: Decision) -> bool:
    """Units came in, and none of either variant lost anything."""
    return found.estimate.n > 0 and found.estimate.point is None


def _more(found: Decision, n: int, log_e: float, alpha: float) -> str | None:
    """How much more it takes: the log of an e-value grows with the units, at the pace that was seen."""
    if _lossless(found):
        return _REMEDY
    if found.outcome == "pass" or found.would_decide is None:
        return None
    if log_e <= 0:
        return "What was seen does not speak for it: more units decide only if they are better."
    return f"About {math.ceil(n * (-math.log(alpha) / log_e - 1)):,} more units of the candidate, at the pace so far."
