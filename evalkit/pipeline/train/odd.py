"""What of a recipe's source would make it train another model another time: the clock, chance, the machine."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from evalkit.core.impure import Kind, Mention, imported, mentions

__all__ = ["odd_calls"]

_WHY: Mapping[Kind, str] = {
    "clock": "what it gives depends on when it runs",
    "chance": "what it gives is another each time; take numpy.random.default_rng(seed)",
    "machine": "what it gives depends on where it runs",
    "network": "what it gives depends on what lies outside; give data by --data",
    "files": "what is in files is not logged; give data by --data, and return what is to be kept",
}


def odd_calls(sources: Mapping[str, str], entry: str = ":") -> list[str]:
    """Sentences about calls that a pure recipe does not make, with file and line; a hint, not a proof.

    Args:
        sources: path -> source.
        entry: `path:function` or `module:function`: of that file only what the function may reach is looked at.
    """
    home, _, function = entry.rpartition(":")
    own = (home, f"{home.replace('.', '/')}.py")
    found = []
    for path, source in sorted(sources.items()):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            continue  # importing it says what is wrong
        nodes = _reached(tree, function) if path in own else list(ast.walk(tree))
        found += [(path, one.line, _said(one)) for one in mentions(nodes, imported(tree))]
    return [f"{path}:{line}: {said}" for path, line, said in sorted(set(found))]


def _reached(tree: ast.Module, function: str) -> list[ast.AST]:
    """Nodes of what runs on import, and of the definitions whose names it or the function mentions."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined = {node.name: node for node in tree.body if isinstance(node, kinds)}
    waiting = [node for node in tree.body if not isinstance(node, kinds)] + [defined.pop(function.split(".")[0], tree)]
    found: list[ast.AST] = []
    while waiting:
        nodes = list(ast.walk(waiting.pop()))
        found += nodes
        named = {node.id for node in nodes if isinstance(node, ast.Name)}
        waiting += [defined.pop(name) for name in sorted(named & set(defined))]
    return found


def _said(one: Mention) -> str:
    return f"{one.name}(){' without a seed' if one.unseeded else ''}: {_WHY[one.kind]}"
