"""How long a regular expression may take: what can grow exponentially is refused before it meets a text.

Python's matcher backtracks. A repeated part that can match the same text in several ways doubles its work with every
character (`(a+)+`, `(a|a)*`, `(a?){30}`): it is refused. A repeat whose end is not told by the next character (`.*`
before `Output`) adds a factor of the text's length, divided by the length of the literal text that has to follow; the
text is bounded so that the product stays below MOST_STEPS. One whose end is told (`\\w+` before `:`) adds at most one
factor in all. Repeats of spaces and punctuation are bounded by the runs of these in the text.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from evalkit.core.errors import InputError

MOST_STEPS = 2e9  # some seconds at the very worst, which takes a text made for it
MOST_CHARACTERS, LEAST_CHARACTERS = 12_000, 1_000
"""Of a text that a pattern is tried on; one that could bear fewer is refused."""
FEW, MANY = 4, 8
MOST_RUN = {FEW: 32, MANY: 12}  # spaces and punctuation in a row, where several repeats of them run into each other
_SMALL, _MOST_OPTIONAL = 4, 12
_ALPHABET = [chr(c) for c in range(256)] + ["\u2019", "\u0416", "\u4e2d", "\u0661"]
_REMEDY = "Repeat single characters ([^.]*), or let each repetition start with a character that the rest of it lacks."
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_CHARACTERS = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})


class _Ambiguous(Exception):
    """A repeated part matches some texts in several ways."""


class Bounds(NamedTuple):
    """Which texts a pattern is tried on.

    Attributes:
        length: most characters.
        run: most characters in a row that are neither letters nor digits; None: any.
    """

    length: int
    run: int | None


def bounds_of(pattern: str) -> Bounds:
    """Which texts the pattern may be tried on.

    Raises:
        InputError: its time could grow exponentially, or with more than the third power of the text's length.
    """
    tree = importlib.import_module("re._parser").parse(pattern)
    dotall = bool(tree.state.flags & re.DOTALL) or re.search(r"\(\?[a-zA-Z]*s[a-zA-Z]*:", pattern) is not None
    try:
        cost = _Analysis(dotall).walk(list(tree), set())
    except _Ambiguous:
        what = f"the pattern {pattern[:60]!r} repeats a part that can match the same text in several ways"
        raise InputError(f"{what}: its time would have no bound", remedy=_REMEDY) from None
    longest = cost.longest(_literals(list(tree)))
    if longest < LEAST_CHARACTERS or cost.optional > _MOST_OPTIONAL or cost.narrow > MANY:
        what = f"the pattern {pattern[:60]!r} has too many repeats in a row that run into each other: it takes too long"
        raise InputError(what, remedy="Leave out a leading .*, and let words stand between the others.")
    shared = cost.narrow > 0 and cost.narrow + len(cost.literals) > 1
    return Bounds(longest, MOST_RUN[FEW if cost.narrow <= FEW else MANY] if shared else None)


class _Cost(NamedTuple):
    """What a pattern takes along its worst path.

    Attributes:
        literals: of each long repeat whose end is not told, the length of the literal text that has to follow, the
            last repeat first.
        scans: there are long repeats whose end is told.
        optional: short repeats whose end is not told.
        narrow: such long repeats, of spaces and punctuation only.
    """

    literals: tuple[int, ...] = ()
    scans: bool = False
    optional: int = 0
    narrow: int = 0

    def longest(self, start: int) -> int:
        """Characters of a text; `start` is the length of the literal text that the pattern starts with."""
        degree = 1 + len(self.literals) + self.scans
        counted = self.literals if self.scans else self.literals[1:]
        weight = max(start, 1) * math.prod(counted)
        return min(MOST_CHARACTERS, int((MOST_STEPS * weight) ** (1 / degree)))

    def before(self, other: _Cost) -> _Cost:
        """Of a part that stands before another one."""
        literals = (*other.literals, *self.literals)
        scans, optional = self.scans or other.scans, self.optional + other.optional
        return _Cost(literals, scans, optional, self.narrow + other.narrow)


@dataclass(frozen=True)
class _Analysis:
    """The rules above, on a parsed pattern. `dotall`: a dot matches line ends too."""

    dotall: bool

    def walk(self, tree: list[Any], after: set[str]) -> _Cost:
        """The cost of a sequence; `after` is what may come next behind it.

        Raises:
            _Ambiguous: a repeated part is.
        """
        cost = _Cost()
        for i in range(len(tree) - 1, -1, -1):
            op, argument = tree[i]
            name = str(op)
            first, empty = self._first([tree[i]])
            inside = after | first if name in _REPEATS else after
            parts = [self.walk(list(part), inside) for part in _parts(name, argument)]
            own = max(parts, key=lambda part: (-part.longest(1), part.optional, part.narrow), default=_Cost())
            if name in _REPEATS:
                own = self._repeat(name, argument, bool(first & after), _literals(tree[i + 1 :])).before(own)
            cost = own.before(cost)
            if name in {"ASSERT", "ASSERT_NOT"} or (name == "AT" and str(argument).startswith("AT_END")):
                after = set(_ALPHABET)
            else:
                after = first | after if empty else first
        return cost

    def _repeat(self, name: str, argument: Any, runs_on: bool, literals: int) -> _Cost:
        """The cost of one repeat beside that of its body; `runs_on`: the next character does not tell its end."""
        low, high, body = argument
        if int(high) > 1:
            self._check_body(list(body))
        items = [item for item in _all(body) if str(item[0]) in _CHARACTERS]
        narrow = not any(c.isalnum() for item in items for c in self._characters(*item))
        if narrow and int(high) > _SMALL:
            return _Cost(narrow=int(runs_on and low != high))
        if low == high or name == "POSSESSIVE_REPEAT":
            return _Cost(scans=int(high) > _SMALL)
        if int(high) > _SMALL:
            return _Cost((max(literals, 1),)) if runs_on else _Cost(scans=True)
        return _Cost(optional=int(runs_on))

    def _first(self, tree: list[Any]) -> tuple[set[str], bool]:
        """What a sequence may start with, and whether it may be empty."""
        found: set[str] = set()
        for op, argument in tree:
            name = str(op)
            if name in _CHARACTERS:
                return found | self._characters(op, argument), False
            if name in {"GROUPREF", "GROUPREF_EXISTS"}:
                return set(_ALPHABET), True
            if name in {"AT", "ASSERT", "ASSERT_NOT"}:
                continue
            parts = [self._first(list(part)) for part in _parts(name, argument)]
            found = found.union(*(first for first, _ in parts))
            optional = name in _REPEATS and argument[0] == 0
            if not optional and not any(empty for _, empty in parts):
                return found, False
        return found, True

    def _check_body(self, body: list[Any]) -> None:
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


def _literals(tree: list[Any]) -> int:
    """How many literal characters a sequence starts with."""
    count = 0
    for op, argument in tree:
        name = str(op)
        if name == "LITERAL":
            count += 1
        elif name == "SUBPATTERN":
            inside = list(argument[3])
            count += _literals(inside)
            if not all(str(inner) in {"LITERAL", "AT"} for inner, _ in inside):
                break
        elif name != "AT":
            break
    return count


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
