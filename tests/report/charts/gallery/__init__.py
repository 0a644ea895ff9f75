"""Every kind of chart with typical data and with data at the edges; the tests draw all, and so may whoever looks.

`python -m tests.report.charts.gallery FILE.html [KIND] [wide]` writes them as one page.
"""

from __future__ import annotations

from markupsafe import Markup

from evalkit.report import document
from evalkit.report.charts.spec import Chart
from evalkit.report.figures import draw
from tests.report.charts.gallery import counts, estimates, wholes

__all__ = ["SPECS", "page"]


_KINDS = {
    "forest": estimates.forests,
    "series": estimates.series,
    "slope": estimates.slopes,
    "bars": estimates.bar_charts,
    "histogram": wholes.distributions,
    "ranks": wholes.rank_plots,
    "grid": wholes.grids,
    "graph": wholes.graphs,
    "curve": wholes.curve_charts,
    "others": counts.others,
}
SPECS: dict[str, Chart] = {f"{kind}-{name}": spec for kind, made in _KINDS.items() for name, spec in made()}
_IMPORT = '{% from "macros.html" import figure %}'
_BODY = _IMPORT + '<div class="{{ way }}">{% for f in figures %}{{ figure(f) }}{% endfor %}</div>'


def page(chosen: str = "", *, wide: bool = False) -> str:
    """One page with all (or those whose name holds `chosen`)."""
    shown = [draw(spec, ident, "full" if wide else "half") for ident, spec in SPECS.items() if chosen in ident]
    body = document.page.environment().from_string(_BODY).render(figures=shown, way="stack" if wide else "pair")
    block = document.Block("gallery", "Gallery", Markup(body), {})
    return document.render(document.Document("Gallery", ["Gallery"], Markup(""), [block]))
