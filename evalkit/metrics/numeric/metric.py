"""The metric `numeric`, and `match` for one pair."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import pyarrow as pa

from evalkit.core.errors import InputError
from evalkit.core.protocols import Batch, Scores
from evalkit.core.tables import MISSING, Column
from evalkit.metrics.base import PerCase, absent_rule, broken_gold, kind_of, mean_scores, require_gold
from evalkit.metrics.numeric.cascade import DIFFERENT, UNPARSED, compare_columns, nearest_misses
from evalkit.metrics.numeric.columns import Nums, read_many
from evalkit.metrics.numeric.reading import read
from evalkit.metrics.numeric.rules import RULES, Decision, compare, nearest_miss
from evalkit.metrics.numeric.tolerance import NumericTolerance, tolerance_of

__all__ = ["Numeric", "match"]

_RULES: Final = np.array(RULES, object)


def match(gold: Any, output: Any, tolerance: NumericTolerance | None = None) -> Decision:
    """Decide whether `output` is the number `gold`; both JSON numbers or texts.

    `ok` is None where gold itself cannot be read. The founding example, a gold that was cut off instead of rounded:

    >>> found = match("-32%", "-32.82%")
    >>> found.ok, found.rule, str(found.margin)
    (True, 'truncation', '0.18')
    """
    tolerance = tolerance or NumericTolerance()
    left, right = read(gold), read(output)
    if left.num is None:
        return Decision(None, "gold_unparsed", pred=right.num, reason=left.reason)
    if right.num is None:
        return Decision(False, "unparsed", gold=left.num, reason=right.reason)
    found = compare(left.num, right.num, tolerance)
    return found if found.ok else found._replace(nearest_miss=nearest_miss(left.num, right.num, tolerance))


@dataclass(frozen=True)
class Numeric(NumericTolerance, PerCase):
    """Share of answers whose number is the gold number within a tolerance (see `NumericTolerance` for its fields).

    Gold is a number, a text that holds one, or `{"value": ..., "tolerance": {...}}` with this case's own tolerance
    (`tolerance` may also stand beside `field`). An answer in which no single number can be read is wrong (rule
    `unparsed`); a gold text in which none can be read leaves the row unscored.
    """

    name: ClassVar[str] = "numeric"

    def __post_init__(self) -> None:
        NumericTolerance.__post_init__(self)
        PerCase.__post_init__(self)

    def bind(self, gold: Column, ids: pa.Array) -> Numeric:
        """Every gold is a number or text, and every case's own tolerance is one.

        Raises:
            InputError: names the first case for which that does not hold.
        """
        require_gold(self.name, gold, ids, self.field)
        base = tolerance_of(self)
        values, owns = _golds(gold, self.field)
        if not set(map(type, values)) <= _NUMERIC:
            row = next(row for row, value in enumerate(values) if type(value) not in _NUMERIC)
            raise broken_gold(self.name, str(ids[row]), self.field, values[row], "a number, or a text that holds one")
        for row, own in enumerate(owns or ()):
            if own is not None:
                _own_tolerance(base, own, f"case {ids[row]}")
        return self

    def score(self, batch: Batch) -> Scores:
        """1 or 0 with rule, margin, diff and nearest_miss; unscored where gold holds no number."""
        golds = _golds(batch.gold, self.field)
        gold = read_many(golds.values)
        pred = read_many(_outputs(batch, self.field))
        found = _Found.blank(len(batch))
        for tolerance, rows in _by_tolerance(tolerance_of(self), golds):
            found.decide(gold, pred, tolerance, rows)
        return _scores(batch, gold, pred, found)


class _Found(NamedTuple):
    """What was found of n rows; code -1: nothing was decided (the case's own tolerance is broken)."""

    code: np.ndarray
    diff: np.ndarray
    margin: np.ndarray
    miss: np.ndarray

    @classmethod
    def blank(cls, n: int) -> _Found:
        return cls(np.full(n, -1), np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, object))

    def decide(self, gold: Nums, pred: Nums, tolerance: NumericTolerance, rows: np.ndarray) -> None:
        """Fill in the rows that one tolerance holds for."""
        if len(rows) < len(self.code):
            gold, pred = gold.take(rows), pred.take(rows)
        code, self.diff[rows], self.margin[rows] = compare_columns(gold, pred, tolerance)
        self.code[rows] = code
        wrong = np.flatnonzero(code == DIFFERENT)
        if len(wrong):
            self.miss[rows[wrong]] = nearest_misses(gold.take(wrong), pred.take(wrong), tolerance)


