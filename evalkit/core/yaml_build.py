"""From YAML parser events to plain values, by a loop: depth and expansion are bounded, no tag can make an object."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.errors import InputError

MAX_DEPTH = 50
MAX_EXPANDED = 1_000_000  # characters and values, once every alias is written out
MAX_DIGITS = 400

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top: ("layers", "task", 1, "numeric", "abs")."""

# YAML 1.2.2, section 10.3.2 (core schema).
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN")
_STANDARD = "tag:yaml.org,2002:"


@dataclass
class _Frame:
    """A list or mapping that is still open."""

    value: Any
    path: KeyPath
    anchor: str | None
    size: int = 1
    key: str | None = None

    def child(self) -> KeyPath:
        return (*self.path, len(self.value) if isinstance(self.value, list) else self.key or "")


@dataclass
class PlainBuilder:
    """Plain values from a stream of events; `take` is called with each."""

    where: str
    root: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int] | None] = field(default_factory=dict)  # None while the value is still open
    documents: int = 0

    def take(self, event: Any) -> None:
        handler = _HANDLERS.get(type(event).__name__)
        if handler is not None:
            handler(self, event)

    def _start(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._error(event, "a second document starts here", "Keep one document a file; remove the line `---`")
        if event.version not in (None, (1, 2)):
            version = ".".join(map(str, event.version))
            raise self._error(event, f"the file asks for YAML {version}", "Remove the directive: YAML 1.2 is read")

    def _open_mapping(self, event: Any) -> None:
        self._open(event, {}, "map")

    def _open_list(self, event: Any) -> None:
        self._open(event, [], "seq")

    def _take_scalar(self, event: Any) -> None:
        self._check_text(event)
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            self._key(event, frame)
            return
        value = self._scalar(event)
        if event.anchor:
            self.anchors[event.anchor] = (value, 1 + len(event.value))
        self._add(event, value, 1 + len(event.value))

    def _take_alias(self, event: Any) -> None:
        found = self.anchors.get(event.anchor, self)
        if found is self:
            raise self._error(event, f"the alias *{event.anchor} has no anchor", f"Write &{event.anchor} before it")
        if found is None:
            raise self._error(event, f"the alias *{event.anchor} stands inside its own anchor", "Write the value out")
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise self._error(event, f"the alias *{event.anchor} stands where a key should be", "Write the key out")
        self._add(event, *found)  # type: ignore[misc]

    def _open(self, event: Any, value: Any, kind: str) -> None:
        self._check_tag(event, (kind,))
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise self._error(event, "a list or mapping stands where a key should be", "Keys are plain texts")
        if len(self.stack) >= MAX_DEPTH:
            raise self._error(event, f"more than {MAX_DEPTH} levels are nested here", "Make the structure flatter")
        path = parent.child() if parent else ()
        self.stack.append(_Frame(value, path, event.anchor))
        self.lines.setdefault(path, event.start_mark.line + 1)
        if event.anchor:
            self.anchors[event.anchor] = None

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.value, frame.size)
        self._add(event, frame.value, frame.size)

    def _key(self, event: Any, frame: _Frame) -> None:
        key = event.value
        if key == "<<" and event.style is None:
            raise self._error(event, "merge keys (<<) are not part of YAML 1.2", "Write the keys out")
        if key == "":
            raise self._error(event, "a key is empty", "Write `key: value`")
        if key in frame.value:
            first = self.lines[(*frame.path, key)]
            raise self._error(event, f"the key {key!r} is written twice (first on line {first})", "Remove one of them")
        if event.anchor:
            self.anchors[event.anchor] = (key, 1 + len(key))
        frame.key, frame.size = key, frame.size + len(key)
        self.lines[(*frame.path, key)] = event.start_mark.line + 1

    def _add(self, event: Any, value: Any, size: int) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MAX_EXPANDED:
            limit = f"{MAX_EXPANDED:,} characters"
            raise self._error(event, f"with its aliases written out the file exceeds {limit}", "Use fewer aliases")
        self.lines.setdefault(frame.child(), event.start_mark.line + 1)
        if isinstance(frame.value, list):
            frame.value.append(value)
        else:
            frame.value[frame.key], frame.key = value, None

    def _scalar(self, event: Any) -> Any:
        tag = self._check_tag(event, ("str",))
        text: str = event.value
        if tag is not None or event.style is not None:
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _NOT_FINITE.fullmatch(text):
            raise self._error(event, f"{text} is not a finite number", "Leave the key out where there is no number")
        return self._number(event, text) if _FLOAT.fullmatch(text) or _BASED.fullmatch(text) else text

    def _number(self, event: Any, text: str) -> int | float:
        if len(text) > MAX_DIGITS:
            raise self._error(event, f"a number of {len(text):,} characters is too long", "Quote it if it is a text")
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _INT.fullmatch(text):
            return int(text)
        value = float(text)
        if not math.isfinite(value):
            raise self._error(event, f"{text} is too large for a number", "Numbers reach 1.8e308")
        return value

    def _check_tag(self, event: Any, allowed: tuple[str, ...]) -> str | None:
        tag = None if event.tag is None else str(event.tag)
        if tag is None or tag == "!" or tag in {_STANDARD + name for name in allowed}:
            return tag
        shown = tag.replace(_STANDARD, "!!") if tag.startswith(_STANDARD) else tag
        raise self._error(event, f"the tag {shown!r} is not allowed: the file holds plain values", "Remove the tag")

    def _check_text(self, event: Any) -> None:
        try:
            event.value.encode()
        except UnicodeEncodeError:
            raise self._error(event, "a text holds half of a surrogate pair", "Write the character itself") from None

    def _error(self, event: Any, what: str, remedy: str) -> InputError:
        mark = event.start_mark
        return InputError(what, f"{self.where}:{mark.line + 1}:{mark.column + 1}", remedy)


_HANDLERS: dict[str, Callable[[PlainBuilder, Any], None]] = {
    "DocumentStartEvent": PlainBuilder._start,
    "MappingStartEvent": PlainBuilder._open_mapping,
    "SequenceStartEvent": PlainBuilder._open_list,
    "MappingEndEvent": PlainBuilder._close,
    "SequenceEndEvent": PlainBuilder._close,
    "ScalarEvent": PlainBuilder._take_scalar,
    "AliasEvent": PlainBuilder._take_alias,
}
