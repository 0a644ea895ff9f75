"""`evalkit audit`: labels of people, held against every layer of a suite or of a stored run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.app.api import open_store
from evalkit.app.api import run as run_suite
from evalkit.app.label_files import Label, Labelled, read_labels
from evalkit.app.label_values import values_of
from evalkit.app.refs import is_run_ref, run_ref
from evalkit.app.stored_run import RunAnswers
from evalkit.app.suites import load_suite
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import MISSING, Column, prediction_table
from evalkit.engine.audit import Audited, audit, misleading
from evalkit.stores.memory import MemoryStore

ANSWERS = "answers"
"""The system of labelled answers that name none."""


class _Aside(MemoryStore):
    """A store that forgets the run, and asks no judge what the workspace's cache knows."""

    def __init__(self, workspace: Store) -> None:
        """Reuse the answers of a workspace."""
        super().__init__()
        self._workspace = workspace

    def cache(self) -> Any:
        """The workspace's."""
        return self._workspace.cache()


class Matched(NamedTuple):
    """Labelled answers of a run: which, by whom, and what people said; and rows that are about none of its answers."""

    rows: list[tuple[str, str, str]]  # variant, case id, human label
    n_unmatched: int


def audited(
    subject: str, labels: Path, positive: str | None = None, store: Store | None = None, replay: bool = False
) -> dict[str, Any]:
    """What the layers of a suite are worth, as plain JSON values.

    Args:
        subject: a suite file, whose layers score the labelled answers themselves, or `run:ID`.
        labels: a file of labels, of answers by as many systems as it names.
        positive: the label that counts 1; None: numbers, or the usual words.
        store: where runs and judges' answers are; None: the default workspace.
        replay: call no judge, use recorded verdicts only (of a suite).

    Raises:
        InputError: the suite, the run or the labels cannot be used, or no label is about an answer.
    """
    given = read_labels(labels)
    if given.pair:
        raise InputError("each row compares two answers", str(labels), "An audit takes labels of single answers")
    worth = values_of([human for human in given.human if human is not None], str(labels), positive)
    if is_run_ref(subject):
        home = store or open_store()
        record = home.read_record(run_ref(home, subject).run_id)
        found = _matched(home, record, given)
        gates = [decision.gate.metric for decision in record.decisions] or _gated(record)
    else:
        record, home, gates, found = _scored(subject, given, store, replay)
    if not found.rows:
        raise InputError(
            "no label is about an answer of it", str(labels), "Rows need the item and the output as answered"
        )
    return _report(record, home, (found, worth, given), gates)


def _report(
    record: Record, store: Store, labelled: tuple[Matched, Mapping[str, float], Labelled], gates: Sequence[str]
) -> dict[str, Any]:
    found, worth, given = labelled
    groups = _groups(store, record)
    layers = _layers(store, record, found.rows)
    layer_of = {metric.id: metric.layer for metric in record.metrics}
    columns = Audited(
        np.array([worth[human] for _, _, human in found.rows]),
        [variant for variant, _, _ in found.rows],
        [groups.get(case_id, case_id) for _, case_id, _ in found.rows],
        layers,
    )
    ranked = [{"layer": layer_of[one["metric"]], **one} for one in audit(columns)]
    return {
        "run": record.run_id,
        "suite": record.suite.name,
        "n_labels": len(found.rows),
        "n_unmatched": found.n_unmatched,
        "n_waiting": given.n_waiting,
        "n_split": given.n_split,
        "systems": sorted({variant for variant, _, _ in found.rows}),
        "values": dict(worth),
        "layers": ranked,
        "warnings": misleading(ranked, list(dict.fromkeys(gates))),
    }


def _gated(record: Record) -> list[str]:
    return [str(gate["metric"]) for gate in record.suite.source.get("gates", []) if isinstance(gate, Mapping)]


