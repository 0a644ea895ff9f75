"""Where `evalkit monitor run` tells what it saw, without any other system: a run's evidence, and a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.app.attaching import attach
from evalkit.core.evidence import Monitor
from evalkit.core.nouns import Decision
from evalkit.core.protocols import Store

__all__ = ["EvidenceFile", "RunEvidence"]


@dataclass(frozen=True)
class RunEvidence:
    """Kept with a run, by content: its release report shows it."""

    store: Store
    run_id: str

    def tell(self, found: Monitor, decisions: Sequence[Decision]) -> str:
        """See `MonitorSink`."""
        attach(self.store, self.run_id, found)
        return f"with run {self.run_id}: evidence {found.digest[:12]}"


@dataclass(frozen=True)
class EvidenceFile:
    """A file that `evalkit evidence add` takes."""

    path: Path

    def tell(self, found: Monitor, decisions: Sequence[Decision]) -> str:
        """See `MonitorSink`."""
        text = json.dumps(
            found.model_dump(mode="json", exclude_defaults=True) | {"kind": "monitor"}, ensure_ascii=False
        )
        self.path.write_text(text + "\n", encoding="utf-8")
        return f"in {self.path}"
