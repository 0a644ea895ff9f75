"""Predictions and what people said of them as a file of labels, for judges, calibration and more labelling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.app.labelling.write import check_new, write_labels
from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import InputError
from evalkit.pipeline.feedback.join import Joined, joined
from evalkit.pipeline.feedback.keys import parsed

__all__ = ["export"]


def export(bench: Bench, path: Path, *, waiting: int = 0) -> tuple[int, int]:
    """Write a file of labels: labelled predictions, and as many others as are asked for, newest first.

    Returns:
        Rows with labels, and rows that wait for them.

    Raises:
        InputError: the file exists, or there is no row. StoreError: it cannot be written.
    """
    check_new(path)
    rows = [row for row in joined(bench.traffic.requests(), bench.traffic.outcomes()) if row.output is not None]
    labelled = [row for row in rows if row.labels()]
    others = [row for row in reversed(rows) if not row.labels()][:waiting]
    if not labelled and not others:
        raise InputError("no prediction has a label", remedy="Ask for some that wait with --waiting 100")
    write_labels([_row(row) for row in (*labelled, *others)], path)
    return len(labelled), len(others)


def _row(row: Joined) -> dict[str, Any]:
    labels = row.labels()
    right = row.last("correction", "outcome")
    human: Any = labels if set(labels) - {""} else labels.get("")
    found = {"item": row.id, "input": parsed(row.input), "output": parsed(str(row.output)), "human": human}
    if right is not None:
        found["expected"] = parsed(right.value)
    return {**found, "system": row.variant, **({"group": row.unit} if row.unit else {})}
