"""The cascade of named rules for one pair of numbers, in exact decimal arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from evalkit.metrics.numeric.num import EXACT, Num
from evalkit.metrics.numeric.tolerance import NumericTolerance

__all__ = ["MISSES", "RULES", "TRUNCATION_MAX_REL", "Decision", "compare", "nearest_miss"]

RULES: Final = (
    "exact", "rounding", "coarser_rounding", "truncation", "last_place", "near", "abs", "rel", "points", "sig_figs",
    "different", "unparsed",
)  # fmt: skip
"""Names in the order in which they are tried; all before `different` accept."""

TRUNCATION_MAX_REL: Final = Decimal("0.05")
_HALF: Final = Decimal("0.5")


class Decision(NamedTuple):
    """What the rules say of one answer.

    Attributes:
        ok: right or wrong; None where gold itself cannot be read.
        rule: one of `RULES`, or `gold_unparsed`.
        diff: |answer - gold| in gold's unit (percentage points for a percentage); None without two numbers.
        bound: of the rule that accepted; of the widest rule that applied where none did.
        margin: bound - diff: what was left, or (<= 0) what was missing.
        nearest_miss: what would have made a wrong answer right: sign_flipped, scale_x100, other_currency, ...
        gold, pred: as read.
        reason: why the answer or gold could not be read.
    """

    ok: bool | None
    rule: str
    diff: Decimal | None = None
    bound: Decimal | None = None
    margin: Decimal | None = None
    nearest_miss: str | None = None
    gold: Num | None = None
    pred: Num | None = None
    reason: str = ""


class Bound(NamedTuple):
    """One rule that applies to a pair: right if the difference is <= bound, or < bound where it is strict."""

    rule: str
    bound: Decimal
    strict: bool = False


def percent_shift(gold: Num, pred: Num) -> int:
    """Power of ten that turns the answer into gold's unit: 0.141 is 14.1 %, and 14.1 % is 0.141."""
    return 2 * ((gold.kind == "percent") - (pred.kind == "percent"))


def compare(gold: Num, pred: Num, tolerance: NumericTolerance) -> Decision:
    """Decide one pair in exact decimal arithmetic."""
    if tolerance.gold_precision == "strip_currency_zeros":
        gold = gold.without_currency_zeros()
    shift = percent_shift(gold, pred)
    value = pred.value.scaleb(shift, EXACT)
    diff = EXACT.abs(EXACT.subtract(value, gold.value))
    if gold.currency and pred.currency and gold.currency != pred.currency:
        return Decision(False, "different", diff, gold=gold, pred=pred)
    widest = Decimal(0)
    for rule, bound, strict in bounds(gold, value, pred.exp + shift, pred.sig_figs, tolerance):
        if diff < bound or (diff == bound and not strict):
            return Decision(True, rule, diff, bound, EXACT.subtract(bound, diff), None, gold, pred)
        widest = max(widest, bound)
    return Decision(False, "different", diff, widest, EXACT.subtract(widest, diff), None, gold, pred)


def bounds(gold: Num, value: Decimal, exp: int, sig_figs: int, t: NumericTolerance) -> Iterator[Bound]:
    """The rules that apply to a pair, in order. `value`, `exp`: of the answer, in gold's unit."""
    yield Bound("exact", Decimal(0))
    size, own = EXACT.abs(gold.value), t.decimals
    if gold.plain and t.integer_exact is True:
        return
    if t.explicit:
        yield from _explicit_bounds(gold, size, t)
        return
    if gold.identifier and t.integer_exact == "auto":
        return
    unit = Decimal(1).scaleb(gold.exp, EXACT)
    if t.rounding:
        yield Bound("rounding", EXACT.multiply(_HALF, unit))
    if t.coarser_min_sf and exp > gold.exp and sig_figs >= t.coarser_min_sf:
        yield Bound("coarser_rounding", EXACT.multiply(_HALF, Decimal(1).scaleb(exp, EXACT)))
    if t.truncation and value * gold.value > 0 and EXACT.abs(value) > size:
        cap = EXACT.multiply(TRUNCATION_MAX_REL, size)
        yield Bound("truncation", unit, True) if unit <= cap else Bound("truncation", cap)
    if gold.plain and t.integer_exact == "auto":
        return
    if t.last_place:
        cap = EXACT.multiply(own["last_place_max_rel"], size)
        yield Bound("last_place", min(EXACT.multiply(own["last_place"], unit), cap))
    if t.near_rel:
        yield Bound("near", EXACT.multiply(own["near_rel"], size))


def _explicit_bounds(gold: Num, size: Decimal, t: NumericTolerance) -> Iterator[Bound]:
    if t.abs is not None:
        yield Bound("abs", t.abs)
    if t.rel is not None:
        yield Bound("rel", EXACT.multiply(t.decimals["rel"], size))
    if t.points is not None and gold.kind == "percent":
        yield Bound("points", t.points, True)
    if t.sig_figs is not None and size:
        yield Bound("sig_figs", EXACT.multiply(_HALF, Decimal(1).scaleb(size.adjusted() - t.sig_figs + 1, EXACT)))


MISSES: Final = (
    ("sign_flipped", -1, 0),
    ("scale_x100", 1, 2),
    ("scale_x100", 1, -2),
    ("scale_x1000", 1, 3),
    ("scale_x1000", 1, -3),
    ("scale_x1000000", 1, 6),
    ("scale_x1000000", 1, -6),
)
"""Name, sign and power of ten that turn a wrong answer into a right one."""


def nearest_miss(gold: Num, pred: Num, tolerance: NumericTolerance) -> str | None:
    """What would have made a wrong answer right; None when nothing on the list would."""
    if gold.currency and pred.currency and gold.currency != pred.currency:
        same = compare(gold, replace(pred, currency=None), tolerance)
        return "other_currency" if same.ok else None
    for name, sign, power in MISSES:
        value = EXACT.multiply(pred.value, Decimal(sign)).scaleb(power, EXACT)
        if value and compare(gold, replace(pred, value=value, exp=pred.exp + power), tolerance).ok:
            return name
    return None
