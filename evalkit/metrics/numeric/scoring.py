"""Scores of a batch of pairs: under a tolerance with its views, or under a published metric."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from evalkit.core.protocols import Scores
from evalkit.core.tables import MISSING
from evalkit.metrics.base import absent_rule, mean_scores, over_one
from evalkit.metrics.numeric.cascade import DIFFERENT, Decided, accepted, compare_columns
from evalkit.metrics.numeric.columns import Context, Nums, read_many
from evalkit.metrics.numeric.decision import RULES, Decision
from evalkit.metrics.numeric.golds import Side, by_tolerance, usable_scales
from evalkit.metrics.numeric.matching import any_number, missed_mention
from evalkit.metrics.numeric.num import Asked
from evalkit.metrics.numeric.profiles import PROFILES, VIEWS
from evalkit.metrics.numeric.published import Published
from evalkit.metrics.numeric.tolerance import BOUNDS, NumericTolerance

__all__ = ["Pairs", "published_scores", "rule_scores"]

_NAMES: Final = np.array(RULES, object)
_CODES: Final = {name: code for code, name in enumerate(RULES)}
_OWN: Final = (
    *BOUNDS, "also", "rounding", "coarser_min_sf", "truncation", "last_place", "last_place_max_rel", "near_rel",
)  # fmt: skip


class Pairs(NamedTuple):
    """n golds and answers with what their questions say; `failed`: the system did not answer."""

    gold: Side
    answer: Side
    asked: list[Asked | None] | None
    failed: np.ndarray

    def take(self, rows: np.ndarray, golds: list[Any]) -> Pairs:
        """These rows, with other golds."""
        picked = rows.tolist()

        def of(values: Sequence[Any] | None) -> list[Any] | None:
            return None if values is None else [values[row] for row in picked]

        gold = Side(golds, of(self.gold.scales), of(self.gold.tolerances))
        answer = Side(of(self.answer.values) or [], of(self.answer.scales))
        return Pairs(gold, answer, of(self.asked), self.failed[rows])


class _Found(NamedTuple):
    """n decisions: codes (-1: nothing could be decided), columns for the detail, and who is right in each view."""

    gold: Nums
    pred: Nums
    code: np.ndarray
    diff: np.ndarray
    margin: np.ndarray
    miss: np.ndarray
    flags: np.ndarray
    views: dict[str, np.ndarray]


def rule_scores(tolerance: NumericTolerance, pairs: Pairs, *, any_of: bool) -> Scores:
    """1 or 0 for each row, with its rule and what else there is to say of it."""
    if not any_of:
        return _scores(pairs, _decided(tolerance, pairs))
    counts = [len(value) if type(value) is list else 0 for value in pairs.gold.values]
    rows = np.repeat(np.arange(len(counts)), counts)
    flat = [one for value in pairs.gold.values if type(value) is list for one in value]
    return _best(pairs, rows, flat, tolerance)


def _decided(tolerance: NumericTolerance, pairs: Pairs) -> _Found:
    """Read and decide every row."""
    n = len(pairs.gold.values)
    gold = read_many(pairs.gold.values, Context(tolerance, None, pairs.asked, usable_scales(pairs.gold)))
    context = Context(tolerance, gold, pairs.asked, usable_scales(pairs.answer))
    pred = read_many(pairs.answer.values, context)
    nan, none = np.full(n, np.nan), np.full(n, None, object)
    views = {name: np.zeros(n, bool) for name in VIEWS}
    found = _Found(gold, pred, np.full(n, -1), nan, nan.copy(), none, none.copy(), views)
    for own, rows in by_tolerance(tolerance, pairs.gold.tolerances, n):
        _fill(found, own, rows, pairs)
    return found


def _fill(found: _Found, tolerance: NumericTolerance, rows: np.ndarray, pairs: Pairs) -> None:
    """Decide the rows that one tolerance holds for, under it and under the profiles of the views."""
    whole = len(rows) == len(found.code)
    gold, pred = (found.gold, found.pred) if whole else (found.gold.take(rows), found.pred.take(rows))
    asked = pairs.asked if whole or pairs.asked is None else [pairs.asked[row] for row in rows.tolist()]
    decided = compare_columns(gold, pred, tolerance, asked)
    _look_further(decided, gold, pred, tolerance, asked)
    for column, values in zip(found[2:7], decided, strict=True):
        column[rows] = values
    for name in VIEWS:
        right = accepted(gold, pred, under(name, tolerance), asked)
        if tolerance.extract == "any":
            _accept_any(right, gold, pred, under(name, tolerance), asked)
        found.views[name][rows] = right


def under(name: str, tolerance: NumericTolerance) -> NumericTolerance:
    """The rules of a profile with everything else as it is here: how texts are read, what signs and units mean."""
    rules = PROFILES[name].tolerance
    return dataclasses.replace(tolerance, **{field: getattr(rules, field) for field in _OWN})


def _look_further(
    decided: Decided, gold: Nums, pred: Nums, t: NumericTolerance, asked: Sequence[Asked | None] | None
) -> None:
    """Other numbers of wrong answers that are longer texts: for a lenient `extract`, or to be named as the miss."""
    wrong = decided.code >= DIFFERENT
    for row in np.flatnonzero(wrong & gold.readable).tolist() if pred.readings else ():
        reading, text = pred.readings.get(row), pred.source[row]
        left = gold.num(row) if reading is not None and isinstance(text, str) else None
        if reading is None or left is None:
            continue
        question = None if asked is None else asked[row]
        found = any_number(left, text, t, question) if t.extract == "any" else None
        if found is None and reading.num is not None and decided.code[row] == DIFFERENT:
            now = Decision(False, "different", nearest_miss=decided.miss[row], gold=left, pred=reading.num)
            decided.miss[row] = missed_mention(now, text, t, question).nearest_miss
        elif found is not None:
            decided.code[row], decided.miss[row], decided.flags[row] = _CODES[found.rule], None, found.flags
            decided.diff[row] = np.nan if found.diff is None else float(found.diff)
            decided.margin[row] = np.nan if found.margin is None else float(found.margin)


def _accept_any(
    right: np.ndarray, gold: Nums, pred: Nums, t: NumericTolerance, asked: Sequence[Asked | None] | None
) -> None:
    """Accept rows of which any number is right."""
    for row in np.flatnonzero(~right & gold.readable).tolist():
        left, text = gold.num(row), pred.source[row]
        if left is not None and isinstance(text, str) and row in pred.readings:
            right[row] = any_number(left, text, t, None if asked is None else asked[row]) is not None


def _best(pairs: Pairs, rows: np.ndarray, flat: list[Any], tolerance: NumericTolerance) -> Scores:
    """Each row's best alternative: the first rule in order that accepts one of them."""
    found = _decided(tolerance, pairs.take(rows, flat))
    n = len(pairs.gold.values)
    rank = np.where(found.gold.readable & (found.code >= 0), found.code, len(RULES))
    order = np.lexsort((np.arange(len(rows)), rank, rows))
    first = np.full(n, -1)
    firsts, at = np.unique(rows[order], return_index=True)
    first[firsts] = order[at]
    return _scores(pairs, _picked(found, rows, first), np.flatnonzero(first < 0))


