"""Training rows of feedback: the fields of an input and the answer, as the columns of a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from evalkit.core.datasets import Datasets
from evalkit.core.errors import InputError
from evalkit.core.ingesting import Fault
from evalkit.core.texts import json_value
from evalkit.core.versions import Dataset
from evalkit.pipeline.feedback.keys import Key, key_of
from evalkit.pipeline.feedback.select import Candidate
from evalkit.pipeline.ingest.infer import inferred
from evalkit.pipeline.ingest.types import arrow_type, typed

__all__ = ["Fitted", "fitted", "keys_of_rows", "stage_of"]


class Fitted(NamedTuple):
    """Candidates as rows, and those that do not fit the columns."""

    table: pa.Table
    taken: list[Candidate]
    misfits: list[tuple[Candidate, str]]


def stage_of(versions: Sequence[Dataset]) -> str | None:
    """The stage, as PIPELINE.STAGE, that makes a dataset: its next run puts a version of its own behind all others."""
    made = (one.made_by for one in reversed(versions) if "." in one.made_by and one.note.startswith("output "))
    return next(made, None)


def fitted(given: Sequence[Candidate], base: Dataset | None, target: str) -> Fitted:
    """Rows of the columns of a dataset, or of those that the inputs have.

    Args:
        given: candidates whose inputs are objects without the target; others are misfits.
        base: the dataset that they go behind; a column that an input lacks is null.
        target: column of the answer.

    Raises:
        InputError: the dataset has no such column, or one of a type that JSON has no values for.
    """
    misfits: list[tuple[Candidate, str]] = []
    rows: list[tuple[Candidate, dict[str, Any]]] = []
    for one in given:
        if not isinstance(one.input, dict):
            misfits.append((one, "the input is no object"))
        elif target in one.input:
            misfits.append((one, f"the input itself has {target!r:.60}, the column of the answer"))
        else:
            rows.append((one, {**one.input, target: one.expected}))
    columns = _columns([row for _, row in rows], base, target)
    fine = []
    for one, row in rows:
        if extra := sorted(row.keys() - columns.keys()):
            misfits.append((one, f"there is no column {extra[0]!r:.60}"))
        elif not row.keys() - {target}:
            misfits.append((one, "the input is empty"))
        else:
            fine.append((one, row))
    found, wrong = {}, dict[int, Fault]()
    for name, kind in columns.items():
        found[name], faults = typed([row.get(name) for _, row in fine], name, kind, texts=False)
        wrong = {**faults, **wrong}
    table = pa.table(found, pa.schema([(name, arrow_type(kind)) for name, kind in columns.items()]))
    misfits += [(fine[i][0], f"{fault.field}: {fault.reason}") for i, fault in sorted(wrong.items())]
    kept = [i for i in range(len(fine)) if i not in wrong]
    return Fitted(table.take(pa.array(kept, pa.int64())), [fine[i][0] for i in kept], misfits)


def keys_of_rows(dataset: Dataset, datasets: Datasets, fields: Iterable[frozenset[str]]) -> Iterator[tuple[str, Key]]:
    """(name, key) of each row, seen as an input with these fields; once a set of fields that the dataset has.

    Args:
        dataset: training rows.
        datasets: keeps them.
        fields: of the inputs that rows are to be held against.
    """
    at = 0
    wanted = [names for names in fields if names and names <= dataset.columns.keys()]
    for table in datasets.parts(dataset):
        for names in wanted:
            order = sorted(names)
            columns = [[json_value(value, lambda _: None) for value in table[name].to_pylist()] for name in order]
            for i, values in enumerate(zip(*columns, strict=True)):
                yield f"row {at + i + 1} of {dataset.name}", key_of(dict(zip(order, values, strict=True)))
        at += table.num_rows


def _columns(rows: list[dict[str, Any]], base: Dataset | None, target: str) -> dict[str, str]:
    if base is None:
        found = inferred(rows, texts=False).columns
        return {**{name: kind for name, kind in found.items() if name != target}, target: found.get(target, "json")}
    if target not in base.columns:
        known = ", ".join(base.columns)
        raise InputError(f"the dataset {base.name} has no column {target!r}", "--target", f"There are: {known}")
    for name, kind in base.columns.items():
        try:
            arrow_type(kind)
        except KeyError:
            raise InputError(
                f"the column {name} of {base.name} is {kind}: no JSON value is of that type",
                remedy="Promote into a dataset of its own, and join the two",
            ) from None
    return dict(base.columns)
