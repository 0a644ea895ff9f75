"""What a run found -> Record and its tables: the only thing that later steps read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.bulk import bulk
from evalkit.core.digest import digest_of
from evalkit.core.nouns import MetricInfo, VariantInfo
from evalkit.core.tables import PREDICTIONS, SCORES, column_digest, json_texts
from evalkit.engine.state import BoundMetric, Plan, Predictions, ScoreBlock, Variant

ROWS = 1 << 16  # rows of a score table built at a time


def variant_info(variant: Variant, predictions: Predictions) -> VariantInfo:
    """One system's line in the record."""
    table = predictions.table
    kinds = Counter(table["failure_kind"].drop_null().to_pylist())
    spent, took = pc.sum(table["cost"]).as_py(), pc.sum(table["seconds"]).as_py()
    return VariantInfo(
        name=variant.name,
        role=variant.role,
        spec=dict(variant.predictor.spec),
        digest=digest_of([variant.predictor.spec, variant.predictor.identity]),
        answers=column_digest([(name, table[name]) for name in ("case_id", "repeat", "output", "failure_reason")]),
        from_run=variant.from_run,
        n_predictions=len(table) - kinds["harness"],
        n_failed=kinds["system"],
        n_missing=kinds["harness"],
        n_extra=predictions.n_extra,
        failures=_counted(table["failure_reason"]),
        models=_counted(table["model"]),
        seconds=took,
        cost=spent,
        n_reused=predictions.n_reused,
    )


def _counted(column: pa.ChunkedArray) -> dict[str, int]:
    found = Counter(column.drop_null().to_pylist()).most_common(20)
    return dict(found)


def metric_info(b: BoundMetric) -> MetricInfo:
    """One metric's line in the record."""
    metric, spec = b.metric, b.spec
    return MetricInfo(
        id=spec.id,
        layer=spec.layer,
        name=spec.name,
        version=metric.version,
        better=metric.better,
        kind=metric.kind,
        spec={} if b.of else {**spec.params, **({"when": spec.when} if spec.when else {})},
        parts=list(metric.parts),
        unit=metric.unit,
        of=b.of,
        view=b.view,
    )


def prediction_rows(predictions: Mapping[str, Predictions]) -> pa.Table:
    """All variants' predictions in one table: `variant`, then PREDICTIONS."""
    tables = []
    for name, found in predictions.items():
        names = pa.array([name]).dictionary_encode()
        column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(found.table), np.int32)), names.dictionary)
        tables.append(found.table.select(PREDICTIONS.names).add_column(0, "variant", column))
    return pa.concat_tables(tables).unify_dictionaries()


def score_rows(
    plan: Plan,
    bound: Mapping[str, BoundMetric],
    scores: Mapping[tuple[str, str], ScoreBlock],
    gated: Collection[str] = (),
) -> Iterator[pa.RecordBatch]:
    """Every score as rows of SCORES, a bounded number at a time; rows where `when` does not hold are left out.

    Of views only those that a gate names are kept, and only where they have parts of their own: `rescore` finds the
    others again out of the answers.
    """
    for (metric, variant), block in scores.items():
        if bound[metric].of is not None and (block.borrowed or metric not in gated):
            continue
        applies = bound[metric].applies if block.about is None else bound[metric].applies & block.about
        rows = np.arange(len(plan)) if applies.all() else np.flatnonzero(applies[plan.case_row])
        for start in range(0, len(rows), ROWS):
            yield _score_batch(plan, bound[metric], variant, block, rows[start : start + ROWS])


@bulk()
def _score_batch(plan: Plan, b: BoundMetric, variant: str, block: ScoreBlock, rows: np.ndarray) -> pa.RecordBatch:
    n, k = len(rows), block.parts.shape[1]
    why = block.why[rows]
    scored = why < 0
    ends = np.concatenate([[0], np.cumsum(np.where(scored, k, 0))]).astype(np.int32)
    parts = pa.ListArray.from_arrays(
        pa.array(ends, mask=np.append(~scored, False)), pa.array(block.parts[rows][scored].ravel())
    )
    columns = [
        _constant(b.spec.id, n),
        _constant(variant, n),
        plan.cases.ids.take(pa.array(plan.case_row[rows])),
        pa.array(plan.repeat[rows]),
        parts,
        pa.DictionaryArray.from_arrays(pa.array(np.maximum(why, 0), mask=scored), pa.array(block.reasons or [""])),
        _rules(block, rows),
        pa.array(block.detail["margin"][rows], from_pandas=True) if "margin" in block.detail else pa.nulls(n),
        _details(block, rows, view=b.of is not None),
    ]
    return pa.RecordBatch.from_arrays(
        [column.cast(entry.type) for column, entry in zip(columns, SCORES, strict=True)], schema=SCORES
    )


def _constant(text: str, n: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([text]))


def _rules(block: ScoreBlock, rows: np.ndarray) -> pa.DictionaryArray:
    if "rule" not in block.detail:
        return pa.nulls(len(rows), pa.string()).dictionary_encode()
    return pa.array(block.detail["rule"][rows].tolist(), pa.string()).dictionary_encode()


def _details(block: ScoreBlock, rows: np.ndarray, *, view: bool) -> pa.Array:
    """What else a metric says of a row, as JSON; null where it says nothing; of views their metric has said it."""
    names = [name for name in block.detail if name not in ("rule", "margin")]
    if not names or view:
        return pa.nulls(len(rows), pa.string())
    columns = [block.detail[name][rows].tolist() for name in names]
    said = [
        {name: v for name, v in zip(names, values, strict=True) if v is not None and v == v}  # NaN: nothing said
        for values in zip(*columns, strict=True)
    ]
    try:
        return json_texts([entry or None for entry in said], None)
    except ValueError:  # a metric that says what JSON cannot hold is quoted
        return pa.array([json.dumps(entry, default=str) if entry else None for entry in said], pa.string())


def scoring_digest(source: Mapping[str, Any], bound: Mapping[str, BoundMetric]) -> str:
    """Identity of the scoring: specs as resolved, metric versions, failure policy, limits, seed."""
    versions = {name: [b.metric.version, b.spec.params, b.judge] for name, b in bound.items() if b.of is None}
    return digest_of([source, versions])
