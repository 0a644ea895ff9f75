"""How each role of a mark looks when the SVG stands alone; a page's style sheet overrides it by class `c-<role>`.

The colours are Okabe and Ito's (2008) palette, darkened where it carries text; every role also differs in shape or
words.
"""

from __future__ import annotations

from typing import Final, Literal

__all__ = ["ROLES", "SERIES", "Tone"]

Tone = Literal["candidate", "baseline", "second", "third", "fourth", "pass", "fail", "inconclusive"]

INK, MUTED, GRID = "#1c1e21", "#5d636b", "#e3e2dd"
COLOURS: Final[dict[Tone, str]] = {
    "candidate": "#0b63a5",
    "baseline": "#6a717b",
    "second": "#a8540a",
    "third": "#8a4a78",
    "fourth": "#3c7a2f",
    "pass": "#00705c",
    "fail": "#b8400e",
    "inconclusive": "#8a6200",
}
SERIES: Final[tuple[Tone, ...]] = ("candidate", "second", "third", "fourth")
"""Tones of the candidates, in order; the baseline has its own."""

_HALO: Final = {"stroke": "#ffffff", "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"}
"""Keeps text readable over the grid."""

ROLES: Final[dict[str, dict[str, str | float | None]]] = {
    "label": {"fill": INK, "font-size": "12", **_HALO},
    "strong": {"fill": INK, "font-size": "12", "font-weight": "600"},
    "note": {"fill": MUTED, "font-size": "12", **_HALO},
    "tick": {"fill": MUTED, "font-size": "11"},
    "axis": {"fill": MUTED, "font-size": "11"},
    "grid": {"stroke": GRID, "stroke-width": "1"},
    "zero": {"stroke": INK, "stroke-width": "1"},
    "line": {"stroke": INK, "stroke-width": "1.5", "stroke-dasharray": "3 2"},
    "beyond": {"fill": COLOURS["fail"], "fill-opacity": "0.10"},
    "rule": {"stroke": GRID, "stroke-width": "1"},
    "dim": {"opacity": "0.45"},
}
for _tone, _colour in COLOURS.items():
    ROLES[f"{_tone}-thin"] = {"stroke": _colour, "stroke-width": "1.5"}
    ROLES[f"{_tone}-thick"] = {"stroke": _colour, "stroke-width": "5", "stroke-opacity": "0.55"}
    ROLES[f"{_tone}-dot"] = {"fill": _colour, "stroke": "#ffffff", "stroke-width": "1"}
    ROLES[f"{_tone}-ring"] = {"fill": "#ffffff", "stroke": _colour, "stroke-width": "1.8"}
    ROLES[f"{_tone}-bar"] = {"fill": _colour}
