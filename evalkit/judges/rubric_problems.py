"""What is wrong with a rubric file, gathered and told at once: each with its line and a remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.yaml_build import KeyPath

MOST = 10  # problems told in one message

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "a text": str,
    "a whole number": int,
    "a number": (int, float),
    "true or false": bool,
    "a list": list,
    "a mapping": dict,
}


@dataclass
class Problems:
    """Gathers sentences while a file is read.

    Attributes:
        file: its name.
        lines: path -> line, from 1.
    """

    file: str
    lines: Mapping[KeyPath, int]
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, path: KeyPath, what: str, remedy: str) -> None:
        """One problem, told at the line of `path` (or of the nearest part above it)."""
        while path and path not in self.lines:
            path = path[:-1]
        entry = (self.lines.get(path, 1), what, remedy)
        if entry not in self.found:
            self.found.append(entry)

    def raise_all(self) -> None:
        """Return where there is none.

        Raises:
            InputError: every problem, in the order of the file (at most ten).
        """
        if not self.found:
            return
        found = sorted(self.found, key=lambda entry: entry[0])
        errors = [InputError(what, f"{self.file}:{line}", remedy) for line, what, remedy in found[:MOST]]
        if len(errors) == 1:
            raise errors[0]
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        told = "\n  ".join([f"{len(found)} things are wrong:", *map(str, errors), *more])
        raise InputError(told, self.file)

    def keys(self, value: Mapping[str, Any], known: Iterable[str], path: KeyPath) -> None:
        """Every key of a mapping is one of `known`."""
        known = list(known)
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1, 0.6)
                meant = f"Did you mean {near[0]!r}? " if near else ""
                inside = f" in {'.'.join(map(str, path))}" if path else ""
                self.add((*path, key), f"unknown key {key[:60]!r}{inside}", f"{meant}Keys: {', '.join(known)}.")

    def get(self, value: Mapping[str, Any], key: str, kind: str, path: KeyPath, default: Any = None) -> Any:
        """`value[key]` where it is of this kind (a name of `_KINDS`); else `default`, with a problem where it is
        something else."""
        if key not in value:
            return default
        found = value[key]
        if is_kind(found, kind):
            return found
        shown = "empty" if found is None else f"{found!r:.60}"
        self.add((*path, key), f"{key} is {shown}; expected {kind}", f"Give {kind}, or leave the key out.")
        return default


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value is a text, a whole number, ...; true and false are no numbers."""
    if isinstance(value, bool):
        return kind == "true or false"
    return isinstance(value, _KINDS[kind])
