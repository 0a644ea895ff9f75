"""Which suites there are: those given, or every suite.yaml below suites/."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.core.errors import InputError
from evalkit.engine.suite import find_suite

DEFAULT = "suites"
SUITE_NAMES = ("suite.yaml", "suite.yml")
_SKIP = frozenset({"node_modules", "site-packages", "__pycache__"})


def find_suites(given: Sequence[str]) -> list[Path]:
    """The suite files, each once, in order.

    Args:
        given: files, folders with a suite.yaml, folders that hold such folders, or patterns such as `suites/qa-*`;
            none: `suites/`.

    Raises:
        InputError: a path holds no suite, or there is none at all.
    """
    if not given and not Path(DEFAULT).is_dir():
        remedy = "Name the suites (evalkit ci PATH...), or make a first one: evalkit init suites/first"
        raise InputError(f"there is no folder {DEFAULT}/ here, and no suite was named", str(Path.cwd()), remedy)
    found = [suite for one in (given or [DEFAULT]) for suite in _of(one)]
    return list({file.resolve(): file for file in found}.values())


def _of(given: str) -> list[Path]:
    path = Path(given)
    if path.is_dir():
        found = sorted(_below(path))
        if not found:
            raise InputError("there is no suite.yaml in this folder or below it", given, "Create one: evalkit init")
        return found
    if not path.exists() and any(sign in given for sign in "*?["):
        matched = [match for match in sorted(_matching(given)) if match.is_dir() or match.suffix in (".yaml", ".yml")]
        if not matched:
            raise InputError("no suite matches this pattern", given, "Correct it, or name the suites")
        return [suite for match in matched for suite in _of(str(match))]
    return [find_suite(path)]


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    folder = Path(path.anchor)
    return list(folder.glob(str(path.relative_to(folder))))


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIP)
        both = [name for name in SUITE_NAMES if name in files]
        if both:
            yield find_suite(Path(here))
