"""The picture of the page: for each truth, what every rule does with it as the items grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.report.charts.svg import element, root, text

_LEFT, _TOP, _PANEL, _GAP = 270, 64, 150, 26
_FILL = {"flagged": "#b8400e", "open": "#d9d6cc", "passed": "#00705c"}
_SHOWN = (50, 200, 1000)


def draw(found: Mapping[tuple[str, float, int], Any], drops: Sequence[tuple[float, str]], sizes: Sequence[int]) -> str:
    """Bars of shares flagged, open and passed: a panel for each truth, a block for each rule, a bar for each size."""
    sizes = [n for n in sizes if n in _SHOWN]
    rules = list(dict.fromkeys(rule for rule, _, _ in found))
    block = len(sizes) * 11 + 13
    height = _TOP + len(rules) * block + 22
    width = _LEFT + len(drops) * (_PANEL + _GAP)
    marks = [element("rect", width=width, height=height, fill="#ffffff"), *_legend()]
    for i, rule in enumerate(rules):
        top = _TOP + i * block
        marks.append(text(8, top + 22, rule, "strong" if rule.startswith("evalkit") else "label"))
        marks += [text(_LEFT - 8, top + 9 + 11 * j, f"{n:,}", "tick", anchor="end") for j, n in enumerate(sizes)]
        for k, (drop, _) in enumerate(drops):
            left = _LEFT + k * (_PANEL + _GAP)
            for j, n in enumerate(sizes):
                marks += _bar(left, top + 11 * j, found[rule, drop, n])
    for k, (_, title) in enumerate(drops):
        left = _LEFT + k * (_PANEL + _GAP)
        marks.append(text(left, _TOP - 12, title, "strong"))
        marks += [
            text(left + share * _PANEL, height - 8, f"{share:.0%}", "tick", anchor=anchor)
            for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
        ]
    about = "For identical systems, a 2-point and a 5-point drop: shares of comparisons flagged as worse, open, passed."
    drawn = root(width, height, *marks, ident="gates", title="What several rules decide", about=about)
    return drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1) + "\n"


def _legend() -> list[str]:
    marks = [text(8, 20, "Share of simulated comparisons, by number of items", "note")]
    x = 420.0
    for name, word in (("flagged", "flagged as worse"), ("open", "inconclusive"), ("passed", "passed")):
        marks.append(element("rect", x=x, y=11, width=10, height=10, fill=_FILL[name]))
        marks.append(text(x + 15, 20, word, "note"))
        x += 30 + 6.6 * len(word)
    return marks


def _bar(left: float, top: float, cell: Any) -> list[str]:
    found, x = [], float(left)
    for name in ("flagged", "open", "passed"):
        size = getattr(cell, name) * _PANEL
        if size > 0.05:
            found.append(element("rect", x=x, y=top, width=size, height=9, fill=_FILL[name]))
        x += size
    return found
