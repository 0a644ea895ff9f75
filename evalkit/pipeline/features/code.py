"""What a definition is made of: its source without comments, the constants and functions of its module that it uses.

And what it should not use: clocks, random numbers, the environment, files, values that can change.
"""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.impure import MODULES, NOUNS, imported, mentions

__all__ = ["code_digest", "impure"]

_PLAIN = (bool, int, float, str, bytes, type(None))
_CHANGING_CALLS = {"open": "files", "input": "the keyboard", "id": "addresses in memory", "hash": "the seed of hashes"}


def code_digest(function: Callable[..., Any]) -> str:
    """sha256 of what the function computes: its code and, as far as they are of its module, what that refers to.

    Comments, blank lines, docstrings and annotations change nothing.
    """
    return digest_of(list(_parts(function, set())))


def impure(function: Callable[..., Any]) -> list[str]:
    """What the function uses that need not be the same next time, in a word or two each, with its name."""
    found: list[str] = []
    for each in _reached(function, set()):
        for name in sorted(set(_names(each.__code__))):
            value = each.__globals__.get(name)
            home = value.__name__ if isinstance(value, ModuleType) else _module_of(value)
            if home in MODULES:
                found.append(f"{NOUNS[MODULES[home]]} ({name})")
            elif isinstance(value, list | dict | set | bytearray):
                found.append(f"a global that can change ({name})")
            elif name in _CHANGING_CALLS and name not in each.__globals__:
                found.append(f"{_CHANGING_CALLS[name]} ({name})")
        found += _by_syntax(each)
    return list(dict.fromkeys(found))


def _module_of(value: Any) -> str:
    if not inspect.isroutine(value):
        return ""
    # random.random is a method of a hidden instance
    return str(getattr(value, "__module__", None) or type(getattr(value, "__self__", None)).__module__)


def _by_syntax(function: Any) -> Iterator[str]:
    tree = _tree(function)
    if tree is None:
        return
    homes = {name: home for name, home in _homes(function, tree).items() if home.split(".")[0] not in MODULES}
    yield from (f"{NOUNS[one.kind]} ({one.name})" for one in mentions(ast.walk(tree), homes) if not one.unseeded)
    seeded = {id(inner) for node in ast.walk(tree) if _is_seeded(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal):
            yield f"a global that it changes ({', '.join(node.names)})"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (f"{NOUNS[MODULES[name]]} ({name})" for name in names if name in MODULES)
        elif isinstance(node, ast.Attribute) and node.attr == "random" and id(node) not in seeded:
            yield f"random numbers ({ast.unparse(node)})"


def _homes(function: Any, tree: ast.AST) -> dict[str, str]:
    """Name in the function -> the module, class or function that it stands for."""
    found = imported(tree)
    for name, value in function.__globals__.items():
        if isinstance(value, ModuleType):
            found[name] = value.__name__
        elif isinstance(value, type) or inspect.isroutine(value):
            found[name] = f"{value.__module__}.{value.__qualname__}"
    return found


def _is_seeded(node: ast.AST) -> bool:
    """np.random.default_rng(7): the same numbers each time."""
    return isinstance(node, ast.Call) and bool(node.args) and ast.unparse(node.func).endswith(".default_rng")


def _parts(function: Any, seen: set[int]) -> Iterator[Any]:
    for each in _reached(function, seen):
        tree = _tree(each)
        yield ["code", ast.dump(tree) if tree else _bytecode(each.__code__)]
        for name in sorted(set(_names(each.__code__))):
            value = each.__globals__.get(name)
            if name in each.__globals__ and _is_plain(value):
                yield ["constant", name, repr(value)]
            elif isinstance(value, ModuleType):
                yield ["module", name, value.__name__]
        for name, cell in zip(each.__code__.co_freevars, each.__closure__ or (), strict=False):
            if _is_plain(cell.cell_contents):
                yield ["constant", name, repr(cell.cell_contents)]


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN) or (isinstance(value, tuple | frozenset) and all(map(_is_plain, value)))


def _reached(function: Any, seen: set[int]) -> Iterator[Any]:
    """The function, and functions of its own module that it calls, each once."""
    function = inspect.unwrap(function)
    if id(function) in seen or not inspect.isfunction(function):
        return
    seen.add(id(function))
    yield function
    for name in sorted(set(_names(function.__code__))):
        other = function.__globals__.get(name)
        if inspect.isfunction(other) and other.__module__ == function.__module__:
            yield from _reached(other, seen)


def _names(code: CodeType) -> Iterator[str]:
    """Global names that the code reads; names of attributes are none."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _tree(function: Any) -> ast.AST | None:
    """The function as it was written, without decorators, docstrings and annotations; None: its source is gone."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.decorator_list, node.returns = [], None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _bytecode(code: CodeType) -> list[Any]:
    constants = [_bytecode(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts]
    return [code.co_code.hex(), constants, list(code.co_names), list(code.co_varnames)]
