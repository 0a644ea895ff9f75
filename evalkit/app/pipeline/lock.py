"""What is installed, quickly: Python and every distribution with its version, as one text that is kept by its digest.

A distribution is told by the name of its folder (`numpy-2.4.6.dist-info`: the specification of recorded installations
fixes that form), so that listing a few folders is enough: a millisecond or two for three hundred of them. Nothing is
cached, hence nothing can be stale. A distribution that is changed by hand under the same version is not seen.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from evalkit.core.digest import canonical_json, digest_bytes

__all__ = ["Lock", "lock", "packages_of"]

_FOLDER = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-[^-]+)*\.(?:dist-info|egg-info)")


class Lock(NamedTuple):
    """The environment as bytes, to be kept, and their digest."""

    blob: bytes
    digest: str


def lock(folders: list[str] | None = None) -> Lock:
    """The environment of this process, which the process of a stage or a training shares.

    Args:
        folders: where distributions are looked for; None: where this process looks for modules, but for the current
            folder. The first of a name counts, as in an import.
    """
    here = {"", str(Path.cwd())}
    packages: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path if folders is None else folders):
        if folder not in here:
            for name, version in _in(folder):
                packages.setdefault(name, version)
    fields = {"python": platform.python_version(), "machine": _machine()}
    blob = canonical_json({**fields, "packages": packages}).encode()
    return Lock(blob, digest_bytes(blob))


def packages_of(fields: dict[str, object]) -> dict[str, str]:
    """What a kept environment says, as name -> version; Python and the machine among them."""
    packages = fields.get("packages")
    told = {name: str(fields[name]) for name in ("python", "machine") if name in fields}
    return {**told, **(packages if isinstance(packages, dict) else {})}


def _in(folder: str) -> list[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return []  # a zip file, or a folder that is not there: nothing is recorded in it
    found = []
    for name in names:
        match = _FOLDER.fullmatch(name)
        told = (match["name"], match["version"]) if match else (name.rpartition(".")[0], _metadata(folder, name))
        found.append((re.sub(r"[-_.]+", "-", told[0]).lower(), told[1]))
    return found


def _metadata(folder: str, name: str) -> str:
    """The version within an `.egg-info` whose name has none."""
    for file in ("PKG-INFO", "METADATA"):
        try:
            text = (Path(folder) / name / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return next((line[9:].strip() for line in text.splitlines() if line.startswith("Version: ")), "")
    return ""


@cache
def _machine() -> str:
    return f"{platform.system()} {platform.machine()}"
