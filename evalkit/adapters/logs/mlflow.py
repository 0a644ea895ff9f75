"""Evaluation tables of mlflow: `eval_results_table.json`, and the frame of `mlflow.genai.evaluate` as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.nouns import Asked, Log, Row, Scorer, Unscored
from evalkit.adapters.logs.tables import cell, read_csv, read_parquet, read_records
from evalkit.adapters.logs.values import amount, as_dict, as_list, direction, number_of, tool_failed
from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError

_SCORE = ("/value", "/score")
_INPUT = ("request", "inputs", "input", "question", "prompt", "messages")
_OUTPUT = ("response", "outputs", "output", "prediction", "predictions", "answer")
_EXPECTED = ("expectations", "expected_response/value", "targets", "target", "ground_truth", "expected", "label")
_EXPECTATIONS = frozenset({"expected_response", "expected_facts", "expected_retrieved_context", "guidelines"})
_OWN = frozenset(
    {"trace_id", "request_id", "client_request_id", "trace", "state", "request_time", "execution_duration", "spans"}
    | {"trace_metadata", "tags", "assessments", "execution_time_ms", "timestamp_ms", "status", "token_count", "latency"}
)


def read(path: Path, asked: Asked) -> Log:
    """One evaluation.

    Raises:
        InputError: it is no table, or has no column NAME/value or NAME/score.
    """
    log = Log("mlflow", None, path.name.split(".")[0] or "mlflow", str(path), ())
    log.rows = _rows(log, _table(path), asked)
    return log


def _table(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".pq")):
        return read_parquet(path)
    if name.endswith((".csv", ".tsv")):
        return ((place, {key: value or None for key, value in row.items()}) for place, row in read_csv(path)[1])
    return read_records(path)


def _rows(log: Log, table: Iterator[tuple[str, Mapping[str, Any]]], asked: Asked) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for place, found in table:
        cells = {key: cell(value) for key, value in found.items()}
        row = _row(place, cells, asked)
        seen[row.case_id] = seen.get(row.case_id, 0) + 1
        if seen[row.case_id] > 1:
            row.case_id = f"{row.case_id} #{seen[row.case_id]}"
        _score(log, row, cells)
        if not row.scores and not seen.keys() - {row.case_id} and row.failure is None:
            what = f"no column is called NAME/value or NAME/score; there are {', '.join(map(str, cells))[:300]}"
            raise InputError(what, log.file, "Import it as csv, and name the columns with --score.")
        yield row


def _row(place: str, cells: Mapping[str, Any], asked: Asked) -> Row:
    tags = {key: value for key, value in as_dict(cells.get("tags")).items() if not str(key).startswith("mlflow.")}
    given = _first(cells, asked.columns.get("input"), _INPUT)
    expected = _first(cells, asked.columns.get("expected"), _EXPECTED)
    taken = {*_OWN, *_INPUT, *_OUTPUT, *_EXPECTED}
    plain = {key: value for key, value in cells.items() if key not in taken and "/" not in key}
    row = Row(
        case_id=_id(cells, given, asked, place),
        place=place,
        input=given,
        expected=expected,
        facts={**plain, **tags},
        output=_first(cells, asked.columns.get("output"), _OUTPUT),
        seconds=_seconds(cells),
    )
    if str(cells.get("state") or cells.get("status") or "OK").rpartition(".")[2] == "ERROR":
        row.failure = tool_failed("the trace ended in an error", row.output or "")
        row.output = None
    return row


def _first(cells: Mapping[str, Any], chosen: str | None, names: tuple[str, ...]) -> Any:
    named = names if chosen is None else (chosen,)
    return next((cells[name] for name in named if cells.get(name) is not None), None)


def _id(cells: Mapping[str, Any], given: Any, asked: Asked, place: str) -> str:
    """The id that was given; ids of traces are made anew in each run, so that the question itself is the id."""
    chosen = asked.columns.get("id")
    found = cells.get(chosen) if chosen else next((cells[k] for k in ("client_request_id", "id") if cells.get(k)), None)
    if found is not None:
        return str(found)
    return place if given is None else f"q-{digest_of(_plain(given))[:12]}"


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else f"{value!r}"


def _seconds(cells: Mapping[str, Any]) -> float | None:
    """Milliseconds; 0 stands for an answer that was there before."""
    found = number_of(cells.get("execution_duration", cells.get("execution_time_ms")))
    return None if isinstance(found, Unscored) or not found else amount(found / 1000)


def _score(log: Log, row: Row, cells: Mapping[str, Any]) -> None:
    said = _assessments(cells)
    reasons: dict[str, Any] = {}
    for column, value in cells.items():
        name, slash, kind = str(column).rpartition("/")
        if not slash or f"/{kind}" not in _SCORE:
            continue
        assessment = said.get(name, {})
        if "expectation" in assessment or (not assessment and name in _EXPECTATIONS):
            continue
        error = cells.get(f"{name}/error_message") or as_dict(as_dict(assessment.get("feedback")).get("error"))
        row.scores[name] = Unscored("the scorer raised an error") if error and value is None else number_of(value)
        _declare(log, name, value, assessment)
        if (why := cells.get(f"{name}/rationale") or cells.get(f"{name}/justification")) is not None:
            reasons[name] = why
    if reasons:
        row.trace["explanations"] = reasons


def _declare(log: Log, name: str, value: Any, assessment: Mapping[str, Any]) -> None:
    digest = as_dict(assessment.get("metadata")).get("mlflow.assessment.scorerDigest")
    known = log.scorers.setdefault(name, Scorer(direction(name), None, {"tool": "mlflow", "score": name}))
    if digest:
        known.definition = {"tool": "mlflow", "score": name, "scorer": digest}
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("yes", "no", "true", "false")):
        known.range = (0.0, 1.0)


def _assessments(cells: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> assessment: the column, or that of the trace, which stands as JSON in a CSV file."""
    listed = cells.get("assessments")
    if not isinstance(listed, list):
        listed = as_dict(as_dict(cells.get("trace")).get("info")).get("assessments")
    found = map(as_dict, as_list(listed))
    return {str(one.get("assessment_name")): one for one in found if one.get("valid", True)}
