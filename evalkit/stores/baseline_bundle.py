"""A baseline as one file, to carry between machines: a header that names it, then an archive of each of its runs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from evalkit.core.errors import InputError
from evalkit.stores import archive
from evalkit.stores.archive import HEADER, Member, refusal
from evalkit.stores.baselines import check_baseline_name
from evalkit.stores.disk import SAFE_NAME, told
from evalkit.stores.folder import pretty
from evalkit.stores.local import LocalStore

VERSION: Final = 1
_FOLDER: Final = "baseline"
_HEADER_LIMIT: Final = 1 << 20
_RUN_LIMIT: Final = 1 << 34  # bytes of one run


class Header(BaseModel):
    """What an archive says of itself; of a newer one only the version is read."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: Literal["baseline"]
    baseline: int  # version of this format
    name: str
    runs: dict[str, str]  # suite -> run id


class Packed(NamedTuple):
    """What an archive held: the name, and suite -> run id; the runs are in the store now."""

    name: str
    runs: Mapping[str, str]


def pack(store: LocalStore, name: str, runs: Mapping[str, str], file: Path) -> None:
    """Write an archive, whole or not at all; the same bytes for the same runs.

    Args:
        store: where the runs are.
        name: of the baseline.
        runs: suite -> run id, at least one.
        file: ends in .tar.gz, .tgz or .zip; replaced if it is there.

    Raises:
        InputError: another ending. StoreError: a run was changed, or the file cannot be written.
    """
    archive.check_target(file)
    header = Header(kind="baseline", baseline=VERSION, name=name, runs=dict(sorted(runs.items())))
    with tempfile.TemporaryDirectory() as spare, told(file, "write the archive"):
        folder = Path(spare) / _FOLDER
        folder.mkdir()
        parts = [store.export_run(run_id, folder / f"{run_id}.tar.gz") for run_id in sorted(set(runs.values()))]
        archive.write(file, pretty(header.model_dump()), parts)


def unpack(store: LocalStore, file: Path) -> Packed:
    """Take in the runs of an archive, each checked against its digests.

    Raises:
        InputError: it is no archive of a baseline, is damaged, of a newer version, or holds what it should not.
    """
    with told(file, "read the archive"), tempfile.TemporaryDirectory() as spare, archive.members(file) as members:
        header = _header(next(members, None), file)
        wanted = {f"{_FOLDER}/{run_id}.tar.gz": run_id for run_id in header.runs.values()}
        for member in members:
            run_id = wanted.pop(member.name, None)
            if run_id is None or not member.is_file or not SAFE_NAME.fullmatch(run_id):
                raise refusal(f"it holds {member.name!r}, which is no run of the baseline", file)
            part = Path(spare) / f"{run_id}.tar.gz"
            if not archive.copy(member, part, _RUN_LIMIT):
                raise refusal(f"{member.name} has more than {_RUN_LIMIT:,} bytes", file)
            if store.import_run(part) != run_id:
                raise refusal(f"{member.name} holds another run", file)
    if wanted:
        raise refusal(f"run {min(wanted.values())} is missing", file)
    for suite, run_id in header.runs.items():
        if store.read_record(run_id).suite.name != suite:
            raise refusal(f"run {run_id} is not of suite {suite!r}", file)
    return Packed(header.name, header.runs)


def is_baseline(file: Path) -> bool:
    """Whether an archive holds a baseline (else it may be one run).

    Raises:
        InputError: it is no archive, or damaged.
    """
    with told(file, "read the archive"), archive.members(file) as members:
        member = next(members, None)
        return member is not None and member.name == f"{_FOLDER}/{HEADER}"


def _header(member: Member | None, file: Path) -> Header:
    if member is None or not member.is_file or member.name != f"{_FOLDER}/{HEADER}":
        raise refusal(f"it does not begin with {_FOLDER}/{HEADER}, so it is no exported baseline", file)
    with member.open() as stream:
        data = stream.read(_HEADER_LIMIT)
    try:
        header = Header.model_validate_json(data)
    except ValidationError:
        raise refusal(f"its {HEADER} is damaged", file) from None
    if header.baseline > VERSION:
        what = f"the archive has schema version {header.baseline}, and this evalkit supports up to version {VERSION}"
        raise InputError(what, str(file), "Upgrade evalkit to import it")
    check_baseline_name(header.name)
    return header
