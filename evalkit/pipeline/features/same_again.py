"""Whether features are functions of their inputs: they are computed again in ways that must not matter."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from evalkit.core.seeds import rng_from
from evalkit.core.table_digest import plain, table_digest
from evalkit.pipeline.features.code import impure
from evalkit.pipeline.features.define import Feature
from evalkit.pipeline.features.feature_set import FeatureSet

__all__ = ["Determinism", "determinism", "digest_of_values"]

_PATIENCE = 120.0  # seconds that the other process has


class Determinism(NamedTuple):
    """What came of it.

    Attributes:
        digests: feature -> digest of its values on the table.
        faults: sentences that name a definition and what is wrong with it; empty: none was found.
        unchecked: what could not be tried, as sentences.
    """

    digests: dict[str, str]
    faults: list[str]
    unchecked: list[str]


def determinism(features: FeatureSet | Feature, table: pa.Table, *, elsewhere: bool = True) -> Determinism:
    """Compute each feature twice, in another order of rows, in parts, and in another process; compare digests.

    The other process has another seed of hashes and another time zone. A definition whose code uses a clock, random
    numbers, the environment, files or globals that can change is named as well, even where the values agreed.

    Args:
        features: a set, or one.
        table: rows with their inputs; some hundred are enough.
        elsewhere: also in another process.

    Raises:
        InputError, RunBroke: a feature cannot be computed at all.
    """
    digests: dict[str, str] = {}
    faults: list[str] = []
    unchecked: list[str] = []
    for each in (features,) if isinstance(features, Feature) else features.features:
        values = pa.table(each.compute(table))
        digests[each.name] = digest_of_values(values)
        faults += _faults(each, table, digests[each.name])
        if elsewhere:
            other, why = _elsewhere(each, table)
            if why:
                unchecked.append(f"the feature {each.name} was not computed in another process: {why}")
            elif other != digests[each.name]:
                faults.append(_told(each, "gives other values in another process, time zone and seed of hashes"))
        for name, column in zip(values.column_names, values.columns, strict=True):
            if name not in table.column_names:
                table = table.append_column(name, column)
    return Determinism(digests, faults, unchecked)


def digest_of_values(values: pa.Table) -> str:
    """Of names, types and values."""
    values = plain(values)
    return table_digest(values.to_batches(), values.schema)


def _faults(each: Feature, table: pa.Table, digest: str) -> Iterator[str]:
    again = digest_of_values(pa.table(each.compute(table)))
    if again != digest:
        yield _told(each, "gives other values the second time")
        return
    order = rng_from("row order", each.name, table.num_rows).permutation(table.num_rows)
    shuffled = pa.table(each.compute(table.take(pa.array(order)))).take(pa.array(_inverse(order)))
    if digest_of_values(shuffled) != digest:
        yield _told(each, "gives other values when the rows stand in another order")
    elif each.rowwise and table.num_rows > 1:
        half = table.num_rows // 2
        parts = [pa.table(each.compute(part)) for part in (table.slice(0, half), table.slice(half))]
        if digest_of_values(pa.concat_tables(parts, promote_options="permissive")) != digest:
            yield f"the feature {each.name} depends on other rows than its own: declare it with rowwise=False"
    if uses := impure(each.function):
        yield f"the feature {each.name} uses {', '.join(uses)}: give what it needs as an input or a parameter"


def _told(each: Feature, what: str) -> str:
    uses = impure(each.function)
    return f"the feature {each.name} {what}" + (f"; it uses {', '.join(uses)}" if uses else "")


def _inverse(order: Any) -> Any:
    places = order.copy()
    places[order] = range(len(order))
    return places


def _elsewhere(each: Feature, table: pa.Table) -> tuple[str, str]:
    """The digest of the values in a fresh process; or why there is none."""
    function = inspect.unwrap(each.function)
    path = inspect.getsourcefile(function)
    if path is None or not Path(path).is_file():
        return "", "it is defined in no file"
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.arrow"
        with pa.OSFile(str(rows), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        job = {"module": function.__module__, "file": str(Path(path).resolve()), "name": each.name}
        job |= {"params": dict(each.params), "rows": str(rows), "path": sys.path}
        return _asked(json.dumps(job))


def _asked(job: str) -> tuple[str, str]:
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Pacific/Kiritimati"}
    command = [sys.executable, "-m", "evalkit.pipeline.features.child"]
    try:
        done = subprocess.run(
            command, input=job, capture_output=True, text=True, env=env, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"it was not done after {_PATIENCE:.0f} s"
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        said = done.stderr.strip().splitlines()
        return "", (said[-1] if said else f"it ended with {done.returncode}")[:300]
    return lines[-1], ""
