"""What flipped against the baseline as short forms tell it: how many, and the first case ids."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from evalkit.app.dossier import case_values, flips
from evalkit.core.checks import Broke
from evalkit.core.dossier import Flips
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable

__all__ = ["IDS", "broke_of", "told"]

IDS = 5  # of what broke, and of what was fixed


def told(found: Iterable[Flips], ids: pa.Array | pa.ChunkedArray) -> tuple[Broke, ...]:
    """The flips with the first ids of each kind; `ids` are those of the cases."""

    def first(rows: Iterable[int]) -> tuple[str, ...]:
        return tuple(ids[int(row)].as_py() for row in rows)

    return tuple(
        Broke(f.metric, f.candidate, len(f.broke), len(f.fixed), first(f.broke[:IDS]), first(f.fixed[:IDS]))
        for f in found
    )


def broke_of(record: Record, store: Store) -> tuple[Broke, ...]:
    """What broke in a stored run; nothing where it has no baseline."""
    if not any(v.role == "baseline" for v in record.variants):
        return ()
    cases = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    scores = store.read_table(record.run_id, "scores")
    return told(flips(record, cases, scores, case_values(record, cases, scores)), cases.ids)
