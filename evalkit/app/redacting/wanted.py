"""Which fields a redaction means. A name that means nothing is refused: a slip of the pen must not leak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from evalkit.app.redacting.paths import Place, holds, keys_of
from evalkit.core.dossier import Dossier
from evalkit.core.errors import InputError
from evalkit.core.tables import MISSING, Column

__all__ = ["VALUES", "Wanted", "wanted"]

VALUES: Final = ("input", "expected", "output", "trace")
"""Columns of JSON values, in which places can be named."""
_WHOLE: Final = ("id", *VALUES, "group", "tags", "failure", "detail", "rationale")
_ALSO: Final = {
    "ids": "id",
    "case_id": "id",
    "gold": "expected",
    "answer": "output",
    "traces": "trace",
    "messages": "trace",
    "message": "failure",
    "failure_message": "failure",
    "details": "detail",
    "rationales": "rationale",
    "verdicts": "rationale",
}
_REPEATING: Final = ("trace", "failure", "detail", "rationale")
"""What may repeat an input, a gold or an answer in words of its own, so that no search finds it."""
_MOST: Final = 12
_MOST_SPLIT: Final = 5
"""Parts of a path up to which every spelling is tried."""


@dataclass(frozen=True)
class Wanted:
    """What is taken out.

    Attributes:
        whole: columns that are taken out whole: of _WHOLE.
        places: column of VALUES -> what in it is taken out.
        tags: names of tags.
        said: for people: the fields that were named, then what goes with them.
    """

    whole: frozenset[str]
    places: Mapping[str, tuple[Place, ...]]
    tags: frozenset[str]
    said: tuple[str, ...]

    def of(self, column: str) -> tuple[Place, ...]:
        """What of a column is taken out."""
        return (Place(()),) if column in self.whole else self.places.get(column, ())


def wanted(dossier: Dossier, fields: Sequence[str]) -> Wanted:
    """What these names mean in this dossier.

    A name is a column (`input`), a tag (`tags.region`), a place in a column (`input.user.email`), or a key alone
    (`email`), which is taken out wherever it stands.

    Raises:
        InputError: a name means nothing here; the remedy names what there is.
    """
    values = _Values(dossier)
    whole: set[str] = set()
    tags: set[str] = set()
    places: dict[str, list[Place]] = {}
    for field in fields:
        head, _, rest = field.partition(".")
        column = _ALSO.get(head, head)
        found = False
        if field == head and column in _WHOLE:
            whole.add(column)
            found = True
        if (rest if column == "tags" else field) in dossier.cases.tags:
            tags.add(rest if column == "tags" else field)
            found = True
        for keys in _spellings(rest) if column in VALUES else ():
            if values.have(column, place := Place(keys)):
                places.setdefault(column, []).append(place)
                found = True
        if (not found or head in _ALSO) and column != "tags":
            for name, place in (one for keys in _spellings(field) for one in values.anywhere(keys)):
                places.setdefault(name, []).append(place)
                found = True
        if not found:
            raise _unknown(field, dossier, values)
    last = {place.keys[-1] for found_ in places.values() for place in found_}
    tags |= set(dossier.cases.tags) if "tags" in whole else last & dossier.cases.tags.keys()
    implied = [name for name in _REPEATING if name not in whole] if _has_content(whole, places) else []
    said = (*dict.fromkeys(fields), *(f"tags.{t}" for t in sorted(tags) if not _was_named(t, fields)))
    return Wanted(frozenset(whole | set(implied)), {c: tuple(p) for c, p in places.items()}, frozenset(tags), said)


def _spellings(path: str) -> Iterator[tuple[str, ...]]:
    """The keys that a dotted path may mean, since a key may hold dots itself: `a.b` is b in a, or the key `a.b`."""
    parts = path.split(".") if path else []
    yield from [tuple(parts)] if parts else []
    for cuts in product((True, False), repeat=len(parts) - 1) if 2 <= len(parts) <= _MOST_SPLIT else ():
        keys = [parts[0]]
        for part, cut in zip(parts[1:], cuts, strict=True):
            keys = [*keys, part] if cut else [*keys[:-1], f"{keys[-1]}.{part}"]
        if len(keys) < len(parts):
            yield tuple(keys)


def _was_named(tag: str, fields: Sequence[str]) -> bool:
    return any(name in fields for name in (tag, f"tags.{tag}", "tags"))


def _has_content(whole: set[str], places: Mapping[str, Any]) -> bool:
    return bool({"input", "expected", "output"} & (whole | places.keys()))


class _Values:
    """The values of the dossier's columns, decoded when they are asked for."""

    def __init__(self, dossier: Dossier) -> None:
        answers = dossier.predictions
        self._columns = {"input": dossier.cases.input, "expected": dossier.cases.expected}
        self._columns |= {name: Column(answers[name]) for name in ("output", "trace")}

    def of(self, column: str) -> Iterator[Any]:
        """Those that are there."""
        return (value for value in self._columns[column].values() if value is not MISSING)

    def have(self, column: str, place: Place) -> bool:
        """Whether one of them has such a place."""
        return any(holds(value, place) for value in self.of(column))

    def anywhere(self, keys: tuple[str, ...]) -> Iterator[tuple[str, Place]]:
        """The columns that have the keys at some depth."""
        place = Place(keys, anywhere=True)
        return ((column, place) for column in VALUES if self.have(column, place))


def _unknown(field: str, dossier: Dossier, values: _Values) -> InputError:
    head = field.partition(".")[0]
    column = _ALSO.get(head, head)
    known: dict[str, None] = {}
    for name in (column,) if column in VALUES else ("input", "expected", "output"):
        for value in values.of(name):
            known |= {f"{name}.{path}": None for path in keys_of(value)}
            if len(known) > 200:
                break
    known |= {f"tags.{tag}": None for tag in dossier.cases.tags}
    names = list(known)
    inside = f"; inside: {', '.join(names[:_MOST])}" + (", ..." if len(names) > _MOST else "") if names else ""
    what = f"there is no field {field!r:.100} to redact in this run, so nothing was written"
    return InputError(what, "--redact", f"Fields are {', '.join(_WHOLE)}{inside}")
