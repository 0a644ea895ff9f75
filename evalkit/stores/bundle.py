"""One run as one file, to carry between machines: `ID/bundle.json` first, then the files that it lists.

An archive is made the same, byte for byte, from the same run; it is believed only as far as its digests hold.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from evalkit.core.errors import InputError, StoreError
from evalkit.core.nouns import RECORD_SCHEMA
from evalkit.stores import archive, evidence
from evalkit.stores.archive import HEADER, Member, refusal
from evalkit.stores.disk import SAFE_NAME, told
from evalkit.stores.folder import Entry, changes, entry_of, load, pretty
from evalkit.stores.summary import check_run_id

BUNDLE_SCHEMA: Final = 2
"""1: the run's own files; 2: evidence too. A run without evidence is written as 1, which every evalkit reads."""
_HEADER_LIMIT: Final = 1 << 20
_EVIDENCE: Final = re.compile(rf"{evidence.FOLDER}/[0-9a-f]{{64}}{re.escape(evidence.SUFFIX)}")


class Header(BaseModel):
    """What an archive says of itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # of a newer one only the versions are read
    bundle: int
    run_id: str
    record_schema: int
    files: dict[str, Entry]


def pack(run: Path, file: Path) -> None:
    """Write a run's folder into an archive, whole or not at all.

    Args:
        run: the folder.
        file: ends in .tar.gz, .tgz or .zip; replaced if it is there.

    Raises:
        InputError: another ending. StoreError: the run is not as it was written, or the file cannot be written.
    """
    archive.check_target(file)
    if said := changes(run, None):
        raise StoreError("; ".join(said), str(run), "Restore the run from a copy before it is exported")
    with told(file, "write the archive"):
        paths = [path for path in sorted(run.iterdir()) if SAFE_NAME.fullmatch(path.name) and path.is_file()]
        papers = evidence.files(run)
        header = Header(
            bundle=BUNDLE_SCHEMA if papers else 1,
            run_id=run.name,
            record_schema=load(run).record.schema_version,
            files={path.relative_to(run).as_posix(): entry_of(path) for path in [*paths, *papers]},
        )
        archive.write(file, pretty(header.model_dump()), [*paths, *papers], run)


def unpack(file: Path, folder: Path) -> str:
    """Unpack an archive into an empty folder, and check everything that it says; gives the run's id.

    Raises:
        InputError: it is no archive of a run, is damaged, of a newer version, or holds what it should not.
    """
    with told(file, "read the archive"), archive.members(file) as members:
        header = _read_header(next(members, None), file)
        seen: set[str] = set()
        for member in members:
            name = member.name.removeprefix(f"{header.run_id}/")
            if not member.is_file or name in seen or name not in header.files or not _is_safe(name):
                raise refusal(f"it holds {member.name!r}, which is no file of a run", file)
            seen.add(name)
            (folder / name).parent.mkdir(exist_ok=True)
            if archive.copy(member, folder / name, header.files[name].bytes) != header.files[name].sha256:
                raise refusal(f"{name} differs from its digest", file)
    missing = sorted(header.files.keys() - seen)
    said = [f"{name} is missing" for name in missing] or changes(folder, None)
    if said:
        raise refusal("; ".join(said), file)
    if load(folder).record.run_id != header.run_id:
        raise refusal("its record is of another run", file)
    return header.run_id


def _is_safe(name: str) -> bool:
    return bool(SAFE_NAME.fullmatch(name) or _EVIDENCE.fullmatch(name))


def _read_header(member: Member | None, file: Path) -> Header:
    if member is None or not member.is_file or not member.name.endswith(f"/{HEADER}"):
        raise refusal(f"it does not begin with {HEADER}, so it is no exported run", file)
    with member.open() as stream:
        data = stream.read(_HEADER_LIMIT)
    if b'"kind": "baseline"' in data:
        raise InputError("the archive holds a baseline", str(file), f"Import it with: evalkit baseline import {file}")
    try:
        header = Header.model_validate_json(data)
    except ValidationError:
        raise refusal(f"its {HEADER} is damaged", file) from None
    for what, found, supported in (
        ("archive", header.bundle, BUNDLE_SCHEMA),
        ("record", header.record_schema, RECORD_SCHEMA),
    ):
        if found > supported:
            raise InputError(
                f"the {what} has schema version {found}, and this evalkit supports up to version {supported}",
                str(file),
                "Upgrade evalkit to import it",
            )
    check_run_id(header.run_id)
    return header
