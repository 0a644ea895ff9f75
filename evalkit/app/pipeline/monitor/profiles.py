"""Profiles of files and of datasets, and on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.monitor.tables import ENDINGS, as_columns, read_rows
from evalkit.core.errors import InputError
from evalkit.pipeline.monitor.profile import Profile, profile

__all__ = ["merged", "profile_of", "write"]


def profile_of(ref: str, bench: Bench, points: int | None = None) -> Profile:
    """The profile of a file of rows or of a dataset, or the one that a .json file holds.

    Args:
        ref: path of a file, or `dataset:NAME[@VERSION]`; `dataset:` may be left out where no file can be meant.
        bench: has the datasets.
        points: of each sketch; None: every value.

    Raises:
        InputError: it is none of these.
    """
    path = Path(ref)
    if ref.startswith("dataset:"):
        return profile(bench.datasets.table(bench.datasets.find(ref)), points)
    if path.suffix.lower() in (*ENDINGS, ".json") or path.exists():
        return _profile_at(path, points)
    try:
        found = bench.datasets.find(ref)
    except InputError as error:
        raise InputError(f"there is no file and no dataset {ref!r:.200}", remedy=error.remedy) from None
    return profile(bench.datasets.table(found), points)


def _profile_at(path: Path, points: int | None) -> Profile:
    if path.suffix.lower() != ".json":
        return profile(as_columns(read_rows(path), path), points)
    if not path.is_file():
        raise InputError("there is no such file", str(path), "Check the path")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        remedy = "Rows of JSON end in .jsonl; a profile is made with: evalkit monitor profile"
        raise InputError(f"this is no profile of a reference: {error}", str(path), remedy) from None
    return Profile.from_json(found, str(path))


def merged(refs: Sequence[str], bench: Bench, points: int) -> Profile:
    """One profile of several files and datasets."""
    found = [profile_of(ref, bench, points) for ref in refs]
    whole = found[0].smaller(points)
    for one in found[1:]:
        whole = whole.merge(one, points)
    return whole


def write(found: Profile, path: Path) -> None:
    """As JSON, the same bytes for the same profile."""
    text = json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
