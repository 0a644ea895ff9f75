"""Inputs and outputs between the workspace and a stage: which one it is, whether it is there, and its value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.stages.digests import Digests, size_of
from evalkit.core.errors import EvalkitError, InputError, StoreError
from evalkit.core.table_digest import table_digest
from evalkit.core.versions import Dataset
from evalkit.pipeline.stages.nouns import Made, Source, Thing
from evalkit.stores.blobs import path_of

__all__ = ["Inputs", "dataset_of", "is_there", "outside", "published", "thing_of_dataset"]


def outside(source: Source, bench: Bench, base: Path, digests: Digests, where: str) -> Thing:
    """What an input from outside of the pipeline is now.

    Raises:
        InputError: there is no such file or dataset.
    """
    if source.kind == "dataset":
        try:
            found = bench.datasets.find(source.ref)
        except InputError as error:
            raise InputError(error.what, where, error.remedy) from None
        return thing_of_dataset(found).model_copy(update={"source": f"dataset:{source.ref}"})
    path = base / source.ref
    digest = digests.of(path, where)
    return Thing(kind="path", digest=digest, name=path.name, size=size_of(path), source=source.ref)


def thing_of_dataset(dataset: Dataset) -> Thing:
    """A dataset as an input or output."""
    name = f"{dataset.name}@{dataset.version}"
    return Thing(kind="dataset", digest=dataset.digest, name=name, rows=dataset.rows)


def dataset_of(bench: Bench, thing: Thing) -> Dataset:
    """The dataset that a thing stands for.

    Raises:
        StoreError: it is gone, or another one has its name.
    """
    try:
        found = bench.datasets.find(thing.name)
    except InputError:
        found = None
    if found is None or found.digest != thing.digest:
        raise StoreError(f"the dataset {thing.name} is not in the workspace as it was", remedy="Run with --fresh")
    return found


def is_there(bench: Bench, made: Made) -> bool:
    """Whether all outputs of a stage still lie in the workspace; that they are whole is seen when they are read."""
    return all(_is_there(bench, thing) for thing in made.outputs.values())


def _is_there(bench: Bench, thing: Thing) -> bool:
    try:
        if thing.kind == "dataset":
            return all(bench.datasets.path_of(part).exists() for part in dataset_of(bench, thing).parts)
        if thing.kind == "run":
            return bench.store.path_of(thing.name).exists()
    except EvalkitError:
        return False
    return path_of(bench.root / "blobs", thing.digest).exists()


def published(bench: Bench, thing: Thing, path: Path) -> bool:
    """Put a copy of a file where the pipeline says, unless it is there; whether that was needed.

    Raises:
        StoreError: it cannot be written.
    """
    from evalkit.core.digest import digest_file
    from evalkit.stores.disk import make_folder, told, write_file

    with told(path, "write an output"):
        if path.is_file() and digest_file(path) == thing.digest:
            return False
        make_folder(path.parent)
        write_file(path, bench.store.get_blob(thing.digest))
    return True


class Inputs(Mapping[str, Any]):
    """The inputs of a stage by name, each read when it is first asked for."""

    def __init__(self, things: Mapping[str, Thing], bench: Bench, base: Path, folder: Path) -> None:
        """`folder`: where files that stages made are put for this stage."""
        self._things, self._bench, self._base, self._folder = things, bench, base, folder
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """An Arrow table, a path, a JSON value, the digest of a model, the id of a run."""
        if name not in self._read:
            self._read[name] = self._value(name, self._things[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of the pipeline file."""
        return iter(self._things)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._things)

    def _value(self, name: str, thing: Thing) -> Any:
        if thing.kind == "path":
            return self._base / thing.source
        if thing.kind == "dataset":
            return self._table(dataset_of(self._bench, thing))
        if thing.kind == "file":
            file = self._folder / name / thing.name
            file.parent.mkdir(parents=True, exist_ok=True)
            self._blob(thing)  # verified
            shutil.copyfile(path_of(self._bench.root / "blobs", thing.digest), file)
            return file
        if thing.kind == "value":
            return json.loads(self._blob(thing))
        return thing.name if thing.kind == "run" else thing.digest

    def _blob(self, thing: Thing) -> bytes:
        try:
            return self._bench.store.get_blob(thing.digest)
        except EvalkitError as error:
            raise StoreError(error.what, error.where, "Restore it from a copy, or run with --fresh") from None

    def _table(self, dataset: Dataset) -> Any:
        import pyarrow as pa

        tables = []
        for part, table in zip(dataset.parts, self._bench.datasets.parts(dataset), strict=True):
            if table_digest(table.to_batches(), table.schema) != part.digest:
                path = self._bench.datasets.path_of(part)
                raise StoreError(
                    "a part was changed since it was written", str(path), "Restore it, or run with --fresh"
                )
            tables.append(table)
        return pa.concat_tables(tables) if tables else self._bench.datasets.table(dataset)
