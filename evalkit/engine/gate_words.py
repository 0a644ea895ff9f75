"""What a decision says of itself: why it could not be made, why it fell as it did, what would decide it."""

from __future__ import annotations

import math

from evalkit.core.nouns import Estimate, Gate, Outcome
from evalkit.engine.certify import standing
from evalkit.engine.correcting.words import labels_would_decide
from evalkit.engine.feasible import Shape, cannot_pass
from evalkit.engine.hull import ALPHA
from evalkit.stats.power import implied_se, needed_n


def advises(gate: Gate) -> bool:
    """Whether a gate is shown and never blocks."""
    return gate.role == "info" or gate.judge == "advisory"


def says_nothing(estimate: Estimate) -> bool:
    """Whether no more of the same could decide: no case was scored, or those that were allow no interval at all (one
    group, a value that never varies). An interval that is missing for want of a few scores is another matter.
    """
    return estimate.n == 0 or (estimate.lo is None and not estimate.n_unscored)


def cannot_decide(gate: Gate, estimate: Estimate) -> str | None:
    """Why this estimate may not be judged at all, as a sentence."""
    total = estimate.n + estimate.n_unscored
    if total == 0:
        return "No case belongs to this gate, so nothing was measured."
    if estimate.n == 0:
        return f"None of its {total:,} cases could be scored ({_listed(estimate)}), so nothing was measured."
    if estimate.judge is not None and not advises(gate) and (estimate.uncertified or estimate.certificate is None):
        return estimate.uncertified or standing(None, estimate.judge, "", ())
    if gate.min_n is not None and estimate.n < gate.min_n:
        return f"Only {estimate.n:,} cases were scored and the gate asks for at least {gate.min_n:,}."
    if gate.max_unscored is not None:
        share = gate.max_unscored < 1
        bound = gate.max_unscored * total if share else gate.max_unscored
        if estimate.n_unscored > bound:
            limit = f"{gate.max_unscored:.3g} of them" if share else f"{bound:.0f}"
            unscored = f"{estimate.n_unscored:,} of {total:,} cases are unscored ({_listed(estimate)})"
            return f"{unscored}; the gate allows {limit}."
    return None


def _listed(estimate: Estimate) -> str:
    return ", ".join(f"{reason}: {n:,}" for reason, n in list(estimate.unscored.items())[:3])


def _number(value: float | None, unit: str = "") -> str:
    if value is None:
        return "none"
    if unit == "relative":
        return f"{100 * value:.4g} %"
    return f"{value:.4g}{' ' + unit if unit in ('s', 'USD') else ''}"


def why(gate: Gate, estimate: Estimate, outcome: Outcome, up: bool, alpha: float = ALPHA) -> str:
    """The reason of an outcome, with the numbers it rests on, as a sentence."""
    tail, unit = estimate.tail, estimate.unit
    if tail is None or estimate.point is None:
        return _sentence(estimate.reason or "there is no estimate")
    if estimate.identical and gate.versus:
        same = f"All {estimate.n:,} scores are the same as the baseline's"
        return f"{same}." if outcome == "pass" else f"{same}, so it is not shown to be better."
    what = (
        "The change relative to the baseline"
        if unit == "relative"
        else "The difference"
        if gate.versus
        else "The value"
    )
    seen = f"{what} is {_number(estimate.point, unit)}"
    line = _number(tail.line, unit)
    if gate.basis == "census":
        return f"{seen}{_over(estimate)} (a census); the line is {line}."
    if tail.lo is None or tail.hi is None:
        return f"{seen}, but it has no interval: {estimate.reason}."
    interval = f"{_percent(1 - 2 * alpha)} interval {_number(tail.lo, unit if unit == 'relative' else '')} to"
    if outcome == "pass":
        bound = f"the one-sided {_percent(1 - alpha)} bound {_number(tail.lo if up else tail.hi, unit)}"
        return f"{seen}; {bound} is {'above' if up else 'below'} the line {line}.{_aloud(gate, estimate, up)}"
    if outcome == "fail":
        shown = _number(tail.hi, unit if unit == "relative" else "")
        return f"{seen}: shown to be {'below' if up else 'above'} the line {line} ({interval} {shown})."
    open_ = f"{seen}; the {interval} {_number(tail.hi, unit)} does not decide about the line {line}."
    return f"{open_} {never}" if (never := _never(gate, estimate, alpha)) else open_


def _aloud(gate: Gate, estimate: Estimate, up: bool) -> str:
    """That a pass is worse within the margin is said aloud."""
    tail = estimate.tail
    if not gate.versus or tail is None or tail.lo is None or tail.hi is None:
        return ""
    worse = tail.hi < 0 if up else tail.lo > 0
    return " It is shown worse than the baseline, by less than the margin." if worse else ""


