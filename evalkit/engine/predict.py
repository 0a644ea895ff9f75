"""Plan -> Predictions: one row a call, in plan order, whatever happened to the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.digest import digest_of
from evalkit.core.errors import RunBroke
from evalkit.core.protocols import (
    Answer,
    Journal,
    LivePredictor,
    Progress,
    Request,
    Store,
    StoredPredictor,
)
from evalkit.core.tables import json_texts, prediction_table
from evalkit.engine.align import align
from evalkit.engine.calls import Calls, ReplayOnly, open_cache, open_journal
from evalkit.engine.keys import CacheKeys
from evalkit.engine.runner import run_blocking, run_calls
from evalkit.engine.state import Plan, Predictions, Variant


def predict(plan: Plan, variant: Variant, calls: Calls, store: Store, progress: Progress | None) -> Predictions:
    """The answers of one system: stored ones put in order, live ones asked for.

    Raises:
        InputError: stored predictions that do not belong to the suite.
        RunBroke: a live system that cannot be asked any further (what was answered is in the journal).
    """
    predictor = variant.predictor
    if isinstance(predictor, StoredPredictor):
        return align(plan, predictor, variant.name, variant.covered)
    journal = open_journal(store, journal_key(plan, variant.name, predictor), calls)
    try:
        found = run_blocking(lambda: ask(plan, variant.name, predictor, calls, Recorded(journal, store), progress))
    except BaseException:
        journal.close(done=False)
        raise
    return found._replace(journal=journal)


def journal_key(plan: Plan, variant: str, predictor: LivePredictor) -> str:
    """What a killed run is found again by: the same plan asked of the same system in the same place of the run."""
    return digest_of([plan.digest, variant, predictor.spec, predictor.identity])


class Recorded(NamedTuple):
    """Where answers are recorded: the run's own journal, and the store whose cache all runs share."""

    journal: Journal
    store: Store


async def ask(
    plan: Plan, name: str, predictor: LivePredictor, calls: Calls, recorded: Recorded, progress: Progress | None
) -> Predictions:
    """Ask a live system every question of the plan.

    Raises:
        RunBroke: the system cannot be asked any further.
    """
    identity = predictor.identity
    result = await run_calls(
        list(plan.requests()),
        ReplayOnly(predictor) if calls.replay else predictor,
        replace(calls.policy, timeout=plan.timeout, max_output_bytes=plan.max_output_bytes),
        journal=recorded.journal,
        cache=None if identity is None else open_cache(recorded.store, calls),
        cache_key=None if identity is None else cache_key(identity, plan.repeats),
        progress=progress,
        known=calls.known.get(name),
        budget=calls.budget,
    )
    if result.stopped:
        raise RunBroke(result.stopped, remedy="What was answered is kept.")
    table = _from_answers(plan, result.answers)
    return Predictions(table, np.ones(len(plan.cases), bool), n_reused=result.n_reused)


def cache_key(identity: Mapping[str, Any], repeats: int) -> Callable[[Request], str]:
    """What an answer is found again by in other runs.

    The seed belongs to it where a case is asked several times, and where the identity says (`seeded`) that the system
    is given it.
    """
    seeded = repeats > 1 or bool(identity.get("seeded"))
    return CacheKeys(identity, lambda request: (request.input, request.repeat, request.seed if seeded else 0))


def _from_answers(plan: Plan, answers: Mapping[tuple[str, int], Answer]) -> pa.Table:
    ids = plan.cases.ids.to_pylist()
    rows = [answers[ids[case], int(repeat)] for case, repeat in zip(plan.case_row, plan.repeat, strict=True)]
    failures = [row.failure for row in rows]
    return prediction_table(
        {
            "case_id": plan.cases.ids.take(pa.array(plan.case_row)),
            "repeat": pa.array(plan.repeat),
            "output": json_texts([None if row.failure else row.output for row in rows], None),
            "failure_kind": [f and f.kind for f in failures],
            "failure_reason": [f and f.reason for f in failures],
            "failure_message": [f and f.message for f in failures],
            **{name: [getattr(row, name) for row in rows] for name in _PLAIN},
            "trace": json_texts([row.trace for row in rows], None),
        }
    )


_PLAIN = ("seconds", "cost", "tokens_in", "tokens_out", "confidence", "model")
