"""What git knows: the top of the repository, and which files changed since it parted from a ref."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from evalkit.core.errors import InputError


class Changes(NamedTuple):
    """What changed.

    Attributes:
        root: the top of the working tree.
        base: the commit that HEAD and the ref have in common.
        paths: changed, added, removed and untracked paths, from `root`, with `/`; a submodule is one path.
        known: all paths that git tracks or would track; a file that is ignored is not among them.
    """

    root: Path
    base: str
    paths: frozenset[str]
    known: frozenset[str]


def top(here: Path) -> Path | None:
    """The top of the working tree that a folder lies in; None where there is none, or no git."""
    done = _git(here, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(done.stdout.rstrip(b"\n"))) if done is not None and done.returncode == 0 else None


def changes_since(ref: str, here: Path) -> Changes:
    """What differs between the working tree (uncommitted and untracked files too) and where it parted from `ref`.

    Raises:
        InputError: there is no repository, no such ref, or no common commit (a shallow clone).
    """
    root = top(here)
    if root is None:
        done = _git(here, "rev-parse", "--show-toplevel")
        said = done.stderr.decode(errors="replace").partition("\n")[0] if done is not None else "git cannot be run"
        remedy = "Run it inside a clone, or leave --changed-since out to run every suite"
        what = f"--changed-since {ref} needs a git repository, and this is none that git reads ({said})"
        raise InputError(what, str(here), remedy)
    commit = _said(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise InputError(f"git knows no {ref!r} here", f"--changed-since {ref}", _fetch(root, ref))
    base = _said(root, "merge-base", commit, "HEAD")
    if base is None:
        raise InputError(f"{ref!r} and HEAD have no commit in common here", f"--changed-since {ref}", _fetch(root, ref))
    changed = _names(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base, "--")
    untracked = _names(root, "ls-files", "--others", "--exclude-standard", "-z")
    tracked = _names(root, "ls-files", "-z")
    return Changes(root, base, changed | untracked, tracked | untracked | changed)


def is_new(changes: Changes, path: str) -> bool:
    """Whether a path was not there yet where HEAD and the ref parted."""
    done = _git(changes.root, "cat-file", "-e", f"{changes.base}:{path}")
    return done is not None and done.returncode != 0


def _fetch(root: Path, ref: str) -> str:
    if _said(root, "rev-parse", "--is-shallow-repository") == "true":
        return "The clone is shallow: fetch the history (actions/checkout with fetch-depth: 0; GIT_DEPTH: 0 in GitLab)"
    return f"Fetch it (git fetch origin {ref.removeprefix('origin/')}), or leave --changed-since out"


def _said(root: Path, *arguments: str) -> str | None:
    done = _git(root, *arguments)
    return done.stdout.decode().strip() if done is not None and done.returncode == 0 else None


def _names(root: Path, *arguments: str) -> frozenset[str]:
    done = _git(root, *arguments)
    if done is None or done.returncode != 0:
        why = done.stderr.decode(errors="replace").strip() if done is not None else "git did not answer"
        raise InputError(f"git {arguments[0]} failed: {why}", str(root), "Run it by hand to see why")
    return frozenset(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    command = ["git", "-c", "core.quotePath=off", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
