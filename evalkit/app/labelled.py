"""The `labels:` files of a suite's judged metrics, as values that correct their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.nouns import MetricSpec
from evalkit.core.protocols import Metric
from evalkit.core.tables import MISSING
from evalkit.engine.correcting.human import HumanLabels, HumanRow, label_values

if TYPE_CHECKING:
    from evalkit.app.label_files import Label


def labels_of(metrics: Mapping[str, tuple[MetricSpec, Metric]], base: Path) -> dict[str, HumanLabels]:
    """Human labels by the id of the metric that names a file of them.

    Args:
        metrics: of the suite, which know their rubrics.
        base: folder that paths are relative to.

    Raises:
        InputError: no such file, or a row or label that the metric cannot use; names the line.
    """
    found = {}
    for name, (spec, metric) in metrics.items():
        given = spec.params.get("labels")
        if given is None or "verdict" not in metric.needs:
            continue
        if not isinstance(given, str) or not given:
            raise InputError(
                f"labels is {given!r:.80}, and not a file", f"metric {name}", "Write `labels: people.jsonl`"
            )
        found[name] = _of_file(metric, base / given, given)
    return found


def _of_file(metric: Metric, path: Path, given: str) -> HumanLabels:
    from evalkit.app.label_files import read_labels

    labelled = read_labels(path)
    worth = label_values(metric, sorted({row.human for row in labelled if row.human is not None}))
    rows = [_row(row, worth) for row in labelled if row.human is not None]
    return HumanLabels(given, labelled.digest, tuple(rows))


def _row(row: Label, worth: Mapping[str, float | None]) -> HumanRow:
    value = worth[str(row.human)]
    if value is None:
        remedy = "Use the labels of its rubric; of several criteria, label the whole: `criterion` names one of them"
        raise InputError(f"the label {row.human!r:.60} says nothing to the metric that reads it", row.where, remedy)
    outputs = (row.output_1, row.output_2) if row.pair else (row.output,)
    shown = tuple(canonical_json(output) for output in outputs if output is not MISSING)
    return HumanRow(row.item, row.system, shown, value, row.weight)
