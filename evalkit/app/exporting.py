"""A comparison as tables in files: CSV for a spreadsheet, Parquet for a program, one pair of files a table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evalkit.app.label_cells import safe_cell
from evalkit.app.whole import whole
from evalkit.core.comparison import Comparison
from evalkit.core.dossier import Dossier
from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import Noun

__all__ = ["TABLES", "export", "tables_of"]

TABLES = ("leaderboard", "differences", "slices", "flips", "agreement", "operations", "cases")
"""Names of the files, without `.csv` and `.parquet`."""


def export(dossier: Dossier, folder: Path) -> list[Path]:
    """Write all tables of a comparison, each as CSV and as Parquet; files of the same name are replaced.

    In CSV a text that a spreadsheet would run as a formula has an apostrophe before it; Parquet holds it as it is.

    Args:
        dossier: of a comparison.
        folder: made where it does not exist.

    Returns:
        The files, in the order of `TABLES`.

    Raises:
        InputError: the folder cannot be made. StoreError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made: {error.strerror}") from error
    written = []
    for name, table in tables_of(dossier).items():
        parquet = io.BytesIO()
        pq.write_table(table, parquet)
        for suffix, data in (("csv", csv_of(table).encode("utf-8", "replace")), ("parquet", parquet.getvalue())):
            written.append(_write(folder / f"{name}.{suffix}", data))
    return written


def _write(file: Path, data: bytes) -> Path:
    try:
        with whole(file) as place:
            place.write_bytes(data)
    except OSError as error:
        raise StoreError(f"the table cannot be written: {error.strerror}", str(file)) from error
    return file


def csv_of(table: pa.Table) -> str:
    """The table as CSV (RFC 4180, UTF-8): texts safe in a spreadsheet, numbers with all their digits, null empty."""
    text = io.StringIO(newline="")
    # Both characters of the line's end, so that a cell with either alone is quoted and ends no row.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in table.column_names])
    columns = [column.to_pylist() for column in table.columns]
    writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    return text.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return safe_cell(value.replace("\x00", "\u2400")) if isinstance(value, str) else value


def tables_of(dossier: Dossier) -> dict[str, pa.Table]:
    """All tables of a comparison by name.

    Raises:
        ValueError: the dossier has no comparison.
    """
    found = dossier.comparison
    if found is None:
        raise ValueError("only a comparison is exported: dossier.comparison is None")
    return {
        "leaderboard": _table(_of_metrics(found, "systems"), _STANDING),
        "differences": _table(_of_metrics(found, "differences"), _DIFFERENCE),
        "slices": _table([_flat(row) for row in found.slices], _SLICE),
        "flips": _table([_flat(row) for row in found.flips], _FLIPS),
        "agreement": _table([_flat(row) for row in found.agreement], _AGREEMENT),
        "operations": _table(list(_operations(found)), _OPERATION),
        "cases": _cases(dossier),
    }


_S, _F, _I, _B = pa.string(), pa.float64(), pa.int64(), pa.bool_()
_NUMBER = {"point": _F, "lo": _F, "hi": _F, "level": _F}
_JUDGED = {"corrected": _S, "judged_point": _F, "judged_lo": _F, "judged_hi": _F, "uncorrected": _S}
_STANDING = {
    "metric": _S, "better": _S, "unit": _S, "name": _S, "rank_lo": _I, "rank_hi": _I, "letters": _S, **_NUMBER,
    "n": _I, "n_unscored": _I, "p_best": _F, "method": _S, "reason": _S, **_JUDGED, "signature": _S,
}  # fmt: skip
_DIFFERENCE = {
    "metric": _S, "better": _S, "unit": _S, "a": _S, "b": _S, **_NUMBER, "simultaneous": _B, "p": _F, "shown": _S,
    "identical": _B, "n": _I, "n_unscored": _I, "method": _S, "reason": _S, **_JUDGED, "signature": _S,
}  # fmt: skip
_SLICE = {
    "metric": _S, "slice": _S, "a": _S, "b": _S, "value_a": _F, "value_b": _F, **_NUMBER, "p": _F, "q": _F,
    "shrunk": _F, "judged": _B, "shown": _S, "n": _I, "n_unscored": _I, "corrected": _B, "reason": _S,
}  # fmt: skip
_FLIPS = {
    "metric": _S, "a": _S, "b": _S, "binary": _B, "regressions": _I, "fixes": _I, "both_wrong": _I, "both_right": _I,
    "unscored": _I, "regression_cases": _S, "fix_cases": _S, "both_wrong_cases": _S, "unscored_cases": _S,
}  # fmt: skip
_AGREEMENT = {
    "metric": _S, "a": _S, "b": _S, "n": _I, "same_correctness": _F, "kappa": _F, "error_overlap": _F,
    "same_answers": _F,
}  # fmt: skip
_AXES = ("cost", "median_seconds", "p95_seconds")
_OPERATION = {"name": _S, "metric": _S, "quality": _F} | {
    f"{axis}{tail}": kind
    for axis in _AXES
    for tail, kind in (("", _F), ("_lo", _F), ("_hi", _F), ("_n", _I), ("_unknown", _I), ("_reason", _S))
}