def _picked(found: _Found, rows: np.ndarray, first: np.ndarray) -> _Found:
    """The alternatives that count; a row without any stands for the first there is, and is unscored by the caller."""
    at = np.maximum(first, 0)
    if not len(found.code):
        empty = read_many([MISSING] * len(first))
        nothing = np.full(len(first), None, object)
        nan = np.full(len(first), np.nan)
        wrong = dict.fromkeys(VIEWS, nan > 0)
        return _Found(empty, empty, np.full(len(first), -1), nan, nan, nothing, nothing, wrong)
    views = {}
    for name, right in found.views.items():
        views[name] = np.zeros(len(first), bool)
        views[name][rows[right]] = True
    code, diff, margin, miss, flags = (column[at] for column in found[2:7])
    return _Found(found.gold.take(at), found.pred.take(at), code, diff, margin, miss, flags, views)


def _scores(pairs: Pairs, found: _Found, empty: np.ndarray | None = None) -> Scores:
    """Scores with a reason for each row whose gold cannot be used, and the rule of every other row."""
    n = len(found.code)
    rule = _NAMES[found.code]
    unusable = ~found.gold.readable | (found.code < 0)
    if empty is not None:
        unusable[empty] = True
    why: list[str | None] | None = None
    if unusable.any():
        why = [None] * n
        for row in np.flatnonzero(unusable).tolist():
            why[row] = _why(found.gold, pairs.gold.values[row], row)
        rule[unusable] = None
    right = (found.code < DIFFERENT) & ~unusable
    detail: dict[str, Any] = {"rule": rule, "margin": found.margin, "diff": found.diff}
    _tell_unread(detail, rule, np.flatnonzero(~found.pred.readable & ~unusable & ~right), found.pred, pairs.failed)
    _tell_spans(detail, found.pred)
    said = {"nearest_miss": found.miss, "flags": found.flags}
    detail |= {name: column for name, column in said.items() if (column != None).any()}  # noqa: E711  (elementwise)
    scores = mean_scores(right, why, detail)
    views = {name: over_one(seen & ~unusable) for name, seen in found.views.items()}
    return dataclasses.replace(scores, views=views)


