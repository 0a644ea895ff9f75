"""Reads cases from a file, and narrows them to those that a run asks for."""

from __future__ import annotations

import fnmatch
import gzip
import re
import zlib
from collections.abc import Sequence
from json.encoder import encode_basestring
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.bulk import bulk
from evalkit.core.errors import InputError
from evalkit.core.tables import CaseTable
from evalkit.engine.case_columns import CaseBuilder, Faults
from evalkit.engine.case_csv import read_csv
from evalkit.engine.case_jsonl import read_json_list, read_jsonl
from evalkit.engine.files import need_file, unreadable
from evalkit.engine.nearest import did_you_mean, listed, nearest

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")


@bulk()
def read_cases(path: Path) -> CaseTable:
    """The cases of a file, in its order; the format goes by the suffix (`.gz` too, but for Parquet).

    Fields: id (text or whole number, unique), input, expected, group, tags (an object of short texts), weight
    (above 0, default 1). Tables have columns of these names, `tags.X` for tags, and may have `input.X` and
    `expected.X` instead of input and expected; an empty cell is nothing.

    Raises:
        InputError: with the file, the line or row and the value: the first fault, and how many more there are.
    """
    need_file(path, "cases")
    name = path.name.lower().removesuffix(".gz")
    suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
    if suffix is None or (suffix == ".parquet" and name != path.name.lower()):
        raise InputError("the suffix says no known format", str(path), f"Use one of {', '.join(SUFFIXES)}")
    builder = CaseBuilder(Faults(str(path), "row" if suffix in (".parquet", ".json") else "line"))
    try:
        _read(path, suffix, builder)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"not a whole gzip file: {error}", str(path), "Compress it again") from None
    except OSError as error:
        raise unreadable(path, "cases", error) from None
    return builder.table()


def select(cases: CaseTable, limit: int | None = None, filters: Sequence[str] = ()) -> CaseTable:
    """The cases that pass the filters, and of those the first `limit` in file order.

    Args:
        cases: all cases.
        limit: at least 1, or None.
        filters: `tag=value`, `id=glob` (`*`, `?`, `[...]`), `text~substring` (of input or expected, in any case).
            Several values of one tag, and several globs, are alternatives; all else must hold together.

    Raises:
        InputError: a filter is not understood, names a tag or value that no case has, or no case is left.
    """
    keep = np.ones(len(cases), bool)
    by_name: dict[str, np.ndarray] = {}
    for text in filters:
        name, passes = _filter(cases, text)
        by_name[name] = by_name[name] | passes if name in by_name else passes
    for passes in by_name.values():
        keep &= passes
    if not keep.any():
        raise InputError(f"no case passes the filters {listed(filters)} together", "--filter", "Use fewer filters")
    if limit is not None and limit < 1:
        raise InputError(f"limit is {limit}; it must be at least 1", "--limit", "Leave it out for all cases")
    rows = np.flatnonzero(keep)[:limit]
    return cases if len(rows) == len(cases) else cases.take(rows)


def groups_of(cases: CaseTable) -> np.ndarray | None:
    """(n,) cluster codes 0, 1, ... in order of first appearance when the cases are sorted by id.

    A case without a group is a cluster of its own. None when no case has a group.
    """
    if cases.group is None:
        return None
    order = np.asarray(pc.array_sort_indices(cases.ids))
    codes = np.asarray(pc.fill_null(cases.group.take(pa.array(order)).dictionary_encode().indices, -1)).astype(np.int64)
    alone = codes < 0
    codes[alone] = len(codes) + np.arange(alone.sum())
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    found = np.empty(len(codes), np.int64)
    found[order] = rank[inverse]
    return found


def _read(path: Path, suffix: str, builder: CaseBuilder) -> None:
    def open_file() -> IO[bytes]:
        return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]

    if suffix == ".parquet":
        from evalkit.engine.case_parquet import read_parquet

        read_parquet(path, builder)
    elif suffix == ".csv":
        read_csv(open_file, builder)
    else:
        with open_file() as file:
            (read_json_list if suffix == ".json" else read_jsonl)(file, builder)


def _filter(cases: CaseTable, text: str) -> tuple[str, np.ndarray]:
    """A filter's name and (n,) bools."""
    if text.startswith("text~"):
        return text, _holding(cases, text[5:])
    name, equals, value = text.partition("=")
    if not equals:
        remedy = "Write tag=value, id=glob or text~substring"
        raise InputError(f"the filter {text!r:.80} is not understood", "--filter", remedy)
    if name == "id":
        return name, _with_id(cases, value)
    return name, _tagged(cases, name.removeprefix("tags."), value)


def _tagged(cases: CaseTable, tag: str, value: str) -> np.ndarray:
    if tag not in cases.tags:
        raise InputError(f"no case has the tag {tag!r:.80}", "--filter", did_you_mean(tag, cases.tags, "tags"))
    passes = np.asarray(pc.fill_null(pc.equal(cases.tags[tag], value), False))
    if not passes.any():
        known = pc.unique(cases.tags[tag].drop_null()).to_pylist()
        raise InputError(f"no case has {tag}={value:.80}", "--filter", did_you_mean(value, known, "values"))
    return passes


def _with_id(cases: CaseTable, glob: str) -> np.ndarray:
    match = re.compile(fnmatch.translate(glob)).match
    passes = np.fromiter((match(id_) is not None for id_ in cases.ids.to_pylist()), bool, len(cases))
    if not passes.any():
        close = nearest(glob, cases.ids.to_pylist())
        remedy = f"Nearest: {close!r}" if close else f"The first id is {cases.ids[0].as_py()!r:.80}"
        raise InputError(f"no case has an id like {glob!r:.80}", "--filter", remedy)
    return passes


def _holding(cases: CaseTable, part: str) -> np.ndarray:
    written = encode_basestring(part)[1:-1]  # as it stands inside a JSON text
    passes = np.zeros(len(cases), bool)
    for column in (cases.input, cases.expected):
        passes |= np.asarray(pc.fill_null(pc.match_substring(column.text, written, ignore_case=True), False))
    if not passes.any():
        raise InputError(f"no input or expected value holds {part!r:.80}", "--filter", "Check the spelling")
    return passes
