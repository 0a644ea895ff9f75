"""The repeats of an eval -> a record of the workspace: the same engine that runs suites draws the verdict."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from evalkit.app import api
from evalkit.app.asked import Asked
from evalkit.app.jobs import job_of, silent
from evalkit.app.pytest_plugin.line import PASSED
from evalkit.app.stored_run import RunAnswers
from evalkit.app.suites import load_suite
from evalkit.core.digest import digest_of
from evalkit.core.errors import StoreError
from evalkit.core.nouns import Record
from evalkit.core.tables import MISSING, CaseTable, Column, json_texts, prediction_table
from evalkit.engine.calls import Calls
from evalkit.engine.run import run as run_job
from evalkit.engine.state import Variant

Case = dict[str, Any]
"""One case of an eval, as `repeats` leaves it."""


def record_of(cases: Sequence[Case], workspace: str | None, policy: str | None) -> tuple[Record, str | None]:
    """The record of an eval, and why it could not be stored, if it could not.

    With one case its repeats are what is sampled; with several the cases are, and repeats are averaged inside them.
    """
    alone = len(cases) == 1
    rows = _alone(cases[0]) if alone else sorted(cases, key=lambda case: str(case["id"]))
    suite = _suite(cases[0], rows, 1 if alone else int(cases[0]["line"]["repeats"]))
    if policy:
        suite["policy"] = policy
    grouped = rows[0]["line"]["group"] is not None and not alone
    table = CaseTable(
        pa.array([row["id"] for row in rows], pa.string()),
        Column(json_texts([row["input"] or MISSING for row in rows], MISSING)),
        Column(pa.nulls(len(rows), pa.large_string())),
        pa.array([row["group"] or str(row["id"]) for row in rows], pa.string()) if grouped else None,
    )
    answers = RunAnswers(_predictions(rows), {"predictor": "pytest", "target": cases[0]["test"]})
    created = datetime.now(UTC)
    nonce = digest_of([created.isoformat(), cases[0]["test"], [row["rows"] for row in rows]])[:8]
    labels = {
        "run_id": f"{created:%Y%m%d-%H%M%S}-{nonce}",
        "created": created.isoformat(timespec="seconds"),
        "name": _name(cases[0]["test"]),
        "labels": ["pytest"],
    }
    asked = Asked(load_suite(suite), table, table)
    job = job_of(asked, [Variant("candidate", "candidate", answers)], Calls(), labels)
    try:
        return run_job(job, api.open_store(workspace), silent, time.monotonic), None
    except StoreError as error:
        if error.unsaved is None:
            raise
        return error.unsaved[0], str(error)


def _alone(case: Case) -> list[Case]:
    """Each repeat of a single case as a case of its own."""
    return [
        {**case, "id": str(i + 1), "input": None, "group": None, "rows": [row]} for i, row in enumerate(case["rows"])
    ]


def _suite(case: Case, rows: Sequence[Case], repeats: int) -> dict[str, Any]:
    line = case["line"]
    scores = {name for row in rows for one in row["rows"] for name in one["scores"] or ()}
    ids = [PASSED, *sorted((scores | {line["metric"]}) - {PASSED})]
    gate = {key: line[key] for key in ("at_least", "at_most", "max_unscored", "basis") if line[key] is not None}
    return {
        "suite": case["test"][-200:],
        "cases": case["test"].partition("::")[0] or "pytest",
        "layers": {"eval": [{"recorded": {"key": i, "range": [0, 1], "unit": "share", "as": i}} for i in ids]},
        "gates": [{"metric": line["metric"], **gate}],
        "repeats": repeats,
    }


def _predictions(rows: Sequence[Case]) -> pa.Table:
    found = list(_flat(rows))
    columns = {name: [one[name] for one in found] for name in found[0]}
    columns["trace"] = json_texts(columns["trace"], None)
    return prediction_table(columns)


def _flat(rows: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """A prediction a repeat: the answer that was noted, else what the test said."""
    for row in rows:
        for repeat, one in enumerate(row["rows"]):
            lost = one["scores"] is None
            said = one["answer"] or json.dumps(one["text"] or PASSED)
            yield {
                "case_id": row["id"],
                "repeat": repeat,
                "output": None if lost else said,
                "failure_kind": "harness" if lost else None,
                "failure_reason": one["unscored"],
                "failure_message": one["text"] if lost else None,
                "seconds": one["seconds"],
                "trace": None if lost else {"scores": one["scores"]},
            }


def _name(test: str) -> str:
    """A run's name: the test's node id, as names are spelled."""
    return re.sub(r"[^A-Za-z0-9_./+-]+", "-", test.replace("::", "/")).lstrip("./+-")[-100:].lstrip("./+-") or "eval"
