"""What the pipeline asks of the place where datasets are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from evalkit.core.versions import Dataset, Part

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Datasets"]


class Datasets(Protocol):
    """Immutable datasets with versions by name; `ref` is `NAME`, `NAME@VERSION`, or a digest or its beginning."""

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
    ) -> (
        Dataset
    ): ...  # one part a table; the newest version where the digest is the same; parents by digest, or digest -> name
    def keep(self, table: pa.Table) -> Part: ...  # durable, and of no dataset yet: `add` takes it as a part of `onto`
    def versions(self, name: str) -> list[Dataset]: ...  # oldest first
    def names(self) -> list[str]: ...
    def find(self, ref: str) -> Dataset: ...  # InputError where there is none, or several
    def table(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pa.Table: ...
    def parts(self, dataset: Dataset, columns: Sequence[str] | None = None) -> Iterator[pa.Table]: ...
    def verify(self, dataset: Dataset) -> list[str]: ...  # faults as sentences
