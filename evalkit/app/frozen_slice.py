"""The verdicts of a calibration that sentinels ask again: out of the workspace, else out of the label file again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.core.errors import EvalkitError, InputError
from evalkit.core.nouns import Certificate
from evalkit.core.protocols import Store
from evalkit.engine.sentinel import Frozen

__all__ = ["frozen"]


def frozen(certificate: Certificate, store: Store, base: Path) -> list[Frozen]:
    """The frozen slice of a certificate; empty where it is not at hand.

    Args:
        certificate: whose slice.
        store: the workspace that may hold it.
        base: the suite's folder: the certificate's label file is looked for here, and in the current folder.
    """
    if certificate.sentinel is not None:
        try:
            return _parsed(json.loads(store.get_blob(certificate.sentinel)))
        except (EvalkitError, ValueError, KeyError, TypeError, RecursionError):
            pass  # another machine's, or damaged: the label file may still be there
    return _from_labels(certificate, base)


def _parsed(given: Any) -> list[Frozen]:
    return [Frozen(one["item"], one["repeat"], one["shown"], one["digest"], one["label"]) for one in given["items"]]


def _from_labels(certificate: Certificate, base: Path) -> list[Frozen]:
    from evalkit.app.calibrating.items import as_questions
    from evalkit.app.label_files import read_labels

    source = certificate.limits.get("source")
    if not isinstance(source, str) or not certificate.verdicts:
        return []
    for path in (base / source, Path(source)):
        try:
            labelled = read_labels(path)
        except (InputError, OSError, ValueError):
            continue
        asked = as_questions([row for row in labelled if row.humans])
        return [
            Frozen(asked.ids[i], asked.repeats[i], asked.inputs[i], digest, certificate.verdicts[digest])
            for i, digest in enumerate(asked.digests)
            if digest in certificate.verdicts
        ]
    return []
