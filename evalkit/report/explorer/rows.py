"""Tables of a run cut down to the cases of a page, one row a case."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.dossier import Dossier
from evalkit.report.findings import Findings

__all__ = ["REPEATS", "Kept"]

REPEATS = 3
"""Repeats of one case that the page shows."""


Split = dict[tuple[str | int, ...], pa.Table]
"""Values of columns -> the rows that have them."""


class Kept:
    """The chosen cases and what belongs to them.

    Attributes:
        dossier, findings: as given.
        rows: (k,) row numbers of the cases, in the order of the page.
        cases: the k cases.
        ids: their ids.
        repeats: how many of each case's repeats are shown.
    """

    def __init__(self, dossier: Dossier, findings: Findings, rows: np.ndarray) -> None:
        self.dossier, self.findings, self.rows = dossier, findings, rows
        self.cases = dossier.cases.take(rows)
        self.ids: pa.Array = self.cases.ids.cast(pa.string())
        self.repeats = min(dossier.record.suite.repeats, REPEATS)

    @property
    def systems(self) -> list[str]:
        """Names in the order in which everything is shown."""
        return [v.name for v in self.findings.systems]

    @cached_property
    def metrics(self) -> list[str]:
        """Metrics, and the views that have scores of their own in the tables."""
        kept = {str(name) for name in pc.unique(self.dossier.scores["metric"]).to_pylist()}
        return [m.id for m in self.dossier.record.metrics if m.of is None or m.id in kept]

    @cached_property
    def _predictions(self) -> Split:
        return self._split(self.dossier.predictions, ("variant",))

    @cached_property
    def _scores(self) -> Split:
        return self._split(self.dossier.scores, ("metric", "variant"))

    def answers(self, system: str, repeat: int) -> pa.Table:
        """(k,) predictions of a system, nulls where there is none."""
        found = self._predictions.get((system, repeat))
        return self._align(self.dossier.predictions.slice(0, 0) if found is None else found)

    def scores(self, metric: str, system: str, repeat: int) -> pa.Table | None:
        """(k,) scores of a metric and system, nulls where there is none; None where there are none at all."""
        found = self._scores.get((metric, system, repeat))
        return None if found is None else self._align(found)

    def of_these(self, table: pa.Table) -> pa.Table:
        """The rows of these cases; the table itself where the page has all cases."""
        if len(self.rows) == len(self.dossier.cases):
            return table
        return table.filter(pc.is_in(table["case_id"].cast(pa.string()), value_set=self.ids))

    def _split(self, table: pa.Table, names: tuple[str, ...]) -> Split:
        """Rows by these columns and the repeat, those beyond the shown repeats left out."""
        table = self.of_these(table)
        found: Split = {(): table}
        for name in names:
            found = {
                (*key, str(value)): part.filter(pc.equal(part[name], value))
                for key, part in found.items()
                for value in pc.unique(part[name].cast(pa.string())).to_pylist()
            }
        return {
            (*key, repeat): part.filter(pc.equal(part["repeat"], repeat))
            for key, part in found.items()
            for repeat in range(self.repeats)
        }

    def _align(self, table: pa.Table) -> pa.Table:
        """One row a case, in the order of the page; the first wins where there are several."""
        have = table["case_id"].cast(pa.string())
        have = have.combine_chunks() if isinstance(have, pa.ChunkedArray) else have
        return table.take(pc.index_in(self.ids, value_set=have))
