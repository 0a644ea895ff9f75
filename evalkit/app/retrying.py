"""What an earlier run recorded, to start from: its good answers (`--retry-failed`), its verdicts (`rescore`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from evalkit.app.stored_run import same_questions
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record, Suite
from evalkit.core.protocols import Answer, LivePredictor, Store
from evalkit.core.tables import CaseTable
from evalkit.engine.calls import Recorded
from evalkit.engine.judging.rows import known_answers
from evalkit.engine.state import Variant

_FIELDS = ("seconds", "cost", "tokens_in", "tokens_out", "confidence", "model")


def good_answers(
    suite: Suite, cases: CaseTable, variants: list[Variant], store: Store, judged: bool = False
) -> dict[str, dict[tuple[str, int], Answer]]:
    """Answers without failure and in time, by variant, of the newest run of this suite by the same systems.

    Where `judged`, there are judges to be asked again, and recorded systems need no earlier run.

    Raises:
        InputError: no earlier run of this suite asked any of these systems, and no judge is there to be asked again.
    """
    found = {}
    for variant in variants:
        if isinstance(variant.predictor, LivePredictor):
            answers = _newest(suite.name, cases, variant, store)
            if answers is not None:
                found[variant.name] = {k: a for k, a in answers.items() if (a.seconds or 0.0) <= suite.timeout}
    if not found and not (judged and not any(isinstance(v.predictor, LivePredictor) for v in variants)):
        raise InputError(
            f"no earlier run of suite {suite.name!r} asked these systems, so there is nothing to retry",
            remedy="Run once without --retry-failed; a system whose code, prompt or options changed is another system.",
        )
    return found


def recorded_verdicts(store: Store, record: Record, roles: Mapping[str, str] | None = None) -> Recorded:
    """What the judges of a run said, by metric, variant and judge: to score it again without asking them.

    Another judge's verdicts are not this one's: after a change of the judge they are not found.

    Args:
        store, record: the run.
        roles: variant -> the name that it has in the run that is to be made; None: all keep theirs.
    """
    if not has_verdicts(record):
        return {}

    def place(variant: str, repeat: int) -> tuple[str, int] | None:
        name = variant if roles is None else roles.get(variant)
        return None if name is None else (name, repeat)

    return known_answers(store.read_table(record.run_id, "verdicts"), place)


def has_verdicts(record: Record) -> bool:
    """Whether a run asked judges, and so has a table of what they said."""
    return any(estimate.judge is not None for estimate in record.estimates)


def _newest(suite: str, cases: CaseTable, variant: Variant, store: Store) -> dict[tuple[str, int], Answer] | None:
    wanted = digest_of([variant.predictor.spec, variant.predictor.identity])
    for summary in store.runs(suite=suite):
        record = store.read_record(summary.run_id)
        name = next((v.name for v in record.variants if v.digest == wanted), None)
        if name is not None:
            return _answers(store, record.run_id, name, cases)
    return None


def _answers(store: Store, run_id: str, name: str, cases: CaseTable) -> dict[tuple[str, int], Answer]:
    stored = CaseTable.from_arrow(store.read_table(run_id, "cases"))
    same, _ = same_questions(cases, stored)
    table = store.read_table(run_id, "predictions")
    keep = pc.and_(pc.equal(table["variant"], name), pc.is_null(table["failure_kind"]))
    table = table.filter(pc.and_(keep, pc.is_in(table["case_id"], value_set=cases.ids.filter(same))))
    return {(row["case_id"], row["repeat"]): _answer(row) for row in table.to_pylist()}


def _answer(row: Mapping[str, Any]) -> Answer:
    trace = None if row["trace"] is None else json.loads(row["trace"])
    return Answer(output=json.loads(row["output"]), trace=trace, **{name: row[name] for name in _FIELDS})
