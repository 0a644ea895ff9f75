"""A large JSON document whose long list is read an element at a time, while all else is read at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evalkit.adapters.logs.files import not_json
from evalkit.core.errors import InputError

_DECODER = json.JSONDecoder()
_WS = " \t\n\r"


class Document:
    """A JSON document.

    Args:
        text: of the document.
        path: of keys that leads to the long list: ("results", "results").
        where: the file, for messages.

    Attributes:
        value: the document, with the list left out.
        found: whether the list is there.
    """

    def __init__(self, text: str, path: tuple[str, ...], where: str) -> None:
        self.text, self.path, self.where = text, path, where
        self._start = -1
        try:
            self.value, end = self._value(0, ())
            rest = self._skip(end)
            if rest != len(text):
                raise json.JSONDecodeError("Extra data", text, rest)
        except (ValueError, RecursionError, IndexError) as error:
            raise self._told(error) from None

    @property
    def found(self) -> bool:
        """Whether the list is there."""
        return self._start >= 0

    def elements(self) -> Iterator[Any]:
        """The elements of the list, each decoded when it is asked for."""
        if self.found:
            yield from (value for value, _ in self._each(self._start))

    def _told(self, error: Exception) -> InputError:
        if isinstance(error, IndexError):
            error = json.JSONDecodeError("it ends", self.text, len(self.text))
        return not_json(self.text, error, self.where)

    def _skip(self, at: int) -> int:
        text, n = self.text, len(self.text)
        while at < n and text[at] in _WS:
            at += 1
        return at

    def _value(self, at: int, here: tuple[str, ...]) -> tuple[Any, int]:
        at = self._skip(at)
        if here == self.path and self.text[at] == "[":
            self._start = at
            end = max((end for _, end in self._each(at)), default=at + 1)
            return None, self._closed(end)
        if here == self.path[: len(here)] and len(here) < len(self.path) and self.text[at] == "{":
            return self._object(at, here)
        return _DECODER.raw_decode(self.text, at)

    def _each(self, start: int) -> Iterator[tuple[Any, int]]:
        """Each element of the list that begins at `start`, and where it ends."""
        at = self._skip(start + 1)
        while self.text[at] != "]":
            value, at = _DECODER.raw_decode(self.text, at)
            yield value, at
            at = self._skip(at)
            if self.text[at] == ",":
                at = self._skip(at + 1)
                if self.text[at] == "]":
                    raise json.JSONDecodeError("Illegal trailing comma", self.text, at)
            elif self.text[at] != "]":
                raise json.JSONDecodeError("Expecting ',' delimiter", self.text, at)

    def _closed(self, at: int) -> int:
        """Behind the bracket that ends the list."""
        return self._skip(at) + 1

    def _object(self, at: int, here: tuple[str, ...]) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self._skip(at + 1)
        while self.text[at] != "}":
            if self.text[at] != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", self.text, at)
            key, at = _DECODER.raw_decode(self.text, at)
            at = self._skip(at)
            if self.text[at] != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", self.text, at)
            found[key], at = self._value(at + 1, (*here, key))
            at = self._skip(at)
            if self.text[at] == ",":
                at = self._skip(at + 1)
            elif self.text[at] != "}":
                raise json.JSONDecodeError("Expecting ',' delimiter", self.text, at)
        return found, at + 1
