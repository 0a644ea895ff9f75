"""`model.depth=4`: values of a config given on the command line, typed as YAML 1.2 types them; `a=1,2,3` for sweeps."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.yaml12 import parse_yaml

__all__ = ["Override", "applied", "overrides", "swept", "unknown_keys"]


class Override(NamedTuple):
    """One value for one place of the config."""

    path: tuple[str, ...]
    value: Any

    @property
    def key(self) -> str:
        """As typed: `model.depth`."""
        return ".".join(self.path)


def overrides(given: Sequence[str]) -> list[Override]:
    """`key=value` each.

    Raises:
        InputError: one has no `=` or no key, a key twice, or its value is no YAML.
    """
    found = [Override(path, _value(text, key)) for key, path, text in map(_split, given)]
    _once(found)
    return found


def swept(given: Sequence[str]) -> list[list[Override]]:
    """All combinations of `key=a,b,c`, the last key fastest; a comma within brackets or quotes is the value's own.

    Raises:
        InputError: as `overrides`.
    """
    axes = [[Override(path, _value(one, key)) for one in _parts(text, key)] for key, path, text in map(_split, given)]
    _once([axis[0] for axis in axes])
    return [list(one) for one in itertools.product(*axes)]


def applied(config: Mapping[str, Any], found: Sequence[Override]) -> dict[str, Any]:
    """A config with values put in their places; the one that was given stays as it is.

    Raises:
        InputError: a place lies within a value, or a value is of another type than the one that it replaces.
    """
    whole: dict[str, Any] = _copy(config)
    for one in found:
        inner = whole
        for depth, name in enumerate(one.path[:-1], 1):
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise InputError(f"{'.'.join(one.path[:depth])} is {inner!r:.80}, which has no keys", one.key)
        _check(one, inner.get(one.path[-1]))
        inner[one.path[-1]] = _copy(one.value)
    return whole


def unknown_keys(config: Mapping[str, Any], found: Sequence[Override]) -> list[str]:
    """A sentence for each key that the config has not: it is added, and may be a slip."""
    known = list(_keys(config, ()))
    said = []
    for one in found:
        if one.key not in known:
            close = difflib.get_close_matches(one.key, known, 1)
            said.append(f"{one.key} is new to the config" + (f"; is {close[0]} meant?" if close else ""))
    return said


def _split(text: str) -> tuple[str, tuple[str, ...], str]:
    key, equals, value = text.partition("=")
    key = key.strip()
    path = tuple(key.split("."))
    if not equals or not all(part and part.strip() == part for part in path):
        raise InputError(f"{text!r:.80} is no setting", remedy="Write KEY=VALUE, such as model.depth=4")
    return key, path, value


def _value(text: str, key: str) -> Any:
    try:
        return parse_yaml(text).value if text.strip() else ""
    except InputError as error:
        raise InputError(
            f"the value {text!r:.80} is no YAML: {error.what}", key, "Put it in quotes: key='\"a: b\"'"
        ) from None


def _once(found: Sequence[Override]) -> None:
    seen: set[tuple[str, ...]] = set()
    for one in found:
        if one.path in seen:
            raise InputError(f"{one.key} is set twice", remedy="For several values: --multirun KEY=A,B")
        seen.add(one.path)


def _check(one: Override, before: Any) -> None:
    if before is None or one.value is None or _kind(before) == _kind(one.value):
        return
    if isinstance(before, float) and _kind(one.value) == "a whole number":
        return
    if isinstance(one.value, float) and _kind(before) == "a whole number":
        return
    raise InputError(
        f"it is {_kind(before)} in the config ({before!r:.60}), and {one.value!r:.60} is {_kind(one.value)}", one.key
    )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a mapping"}
    return names.get(type(value), type(value).__name__)


def _parts(text: str, key: str) -> list[str]:
    parts = _listed(text)
    if len(parts) > 1 and not all(part.strip() for part in parts):
        raise InputError(f"one of the values {text!r:.80} is empty", key, "Write '' for an empty text")
    return parts


def _listed(text: str) -> list[str]:
    """The parts between the commas that stand in no brackets and no quotes."""
    parts, depth, quote = [""], 0, ""
    for ch in text:
        if quote:
            quote = "" if ch == quote else quote
        elif ch in "'\"":
            quote = ch
        depth += (ch in "[{(") - (ch in "]})") if not quote else 0
        if ch == "," and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += ch
    return parts


def _keys(config: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for name, value in config.items():
        yield ".".join((*path, str(name)))
        if isinstance(value, Mapping):
            yield from _keys(value, (*path, str(name)))


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value