def _scores(batch: Batch, gold: Nums, pred: Nums, found: _Found) -> Scores:
    """Scores with a reason for each row whose gold cannot be used, and the rule of every other row."""
    code = np.where(pred.readable, found.code, UNPARSED)
    rule = _RULES[code]
    why: list[str | None] | None = None
    unusable = ~gold.readable | (found.code < 0)
    if unusable.any():
        why = [None] * len(batch)
        for row in np.flatnonzero(unusable).tolist():
            why[row] = _why(gold, row)
        rule[unusable] = None
    detail: dict[str, Any] = {"rule": rule, "margin": found.margin, "diff": found.diff}
    unread = np.flatnonzero(~pred.readable & ~unusable).tolist()
    if unread:
        detail["unread"] = reasons = np.full(len(batch), None, object)
        for row in unread:
            if pred.source[row] is MISSING:
                rule[row] = absent_rule(bool(batch.failed[row]))
            else:
                reasons[row] = pred.reading(row).reason
    if (found.code == DIFFERENT).any():
        detail["nearest_miss"] = found.miss
    return mean_scores(code < DIFFERENT, why, detail)


def _why(gold: Nums, row: int) -> str:
    if gold.readable[row]:
        return "the case's own tolerance cannot be used"
    if gold.source[row] is MISSING:
        return "no gold to compare with"
    return f"gold is not a number: {gold.reading(row).reason}"


_NUMERIC: Final = frozenset({int, float, str})


class _Golds(NamedTuple):
    """Each row's gold value and own tolerance (None: it has none); `owns` is None where no row has one."""

    values: list[Any]
    owns: list[Any] | None


def _golds(gold: Column, field: str | None) -> _Golds:
    """Gold values and tolerances out of the shapes that `Numeric` allows."""
    picked, whole = gold.values(field), gold.values()
    if field is None and dict not in set(map(type, picked)):
        return _Golds(picked, None)
    pairs = [_unwrapped(value, around) for value, around in zip(picked, whole, strict=True)]
    owns = [own for _, own in pairs]
    return _Golds([value for value, _ in pairs], owns if any(own is not None for own in owns) else None)


def _unwrapped(value: Any, around: Any) -> tuple[Any, Any]:
    own = around.get("tolerance") if type(around) is dict else None
    if type(value) is dict and "value" in value and value.keys() <= {"value", "tolerance"}:
        return value["value"], value.get("tolerance", own)
    return value, own


def _outputs(batch: Batch, field: str | None) -> list[Any]:
    """Each row's answer; without a field an answer may be wrapped in `value`, as gold may."""
    values = batch.output.values(field)
    if field is not None or dict not in set(map(type, values)):
        return values
    return [v["value"] if type(v) is dict and "value" in v else v for v in values]


def _own_tolerance(base: NumericTolerance, own: Any, where: str) -> NumericTolerance:
    """Raises InputError, naming the place, unless `own` is an object of tolerance fields."""
    if type(own) is not dict:
        raise InputError(f"tolerance is {kind_of(own)}, but has to be an object like {{abs: 0.5}}", where)
    try:
        return base.overridden(own)
    except InputError as error:
        raise InputError(error.what, where, error.remedy) from error


def _by_tolerance(base: NumericTolerance, golds: _Golds) -> list[tuple[NumericTolerance, np.ndarray]]:
    """Rows by the tolerance that holds for them; a row whose own tolerance is broken is left out."""
    if golds.owns is None:
        return [(base, np.arange(len(golds.values)))]
    groups: dict[NumericTolerance, list[int]] = defaultdict(list)
    for row, own in enumerate(golds.owns):
        try:
            groups[base if own is None else _own_tolerance(base, own, "")].append(row)
        except InputError:
            continue
    return [(tolerance, np.array(rows)) for tolerance, rows in groups.items()]
