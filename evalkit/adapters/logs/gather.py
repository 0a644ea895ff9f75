"""Rows of a log -> cases, predictions and what is known of each score; a block at a time, nothing dropped."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.adapters.logs.clean import natural, plain, printable, short, storable, texts
from evalkit.adapters.logs.facts import group_of, refuse_absent, tags_of
from evalkit.adapters.logs.nouns import Asked, Log, Row, Unscored
from evalkit.adapters.logs.spans import Span
from evalkit.core.digest import canonical_json, digest_of
from evalkit.core.errors import InputError
from evalkit.core.tables import CaseTable, Column, prediction_table

BLOCK = 1024  # rows held as objects at a time
_MOST_REPEATS = 1000
_TABLES = ("csv", "mlflow")  # whose readers find the id themselves


class Gathered(NamedTuple):
    """A log as columns.

    Attributes:
        cases: every sample once, in the order of the log, or by their ids where that one is of chance.
        systems: name -> its predictions, schema PREDICTIONS; the scores stand in `trace.scores`.
        repeats: answers a case.
        spans: score -> what its values were.
        scorers: score -> digest of its definition.
        notes: sentences.
        only: score -> the tasks that have it, where it is not all of several.
    """

    cases: CaseTable
    systems: dict[str, pa.Table]
    repeats: int
    spans: dict[str, Span]
    scorers: dict[str, str]
    notes: list[str]
    only: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def gather(log: Log, asked: Asked) -> Gathered:
    """Read the whole log.

    Raises:
        InputError: no samples, two answers to one question, or what the log has not (a score, a group).
    """
    found = _Gatherer(log, asked)
    for row in log.rows:
        found.take(row)
    found.flush()
    return found.result()


@dataclass
class _Gatherer:
    log: Log
    asked: Asked
    block: list[Row] = field(default_factory=list)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    index: dict[str, int] = field(default_factory=dict)
    inputs: list[pa.Array] = field(default_factory=list)
    golds: list[pa.Array] = field(default_factory=list)
    facts: list[Mapping[str, Any]] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)  # hash of each case's input
    places: dict[tuple[str, str, int], str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    asked_for: set[tuple[str, int]] = field(default_factory=set)  # (the log's own id, repeat)
    changed: int = 0
    mark: str = field(default_factory=lambda: secrets.token_hex(16))  # stands for the scorers until they are known

    def take(self, row: Row) -> None:
        """One more answer."""
        self.asked_for.add((row.case_id, row.repeat))
        row.case_id = printable(plain(self._id_of(row))) or row.place
        key = (row.system, row.case_id, row.repeat)
        if key in self.places:
            again = f" (repeat {row.repeat})" if row.repeat else ""
            what = f"sample {row.case_id!r:.80}{again} stands here for the second time (first in {self.places[key]})"
            raise InputError(what, f"{self.log.file}, {row.place}", "Remove one, or number repeats (--repeat COLUMN).")
        if row.repeat >= _MOST_REPEATS:
            what = f"the repeat is {row.repeat:,}; at most {_MOST_REPEATS:,} are read"
            raise InputError(what, f"{self.log.file}, {row.place}")
        self.places[key] = row.place
        row.scores = {plain(name): value for name, value in row.scores.items()}
        if self.asked.scores:
            row.scores = {name: value for name, value in row.scores.items() if name in self.asked.scores}
        if row.failure is None:
            for name, value in row.scores.items():
                self.spans.setdefault(name, Span()).add(value)
        else:
            for name in row.scores:
                self.spans.setdefault(name, Span()).add(Unscored(row.failure.reason))
        self.block.append(row)
        if len(self.block) >= BLOCK:
            self.flush()

    def _id_of(self, row: Row) -> str:
        """The id, or the fact that is asked for as one."""
        key = self.asked.columns.get("id")
        if key is None or self.log.tool in _TABLES:
            return row.case_id
        if (found := short(row.facts.get(key))) is None:
            known = ", ".join(map(str, row.facts))[:300] or "no metadata"
            raise InputError(
                f"it has no plain value of {key!r:.80}", f"{self.log.file}, {row.place}", f"It has: {known}."
            )
        return found

    def flush(self) -> None:
        """The block as columns."""
        new: list[Row] = []
        for row in self.block:
            at = self.index.setdefault(row.case_id, len(self.index))
            if at == len(self.questions):
                new.append(row)
                self.questions.append(hash(_identity(row.input)))
                self.facts.append(row.facts)
            elif self.questions[at] != hash(_identity(row.input)):
                self.changed += 1
        if new:
            self.inputs.append(texts([row.input for row in new]))
            self.golds.append(texts([row.expected for row in new]))
        for system in dict.fromkeys(row.system for row in self.block):
            rows = [row for row in self.block if row.system == system]
            self.tables.setdefault(system, []).append(_predictions(rows, self.mark))
        self.block = []

    def result(self) -> Gathered:
        """All of it.

        Raises:
            InputError: see `gather`.
        """
        log = self.log
        if not self.places:
            raise InputError("the log holds no samples", log.file, "The run wrote none: was it ended early?")
        if not self.asked.partial:
            refuse_absent(self.facts, [self.asked.group, *(self.asked.slices or ())], log.file)
            refuse_scores(self.asked.scores, self.spans, log.scorers, log.file)
        self._add_missing()
        if self.changed:
            log.notes.append(
                f"{self.changed:,} answers are to another input than the first of their id; that one is kept"
            )
        group = self.asked.group or log.group
        cases = CaseTable(
            pa.array(list(self.index), pa.string()),
            Column(pa.concat_arrays(self.inputs)),
            Column(pa.concat_arrays(self.golds)),
            group_of(self.facts, group),
            tags_of(self.facts, self.asked.slices, group),
        )
        if log.unordered:
            ids = list(self.index)
            cases = cases.take(np.array(sorted(range(len(ids)), key=lambda at: natural(ids[at]))))
        scorers = {
            name: digest_of(storable(known.definition))[:16]
            for name, known in log.scorers.items()
            if known.definition is not None and name in self.spans
        }
        systems, repeats = self._systems(scorers)
        return Gathered(cases, systems, repeats, self.spans, scorers, [plain(note) for note in log.notes])

    def _add_missing(self) -> None:
        """What was planned and is not there: asked of nobody, hence unscored."""
        gone = [key for key in self.log.missing if key not in self.asked_for]
        if not gone:
            return
        self.log.notes.append(f"{len(gone):,} planned samples are not in the log; they are unscored, not wrong")
        reason = pa.array(["not run"] * len(gone))
        kind = pa.array(["harness"] * len(gone))
        ids = [printable(plain(case_id)) for case_id, _ in gone]
        repeat = pa.array([epoch for _, epoch in gone], pa.int32())
        table = {"case_id": ids, "repeat": repeat, "failure_kind": kind, "failure_reason": reason}
        self.tables[next(iter(self.tables))].append(prediction_table(table))
        for case_id in dict.fromkeys(ids):
            if case_id not in self.index:
                self.index[case_id] = len(self.index)
                self.facts.append({})
                self.inputs.append(texts([None]))
                self.golds.append(texts([None]))

    def _systems(self, scorers: Mapping[str, str]) -> tuple[dict[str, pa.Table], int]:
        known = canonical_json(dict(scorers))
        found, first, last = {}, _MOST_REPEATS, 0
        for key, tables in self.tables.items():
            table = pa.concat_tables(tables).combine_chunks()
            traces = pc.replace_substring(table["trace"], f'"{self.mark}"', known)
            table = table.set_column(table.schema.get_field_index("trace"), table.schema.field("trace"), traces)
            repeat = np.asarray(table["repeat"])
            first, last = min(first, int(repeat.min())), max(last, int(repeat.max()))
            found[self.log.systems.get(key, key) if len(self.tables) > 1 else ""] = table
        if first:  # numbered from 1
            found = {name: _shifted(table, first) for name, table in found.items()}
        return found, last - first + 1


def refuse_scores(wanted: Iterable[str], found: Iterable[str], known: Iterable[str], file: str) -> None:
    """Every score that was asked for is there.

    Raises:
        InputError: naming those that are.
    """
    there = set(found)
    absent = next((name for name in wanted if name not in there), None)
    if absent is not None:
        listed = ", ".join(map(repr, known))[:300] or "none"
        raise InputError(f"the log has no score {absent!r:.80}", file, f"It has: {listed}.")


def _shifted(table: pa.Table, first: int) -> pa.Table:
    at = table.schema.get_field_index("repeat")
    return table.set_column(
        at, table.schema.field("repeat"), pc.subtract(table["repeat"], pa.scalar(first, pa.int32()))
    )


def _identity(value: Any) -> str:
    return canonical_json(storable(value))


def _predictions(rows: list[Row], mark: str) -> pa.Table:
    failures = [row.failure for row in rows]
    return prediction_table(
        {
            "case_id": [row.case_id for row in rows],
            "repeat": [row.repeat for row in rows],
            "output": texts([None if row.failure else row.output for row in rows]),
            "failure_kind": [f and f.kind for f in failures],
            "failure_reason": [f and f.reason for f in failures],
            "failure_message": [f and plain(f.message) for f in failures],
            **{key: [getattr(row, key) for row in rows] for key in _PLAIN},
            "model": [None if row.model is None else plain(row.model) for row in rows],
            "trace": texts([_trace(row, mark) for row in rows]),
        }
    )


_PLAIN = ("seconds", "cost", "tokens_in", "tokens_out")


def _trace(row: Row, mark: str) -> dict[str, Any]:
    scores = {name: {"unscored": v.why} if isinstance(v, Unscored) else v for name, v in row.scores.items()}
    return {**row.trace, **({"scores": scores, "scorers": mark} if scores else {})}
