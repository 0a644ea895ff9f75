"""What is the same input: exactly, nearly, and on which side of a split it falls."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from evalkit.core.digest import canonical_json

__all__ = ["Key", "key_of", "side_of"]

_TIME = re.compile(r"\d{4}-\d\d-\d\d(?![^T ])")
_WORD = re.compile(r"[-+]?\d+(?:[.,]\d+)*|[^\W\d_]+")

Key = tuple[str, str]
"""Digests of an input as it is, and of it with its texts normalised."""


def key_of(value: Any) -> Key:
    """Of a JSON value: numbers and keys count exactly; how texts and times are written, in the first only."""
    return _digest(canonical_json(value)), _digest(canonical_json(_plain(value)))


def side_of(key: Key, share: float) -> bool:
    """Whether an input is of the share in [0, 1] that is held out: by its hash, so the same every time."""
    return int(_digest(f"split {key[1]}")[:13], 16) / 16**13 < share


def normalised(text: str) -> str:
    """Words and numbers of a text in lower case, one blank between; of a text that has none, the text."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(found) if found else text


def parsed(text: str) -> Any:
    """The value of a JSON text that the log holds; the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _moment(value) or normalised(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _moment(text: str) -> str | None:
    """A date or time in one writing, UTC where it says no zone, as tables have it; None: it is none."""
    if not _TIME.match(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
