"""The cascade of named rules for columns, in floats.

Every row that lies too near to a bound for floats to decide, or that floats cannot hold, is decided by `rules.compare`
instead; so both paths give the same rule for every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from evalkit.metrics.numeric.columns import Nums
from evalkit.metrics.numeric.rules import MISSES, RULES, TRUNCATION_MAX_REL, compare, nearest_miss
from evalkit.metrics.numeric.tolerance import NumericTolerance

__all__ = ["DIFFERENT", "UNPARSED", "Decided", "compare_columns", "nearest_misses"]

DIFFERENT: Final = RULES.index("different")
UNPARSED: Final = RULES.index("unparsed")


class Decided(NamedTuple):
    """Decisions of n rows: `code` (n,) indices into RULES; `diff`, `margin` (n,) floats, NaN without two numbers."""

    code: np.ndarray
    diff: np.ndarray
    margin: np.ndarray


class _Rows(NamedTuple):
    """n comparable pairs as floats; the answer already in gold's unit."""

    gold: np.ndarray
    value: np.ndarray
    unit: np.ndarray
    value_unit: np.ndarray
    coarser: np.ndarray
    plain: np.ndarray
    identifier: np.ndarray
    percent: np.ndarray


_Rule = tuple[str, np.ndarray, np.ndarray | bool, np.ndarray | bool]
"""Name, (n,) bounds, where it applies, where it is strict."""


def compare_columns(gold: Nums, pred: Nums, tolerance: NumericTolerance) -> Decided:
    """Decide n pairs. Rows whose gold cannot be read get `different` and are the caller's to leave unscored."""
    code, diff, margin = _floats(gold, pred, tolerance)
    for row in np.flatnonzero(code < 0).tolist():
        left, right = gold.num(row), pred.num(row)
        if left is None or right is None:
            code[row], diff[row], margin[row] = (UNPARSED if right is None else DIFFERENT), np.nan, np.nan
            continue
        found = compare(left, right, tolerance)
        code[row] = RULES.index(found.rule)
        diff[row] = _float(found.diff)
        margin[row] = _float(found.margin)
    return Decided(code, diff, margin)


def _float(number: Decimal | None) -> float:
    """Finite, so that it can be written as JSON; NaN for None or a number that floats cannot hold."""
    value = float(number) if number is not None else np.nan
    return value if np.isfinite(value) else np.nan


