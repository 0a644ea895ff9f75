"""A user's own code by its import path, as its files are now: in a watch or a notebook they change between two runs."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from evalkit.core.errors import InputError
from evalkit.predictors.fingerprint import digest_of_files, forget_compiled, python_files

_loaded: dict[Path, str] = {}
"""Main file of what was loaded -> digest of it and of what it imports, then."""


def load_user(path: str, base: Path) -> Any:
    """A user's object: `package.module:name`, or `path/file.py:name` relative to `base`.

    Raises:
        InputError: the file, module or name does not exist, or importing it failed.
    """
    where, _, name = path.rpartition(":")
    module = _module(where, base)
    try:
        return getattr(module, name)
    except AttributeError as error:
        close = difflib.get_close_matches(name, [n for n in dir(module) if not n.startswith("_")], 1)
        remedy = f"Did you mean {close[0]!r}?" if close else "Check the name."
        raise InputError(f"{where} has no {name!r}", remedy=remedy) from error


def source_digest(path: str, base: Path) -> str:
    """Digest of the files that an object comes from (`fingerprint.python_files`): changed code is another scoring."""
    return digest_of_files(_files(path.rpartition(":")[0], base))


def _files(where: str, base: Path) -> list[Path]:
    return python_files(where, base) or python_files(where)


def _module(where: str, base: Path) -> ModuleType:
    files = _files(where, base)
    if where.endswith(".py") and not files:
        raise InputError(f"there is no file {where!r} in {base}", remedy="Check the import path.")
    for folder in (Path.cwd(), base.resolve(), *([files[0].resolve().parent] if where.endswith(".py") else [])):
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        sys.path.insert(0, str(folder))
    _forget_what_changed(files)
    forget_compiled(files)
    try:
        return _run(files[0]) if where.endswith(".py") else importlib.import_module(where)
    except (Exception, SystemExit) as error:
        raise InputError(f"importing {where!r} failed: {type(error).__name__}: {error}") from error


def _forget_what_changed(files: list[Path]) -> None:
    """Modules of files that are not what they were, and modules of the same names from another folder."""
    if not files:
        return
    key, now = files[0].resolve(), digest_of_files(files)
    changed = _loaded.get(key, now) != now
    _loaded[key] = now
    mine = {file.resolve() for file in files}
    names = {file.stem for file in mine}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is None:
            continue
        is_mine = _resolved(file) in mine
        if (changed and is_mine) or (name in names and not is_mine and _is_local(Path(file))):
            del sys.modules[name]
    importlib.invalidate_caches()


@cache  # of the modules that are loaded: some thousand, and each metric of a suite asks for all
def _resolved(file: str) -> Path:
    return Path(file).resolve()


def _is_local(file: Path) -> bool:
    """Whether a module was loaded from a folder of the user, and not from Python's own or an installed package."""
    return not file.resolve().is_relative_to(sys.prefix) and not file.resolve().is_relative_to(sys.base_prefix)


def _run(file: Path) -> ModuleType:
    """The module of a file, from its text: a compiled copy may be older than an edit in the same second."""
    name = f"_evalkit_user_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(file.resolve())
    sys.modules[name] = module
    try:
        exec(compile(file.read_bytes(), module.__file__, "exec", dont_inherit=True), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module
