"""SVG as text: elements whose attributes and text are escaped, and a guess at how wide a text will be."""

from __future__ import annotations

import unicodedata
from html import escape

from evalkit.report.charts.theme import look
from evalkit.report.text import visible

__all__ = ["element", "fit", "raw_text", "root", "text", "text_width"]

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMWGOQ%@▲▼…")


def element(tag: str, *children: str, role: str = "", **attributes: str | float | None) -> str:
    """One element. `children` are SVG already; `role` names a look of the theme; None leaves an attribute out.

    An attribute's underscore is a hyphen (`stroke_width`), a trailing one is dropped.
    """
    given: dict[str, str | float | None] = dict(look(role)) if role else {}
    given |= {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    inside = "".join(f' {key}="{_value(value)}"' for key, value in given.items() if value is not None)
    body = "".join(children)
    return f"<{tag}{inside}>{body}</{tag}>" if body else f"<{tag}{inside}/>"


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return raw_text(value)
    return f"{value:.2f}".rstrip("0").rstrip(".")


def raw_text(value: str) -> str:
    """Text for between tags or in an attribute."""
    return escape(visible(value), quote=True)


def text(x: float, y: float, words: str, role: str = "label", *, anchor: str = "start", full: str = "") -> str:
    """A line of text; `full` is what a pointer is told when the words are shortened."""
    title = element("title", raw_text(full)) if full and full != words else ""
    return element("text", title, raw_text(words), role=role, x=x, y=y, text_anchor=anchor)


def root(width: float, height: float, *children: str, ident: str, title: str, about: str) -> str:
    """The outermost element, with the name and the description that a screen reader speaks.

    Inside a page it needs no `xmlns`, and without one the page holds no address at all; a file of its own does.
    """
    return element(
        "svg",
        element("title", raw_text(title), id=f"{ident}-t"),
        element("desc", raw_text(about or title), id=f"{ident}-d"),
        *children,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role_="img",
        aria_labelledby=f"{ident}-t {ident}-d",
        font_family="system-ui, sans-serif",
    )


def text_width(words: str, size: float = 12.0) -> float:
    """A guess, on the wide side, of the width of a text in pixels at a font size."""
    total = 0.0
    for ch in visible(words):
        if ch in _NARROW:
            total += 0.38
        elif ch in _WIDE or unicodedata.east_asian_width(ch) in "WF":
            total += 1.0
        else:
            total += 0.69 if ch.isupper() else 0.635
    return total * size


def fit(words: str, room: float, size: float = 12.0) -> str:
    """The words, shortened with an ellipsis until they fit into `room` pixels."""
    shown = visible(words)
    if text_width(shown, size) <= room:
        return shown
    while shown and text_width(shown + "…", size) > room:
        shown = shown[:-1]
    return shown + "…"
