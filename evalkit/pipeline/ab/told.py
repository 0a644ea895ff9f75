"""An analysis as plain values, and as evidence of a release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from evalkit.core.evidence import AB, Measured, Moment, Series
from evalkit.core.nouns import Estimate, Outcome
from evalkit.pipeline.ab.analyze import Analysis, Finding, analyze
from evalkit.pipeline.ab.trial import Trial

__all__ = ["as_evidence", "as_json", "iso"]

LOOKS = 24


def iso(microseconds: int) -> str:
    """ISO 8601 in UTC; beyond the years 1 to 9999 the number itself."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))).isoformat()
    except OverflowError:
        return str(microseconds)


def as_json(trial: Trial, analysis: Analysis) -> dict[str, Any]:
    """What `evalkit ab analyze --json` prints."""
    plan = analysis.plan
    return {
        "srm": {"p": analysis.srm.p, "ok": analysis.srm.ok, "e_value": analysis.srm.e},
        "n": analysis.n,
        "excluded": trial.excluded,
        "ignored": {
            "before_exposure": len(trial.before.unit),
            "unknown_units": trial.unknown,
            "excluded_units": trial.of_excluded,
        },
        "control": plan.control,
        "split": plan.split,
        "method": plan.method,
        "since": iso(int(trial.first[0])) if len(trial.first) else None,
        "until": _until(trial),
        "metrics": [_metric(one, analysis) for one in analysis.findings],
        "notes": list(analysis.notes),
    }


def _metric(one: Finding, analysis: Analysis) -> dict[str, Any]:
    asked, method = one.asked, analysis.plan.method
    shown: dict[str, Any] = {
        "metric": asked.name,
        "kind": asked.kind,
        "variant": one.pair.variant,
        "control": one.pair.control,
        "better": asked.better,
        "outcome": one.said,
    }
    evidence = "e_value" if method == "anytime" else "p"
    if one.compared is None or one.verdict is None:
        return {**shown, "lift": None, "lo": None, "hi": None, evidence: None, "reason": "sample-ratio mismatch"}
    estimate, found = one.verdict.estimate, one.compared
    shown |= {
        "lift": estimate.point,
        "lo": estimate.lo,
        "hi": estimate.hi,
        "level": estimate.level,
        evidence: found.e_value if method == "anytime" else found.p,
        "n": {one.pair.variant: found.n, one.pair.control: found.n_control},
        "values": {one.pair.variant: found.mean, one.pair.control: found.mean_control},
        "interval": estimate.method,
        "reason": one.verdict.decision.reason,
    }
    if one.verdict.corrected is not None:
        shown["e_corrected" if method == "anytime" else "p_holm"] = one.verdict.corrected
    if found.adjusted is not None:
        shown["cuped"] = {
            "used": found.adjusted.reason is None,
            "theta": found.adjusted.theta,
            "correlation": found.adjusted.correlation,
            "p_balance": found.adjusted.p_balance,
        }
    return shown


def _until(trial: Trial) -> str | None:
    return iso(_last(trial)) if len(trial.first) else None


def _last(trial: Trial) -> int:
    return max(int(trial.first[-1]), int(trial.after.at.max(initial=np.iinfo(np.int64).min)))


def as_evidence(trial: Trial, analysis: Analysis, created: str, looks: int = LOOKS) -> AB:
    """Evidence for a release report, with how each lift came about.

    Args:
        trial, analysis: the experiment as it stands.
        created: ISO 8601, UTC.
        looks: times, evenly over the units, at which it is analysed as it stood then.
    """
    plan = analysis.plan
    series = _series(trial, analysis, looks) if analysis.srm.ok and len(trial.first) else {}
    return AB(
        created=created,
        made_by="evalkit ab analyze",
        outcome=_outcome(analysis),
        control=plan.control,
        since=iso(int(trial.first[0])) if len(trial.first) else None,
        until=_until(trial),
        units=analysis.n,
        split=plan.split,
        excluded=trial.excluded,
        srm_p=analysis.srm.p,
        srm_ok=analysis.srm.ok,
        measured=[_measured(one, series.get(i)) for i, one in enumerate(analysis.findings)],
    )


def _outcome(analysis: Analysis) -> Outcome | None:
    """No verdict, for nobody declared a gate: worse is an answer. Only a split that does not hold is none."""
    return None if analysis.srm.ok else "inconclusive"


def _measured(one: Finding, series: Series | None) -> Measured:
    about: dict[str, Any] = {
        "metric": one.asked.name,
        "variant": one.pair.variant,
        "better": one.asked.better,
        "said": one.said,
    }
    if one.compared is None or one.verdict is None:
        return Measured(**about)
    estimate = one.verdict.estimate
    return Measured(
        **about,
        n=one.compared.n,
        point=estimate.point,
        lo=estimate.lo,
        hi=estimate.hi,
        level=estimate.level,
        p=one.compared.p,
        e_value=one.compared.e_value,
        series=series,
    )


def _series(trial: Trial, analysis: Analysis, looks: int) -> dict[int, Series]:
    """Index of a finding -> how it came about. Intervals of a fixed horizon are of one look each, and say so."""
    last = _last(trial)
    places = np.unique(np.linspace(0, len(trial.first) - 1, looks + 1).astype(int)[1:-1])
    times = [time for time in np.unique(trial.first[places]).tolist() if time < last] + [last]
    moments: dict[int, list[Moment]] = {}
    for time in times:
        then = analyze(trial.until(time), analysis.plan)
        for i, one in enumerate(then.findings):
            if one.verdict is not None and one.compared is not None:
                moments.setdefault(i, []).append(_moment(iso(time), one.compared.n, one.verdict.estimate))
    anytime = analysis.plan.method == "anytime"
    return {i: _of(analysis.findings[i], found, anytime) for i, found in moments.items()}


def _moment(at: str, n: int, estimate: Estimate) -> Moment:
    return Moment(at=at, n=n, point=estimate.point, lo=estimate.lo, hi=estimate.hi)


def _of(one: Finding, moments: list[Moment], anytime: bool) -> Series:
    return Series(
        metric=one.asked.name,
        variant=one.pair.variant,
        better=one.asked.better,
        sequence=anytime,
        line=0.0,
        moments=moments,
    )