def _table(rows: list[dict[str, Any]], columns: Mapping[str, pa.DataType]) -> pa.Table:
    """The rows as columns of these types, also where there are none."""
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns.items()})


def _of_metrics(found: Comparison, what: str) -> list[dict[str, Any]]:
    return [
        {"metric": m.metric, "better": m.better, "unit": m.unit, **_flat(row), **_judged(row)}
        for m in found.metrics
        for row in getattr(m, what)
    ]


def _flat(row: Noun) -> dict[str, Any]:
    """A row whose tags and ids are JSON text."""
    said = row.model_dump(exclude={"correction"})
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
        for name, value in said.items()
    }


def _judged(row: Any) -> dict[str, Any]:
    """What the judge said, and how that was corrected; of a number that no judge made: nothing."""
    made = row.correction
    if made is None:
        return {}
    ends = {"judged_point": made.judged.point, "judged_lo": made.judged.lo, "judged_hi": made.judged.hi}
    return {"corrected": made.method, **ends}


def _operations(found: Comparison) -> Iterable[dict[str, Any]]:
    for system in found.pareto.systems if found.pareto else []:
        row: dict[str, Any] = {"name": system.name, "metric": found.pareto and found.pareto.metric}
        row["quality"] = system.quality
        for axis in _AXES:
            number = getattr(system, axis)
            row |= {axis: number.point, f"{axis}_lo": number.lo, f"{axis}_hi": number.hi, f"{axis}_n": number.n}
            row |= {f"{axis}_unknown": number.n_unknown, f"{axis}_reason": number.reason}
        yield row


def _cases(dossier: Dossier) -> pa.Table:
    """One row a case: what it is, and for each system its answer (JSON text), why it failed, and every metric's value.

    A value that is not there is null, and `<metric>|<system>|why` says why, where something is unscored.
    """
    cases = dossier.cases
    columns: dict[str, Any] = {
        "case_id": cases.ids.cast(_S),
        "input": cases.input.text,
        "expected": cases.expected.text,
    }
    if cases.group is not None:
        columns["group"] = cases.group.cast(_S)
    columns |= {f"tag:{name}": values.cast(_S) for name, values in cases.tags.items()}
    for variant in (v.name for v in dossier.record.variants):
        columns |= _answers(dossier, variant)
    for (metric, variant), values in dossier.values.items():
        columns[f"{metric}|{variant}"] = pa.array(values, _F, from_pandas=True)
        why = _whys(dossier, metric, variant)
        if why.null_count < len(why):
            columns[f"{metric}|{variant}|why"] = why
    return pa.table({re.sub(r"[\x00-\x1f]", "\u2400", name): _one(value) for name, value in columns.items()})


def _one(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _answers(dossier: Dossier, variant: str) -> dict[str, Any]:
    """The answers of one system: the first, and further repeats in columns of their own."""
    table = dossier.predictions
    mine = table.filter(pc.equal(table["variant"].cast(_S), variant))
    found = {}
    for repeat in range(dossier.record.suite.repeats):
        rows = mine.filter(pc.equal(mine["repeat"], repeat))
        at = pc.index_in(dossier.cases.ids.cast(_S), value_set=rows["case_id"].combine_chunks().cast(_S))
        name = variant if repeat == 0 else f"{variant}#{repeat + 1}"
        found[f"answer|{name}"] = rows["output"].take(at).cast(_S)
        failure = rows["failure_reason"].take(at).cast(_S)
        if failure.null_count < len(failure):
            found[f"failure|{name}"] = failure
        found[f"seconds|{name}"] = rows["seconds"].take(at).cast(_F)
        found[f"cost|{name}"] = rows["cost"].take(at).cast(_F)
    return found


def _whys(dossier: Dossier, metric: str, variant: str) -> pa.Array:
    """(n,) why a case is unscored, null where it is not."""
    scores = dossier.scores
    chosen = pc.and_(pc.equal(scores["metric"].cast(_S), metric), pc.equal(scores["variant"].cast(_S), variant))
    rows = scores.filter(pc.and_(chosen, pc.is_valid(scores["why"])))
    ids = rows["case_id"].combine_chunks().cast(_S) if len(rows) else pa.array([], _S)
    at = pc.index_in(dossier.cases.ids.cast(_S), value_set=ids)
    found: pa.Array = _one(rows["why"].cast(_S).take(at)) if len(rows) else pa.nulls(len(dossier.cases), _S)
    return found
