"""Where a record is made: commit, packages, machine; and where the workspace is."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from evalkit import __version__
from evalkit.core.nouns import Environment

PACKAGES = ("evalkit-harness", "numpy", "scipy", "pyarrow", "pydantic", "jsonschema-rs", "scikit-learn", "pandas")


def environment(folder: Path) -> Environment:
    """The environment of a run whose suite lies in `folder`."""
    commit, dirty = git_state(folder)
    return Environment(
        evalkit=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=packages(),
        commit=commit,
        dirty=dirty,
    )


def packages() -> dict[str, str]:
    """Installed versions of what can change a number."""
    return {name: version for name in PACKAGES if (version := _version(name)) is not None}


@cache
def _version(name: str) -> str | None:
    """Of a package as this process loads it: what is installed later is not what made the number."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def git_state(folder: Path) -> tuple[str | None, bool | None]:
    """Commit and whether tracked files differ from it; None, None outside a repository or without git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None, None
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, None if status is None else bool(status)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def workspace_root(given: str | Path | None) -> Path:
    """The workspace folder: as given, else $EVALKIT_HOME, else .evalkit in the current folder."""
    return Path(given or os.environ.get("EVALKIT_HOME") or ".evalkit")


def command_line() -> list[str]:
    """The command that made this record, for the report; values of --api-key like options never exist here."""
    return ["evalkit", *sys.argv[1:]] if Path(sys.argv[0]).name.startswith(("evalkit", "__main__")) else []
