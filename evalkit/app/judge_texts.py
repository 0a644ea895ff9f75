"""Texts of judges, read without a rubric: rows of a text and its menu -> labels. A bad row spoils no other."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.core.errors import InputError
from evalkit.core.texts import NotFinite, parse
from evalkit.engine.files import need_file, not_utf8, unreadable
from evalkit.judges.verdict import LabelReading, Verdict, read_verdict
from evalkit.judges.verdict_label import said_as_text
from evalkit.judges.verdict_pattern import Pattern

_KEYS = ("id", "text", "menu", "pattern", "captures")
_SHAPE = 'A row is {"id", "text", "menu": [label, ...], "pattern"?, "captures"?: {text: label}}.'


class Parsed(NamedTuple):
    """One row: what was read, or what is wrong with the row.

    Attributes:
        id: as given.
        label: the menu's own entry, or None.
        why: reason without a label.
        error: of a row that cannot be used; then the rest says nothing.
    """

    id: Any
    label: Any
    why: str | None
    error: InputError | None = None

    def to_json(self) -> dict[str, Any]:
        """The row of the answer."""
        return {"id": self.id, "label": self.label, "why": self.why}


def parse_texts(source: str) -> Iterator[Parsed]:
    """Read every row, in order.

    Args:
        source: a JSON Lines file, or "-" for stdin.

    Raises:
        InputError: the file cannot be read, or has no rows.
    """
    empty = True
    name = "stdin" if source == "-" else source
    for number, line in enumerate(_bytes(source).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        empty = False
        try:
            yield _row(line, f"{name}:{number}")
        except InputError as error:
            yield Parsed(None, None, None, error)
    if empty:
        raise InputError("there are no rows", name, _SHAPE)


def _bytes(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    path = need_file(Path(source), "texts")
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, "texts", error) from None


def _row(line: bytes, where: str) -> Parsed:
    row = _object(line, where)
    if "id" not in row or isinstance(row["id"], dict | list):
        raise InputError("the row has no id (a text or a number)", where, _SHAPE)
    for key in row:
        if key not in _KEYS and (close := get_close_matches(key[:100], [k for k in _KEYS if k not in row], 1, 0.75)):
            what = f"row {row['id']!r:.80}: there is no key {key!r:.60} in a row of texts"
            raise InputError(what, where, f"Did you mean {close[0]!r}?")
    text = row.get("text")
    if "text" not in row or not (text is None or isinstance(text, str)):
        raise InputError(f"row {row['id']!r:.80}: text is missing or no text", where, _SHAPE)
    labels = _menu(row, where)
    verdict = _read(row, text, labels, where)
    return Parsed(row["id"], None if verdict.label is None else labels[verdict.label], verdict.why)


def _object(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        row = parse(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise not_utf8(where, error) from None
    except NotFinite as error:
        raise InputError(str(error), where, "Leave the value out.") from None
    except ValueError as error:
        raise InputError(f"this is no JSON: {error}", where, _SHAPE) from None
    if not isinstance(row, dict):
        raise InputError("this is no JSON object", where, _SHAPE)
    return row


def _menu(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Label as text -> the menu's own entry."""
    menu = row.get("menu")
    if not isinstance(menu, list) or not menu:
        raise InputError(f"row {row['id']!r:.80}: menu is missing or no list of labels", where, _SHAPE)
    found: dict[str, Any] = {}
    for entry in menu:
        text = said_as_text(entry)
        if text is None or not text.strip():
            raise InputError(f"row {row['id']!r:.80}: the menu holds {entry!r:.60}, which is no label", where, _SHAPE)
        if text in found:
            what = f"row {row['id']!r:.80}: the menu holds {text!r:.60} twice"
            raise InputError(what, where, "Give each label once.")
        found[text] = entry
    return found


def _read(row: Mapping[str, Any], text: str | None, labels: Mapping[str, Any], where: str) -> Verdict:
    pattern, captures = row.get("pattern"), row.get("captures")
    if pattern is None and captures is None:
        return read_verdict(text, LabelReading(tuple(labels)))
    if not isinstance(pattern, str):
        raise InputError(f"row {row['id']!r:.80}: pattern is no text", where, _SHAPE)
    pairs = tuple((str(key), said_as_text(value)) for key, value in (captures or {}).items()) if _maps(captures) else ()
    if not _maps(captures) or any(label not in labels for _, label in pairs):
        what = f"row {row['id']!r:.80}: captures maps to a label that the menu does not have"
        raise InputError(what, where, _SHAPE)
    try:
        return _pattern(pattern, tuple(labels), pairs).read(text)
    except InputError as error:
        raise InputError(f"row {row['id']!r:.80}: {error.what}", where, error.remedy) from None


def _maps(captures: Any) -> bool:
    return captures is None or isinstance(captures, dict)


@lru_cache(maxsize=256)
def _pattern(text: str, labels: tuple[str, ...], captures: tuple[tuple[str, str], ...]) -> Pattern:
    return Pattern.compile(text, labels, dict(captures))
