"""Case by case: what one system of a pair has right and the other wrong, and how alike the two are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.comparison import PairAgreement, PairFlips
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.compare.common import Pair, case_values, ids_of, is_binary, pairs_of

MOST_IDS = 20  # of each kind and pair
_READ = ("output", "failure_kind", "failure_reason")


@dataclass(frozen=True)
class Fates:
    """Each case's value under one metric, for every system.

    Attributes:
        metric: its id.
        values: system -> (n,) values, NaN where there is none.
        inside: (n,) bool: the common cases that the metric belongs to.
        binary: all values are right (1) or wrong (0).
        higher: which way is up.
    """

    metric: str
    values: Mapping[str, np.ndarray]
    inside: np.ndarray
    binary: bool
    higher: bool


def fates(numbers: Aggregator, metric: str, names: Sequence[str]) -> Fates:
    """The cases under a metric that is a mean."""
    values = {name: case_values(numbers.parts[metric, name]) for name in names}
    b = numbers.bound[metric].metric
    return Fates(
        metric, values, numbers.parts[metric, names[0]].inside, is_binary(values.values()), b.better == "higher"
    )


def flips(numbers: Aggregator, of: Fates) -> list[PairFlips]:
    """Every pair: regressions, fixes, both wrong, both right, unscored."""
    return [_flips(numbers, of, pair) for pair in pairs_of(of.values)]


def _flips(numbers: Aggregator, of: Fates, pair: Pair) -> PairFlips:
    a, b = of.values[pair[0]], of.values[pair[1]]
    known = ~np.isnan(a) & ~np.isnan(b)
    change = np.where(known, np.nan_to_num(a) - np.nan_to_num(b), 0.0) * (1 if of.higher else -1)
    worse, better, open_ = change < 0, change > 0, of.inside & ~known
    right, wrong = (1.0, 0.0) if of.higher else (0.0, 1.0)
    both_wrong = known & (a == wrong) & (b == wrong) if of.binary else np.zeros(len(a), bool)
    both_right = known & (a == right) & (b == right) if of.binary else known & (change == 0)
    return PairFlips(
        metric=of.metric,
        a=pair[0],
        b=pair[1],
        binary=of.binary,
        regressions=int(worse.sum()),
        fixes=int(better.sum()),
        both_wrong=int(both_wrong.sum()),
        both_right=int(both_right.sum()),
        unscored=int(open_.sum()),
        regression_cases=ids_of(numbers, worse, MOST_IDS),
        fix_cases=ids_of(numbers, better, MOST_IDS),
        both_wrong_cases=ids_of(numbers, both_wrong, MOST_IDS),
        unscored_cases=ids_of(numbers, open_, MOST_IDS),
    )


def agreement(numbers: Aggregator, of: Fates) -> list[PairAgreement]:
    """Every pair: the same correctness, chance-corrected, shared errors, and the same answers."""
    codes = _answers(numbers, list(of.values))
    return [_agreement(numbers, of, pair, codes) for pair in pairs_of(of.values)]


def _agreement(numbers: Aggregator, of: Fates, pair: Pair, codes: Mapping[str, np.ndarray]) -> PairAgreement:
    a, b = of.values[pair[0]], of.values[pair[1]]
    known = ~np.isnan(a) & ~np.isnan(b)
    n = int(known.sum())
    same = float((a[known] == b[known]).mean()) if n else None
    wrong = 0.0 if of.higher else 1.0
    either = known & ((a == wrong) | (b == wrong))
    both = known & (a == wrong) & (b == wrong)
    overlap = float(both.sum() / either.sum()) if of.binary and either.any() else None
    equal = (codes[pair[0]] == codes[pair[1]]).reshape(len(a), numbers.plan.repeats).all(axis=1)
    return PairAgreement(
        metric=of.metric,
        a=pair[0],
        b=pair[1],
        n=n,
        same_correctness=same,
        kappa=_kappa(a[known], b[known], same) if of.binary and same is not None else None,
        error_overlap=overlap,
        same_answers=float(equal[of.inside].mean()) if of.inside.any() else None,
    )


def _kappa(a: np.ndarray, b: np.ndarray, same: float) -> float | None:
    """Cohen's kappa (1960) of two columns of 0 and 1: (p_o - p_e)/(1 - p_e)."""
    p, q = float(a.mean()), float(b.mean())
    chance = p * q + (1 - p) * (1 - q)
    return None if chance >= 1.0 - 1e-12 else (same - chance) / (1 - chance)


def _answers(numbers: Aggregator, names: Sequence[str]) -> dict[str, np.ndarray]:
    """system -> (n r,) a number for each different answer (or failure), the same for all systems."""
    rows = len(numbers.plan)
    whole = np.zeros(rows * len(names), np.int64)
    for column in _READ:
        # "" is the JSON text of nothing and the name of no failure, so it can stand for null.
        chunks = [pc.fill_null(numbers.answers[name][column], "").cast(pa.large_string()) for name in names]
        joined = pa.chunked_array([chunk for each in chunks for chunk in each.chunks], pa.large_string())
        coded = joined.combine_chunks().dictionary_encode()
        whole = whole * len(coded.dictionary) + np.asarray(coded.indices)
        whole = np.unique(whole, return_inverse=True)[1]
    return {name: whole[i * rows : (i + 1) * rows] for i, name in enumerate(names)}
