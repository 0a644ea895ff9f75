"""How the values of single cases are spread, for metrics that are not right or wrong, and the time of answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from evalkit.core.dossier import Dossier
from evalkit.report.charts.histogram import Distribution, binned
from evalkit.report.charts.spec import Series
from evalkit.report.charts.theme import SERIES
from evalkit.report.compared.told import Told
from evalkit.report.figures import Figure, axis_label, draw
from evalkit.report.text import count

__all__ = ["build"]

_MOST, _BINS = 6, 60

Values = Mapping[str, np.ndarray]


def build(dossier: Dossier, told: Told) -> dict[str, Any] | None:
    """Cumulative shares, at most four systems a figure, all of one metric over the same axis."""
    found = [_metric(dossier, told, metric) for metric in told.metrics]
    shown = [one for one in found if one is not None][:_MOST]
    if "seconds" not in told.metrics:
        shown += _time(dossier, told)
    return {"metrics": shown} if shown else None


def _metric(dossier: Dossier, told: Told, metric: str) -> dict[str, Any] | None:
    values = {name: dossier.values[metric, name] for name in told.order if (metric, name) in dossier.values}
    known = {name: v[np.isfinite(v)] for name, v in values.items()}
    if not known or all(np.isin(v, (0.0, 1.0)).all() for v in known.values()):
        return None
    info = told.metrics[metric]
    return {"id": metric, "figures": _figures(known, axis_label(metric, info.unit, info.better), metric, "cases")}


def _time(dossier: Dossier, told: Told) -> list[dict[str, Any]]:
    """Seconds of the answers, where no metric of the suite is of them."""
    table = dossier.predictions
    name = table["variant"].cast("string")
    known = {}
    for system in told.order:
        seconds = table["seconds"].filter(pc.equal(name, system)).drop_null()
        if len(seconds):
            known[system] = np.asarray(seconds, dtype=np.float64)
    if not known or all(not v.any() for v in known.values()):
        return []
    axis = "time of an answer (s), lower is better"
    return [{"id": "time of an answer", "figures": _figures(known, axis, "time of an answer", "answers")}]


def _figures(known: Values, axis: str, metric: str, noun: str) -> list[Figure]:
    names = list(known)
    edges, counts = binned([known[name].tolist() for name in names], _BINS, closed="right")
    step = len(SERIES)
    parts = [(names[i : i + step], counts[i : i + step]) for i in range(0, len(names), step)]
    drawn = []
    for i, (mine, theirs) in enumerate(parts):
        which = f", systems {i * step + 1} to {i * step + len(mine)}" if len(parts) > 1 else ""
        spec = Distribution(
            f"{metric}: share of {noun} up to each value{which}",
            axis,
            edges,
            theirs,
            tuple(Series(name, tone) for name, tone in zip(mine, SERIES, strict=False)),
            "ecdf",
            (),
            noun,
            "A line further left holds smaller values; where it is steep, many values lie.",
        )
        n = ", ".join(f"{name} {count(len(known[name]))}" for name in mine) if noun == "answers" else ""
        drawn.append(draw(spec, f"spread-{metric}-{i}".replace(" ", "-"), "half", f"Answers: {n}." if n else ""))
    return drawn
