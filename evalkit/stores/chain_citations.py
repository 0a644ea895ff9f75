"""Blobs that events of chains cite as `blob:DIGEST`: the artifact of a model stays as long as its event, for ever."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from evalkit.stores.database import Database
from evalkit.stores.migrations import REGISTRY

_CITATION: Final = re.compile(r"blob:([0-9a-f]{64})")


def cited_by_chains(root: Path, patience: float = 30.0) -> set[str]:
    """Digests of the blobs that any event cites.

    Raises:
        StoreError: the workspace cannot be read.
    """
    with Database(root / "registry.db", "the registry", REGISTRY, "FULL", patience).reading() as db:
        if not db or not db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'chain_events'").fetchone()[0]:
            return set()
        rows = db.execute("SELECT data FROM chain_events WHERE data LIKE '%blob:%'")
        return {digest for (text,) in rows for digest in _CITATION.findall(text)}
