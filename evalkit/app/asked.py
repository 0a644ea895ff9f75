"""What a run asks: a suite, the cases that were selected, and all of them, which fix the classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.engine.cases import read_cases, select
from evalkit.engine.suite import LoadedSuite, check_against_cases


class Asked(NamedTuple):
    """A suite over cases.

    Attributes:
        suite: as read.
        cases: those that are asked.
        universe: all cases of the suite: what a metric reads off the whole gold does not depend on a selection.
    """

    suite: LoadedSuite
    cases: CaseTable
    universe: CaseTable


def asked_anew(suite: LoadedSuite, limit: int | None, filters: list[str]) -> Asked:
    """The suite's cases, selected.

    Raises:
        InputError: cases that cannot be used, a suite that does not fit them, or a selection without a case.
    """
    universe = read_cases(suite.base / suite.suite.cases)
    check_against_cases(suite, universe)
    return Asked(suite, select(universe, limit, filters), universe)


def asked_again(store: Store, record: Record, suite: LoadedSuite, given: bool) -> Asked:
    """What a stored run asked, under its own suite or the one that is `given`.

    With a suite given, its cases are taken (their gold may be corrected), of a run with a selection those that it had.

    Raises:
        InputError: the cases of the suite given cannot be used, or do not fit it.
    """
    stored = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    if not given:
        return Asked(suite, stored, _universe(suite, record) or stored)
    universe = read_cases(suite.base / suite.suite.cases)
    check_against_cases(suite, universe)
    if not record.selection:
        return Asked(suite, universe, universe)
    kept = np.flatnonzero(np.asarray(pc.is_in(universe.ids, value_set=stored.ids)))
    return Asked(suite, universe.take(kept), universe)


def _universe(suite: LoadedSuite, record: Record) -> CaseTable | None:
    """All cases that a run with a selection selected from, while its cases file still is what it was."""
    if not record.selection:
        return None
    try:
        universe = read_cases(suite.base / suite.suite.cases)
        again = select(universe, record.selection.get("limit"), list(record.selection.get("filters", [])))
    except InputError:
        return None  # moved or changed since: the stored cases are all there is
    return universe if again.digest() == record.digests.cases else None
