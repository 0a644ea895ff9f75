"""One column of the reference beside the same of current: every test that applies, and the size of each change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evalkit.core.seeds import seed_from
from evalkit.pipeline.monitor.column import ColumnProfile
from evalkit.stats.drift.categories import chi_square_p
from evalkit.stats.drift.kolmogorov import ks_p
from evalkit.stats.drift.ranks import mann_whitney_p
from evalkit.stats.drift.samples import Samples, side_by_side
from evalkit.stats.drift.size import Effect, Moved, distance, moved, variation
from evalkit.stats.drift.sketch import Counts, Sketch

__all__ = ["Found", "compared"]

_CATEGORIES = 50
_SHARE = 20  # rows a distinct text, from which on it is a category however many there are


class Found(NamedTuple):
    """One test of one column.

    Attributes:
        name: the column, or "COLUMN (nulls)".
        of: the column.
        kind: number, date, category, text, nulls, empty, or "KIND -> KIND" where the type changed.
        n, m: values of reference and current (of nulls: rows).
        p: of the evidence, two-sided, not adjusted; None where nothing was tested.
        effect: its size; None where a side has no values.
        moved: of numbers.
        new, vanished: categories that only current or only the reference has, the most frequent first.
        most: of a text: the descriptor that changed most.
    """

    name: str
    of: str
    kind: str
    n: int
    m: int
    p: float | None
    effect: Effect | None
    moved: Moved | None = None
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    most: str = ""


class _Pair(NamedTuple):
    """One column on both sides, and how it is tested."""

    name: str
    a: ColumnProfile
    b: ColumnProfile
    alpha: float
    deals: int
    seed: int

    def found(self, kind: str, p: float | None, effect: Effect | None) -> Found:
        return Found(self.name, self.name, kind, self.a.values, self.b.values, p, effect)


def compared(name: str, a: ColumnProfile, b: ColumnProfile, alpha: float, deals: int) -> Iterator[Found]:
    """The values of a column, and its share of nulls where there are any.

    Args:
        name: of the column.
        a, b: reference and current.
        alpha: intervals of effects hold at 1 - alpha.
        deals: the most permutations of a sparse table.
    """
    pair = _Pair(name, a, b, alpha, deals, seed_from("drift", name, [a.rows, a.nulls, b.rows, b.nulls]))
    yield _values(pair)
    if (a.nulls or b.nulls) and a.rows and b.rows:
        one, two = (np.array([side.nulls, side.values]) for side in (a, b))
        p = chi_square_p(one, two, pair.seed, deals)
        yield Found(f"{name} (nulls)", name, "nulls", a.rows, b.rows, p, variation(one, two, alpha))


def _values(pair: _Pair) -> Found:
    a, b = pair.a, pair.b
    kind = _kind(a, b)
    if not a.values or not b.values:
        return pair.found(kind, None, None)
    if a.kind != b.kind and {a.kind, b.kind} != {"bool", "number"}:
        # no value of one type is a value of the other
        one, two = np.array([a.values, 0]), np.array([0, b.values])
        return pair.found(kind, chi_square_p(one, two, pair.seed, pair.deals), variation(one, two, pair.alpha))
    if kind in ("number", "date"):
        return _number(pair, kind)
    return _category(pair) if kind == "category" else _text(pair)


def _kind(a: ColumnProfile, b: ColumnProfile) -> str:
    kinds = [side.kind for side in (a, b) if side.kind != "empty"]
    if not kinds:
        return "empty"
    if len(set(kinds)) == 2:
        return "number" if set(kinds) == {"bool", "number"} else f"{kinds[0]} -> {kinds[1]}"
    if kinds[0] == "bool":
        return "category"
    if kinds[0] != "text":
        return kinds[0]
    # of both samples together, so that who is called reference changes nothing
    distinct = len({*a.categories, *b.categories})
    few = distinct <= max(_CATEGORIES, (a.values + b.values) // _SHARE)
    return "category" if few and not (a.many or b.many) else "text"


def _tested(samples: Samples, pair: _Pair) -> float:
    """Twice the smaller of both p-values: Kolmogorov-Smirnov sees any change, Mann-Whitney small shifts."""
    p = ks_p(samples)
    return min(1.0, 2 * min(p, mann_whitney_p(samples, pair.seed, pair.deals, beats=p)))


def _number(pair: _Pair, kind: str) -> Found:
    reference = _sketch(pair.a)
    samples = side_by_side(reference, _sketch(pair.b))
    far = moved(samples, reference, pair.a.moments)
    return pair.found(kind, _tested(samples, pair), distance(samples, pair.alpha))._replace(moved=far)


def _sketch(column: ColumnProfile) -> Sketch:
    if column.numbers is not None:
        return column.numbers
    counts = [(float(key == "true"), rows) for key, rows in sorted(column.categories.items()) if rows]
    return Sketch(np.array([v for v, _ in counts]), np.array([rows for _, rows in counts], np.int64))


def _category(pair: _Pair) -> Found:
    keys = sorted({*pair.a.categories, *pair.b.categories})
    one, two = (np.array([side.categories.get(key, 0) for key in keys], np.int64) for side in (pair.a, pair.b))
    p = chi_square_p(one, two, pair.seed, pair.deals)
    found = pair.found("category", p, variation(one, two, pair.alpha))
    return found._replace(new=_only(keys, two, one), vanished=_only(keys, one, two))


def _only(keys: list[str], here: Counts, there: Counts) -> tuple[str, ...]:
    found = [i for i in np.argsort(-here, kind="stable") if here[i] and not there[i]]
    return tuple(keys[i] for i in found[:20])


def _text(pair: _Pair) -> Found:
    """The descriptor that changed most; evidence and interval are corrected (Bonferroni) for there being several."""
    looks = sorted(pair.a.looks.keys() & pair.b.looks.keys())
    samples = [side_by_side(pair.a.looks[look], pair.b.looks[look]) for look in looks]
    p = min(1.0, len(looks) * min(_tested(one, pair) for one in samples))
    sizes = [distance(one, pair.alpha / len(looks)) for one in samples]
    most = int(np.argmax([size.point for size in sizes]))
    effect = Effect(sizes[most].point, max(size.lo for size in sizes), max(size.hi for size in sizes))
    return pair.found("text", p, effect)._replace(most=looks[most])
