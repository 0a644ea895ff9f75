"""What happened when, in what, and whether it mattered: sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from evalkit.core.nouns import Decision, Span
from evalkit.pipeline.monitor.alarming import Raised
from evalkit.pipeline.monitor.drift import Drift
from evalkit.pipeline.monitor.performance import Performance
from evalkit.pipeline.monitor.reference import Reference
from evalkit.pipeline.monitor.signals import input_of
from evalkit.stats.drift.expected import Expected

__all__ = ["Story", "sentences"]

_MOST = 6


class Story(NamedTuple):
    """All that is told of; see `Watch`."""

    reference: Reference
    whole: Drift
    by_window: Sequence[tuple[str, Drift]]
    raised: Sequence[Raised]
    decisions: Sequence[Decision]
    scored: Performance | None
    coverage: float
    expected: Mapping[str, Expected]
    names: Sequence[str]
    fault: str = ""  # why the labels could not be used


def sentences(story: Story) -> list[str]:
    """In the order of what a reader has to act on: damage, alarms, drift, what is not known."""
    if not story.names:
        return ["There were no requests in this time: nothing can be said."]
    return [*_damage(story), *_alarms(story), *_drift(story), *_performance(story), *_unknown(story)]


def _damage(story: Story) -> Iterator[str]:
    for decision in story.decisions:
        word = {"pass": "Performance holds", "fail": "Performance is damaged", "inconclusive": "It is open"}
        yield f"{word[decision.outcome]}: {decision.gate.label}. {decision.reason}"


def _alarms(story: Story) -> Iterator[str]:
    by_signal: dict[str, list[Raised]] = {}
    for one in story.raised:
        by_signal.setdefault(one.signal, []).append(one)
    for signal, found in by_signal.items():
        first = found[0]
        damage = "" if first.decision is not None else " A change, by itself no damage."
        again = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield (
            f"Alarm at {_at(story.names[first.window])}{again}: {_called(signal)} is {first.value:.3g}, usually "
            f"{first.usual:.3g}.{damage}"
        )
    if not by_signal and story.reference.plans:
        yield f"No alarm in {len(story.names):,} windows of {len(story.reference.plans):,} signals."


def _at(name: str) -> str:
    """2024-06-03 10:00 UTC, the begin of a window."""
    return f"{name[:16].replace('T', ' ')} UTC"


def _called(signal: str) -> str:
    if signal.startswith(input_of("")):
        return f"where the values of {signal.removeprefix(input_of(''))!r:.80} stand in the reference"
    return signal


def _drift(story: Story) -> Iterator[str]:
    drifted = [row for row in story.whole.rows if row.outcome == "drift"]
    for row in sorted(drifted, key=lambda row: -row.found.effect.point if row.found.effect else 0.0)[:_MOST]:
        effect = row.found.effect
        when = [name for name, found in story.by_window if _outcome(found, row.found.name) == "drift"]
        size = "" if effect is None else f" by {effect.point:.2f} (of 1)"
        seen = f"; in {len(when):,} of {len(story.by_window):,} windows, first in {_at(when[0])}" if when else ""
        new = f"; new: {', '.join(f'{value:.30}' for value in row.found.new[:3])}" if row.found.new else ""
        yield f"{row.found.name!r:.80} drifted{size}{seen}{new}."
    if len(drifted) > _MOST:
        yield f"{len(drifted) - _MOST:,} more columns drifted."
    if not drifted:
        told = {
            "no_drift": "No column drifted: every distance from the reference is shown to be below",
            "shifted": "No column drifted; some moved by less than",
            "insufficient_data": "No drift is shown, and the data do not exclude one of",
        }
        yield f"{told[story.whole.outcome]} {story.whole.min_effect:g}."
    else:
        yield from _mattered(story)


def _outcome(found: Drift, name: str) -> str | None:
    return next((row.outcome for row in found.rows if row.found.name == name), None)


def _mattered(story: Story) -> Iterator[str]:
    """Drift is not damage: what performance says, with labels before without."""
    damaged = [one.signal for one in story.raised if one.decision is not None]
    failed = [d.gate.label for d in story.decisions if d.outcome == "fail"]
    if damaged or failed:
        yield f"It mattered: {', '.join(dict.fromkeys([*failed, *damaged]))}."
        return
    told = list(_compared(story))
    if any(worse for _, worse in told):
        yield f"It mattered: {'; '.join(text for text, worse in told if worse)}."
    elif told:
        yield f"That it mattered is not shown: {'; '.join(text for text, _ in told)}."
    elif story.scored is not None:
        yield "Whether it mattered cannot be told: the reference has no labels, so that what is now has no then."
    else:
        yield "Whether it mattered cannot be told: there are no labels, and no confidences that were once labelled."


def _compared(story: Story) -> Iterator[tuple[str, bool]]:
    """(values now and then, shown worse) of each metric."""
    if story.scored is not None:
        for name, b in story.scored.bound.items():
            now, then = story.scored.estimate(name), story.reference.spans.get(name)
            if now.point is not None and then is not None:
                here = Span(point=now.point, lo=now.lo, hi=now.hi, n=now.n)
                yield f"{name} {_span(here)}, was {_span(then)}", _worse(here, then, b.metric.better)
        return
    for name, found in story.expected.items():
        then = story.reference.spans.get(name)
        if then is not None:
            here = Span(point=found.point, lo=found.lo, hi=found.hi, n=found.n)
            yield f"expected {name} {_span(here)}, was {_span(then)}", _worse(here, then, "higher")


def _worse(now: Span, then: Span, better: str) -> bool:
    """Both intervals apart: stricter than a test of the difference."""
    if now.lo is None or now.hi is None or then.lo is None or then.hi is None:
        return False
    return now.hi < then.lo if better == "higher" else now.lo > then.hi


def _span(span: Span) -> str:
    known = span.lo is not None and span.hi is not None
    return f"{span.point:.3g} [{span.lo:.3g}, {span.hi:.3g}]" if known else f"{span.point:.3g}"


def _performance(story: Story) -> Iterator[str]:
    drifted = any(row.outcome == "drift" for row in story.whole.rows)
    if not drifted:
        yield from (f"{text[:1].upper()}{text[1:]}{': worse' if worse else ''}." for text, worse in _compared(story))
    if story.scored is not None:
        for name, found in story.expected.items():
            here = _span(Span(point=found.point, lo=found.lo, hi=found.hi, n=found.n))
            yield f"Over all requests, labelled or not, {name} is expected to be {here}."
            told = story.scored.estimate(name)
            if told.hi is not None and told.hi < found.lo:
                yield (
                    f"Labels say less than confidences: {name} is {told.point:.3g}. A confidence is no longer right as "
                    "often as in the reference (concept drift): do not rely on what is expected."
                )
    if story.expected:
        guess = max(found.beyond for found in story.expected.values())
        beyond = f" {guess:.0%} of confidences lie beyond the reference's." if guess >= 0.005 else ""
        yield f"What is expected assumes that a confidence is right as often as in the reference.{beyond}"


def _unknown(story: Story) -> Iterator[str]:
    if 0 < story.coverage < 1:
        yield (
            f"{story.coverage:.0%} of the requests have labels. What is said of them holds for the others only if "
            "labels come no sooner to some kinds of requests than to others."
        )
    elif story.fault:
        yield f"The labels cannot be used, so nothing is known of performance: {story.fault}"
    elif not story.coverage:
        yield "No request has a label yet."
    if not story.reference.since:
        columns = ", ".join(f"{row.found.name:.40}" for row in story.whole.rows[:_MOST]) or "none"
        yield f"The reference is rows without times: no alarms, and drift of the columns that both have ({columns})."
    yield from (f"{remark[:1].upper()}{remark[1:]}." for remark in story.whole.remarks[:_MOST])
