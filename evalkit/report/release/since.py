"""The numbers then and now: on the same cases under one scoring, or apart, with the sentence why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from evalkit.core.comparison import Difference, MetricComparison, Standing
from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Decision, Estimate, Record
from evalkit.report import numbers, sentences
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Series
from evalkit.report.figures import Figure, axis_label, draw
from evalkit.report.findings import Findings
from evalkit.report.release.told import mark_of, release_of
from evalkit.report.text import clip, count

__all__ = ["Number", "build", "judged", "number_of", "numbers_since"]

_MOST = 40
_SHOWN = {"better": "shown better", "worse": "shown worse", None: "not separated"}


class Number(NamedTuple):
    """One metric now and then.

    Attributes:
        metric: its id.
        now, then: the values with their intervals; None: there is none.
        change: now - then on the same cases; None: not comparable.
        shown: what the difference shows, in words.
    """

    metric: str
    now: Estimate | None
    then: Estimate | None
    change: Estimate | None
    shown: str = ""


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """A row a metric, gated ones first; figures of the differences; gates then and now."""
    release = release_of(dossier)
    found = numbers_since(dossier, findings)
    if not found or all(number.then is None for number in found):
        return None
    return {
        "apart": release.apart,
        "ground": [] if release.since is None else release.since.comparability,
        "rows": [_row(number) for number in found[:_MOST]],
        "left": count(len(found) - _MOST) if len(found) > _MOST else "",
        "figures": list(_figures(found[:_MOST])),
        "gates": _gates(dossier),
    }


def numbers_since(dossier: Dossier, findings: Findings) -> list[Number]:
    """Every metric now and then, those that gates name first."""
    release = release_of(dossier)
    gated = [m for d in dossier.record.decisions if (m := d.gate.metric) in findings.metrics]
    ids = list(dict.fromkeys([*gated, *(m.id for m in findings.shown())]))
    found = [number_of(dossier, findings, ident) for ident in ids]
    return found if release.since is not None or release.previous is not None else []


def number_of(dossier: Dossier, findings: Findings, metric: str) -> Number:
    """One metric now and then."""
    release = release_of(dossier)
    now = findings.estimate(metric, findings.candidates[0].name) if findings.candidates else None
    if release.since is not None:
        compared = next((m for m in release.since.metrics if m.metric == metric), None)
        return _compared(compared, now) if compared else Number(metric, now, None, None)
    return Number(metric, now, _then(release.previous, metric, now), None)


def _then(previous: Record | None, metric: str, now: Estimate | None) -> Estimate | None:
    """The number of the last release as its own record has it."""
    if previous is None:
        return None
    before = Findings(previous)
    return before.estimate(metric, before.candidates[0].name) if before.candidates else None


def _compared(found: MetricComparison, now: Estimate | None) -> Number:
    by_name = {standing.name: standing for standing in found.systems}
    values = [_value(found, by_name[n]) if n in by_name else None for n in ("candidate", "baseline")]
    change = next(iter(found.differences), None)
    if change is None:
        return Number(found.metric, values[0] or now, values[1], None)
    said = "the same answers" if change.identical else _SHOWN[change.shown]
    if change.reason and not change.identical and change.shown is None:
        said = f"not decided: {change.reason}"
    return Number(found.metric, values[0] or now, values[1], _difference(found, change), clip(said, 200))


def _value(found: MetricComparison, one: Standing) -> Estimate:
    return _estimate(found, one.name, one)


def _difference(found: MetricComparison, one: Difference) -> Estimate:
    return _estimate(found, "now - then", one)


def _estimate(found: MetricComparison, variant: str, one: Standing | Difference) -> Estimate:
    return Estimate(
        metric=found.metric,
        variant=variant,
        better=found.better,
        unit=found.unit,
        n=one.n,
        n_unscored=one.n_unscored,
        point=one.point,
        lo=one.lo,
        hi=one.hi,
        level=one.level,
        method=one.method,
        reason=one.reason,
        value_range=found.value_range,
        correction=one.correction,
        uncertified=one.uncorrected,
        signature=one.signature,
    )


def _row(number: Number) -> dict[str, str]:
    now, then, change = number.now, number.then, number.change
    return {
        "metric": number.metric,
        "direction": sentences.direction(now.better) if now else "",
        "then": numbers.point(then) if then else "–",
        "then_interval": _span(then),
        "now": numbers.point(now) if now else "–",
        "now_interval": _span(now),
        "change": numbers.point(change, signed=True) if change else "–",
        "change_interval": _span(change),
        "n": count(change.n) if change else "",
        "shown": number.shown if change else "not comparable",
    }


def _span(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    span = numbers.interval(estimate) or clip(estimate.reason or "no interval", 160)
    return f"{span} {judged(estimate)}".strip()


def judged(estimate: Estimate) -> str:
    """Of a judged number whether it is corrected for the judge's errors: both are never mixed in silence."""
    if estimate.correction is not None:
        return f"corrected ({estimate.correction.method})"
    return "as the judge said" if estimate.uncertified else ""


def _figures(found: list[Number]) -> Iterator[Figure]:
    """One figure a unit and direction, since an axis has one."""
    groups: dict[tuple[str, str], list[Number]] = {}
    for number in found:
        if number.change is not None and number.change.point is not None:
            groups.setdefault((number.change.unit, number.change.better), []).append(number)
    for i, ((unit, better), members) in enumerate(groups.items()):
        yield draw(_forest(members, unit, better), f"since-{i}", "half")


def _forest(members: list[Number], unit: str, better: str) -> Forest:
    rows = tuple(
        Row(n.metric, (mark_of(n.change, signed=True, tone=_tone(n)),), numbers.point(n.change, signed=True))
        for n in members
        if n.change is not None
    )
    shown = [n.shown.removeprefix("shown ") for n in members]
    told = ", ".join(f"{shown.count(word)} {word}" for word in ("better", "worse", "not separated") if word in shown)
    title = f"Change since the last release: {told}" if told else "Change since the last release"
    if len(members) == 1:
        title = f"{members[0].metric} since the last release: {members[0].shown}"
    return Forest(
        title,
        axis_label("metric", unit, better, change=True).replace("change of metric", "now − then"),
        rows,
        (Series("difference", "candidate"),),
        reference=0.0,
        signed=True,
        note_header="change",
        about="Differences on the same cases under one scoring, with 95 % intervals.",
    )


def _tone(number: Number) -> str | None:
    return {"shown better": "pass", "shown worse": "fail"}.get(number.shown)


def _gates(dossier: Dossier) -> list[dict[str, Any]]:
    """Each gate with its outcome in the last release and now."""
    previous = release_of(dossier).previous
    if previous is None:
        return []
    rows = []
    for decision in dossier.record.decisions:
        before = _counterpart(previous, decision)
        rows.append(
            {
                "label": sentences.gate_name(dossier.record, decision),
                "then": before and {"outcome": before.outcome, "word": sentences.word(before.outcome)},
                "now": {"outcome": decision.outcome, "word": sentences.word(decision.outcome)},
                "held": "" if before is None or before.gate == decision.gate else f"then: {before.gate.label}",
            }
        )
    return rows


def _counterpart(previous: Record, decision: Decision) -> Decision | None:
    gate = decision.gate
    among = [d for d in previous.decisions if d.gate.metric == gate.metric and d.gate.slice == gate.slice]
    among = [d for d in among if bool(d.gate.versus) == bool(gate.versus)]
    exact = [d for d in among if d.gate == gate] or [d for d in among if gate.name and d.gate.name == gate.name]
    return next(iter(exact or among), None)
