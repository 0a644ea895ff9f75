"""What a stage's code is: its function's file, and every module of the project that this imports, by reading imports.

Installed packages are known by their versions (`lock.py`), evalkit among them. A package that is installed as editable
through a path is of the project: its files count. Not seen, for imports are read and not run: modules whose names are
computed, data files (declare them as inputs), variables of the environment.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from evalkit.core.digest import canonical_json, digest_bytes
from evalkit.core.errors import InputError
from evalkit.engine.nearest import did_you_mean
from evalkit.predictors.fingerprint import OURS, forget_compiled, imported_files, module_file, package_files

__all__ = ["Closures", "Code"]


class Code(NamedTuple):
    """The code of a stage.

    Attributes:
        entry: file and function, as the key names them.
        target: the same for who loads it: absolute path or module, and function.
        texts: file -> its bytes as text; an installed module's file stands under its module's name.
    """

    entry: str
    target: str
    texts: Mapping[str, str]

    @property
    def digests(self) -> dict[str, str]:
        """File -> digest of its bytes."""
        return {name: digest_bytes(text.encode("utf-8", "surrogateescape")) for name, text in self.texts.items()}

    @property
    def blob(self) -> bytes:
        """All of it, to be kept."""
        return canonical_json({n: t.encode("utf-8", "replace").decode() for n, t in self.texts.items()}).encode()


class _File(NamedTuple):
    text: str
    tree: ast.Module | None  # None: no Python; importing it will say what is wrong


class Closures:
    """The code of the stages of one project; each file is read and parsed once."""

    def __init__(self, base: Path) -> None:
        """`base`: the folder of the pipeline file, where modules are looked for first."""
        self.base = base
        self._files: dict[Path, _File] = {}

    def of(self, uses: str, where: str) -> Code:
        """The code of `path/file.py:function` or `package.module:function`.

        Args:
            uses: as the pipeline file says it.
            where: the stage, for sentences.

        Raises:
            InputError: there is no such file, module or function.
        """
        place, _, function = uses.rpartition(":")
        if place.endswith(".py"):
            start, folders = self.base / place, [(self.base / place).parent.resolve(), self.base, *self._editable]
            target = str(start.resolve())
        else:
            folders, target = [self.base, *self._editable], place
            found = module_file(place, folders)
            if found is None:
                return self._installed(place, function, where)
            start = found
        if not start.is_file():
            raise InputError(f"there is no file {place!r:.200} in {self.base}", where, "Correct `uses`")
        self._need(start.resolve(), function, where, place)
        files = self._with_imports(start.resolve(), place, folders)
        forget_compiled(files)  # what runs is what was read
        texts = {self._name(file, folders): self._file(file).text for file in files}
        entry = f"{self._name(start.resolve(), folders)}:{function}"
        return Code(entry, f"{target}:{function}", dict(sorted(texts.items())))

    def _installed(self, module: str, function: str, where: str) -> Code:
        """A module of an installed package: its own file counts; what it imports is known by versions."""
        found = module_file(module, [Path(folder) for folder in sys.path if folder])
        if found is None:
            raise InputError(
                f"there is no module {module!r:.200}",
                where,
                f"Modules are looked for in {self.base} and among packages",
            )
        self._need(found.resolve(), function, where, module)
        return Code(f"{module}:{function}", f"{module}:{function}", {module: self._file(found.resolve()).text})

    def _need(self, file: Path, function: str, where: str, place: str) -> None:
        tree = self._file(file).tree
        names = _bound(tree) if tree is not None else None
        if names is not None and function.partition(".")[0] not in names:
            known = sorted(n for n in names if not n.startswith("_"))
            raise InputError(f"{place} has no {function!r:.120}", where, did_you_mean(function, known, "names"))

    @cached_property
    def _editable(self) -> list[Path]:
        """Folders that are searched for modules and are neither Python's nor of installed packages: editable ones."""
        fixed = {Path(path).resolve() for path in sysconfig.get_paths().values()}
        folders = [Path(path).resolve() for path in sys.path if path and Path(path).is_dir()]
        prefixes = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), Path.cwd().resolve()}
        return [
            f
            for f in dict.fromkeys(folders)
            if f not in fixed
            and f not in prefixes
            and f.name not in ("site-packages", "dist-packages", "bin", "scripts")
            and not any(f.is_relative_to(p) for p in fixed)
            and f != Path(__file__).resolve().parents[4]
        ]

    def _file(self, path: Path) -> _File:
        if path not in self._files:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise InputError(f"the source cannot be read: {error.strerror}", str(path)) from None
            try:
                tree = ast.parse(data)
            except (SyntaxError, ValueError):
                tree = None
            self._files[path] = _File(data.decode("utf-8", "surrogateescape"), tree)
        return self._files[path]

    def _with_imports(self, start: Path, place: str, folders: Sequence[Path]) -> list[Path]:
        first = [start] if place.endswith(".py") else list(_modules(place, folders))
        found, left = dict.fromkeys(first), first
        while left:
            for file in self._imported(left.pop(), folders):
                if file not in found:
                    found[file] = None
                    left.append(file)
        return list(found)

    def _imported(self, file: Path, folders: Sequence[Path]) -> Iterator[Path]:
        tree = self._file(file).tree
        if tree is None:
            return
        yield from (found.resolve() for found in imported_files(tree, file, folders))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and 0 < node.level < len(file.parents):
                if (package := file.parents[node.level - 1] / "__init__.py").is_file():
                    yield package.resolve()
            elif isinstance(node, ast.Call) and (name := _by_text(node)):
                yield from _modules(name, folders)

    def _name(self, file: Path, folders: Sequence[Path]) -> str:
        """Relative to the pipeline file, else to the folder in which it was found: the same on every machine."""
        for folder in (self.base, *folders):
            if file.is_relative_to(folder):
                return file.relative_to(folder).as_posix()
        return Path(os.path.relpath(file, self.base)).as_posix()


def _modules(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    if name.partition(".")[0] != OURS:
        yield from (file.resolve() for file in package_files(name, folders))


def _by_text(node: ast.Call) -> str | None:
    """`import_module("a.b")` and `__import__("a.b")`, where the name is written out."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0] if node.args else None
    named = called in ("import_module", "__import__") and isinstance(first, ast.Constant) and first.value
    return named if isinstance(named, str) and named.replace(".", "").isidentifier() else None


def _bound(tree: ast.Module) -> set[str] | None:
    """Names at the top of a module; None where that cannot be told by reading."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("globals", "exec", "setattr"):
            return None
    return None if "__getattr__" in names else names
