"""A draft of a contract from data: each rule with its evidence, and none that the next rows would break by chance.

Rules of thumb, all of them on the careful side: a bound has slack, more of it where a tail is long, a set needs many
rows of each value, `unique` needs more than chance, and a handful of rows shows nothing but types.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.errors import InputError
from evalkit.pipeline.contract.check_columns import whole
from evalkit.pipeline.contract.nouns import Kind
from evalkit.pipeline.contract.together import Together, together
from evalkit.pipeline.contract.types import typed

__all__ = ["FEWEST", "Draft", "Inferred", "infer"]

FEWEST = 20  # values from which a rule other than the type is drafted
_MISSING = ("NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None", "-", "?")
_MOST_VALUES, _ROWS_EACH = 50, 10  # of a set: values at most, and rows of each on average at least
_SLACK, _MOST_SLACK = 0.5, 6.0  # of the way from the median to either end, beyond that end: of no tail, of a long one
_TRIED = 1_000  # values that a type is tried on first
_ID = re.compile(r"(^|_)(id|uuid|guid|key|pk)$|Id$|ID$")
_LEADING_ZERO = r"^[ \t]*-?0[0-9]"


class Inferred(NamedTuple):
    """The draft of one column.

    Attributes:
        name: of the column.
        rules: key -> value, as in the file.
        evidence: what was seen, without any text of the data.
    """

    name: str
    rules: dict[str, Any]
    evidence: str


class Draft(NamedTuple):
    """The draft of all columns.

    Attributes:
        columns: each of them.
        missing: texts that stand for "missing" (beside the empty one).
        pairs: what two columns keep.
    """

    columns: list[Inferred]
    missing: list[str]
    pairs: Together


def infer(table: pa.Table, texts: str = "none", mixed: Collection[str] = ()) -> Draft:
    """Drafts of all columns.

    Args:
        table: the rows. texts: as in `Given`. mixed: columns of several types, which can be anything.

    Raises:
        InputError: two columns have one name, one has no name, or there is none.
    """
    names = table.column_names
    if not names:
        raise InputError("the data have no column, so that nothing can be inferred")
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise InputError(f"the data have two columns {twice[0]!r}", remedy="Rename one of them")
    if "" in names:
        remedy = "Name it in the first line, or leave it out (pandas: to_csv(index=False))"
        raise InputError(f"column {names.index('') + 1} has no name", remedy=remedy)
    missing: set[str] = set()
    drafts, read = [], {}
    for name in names:
        values = whole(table.column(name))
        kind: Kind = "any" if name in mixed else _kind(values)
        if kind == "text" and texts != "none":
            values, kind, gone = _from_texts(values, texts)
            missing |= gone
        read[name] = typed(values, kind, texts).values
        drafts.append(_draft(name, read[name], kind))
    return Draft(drafts, sorted(missing), together(read))


def _kind(values: Any) -> Kind:
    kind = values.type
    for test, name in (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_date, "date"),
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
    ):
        if test(kind):
            return name  # type: ignore[return-value]
    return "any"


def _from_texts(values: Any, texts: str) -> tuple[Any, Kind, set[str]]:
    """What a column of texts is, the texts that it writes for "missing" taken out."""
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values) if texts == "all" else values
    there = pc.drop_null(values)
    known = pc.is_in(there, value_set=pa.array(_MISSING, there.type))
    plain = there.filter(pc.invert(known))
    if not len(plain):
        return values, "text", set()
    kinds: tuple[Kind, ...] = ("boolean", "integer", "number", "date", "timestamp")
    for kind in kinds if texts == "all" else kinds[3:]:
        if kind in ("integer", "number") and pc.any(pc.match_substring_regex(plain, _LEADING_ZERO)).as_py():
            return values, "text", set()  # 02139 is no number
        if typed(plain[:_TRIED], kind, texts).wrong is None and typed(plain, kind, texts).wrong is None:
            gone = set(pc.unique(there.filter(known)).to_pylist())
            return pc.if_else(pc.is_in(values, value_set=pa.array(_MISSING, values.type)), None, values), kind, gone
    return values, "text", set()


def _draft(name: str, values: Any, kind: Kind) -> Inferred:
    there = pc.drop_null(values)
    n, nulls = len(values), values.null_count
    rules: dict[str, Any] = {"type": kind}
    said = [f"{n:,} rows", f"{nulls:,} null{'' if nulls == 1 else 's'}"]
    if len(there) >= FEWEST and not nulls:
        rules["nullable"] = False
    if kind == "any" or not len(there):
        return Inferred(name, rules, ", ".join([*said, "" if len(there) else "nothing to learn from"]).rstrip(", "))
    counts = np.sort(pc.value_counts(there).field("counts").to_numpy())
    said.append(f"{len(counts):,} distinct")
    unique = _is_unique(name, there, kind, len(counts))
    if unique:
        rules["unique"] = True
    if kind in ("integer", "number"):
        _bounds(rules, there, unique, said)
    elif kind in ("timestamp", "date"):
        low, high = pc.min_max(there).values()
        said.append(f"from {_moment(low)} to {_moment(high)}")
    elif kind == "text":
        _texts(rules, there, counts, said)
    return Inferred(name, rules, ", ".join(said))


def _bounds(rules: dict[str, Any], there: Any, unique: bool, said: list[str]) -> None:
    """Numbers: what was seen, and half as far again from the median, or as far as the tail goes on; never across 0, and
    shares stay shares."""
    low, high = (bound.as_py() for bound in pc.min_max(there).values())
    said.append(f"from {low:g} to {high:g}" if isinstance(low, float) else f"from {low} to {high}")
    if len(there) < FEWEST or not (math.isfinite(low) and math.isfinite(high)):
        return
    if unique:  # ids grow
        rules.update({"min": 0} if low >= 0 else {})
    elif low != high:
        whole_numbers = rules["type"] == "integer"
        if low >= 0 and high <= 1 and not whole_numbers:
            rules.update({"min": 0, "max": 1})
            return
        away = there.to_numpy() - float(np.median(there.to_numpy()))
        least = _SLACK / 50 * (high - low)
        below, above = (max(_beyond(side), least) for side in (-away, away))
        rules["min"] = _outward(low - below, low, whole_numbers, down=True)
        rules["max"] = _outward(high + above, high, whole_numbers, down=False)
        if low >= 0:
            rules["min"] = max(rules["min"], 0)
        if high <= 0:
            rules["max"] = min(rules["max"], 0)


def _beyond(away: np.ndarray[Any, Any]) -> float:
    """How far beyond the end of one side its bound is: the more, the longer the tail, as of counts, times and prices.

    Of k rows on this side, about sqrt(k) are beyond the quantile 1 - 1 / sqrt(k). The end is far / near times as far:
    by so much a tail that is a power law grows from sqrt(k) rows to k, and by the square of it to k * k (Hill, 1975);
    other tails grow less.

    Args:
        away: (n,) distances from the median, positive on this side.
    """
    side = away[away > 0]
    if not len(side):
        return 0.0
    far, near = float(side.max()), float(np.quantile(side, 1 - len(side) ** -0.5, method="inverted_cdf"))
    grown = min(far / near, 1 + _MOST_SLACK) ** 2
    return far * min(max(grown - 1, _SLACK), _MOST_SLACK)


def _outward(bound: float, seen: float, whole_number: bool, down: bool) -> float:
    """A bound of two digits, away from what was seen."""
    if bound == 0 or not math.isfinite(bound):
        return 0 if bound == 0 else seen
    unit = 10.0 ** (math.floor(math.log10(abs(bound))) - 1)
    steps = math.floor(bound / unit) if down else math.ceil(bound / unit)
    found = float(f"{steps * unit:.2g}") if unit >= 1 else round(steps * unit, 12)
    if whole_number:
        return max(min(math.floor(found) if down else math.ceil(found), 2**63 - 1), -(2**63))
    return found


def _texts(rules: dict[str, Any], there: Any, counts: np.ndarray[Any, Any], said: list[str]) -> None:
    """Text: a set where no value is rare and all were seen many times; else how long it may be."""
    longest = pc.max(pc.utf8_length(there)).as_py()
    said.append(f"up to {longest} characters")
    n = len(there)
    if n >= FEWEST and len(counts) <= min(_MOST_VALUES, n // _ROWS_EACH) and _mostly_seen(counts, n):
        rules["set"] = sorted(pc.unique(there).to_pylist())
        said.append(f"the rarest {int(counts[0]):,} times")
    elif n >= 5 * FEWEST:
        rules["max_length"] = max(2 * longest, 10)


def _mostly_seen(counts: np.ndarray[Any, Any], n: int) -> bool:
    """Good & Turing (1953): values seen once, over all, is about the chance that the next value is a new one."""
    return int((counts == 1).sum()) / n <= 0.001


def _is_unique(name: str, there: Any, kind: Kind, distinct: int) -> bool:
    """An id: no value twice, in more rows than chance explains (or it is called one). Measurements never are."""
    n = len(there)
    if kind not in ("integer", "text") or distinct < n or n < FEWEST:
        return False
    if kind == "text":
        return not pc.any(pc.match_substring_regex(there, r"\s")).as_py()
    low, high = (bound.as_py() for bound in pc.min_max(there).values())
    by_chance = math.exp(-n * (n - 1) / (2 * (high - low + 1)))  # the birthday problem, all values alike
    return by_chance < 0.01 or bool(_ID.search(name))


def _moment(value: Any) -> str:
    return str(value.cast(pa.string()).as_py())[:19]
