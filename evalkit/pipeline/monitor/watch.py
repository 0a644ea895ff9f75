"""Traffic held against its reference, window by window: drift, failures, latency, performance, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evalkit.core.errors import InputError
from evalkit.core.evidence import Moment, Monitor, Series
from evalkit.core.nouns import Decision, Gate, Outcome, Span
from evalkit.engine.gate import decide, outcome_of
from evalkit.pipeline.monitor.alarming import Raised, watched
from evalkit.pipeline.monitor.drift import ALPHA, MIN_EFFECT, Drift, drift
from evalkit.pipeline.monitor.gating import check, estimated
from evalkit.pipeline.monitor.measures import LATENCY, confidence_of, failures_of, latency_of, span_of
from evalkit.pipeline.monitor.performance import Performance, performance
from evalkit.pipeline.monitor.profile import Profile, profile
from evalkit.pipeline.monitor.reference import Reference, Setup
from evalkit.pipeline.monitor.said import Story, sentences
from evalkit.pipeline.monitor.signals import CONFIDENCE, FAILURES, SLOW, expected_of, signals
from evalkit.pipeline.monitor.windows import Seen, iso, phase_of, windows
from evalkit.stats.drift.expected import Expected, expected
from evalkit.stats.sequential.alarm import State

__all__ = ["Watch", "watch"]


class Watch(NamedTuple):
    """What was seen.

    Attributes:
        monitor: for the report of a release.
        decisions: of the gates, on the requests that have labels; then of the alarms that were raised.
        states: signal -> where its bets stand; given back to the next call, which continues them.
        drift: of all requests together.
        by_window: (begin, drift) of each window that has requests.
        coverage: share of requests that have labels.
    """

    monitor: Monitor
    decisions: list[Decision]
    states: dict[str, State]
    drift: Drift
    by_window: list[tuple[str, Drift]]
    coverage: float


def watch(
    reference: Reference,
    seen: Seen,
    setup: Setup,
    *,
    created: str,
    gates: Sequence[Gate] = (),
    states: Mapping[str, State] | None = None,
    min_effect: float = MIN_EFFECT,
) -> Watch:
    """Hold traffic against the reference.

    Drift of all requests is told at 5 %, that of single windows at 5 % for all windows together. Drift raises no
    verdict: a gate does, on the metrics of what has labels, and an alarm of failures, slow answers or performance.

    Args:
        reference: what to hold it against.
        seen: requests, with outcomes that came so far: windows whose labels are still to come say so.
        setup: as for the reference.
        created: ISO 8601, of the evidence.
        gates: absolute lines on metrics of the setup (what has labels), or on "expected METRIC" (by confidence).
        states: where the bets stood after the windows before these.
        min_effect: of drift.

    Raises:
        InputError: requests that are no traffic, or a gate that is not of these. A label that a metric cannot use is
            said: then nothing is known of performance.
    """
    check(gates, setup.metrics)
    cut = list(windows(seen, setup.window))
    names = [iso(begin) for begin, _ in cut]
    own = [""] * len(seen)
    for name, (_, rows) in zip(names, cut, strict=True):
        for row in rows.tolist():
            own[row] = name
    scored, fault = _performance(seen, own, setup)
    then, now = _comparable(reference, profile(seen.watched))
    whole = drift(then, now, min_effect=min_effect)
    by_window = _by_window(then, list(now.columns), seen, names, [rows for _, rows in cut], min_effect)
    found = signals(reference.basis, seen, scored)
    phases = [phase_of(begin, setup.season) for begin, _ in cut]
    states_now, raised = watched(reference, found, [rows for _, rows in cut], phases, states or {}, setup.alpha)
    series = _series(reference, seen, names, [rows for _, rows in cut], scored, raised)
    expecting = _expected(reference, seen)
    decisions = [decide(gate, estimated(gate, scored, expecting)) for gate in gates]
    coverage = 0.0 if scored is None else len(scored.rows) / len(seen)
    alarms = [one.decision for one in raised if one.decision is not None]
    story = Story(reference, whole, by_window, raised, decisions, scored, coverage, expecting, names, fault)
    monitor = Monitor(
        created=created,
        made_by="evalkit monitor",
        outcome=_outcome(decisions, alarms, len(seen)),
        since=iso(int(seen.at.min())) if len(seen) else None,
        until=iso(int(seen.at.max())) if len(seen) else None,
        n=len(seen),
        series=series,
        drift=whole.columns,
        said=sentences(story),
    )
    return Watch(monitor, [*decisions, *alarms], states_now, whole, by_window, coverage)


def _comparable(reference: Reference, now: Profile) -> tuple[Profile, Profile]:
    """Of rows such as training data only what traffic has, too: they hold targets, and no predictions."""
    then = reference.basis.profile
    if reference.since or not now.rows:
        return then, now
    common = [name for name in then.columns if name in now.columns]
    return tuple(Profile({name: of.columns[name] for name in common}, of.rows) for of in (then, now))  # type: ignore[return-value]


def _performance(seen: Seen, own: Sequence[str], setup: Setup) -> tuple[Performance | None, str]:
    """Labels come from outside: one that no metric can use costs the performance, and not what else was seen."""
    try:
        return performance(seen, own, setup.metrics, setup.on_failure), ""
    except InputError as error:
        return None, str(error)


def _outcome(decisions: Sequence[Decision], alarms: Sequence[Decision], n: int) -> Outcome | None:
    """fail where a gate or an alarm of damage failed; without gates nothing can pass, and nothing is said."""
    if any(d.outcome == "fail" for d in alarms):
        return "fail"
    if not decisions:
        return None if n else "inconclusive"
    found = outcome_of(decisions)
    return None if found == "error" or found == "ungated" else found


def _by_window(
    reference: Profile,
    columns: Sequence[str],
    seen: Seen,
    names: Sequence[str],
    rows: Sequence[np.ndarray],
    min_effect: float,
) -> list[tuple[str, Drift]]:
    full = [(name, inside) for name, inside in zip(names, rows, strict=True) if len(inside)]
    table = seen.watched.select(columns)
    found = []
    for name, inside in full:
        part = profile(table.take(inside))
        found.append((name, drift(reference, part, min_effect=min_effect, alpha=ALPHA / len(full))))
    return found


def _expected(reference: Reference, seen: Seen) -> dict[str, Expected]:
    """Metric -> what its value would be by confidence alone, over all requests."""
    confidence = seen.floats("confidence")
    kept = ~np.isnan(confidence) & ~seen.failed
    if not kept.any():
        return {}
    failed = int(seen.failed.sum())
    found = {name: expected(known, confidence[kept], failed) for name, known in reference.basis.calibrations.items()}
    return {name: one for name, one in found.items() if one is not None}


def _series(
    reference: Reference,
    seen: Seen,
    names: Sequence[str],
    rows: Sequence[np.ndarray],
    scored: Performance | None,
    raised: Sequence[Raised],
) -> list[Series]:
    parts = [seen.take(inside) for inside in rows]
    alarms: dict[str, list[str]] = {}
    for one in raised:
        alarms.setdefault(LATENCY if one.signal == SLOW else one.signal, []).append(names[one.window])
    plain = [(FAILURES, "share", "lower", failures_of), (LATENCY, "s", "lower", latency_of)]
    plain += [(CONFIDENCE, "", "higher", confidence_of)]
    made = [
        Series(
            metric=name,
            unit=unit,
            better=better,  # type: ignore[arg-type]
            reference=reference.spans.get(name),
            moments=[_moment(at, span_of(of(part))) for at, part in zip(names, parts, strict=True)],
            alarms=alarms.get(name, []),
        )
        for name, unit, better, of in plain
    ]
    for name in reference.basis.calibrations:
        each = [_expected(reference, part).get(name) for part in parts]
        moments = [
            _moment(at, None if e is None else Span(point=e.point, lo=e.lo, hi=e.hi, n=e.n))
            for at, e in zip(names, each, strict=True)
        ]
        known = expected_of(name)
        span = reference.spans.get(name)
        made.append(Series(metric=known, unit="share", reference=span, moments=moments, alarms=alarms.get(known, [])))
    if scored is not None:
        made += [_labelled(reference, scored, name, names, alarms.get(name, [])) for name in scored.bound]
    return [one for one in made if any(moment.point is not None for moment in one.moments)]


def _labelled(reference: Reference, scored: Performance, name: str, names: Sequence[str], alarms: list[str]) -> Series:
    metric = scored.bound[name].metric
    moments = []
    for at in names:
        e = scored.estimate(name, at)
        moments.append(Moment(at=at, n=e.n, point=e.point, lo=e.lo, hi=e.hi))
    return Series(
        metric=name,
        unit=metric.unit,
        better=metric.better,
        reference=reference.spans.get(name),
        moments=moments,
        alarms=alarms,
    )


def _moment(at: str, span: Span | None) -> Moment:
    return Moment(at=at) if span is None else Moment(at=at, n=span.n, point=span.point, lo=span.lo, hi=span.hi)
