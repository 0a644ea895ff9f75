"""The folder of a site: what in it is ours, writing only what changed, and never a half-written site.

A marker file lists every file that we made with its digest. It is written before the first page (so that a build that
was interrupted is known as ours) and after the last one; each file is written beside its place and renamed into it, the
index last; what is no longer part of the site goes at the very end, when nothing links to it any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.core.digest import digest_bytes, digest_file
from evalkit.core.errors import InputError
from evalkit.stores.disk import told

__all__ = ["MARKER", "Entry", "Folder", "opened"]

MARKER = ".evalkit-site.json"
_OURS = re.compile(
    r"index\.html|data\.json|feed\.xml|\.nojekyll"
    r"|(suites|runs|judges)/[A-Za-z0-9_-][A-Za-z0-9._-]{0,160}\.html|badges/[A-Za-z0-9_-][A-Za-z0-9._-]{0,160}\.svg"
)
"""What may be a file of a site; a marker that lists anything else is not believed there."""
_EMPTY = frozenset({".git", ".DS_Store", MARKER})
"""What does not make a folder one that is in use."""


class Entry(NamedTuple):
    """A file that we made.

    Attributes:
        sha256: of its bytes; empty while it is being made.
        source: digest of all that it is made from, where that is cheaper to know than the page.
    """

    sha256: str = ""
    source: str = ""


@dataclass
class Folder:
    """A site on disk.

    Attributes:
        root: the folder.
        before: path -> what the last build made there.
        now: path -> what this build made there.
        force: write also over files that are not ours.
        written, unchanged, removed: counts.
        kept: files of ours that somebody changed and that are no longer part of the site.
    """

    root: Path
    before: dict[str, Entry] = field(default_factory=dict)
    now: dict[str, Entry] = field(default_factory=dict)
    force: bool = False
    written: int = 0
    unchanged: int = 0
    removed: int = 0
    kept: list[str] = field(default_factory=list)

    def begin(self, paths: Iterable[str]) -> None:
        """Say what will be written before anything is.

        Raises:
            InputError: a file stands there that is not ours. StoreError: the folder cannot be written.
        """
        new = [path for path in paths if path not in self.before]
        strange = [path for path in new if (self.root / path).exists() or (self.root / path).is_symlink()]
        if strange and not self.force:
            raise InputError(
                f"{strange[0]} is there already and was not made by `evalkit report site`",
                str(self.root),
                "Move it, or write over it with --force",
            )
        for top in {Path(path).parts[0] for path in new if "/" in path}:
            if (self.root / top).is_symlink():
                raise InputError(f"{top} is a link to another place", str(self.root), "Remove the link")
        with told(self.root, "write the site"):
            self.root.mkdir(parents=True, exist_ok=True)
            for leftover in self._leftovers():
                leftover.unlink()
        if new:
            self._mark({**self.before, **dict.fromkeys(new, Entry())})

    def runs(self) -> set[str]:
        """Ids of the runs that the site there tells of: those with a report, and those in its data."""
        found = {path[len("runs/") : -len(".html")] for path in self.before if path.startswith("runs/")}
        if "data.json" not in self.before:
            return found
        try:
            data = json.loads((self.root / "data.json").read_bytes())
            return found | {str(run["run_id"]) for suite in data["suites"] for run in suite["runs"]}
        except (OSError, ValueError, TypeError, KeyError, RecursionError):  # changed by somebody: it is made again
            return found

    def up_to_date(self, path: str, source: str) -> bool:
        """Whether the last build made this file from the same, and nobody has changed it since; then it is kept."""
        entry, file = self.before.get(path), self.root / path
        if entry is None or not entry.sha256 or entry.source != source or not file.is_file():
            return False
        with told(file, "read the site"):
            if digest_file(file) != entry.sha256:
                return False
        self.now[path] = entry
        self.unchanged += 1
        return True

    def put(self, path: str, data: bytes, source: str = "") -> None:
        """Write a file whole or not at all; not at all where it holds these bytes already.

        Raises:
            StoreError: it cannot be written.
        """
        file, sha256 = self.root / path, digest_bytes(data)
        self.now[path] = Entry(sha256, source)
        with told(file, "write the site"):
            if file.is_file() and not file.is_symlink() and digest_file(file) == sha256:
                self.unchanged += 1
                return
            _replace(file, data)
        self.written += 1

    def finish(self) -> None:
        """List what there is now, then remove what was ours and no longer belongs; changed files are left."""
        gone = {path: entry for path, entry in self.before.items() if path not in self.now}
        with told(self.root, "clean the site"):
            for path, entry in sorted(gone.items()):
                self._remove(path, entry)
        self._mark(self.now)

    def _remove(self, path: str, entry: Entry) -> None:
        file = self.root / path
        if not file.is_file() or file.parent.is_symlink():
            return
        if entry.sha256 and digest_file(file) != entry.sha256:
            self.kept.append(path)
            return
        file.unlink()
        self.removed += 1
        if file.parent != self.root and not any(file.parent.iterdir()):
            file.parent.rmdir()

    def _mark(self, files: dict[str, Entry]) -> None:
        listed = {path: {k: v for k, v in files[path]._asdict().items() if v} for path in sorted(files)}
        data = (json.dumps({"evalkit_site": 1, "files": listed}, indent=1) + "\n").encode()
        marker = self.root / MARKER
        with told(marker, "write the site"):
            if not marker.is_file() or marker.read_bytes() != data:
                _replace(marker, data)

    def _leftovers(self) -> list[Path]:
        """What an interrupted build left half-written; only in a folder that is ours."""
        if not (self.root / MARKER).is_file():
            return []
        return [p for where in ("", "runs", "suites", "judges", "badges") for p in (self.root / where).glob(".*.part")]


def _replace(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def opened(root: Path, *, force: bool = False) -> Folder:
    """The folder of a site: one that is not there yet, is empty, or was made by us.

    Raises:
        InputError: it is a file, or holds what is not ours and `force` was not given, or its marker is damaged.
    """
    if root.is_dir():
        with told(root, "read the site"):
            foreign = sorted(p.name for p in root.iterdir() if p.name not in _EMPTY)
            marker = root / MARKER
            data = marker.read_bytes() if marker.is_file() else None
        if data is None and foreign and not force:
            raise InputError(
                f"the folder is not empty ({foreign[0]}) and was not made by `evalkit report site`",
                str(root),
                "Name another folder, or write into this one with --force (nothing in it is removed)",
            )
        return Folder(root, _entries(data, root, force) if data is not None else {}, force=force)
    if root.exists() or root.is_symlink():
        raise InputError("a site is a folder, and this is a file", str(root), "Name a folder")
    return Folder(root, force=force)


def _entries(data: bytes, root: Path, force: bool) -> dict[str, Entry]:
    try:
        found = json.loads(data)
        files = {str(path): Entry(str(e.get("sha256", "")), str(e.get("source", ""))) for path, e in _files(found)}
    except (ValueError, TypeError, AttributeError, RecursionError):
        if force:
            return {}
        raise InputError(
            f"{MARKER} is damaged", str(root), "Remove the folder, or write over it with --force"
        ) from None
    return {path: entry for path, entry in files.items() if _OURS.fullmatch(path)}


def _files(found: dict[str, Any]) -> Iterable[tuple[str, dict[str, str]]]:
    if found["evalkit_site"] != 1:
        raise InputError(
            f"the site was made by a newer evalkit (format {found['evalkit_site']})", MARKER, "Upgrade evalkit"
        )
    files: dict[str, dict[str, str]] = found["files"]
    return files.items()
