"""The workbench of the pipeline: what the stages keep, in one workspace, opened when it is used."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path

from evalkit.app.environment import workspace_root
from evalkit.stores.chains import SqliteChains
from evalkit.stores.datasets import LocalDatasets
from evalkit.stores.ledger import SqliteLedger
from evalkit.stores.local import LocalStore
from evalkit.stores.online import SqliteOnline
from evalkit.stores.queue import SqliteQueue
from evalkit.stores.times import Clock
from evalkit.stores.traffic import SqliteTraffic

__all__ = ["Bench"]


class Bench:
    """Runs, chains and datasets of one workspace."""

    def __init__(self, workspace: Path | None = None, *, clock: Clock = time.time) -> None:
        """Nothing is opened or made yet.

        Args:
            workspace: its folder; None: `EVALKIT_HOME`, or `.evalkit`.
            clock: seconds since 1970.
        """
        self.root, self.clock = workspace_root(workspace), clock

    @cached_property
    def store(self) -> LocalStore:
        """Runs, evidence, blobs."""
        return LocalStore(self.root, clock=self.clock)

    @cached_property
    def chains(self) -> SqliteChains:
        """Events of models, datasets, rollouts and stages."""
        return SqliteChains(self.root, clock=self.clock)

    @cached_property
    def datasets(self) -> LocalDatasets:
        """Rows with versions."""
        return LocalDatasets(self.root, self.chains, clock=self.clock)

    @cached_property
    def ledger(self) -> SqliteLedger:
        """How far streams were read, and their quarantine."""
        return SqliteLedger(self.root, clock=self.clock)

    @cached_property
    def queue(self) -> SqliteQueue:
        """Records that wait to be taken in."""
        return SqliteQueue(self.root, clock=self.clock)

    @cached_property
    def traffic(self) -> SqliteTraffic:
        """What users asked and got, and what became of it."""
        return SqliteTraffic(self.root, clock=self.clock)

    @cached_property
    def online(self) -> SqliteOnline:
        """Newest values of features, to serve."""
        return SqliteOnline(self.root, clock=self.clock)
