"""A suite folder made of an imported run: its cases, its scores as metrics, and room for gates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store
from evalkit.core.tables import MISSING, CaseTable


def write_suite(folder: Path, record: Record, store: Store) -> Path:
    """Write `suite.yaml` and `cases.jsonl`; the suite's path.

    Raises:
        InputError: the folder holds one of them already.
        StoreError: they cannot be written.
    """
    suite, cases = folder / "suite.yaml", folder / "cases.jsonl"
    if there := next((path for path in (suite, cases) if path.exists()), None):
        raise InputError("it is there already, and is not overwritten", str(there), "Name another folder.")
    table = CaseTable.from_arrow(store.read_table(record.run_id, "cases"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        cases.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(table)), encoding="utf-8")
        suite.write_text(_text(record), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"the suite cannot be written: {error.strerror}", str(folder)) from error
    return suite


def _rows(cases: CaseTable) -> list[dict[str, Any]]:
    columns = {"input": cases.input.values(), "expected": cases.expected.values()}
    groups = [None] * len(cases) if cases.group is None else cases.group.to_pylist()
    tags = {name: values.to_pylist() for name, values in cases.tags.items()}
    found = []
    for at, case_id in enumerate(cases.ids.to_pylist()):
        row: dict[str, Any] = {"id": case_id}
        row |= {name: values[at] for name, values in columns.items() if values[at] is not MISSING}
        if groups[at] is not None:
            row["group"] = groups[at]
        if mine := {name: values[at] for name, values in tags.items() if values[at] is not None}:
            row["tags"] = mine
        found.append(row)
    return found


def _text(record: Record) -> str:
    """YAML whose values are JSON: any name of any tool is quoted safely."""
    source = record.suite.source
    lines = [
        f"suite: {_quoted(source['suite'])}",
        f"description: {_quoted(source['description'])}",
        "cases: cases.jsonl",
    ]
    if source.get("repeats", 1) > 1:
        lines.append(f"repeats: {source['repeats']}")
    lines.append("layers:")
    for layer, entries in source["layers"].items():
        lines += [f"  {layer}:", *(f"    - {_quoted(entry)}" for entry in entries)]
    first = next((m for m in record.metrics if m.name == "recorded"), None)
    if first is not None:
        gate = {"metric": first.id, "versus": "baseline", "margin": 0.02}
        lines += ["# Gates are yours to set, for example:", "# gates:", f"#   - {_quoted(gate)}"]
    return "\n".join(lines) + "\n"


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
