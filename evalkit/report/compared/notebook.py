"""A comparison in a notebook cell: short, self-contained, escaped."""

from __future__ import annotations

from markupsafe import Markup

from evalkit.core.comparison import Comparison, MetricComparison
from evalkit.report.compared import rows
from evalkit.report.notebook import cells
from evalkit.report.text import count, plural, visible

__all__ = ["comparison_html"]


def comparison_html(found: Comparison) -> str:
    """What is decided and the leaderboard as HTML for `_repr_html_`."""
    head = Markup('<p style="margin:0 0 4px"><b>{}</b></p>').format(visible(found.sentence))
    about = Markup('<p style="margin:0;opacity:.7">{} v{}, {}</p>').format(
        visible(found.suite), visible(str(found.suite_version)), plural(found.n_cases, "common case")
    )
    tables = [_leaderboard(m) for m in found.metrics if m.metric == found.lead]
    style = Markup('<div style="font-family:system-ui,sans-serif;font-variant-numeric:tabular-nums">{}</div>')
    return str(style.format(Markup("").join([head, about, *tables])))


def _leaderboard(under: MetricComparison) -> Markup:
    header = ["rank", "", "system", under.metric, "interval", "best", "n"]
    body = [
        [
            rows.rank(row),
            row.letters,
            row.name,
            rows.value(row, under.unit),
            rows.span(row) or f"none: {row.reason or 'not stated'}",
            rows.best_share(row),
            count(row.n),
        ]
        for row in under.systems
    ]
    said = rows.judged(under)
    about = Markup('<p style="margin:4px 0;opacity:.7">{}</p>').format(visible(said)) if said else Markup("")
    return cells(header, body) + about
