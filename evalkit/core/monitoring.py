"""Where a monitor tells what it saw; adapters of dashboards and metric stores implement it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evalkit.core.evidence import Monitor
from evalkit.core.nouns import Decision

__all__ = ["MonitorSink"]


class MonitorSink(Protocol):
    """Takes what was seen in one go: series by window, drift, sentences; and the decisions that were made of it.

    The same may be told twice (a stream is watched again after a kill): a sink keeps it once.
    """

    def tell(self, found: Monitor, decisions: Sequence[Decision]) -> str: ...  # where it went, for people
