"""What a system's code is, found by reading files: an unfinished run goes on only with the code that it began with."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from evalkit.core.digest import digest_file, digest_of

_READ_WHOLE = 64 << 20  # bytes; a larger file (a model's weights) is known by its size and modification time
_OURS = "evalkit"  # named by its version in the record


def digest_of_files(files: Iterable[Path]) -> str:
    """sha256 over the names and contents of some files, in any order; one that is gone counts by its name."""
    return digest_of(sorted([file.name, _one(file)] for file in files))


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
    found = _module(where, [base])
    if found is None:
        found = _module(where, [Path(folder) for folder in sys.path if folder])
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
        return  # its bytes count; importing it will say what is wrong
    for node in ast.walk(tree):
        names, places = _names(node, file, folders)
        for name in names:
            parts = name.split(".")
            modules = (".".join(parts[: i + 1]) for i in range(len(parts)))
            yield from (hit for module in modules if (hit := _module(module, places)) is not None)


def _names(node: ast.AST, file: Path, folders: Sequence[Path]) -> tuple[list[str], Sequence[Path]]:
    """Modules that a statement may import, and the folders to look in."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        head = f"{node.module}." if node.module else ""
        names = [head + alias.name for alias in node.names]
        if node.level:
            return names, [file.resolve().parents[node.level - 1]]
    else:
        names = []
    return [name for name in names if name.split(".")[0] != _OURS], folders


def _module(name: str, folders: Sequence[Path]) -> Path | None:
    """The source of a dotted name in the first folder that has it."""
    inner = Path(*name.split("."))
    candidates = (folder / place for folder in folders for place in (inner / "__init__.py", inner.with_suffix(".py")))
    return next((file for file in candidates if _is_file(file)), None)
