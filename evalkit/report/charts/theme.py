"""How each role of a mark looks when the SVG stands alone; a page's style sheet overrides it by class.

A role is a look (`label`, `grid`) or a tone with a shape (`candidate-dot`). The colours are Okabe and Ito's (2008)
palette, darkened where it carries text; every role also differs in shape or words.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["COLOURS", "INK", "MUTED", "PAPER", "SERIES", "Tone", "look"]

Tone = Literal["candidate", "baseline", "second", "third", "fourth", "pass", "fail", "inconclusive"]
Attributes = dict[str, str | float | None]

INK, MUTED, GRID, PAPER = "#1c1e21", "#5d636b", "#e3e2dd", "#ffffff"
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

_HALO: Final[Attributes] = {"stroke": PAPER, "stroke-width": "3", "stroke-linejoin": "round", "paint-order": "stroke"}
"""Keeps text readable over the grid."""

_LOOKS: Final[dict[str, Attributes]] = {
    "label": {"fill": INK, "font-size": "12", **_HALO},
    "strong": {"fill": INK, "font-size": "12", "font-weight": "600", **_HALO},
    "note": {"fill": MUTED, "font-size": "12", **_HALO},
    "tick": {"fill": MUTED, "font-size": "11"},
    "axis": {"fill": MUTED, "font-size": "11"},
    "within": {"fill": INK, "font-size": "12"},
    "told": {"fill": INK, "font-size": "12", "font-weight": "600"},
    "arrow": {"fill": MUTED},
    "grid": {"stroke": GRID, "stroke-width": "1"},
    "zero": {"stroke": INK, "stroke-width": "1"},
    "line": {"stroke": INK, "stroke-width": "1.5", "stroke-dasharray": "3 2"},
    "edge": {"fill": "none", "stroke": MUTED, "stroke-width": "1.2"},
    "beyond": {"fill": COLOURS["fail"], "fill-opacity": "0.10"},
    "rule": {"stroke": GRID, "stroke-width": "1"},
    "hit": {"fill": "transparent"},
    "dim": {"opacity": "0.45"},
}
_SHAPES: Final[dict[str, tuple[tuple[str, ...], Attributes]]] = {
    "thin": (("stroke",), {"stroke-width": "1.5"}),
    "thick": (("stroke",), {"stroke-width": "5", "stroke-opacity": "0.55"}),
    "path": (("stroke",), {"fill": "none", "stroke-width": "2", "stroke-linejoin": "round"}),
    "dot": (("fill",), {"stroke": PAPER, "stroke-width": "1"}),
    "ring": (("stroke",), {"fill": PAPER, "stroke-width": "1.8"}),
    "bar": (("fill",), {}),
    "band": (("fill",), {"fill-opacity": "0.16"}),
    "box": (("stroke",), {"fill": PAPER, "stroke-width": "1.2"}),
    "text": (("fill",), {"font-size": "12", "font-weight": "600", **_HALO}),
}
"""Shape -> the attributes that the tone's colour fills, and the others."""


@cache
def look(role: str) -> MappingProxyType[str, str | float | None]:
    """The attributes of a role: its class for a page, and what it looks like without one.

    Raises:
        KeyError: no such role; roles are named in charts only.
    """
    if role in _LOOKS:
        return MappingProxyType({"class": f"c-{role}", **_LOOKS[role]})
    tone, shape = role.rsplit("-", 1)
    painted, others = _SHAPES[shape]
    colour = COLOURS[tone]  # type: ignore[index]
    return MappingProxyType({"class": f"c-{shape} t-{tone}", **dict.fromkeys(painted, colour), **others})
