"""What a local workspace keeps by content beside the runs' own tables: certificates of judges, evidence of releases."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.evidence import Evidence
from evalkit.core.nouns import Certificate
from evalkit.stores import certificates, evidence
from evalkit.stores.index import RunIndex


class LocalPapers:
    """A part of `LocalStore`."""

    root: Path
    _index: RunIndex

    def put_certificate(self, certificate: Certificate) -> Path:
        """Keep a judge's certificate by its content; gives its file.

        Raises:
            StoreError: the workspace cannot be written, or is of a newer version.
        """
        self._index.refuse_newer()
        return certificates.put(self.root, certificate)

    def certificates(self) -> list[Certificate]:
        """All certificates, newest first; one that was changed is warned about and left out."""
        return certificates.listed(self.root)

    def certificate(self, ref: str) -> Certificate:
        """The certificate whose digest begins with `ref`.

        Raises:
            InputError: there is none, or several.
        """
        return certificates.chosen({c.digest: c for c in self.certificates()}, ref)

    def add_evidence(self, ref: str, found: Evidence) -> Path:
        """Keep evidence with a run, by its content; gives its file. Evidence is added, never changed.

        Raises:
            InputError: no such run, or the evidence has no time. StoreError: the workspace cannot be written.
        """
        self._index.refuse_newer()
        return evidence.put(self._run(ref), found)

    def evidence(self, ref: str) -> list[Evidence]:
        """What is known of a run beside its record, oldest first; what was changed is warned about and left out.

        Raises:
            InputError: no such run.
        """
        return evidence.listed(self._run(ref))

    def _run(self, ref: str) -> Path:
        return self._index.folder / self._index.view().resolve(ref)
