"""A badge: the suite, its newest verdict, and the value that it is about, as a picture that stands alone."""

from __future__ import annotations

from evalkit.core.dossier import SuiteTrend
from evalkit.report import numbers, sentences
from evalkit.report.charts.svg import element, fit, raw_text, text_width
from evalkit.report.findings import Findings
from evalkit.report.site import words

__all__ = ["badge"]

_HEIGHT, _SIZE, _PAD, _MOST = 22.0, 12.0, 8.0, 220.0
_GROUND = {"pass": "#00705c", "fail": "#b8400e", "inconclusive": "#8a6200", "error": "#a3174a", "ungated": "#5d636b"}
"""Each carries white text at a contrast of 4.5 or more."""
_SPACE = "http://www.w3.org/2000/svg"


def badge(trend: SuiteTrend, *, alone: bool = True) -> str:
    """The badge of a suite that has a run; `alone` as a file, else for inside a page."""
    run = trend.runs[-1]
    word, value = sentences.word(run.record.outcome), _value(trend)
    left, right = fit(trend.name, _MOST), fit(f"{word.mark} {word.text}{value}", _MOST)
    split = round(text_width(left) + 2 * _PAD)
    width = split + round(text_width(right) + 2 * _PAD)
    said = f"{trend.name}: {word.text}{value}, {words.moment(run)}"
    parts = [
        element("title", raw_text(said)),
        element("rect", width=width, height=_HEIGHT, rx=3, fill="#31353b"),
        element("path", d=_right(split, width), fill=_GROUND[run.record.outcome]),
        _words(split / 2, left),
        _words((split + width) / 2, right),
    ]
    return element(
        "svg",
        *parts,
        xmlns=_SPACE if alone else None,
        role_="img",
        aria_label=said,
        width=width,
        height=_HEIGHT,
        viewBox=f"0 0 {width:g} {_HEIGHT:g}",
    )


def _value(trend: SuiteTrend) -> str:
    metric, findings = words.lead(trend), Findings(trend.runs[-1].record)
    if metric is None or len(findings.candidates) != 1:
        return ""
    found = findings.estimate(metric, findings.candidates[0].name)
    return f" · {metric} {numbers.point(found)}" if found is not None and found.point is not None else ""


def _right(split: float, width: float) -> str:
    return f"M{split} 0H{width - 3}a3 3 0 0 1 3 3V{_HEIGHT - 3:g}a3 3 0 0 1 -3 3H{split}Z"


def _words(middle: float, said: str) -> str:
    font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
    return element(
        "text",
        raw_text(said),
        x=middle,
        y=15.2,
        fill="#ffffff",
        font_size=_SIZE,
        font_family=font,
        text_anchor="middle",
    )
