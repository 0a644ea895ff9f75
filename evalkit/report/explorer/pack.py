"""The cases of a page as lines of text: a head for the list and its filters, and blocks of cases behind it.

The head is small and unpacked first. A block holds all that is said of some hundred neighbouring cases: it is unpacked
when one of them is opened or searched. A JSON value travels as its canonical text and is parsed only when a case is
opened, so that a number keeps all its digits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.dossier import Dossier
from evalkit.report.explorer.clipping import Clipper
from evalkit.report.explorer.columns import coded, floats, strings
from evalkit.report.explorer.encoding import encode_all
from evalkit.report.explorer.judged import verdicts_by_case
from evalkit.report.explorer.rows import REPEATS, Kept
from evalkit.report.explorer.shared import block_of, dumped
from evalkit.report.findings import Findings
from evalkit.report.text import count

__all__ = ["Packed", "pack"]

_BLOCK = 860_000
"""Characters of JSON in a block, about: what bzip2 sorts at once, and a browser unpacks in 50 ms."""


class Packed(NamedTuple):
    """Lines of printable text: the head, then the blocks; and what was left out, in words."""

    data: str
    notes: list[str]


def pack(dossier: Dossier, findings: Findings, rows: np.ndarray) -> Packed:
    """Pack the cases at `rows`; the same dossier gives the same text."""
    kept = Kept(dossier, findings, rows)
    answers = {(s, r): kept.answers(s, r) for s in kept.systems for r in range(kept.repeats)}
    texts = [kept.cases.input.text, kept.cases.expected.text, *(t["output"] for t in answers.values())]
    clipper = Clipper.for_columns([*texts, *(t["trace"] for t in answers.values())])
    body = _body(kept, answers, clipper)
    starts = _starts(body, len(rows))
    head = {**_head(kept, answers, clipper), "starts": starts}
    ends = [*starts[1:], len(rows)]
    blocks = [block_of(_part(body, a, b)) for a, b in zip(starts, ends, strict=True)]
    return Packed("\n".join(encode_all([dumped(head).encode("utf-8", "replace"), *blocks])), _notes(dossier, clipper))


def _notes(dossier: Dossier, clipper: Clipper) -> list[str]:
    notes = []
    clipped = sum(len(found) for found in clipper.clipped.values())
    if clipped:
        where = dossier.cases_file or "cases.parquet and predictions.parquet in the folder of the run"
        notes.append(
            f"Values longer than {count(clipper.limit)} characters are clipped in this page ({count(clipped)} values); "
            f"they are whole in {where}."
        )
    if dossier.record.suite.repeats > REPEATS:
        notes.append(f"The first {REPEATS} of {dossier.record.suite.repeats} repeats of each case are shown.")
    return notes


def _head(kept: Kept, answers: dict[tuple[str, int], pa.Table], clipper: Clipper) -> dict[str, Any]:
    """What the list, its filters and its order read, column by column."""
    dossier, findings = kept.dossier, kept.findings
    return {
        "ids": strings(kept.ids),
        "group": None if kept.cases.group is None else coded(kept.cases.group),
        "tags": {name: coded(values) for name, values in kept.cases.tags.items()},
        "variants": [
            {
                "name": v.name,
                "role": v.role,
                "repeats": [_calls(answers[v.name, r]) for r in range(kept.repeats)],
            }
            for v in findings.systems
        ],
        "metrics": [_metric(dossier, findings, ident) for ident in kept.metrics],
        "cells": {f"{m}|{s}": _cell(kept, m, s) for m in kept.metrics for s in kept.systems},
        "flips": {f"{f.metric}|{f.candidate}": _sides(kept.rows, f.broke, f.fixed) for f in dossier.flips},
        "lead": findings.lead_metric(),
        "clipped": clipper.clipped,
        "limit": clipper.limit,
    }


def _calls(answers: pa.Table) -> dict[str, Any]:
    return {
        "kind": coded(answers["failure_kind"]),
        "reason": coded(answers["failure_reason"]),
        "seconds": floats(answers["seconds"], 4),
        "cost": floats(answers["cost"], 4),
    }


def _metric(dossier: Dossier, findings: Findings, ident: str) -> dict[str, Any]:
    metric = findings.metrics[ident]
    values = [v for (m, _), v in dossier.values.items() if m == ident]
    finite = np.concatenate([v[np.isfinite(v)] for v in values]) if values else np.empty(0)
    within = bool(len(finite)) and bool(((finite >= 0) & (finite <= 1)).all())
    whole = dossier.record.suite.repeats > 1 or bool(((finite == 0) | (finite == 1)).all())
    field = metric.spec.get(metric.name, metric.spec)
    return {
        "id": ident,
        "of": metric.of,
        "layer": metric.layer,
        "better": metric.better,
        "unit": metric.unit,
        "field": field.get("field") if isinstance(field, dict) else None,
        "valued": bool(values),
        "right_or_wrong": within and whole and metric.better == "higher" and metric.unit in ("", "share"),
    }


def _cell(kept: Kept, metric: str, system: str) -> dict[str, Any]:
    """Values of a metric and system, why there is none, and where a judge contradicted itself."""
    values = kept.dossier.values.get((metric, system))
    tables = [kept.scores(metric, system, r) for r in range(kept.repeats)]
    conflict = np.zeros(len(kept.rows), bool)
    for table in tables:
        if table is not None and table["detail"].null_count < len(table):
            conflict |= np.asarray(pc.fill_null(pc.match_substring(table["detail"], _CONFLICT), False))
    return {
        "value": None if values is None else floats(pa.array(values[kept.rows], from_pandas=True)),
        "why": [None if table is None else coded(table["why"]) for table in tables],
        "conflict": np.flatnonzero(conflict).tolist(),
    }


_CONFLICT = '"order_conflict":true'


def _sides(rows: np.ndarray, broke: np.ndarray, fixed: np.ndarray) -> dict[str, list[int]]:
    """Positions in the page of the rows that broke and were fixed."""
    return {
        "broke": np.flatnonzero(np.isin(rows, broke)).tolist(),
        "fixed": np.flatnonzero(np.isin(rows, fixed)).tolist(),
    }


Body = dict[str, Any]


def _body(kept: Kept, answers: dict[tuple[str, int], pa.Table], clipper: Clipper) -> Body:
    """Columns with one entry a case, which the blocks cut: lists, or dictionaries of such."""
    said = verdicts_by_case(kept)
    scores = [(m, s, r) for m in kept.metrics for s in kept.systems for r in range(kept.repeats)]
    return {
        "input": clipper.clip("input", kept.cases.input.text),
        "gold": clipper.clip("gold", kept.cases.expected.text),
        "answers": {f"{s}|{r}": _answer(t, f"{s}|{r}", clipper) for (s, r), t in answers.items()},
        "scores": {f"{m}|{s}|{r}": _score(kept.scores(m, s, r)) for m, s, r in scores},
        "verdicts": [said.get(str(ident)) for ident in kept.ids.to_pylist()] if said else None,
    }


def _answer(table: pa.Table, key: str, clipper: Clipper) -> Body:
    return {
        "output": clipper.clip(f"output|{key}", table["output"]),
        "message": _some(table["failure_message"]),
        "tokens_in": floats(table["tokens_in"]),
        "tokens_out": floats(table["tokens_out"]),
        "confidence": floats(table["confidence"]),
        "model": _some(table["model"]),
        "trace": clipper.clip(f"trace|{key}", table["trace"]),
    }


def _score(table: pa.Table | None) -> Body | None:
    if table is None:
        return None
    return {"rule": _some(table["rule"]), "margin": floats(table["margin"], 9), "detail": _some(table["detail"])}


def _some(column: pa.ChunkedArray) -> list[str | None] | None:
    return None if column.null_count == len(column) else [x and x[:_SAID] for x in column.to_pylist()]


_SAID = 20_000
"""Characters of what a metric or a failure says of one case."""


def _starts(body: Body, n: int) -> list[int]:
    """The first case of each block."""
    sizes = np.full(n, 40, np.int64)
    _weigh(body, sizes)
    block = np.cumsum(sizes) // _BLOCK
    return np.flatnonzero(np.diff(block, prepend=-1) > 0).tolist()


def _weigh(body: Any, sizes: np.ndarray) -> None:
    if isinstance(body, dict):
        for part in body.values():
            _weigh(part, sizes)
    elif isinstance(body, str):
        sizes += 1
    elif isinstance(body, list):
        sizes += [len(x) if isinstance(x, str) else 300 * len(x) if isinstance(x, list) else 4 for x in body]


def _part(body: Any, start: int, stop: int) -> Any:
    """The same columns for some of the cases; a column that is empty there is null."""
    if isinstance(body, dict):
        return {name: _part(column, start, stop) for name, column in body.items() if column is not None}
    if body is None:
        return None
    part = body[start:stop]
    return part if any(x is not None for x in part) else None  # a text of 0, 1 and - is cut like a list
