"""How long a regular expression may take: what can grow exponentially is refused before it meets a text.

Python's matcher backtracks. A repeated part that can match the same text in several ways doubles its work with every
character (`(a+)+`, `(a|a)*`, `(a?){30}`); one that cannot adds one factor of the text's length. The first is refused;
of the second three in a row are allowed, and the text is bounded accordingly.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import InputError

MOST_CHARACTERS = (50_000, 50_000, 6_000, 2_500)
"""Of a text, by how many repeats of unknown length stand in a row."""
_SMALL, _MOST_OPTIONAL = 4, 12
_ALPHABET = [chr(c) for c in range(256)] + ["\u2019", "\u0416", "\u4e2d", "\u0661"]
_REMEDY = "Repeat single characters ([^.]*), or let each repetition start with a character that the rest of it lacks."
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_CHARACTERS = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})


class _Ambiguous(Exception):
    """A repeated part matches some texts in several ways."""


def longest_text(pattern: str) -> int:
    """How many characters of a text the pattern may be tried on.

    Raises:
        InputError: its time could grow exponentially, or with more than the third power of the text's length.
    """
    tree = importlib.import_module("re._parser").parse(pattern)
    dotall = bool(tree.state.flags & re.DOTALL) or re.search(r"\(\?[a-zA-Z]*s[a-zA-Z]*:", pattern) is not None
    try:
        repeats, optional = _Analysis(dotall).walk(tree)
    except _Ambiguous:
        what = f"the pattern {pattern[:60]!r} repeats a part that can match the same text in several ways"
        raise InputError(f"{what}: its time would have no bound", remedy=_REMEDY) from None
    if repeats >= len(MOST_CHARACTERS) or optional > _MOST_OPTIONAL:
        what = f"the pattern {pattern[:60]!r} has {max(repeats, optional)} repeats in a row, which takes too long"
        raise InputError(what, remedy=f"Use at most {len(MOST_CHARACTERS) - 1}, or put alternatives instead.")
    return MOST_CHARACTERS[repeats]


@dataclass(frozen=True)
class _Analysis:
    """The rules above, on a parsed pattern. `dotall`: a dot matches line ends too."""

    dotall: bool

    def walk(self, tree: Any) -> tuple[int, int]:
        """Long repeats and short optional parts in a row, along the worst path.

        Raises:
            _Ambiguous: a repeated part is.
        """
        repeats = optional = 0
        for op, argument in tree:
            name = str(op)
            parts = [self.walk(part) for part in _parts(name, argument)]
            more = max((r for r, _ in parts), default=0), max((o for _, o in parts), default=0)
            if name in _REPEATS:
                low, high, body = argument
                if int(high) > 1:
                    self._check_body(list(body), int(high))
                if int(high) > _SMALL and low != high and name != "POSSESSIVE_REPEAT":
                    more = more[0] + 1, more[1]
                elif low != high:
                    more = more[0], more[1] + 1
            repeats, optional = repeats + more[0], optional + more[1]
        return repeats, optional

    def _check_body(self, body: list[Any], high: int) -> None:
        """A repeated part is one character, or can be told apart from its own repetition.

        Raises:
            _Ambiguous: neither.
        """
        body = _flat(body)
        if len(body) == 1 and str(body[0][0]) in _CHARACTERS:
            return
        names = {str(op) for op, _ in _all(body)}
        if names & {"GROUPREF", "GROUPREF_EXISTS"}:
            raise _Ambiguous
        for op, argument in _all(body):
            if str(op) == "BRANCH":
                self._check_branch(argument[1])
        if names & _REPEATS and not (self._separated(body) or self._separated(body[::-1])):
            raise _Ambiguous

    def _check_branch(self, alternatives: Any) -> None:
        """Alternatives start with different characters.

        Raises:
            _Ambiguous: two of them may start with the same one, or one is empty.
        """
        seen: set[str] = set()
        for alternative in alternatives:
            first = _flat(list(alternative))[:1]
            if not first or str(first[0][0]) not in _CHARACTERS:
                raise _Ambiguous
            here = self._characters(*first[0])
            if seen & here:
                raise _Ambiguous
            seen |= here

    def _separated(self, body: list[Any]) -> bool:
        """Whether the first item is one character that nothing else in the body matches."""
        if not body or str(body[0][0]) not in _CHARACTERS:
            return False
        first = self._characters(*body[0])
        rest = [self._characters(op, argument) for op, argument in _all(body[1:]) if str(op) in _CHARACTERS]
        return not any(first & other for other in rest)

    def _characters(self, op: Any, argument: Any) -> set[str]:
        """What a one-character node matches of a sample alphabet; case is ignored, to be safe."""
        found = {c for c in _ALPHABET if self._matches(str(op), argument, c)}
        return {form for c in found for form in (c.lower(), c.upper())}

    def _matches(self, name: str, argument: Any, character: str) -> bool:
        if name == "LITERAL":
            return bool(ord(character) == argument)
        if name == "NOT_LITERAL":
            return bool(ord(character) != argument)
        if name == "RANGE":
            return bool(argument[0] <= ord(character) <= argument[1])
        if name == "CATEGORY":
            return _in_category(str(argument), character)
        if name == "IN":
            negated = bool(argument) and str(argument[0][0]) == "NEGATE"
            return negated != any(self._matches(str(op), inner, character) for op, inner in argument[negated:])
        return self.dotall or character != "\n"  # ANY


def _parts(name: str, argument: Any) -> Iterator[Any]:
    """The patterns inside a node."""
    if name in _REPEATS:
        yield argument[2]
    elif name == "SUBPATTERN":
        yield argument[3]
    elif name == "BRANCH":
        yield from argument[1]
    elif name in {"ASSERT", "ASSERT_NOT"}:
        yield argument[1]
    elif name == "ATOMIC_GROUP":
        yield argument
    elif name == "GROUPREF_EXISTS":
        yield from (part for part in argument[1:] if part is not None)


def _flat(body: list[Any]) -> list[Any]:
    """The items, those of plain groups among them."""
    found: list[Any] = []
    for op, argument in body:
        found += _flat(list(argument[3])) if str(op) == "SUBPATTERN" else [(op, argument)]
    return found


def _all(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every node, those inside others too."""
    for op, argument in tree:
        yield op, argument
        for part in _parts(str(op), argument):
            yield from _all(part)


def _in_category(name: str, character: str) -> bool:
    inside = {
        "DIGIT": character.isdigit(),
        "SPACE": character.isspace(),
        "WORD": character.isalnum() or character == "_",
    }[name.rsplit("_", 1)[1]]
    return inside != ("_NOT_" in name)
