"""Figures apart from their page: which a page holds, and each as an SVG file that needs nothing around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from evalkit.report.charts.svg import fit, raw_text, text_width
from evalkit.report.charts.theme import INK, MUTED, PAPER
from evalkit.report.document import Block
from evalkit.report.figures import Figure
from evalkit.report.text import visible

__all__ = ["csv_rows", "figures_of", "svg_file"]

_OPENING = re.compile(
    r'<svg viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"[^>]*aria-labelledby="(?P<by>[^"]*)"[^>]*>'
)
_CLASS = re.compile(r' class="c-[a-z]+(?: t-[a-z]+)?"')
_MARGIN, _SIZE, _LINE, _MOST_LINES = 16.0, 14.0, 19.0, 4
_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:e[-+]?\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\u2212", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def figures_of(blocks: Iterable[Block], *first: Any) -> list[Figure]:
    """Every figure inside what the first screen and the sections were given, in the order of the page, each once."""
    found: dict[str, Figure] = {}
    for given in (*first, *(block.built for block in blocks)):
        for figure in _within(given):
            found.setdefault(figure.ident, figure)
    return list(found.values())


def _within(value: Any) -> Iterator[Figure]:
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _within(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _within(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from _within(getattr(value, part.name))


def svg_file(figure: Figure) -> str:
    """The wide picture as a file of its own: its title above it, light colours as attributes, a white ground.

    The same figure gives the same bytes.
    """
    picture = str(figure.wide)
    opening = _OPENING.match(picture)
    if opening is None:  # `svg.root` writes every picture
        raise ValueError(f"{figure.ident} is no picture of ours")
    width, height = float(opening["width"]), float(opening["height"])
    named, _, drawn = picture[opening.end() : -len("</svg>")].partition("</desc>")
    lines = _wrapped(visible(figure.title), width)
    top = _MARGIN + _LINE * len(lines) + 10
    size = (width + 2 * _MARGIN, top + height + _MARGIN)
    said = "".join(
        f'<text x="{_MARGIN:g}" y="{_MARGIN + _LINE * i + 13:g}" font-size="{_SIZE:g}" font-weight="600" fill="{INK}">'
        f"{raw_text(line)}</text>"
        for i, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" width="{size[0]:g}" '
        f'height="{size[1]:g}" role="img" aria-labelledby="{opening["by"]}" font-family="system-ui, sans-serif" '
        f'color="{MUTED}">{named}</desc><rect width="{size[0]:g}" height="{size[1]:g}" fill="{PAPER}"/>{said}'
        f'<g transform="translate({_MARGIN:g} {top:g})">{_CLASS.sub("", drawn)}</g></svg>\n'
    )


def _wrapped(words: str, width: float) -> list[str]:
    """The title in lines; what does not fit into the last one ends with an ellipsis."""
    lines: list[str] = []
    rest = words.split()
    while rest and len(lines) < _MOST_LINES:
        taken = 1
        while taken < len(rest) and text_width(" ".join(rest[: taken + 1]), _SIZE * 1.06) <= width:
            taken += 1
        last = len(lines) == _MOST_LINES - 1
        lines.append(fit(" ".join(rest if last else rest[:taken]), width, _SIZE * 1.06))
        rest = rest[taken:]
    return lines


def csv_rows(figure: Figure) -> list[list[str]]:
    """The table behind a figure for a CSV file: numbers as programs read them, and no cell that is a formula."""
    return [[_cell(cell) for cell in row] for row in (figure.table.header, *figure.table.rows)]


def _cell(words: str) -> str:
    number = words.replace("\u2212", "-")
    if _NUMBER.fullmatch(number):
        return number.replace(",", "")
    shown = visible(words)
    return f"'{shown}" if words.startswith(_FORMULA) else shown
