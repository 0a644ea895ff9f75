"""A judge beside judges that know nothing: one that is right no more often than the longer answer earns no vote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evalkit.app.label_files import Label
from evalkit.core.tables import MISSING
from evalkit.engine.against_baseline import against_baselines
from evalkit.judges.baselines import baseline_labels

if TYPE_CHECKING:
    from evalkit.judges.rubric import Rubric

__all__ = ["beside_baselines", "not_earned", "said_of_baselines"]

SHOWN = ("length", "overlap")
_READ = ("input", "expected", "output", "output_1", "output_2")


def beside_baselines(rows: Sequence[Label], rubric: Rubric, labels: Sequence[str | None]) -> dict[str, Any]:
    """The key `baselines`: baseline -> accuracies on the same items, and McNemar's test; see `against_baselines`."""
    given = [{name: v for name in _READ if (v := getattr(row, name)) is not MISSING} for row in rows]
    said = {kind: baseline_labels(kind, given, rubric.values) for kind in SHOWN}
    return against_baselines([row.human for row in rows], labels, said)


def not_earned(baselines: dict[str, Any]) -> list[str]:
    """Why no certificate may be given: the judge is not shown to be right more often than length is."""
    one = baselines["length"]
    return [] if one["beats"] or not one["n"] else [one["says"]]


def said_of_baselines(baselines: dict[str, Any] | None) -> list[str]:
    """A line a baseline."""
    return [f"beside the {name} baseline: {one['says']}" for name, one in (baselines or {}).items() if one["n"]]
