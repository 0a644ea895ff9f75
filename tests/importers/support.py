"""Logs that real tools wrote, and the shortest way to import one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from evalkit.adapters.logs.nouns import Asked
from evalkit.app.importing import import_log, read_logs
from evalkit.core.nouns import Estimate, Record
from evalkit.core.protocols import Store
from evalkit.stores.memory import MemoryStore

LOGS = Path(__file__).parent / "logs"


def folder(tool: str) -> Path:
    """The logs of a tool: just made (EVALKIT_PEER_LOGS, see tests/importers_real.py), or those kept here."""
    made = os.environ.get("EVALKIT_PEER_LOGS")
    if made:
        return Path(made) / tool
    [kept] = LOGS.glob(f"{tool}-*")
    return kept


def imported(
    format_: str, *files: Path, store: Store | None = None, shards: bool = False, **asked: Any
) -> list[Record]:
    """The files as records."""
    store = MemoryStore() if store is None else store
    wanted = Asked(**asked)
    return [import_log(one, wanted, store) for one in read_logs(format_, files, wanted, shards)]


def estimate(record: Record, metric: str, variant: str | None = None) -> Estimate:
    """The number of a metric over all cases."""
    name = variant or record.variants[0].name
    [found] = [e for e in record.estimates if (e.metric, e.variant, e.slice) == (metric, name, None)]
    return found


def points(record: Record) -> dict[str, float | None]:
    """Metric -> value of the first system."""
    return {m.id: estimate(record, m.id).point for m in record.metrics}


def written(path: Path, value: Any) -> Path:
    """The value as a JSON file; a list of dicts under `.jsonl` as lines."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in value), encoding="utf-8")
    else:
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path
