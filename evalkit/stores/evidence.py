"""Evidence beside a run: `runs/<id>/evidence/<digest>.json`, one file each. None is ever changed or removed alone."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from evalkit.core.errors import InputError, StoreError
from evalkit.core.evidence import EVIDENCE, KINDS, Evidence
from evalkit.stores.disk import StoreWarning, make_folder, told, write_file
from evalkit.stores.json_object import object_of
from evalkit.stores.times import seconds_of

FOLDER: Final = "evidence"
SUFFIX: Final = ".json"
_RESTORE: Final = "Restore it from a copy, or remove the file"


def text_of(evidence: Evidence, digest: str) -> bytes:
    """The evidence as its file holds it: its digest first, so that a change by hand is noticed."""
    whole = {"digest": digest, **evidence.model_dump(mode="json")}
    return (json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def check(evidence: Evidence) -> None:
    """Refuse what could not be put in order of time.

    Raises:
        InputError: `created` is no time.
    """
    try:
        seconds_of(evidence.created)
    except InputError as error:
        raise InputError(error.what, f"{evidence.kind} evidence, created", error.remedy) from None


def parse(data: bytes, where: str) -> Evidence:
    """Evidence out of its file's bytes.

    Raises:
        InputError: as `_parsed`.
    """
    return _parsed(data, where)[1]


def _parsed(data: bytes, where: str) -> tuple[str, Evidence]:
    """Evidence out of its file's bytes, and its digest, which takes long where there is much of it.

    Raises:
        InputError: it is none, of a kind that this evalkit does not know, or was changed since it was written.
    """
    given = object_of(data, "evidence", where, _RESTORE)
    digest = given.pop("digest", None)
    if given.get("kind") not in KINDS:
        what = f"it is evidence of the kind {given.get('kind')!r:.80}, which this evalkit does not know"
        raise InputError(what, where, f"It knows: {', '.join(KINDS)}. Update evalkit, or remove the file")
    try:
        found: Evidence = EVIDENCE.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][1:]))
        raise InputError(f"it is no evidence: {place}: {first['msg']}", where, _RESTORE) from None
    if digest != (own := found.digest):
        raise InputError("the evidence was changed since it was written: its digest is another", where, _RESTORE)
    check(found)
    return own, found


def put(run: Path, evidence: Evidence) -> Path:
    """Keep evidence in a run's folder, durably; gives its file. The same is kept once; a damaged file is healed.

    Raises:
        InputError: its time is none. StoreError: the workspace cannot be written.
    """
    check(evidence)
    digest = evidence.digest
    path, data = run / FOLDER / f"{digest}{SUFFIX}", text_of(evidence, digest)
    with told(path, "write the evidence"):
        if not (path.is_file() and path.read_bytes() == data):
            make_folder(path.parent)
            write_file(path, data)
    return path


def listed(run: Path) -> list[Evidence]:
    """What is known of a run, oldest first. What cannot be read is warned about and left out.

    Raises:
        StoreError: the folder cannot be read.
    """
    found = {}
    for path in files(run):
        try:
            found[path.stem] = read(path)
        except (InputError, StoreError) as error:
            warnings.warn(f"{error}; it is left out", StoreWarning, stacklevel=2)
    return oldest_first(found)


def oldest_first(found: Mapping[str, Evidence]) -> list[Evidence]:
    """By the time at which it was made, ties by digest: the keys."""
    return [found[digest] for digest in sorted(found, key=lambda one: (seconds_of(found[one].created), one))]


def files(run: Path) -> list[Path]:
    """The files of a run's evidence, by name.

    Raises:
        StoreError: the folder cannot be read.
    """
    folder = run / FOLDER
    with told(folder, "list the evidence"):
        return sorted(folder.glob(f"[!.]*{SUFFIX}")) if folder.is_dir() else []


def read(path: Path) -> Evidence:
    """The evidence in a file of the workspace.

    Raises:
        InputError: it is none, or was changed. StoreError: the file cannot be read.
    """
    with told(path, "read the evidence"):
        data = path.read_bytes()
    digest, found = _parsed(data, str(path))
    if path.stem != digest:
        raise InputError("the evidence has another digest than its name", str(path), _RESTORE)
    return found


def changes(run: Path) -> list[str]:
    """A sentence for each file of evidence that is not as it was written."""
    said = []
    for path in files(run):
        try:
            read(path)
        except InputError as error:
            said.append(f"{FOLDER}/{path.name}: {error.what}")
    return said


def holders(runs: Path) -> frozenset[str]:
    """Ids of the runs that have evidence: what someone signed or found is not cleaned away."""
    return frozenset(path.parent.parent.name for path in runs.glob(f"*/{FOLDER}/[!.]*{SUFFIX}"))


def check_deletable(run_id: str, found: Sequence[object]) -> None:
    """Refuse to delete what someone signed or found something about.

    Raises:
        InputError: there is evidence.
    """
    if found:
        what = f"the run is still needed: it has evidence ({len(found)}), such as approvals, which would go with it"
        raise InputError(what, f"run {run_id!r}", "Delete it with force")
