"""What a system's code is, found by reading files: an unfinished run goes on only with the code that it began with."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import cache_from_source
from pathlib import Path

from evalkit.core.digest import digest_file, digest_of

_SECONDS = 2.0
_READ_WHOLE = 64 << 20  # bytes; a larger file (a model's weights) is known by its size and modification time
OURS = "evalkit"
"""A package whose files are not followed: it is named by its version in the record."""


def digest_of_files(files: Iterable[Path]) -> str:
    """sha256 over the names and contents of some files, in any order; one that is gone counts by its name."""
    return digest_of(sorted([file.name, _one(file)] for file in files))


def forget_compiled(files: Iterable[Path]) -> None:
    """Remove bytecode that an edit may have made stale: Python holds it against the second and size of its source.

    So one that was written within two seconds of its source may be of an edit before; an older one is told apart.
    """
    for file in files:
        compiled = Path(cache_from_source(str(file)))
        try:
            if compiled.stat().st_mtime - file.stat().st_mtime < _SECONDS:
                compiled.unlink()
        except OSError:  # there is none, or the folder is not ours to write: then Python wrote none there either
            continue


def _one(file: Path) -> str:
    try:
        stat = file.stat()
        return f"{stat.st_size}@{stat.st_mtime_ns}" if stat.st_size > _READ_WHOLE else digest_file(file)
    except OSError as error:
        return f"unreadable: {error.strerror}"


def python_files(where: str, base: Path | None = None) -> list[Path]:
    """The source of `package.module` or `path/file.py`, then the modules that it imports from its own folder or `base`.

    Imports are read, not run, so these are not seen: what is imported by a computed name, compiled modules, data
    files, environment variables, and installed packages (their versions are in the record).

    Args:
        where: what stands before the function's name.
        base: where modules and relative paths are looked for first; default: the current folder.

    Returns:
        Files, the system's own first; empty when there is no such source.
    """
    base = Path() if base is None else base
    if where.endswith(".py"):
        start = base / where
        return _with_imports(start, (start.parent, base)) if start.is_file() else []
    found = module_file(where, [base])
    if found is None:
        found = module_file(where, [Path(folder) for folder in sys.path if folder])
        return [] if found is None else [found]
    return _with_imports(found, (base,))


def command_files(argv: Sequence[str]) -> list[Path]:
    """Files that a command line names (also as `--option=FILE`), Python ones with what they import from beside them.

    A program that is found by its bare name (`python3`) is the machine's, not the system's.
    """
    words = [*([argv[0]] if "/" in argv[0] else []), *(part for word in argv[1:] for part in (word, _value(word)))]
    found: dict[Path, None] = {}
    for word in words:
        if word and _is_file(Path(word)):
            found |= dict.fromkeys(python_files(word) if word.endswith(".py") else [Path(word)])
    return list(found)


def _value(word: str) -> str:
    return word.partition("=")[2]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a word that is no name of a file at all: too long, a NUL in it
        return False


def _with_imports(start: Path, folders: Sequence[Path]) -> list[Path]:
    found, left = {start.resolve(): start}, [start]
    while left:
        for file in _imported(left.pop(), folders):
            if file.resolve() not in found:
                found[file.resolve()] = file
                left.append(file)
    return list(found.values())


def _imported(file: Path, folders: Sequence[Path]) -> Iterator[Path]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return iter(())  # its bytes count; importing it will say what is wrong
    return imported_files(tree, file, folders)


def imported_files(tree: ast.AST, file: Path, folders: Sequence[Path]) -> Iterator[Path]:
    """The sources that the import statements of a file run; one may come several times.

    Args:
        tree: of the file.
        file: from whose folder relative imports are told.
        folders: where modules are looked for.
    """
    for node in ast.walk(tree):
        names, places = _names(node, file, folders)
        for name in names:
            yield from package_files(name, places)


def package_files(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """The sources that importing a dotted name runs: of each package on the way, and of the module."""
    parts = name.split(".")
    modules = (".".join(parts[: i + 1]) for i in range(len(parts)))
    return (hit for module in modules if (hit := module_file(module, folders)) is not None)


def _names(node: ast.AST, file: Path, folders: Sequence[Path]) -> tuple[list[str], Sequence[Path]]:
    """Modules that a statement may import, and the folders to look in."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        head = f"{node.module}." if node.module else ""
        names = [head + alias.name for alias in node.names]
        if node.level:
            above = file.resolve().parents
            return names, [above[node.level - 1]] if node.level <= len(above) else []
    else:
        names = []
    return [name for name in names if name.split(".")[0] != OURS], folders


def module_file(name: str, folders: Sequence[Path]) -> Path | None:
    """The source of a dotted name in the first folder that has it."""
    inner = Path(*name.split("."))
    candidates = (folder / place for folder in folders for place in (inner / "__init__.py", inner.with_suffix(".py")))
    return next((file for file in candidates if _is_file(file)), None)
