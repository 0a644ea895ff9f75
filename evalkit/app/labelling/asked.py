"""What `evalkit labels sample` and `queue` were asked for: rows in a file, and what to say of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.label_files import read_labels
from evalkit.app.labelling.answers import Answers, answers_of, labels_of, layers_of
from evalkit.app.labelling.queue import queue
from evalkit.app.labelling.sample import Allocate, sample
from evalkit.app.labelling.write import check_new, write_labels
from evalkit.core.errors import InputError
from evalkit.core.protocols import Store

Plain = dict[str, Any]


def drawn(
    store: Store,
    ref: str,
    size: tuple[int, int],
    how: tuple[str | None, str | None, Allocate, Path | None],
    output: Path,
) -> tuple[Plain, list[str]]:
    """Draw a sample and write it.

    Args:
        store: where the run is.
        ref: the run.
        size: answers to draw, and the seed.
        how: metric, what to stratify by, how to allocate, and the pilot's labels.
        output: the file.

    Raises:
        InputError: the file exists, or something was asked for that the run does not have.
    """
    metric, by, allocate, pilot = how
    check_new(output)
    answers = answers_of(store, ref, metric)
    strata = None if by is None else _strata(store, answers, by, metric)
    if strata is None and (allocate != "proportional" or pilot is not None):
        raise InputError("nothing is allocated without strata", "--allocate", "Name them: --stratify TAG")
    labels = None if pilot is None else read_labels(pilot)
    found = sample(answers, size[0], strata, allocate, labels, size[1])
    write_labels(found.rows, output)
    many = [f"  {s.name}: {s.drawn:,} of {s.size:,}" for s in found.strata] if by is not None else []
    said = [f"{len(found.rows):,} of {len(answers):,} answers of {answers.variant} are in {output}", *many, _FILL]
    plain = {
        "file": str(output),
        "run": answers.record.run_id,
        "system": answers.variant,
        "n": len(found.rows),
        "n_answers": len(answers),
        "strata": [stratum._asdict() for stratum in found.strata],
    }
    return plain, said


_FILL = "Fill in `human`; then `evalkit labels status FILE`, and `evalkit calibrate RUBRIC --labels FILE`."


def queued(store: Store, ref: str, metric: str, output: Path) -> tuple[Plain, list[str]]:
    """Write what a judged metric left to people.

    Raises:
        InputError: the file exists, or the run has no such metric.
    """
    check_new(output)
    found = queue(store, ref, metric)
    if not found.rows:
        return {"file": None, "n": 0, "reasons": {}}, ["Nothing waits: every answer has a label."]
    write_labels(found.rows, output)
    why = [f"  {reason}: {count:,}" for reason, count in found.reasons.items()]
    said = [f"{len(found.rows):,} answers wait for a label in {output}", *why]
    return {"file": str(output), "n": len(found.rows), "reasons": found.reasons}, said


def _strata(store: Store, answers: Answers, by: str, metric: str | None) -> list[str]:
    if by in ("layer", "verdict"):
        if metric is None:
            raise InputError(f"--stratify {by} needs a metric", "--stratify", "Name it: --metric ID")
        return (layers_of if by == "layer" else labels_of)(store, answers, metric)
    tags = answers.cases.tags
    if by not in tags:
        known = ", ".join([*sorted(tags), "layer", "verdict"])
        raise InputError(f"the cases have no tag {by!r:.60}", "--stratify", f"There are: {known}")
    values: list[str] = pc.fill_null(tags[by].cast(pa.string()), "(none)").to_pylist()
    return values
