"""Places inside JSON values: whether a value has one, the value without it, and what stood there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from evalkit.core.digest import canonical_json

__all__ = ["MARK", "Place", "cut", "holds", "keys_of", "leaves", "mapped"]

MARK: Final = "[redacted]"
"""What a redacted value reads."""


class Place(NamedTuple):
    """A path of keys; lists on the way are passed through, or indexed by a number.

    Attributes:
        keys: at least one.
        anywhere: the first key may stand at any depth.
    """

    keys: tuple[str, ...]
    anywhere: bool = False


def holds(value: Any, place: Place) -> bool:
    """Whether a value has something at a place."""
    return any(True for _ in _found(value, place))


def _found(value: Any, place: Place) -> Iterator[Any]:
    """What stands at a place."""
    if not place.keys:
        yield value
        return
    key, rest = place.keys[0], Place(place.keys[1:])
    for name, inner in _children(value):
        if name == key:
            yield from _found(inner, rest)
        if place.anywhere or (isinstance(value, list) and name != key):
            yield from _found(inner, place)


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from ((str(i), inner) for i, inner in enumerate(value))


def cut(value: Any, places: Sequence[Place], taken: Callable[[Any], None]) -> Any:
    """The value with MARK at these places; what stood there is given to `taken`.

    An empty path means the whole value.
    """
    here = [place for place in places if not place.keys]
    if here:
        taken(value)
        return MARK
    if not isinstance(value, dict | list):
        return value
    found: dict[str, Any] = {}
    for name, inner in _children(value):
        deeper = [Place(place.keys[1:]) for place in places if place.keys[0] == name]
        listed = isinstance(value, list)
        deeper += [p for p in places if p.anywhere or (listed and p.keys[0] != name)]
        found[name] = cut(inner, deeper, taken) if deeper else inner
    return list(found.values()) if isinstance(value, list) else found


def leaves(value: Any) -> Iterator[str]:
    """The texts of all values that are no object and no list, depth first; a number as JSON writes it."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield value if isinstance(value, str) else canonical_json(value)


def mapped(value: Any, text: Callable[[str], str]) -> Any:
    """The value with each of its texts and keys as `text` says it; a number that it says otherwise becomes a text."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(key): mapped(inner, text) for key, inner in value.items()}
    if isinstance(value, list):
        return [mapped(inner, text) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    plain = canonical_json(value)
    said = text(plain)
    return value if said == plain else said


def keys_of(value: Any) -> Iterator[str]:
    """The dotted paths to all keys, lists passed through."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from (f"{key}.{below}" for below in keys_of(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)
