"""Rows of labels -> a file that people fill in: JSON Lines, or CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.app.label_cells import cells_of_row
from evalkit.app.label_files import UNNAMED, Label
from evalkit.app.whole import whole
from evalkit.core.errors import InputError, StoreError
from evalkit.core.tables import MISSING

COLUMNS = ("item", "input", "expected", "output", "output_1", "output_2", "human", "group", "system", "weight", "tags")


def row_of(label: Label) -> dict[str, Any]:
    """The row of a file that a label was read from."""
    humans: Any = label.humans.get(UNNAMED) if set(label.humans) <= {UNNAMED} else dict(label.humans)
    values = {**label._asdict(), "human": humans, "weight": None if label.weight == 1 else label.weight}
    found = {key: values[key] for key in COLUMNS if values[key] is not MISSING}
    optional = {"group", "system", "weight", "tags"}
    return {key: value for key, value in found.items() if key not in optional or value not in (None, {})}


def check_new(file: Path) -> None:
    """Refuse to write over a file: somebody may have labelled it.

    Raises:
        InputError: it exists, or is neither .jsonl nor .csv.
    """
    if file.suffix.lower() not in (".jsonl", ".csv"):
        raise InputError(f"the name ends with {file.suffix or 'nothing'!r}", str(file), "Name a .jsonl or .csv file")
    if file.exists():
        raise InputError("the file exists, and may hold labels", str(file), "Name a new file, or remove it")


def write_labels(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write rows whole or not at all.

    Raises:
        StoreError: the disk is full or the place is read-only.
    """
    text = _csv(rows) if file.suffix.lower() == ".csv" else _jsonl(rows)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as place:
            place.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise StoreError(f"it cannot be written: {error.strerror}", str(file), "Name another file with -o.") from error


def _jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = [cells_of_row(row) for row in rows]
    names = {name: None for row in cells for name in row} | {"human": None}
    if any(name.startswith("human.") for name in names):
        names.pop("human")
    order = sorted(names, key=lambda name: (COLUMNS.index(name.split(".")[0]), name))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, order, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(cells)
    return out.getvalue()
