"""The answers of a stored run, as rows that people can label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.refs import run_ref
from evalkit.app.stored_run import variant_of
from evalkit.core.errors import InputError
from evalkit.core.nouns import MetricInfo, Record
from evalkit.core.protocols import Store
from evalkit.core.tables import MISSING, CaseTable, Column

NOBODY = "(nobody decided)"


@dataclass(frozen=True)
class Answers:
    """The first answer to each case of one system; failures are left out: there is nothing to label.

    Attributes:
        record: of the run.
        variant: the system.
        cases: those that it answered.
        outputs: (n,) answers, or the first of two.
        others: (n,) the second answers, of a pairwise metric; None: there is one answer.
        hidden: whether the second answer is the expected one, which is then not named as such.
    """

    record: Record
    variant: str
    cases: CaseTable
    outputs: list[Any]
    others: list[Any] | None = None
    hidden: bool = False

    def __len__(self) -> int:
        return len(self.outputs)

    def row(self, at: int, weight: float = 1.0) -> dict[str, Any]:
        """The row that a person labels: never what a judge said."""
        given = self.cases
        shown: dict[str, Any] = {"item": given.ids[at].as_py()}
        for name, column in (("input", given.input), ("expected", given.expected)):
            value = column.slice(at, at + 1).values()[0]
            if value is not MISSING and not (name == "expected" and self.hidden):
                shown[name] = value
        if self.others is None:
            shown["output"] = self.outputs[at]
        else:
            shown |= {"output_1": self.outputs[at], "output_2": self.others[at]}
        shown["human"] = None
        if given.group is not None and given.group[at].is_valid:
            shown["group"] = given.group[at].as_py()
        shown["system"] = self.variant
        if weight != 1:
            shown["weight"] = weight
        tags = {name: values[at].as_py() for name, values in given.tags.items() if values[at].is_valid}
        return shown | ({"tags": tags} if tags else {})


def answers_of(store: Store, ref: str, metric: str | None = None) -> Answers:
    """What a system of a stored run answered.

    Args:
        store: where it is.
        ref: `run:ID[/VARIANT]`, by default the candidate.
        metric: whose answers are to be labelled; a pairwise one has two of them. None: all answers, one by one.

    Raises:
        InputError: no such run, system or metric, or it answered nothing.
    """
    run_id, wanted = run_ref(store, ref)
    record = store.read_record(run_id)
    variant = variant_of(record, wanted)
    info = None if metric is None else metric_of(record, metric)
    cases = CaseTable.from_arrow(store.read_table(run_id, "cases"))
    table = store.read_table(run_id, "predictions")
    ours = _outputs(table, variant, cases)
    against = None if info is None else info.spec.get("against") if info.name == "pairwise" else None
    theirs = _against(table, record, cases, against, variant)
    here = ours.present() & _about(record, info, cases)
    here &= np.ones(len(cases), bool) if theirs is None else theirs.present()
    rows = np.flatnonzero(here)
    if not len(rows):
        raise InputError(f"{variant!r} answered nothing that could be labelled", f"run {run_id}")
    others = None if theirs is None else theirs.take(rows).values()
    return Answers(record, variant, cases.take(rows), ours.take(rows).values(), others, against == "expected")


def metric_of(record: Record, metric: str) -> MetricInfo:
    """A metric of a run.

    Raises:
        InputError: it has none of that name.
    """
    found = next((m for m in record.metrics if m.id == metric), None)
    if found is None:
        known = ", ".join(m.id for m in record.metrics if m.of is None)
        raise InputError(f"there is no metric {metric!r:.60}", f"run {record.run_id}", f"Its metrics: {known}")
    return found


def _outputs(table: pa.Table, variant: str, cases: CaseTable) -> Column:
    """(n cases,) the first answers, MISSING where there is none."""
    mine = pc.and_(pc.equal(table["variant"], variant), pc.is_null(table["failure_kind"]))
    first = table.filter(pc.and_(mine, pc.equal(table["repeat"], 0)))
    row = np.asarray(pc.fill_null(pc.index_in(cases.ids, value_set=first["case_id"].combine_chunks()), -1))
    return Column(first["output"]).take(row)


def _against(table: pa.Table, record: Record, cases: CaseTable, against: Any, variant: str) -> Column | None:
    if against is None:
        return None
    if against == "expected":
        return cases.expected
    baseline = next((v.name for v in record.variants if v.role == "baseline" and v.name != variant), None)
    if baseline is None:
        raise InputError("the run has no baseline to compare with", f"run {record.run_id}")
    return _outputs(table, baseline, cases)


def _about(record: Record, info: MetricInfo | None, cases: CaseTable) -> np.ndarray:
    """(n cases,) bool: cases that the metric is about (its `when`)."""
    here = np.ones(len(cases), bool)
    if info is None:
        return here
    from evalkit.app.suites import stored_suite

    specs = {spec.id: spec for spec in stored_suite(record).suite.metrics}
    spec = specs.get(info.of or info.id)
    for name, value in ((spec.when if spec else None) or {}).items():
        if name in cases.tags:
            here &= np.asarray(pc.fill_null(pc.equal(cases.tags[name], value), False))
    return here


def layers_of(store: Store, answers: Answers, metric: str) -> list[str]:
    """(n,) who decided each answer: the rule that a metric names, or nobody."""
    return _by_case(store.read_table(answers.record.run_id, "scores"), answers, metric, "rule")


def labels_of(store: Store, answers: Answers, metric: str) -> list[str]:
    """(n,) the judge's label of each answer, or nobody's."""
    return _by_case(settled_verdicts(store, answers.record.run_id), answers, metric, "label")


def settled_verdicts(store: Store, run_id: str) -> pa.Table:
    """The verdicts of a run that stand, without the single calls."""
    table = store.read_table(run_id, "verdicts")
    return table.filter(table["settled"]) if "settled" in table.column_names else table


def _by_case(table: pa.Table, answers: Answers, metric: str, column: str) -> list[str]:
    mine = table.filter(
        pc.and_(
            pc.and_(pc.equal(table["metric"].cast(pa.string()), metric), pc.equal(table["repeat"], 0)),
            pc.equal(table["variant"].cast(pa.string()), answers.variant),
        )
    )
    said = dict(zip(mine["case_id"].to_pylist(), mine[column].cast(pa.string()).to_pylist(), strict=True))
    return [said.get(case_id) or NOBODY for case_id in answers.cases.ids.to_pylist()]
