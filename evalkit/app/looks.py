"""Earlier looks at the same candidate, found in the workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from evalkit.core.errors import EvalkitError, StoreError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.engine.looks import same_question, same_where_answered, with_first_look
from evalkit.engine.state import Variant

Confirm = Callable[[Record, pa.Table], Record]
"""A record and its predictions -> the record beside the looks that came before it."""


def confirming(store: Store, variants: Sequence[Variant], looks: int) -> Confirm | None:
    """What holds a run against the workspace's earlier looks; None where nothing pins a candidate.

    A changed candidate is another one (its digest differs). The very same answers, scored again, are no new look; nor
    is a run that only fills in what an earlier one could not ask; nor does a run count that broke, or measured nothing.
    """
    candidates = [v for v in variants if v.role == "candidate"]
    if any(v.from_run for v in candidates):
        return lambda record, predictions: _inherited(store, record, looks)
    if any(v.predictor.identity is None for v in candidates):
        return None
    return lambda record, predictions: with_first_look(record, _earlier(store, record, predictions), looks)


def _earlier(store: Store, record: Record, predictions: pa.Table) -> list[Record]:
    """Looks at the same candidates with other answers, oldest first, up to the one that this run repeats."""
    try:
        runs = store.runs()
    except StoreError:  # a workspace that cannot be listed cannot be written: that error says so, with what was found
        return []
    found: list[Record] = []
    for summary in reversed(runs):
        if summary.n_cases != record.n_cases or len(summary.variants) != len(record.variants):
            continue
        try:
            other = store.read_record(summary.run_id)
            if not (_counts(other) and same_question(record, other)):
                continue
            if not _asked_anew(store, other, record, predictions):
                break  # this run is that look, completed or scored again
            found.append(other)
        except EvalkitError:  # a run that cannot be read is warned about where runs are listed
            continue
    return found


def _counts(record: Record) -> bool:
    """Whether a run was a look: it came to a verdict over scored cases of answers of its own."""
    own = not any(v.from_run for v in record.variants if v.role == "candidate")
    return own and record.outcome not in ("ungated", "error") and any(d.estimate.n for d in record.decisions)


def _asked_anew(store: Store, other: Record, record: Record, predictions: pa.Table) -> bool:
    """Whether the candidates gave other answers than in the other run."""
    theirs = {v.digest: v for v in other.variants if v.role == "candidate"}
    ours = [v for v in record.variants if v.role == "candidate"]
    if all(theirs[v.digest].answers == v.answers for v in ours):
        return False
    names = {theirs[v.digest].name: v.name for v in ours}
    return not same_where_answered(store.read_table(other.run_id, "predictions"), predictions, names)


def _inherited(store: Store, record: Record, looks: int) -> Record:
    """Stored answers that were themselves a rerun stay one under the same question."""
    for variant in record.variants:
        if variant.role != "candidate" or variant.from_run is None:
            continue
        source = store.read_record(variant.from_run)
        if source.first_look is not None and source.digests == record.digests:
            first = store.read_record(source.first_look.run_id)
            return with_first_look(record, [first], looks)
    return record
