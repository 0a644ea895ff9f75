"""The trends of a suite's metrics as figures: the leading one large, the others as small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from evalkit.core.dossier import SiteRun, SuiteTrend
from evalkit.core.nouns import Decision, Estimate, MetricInfo
from evalkit.report import numbers
from evalkit.report.charts.spec import Mark, Range, Row, Series
from evalkit.report.charts.svg import element
from evalkit.report.charts.theme import SERIES
from evalkit.report.figures import Figure, axis_label, bounds_of, draw
from evalkit.report.findings import Findings
from evalkit.report.site import words
from evalkit.report.site.spark import Dot
from evalkit.report.site.trend import Stop, Trend
from evalkit.report.text import clip, count, listing, plural

__all__ = ["Told", "figure", "gate_of", "names"]

_MOST = 8
_NOTE = (
    "Dots: estimates, each with its own run's {level} interval. Values are joined only where they measure the same "
    "thing: same cases, same scoring. Two intervals that overlap, or not, decide nothing: compare the two runs."
)


class Told:
    """The runs of a suite with their findings, looked up once.

    Attributes:
        runs: oldest first.
        findings: of each run.
        metrics: id -> how it was bound last; those of the newest run first.
        systems: name -> its place and look in every chart.
    """

    def __init__(self, trend: SuiteTrend) -> None:
        self.runs: Sequence[SiteRun] = trend.runs
        self.findings = [Findings(run.record) for run in trend.runs]
        self.metrics: dict[str, MetricInfo] = {}
        for findings in reversed(self.findings):
            for ident, metric in findings.metrics.items():
                self.metrics.setdefault(ident, metric)
        self.systems = _looks(self.findings)
        days = {words.day(run) for run in trend.runs}
        self.labels = [words.day(run) if len(days) > 1 else words.moment(run)[11:] for run in trend.runs]
        self.told = [words.told(run) for run in trend.runs]

    def shown(self) -> list[str]:
        """Metrics, and the views that a gate of the newest run names."""
        gated = self.findings[-1].gated() if self.findings else set()
        return [ident for ident, metric in self.metrics.items() if metric.of is None or ident in gated]

    def views(self) -> list[str]:
        """All other views."""
        shown = set(self.shown())
        return [ident for ident in self.metrics if ident not in shown]

    def newest(self, metric: str) -> tuple[int, Estimate] | None:
        """The newest run that has the metric, and its estimate of the first system that has one."""
        for i, findings in reversed(list(enumerate(self.findings))):
            for name in self.systems:
                found = findings.estimate(metric, name)
                if found is not None:
                    return i, found
        return None

    def dots(self, metric: str) -> list[Dot]:
        """The metric of the first candidate of every run."""
        found = []
        for i, findings in enumerate(self.findings):
            name = findings.candidates[0].name if findings.candidates else ""
            e = findings.estimate(metric, name)
            found.append(Dot(e.point if e else None, _span(e) if e else None, not self.apart(i, metric)))
        return found

    def apart(self, i: int, metric: str) -> str:
        """Why the metric's values of run `i` may not be joined with those before; empty where they may.

        Beside cases and scoring that is a judged number that is corrected for the judge's errors in one run and not, or
        by another method, in the other: they estimate different things.
        """
        if not i or not self.runs[i].comparable:
            return words.apart(self.runs[i])
        now, before = self._correction(i, metric), self._correction(i - 1, metric)
        return "" if now == before or not now or not before else "the judge's correction"

    def _correction(self, i: int, metric: str) -> set[str]:
        found = (self.findings[i].estimate(metric, name) for name in self.systems)
        return {e.correction.method if e.correction else "" for e in found if e is not None}


def _looks(all_findings: Sequence[Findings]) -> dict[str, tuple[int, Series]]:
    """Candidates as dots (the newest runs' first), baselines as grey rings, at most `_MOST` in a chart."""
    names: dict[str, str] = {}
    for findings in reversed(all_findings):
        for variant in findings.systems:
            names.setdefault(variant.name, variant.role)
    ordered = sorted(names, key=lambda name: names[name] == "baseline")[:_MOST]
    looks: dict[str, tuple[int, Series]] = {}
    for i, name in enumerate(ordered):
        base = names[name] == "baseline"
        tone = "baseline" if base else SERIES[i % len(SERIES)]
        looks[name] = (i, Series(name, tone, hollow=base or i >= len(SERIES)))
    return looks


def figure(told: Told, metric: str, ident: str, *, small: bool) -> Figure | None:
    """The trend of one metric; None where no run has a value for it, nor a reason."""
    last = told.newest(metric)
    if last is None:
        return None
    newest = last[1]
    there = {name for f in told.findings for name in told.systems if f.estimate(metric, name) is not None}
    kept = [look for name, (_, look) in told.systems.items() if name in there]
    place = {look.name: i for i, look in enumerate(kept)}
    stops = tuple(_stop(told, i, metric, place, small) for i in range(len(told.runs)))
    label = axis_label(metric, newest.unit, newest.better)
    spec = Trend(
        _title(told, metric, *last, small),
        label,
        stops,
        tuple(kept),
        bounds_of(newest),
        small,
        about=f"{label}, over {plural(len(stops), 'run')}, oldest first",
    )
    note = "" if small else _NOTE.format(level=numbers.level(newest.level)) + _left_out(told)
    return draw(spec, ident, "small" if small else "full", note)


def names(told: Told) -> list[dict[str, Any]]:
    """Which colour is which system, once for many small charts; empty where there is one system."""
    looks = [look for _, look in told.systems.values()]
    return [{"name": look.name, "dot": _dot(look)} for look in looks] if len(looks) > 1 else []


def _dot(look: Series) -> Markup:
    circle = element("circle", role=f"{look.tone}-{'ring' if look.hollow else 'dot'}", cx=6, cy=6, r=4)
    return Markup(element("svg", circle, viewBox="0 0 12 12", width=12, height=12, aria_hidden="true"))


def _left_out(told: Told) -> str:
    names = dict.fromkeys(v.name for f in told.findings for v in f.systems if v.name not in told.systems)
    return f" Not drawn, for want of room: {listing(list(names))}." if names else ""


def _title(told: Told, metric: str, last: int, newest: Estimate, small: bool) -> str:
    said = f"{metric}: {numbers.point(newest)} {numbers.interval(newest)}".rstrip()
    if newest.point is None:
        said = f"{metric}: no value ({clip(newest.reason or 'unscored', 60)})"
    if last < len(told.runs) - 1:
        said += f", last measured {told.labels[last]}"
    if small:
        return said
    who = f" ({newest.variant})" if len(told.systems) > 1 else ""
    return f"{said}{who}, {'newest of ' if len(told.runs) > 1 else ''}{plural(len(told.runs), 'run')}"


def _stop(told: Told, i: int, metric: str, place: dict[str, int], small: bool) -> Stop:
    run, findings = told.runs[i], told.findings[i]
    marks = []
    for name, series in place.items():
        estimate = findings.estimate(metric, name)
        if estimate is not None:
            marks.append(_mark(estimate, series, gate_of(findings, metric, name), small))
    row = Row(told.labels[i], tuple(marks))
    return Stop(row, run.record.run_id, run.record.outcome, told.apart(i, metric), run.baselines, told.told[i])


def gate_of(findings: Findings, metric: str, variant: str) -> Decision | None:
    """The gate that holds this metric of this system, over all cases, against a fixed line."""
    held = (d for d in findings.record.decisions if d.gate.metric == metric and d.variant == variant)
    return next((d for d in held if not d.gate.versus and not d.gate.slice), None)


def _mark(estimate: Estimate, series: int, decision: Decision | None, small: bool) -> Mark:
    span = _span(estimate)
    line = None
    if decision is not None:
        line = decision.gate.at_least if decision.gate.at_least is not None else decision.gate.at_most
    said = f"{numbers.point(estimate)} {numbers.interval(estimate)}".rstrip()
    why = "" if span else f" (no interval: {clip(estimate.reason or 'not stated', 120)})"
    cells = {
        "Estimate": numbers.point(estimate),
        f"{numbers.level(estimate.level)} interval": numbers.interval(estimate) or clip(estimate.reason or "none", 120),
        "n": count(estimate.n),
        "Unscored": count(estimate.n_unscored),
        "Method": estimate.method,
    }
    if not small:
        cells["Signature"] = estimate.signature
    words_ = f"{estimate.metric}, {estimate.variant}: {said}{why}, n = {count(estimate.n)}"
    return Mark(series, estimate.point, span, None, line, decision.side if decision else None, None, words_, cells)


def _span(estimate: Estimate) -> Range | None:
    return None if estimate.lo is None or estimate.hi is None else Range(estimate.lo, estimate.hi)
