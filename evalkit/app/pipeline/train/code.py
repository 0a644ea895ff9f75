"""What a recipe's code is: its file and the project's files that it imports, as one text to be written out again."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from evalkit.core.digest import canonical_json, digest_bytes
from evalkit.core.errors import InputError
from evalkit.predictors.fingerprint import python_files

__all__ = ["Code", "code_of", "imported_packages", "written_out"]


class Code(NamedTuple):
    """The sources of a recipe.

    Attributes:
        entry: its file (`train/flights.py`) or module (`jobs.flights`), within the sources, then `:function`.
        sources: path -> text; empty where an installed package holds it.
        blob: the same as bytes, to be kept.
        digest: of these bytes.
    """

    entry: str
    sources: Mapping[str, str]
    blob: bytes
    digest: str


def code_of(recipe: str) -> Code:
    """The code of `package.module:function` or `path/file.py:function`.

    Imports are read, not run: what is imported by a computed name is not among the sources, and is not there when the
    recipe runs.

    Raises:
        InputError: the recipe has not this form, or there is no such file or module, or it is no text.
    """
    where, colon, name = recipe.rpartition(":")
    if not colon or not where or not name:
        raise InputError(
            f"{recipe!r:.120} is no recipe", remedy="Write package.module:function, or path/file.py:function"
        )
    files = python_files(where)
    if not files:
        what = "there is no file" if where.endswith(".py") else "there is no module"
        raise InputError(
            f"{what} {where!r:.200}", "the recipe", "Look at the path; it is taken from the current folder"
        )
    installed = not where.endswith(".py") and not _below(files[0], Path())
    root = _root(where, files)
    sources = {} if installed else {file.resolve().relative_to(root).as_posix(): _text(file) for file in files}
    entry = files[0].resolve().relative_to(root).as_posix() if where.endswith(".py") else where
    named = {"installed": _text(files[0])} if installed else sources
    blob = canonical_json({"entry": entry, "sources": named}).encode()
    return Code(f"{entry}:{name}", sources, blob, digest_bytes(blob))


def written_out(sources: Mapping[str, str], folder: Path) -> None:
    """Write sources into an empty folder, each to its place.

    Raises:
        InputError: a path leads out of the folder.
    """
    for name, text in sources.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"the source {name!r:.120} would be written outside its folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def imported_packages(sources: Mapping[str, str]) -> dict[str, str]:
    """Installed packages that the sources import by name, with their versions."""
    tops = {top for text in sources.values() for top in _tops(text)}
    homes = _homes()
    return {name: metadata.version(name) for name in sorted({name for top in tops for name in homes.get(top, ())})}


@cache
def _homes() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _tops(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    named = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    named += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    return {name.split(".")[0] for name in named} - set(sys.stdlib_module_names)


def _root(where: str, files: list[Path]) -> Path:
    """The folder that paths are told from: that of a file's own imports, or the one that holds a module's package."""
    if where.endswith(".py"):
        return Path(os.path.commonpath([file.resolve().parent for file in files]))
    if _below(files[0], Path()):
        return Path().resolve()
    return files[0].resolve().parent


def _below(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("the source is not UTF-8", str(file), "Save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"the source cannot be read: {error.strerror}", str(file)) from None