def _never(gate: Gate, estimate: Estimate, alpha: float) -> str | None:
    """That not even perfect answers would pass with so many cases."""
    name = estimate.method.partition(" (")[0]
    if gate.versus or name not in ("wilson", "clopper-pearson", "korn-graubard", "jeffreys"):
        return None
    n = estimate.n + estimate.n_unscored
    return cannot_pass(gate, n, estimate.n_clusters, Shape((0.0, 1.0)), alpha)


def _percent(level: float) -> str:
    return f"{100 * level:.4g} %"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def _over(estimate: Estimate) -> str:
    """The cases of a census, and what those without a score leave open."""
    total, tail = estimate.n + estimate.n_unscored, estimate.tail
    if estimate.correction is not None and tail is not None and tail.lo is not None and tail.lo != tail.hi:
        return (
            f" over {estimate.n:,} of {total:,} cases, between {_number(tail.lo)} and {_number(tail.hi)} as far as "
            "the judge's errors are known"
        )
    if not estimate.n_unscored or tail is None:
        return f" over all {total:,} cases"
    scored = f" over {estimate.n:,} of {total:,} cases"
    if tail.lo is None or tail.hi is None:
        return f"{scored}, and could have any value over all of them"
    if tail.lo == tail.hi:
        return scored
    return f"{scored}, and between {_number(tail.lo)} and {_number(tail.hi)} over all of them"


def _score_first(estimate: Estimate) -> str:
    """What to do about unscored cases: asking again helps where an answer is missing, not where gold is at fault."""
    cases = f"{estimate.n_unscored:,} unscored case{'' if estimate.n_unscored == 1 else 's'}"
    if estimate.unscored and all(reason.startswith(("gold ", "no gold")) for reason in estimate.unscored):
        return f"Correct the gold of the {cases} first: nothing can be compared with it as it is."
    if estimate.unscored and set(estimate.unscored) == {"judge: template"}:
        return f"Score the {cases} first: the rubric's template reads what they lack."
    if estimate.unscored and set(estimate.unscored) == {"judge: not recorded"}:
        return f"Score the {cases} first: no verdict on them is recorded; a run without --replay asks."
    return f"Score the {cases} first (run again with --retry-failed)."


def would_decide(gate: Gate, estimate: Estimate, up: bool, alpha: float = ALPHA) -> str | None:
    """What to buy so that this gate can pass, in a sentence."""
    total = estimate.n + estimate.n_unscored
    if gate.min_n is not None and total < gate.min_n:
        return f"Add {gate.min_n - total:,} cases."
    if estimate.uncertified is not None and not advises(gate) and estimate.n:
        return "The judge comes first, as the reason says: no number of cases stands in for its certificate."
    if estimate.n_unscored and (estimate.n == 0 or "bounds" in estimate.method or estimate.lo is None):
        return _score_first(estimate)
    tail = estimate.tail
    if tail is None or estimate.point is None or gate.basis == "census" or total == 0:
        return None
    if tail.lo is None or tail.hi is None:
        return f"It takes an interval first: {estimate.reason}." if estimate.reason else None
    se = implied_se((tail.lo, tail.hi), 1 - 2 * alpha)
    if gate.versus and gate.allowed:
        distance, premise, se = abs(tail.line), "if nothing changed", se_of_no_change(estimate, se)
    else:
        distance = (estimate.point - tail.line) * (1 if up else -1)
        premise = "if the truth is what was seen"
    if (labels := labels_would_decide(estimate, distance, alpha, premise)) is not None:
        return labels
    if distance <= 1e-6 * se or se <= 0:
        return "More cases alone would not make it pass: what was seen is not beyond the line."
    needed = needed_n(se, estimate.n, distance, alpha=alpha)
    if needed <= estimate.n:
        return f"Not more cases, {premise}: this many would usually decide. Look at the cases that changed."
    more = f"{needed:,} cases ({needed - estimate.n:,} more){_in_groups(estimate, needed)}"
    return f"About {more} would pass it 80 % of the time {premise}."


def se_of_no_change(estimate: Estimate, se: float) -> float:
    """The standard error if nothing had changed.

    A score bound's spread is the discordance less the square of the difference that was seen; without that difference
    all of the discordance is spread.
    """
    if estimate.method.partition(" (")[0] not in ("tango", "cluster-tango"):
        return se
    return math.hypot(se, (estimate.point or 0.0) / math.sqrt(estimate.n_clusters or estimate.n or 1))


def _in_groups(estimate: Estimate, needed: int) -> str:
    """The same in groups and repeats: new cases of the groups that there are add less."""
    each = f", each asked {estimate.repeats} times" if estimate.repeats > 1 else ""
    if estimate.n_clusters is None or estimate.n_clusters == estimate.n:
        return each
    groups = math.ceil(estimate.n_clusters * needed / estimate.n - 1e-9)
    return f" in about {groups:,} groups ({groups - estimate.n_clusters:,} more){each}"
