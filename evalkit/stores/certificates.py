"""Certificates of judges by their content: `certificates/<digest>.json`. None is ever changed; `gc` keeps them all."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import Certificate
from evalkit.stores.disk import StoreWarning, make_folder, told, write_file
from evalkit.stores.folder import pretty
from evalkit.stores.json_object import object_of

FOLDER: Final = "certificates"
SUFFIX: Final = ".json"
SCHEMA: Final = 1
_RESTORE: Final = "Restore it from a copy, or calibrate again"


def text_of(certificate: Certificate) -> bytes:
    """The certificate as its file holds it: its digest first, so that a change by hand is noticed."""
    return pretty({"digest": certificate.digest, **certificate.model_dump(mode="json")})


def parse(data: bytes, where: str) -> Certificate:
    """A certificate out of its file's bytes.

    Raises:
        InputError: it is no certificate, of a newer version, or was changed since it was written.
    """
    given = object_of(data, "a certificate", where, _RESTORE)
    version, digest = given.get("schema_version"), given.pop("digest", None)
    if isinstance(version, int) and version > SCHEMA:
        what = f"the certificate is of version {version}, and this evalkit reads up to {SCHEMA}"
        raise InputError(what, where, "Update evalkit, or calibrate again")
    try:
        found = Certificate.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"it is no certificate: {place}: {first['msg']}", where, _RESTORE) from None
    for name in ("created", "expires"):
        if not _is_time(getattr(found, name)):
            raise InputError(f"it is no certificate: {name} is no time", where, _RESTORE)
    try:
        own = found.digest
    except ValueError:  # half a character (a lone surrogate) has no bytes, hence no digest
        raise InputError("it is no certificate: a text in it has no UTF-8 form", where, _RESTORE) from None
    if digest != own:
        raise InputError("the certificate was changed since it was written: its digest is another", where, _RESTORE)
    return found


def _is_time(text: str | None) -> bool:
    try:
        return text is None or bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def put(root: Path, certificate: Certificate) -> Path:
    """Keep a certificate, durably; gives its file. The same one is kept once.

    Raises:
        StoreError: the workspace cannot be written.
    """
    path = root / FOLDER / f"{certificate.digest}{SUFFIX}"
    with told(path, "write the certificate"):
        make_folder(path.parent)
        write_file(path, text_of(certificate))
    return path


def listed(root: Path) -> list[Certificate]:
    """All certificates, newest first. What cannot be read is warned about and left out.

    Raises:
        StoreError: the folder cannot be read.
    """
    folder = root / FOLDER
    found = []
    with told(folder, "list the certificates"):
        files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    for path in files:
        try:
            found.append(read(path))
        except (InputError, StoreError) as error:
            warnings.warn(f"{error}; it is left out", StoreWarning, stacklevel=2)
    return newest_first(found)


def newest_first(found: Iterable[Certificate]) -> list[Certificate]:
    """By the time of creation, ties by digest."""
    return sorted(found, key=lambda c: (c.created, c.digest), reverse=True)


def read(path: Path) -> Certificate:
    """The certificate in a file.

    Raises:
        InputError: it is none, or was changed. StoreError: the file cannot be read.
    """
    with told(path, "read the certificate"):
        data = path.read_bytes()
    found = parse(data, str(path))
    if path.parent.name == FOLDER and path.stem != found.digest:
        raise InputError("the certificate has another digest than its name", str(path), _RESTORE)
    return found


def chosen(found: Mapping[str, Certificate], ref: str) -> Certificate:
    """The certificate whose digest begins with `ref`.

    Raises:
        InputError: there is none, or several.
    """
    fit = [digest for digest in found if ref and digest.startswith(ref)]
    if len(fit) == 1:
        return found[fit[0]]
    if fit:
        raise InputError(f"{len(fit)} certificates begin with {ref!r:.80}", remedy="Write more of the digest.")
    have = ", ".join(digest[:12] for digest in list(found)[:5]) or "none"
    raise InputError(f"there is no certificate {ref!r:.80} in the workspace", remedy=f"There: {have}.")


def cited_blobs(root: Path) -> set[str]:
    """Digests of the blobs that certificates need: the verdicts that a sentinel asks again."""
    return {c.sentinel for c in listed(root) if c.sentinel is not None}
