"""What goes into a training: the config file with its overrides, the data by role, the seed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.app.pipeline.bench import Bench
from evalkit.core.digest import canonical_json
from evalkit.core.errors import InputError
from evalkit.core.versions import Dataset
from evalkit.core.yaml12 import parse_yaml
from evalkit.pipeline.train.overrides import Override, applied

__all__ = ["Inputs", "config_file", "inputs_of"]

_FILES = (".parquet", ".csv", ".jsonl")


class Inputs(NamedTuple):
    """What goes into a training.

    Attributes:
        data: role -> dataset.
        config: of the recipe, after overrides.
        seed: of the recipe.
    """

    data: dict[str, Dataset]
    config: dict[str, Any]
    seed: int


def config_file(path: Path | None) -> dict[str, Any]:
    """The config in a YAML or JSON file; empty without one.

    Raises:
        InputError: it cannot be read, or is no mapping.
    """
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the config cannot be read: {getattr(error, 'strerror', None) or error}", str(path)) from None
    value = parse_yaml(text, str(path)).value
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"a config is a mapping, and this is a {type(value).__name__}", str(path))
    return value


def inputs_of(
    bench: Bench, config: Mapping[str, Any], found: Sequence[Override], data: Sequence[str], seed: int | None
) -> Inputs:
    """The inputs of one training.

    The keys `data` (role -> dataset) and `seed` of the config are ours, and are not given to the recipe.

    Args:
        bench: where datasets are.
        config: of the file.
        found: values from the command line.
        data: `role=REF` each: a dataset, or a file (Parquet, CSV, JSON lines) that is kept as one.
        seed: counts before the config's; None: that, or 0.

    Raises:
        InputError: something given cannot be used.
    """
    whole = applied(config, found)
    named = whole.pop("data", None) or {}
    if not isinstance(named, dict) or not all(isinstance(ref, str) for ref in named.values()):
        raise InputError(
            f"`data` names a dataset a role, and is {named!r:.120}", "the config", "Write data: {train: NAME@1}"
        )
    named = {str(role): ref for role, ref in named.items()} | _roles(data)
    inner = whole.pop("seed", None)
    seed = seed if seed is not None else inner if inner is not None else 0
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise InputError(f"the seed is {seed!r:.60}, no whole number from 0 up")
    try:
        canonical_json(whole)
    except ValueError as error:
        raise InputError(f"the config holds what is no JSON: {error}", "the config") from None
    return Inputs({role: _dataset(bench, ref) for role, ref in sorted(named.items())}, whole, seed)


def _roles(data: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for role, ref in map(_role, data):
        if found.setdefault(role, ref) != ref:
            raise InputError(
                f"{role} is given twice: {found[role]!r:.80} and {ref!r:.80}", "--data", "A role is one table"
            )
    return found


def _role(text: str) -> tuple[str, str]:
    role, equals, ref = text.partition("=")
    if not equals or not role or not ref:
        raise InputError(
            f"{text!r:.120} names no data", "--data", "Write --data train=NAME@1, or --data train=file.parquet"
        )
    return role, ref


def _dataset(bench: Bench, ref: str) -> Dataset:
    path = Path(ref)
    known = path.suffix.lower() in _FILES
    if known and path.is_file():
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-.") or "data"
        return bench.datasets.add(name, [_read(path)], made_by="train", note=f"read from {path.name}")
    try:
        return bench.datasets.find(ref)
    except InputError:
        if not known:
            raise
        remedy = "Look at the path; it is taken from the current folder"
        raise InputError(f"there is no file and no dataset {ref!r:.200}", "--data", remedy) from None


def _read(path: Path) -> Any:
    from pyarrow import csv, parquet
    from pyarrow import json as lines

    readers = {".parquet": parquet.read_table, ".csv": csv.read_csv, ".jsonl": lines.read_json}
    try:
        table = readers[path.suffix.lower()](path)
        names = table.column_names
    except (ValueError, OSError) as error:  # what Arrow says of data is a ValueError, as is a name that is not UTF-8
        raise InputError(f"the data cannot be read: {error!s:.300}", str(path)) from None
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"the column {twice!r:.80} is there twice", str(path), "Rename one")
    return table
