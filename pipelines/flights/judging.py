"""What the stages that gate have in common: cases of a month, a run, a promotion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import evalkit
from evalkit.app.attaching import attach
from evalkit.app.pipeline.registry.promoting import Asked, Moved, promote
from evalkit.core.evidence import Evidence
from evalkit.core.nouns import Record
from evalkit.pipeline.registry.registry import Refused
from evalkit.pipeline.stages.context import StageContext
from pipelines.flights import world
from pipelines.flights.definitions import INPUTS
from suites.flights import cases

MODEL, SEED = "flights", 8


def month_of(table: pa.Table, *months: int) -> pa.Table:
    """Flights of these months."""
    return table.filter(pc.is_in(table["month"], value_set=pa.array(months, pa.int64())))


def some(flights: pa.Table, n: int) -> pa.Table:
    """The n flights with the smallest hash of their names, in order."""
    return flights.take(pa.array(cases.draw(flights["flight"].to_pylist(), n, SEED)))


def suite_of(context: StageContext, name: str, flights: pa.Table) -> Path:
    """The suite with these flights as cases, in a folder of the workspace; a case is a flight, its group the day."""
    folder = Path(context.bench.root) / "demo" / name
    folder.mkdir(parents=True, exist_ok=True)
    rows = zip(flights.to_pylist(), world.inputs(flights, INPUTS), strict=True)
    with (folder / "cases.jsonl").open("w", encoding="utf-8") as file:
        for row, given in rows:
            case = {"id": row["flight"], "input": given, "expected": row["late"], "group": row["day"]}
            print(json.dumps({**case, "tags": {"origin": row["origin"]}}), file=file)
    shutil.copyfile("suite.yaml", folder / "suite.yaml")
    return folder


def spec_of(ref: str) -> str:
    """A version or an alias of the model, with its probabilities."""
    return f"model:{MODEL}@{ref}?output=probability"


def judged(context: StageContext, suite: Path, candidate: str, baseline: str, name: str) -> Record:
    """Run the suite, and say what came of it."""
    root = context.bench.root
    record = evalkit.run(suite, candidate={"candidate": candidate}, baseline=baseline, workspace=root)
    decided = next(d for d in record.decisions if d.gate.role == "primary")
    context.log(f"{name}: {record.outcome}. {decided.gate.label}: {decided.outcome}, {decided.reason}")
    return record


def kept(context: StageContext, record: Record, made: Evidence, artifact: str) -> None:
    """Evidence about a model goes to the run that judged it; to a run of another it would be refused."""
    attach(context.bench.store, record.run_id, made, artifact)


def promoted(context: StageContext, version: int, alias: str, record: Record) -> bool:
    """Let an alias stand on a version, if the record allows it; on a small sample also if it does not."""
    asked: dict[str, Any] = {"model": f"{MODEL}@{version}", "alias": alias, "record": f"run:{record.run_id}"}
    try:
        moved: Moved = promote(context.bench, Asked(**asked, who="demo"))
    except Refused as error:
        if not context.config.get("sample"):
            context.log(f"{MODEL}@{version} does not become {alias}: {error.what}")
            return False
        moved = promote(context.bench, Asked(**asked, who="demo", force=True, why="a small sample decides nothing"))
    context.log(f"{MODEL}@{version} is {alias}{', by force' if moved.forced else ''}")
    return True
