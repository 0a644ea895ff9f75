"""Which case of a suite an imported answer belongs to: by id, else by input."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.adapters.logs.gather import Gathered
from evalkit.core.errors import InputError
from evalkit.engine.cases import read_cases
from evalkit.engine.suite import LoadedSuite


def matched(suite: LoadedSuite, found: Gathered) -> tuple[Gathered, list[str]]:
    """The log with the ids of the suite's cases, and what is to be said of it.

    Raises:
        InputError: neither an id nor an input is known to the suite.
    """
    cases, ours = read_cases(suite.base / suite.suite.cases), found.cases
    row = np.asarray(pc.fill_null(pc.index_in(ours.ids, value_set=cases.ids), -1))
    if (row >= 0).any():
        return found, _reworded(row, cases.input.text, ours.input.text, ours.ids)
    by_input = np.asarray(pc.fill_null(pc.index_in(ours.input.text, value_set=cases.input.text), -1))
    known = (by_input >= 0) & np.asarray(pc.is_valid(ours.input.text))
    targets = by_input[known]
    if not known.any() or len(np.unique(targets)) < len(targets):
        what = f"no sample of the log is a case of the suite (the log has {ours.ids[0].as_py()!r:.80}, "
        raise InputError(
            f"{what}the suite {cases.ids[0].as_py()!r:.80}), by id or by input",
            suite.file or suite.suite.name,
            "Give the samples the ids of the cases (--id names the key or column that holds them).",
        )
    names = pa.array(np.where(known, np.asarray(cases.ids.take(pa.array(np.maximum(by_input, 0)))), ""), pa.string())
    systems = {name: _renamed(table, ours.ids, names, known) for name, table in found.systems.items()}
    n = int(known.sum())
    return found._replace(systems=systems), [
        f"{n:,} of {len(known):,} samples are matched to the suite's cases by their inputs: none has an id of the suite"
    ]


def _renamed(table: pa.Table, old: pa.Array, new: pa.Array, known: np.ndarray) -> pa.Table:
    at = pc.index_in(table["case_id"], value_set=old)
    table = table.filter(pa.array(known).take(at))
    ids = new.take(pc.index_in(table["case_id"], value_set=old).combine_chunks())
    return table.set_column(table.schema.get_field_index("case_id"), table.schema.field("case_id"), ids)


def _reworded(row: np.ndarray, theirs: pa.Array, ours: pa.Array, ids: pa.Array) -> list[str]:
    """How many samples with a case's id have another input than the case."""
    inside = row >= 0
    asked = theirs.take(pa.array(np.maximum(row, 0)))
    same = np.asarray(pc.fill_null(pc.equal(asked, ours), False))
    other = np.flatnonzero(inside & ~same)
    if not len(other):
        return []
    first = ids[int(other[0])].as_py()
    return [
        f"{len(other):,} of {int(inside.sum()):,} samples that have a case's id have another input than the case "
        f"(first: {first!r:.80}); they are scored as answers to it"
    ]
