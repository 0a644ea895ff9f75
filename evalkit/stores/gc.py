"""What a workspace may forget: the policy is pure, the sweep removes nothing before everything is decided."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import StoreError
from evalkit.core.protocols import RunSummary
from evalkit.stores import blobs, evidence
from evalkit.stores.certificates import cited_blobs
from evalkit.stores.chain_citations import cited_by_chains
from evalkit.stores.disk import TEMPORARY, locked_file, size_of, told
from evalkit.stores.folder import RECORD, TABLE
from evalkit.stores.journal import SUFFIX
from evalkit.stores.times import DAY, seconds_of

_CITATION: Final = re.compile(r"blob:([0-9a-f]{64})")


@dataclass(frozen=True)
class GcPolicy:
    """What is kept. Named and tagged runs, baselines, runs with evidence, and runs whose answers a kept run used, are
    kept in any case.

    Attributes:
        keep_newest: runs, the newest ones.
        keep_days: runs younger than this.
        idle_days: journals, blobs that no kept run and no event of a chain cites, and unfinished files, if touched
            within this many days.
    """

    keep_newest: int = 20
    keep_days: float = 30.0
    idle_days: float = 14.0


class GcResult(NamedTuple):
    """What was removed, or in a dry run would be."""

    runs: tuple[str, ...]
    journals: tuple[str, ...]
    blobs: tuple[str, ...]
    unfinished: tuple[str, ...]
    bytes: int
    dry_run: bool


def kept(runs: Sequence[RunSummary], policy: GcPolicy, now: float, signed: Collection[str] = ()) -> set[str]:
    """The run ids to keep.

    Args:
        runs: newest first.
        policy: what to keep.
        now: seconds since 1970.
        signed: ids of the runs that have evidence.
    """
    young = now - policy.keep_days * DAY
    waiting = [
        run.run_id
        for place, run in enumerate(runs)
        if place < policy.keep_newest
        or run.names
        or run.tags
        or run.baselines
        or run.run_id in signed
        or seconds_of(run.created) > young
    ]
    cites = {run.run_id: run.cites for run in runs}
    keep: set[str] = set()
    while waiting:
        run_id = waiting.pop()
        if run_id in cites and run_id not in keep:
            keep.add(run_id)
            waiting += cites[run_id]
    return keep


class Doomed(NamedTuple):
    """What a sweep will remove.

    Attributes:
        before: files touched since this moment (seconds since 1970) are spared after all.
    """

    runs: list[Path]
    journals: list[Path]
    blobs: list[Path]
    unfinished: list[Path]
    before: float

    def result(self, dry_run: bool) -> GcResult:
        """The same as names, with the bytes that all of it takes."""
        size = sum(map(size_of, [*self.runs, *self.journals, *self.blobs, *self.unfinished]))
        return GcResult(
            _names(self.runs), _names(self.journals), _names(self.blobs), _names(self.unfinished), size, dry_run
        )

    def remove(self) -> None:
        """Remove everything but the runs, which their index removes."""
        for path in self.journals:
            _remove_journal(path)
        for path in _old(self.blobs, self.before):
            path.unlink()
        for path in self.unfinished:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def decide(root: Path, runs: Sequence[RunSummary], policy: GcPolicy, now: float) -> Doomed:
    """What a workspace may forget now.

    Args:
        root: the workspace.
        runs: newest first, with names and tags.
        policy: what to keep.
        now: seconds since 1970.

    Raises:
        StoreError: a kept run cannot be read, so that nobody knows which blobs it cites.
    """
    keep, before = kept(runs, policy, now, evidence.holders(root / "runs")), now - policy.idle_days * DAY
    return Doomed(
        runs=[root / "runs" / run.run_id for run in runs if run.run_id not in keep],
        journals=[path for path in _old((root / "journals").glob(f"*{SUFFIX}"), before) if _is_free(path)],
        blobs=_idle_blobs(root / "blobs", [root / "runs" / run_id for run_id in sorted(keep)], before),
        unfinished=_old(_unfinished(root), before),
        before=before,
    )


def citations(run: Path) -> set[str]:
    """Digests of the blobs that a run's record and tables cite.

    Raises:
        StoreError: the run cannot be read.
    """
    from pyarrow import parquet

    with told(run, "look for cited blobs"):
        found = set(_CITATION.findall((run / RECORD).read_text(encoding="utf-8")))
        for path in run.glob(f"*{TABLE}"):
            try:
                with parquet.ParquetFile(path) as file:
                    names = [field.name for field in file.schema_arrow if _is_text(field.type)]
                    for batch in file.iter_batches(columns=names):
                        found.update(digest for column in batch.columns for digest in _cited_in(column))
            except pa.ArrowInvalid as error:
                raise StoreError(f"the table cannot be read: {error}", str(path), "Delete the run first") from None
    return found


def _idle_blobs(folder: Path, keep: Sequence[Path], before: float) -> list[Path]:
    old = _old(blobs.listed(folder), before)
    if not old:
        return []
    cited = cited_blobs(folder.parent).union(cited_by_chains(folder.parent), *map(citations, keep))
    return [path for path in old if path.name not in cited]


def _unfinished(root: Path) -> Iterator[Path]:
    """Files and folders that a killed process began and never finished."""
    for place in (".", "runs", "runs/*/evidence", "journals", "certificates", "blobs/??"):
        yield from root.glob(f"{place}/{TEMPORARY}*")


def _old(paths: Iterable[Path], before: float) -> list[Path]:
    return sorted(path for path in paths if path.exists() and path.stat().st_mtime < before)


def _remove_journal(path: Path) -> None:
    """Remove a journal unless a process has taken it since."""
    fd = locked_file(path)
    if fd is not None:
        path.unlink()
        os.close(fd)


def _names(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(path.name for path in paths)


def _is_free(path: Path) -> bool:
    fd = locked_file(path)
    if fd is not None:
        os.close(fd)
    return fd is not None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _cited_in(column: pa.Array) -> Iterator[str]:
    for text in column.filter(pc.match_substring(column, "blob:")).to_pylist():
        yield from _CITATION.findall(text)
