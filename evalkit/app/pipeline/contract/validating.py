"""A file or a dataset held against a contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.bench import Bench
from evalkit.core.evidence import Validation
from evalkit.core.table_digest import plain, table_digest
from evalkit.pipeline.contract import Checked, Contract, check
from evalkit.pipeline.contract.files import Read, read_file
from evalkit.pipeline.contract.finding import plain_value
from evalkit.pipeline.contract.history import given_by
from evalkit.stores.disk import told
from evalkit.stores.times import iso

__all__ = ["as_json", "evidence_of", "validated", "write_failures"]


def validated(
    source: str, contract: Path | Contract, bench: Bench, *, history: str | None = None
) -> tuple[Checked, Read]:
    """Check a file, or `dataset:REF`.

    Args:
        source: path of a CSV, JSON Lines or Parquet file, or `dataset:NAME[@VERSION]`.
        contract: its file, or itself.
        bench: the workspace: datasets that rules refer to, and the clock.
        history: name of the dataset whose versions are the history; None: of `dataset:NAME` those before it.

    Raises:
        InputError: something cannot be read or found.
    """
    rules = contract if isinstance(contract, Contract) else Contract.load(contract)
    if source.startswith("dataset:"):
        found = bench.datasets.find(source)
        read = Read(bench.datasets.table(found), "none", dataset=found)
        before = bench.datasets.versions(found.name)[: found.version - 1]
    else:
        read, before = read_file(Path(source), rules), []
    if history is not None:
        newest = bench.datasets.find(history)
        before = bench.datasets.versions(newest.name)[: newest.version]
    given = given_by(bench.datasets, bench.clock(), before, texts=read.texts, odd=read.odd, unreadable=read.bad)
    return check(read.table, rules, given), read


def as_json(checked: Checked) -> dict[str, Any]:
    """What `evalkit validate --json` prints. Rows are counted from 0, without the header."""
    checks = [
        {
            "column": each.column,
            "rule": each.rule,
            "severity": finding.severity,
            "outcome": each.outcome,
            "rows": each.n,
            "failing": each.failing,
            "examples": each.examples,
            "reason": finding.decision.reason,
        }
        for each, finding in zip(checked.validation, checked.findings, strict=True)
    ]
    return {
        "outcome": checked.outcome,
        "contract": {"name": checked.contract.contract, "digest": checked.contract.digest},
        "rows": checked.rows,
        "bad_rows": int(checked.bad.sum()),
        "checks": checks,
    }


def write_failures(checked: Checked, path: Path) -> None:
    """Every value that breaks a rule, by rule and row; rules of the whole table have none.

    Raises:
        StoreError: the file cannot be written.
    """
    with told(path, "write the failures"), path.open("w", encoding="utf-8") as file:
        for finding in checked.findings:
            for row in finding.rows.tolist():
                value = plain_value(finding.value(row))
                line = {"row": row, "column": finding.column, "rule": finding.words, "value": value}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def evidence_of(checked: Checked, read: Read, source: str, bench: Bench) -> Validation:
    """For the release report, with the digest of the dataset, or of the rows of a file."""
    if read.dataset is not None:
        name, digest = f"{read.dataset.name}@{read.dataset.version}", read.dataset.digest
    else:
        rows = plain(read.table)
        name, digest = Path(source).name, table_digest(rows.to_batches(), rows.schema)
    return checked.evidence(name, iso(bench.clock()), data=digest, made_by="evalkit validate")
