"""Bars to both sides of zero: what broke to the left, what was fixed to the right."""

from __future__ import annotations

from evalkit.report.charts.spec import Diverging, DivergingRow
from evalkit.report.charts.svg import element, fit, raw_text, root, text, text_width

__all__ = ["diverging"]

_ROW, _HEAD, _STACK = 26.0, 22.0, 18.0


def diverging(spec: Diverging, width: float, ident: str, *, stacked: bool = False) -> str:
    """The chart as SVG text; both sides share one scale, and every bar carries its count."""
    room = 0.0 if stacked else min(max((text_width(row.label) for row in spec.rows), default=0.0) + 12, 0.4 * width)
    largest = max((max(row.left, row.right) for row in spec.rows), default=1) or 1
    counts = text_width(f"{largest:,}") + 8
    zero = room + (width - room) / 2
    reach = (width - room) / 2 - counts
    height = _ROW + (_STACK if stacked else 0)
    parts = [
        text(zero - 8, 14, f"← {spec.left}", "note", anchor="end"),
        text(zero + 8, 14, f"{spec.right} →", "note"),
    ]
    for i, row in enumerate(spec.rows):
        top = _HEAD + height * i
        if stacked:
            parts.append(text(0, top + 14, fit(row.label, width), "label", full=row.label))
        else:
            parts.append(text(room - 12, top + 17, fit(row.label, room - 12), "label", anchor="end", full=row.label))
        parts.append(_bars(row, zero, reach / largest, top + (_STACK if stacked else 0)))
    bottom = _HEAD + height * len(spec.rows)
    parts.append(element("line", role="zero", x1=zero, x2=zero, y1=_HEAD, y2=bottom))
    parts.append(text(zero, bottom + 16, fit(spec.axis, width - 4, 11), "axis", anchor="middle"))
    return root(width, bottom + 22, *parts, ident=ident, title=spec.title, about=spec.about)


def _bars(row: DivergingRow, zero: float, per_case: float, top: float) -> str:
    left, right = row.left * per_case, row.right * per_case
    return element(
        "g",
        element("title", raw_text(f"{row.label}: {row.left:,} / {row.right:,}")),
        element("rect", role="fail-bar", x=zero - left, y=top + 6, width=left, height=14),
        element("rect", role="pass-bar", x=zero, y=top + 6, width=right, height=14),
        text(zero - left - 5, top + 17, f"{row.left:,}", "label", anchor="end"),
        text(zero + right + 5, top + 17, f"{row.right:,}", "label"),
    )
