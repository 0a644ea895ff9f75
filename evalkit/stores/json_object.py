"""A file of ours as an object of JSON: what evidence and certificates are before anything is asked of them."""

from __future__ import annotations

import json
from typing import Any, Final

from evalkit.core.errors import InputError

__all__ = ["MOST", "object_of"]

MOST: Final = 64 << 20
"""Bytes of such a file that are read at most; most have some kilobytes."""


def object_of(data: bytes, what: str, where: str, remedy: str) -> dict[str, Any]:
    """The object in the bytes of a file.

    Args:
        data: all of it.
        what: it should be, such as `a certificate`.
        where: names it in errors.
        remedy: what to do where it is none.

    Raises:
        InputError: it is too large, no JSON, or no object.
    """
    none = f"it is no {what.removeprefix('a ')}"
    if len(data) > MOST:
        raise InputError(f"it has {len(data):,} bytes, too many for {what}", where, remedy)
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{none}: it is not JSON", where, remedy) from None
    if not isinstance(given, dict):
        raise InputError(f"{none}: it is no JSON object", where, remedy)
    return given
