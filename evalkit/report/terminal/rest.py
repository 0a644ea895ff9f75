"""The plain lines: what broke, what was not scored, what it took; and how lines are cut and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from evalkit.core.checks import Broke
from evalkit.report.findings import Findings
from evalkit.report.screen import text
from evalkit.report.text import count, plural

__all__ = ["Part", "broken", "cut", "fit", "folded", "left_out", "missing"]

_REASONS, _SYSTEMS, _METRICS = 3, 2, 2


class Part(NamedTuple):
    """Lines of the screen, and in words what there was no room for."""

    lines: list[Text]
    left: Sequence[str] = ()


def cut(line: Text, width: int) -> Text:
    """The line in at most `width` columns; an ellipsis says that there was more."""
    line.truncate(width, overflow="ellipsis")
    return line


def folded(line: Text, width: int, most: int) -> list[Text]:
    """The sentence over at most `most` lines, broken between words where it can be."""
    from rich.console import Console

    lines = list(line.wrap(Console(width=width), width))
    for one in lines:
        one.rstrip()
    if len(lines) <= most:
        return lines
    kept = lines[:most]
    end = kept[-1]
    end.truncate(width - 2)
    end.rstrip()
    end.append(" …")
    return kept


def fit(words: str, width: int) -> str:
    """Text in exactly `width` columns: padded, or clipped with an ellipsis."""
    return (
        words + " " * (width - cell_len(words)) if cell_len(words) <= width else set_cell_size(words, width - 1) + "…"
    )


def broken(broke: Sequence[Broke], width: int) -> Part:
    """One line a metric in which something broke: how many, and the first cases."""
    told = [b for b in broke if b.n_broke]
    lines = [cut(text(_broke(b)), width) for b in told[:_METRICS]]
    if not told and broke:
        lines = [cut(text(f"Broke: none under {broke[0].metric} ({count(broke[0].n_fixed)} fixed)"), width)]
    return Part(lines, _more(len(told) - _METRICS, "metric in which cases broke", "metrics in which cases broke"))


def _broke(b: Broke) -> str:
    several = f" ({b.candidate})" if b.candidate != "candidate" else ""
    ids = ", ".join(b.broke) + (", …" if b.n_broke > len(b.broke) else "")
    return f"Broke: {count(b.n_broke)} under {b.metric}{several}, {count(b.n_fixed)} fixed: {ids}"


def missing(findings: Findings, width: int) -> Part:
    """Which systems failed how, and what no metric could score, with the reasons."""
    hit = [v for v in findings.systems if v.n_failed or v.n_missing]
    lines = []
    for variant in hit[:_SYSTEMS]:
        said = f"{variant.name}: {count(variant.n_failed)} failed (wrong)"
        said += f", {count(variant.n_missing)} missing (unscored)"
        lines.append(cut(text(said + _why(variant.failures)), width))
    worst = max(findings.record.estimates, key=lambda e: e.n_unscored if e.slice is None else 0, default=None)
    if worst is not None and worst.n_unscored:
        said = f"unscored: {count(worst.n_unscored)} of {count(worst.n + worst.n_unscored)}"
        lines.append(cut(text(f"{said} under {worst.metric} ({worst.variant}){_why(worst.unscored)}"), width))
    return Part(lines, _more(len(hit) - _SYSTEMS, "system with failures", "systems with failures"))


def _why(reasons: dict[str, int]) -> str:
    first = sorted(reasons.items(), key=lambda item: -item[1])
    said = ", ".join(f"{reason} {count(n)}" for reason, n in first[:_REASONS])
    left = len(first) - _REASONS
    return (f": {said}" if said else "") + (f" and {plural(left, 'more reason')}" if left > 0 else "")


def _more(left: int, one: str, many: str) -> list[str]:
    return [plural(left, one, many)] if left > 0 else []


def left_out(left: Sequence[str], width: int) -> list[Text]:
    """What there was no room for, counted."""
    return folded(text(f"More in the report: {'; '.join(left)}", "dim"), width, 2) if left else []