def _floats(gold: Nums, pred: Nums, t: NumericTolerance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The float cascade: code -1 for rows that it must not decide."""
    with np.errstate(all="ignore"):
        rows = _rows(gold, pred, t)
        diff = np.abs(rows.value - rows.gold)
        blur = 2e-15 * (np.abs(rows.value) + np.abs(rows.gold))  # rounding of two floats and of their difference
        code = np.where(diff == 0, 0, DIFFERENT)
        margin = np.where(diff == 0, 0.0, np.nan)
        unsure = _beyond_floats(gold, pred, rows, diff, blur)
        whole = (rows.gold == np.floor(rows.gold)) & (rows.value == np.floor(rows.value)) & (blur < 1)
        widest = np.zeros(len(diff))
        for name, bound, applies, strict in _rules(rows, pred, t):
            still = applies & (code == DIFFERENT)
            near = np.abs(diff - bound) <= 1e-9 * bound + blur
            exactly = whole & (2 * bound == np.floor(2 * bound)) if _is_exact(name, t) else False
            unsure |= still & near & ~np.asarray(exactly)
            if name == "sig_figs":
                unsure |= still & _near_power_of_ten(rows.gold)
            new = still & np.where(strict, diff < bound, diff <= bound)
            code = np.where(new, RULES.index(name), code)
            margin = np.where(new, bound - diff, margin)
            widest = np.where(applies, np.fmax(widest, bound), widest)
        margin = np.where(code == DIFFERENT, widest - diff, margin)
        unsure |= ~np.isfinite(diff) | ~np.isfinite(widest)
    other_money = (gold.currency != pred.currency) & (gold.currency != "") & (pred.currency != "")
    code[unsure | other_money | ~(gold.readable & pred.readable)] = -1
    return code, diff, margin


def _beyond_floats(gold: Nums, pred: Nums, rows: _Rows, diff: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Rows whose equality, or whose size, floats cannot tell."""
    blurred = gold.blurred | pred.blurred
    converted = (gold.percent != pred.percent) & ((gold.sig_figs > 15) | (pred.sig_figs > 15))
    size = np.maximum(np.abs(rows.gold), np.abs(rows.value))
    extreme = (size > 1e290) | blurred & (np.minimum(np.abs(rows.gold), np.abs(rows.value)) < 1e-290)
    beyond: np.ndarray = (diff > 0) & (diff <= blur) | (diff == 0) & (blurred | converted) | extreme
    return beyond


def _is_exact(rule: str, t: NumericTolerance) -> bool:
    """Whether a bound of this rule, where it is a multiple of a half, is the same number as a float."""
    if rule in ("rounding", "coarser_rounding"):
        return True
    bound = {"abs": t.abs, "points": t.points}.get(rule)
    return bound is not None and Decimal(float(bound)) == bound


def _near_power_of_ten(gold: np.ndarray) -> np.ndarray:
    power = np.log10(np.abs(gold))
    near: np.ndarray = np.abs(power - np.round(power)) < 1e-9
    return near


def _rows(gold: Nums, pred: Nums, t: NumericTolerance) -> _Rows:
    shift = 2 * (gold.percent.astype(np.int64) - pred.percent)
    strip = t.gold_precision == "strip_currency_zeros"
    exp = gold.bare_exp if strip else gold.exp
    return _Rows(
        gold=gold.value,
        value=pred.value * np.array([0.01, 1.0, 100.0])[shift // 2 + 1],
        unit=10.0**exp,
        value_unit=10.0 ** (pred.exp + shift),
        coarser=pred.exp + shift > exp,
        plain=gold.plain,
        identifier=gold.identifier,
        percent=gold.percent,
    )


def _rules(rows: _Rows, pred: Nums, t: NumericTolerance) -> Iterator[_Rule]:
    """The rules after `exact`, in order: the same as `bounds`, on columns."""
    size = np.abs(rows.gold)
    free: np.ndarray | bool = ~rows.plain if t.integer_exact is True else True
    if t.explicit:
        yield from _explicit_rules(rows, size, free, t)
        return
    if t.integer_exact == "auto":
        free = ~rows.identifier
    if t.rounding:
        yield "rounding", 0.5 * rows.unit, free, False
    if t.coarser_min_sf:
        yield (
            "coarser_rounding",
            0.5 * rows.value_unit,
            free & rows.coarser & (pred.sig_figs >= t.coarser_min_sf),
            False,
        )
    if t.truncation:
        larger = (np.abs(rows.value) > size) & (np.sign(rows.value) * np.sign(rows.gold) > 0)
        cap = float(TRUNCATION_MAX_REL) * size
        yield "truncation", np.minimum(rows.unit, cap), free & larger, rows.unit <= cap
    if t.integer_exact == "auto":
        free = ~rows.plain
    if t.last_place:
        yield "last_place", np.minimum(t.last_place * rows.unit, t.last_place_max_rel * size), free, False
    if t.near_rel:
        yield "near", t.near_rel * size, free, False


def _explicit_rules(rows: _Rows, size: np.ndarray, free: np.ndarray | bool, t: NumericTolerance) -> Iterator[_Rule]:
    if t.abs is not None:
        yield "abs", np.full(len(size), float(t.abs)), free, False
    if t.rel is not None:
        yield "rel", t.rel * size, free, False
    if t.points is not None:
        yield "points", np.full(len(size), float(t.points)), free & rows.percent, True
    if t.sig_figs is not None:
        first = np.floor(np.log10(np.where(size > 0, size, 1.0)))
        yield "sig_figs", 0.5 * 10.0 ** (first - t.sig_figs + 1), free & (size > 0), False


# ----------------------------------------------------------------------------------------------------- nearest misses


def nearest_misses(gold: Nums, pred: Nums, tolerance: NumericTolerance) -> list[str | None]:
    """`rules.nearest_miss` for n wrong answers."""
    names = np.full(len(gold.value), None, object)
    undecided = gold.readable & pred.readable
    for name, sign, power in MISSES:
        if not undecided.any():
            break
        with np.errstate(all="ignore"):
            moved = replace(pred, value=pred.value * (sign * 10.0**power), exp=pred.exp + power)
        code, _, _ = _floats(gold, moved, tolerance)
        ask = undecided & (pred.value != 0) & (code < DIFFERENT)
        names[ask & (code >= 0)] = name
        for row in np.flatnonzero(ask & (code < 0)).tolist():
            left, right = gold.num(row), pred.num(row)
            names[row] = nearest_miss(left, right, tolerance) if left and right else None
        undecided &= ~ask
    found: list[str | None] = names.tolist()
    return found
