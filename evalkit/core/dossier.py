"""All that a report may read: records, their tables, and what `app` gathered. A report computes no statistic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from evalkit.core.comparison import Comparison
from evalkit.core.nouns import Record
from evalkit.core.tables import CaseTable


@dataclass(frozen=True)
class Flips:
    """What changed from baseline to candidate under one metric; row numbers into the cases.

    A row "broke" when its per-case value got worse, "fixed" when it got better (in the metric's own direction).
    """

    metric: str
    candidate: str
    baseline: str
    broke: np.ndarray
    fixed: np.ndarray
    n_same: int
    n_unscored: int


@dataclass(frozen=True)
class UnscoredGroup:
    """Cases that one metric could not score, for one reason."""

    metric: str
    variant: str
    reason: str
    n: int
    examples: list[str]  # case ids


@dataclass(frozen=True)
class RuleCount:
    """How many answers one rule of a mean metric decided, and what they scored on average (1: all right, 0: all wrong).

    An unscored answer has the rule "unscored" and no value.
    """

    metric: str
    variant: str
    rule: str
    n: int
    value: float | None


@dataclass(frozen=True)
class Confusion:
    """Answers of one variant against gold under a classification with one class a case.

    Attributes:
        metric, variant: as in the record.
        classes: names of the k classes, in the metric's order.
        counts: (k, k + 1) answers by class of gold and class answered, the last column those that are no class;
            repeats are counted apart.
    """

    metric: str
    variant: str
    classes: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True)
class Reliability:
    """What one variant's stated probabilities came to, in bins of as many answers each (ties stay together).

    Attributes:
        metric, variant: as in the record.
        stated: (b,) mean probability of each bin that holds an answer.
        right: (b,) share that came true.
        n: (b,) answers.
    """

    metric: str
    variant: str
    stated: np.ndarray
    right: np.ndarray
    n: np.ndarray


@dataclass(frozen=True)
class Dossier:
    """One record and its columns.

    Attributes:
        record: verdicts, estimates, identity.
        cases: the cases, n rows.
        predictions: schema `variant` + tables.PREDICTIONS.
        scores: schema tables.SCORES.
        values: (metric id, variant) -> (n,) floats, the mean over repeats of the per-case value; NaN where there is
            none. Only metrics of kind "mean" have per-case values.
        flips: one entry per (gated or first mean metric, candidate), when there is a baseline.
        unscored: by metric, variant and reason, most frequent first.
        confusions, reliabilities: one a metric (in the record's order) and variant that has them.
        rules: which rule decided how many answers, by metric and variant.
    """

    record: Record
    cases: CaseTable
    predictions: pa.Table
    scores: pa.Table
    values: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    flips: list[Flips] = field(default_factory=list)
    unscored: list[UnscoredGroup] = field(default_factory=list)
    rules: list[RuleCount] = field(default_factory=list)
    confusions: list[Confusion] = field(default_factory=list)
    reliabilities: list[Reliability] = field(default_factory=list)
    comparison: Comparison | None = None
