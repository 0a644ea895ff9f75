"""`pkg.mod:func` or `path/file.py:func` -> the function, and how it wants to be called."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, Literal, NamedTuple

_MARK = "__evalkit_batch__"  # evalkit.predictors.marks.MARK, which need not be imported to look for it


class LoadError(Exception):
    """The function cannot be had; the message is a sentence."""


class Loaded(NamedTuple):
    """A function, whether it is called one input at a time, many at once, or in batches, and the batch size."""

    function: Callable[..., Any]
    mode: Literal["sync", "async", "batch"]
    size: int


def split_target(target: str) -> tuple[str, str]:
    """Module (or file) and function.

    Raises:
        LoadError: the target has not this form.
    """
    where, _, name = target.rpartition(":")
    if not where or not name:
        raise LoadError(f"python:{target} is not of the form python:package.module:function or python:file.py:function")
    return where, name


def load(target: str) -> Loaded:
    """Import the function.

    Raises:
        LoadError: there is no such file, module or function, or the import fails.
    """
    where, name = split_target(target)
    found: Any = _module(where, target)
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n, v in vars(found).items() if callable(v) and not n.startswith("_")][:10]
            has = f"; it has {', '.join(known)}" if known else ""
            raise LoadError(f"python:{target}: {where} has no {part!r}{has}")
        found = getattr(found, part)
    if not callable(found):
        raise LoadError(f"python:{target}: {name} is a {type(found).__name__}, not a function")
    size = getattr(found, _MARK, None)
    if size is not None:
        return Loaded(found, "batch", size)
    is_async = inspect.iscoroutinefunction(found) or inspect.iscoroutinefunction(getattr(found, "__call__", None))  # noqa: B004
    return Loaded(found, "async" if is_async else "sync", 1)


def _module(where: str, target: str) -> Any:
    _put_first(os.getcwd())  # noqa: PTH109 - a text for sys.path
    try:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        return _file(where, target)
    except LoadError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing runs the user's code
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
        own = [f for f in frames if f.filename != __file__]
        place = f" ({os.path.basename(own[-1].filename)}:{own[-1].lineno})" if own else ""  # noqa: PTH119
        told = f"{type(error).__name__}: {error}"[:1_000]
        raise LoadError(f"python:{target}: importing {where} failed: {told}{place}") from None


def _file(path: str, target: str) -> Any:
    if not os.path.isfile(path):  # noqa: PTH113 - pathlib takes longer to import than this takes to run
        raise LoadError(f"python:{target}: there is no file {path}")
    full = os.path.abspath(path)  # noqa: PTH100
    _put_first(os.path.dirname(full))  # noqa: PTH120
    name = os.path.basename(full)[:-3]  # noqa: PTH119
    if name in sys.modules or not name.isidentifier():
        name = f"_evalkit_user_{abs(hash(full))}"
    module = ModuleType(name)
    module.__file__ = full
    sys.modules[name] = module
    with open(full, "rb") as file:  # noqa: PTH123
        # From its text: a compiled copy may be older than an edit in the same second.
        exec(compile(file.read(), full, "exec", dont_inherit=True), vars(module))
    return module


def _put_first(folder: str) -> None:
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)
