"""A small YAML 1.2 file as plain values: for prompts, scripts and price tables."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from evalkit.core.errors import InputError

_MAX_BYTES = 5_000_000


def read_mapping(path: str | Path, kind: str, known: Collection[str] | None = None) -> dict[str, Any]:
    """A YAML (or JSON) file that holds a mapping.

    Args:
        path: the file.
        kind: what it is for, in sentences.
        known: the keys that it may have; None: any.

    Raises:
        InputError: it is missing, unreadable, no mapping, or has an unknown key.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    where = str(path)
    try:
        data = Path(path).read_bytes()
        if len(data) > _MAX_BYTES:
            raise InputError(f"the file has {len(data):,} bytes, more than {_MAX_BYTES:,}", where)
        value = YAML(typ="safe", pure=True).load(data.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{kind}: the file cannot be read: {error.strerror}", where) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{kind}: the file is not YAML: {' '.join(str(error).split())[:300]}", where) from None
    if not isinstance(value, dict):
        raise InputError(f"{kind}: the file holds a {type(value).__name__}, not a mapping", where)
    for key in value if known is not None else ():
        if key not in (known or ()):
            near = difflib.get_close_matches(str(key), list(known or ()), 1, 0.5)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Keys: {', '.join(sorted(known or ()))}."
            raise InputError(f"{kind}: unknown key {key!r}", where, remedy)
    return value
