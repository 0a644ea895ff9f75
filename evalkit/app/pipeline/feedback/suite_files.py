"""The next version of a suite: its folder again, with more cases and a version that is one higher."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.suites import load_suite
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING, CaseTable, Column
from evalkit.engine.cases import read_cases
from evalkit.engine.suite import find_suite
from evalkit.engine.suite_loaded import LoadedSuite
from evalkit.stores.disk import place, settle, temporary_folder, told

__all__ = ["Suite", "next_version", "read"]

_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")


class Suite(NamedTuple):
    """A suite as it stands."""

    file: Path
    loaded: LoadedSuite
    cases_file: Path
    cases: CaseTable


def read(path: Path) -> Suite:
    """Read a suite and its cases.

    Raises:
        InputError: it cannot be used.
    """
    file = find_suite(path)
    loaded = load_suite(file)
    cases_file = loaded.resolve(str(loaded.suite.cases))
    return Suite(file, loaded, cases_file, read_cases(cases_file))


def next_version(suite: Suite, rows: Sequence[Mapping[str, Any]], folder: Path) -> Suite:
    """Write a folder with all files of the suite, its cases and these rows behind them; the suite is not touched.

    Args:
        suite: as it stands.
        rows: new cases.
        folder: where nothing may be yet.

    Raises:
        InputError: something is there, or the suite cannot be written anew. StoreError: the disk refuses.
    """
    if folder.exists():
        raise InputError("there is something already", str(folder), "Name a new folder with -o")
    base = suite.file.parent
    lines = suite.cases_file.suffix.lower() in (".jsonl", ".ndjson")
    inside = lines and suite.cases_file.resolve().is_relative_to(base.resolve())
    name = suite.cases_file.resolve().relative_to(base.resolve()).as_posix() if inside else "cases.jsonl"
    before = suite.cases_file.read_bytes().rstrip(b"\n") + b"\n" if lines else _jsonl(_rows(suite.cases))
    version = following(suite.loaded.suite.version)
    with told(folder, "write the suite"), temporary_folder(folder.resolve().parent) as parent:
        made = parent / "suite"
        shutil.copytree(base, made, ignore=_LEFT_OUT)
        (made / name).write_bytes(before.lstrip(b"\n") + _jsonl(rows))
        text = _edited(suite.file.read_text(encoding="utf-8"), version, None if inside else name)
        (made / suite.file.name).write_text(text, encoding="utf-8")
        new = read(made / suite.file.name)
        if new.loaded.suite.version != version or len(new.cases) != len(suite.cases) + len(rows):
            raise InputError(
                "its version or its cases cannot be replaced",
                str(suite.file),
                "Write `version:` and `cases:` a line each",
            )
        settle(made)
        place(made, folder.resolve())
    return read(folder / suite.file.name)


def following(version: int | str) -> int | str:
    """The version after one: 3 -> 4, "1.9" -> "1.10", "draft" -> "draft.1"."""
    if isinstance(version, int):
        return version + 1
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", version, re.DOTALL)
    return f"{found[1]}{int(found[2]) + 1}{found[3]}" if found else f"{version}.1"


def _edited(text: str, version: int | str, cases: str | None) -> str:
    """The suite file with another version, and perhaps another file of cases; all else as it is written."""
    line = f"version: {json.dumps(version, ensure_ascii=False)}"
    found = re.sub(r"^version:[^\n#]*?(?=[ \t]*(?:#|$))", lambda _: line, text, count=1, flags=re.MULTILINE)
    if found == text:
        found = re.sub(r"^suite:[^\n]*", lambda match: f"{match[0]}\n{line}", text, count=1, flags=re.MULTILINE)
    if cases is not None:
        found = re.sub(r"^cases:[^\n#]*?(?=[ \t]*(?:#|$))", f"cases: {cases}", found, count=1, flags=re.MULTILINE)
    return found


def _rows(cases: CaseTable) -> list[dict[str, Any]]:
    """Cases of a table as rows of JSON Lines."""
    names = ("id", "input", "expected", "group", "weight")
    n = len(cases)
    columns = [
        cases.ids.to_pylist(),
        cases.input.values(),
        cases.expected.values(),
        [None] * n if cases.group is None else cases.group.to_pylist(),
        [None] * n if cases.weight is None else cases.weight.tolist(),
    ]
    tags = {name: values.to_pylist() for name, values in cases.tags.items()}
    found = []
    for i, values in enumerate(zip(*columns, strict=True)):
        row = {
            k: v for k, v in zip(names, values, strict=True) if v is not MISSING and (k in names[:3] or v is not None)
        }
        own = {name: column[i] for name, column in tags.items() if column[i] is not None}
        found.append({**row, **({"tags": own} if own else {})})
    return found


def _jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows).encode()


def inputs(cases: CaseTable) -> list[tuple[str, Any]]:
    """(id, input) of each case that has an input."""
    column: Column = cases.input
    return [(id_, v) for id_, v in zip(cases.ids.to_pylist(), column.values(), strict=True) if v is not MISSING]
