"""Parquet and CSV -> prediction columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.core.tables import PREDICTIONS, prediction_table
from evalkit.core.texts import NotFinite, parse
from evalkit.predictors.recorded_columns import KEYS, BadCell, Place, columns_table

_BLOCK_ROWS = 65_536
_TO_ESCAPE = '["\\\\\\x00-\\x1f]'  # what JSON writes differently inside a text


def read_parquet(path: Path, variant: str | None = None) -> tuple[pa.Table, set[str], Place]:
    """The table, the keys that mean nothing here, and where each row stands.

    A column `output` of texts holds texts, not JSON, unless the file is a run's own `predictions.parquet`.

    Raises:
        InputError: naming the row, the column and the value.
        OSError: the file cannot be read.
    """
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowException as error:
        raise InputError(f"this is not Parquet: {' '.join(str(error).split())[:200]}", str(path)) from None

    def place(row: int) -> str:
        return f"{path}, row {row + 1:,}" if row >= 0 else str(path)

    if {"failure_kind", "output"} <= set(table.column_names):
        return _of_a_run(path, table, variant), set(), place
    if "case_id" not in table.column_names:
        raise InputError(f"there is no column case_id, only {', '.join(table.column_names)}", str(path))
    tables = []
    for start in range(0, len(table), _BLOCK_ROWS):
        try:
            tables.append(_block(table.slice(start, _BLOCK_ROWS).combine_chunks()))
        except BadCell as error:
            raise InputError(str(error), place(start + error.row)) from None
    whole = pa.concat_tables(tables) if tables else PREDICTIONS.empty_table()
    return whole, set(table.column_names) - set(KEYS), place


def _of_a_run(path: Path, table: pa.Table, variant: str | None) -> pa.Table:
    """The rows of one variant of a `predictions.parquet`."""
    if "variant" in table.column_names:
        names = [str(name) for name in pc.unique(table["variant"]).to_pylist()]
        if variant is None and len(names) > 1:
            raise InputError(f"the file holds the variants {', '.join(names)}", str(path), "Choose one: ?variant=NAME.")
        if variant is not None and variant not in names:
            raise InputError(f"the file holds no variant {variant!r}, only {', '.join(names)}", str(path))
        table = table.filter(pc.equal(table["variant"].cast(pa.string()), variant or names[0]))
    return prediction_table({name: table[name] for name in PREDICTIONS.names if name in table.column_names})


def _block(table: pa.Table) -> pa.Table:
    """A block of rows. Plain texts and numbers stay in Arrow; what is nested or mixed goes through Python."""
    columns = {name: table[name].chunk(0) for name in KEYS if name in table.column_names and table[name].num_chunks}
    for name, column in columns.items():
        if pa.types.is_dictionary(column.type):
            columns[name] = column.dictionary_decode()
    fast = _plain_json(columns["output"]) if "output" in columns else None
    # Text in place of the output only says where there is one; the real texts are put in afterwards.
    cells: dict[str, list[Any]] = {
        name: column.to_pylist() for name, column in columns.items() if name != "output" or fast is None
    }
    if fast is not None:
        cells["output"] = [True if there else None for there in np.asarray(pc.is_valid(fast)).tolist()]
    found = columns_table(cells, len(table))
    if fast is None:
        return found
    kept = pc.is_valid(found["output"])
    where = found.schema.get_field_index("output")
    return found.set_column(where, PREDICTIONS.field("output"), pc.if_else(kept, fast, pa.scalar(None, fast.type)))


def _plain_json(column: pa.Array) -> pa.Array | None:
    """JSON texts of a column of booleans, whole numbers or texts that need no escapes; None for any other."""
    if pa.types.is_boolean(column.type) or pa.types.is_integer(column.type):
        return column.cast(pa.string()).cast(pa.large_string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        if pc.any(pc.match_substring_regex(column, _TO_ESCAPE)).as_py():
            return None
        quote = pa.scalar('"', pa.large_string())
        return pc.binary_join_element_wise(
            quote, column.cast(pa.large_string()), quote, pa.scalar("", pa.large_string())
        )
    return None


def read_csv(path: Path) -> tuple[pa.Table, set[str], Place]:
    """As `read_parquet`. An output that is a JSON number, boolean, list or object is one; an empty cell is none.

    Raises:
        InputError: naming the row, the column and the value.
        OSError: the file cannot be read.
    """
    from pyarrow import csv

    def place(row: int) -> str:
        return f"{path}, row {row + 1:,} after the header" if row >= 0 else str(path)

    options = csv.ParseOptions(newlines_in_values=True)
    try:
        with csv.open_csv(path, parse_options=options) as reader:
            names = reader.schema.names
        texts = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        table = csv.read_csv(path, parse_options=options, convert_options=texts)
    except pa.ArrowException as error:
        raise InputError(f"this is not CSV: {' '.join(str(error).split())[:200]}", str(path)) from None
    if "case_id" not in names:
        raise InputError(f"there is no column case_id, only {', '.join(names)}", str(path))
    cells = {}
    for name in KEYS:
        if name in names:
            convert = _text if name in {"case_id", "model"} else _cell
            cells[name] = [convert(value) for value in table[name].to_pylist()]
    try:
        return columns_table(cells, len(table)), set(names) - set(KEYS), place
    except BadCell as error:
        raise InputError(str(error), place(error.row)) from None


def _text(cell: str) -> str | None:
    return cell or None


def _cell(cell: str) -> Any:
    if cell == "":
        return None
    try:
        return parse(cell)
    except NotFinite:
        return float(cell.strip().replace("Infinity", "inf"))
    except ValueError:
        return cell