def _matched(store: Store, record: Record, given: Labelled) -> Matched:
    """Rows of labels that are about a first answer of the run: the same output, or a system of it and no output."""
    table = store.read_table(record.run_id, "predictions")
    first = table.filter(pc.and_(pc.equal(table["repeat"], 0), pc.is_null(table["failure_kind"])))
    said: dict[str, dict[str, str]] = {}
    names = first["variant"].cast(pa.string()).to_pylist()
    outputs = Column(first["output"]).text.to_pylist()
    for variant, case_id, output in zip(names, first["case_id"].to_pylist(), outputs, strict=True):
        said.setdefault(case_id, {})[variant] = output
    rows: dict[tuple[str, str], str] = {}
    unmatched = 0
    for row in given:
        if row.human is None:
            continue
        mine = _about(row, said.get(row.item, {}))
        unmatched += not mine
        for variant in mine:
            rows.setdefault((variant, row.item), row.human)
    return Matched([(variant, item, human) for (variant, item), human in rows.items()], unmatched)


def _about(row: Label, answers: Mapping[str, str]) -> list[str]:
    """The systems whose answer a label is about."""
    if row.output is MISSING:
        return [row.system] if row.system is not None and row.system in answers else []
    text = canonical_json(row.output)
    return [variant for variant, output in answers.items() if output == text]


def _scored(
    subject: str, given: Labelled, store: Store | None, replay: bool
) -> tuple[Record, Store, list[str], Matched]:
    """The suite's layers on the labelled answers themselves, each system a candidate; its gates decide nothing here."""
    loaded = load_suite(subject)
    gates = [gate.metric for gate in loaded.suite.gates]
    bare = loaded._replace(suite=loaded.suite.model_copy(update={"gates": []}))
    by_system: dict[str, dict[str, Label]] = {}
    for row in given:
        if row.output is not MISSING and row.human is not None:
            by_system.setdefault(row.system or ANSWERS, {}).setdefault(row.item, row)
    if not by_system:
        raise InputError("no labelled row has an output", given.source, "Name a run instead: evalkit audit run:ID")
    systems = {name: _answers(name, rows) for name, rows in by_system.items()}
    home = _Aside(store or open_store())
    record = run_suite(bare, candidate=systems, workspace=home, replay=replay)
    known = set(home.read_table(record.run_id, "cases")["id"].to_pylist())
    rows = [
        (name, item, str(row.human))
        for name, labelled in by_system.items()
        for item, row in labelled.items()
        if item in known
    ]
    return record, home, gates, Matched(rows, sum(row.human is not None for row in given) - len(rows))


def _answers(name: str, rows: Mapping[str, Label]) -> RunAnswers:
    outputs = Column.of([row.output for row in rows.values()]).text
    table = prediction_table({"case_id": pa.array(list(rows), pa.string()), "output": outputs})
    return RunAnswers(table, {"labelled": name})


def _layers(store: Store, record: Record, rows: Sequence[tuple[str, str, str]]) -> dict[str, np.ndarray]:
    """metric -> (n,) value of each labelled answer, higher is better; only metrics that have a value a case."""
    place = {(variant, case_id): at for at, (variant, case_id, _) in enumerate(rows)}
    means = {metric.id: metric.better for metric in record.metrics if metric.kind == "mean" and metric.of is None}
    found = {metric: np.full(len(rows), np.nan) for metric in means}
    table = store.read_table(record.run_id, "scores")
    first = table.filter(pc.and_(pc.equal(table["repeat"], 0), pc.is_valid(table["parts"])))
    columns = (first[name].cast(pa.string()).to_pylist() for name in ("metric", "variant"))
    for metric, variant, case_id, parts in zip(
        *columns, first["case_id"].to_pylist(), first["parts"].to_pylist(), strict=True
    ):
        at = place.get((variant, case_id))
        if at is not None and metric in found and parts[-1]:
            value = parts[0] / parts[-1] if len(parts) > 1 else parts[0]
            found[metric][at] = value if means[metric] == "higher" else -value
    return found


def _groups(store: Store, record: Record) -> dict[str, str]:
    table = store.read_table(record.run_id, "cases")
    if "group" not in table.column_names:
        return {}
    pairs = zip(table["id"].to_pylist(), table["group"].to_pylist(), strict=True)
    return {case_id: str(group) for case_id, group in pairs if group is not None}
