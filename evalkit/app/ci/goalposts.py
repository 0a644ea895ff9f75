"""What a branch asks otherwise than the run that it is compared with: gates, cases and gold that are not the same."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.compute as pc

from evalkit.app.compared.ground import other_gold
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable
from evalkit.engine.suite import LoadedSuite
from evalkit.report.text import plural

MOST_NAMED = 5


def moved_goalposts(store: Store, record: Record, loaded: LoadedSuite, *, whole: bool) -> list[str]:
    """A sentence for each thing that makes a pass easier without the system being better; none blocks.

    Args:
        store: where both runs are.
        record: of the branch.
        loaded: its suite.
        whole: all cases were asked; else those that are not there were left out on purpose.
    """
    base = next((v.from_run for v in record.variants if v.role == "baseline" and v.from_run), None)
    if base is None:
        return []
    return [*_gates(store.read_record(base), loaded), *(_cases(store, record.run_id, base) if whole else ())]


def _gates(base: Record, loaded: LoadedSuite) -> Iterator[str]:
    gone = list(dict.fromkeys(d.gate.label for d in base.decisions if d.gate not in loaded.suite.gates))
    if gone:
        are = "is" if len(gone) == 1 else "are"
        named = ", ".join(gone[:MOST_NAMED]) + (", ..." if gone[MOST_NAMED:] else "")
        head = f"{plural(len(gone), 'gate')} of the baseline's run {base.run_id}"
        yield f"{head} {are} not in the suite any more, or changed: {named}"


def _cases(store: Store, run_id: str, base: str) -> Iterator[str]:
    mine = CaseTable.from_arrow(store.read_table(run_id, "cases"))
    theirs = CaseTable.from_arrow(store.read_table(base, "cases"))
    gone = theirs.ids.filter(pc.invert(pc.is_in(theirs.ids, value_set=mine.ids))).to_pylist()
    if gone:
        are = "is" if len(gone) == 1 else "are"
        named = ", ".join(gone[:MOST_NAMED]) + (", ..." if gone[MOST_NAMED:] else "")
        yield f"{plural(len(gone), 'case')} of the baseline's run {base} {are} not in the suite any more: {named}"
    changed = int(other_gold(mine, theirs).sum())
    if changed:
        have = "has" if changed == 1 else "have"
        told = f"{plural(changed, 'case')} {have} another gold than in the baseline's run {base}"
        yield f"{told}; the new gold scores both"