def _tell_unread(detail: dict[str, Any], rule: np.ndarray, rows: np.ndarray, pred: Nums, failed: np.ndarray) -> None:
    """Why no number was read in an answer."""
    if not len(rows):
        return
    detail["unread"] = reasons = np.full(len(rule), None, object)
    for row in rows.tolist():
        if pred.source[row] is MISSING:
            rule[row] = absent_rule(bool(failed[row]))
        else:
            reasons[row] = pred.reading(row).reason


def _tell_spans(detail: dict[str, Any], pred: Nums) -> None:
    """Where in a longer text the number was found."""
    spans: np.ndarray | None = None
    for row, reading in pred.readings.items():
        span = None if reading.num is None else reading.num.span
        if span is None or span == (0, len(pred.source[row])):
            continue
        if spans is None:
            spans = np.full(len(pred.value), None, object)
        spans[row] = list(span)
    if spans is not None:
        detail["span"] = spans


def _why(gold: Nums, value: Any, row: int) -> str:
    if value is MISSING:
        return "no gold to compare with"
    if gold.readable[row]:
        return "the case's own tolerance cannot be used"
    found = gold.reading(row)
    return f"gold is not a number: {'it says that there is none' if found.rule == 'refusal' else found.reason}"


def published_scores(metric: Published, pairs: Pairs, *, any_of: bool) -> Scores:
    """1 or 0 as a published metric has it; equal pairs are computed once."""
    n = len(pairs.gold.values)
    scales = [_as_text(side.scales, n) for side in (pairs.gold, pairs.answer)]
    why: list[str | None] = [None] * n
    rule, right = np.full(n, "different", object), np.zeros(n, bool)
    for row, (gold, answer) in enumerate(zip(pairs.gold.values, pairs.answer.values, strict=True)):
        golds = gold if any_of and type(gold) is list else [gold]
        known = [metric(one, answer, scales[0][row], scales[1][row]) for one in golds]
        if gold is MISSING or all(verdict is None for verdict in known):
            why[row], rule[row] = "no gold to compare with" if gold is MISSING else "gold is not what it knows", None
        elif answer is MISSING:
            rule[row] = absent_rule(bool(pairs.failed[row]))
        elif any(known):
            rule[row], right[row] = "published", True
    return mean_scores(right, why if any(why) else None, {"rule": rule})


def _as_text(scales: list[Any] | None, n: int) -> list[str]:
    return [""] * n if scales is None else [scale if isinstance(scale, str) else "" for scale in scales]
