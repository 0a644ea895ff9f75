"""Every metric by layer and system: small multiples, each on its own axis."""

from __future__ import annotations

from typing import Any

from evalkit.core.dossier import Dossier
from evalkit.core.nouns import Estimate, MetricInfo
from evalkit.report import numbers, sentences
from evalkit.report.charts.forest import Forest
from evalkit.report.charts.spec import Row, Table
from evalkit.report.figures import Figure, axis_label, bounds_of, draw, mark, series_of
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["build", "views_table"]


def build(dossier: Dossier, findings: Findings) -> dict[str, Any] | None:
    """Layer name -> one small figure a metric."""
    layers = [
        {
            "name": name,
            "figures": [f for m in metrics if (f := _figure(findings, m)) is not None],
            "views": [(m.id, table) for m in metrics if (table := views_table(findings, m)) is not None],
        }
        for name, metrics in findings.layers()
    ]
    return {"layers": [layer for layer in layers if layer["figures"]]} if any(x["figures"] for x in layers) else None


def views_table(findings: Findings, metric: MetricInfo) -> Table | None:
    """The other numbers of a metric, a row a view; those by class (`f1:LABEL`) stand in the table of its classes."""
    views = [v for v in findings.views(metric.id) if ":" not in (v.view or "")]
    if not views:
        return None
    header = ["View", *(name for v in findings.systems for name in (v.name, "95\u00a0% interval")), "", "n"]
    rows = []
    for view in views:
        found = [findings.estimate(view.id, v.name) for v in findings.systems]
        cells = [cell for e in found for cell in _cells(e)]
        n = max((e.n for e in found if e is not None), default=0)
        rows.append([view.view or "", *cells, sentences.direction(view.better), count(n)])
    return Table(header, rows)


def _cells(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "–", ""
    return numbers.point(estimate), numbers.interval(estimate) or (estimate.reason or "none")


def _figure(findings: Findings, metric: MetricInfo) -> Figure | None:
    looks = series_of(findings)
    found = [(v.name, e) for v in findings.systems if (e := findings.estimate(metric.id, v.name)) is not None]
    if not found:
        return None
    rows = tuple(
        Row(name, (mark(e, looks[name][0]),), f"{numbers.point(e)} {numbers.interval(e)}".rstrip()) for name, e in found
    )
    spec = Forest(
        metric.id,
        axis_label(metric.id, metric.unit, metric.better),
        rows,
        tuple(look for _, look in looks.values()),
        bounds=bounds_of(found[0][1]),
        about=f"{metric.name} version {metric.version}, 95 % intervals",
    )
    unscored = max(e.n_unscored for _, e in found)
    why = next((e.reason for _, e in found if e.lo is None and e.reason), "")
    notes = [f"{unscored:,} unscored" if unscored else "", f"no interval: {why}" if why else ""]
    return draw(spec, f"metric-{list(findings.metrics).index(metric.id)}", "small", "; ".join(filter(None, notes)))
