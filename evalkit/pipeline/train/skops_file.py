"""scikit-learn estimators as skops files: no pickle, only trusted types, the same bytes for the same model.

skops trusts what cannot do harm whatever a file says. It does not trust trees, since a crafted one crashes the process
that asks it, nor much else of scikit-learn that nobody has looked at. Here those are trusted in files that were trained
in this workspace (`MADE_HERE`); of a file from elsewhere, only those that a person names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from evalkit.core.digest import canonical_json
from evalkit.core.errors import MissingExtra
from evalkit.pipeline.train.archive import packed, unpacked

__all__ = ["MADE_HERE", "SCHEMA", "Untrusted", "estimator_of", "members_of", "untrusted"]

SCHEMA: Final = "schema.json"

MADE_HERE: Final = ("sklearn.", "functools.partial", "numpy.dtype")
"""What is trusted of a file that was trained here, beside skops' own list: types, or all below a package."""


class Untrusted(ValueError):
    """A model holds types that loading would have to trust blindly; the message names them."""

    def __init__(self, types: list[str]) -> None:
        named = ", ".join(types[:8]) + (f" and {len(types) - 8} more" if len(types) > 8 else "")
        super().__init__(
            f"the model holds types that are not trusted: {named}. Use estimators of scikit-learn with functions of "
            "numpy, compute such features before training, or return a dataclass of arrays"
        )
        self.types = types


def members_of(estimator: Any) -> dict[str, bytes]:
    """A fitted estimator as the members of a skops file.

    skops numbers objects and names arrays by their addresses in memory; here both are numbered in the order in which
    they appear, and the elements of a set are sorted, so that another process writes the same bytes.

    Raises:
        Untrusted: it holds types of neither skops' list nor `MADE_HERE`. ValueError: it needs pickle.
        MissingExtra: skops is not installed.
    """
    io = _skops("writing a scikit-learn model down")
    try:
        members = unpacked(io.dumps(estimator))
    except Exception as error:  # noqa: BLE001 - skops raises what the object's own methods raise
        raise ValueError(f"the model cannot be written without pickle: {type(error).__name__}: {error}") from None
    found = _canonical(members)
    if types := untrusted(packed(found), MADE_HERE):
        raise Untrusted(types)
    return found


def estimator_of(data: bytes, trusted: Sequence[str] = ()) -> Any:
    """The estimator in a skops file.

    Args:
        data: its bytes.
        trusted: types beside those that skops trusts, as in `MADE_HERE`.

    Raises:
        Untrusted: it holds other types; nothing of it was made. ValueError: it is no skops file.
        MissingExtra: skops is not installed.
    """
    io = _skops("loading a scikit-learn model")
    if types := untrusted(data, trusted):
        raise Untrusted(types)
    try:
        return io.loads(data, trusted=untrusted(data))
    except Exception as error:  # noqa: BLE001 - a damaged file may raise anything
        raise ValueError(f"the skops file cannot be loaded: {type(error).__name__}: {error!s:.300}") from None


def untrusted(data: bytes, trusted: Sequence[str] = ()) -> list[str]:
    """Types in a skops file that neither skops nor `trusted` trusts, sorted.

    Raises:
        ValueError: it is no skops file. MissingExtra: skops is not installed.
    """
    io = _skops("reading a scikit-learn model")
    try:
        found = sorted(map(str, io.get_untrusted_types(data=data)))
    except Exception as error:  # noqa: BLE001 - a damaged or hostile file may raise anything
        raise ValueError(f"it is no skops file: {type(error).__name__}: {error!s:.300}") from None
    return [
        name for name in found if not any(name == one or (one[-1:] == "." and name.startswith(one)) for one in trusted)
    ]


def _skops(needed_by: str) -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise MissingExtra("skops", "models", needed_by) from error
    return skops.io


def _canonical(members: dict[str, bytes]) -> dict[str, bytes]:
    tree = _sorted_sets(json.loads(members[SCHEMA]))
    ids: dict[Any, int] = {}
    files: dict[str, str] = {}
    for node in _nodes(tree):
        if "__id__" in node:
            node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
        if isinstance(node.get("file"), str):
            name = node["file"]
            node["file"] = files.setdefault(name, f"{len(files)}.{name.rpartition('.')[2]}")
    found = {new: members[old] for old, new in files.items()}
    return {**found, SCHEMA: json.dumps(tree, sort_keys=False, separators=(",", ":")).encode()}


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree of JSON, in order."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)


def _sorted_sets(tree: Any) -> Any:
    for node in _nodes(tree):
        if node.get("__loader__") == "SetNode" and isinstance(node.get("content"), list):
            node["content"].sort(key=lambda item: canonical_json(_without_addresses(item)))
    return tree


def _without_addresses(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_addresses(item) for key, item in value.items() if key not in ("__id__", "file")}
    return [_without_addresses(item) for item in value] if isinstance(value, list) else value
