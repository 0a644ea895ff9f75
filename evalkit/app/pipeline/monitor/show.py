"""A comparison in words and lines, for people and for programs."""

from __future__ import annotations

from typing import Any

from evalkit.core.errors import EXIT_FAIL, EXIT_INCONCLUSIVE, EXIT_PASS
from evalkit.pipeline.monitor.drift import Drift, Row

__all__ = ["EXITS", "as_json", "lines", "summary"]

EXITS = {"drift": EXIT_FAIL, "shifted": EXIT_PASS, "no_drift": EXIT_PASS, "insufficient_data": EXIT_INCONCLUSIVE}
"""Exit code of each outcome: a small shift that is shown is information, too few data are no pass."""

_WORDS = {
    "drift": "drift: shown, and at least {least:g}",
    "shifted": "no drift that matters: a shift is shown, and none of {least:g}",
    "no_drift": "no drift: every distance is below {least:g}",
    "insufficient_data": "too few data to exclude drift of {least:g}",
}


def as_json(found: Drift) -> dict[str, Any]:
    """What `--json` prints."""
    return {"outcome": found.outcome, "columns": [column.model_dump(mode="json") for column in found.columns]}


def summary(found: Drift) -> str:
    """The first line."""
    told = _WORDS[found.outcome].format(least=found.min_effect)
    names = [row.found.name for row in found.rows if row.outcome == found.outcome]
    several = f" ({', '.join(names[:5])}{f' and {len(names) - 5} more' if len(names) > 5 else ''})"
    return told + (several if found.outcome != "no_drift" and names else "")


def lines(found: Drift) -> list[tuple[str, ...]]:
    """A table with its header: one row a column, the worst first."""
    order = {"drift": 0, "insufficient_data": 1, "shifted": 2, "no_drift": 3}
    rows = sorted(found.rows, key=lambda row: (order[row.outcome], -_size(row)))
    return [("column", "kind", "distance", "95 % interval", "p (Holm)", "outcome", ""), *(_line(row) for row in rows)]


def _size(row: Row) -> float:
    return 0.0 if row.found.effect is None else row.found.effect.point


def _line(row: Row) -> tuple[str, ...]:
    effect = row.found.effect
    return (
        row.found.name,
        row.found.kind,
        "-" if effect is None else f"{effect.point:.3f}",
        "-" if effect is None else f"[{effect.lo:.3f}, {effect.hi:.3f}]",
        "-" if row.p_holm is None else "< 0.0001" if row.p_holm < 1e-4 else f"{row.p_holm:.4f}",
        row.outcome,
        _remark(row),
    )


def _remark(row: Row) -> str:
    found = row.found
    if row.p_holm is None:
        return f"{found.n:,} and {found.m:,} values; 20 are needed"
    told = []
    if found.moved is not None and found.moved.relative is not None and row.outcome in ("drift", "shifted"):
        told.append(
            f"moved by {found.moved.relative:.2g} {found.moved.scale.upper() if found.moved.scale != 'sd' else 'SD'}"
        )
    if found.most and row.outcome in ("drift", "shifted"):
        told.append(f"most in {found.most}")
    told += [f"{word}: {_few(values)}" for word, values in (("new", found.new), ("gone", found.vanished)) if values]
    return "; ".join(told)


def _few(values: tuple[str, ...]) -> str:
    shown = ", ".join(f"{value:.30}" for value in values[:3])
    return f"{shown}, ..." if len(values) > 3 else shown
