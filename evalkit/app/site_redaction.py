"""Redaction over many runs: a field has to be known in one of them, and is taken out of each that has it."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.app.dossier import assemble
from evalkit.app.redacting.wanted import wanted
from evalkit.app.redaction import redacted
from evalkit.core.dossier import Dossier
from evalkit.core.errors import InputError
from evalkit.core.nouns import Record
from evalkit.core.protocols import Store

__all__ = ["Redaction"]


class Redaction:
    """What is read of runs, without the fields that no page may show.

    Attributes:
        fields: as given.
    """

    def __init__(self, store: Store, fields: Sequence[str]) -> None:
        self.fields = list(fields)
        self._store = store
        self._unknown: dict[str, InputError] = {}
        self._known: set[str] = set()

    def record(self, record: Record) -> Record:
        """The record as trends may show it.

        Raises:
            StoreError: its tables cannot be read, so that nobody knows what to take out.
        """
        return self._without(assemble(record, self._store)).record if self.fields else record

    def dossier(self, run_id: str) -> Dossier:
        """The dossier of a run.

        Raises:
            StoreError: the run was changed or cannot be read.
        """
        found = assemble(self._store.read_record(run_id), self._store)
        return self._without(found) if self.fields else found

    def check(self) -> None:
        """Refuse a field that no run has: a typo must not leak.

        Raises:
            InputError: there is one; the remedy names those that are known.
        """
        for name, error in self._unknown.items():
            if name not in self._known:
                raise error

    def _without(self, dossier: Dossier) -> Dossier:
        return redacted(dossier, [name for name in self.fields if self._holds(dossier, name)])

    def _holds(self, dossier: Dossier, name: str) -> bool:
        try:
            wanted(dossier, [name])
        except InputError as error:  # where no run knows it, `check` raises it
            self._unknown.setdefault(name, error)
            return False
        self._known.add(name)
        return True
