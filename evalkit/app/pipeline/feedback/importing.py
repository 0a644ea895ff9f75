"""Files of feedback into the traffic log: all rows or none, each once."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.label_files import read_labels
from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import InputError
from evalkit.core.traffic import Reported
from evalkit.engine.files import need_file
from evalkit.pipeline.feedback.rows import reported

__all__ = ["Imported", "import_file"]

_SHAPE = 'Write {"id": of the prediction, "value": ..., "kind": "outcome", "who": "...", "ts": "2026-01-31T12:00:00Z"}'
_NAMED = 5


class Imported(NamedTuple):
    """What came of a file: rows = new + repeated; unknown ids are kept until their predictions appear."""

    rows: int
    new: int
    repeated: int
    unknown: list[str]  # ids of no prediction so far


def import_file(bench: Bench, path: Path) -> Imported:
    """Keep the rows of a JSON Lines or CSV file, or the labels of a label file (its items are ids of predictions).

    Raises:
        InputError: a row cannot be used; nothing of the file was kept.
    """
    now = bench.clock()
    given = list(_labels(path, now)) if _is_labels(path) else _feedback(path, now)
    traffic = bench.traffic
    ids = {row.id for row in given}
    stored = traffic.outcomes()
    before = set(
        zip(*(stored[name].to_pylist() for name in ("id", "kind", "value", "who")), _micros(stored), strict=True)
    )
    fresh = []
    for row in sorted(given, key=lambda row: row.at):  # the log asks what was told last: oldest first
        content = (row.id, row.kind, row.value, row.who, round(row.at * 1e6))
        if content not in before:
            before.add(content)
            fresh.append(row)
    new = traffic.put_outcomes(fresh)
    return Imported(len(given), new, len(given) - new, sorted(ids - traffic.known(ids)))


def _micros(table: Any) -> list[int]:
    found: list[int] = table["at"].cast("int64").to_pylist()
    return found


def _feedback(path: Path, now: float) -> list[Reported]:
    found, faults = [], []
    for number, row in _rows(need_file(path, "feedback")):
        try:
            found.append(reported(row, now))
        except ValueError as error:
            faults.append((number, str(error)))
    if faults:
        number, what = faults[0]
        more = f", and {len(faults) - 1:,} more rows cannot be used" if len(faults) > 1 else ""
        raise InputError(f"{what}{more}; nothing was imported", f"{path}:{number}", _SHAPE)
    return found


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read: {error}", str(path), "Save it as UTF-8") from None
    if path.suffix.lower() == ".csv":
        yield from _cells(text, path)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _cells(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        for cells in reader:
            if any(cells):
                row = dict(zip(header, cells, strict=False))
                if not row.get("value", "").strip():
                    row.pop("value", None)
                elif len(cells) == len(header):
                    row["value"] = _value(row["value"])
                yield reader.line_num, row if len(cells) == len(header) else None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", f"{path}:{reader.line_num}", "Close the quotes") from None


def _value(cell: str) -> Any:
    """A cell as JSON, or as the text that it is."""
    try:
        return json.loads(cell, parse_constant=str)
    except (ValueError, RecursionError):
        return cell


def _is_labels(path: Path) -> bool:
    """Whether the first row names an item: a label file."""
    first = next((row for _, row in _rows(need_file(path, "feedback"))), None)
    return isinstance(first, dict) and "item" in first


def _labels(path: Path, now: float) -> Iterator[Reported]:
    for row in read_labels(path):
        for who, label in row.humans.items():
            yield Reported(row.item, now, "label", json.dumps(label, ensure_ascii=False), who)
