"""Gathers what a report may read: a record, its tables, per-case values, flips, unscored cases."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.evidence import confusions, reliabilities
from evalkit.app.retrying import has_verdicts
from evalkit.core.dossier import Dossier, Flips, RuleCount, UnscoredGroup
from evalkit.core.nouns import MetricInfo, Record
from evalkit.core.protocols import Store
from evalkit.core.tables import CaseTable

EXAMPLES = 5

Values = dict[tuple[str, str], np.ndarray]
"""(metric id, variant) -> (n,) per-case values; NaN where there is none."""


def assemble(record: Record, store: Store) -> Dossier:
    """The dossier of one stored run."""
    cases = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    scores = store.read_table(record.run_id, "scores")
    values = case_values(record, cases, scores)
    return Dossier(
        record=record,
        cases=cases,
        predictions=store.read_table(record.run_id, "predictions"),
        scores=scores,
        values=values,
        flips=flips(record, cases, scores, values),
        unscored=unscored(scores),
        rules=rules(record, scores),
        confusions=confusions(record, scores),
        reliabilities=reliabilities(record, scores),
        verdicts=verdicts(record, store),
    )


def verdicts(record: Record, store: Store) -> pa.Table | None:
    """What judges said, call by call; None where the run kept no verdicts (it asked no judge)."""
    return store.read_table(record.run_id, "verdicts") if has_verdicts(record) else None


def case_values(record: Record, cases: CaseTable, scores: pa.Table) -> Values:
    """Per-case values averaged over repeats, of mean metrics; as in the numbers, none where a repeat is unscored."""
    found = {}
    kept = set(pc.unique(scores["metric"]).to_pylist())  # of views only those that a gate names
    for metric in (m for m in record.metrics if m.kind == "mean" and (m.of is None or m.id in kept)):
        rows = scores.filter(pc.and_(pc.equal(scores["metric"], metric.id), pc.is_valid(scores["parts"])))
        for variant in record.variants:
            mine = rows.filter(pc.equal(rows["variant"], variant.name))
            values = _values(mine, cases)
            if record.suite.repeats > 1:
                values[_unscored_rows(scores, cases, metric.id, (variant.name,))] = np.nan
            found[metric.id, variant.name] = values
    return found


def _values(rows: pa.Table, cases: CaseTable) -> np.ndarray:
    parts = np.asarray(pc.list_flatten(rows["parts"])).reshape(len(rows), -1) if len(rows) else np.zeros((0, 2))
    case = np.asarray(pc.index_in(rows["case_id"], value_set=cases.ids).combine_chunks(), dtype=np.int64)
    top = np.bincount(case, parts[:, 0], len(cases))
    below = np.bincount(case, parts[:, 1], len(cases))
    values: np.ndarray = np.divide(top, below, out=np.full(len(cases), np.nan), where=below > 0)
    return values


def flips(record: Record, cases: CaseTable, scores: pa.Table, values: Values) -> list[Flips]:
    """What broke and what was fixed, per right-or-wrong metric that a gate compares (or the first) and candidate."""
    baseline = next((v.name for v in record.variants if v.role == "baseline"), None)
    if baseline is None:
        return []
    gated = {d.gate.metric for d in record.decisions if d.gate.versus}
    means = [m for m in record.metrics if (m.id, baseline) in values]
    # A case flips where an answer turns right or wrong; a Brier score that moves in the third decimal is no flip.
    right_or_wrong = [m for m in means if all(_is_binary(values[m.id, v.name]) for v in record.variants)]
    chosen = [m for m in right_or_wrong if m.id in gated] or right_or_wrong[:1] or means[:1]
    candidates = [v.name for v in record.variants if v.role == "candidate"]
    return [
        _flips(m, c, baseline, values, _unscored_rows(scores, cases, m.id, (c, baseline)))
        for m in chosen
        for c in candidates
    ]


def _is_binary(values: np.ndarray) -> bool:
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def _unscored_rows(scores: pa.Table, cases: CaseTable, metric: str, variants: tuple[str, ...]) -> np.ndarray:
    """(n,) bool: cases that the metric belongs to and could not score for one of these."""
    mine = pc.and_(pc.equal(scores["metric"], metric), pc.is_valid(scores["why"]))
    these = pc.is_in(scores["variant"].cast(pa.string()), value_set=pa.array(variants, pa.string()))
    ids = scores.filter(pc.and_(mine, these))["case_id"]
    return np.asarray(pc.is_in(cases.ids, value_set=ids.combine_chunks()))


def _flips(metric: MetricInfo, candidate: str, baseline: str, values: Values, unscored: np.ndarray) -> Flips:
    a, b = values[metric.id, candidate], values[metric.id, baseline]
    change = (a - b) * (1 if metric.better == "higher" else -1)
    return Flips(
        metric=metric.id,
        candidate=candidate,
        baseline=baseline,
        broke=np.flatnonzero(change < 0),
        fixed=np.flatnonzero(change > 0),
        n_same=int((change == 0).sum()),
        n_unscored=int(unscored.sum()),
    )


def unscored(scores: pa.Table) -> list[UnscoredGroup]:
    """Unscored cases by metric, variant and reason, most frequent first."""
    rows = scores.filter(pc.is_valid(scores["why"])).select(["metric", "variant", "why", "case_id"])
    if not len(rows):
        return []
    plain = pa.table({name: rows[name].cast(pa.string()) for name in rows.column_names})
    grouped = plain.group_by(["metric", "variant", "why"]).aggregate([("case_id", "list"), ("case_id", "count")])
    found = [
        UnscoredGroup(
            metric=row["metric"],
            variant=row["variant"],
            reason=row["why"],
            n=row["case_id_count"],
            examples=row["case_id_list"][:EXAMPLES],
        )
        for row in grouped.to_pylist()
    ]
    return sorted(found, key=lambda g: (-g.n, g.metric, g.variant))


def rules(record: Record, scores: pa.Table) -> list[RuleCount]:
    """Which rule decided how many answers, for every mean metric that names its rules; most frequent first."""
    means = pa.array([m.id for m in record.metrics if m.kind == "mean"], pa.string())
    metric, rule = scores["metric"].cast(pa.string()), scores["rule"].cast(pa.string())
    unscored_ = pc.is_valid(scores["why"])
    kept = pc.and_(pc.is_in(metric, value_set=means), pc.or_(pc.is_valid(rule), unscored_))
    table = pa.table(
        {
            "metric": metric,
            "variant": scores["variant"].cast(pa.string()),
            "rule": pc.if_else(unscored_, UNSCORED, rule),
            "value": pc.list_element(pc.fill_null(scores["parts"], [0.0]), 0),
            "unscored": unscored_,
        }
    ).filter(kept)
    grouped = table.group_by(["metric", "variant", "rule", "unscored"], use_threads=False)
    rows = grouped.aggregate([("value", "mean"), ("value", "count")]).to_pylist()
    found = [
        RuleCount(r["metric"], r["variant"], r["rule"], r["value_count"], None if r["unscored"] else r["value_mean"])
        for r in rows
    ]
    return sorted(found, key=lambda c: (c.metric, c.variant, -c.n, c.rule))


UNSCORED = "unscored"
