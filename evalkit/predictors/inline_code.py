"""What a function does, as far as it can be told without running it: so that an edited function is another system."""

from __future__ import annotations

import functools
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from evalkit.core.digest import digest_of

_PLAIN = (type(None), bool, int, float, complex, str, bytes)
_MOST = 1_000  # items of a container that are looked at


def code_of(function: Any) -> str:
    """sha256 of a function's bytecode and of what it refers to.

    Followed are its defaults, closure and globals: functions of the same module as code, plain values and containers of
    them by value. Everything else (an open client, a fitted model, another module) counts by its type or name only.
    The digest depends on the version of Python.
    """
    return digest_of(_Reader(getattr(function, "__module__", None)).read(function))


class _Reader:
    """Turns objects into JSON, each function once."""

    def __init__(self, module: str | None) -> None:
        self.module, self.seen = module, set[int]()

    def read(self, value: Any) -> Any:
        """JSON that changes when the value does."""
        if isinstance(value, _PLAIN):
            return [type(value).__name__, repr(value)]
        if isinstance(value, CodeType):
            return self._code(value)
        if isinstance(value, FunctionType):
            return self._function(value)
        if isinstance(value, MethodType):
            return ["method", self.read(value.__func__), self.read(value.__self__)]
        if isinstance(value, functools.partial):
            return ["partial", self.read(value.func), self.read(value.args), self.read(value.keywords)]
        if isinstance(value, list | tuple | set | frozenset | dict) and id(value) not in self.seen:
            return self._container(value)
        if isinstance(value, ModuleType | type):
            return ["named", getattr(value, "__module__", ""), getattr(value, "__qualname__", value.__name__)]
        return self._object(value)

    def _function(self, value: FunctionType) -> Any:
        name = f"{value.__module__}:{value.__qualname__}"
        if id(value) in self.seen or value.__module__ != self.module:
            return ["function", name]
        self.seen.add(id(value))
        cells = [self.read(_content(cell)) for cell in value.__closure__ or ()]
        used = sorted(_names(value.__code__) & value.__globals__.keys())
        around = {key: self.read(value.__globals__[key]) for key in used}
        defaults = [self.read(value.__defaults__), self.read(value.__kwdefaults__)]
        return ["function", name, self._code(value.__code__), defaults, cells, around]

    def _code(self, code: CodeType) -> Any:
        constants = [self.read(constant) for constant in code.co_consts]
        return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames)]

    def _container(self, value: Any) -> Any:
        self.seen.add(id(value))
        kind = type(value).__name__
        if len(value) > _MOST:
            return [kind, len(value)]
        if isinstance(value, dict):
            return [kind, [[self.read(key), self.read(item)] for key, item in value.items()]]
        items = [self.read(item) for item in value]
        return [kind, sorted(items, key=repr) if isinstance(value, set | frozenset) else items]

    def _object(self, value: Any) -> Any:
        call = getattr(type(value), "__call__", None)  # noqa: B004 - the code is wanted, not whether there is any
        named = [type(value).__module__, type(value).__qualname__]
        return ["object", *named, self._function(call) if isinstance(call, FunctionType) else None]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that is not bound yet
        return None


def _names(code: CodeType) -> set[str]:
    """Every name in a function and in those inside it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))
