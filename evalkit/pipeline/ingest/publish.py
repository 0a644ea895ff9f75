"""Versions of the datasets of a stream: the rows that were accepted, and the bytes that were received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evalkit.core.datasets import Datasets
from evalkit.core.ingesting import Ledger, Stream
from evalkit.core.table_digest import columns_of
from evalkit.core.versions import Dataset, Part, content_digest
from evalkit.pipeline.ingest.parts import RAW
from evalkit.pipeline.ingest.types import arrow_type

__all__ = ["RAW_NAME", "publish"]

RAW_NAME: Final = "{}.raw"
"""How the dataset of a stream's bytes is called."""

_NAMED: Final = 3  # of what was received


def publish(stream: Stream, ledger: Ledger, datasets: Datasets) -> tuple[Dataset | None, Dataset | None]:
    """Make versions of what the ledger says; the newest ones where they say so already.

    Returns:
        Rows and bytes; None: there are none yet.
    """
    stretches = ledger.stretches(stream.name)
    raw_parts = [one.raw for one in stretches if one.raw is not None]
    if not raw_parts:
        return None, None
    labels = list(dict.fromkeys(one.label for one in stretches if one.raw is not None))
    raw = _version(
        RAW_NAME.format(stream.name), columns_of(RAW), raw_parts, {}, datasets, f"received as {_few(labels)}"
    )
    if not stream.columns:
        return None, raw
    columns = {name: str(arrow_type(kind)) for name, kind in stream.columns.items()}
    parents = {raw.digest: ""} | ({stream.contract_digest: _contract(stream)} if stream.contract_digest else {})
    kept = [one.kept for one in stretches if one.kept is not None]
    return _version(stream.name, columns, kept, parents, datasets), raw


def _few(labels: Sequence[str]) -> str:
    return ", ".join(f"{label:.80}" for label in labels[:_NAMED]) + (
        f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    )


def _contract(stream: Stream) -> str:
    """The name of the rules that hold at the door."""
    rules = (stream.contract or {}).get("contract") or {}
    return f"contract {rules['contract']}" if "contract" in rules else f"rules of {stream.name}"


def _version(
    name: str, columns: dict[str, str], parts: list[Part], parents: dict[str, str], datasets: Datasets, note: str = ""
) -> Dataset:
    draft = Dataset(
        name=name,
        version=1,
        digest=content_digest(columns, parts),
        rows=sum(part.rows for part in parts),
        columns=columns,
        parts=parts,
        created="",
    )
    return datasets.add(name, (), onto=draft, parents=parents, made_by="ingest", note=note)
