"""Datasets of the workspace: parts are Parquet files by content, versions are events, nothing is ever changed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from evalkit.core.chain import Conflict
from evalkit.core.errors import InputError, StoreError
from evalkit.core.table_digest import columns_of, plain, table_digest
from evalkit.core.versions import Dataset, Event, Part, content_digest
from evalkit.stores.chains import SqliteChains
from evalkit.stores.disk import SAFE_NAME, make_folder, sync_path, temporary_beside, told
from evalkit.stores.times import Clock, iso

PREFIX: Final = "dataset/"
"""How the chain of a dataset's versions is called."""

_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")


class LocalDatasets:
    """`core.datasets.Datasets` in a folder: `data/ab/abcdef....parquet`."""

    def __init__(self, root: Path, chains: SqliteChains, *, clock: Clock = time.time) -> None:
        """Nothing is opened yet."""
        self.folder, self._chains, self._clock = root / "data", chains, clock

    def add(
        self,
        name: str,
        tables: Iterable[pa.Table],
        *,
        onto: Dataset | None = None,
        parents: Sequence[str] | Mapping[str, str] = (),
        made_by: str = "",
        note: str = "",
        who: str = "",
    ) -> Dataset:
        """Keep rows as the next version of a name; what is there already under the same digest is given back.

        Args:
            name: letters, digits, `.`, `_`, `-`.
            tables: one a part, in order; all with the same columns and types. Empty ones are left out.
            onto: the version whose parts stay before the new ones.
            parents: digests of what it was made of; or digest -> name, empty for a dataset.
            made_by: stage or command.
            note: why.
            who: made it.

        Raises:
            InputError: the name or the columns cannot be used. Conflict: another version was added meanwhile.
            StoreError: the workspace cannot be written.
        """
        if not SAFE_NAME.fullmatch(name):
            raise InputError(
                f"{name!r} cannot be the name of a dataset", remedy="Use letters, digits, '.', '_' and '-'"
            )
        columns, parts = (dict(onto.columns), list(onto.parts)) if onto else ({}, [])
        for table in (_sound(table, name) for table in tables):
            found = columns_of(table.schema)
            if columns and list(found.items()) != list(columns.items()):
                raise InputError(_differ(name, columns, found))
            columns = found
            if table.num_rows:
                parts.append(self._write(table))
        digest = content_digest(columns, parts)
        return self._known(name, digest) or self._register(name, digest, columns, parts, parents, made_by, note, who)

    def keep(self, table: pa.Table) -> Part:
        """Write rows that are of no dataset yet; `add` makes a version of them as the parts of `onto`.

        Raises:
            InputError: two columns have one name. StoreError: the workspace cannot be written.
        """
        return self._write(_sound(table))

    def versions(self, name: str) -> list[Dataset]:
        """All versions of a name, oldest first; none where there is no such name."""
        return [_dataset(event) for event in self._chains.events(PREFIX + name) if event.kind == "version"]

    def names(self) -> list[str]:
        """Names of datasets, sorted."""
        return [chain.removeprefix(PREFIX) for chain in self._chains.chains(PREFIX)]

    def find(self, ref: str) -> Dataset:
        """The dataset of `NAME` (its newest version), `NAME@3`, or a digest or its unique beginning of 8 or more.

        Raises:
            InputError: there is none, or there are several.
        """
        ref = ref.removeprefix("dataset:")
        name, _, version = ref.partition("@")
        if versions := self.versions(name):
            if not version:
                return versions[-1]
            if version.isdecimal() and 1 <= int(version) <= len(versions):
                return versions[int(version) - 1]
            raise InputError(f"{name} has versions 1 to {len(versions)}, and not {version!r}")
        if _DIGEST.fullmatch(ref):
            found = {d.digest: d for each in self.names() for d in self.versions(each) if d.digest.startswith(ref)}
            if len(found) == 1:
                return next(iter(found.values()))
            if found:
                raise InputError(f"{len(found)} datasets begin with {ref!r}", remedy="Give more of its digest")
        known = ", ".join(self.names()) or "none"
        raise InputError(f"there is no dataset {ref!r}", remedy=f"There are: {known}")

    def table(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pa.Table:
        """All rows, or some columns of them, in order.

        Raises:
            StoreError: a part is gone or was changed.
        """
        tables = list(self.parts(dataset, columns))
        if tables:
            return pa.concat_tables(tables)
        fields = [
            (name, _type_of(kind)) for name, kind in dataset.columns.items() if columns is None or name in columns
        ]
        return pa.schema(fields).empty_table()

    def parts(self, dataset: Dataset, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The parts, one after another; so that a large dataset is never whole in memory."""
        from pyarrow import parquet

        for part in dataset.parts:
            path = self.path_of(part)
            with told(path, "read a part of a dataset"):
                try:
                    table = parquet.read_table(path, columns=None if columns is None else list(columns))
                except (pa.ArrowInvalid, FileNotFoundError) as error:
                    raise StoreError(
                        f"a part of the dataset {dataset.name} is gone or damaged", str(path), "Restore it from a copy"
                    ) from error
            yield table

    def verify(self, dataset: Dataset) -> list[str]:
        """Parts that are gone, damaged or changed, as sentences."""
        found = []
        for part in dataset.parts:
            try:
                (table,) = self.parts(dataset.model_copy(update={"parts": [part]}))
            except StoreError as error:
                found.append(str(error))
                continue
            if table_digest(table.to_batches(), table.schema) != part.digest:
                found.append(f"{self.path_of(part)} was changed since it was written")
        return found

    def path_of(self, part: Part) -> Path:
        """Where the file of a part lies."""
        return self.folder / part.digest[:2] / f"{part.digest}.parquet"

    def _write(self, table: pa.Table) -> Part:
        from pyarrow import parquet

        part = Part(digest=table_digest(table.to_batches(), table.schema), rows=table.num_rows)
        path = self.path_of(part)
        with told(path, "write a part of a dataset"):
            if path.exists():
                return part
            make_folder(path.parent)
            temporary = temporary_beside(path)
            try:
                parquet.write_table(table, temporary, compression="zstd")
                sync_path(temporary)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            sync_path(path.parent)
        return part

    def _known(self, name: str, digest: str) -> Dataset | None:
        """The newest version, where that is what was to be added."""
        versions = self.versions(name)
        return versions[-1] if versions and versions[-1].digest == digest else None

    def _register(
        self,
        name: str,
        digest: str,
        columns: dict[str, str],
        parts: list[Part],
        parents: Sequence[str] | Mapping[str, str],
        made_by: str,
        note: str,
        who: str,
    ) -> Dataset:
        before = len(self._chains.events(PREFIX + name))

        def check(events: Sequence[Event]) -> None:
            if len(events) != before:
                raise Conflict(f"another version of {name} was added meanwhile", PREFIX + name, "Run it again")

        dataset = Dataset(
            name=name,
            version=before + 1,
            digest=digest,
            rows=sum(part.rows for part in parts),
            columns=columns,
            parts=parts,
            parents=list(parents),
            parent_names={d: called for d, called in parents.items() if called} if isinstance(parents, Mapping) else {},
            made_by=made_by,
            note=note,
            created=iso(self._clock()),
        )
        data = {**dataset.model_dump(mode="json"), "columns": list(columns.items())}  # an object's keys would be sorted
        self._chains.append(PREFIX + name, "version", data, who=who, check=check)
        return dataset


def _dataset(event: Event) -> Dataset:
    return Dataset(**{**event.data, "columns": dict(event.data["columns"])})


def _sound(table: pa.Table, name: str = "") -> pa.Table:
    """The rows as parts keep them.

    Raises:
        InputError: two columns have one name: a part would be written that nobody can read.
    """
    names = table.column_names
    if len(set(names)) < len(names):
        twice = next(each for each in names if names.count(each) > 1)
        where = f"dataset {name}" if name else ""
        raise InputError(f"two columns are called {twice!r:.80}", where, "Rename one of them: a name is one column")
    return plain(table)


def _differ(name: str, before: dict[str, str], now: dict[str, str]) -> str:
    gone, new = [c for c in before if c not in now], [c for c in now if c not in before]
    other = [f"{c} is {now[c]}, was {before[c]}" for c in before if c in now and now[c] != before[c]]
    said = [f"without {', '.join(gone)}"] * bool(gone) + [f"with the new {', '.join(new)}"] * bool(new) + other
    return f"a part of {name} has other columns than the part before it: {'; '.join(said) or 'in another order'}"


def _type_of(kind: str) -> Any:
    """The Arrow type of a name that Arrow wrote; text where it is not a simple one (only empty datasets ask)."""
    simple = {str(t): t for t in (pa.string(), pa.binary(), pa.bool_(), pa.date32(), pa.float32(), pa.float64())}
    whole = {
        str(t): t
        for t in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
    }
    times = {str(t): t for unit in ("s", "ms", "us", "ns") for t in (pa.timestamp(unit), pa.timestamp(unit, "UTC"))}
    return (simple | whole | times).get(kind, pa.string())
