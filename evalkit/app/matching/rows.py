"""Rows of pairs: JSON objects, one a line, every line checked before anything is computed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from evalkit.core.errors import InputError

__all__ = ["STDIN", "PairRow", "check_params", "decide", "json_rows", "parse_params", "read_pairs"]

STDIN = "-"


class PairRow(NamedTuple):
    """One row, and where it stands (`file:line`)."""

    where: str
    row: dict[str, Any]


def read_pairs(source: str, needs: Sequence[str], extra: Mapping[str, Any]) -> list[PairRow]:
    """Read and check every line.

    Args:
        source: a path, or "-" for stdin.
        needs: keys that each row has, beside `id`.
        extra: keys of rows that lack them.

    Raises:
        InputError: the source cannot be read or has no rows, or a row is not usable (names its line).
    """
    seen: dict[str, str] = {}
    found = []
    for where, given in json_rows(source):
        row = {**extra, **given}
        _check_keys(row, needs, where)
        key = json.dumps(row["id"])
        if key in seen:
            raise InputError(f"the id {row['id']!r} was given already, at {seen[key]}", where, "Make every id unique.")
        seen[key] = where
        found.append(PairRow(where, row))
    if not found:
        raise InputError("there are no rows", _name(source), "Give one JSON object a line.")
    return found


def json_rows(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file:line, object) of every line that is not blank.

    Args:
        source: a path, or "-" for stdin.

    Raises:
        InputError: the source cannot be read, or a line is no JSON object in UTF-8.
    """
    for where, line in _lines(source):
        yield where, _object(line, where)


def _name(source: str) -> str:
    return "stdin" if source == STDIN else source


def _lines(source: str) -> Iterator[tuple[str, str]]:
    """(file:line, text) of every line that is not blank. Only line feeds end a line: JSON may hold other breaks."""
    data = _bytes(source)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    for number, line in enumerate(data.split(b"\n"), 1):
        where = f"{_name(source)}:{number}"
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            what = f"this is no UTF-8 text (byte 0x{line[error.start]:02x} at column {error.start + 1})"
            raise InputError(what, where, "Give a JSON Lines file in UTF-8.") from error
        if text.strip():
            yield where, text


def _bytes(source: str) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise InputError(
            f"it cannot be read: {error.strerror}", source, "Check the path and its permissions."
        ) from error


def _object(line: str, where: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        InputError: it is not JSON (NaN and a repeated key are not), or not an object.
    """
    try:
        value = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise InputError("this is nested too deeply to be read", where) from None
    except ValueError as error:
        raise InputError(f"this is not JSON: {error}", where, "Give one JSON object a line.") from error
    if not isinstance(value, dict):
        kind = {list: "a list", str: "text", bool: "true/false", type(None): "null"}.get(type(value), "a number")
        raise InputError(f"a row is a JSON object, and this is {kind}", where, "Give one JSON object a line.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands in one object twice")
    return found


def _check_keys(row: Mapping[str, Any], needs: Sequence[str], where: str) -> None:
    missing = [key for key in ("id", *needs) if key not in row]
    if missing:
        has = ", ".join(row) or "none"
        raise InputError(f"there is no {' and no '.join(missing)} (keys: {has})", where, "Add it to the row.")
    if isinstance(row["id"], bool) or not isinstance(row["id"], str | int):
        raise InputError(f"id is {json.dumps(row['id'])[:80]}, but has to be text or a whole number", where)


def parse_params(given: Sequence[str]) -> dict[str, Any]:
    """`key=value` pairs of the command line; a value that is JSON is read as that, anything else is text.

    Raises:
        InputError: one without "=", or a key that was given twice.
    """
    found: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"{text!r} is no KEY=VALUE", "--param", "Write for example --param field=answer.")
        if key in found:
            raise InputError(f"{key!r} was given twice", "--param")
        found[key] = json_or_text(value)
    return found


def check_params(params: Mapping[str, Any], kind: str, keys: Collection[str], needs: Collection[str]) -> None:
    """Refuse a parameter that nothing reads: a misspelt tolerance would be the default tolerance.

    Args:
        params: as given.
        kind: of matching, for the sentence.
        keys: that can change a decision.
        needs: that every row has.

    Raises:
        InputError: names the first such parameter, and what there is.
    """
    unknown = next((key for key in params if key not in keys and key not in needs and key != "id"), None)
    if unknown is None:
        return
    remedy = f"There are: {', '.join(sorted(keys))}."
    if "tolerance" in keys and unknown in _TOLERANCES:
        remedy = (
            f"""A bound stands in the tolerance: --param tolerance='{{"{unknown}": {json.dumps(params[unknown])}}}'."""
        )
    elif near := get_close_matches(unknown, sorted(keys), 1):
        remedy = f"Did you mean {near[0]!r}? {remedy}"
    raise InputError(f"`evalkit match {kind}` reads no key {unknown!r}", "--param", remedy)


_TOLERANCES: Final = (
    "abs", "rel", "points", "sig_figs", "round_to", "units_last_place", "min_sig_figs", "integer_exact",
)  # fmt: skip


def json_or_text(text: str) -> Any:
    """The JSON value that a text holds, or the text itself."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return text


def decide(rows: Sequence[PairRow], matcher: Callable[[Mapping[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """The decision about every row, in order.

    Raises:
        InputError: a row that the matcher cannot use; the sentence names the first one's line and counts the others.
    """
    found: list[dict[str, Any]] = []
    refused: list[tuple[str, InputError]] = []
    for where, row in rows:
        try:
            found.append({"id": row["id"], **matcher(row)})
        except InputError as error:
            refused.append((where, error))
    if refused:
        where, first = refused[0]
        more = f" ({len(refused) - 1:,} other rows cannot be used either)" if len(refused) > 1 else ""
        place = where if not first.where or first.where.startswith(("row ", "case ")) else f"{where}: {first.where}"
        raise InputError(f"{first.what.rstrip('.')}{more}", place, first.remedy) from first
    return found
