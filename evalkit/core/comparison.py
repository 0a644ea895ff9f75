"""What a comparison of several systems found: values, differences, ranks, trade-offs, slices, flips and agreement.

As in `nouns`: frozen, no unknown keys, no NaN. A number that is not there is `None`, with its reason beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from pydantic import Field

from evalkit.core.errors import MissingExtra
from evalkit.core.nouns import Better, Correction, Digest, Finite, Noun

COMPARISON_SCHEMA = 1

Shown = Literal["better", "worse"]
Axis = Literal["cost", "median_seconds", "p95_seconds"]


class ComparedSystem(Noun):
    """One system of a comparison: which run it comes from, and what became of its cases."""

    name: str  # in this comparison: unique
    run_id: str  # the run whose stored answers are compared
    variant: str  # its name in that run
    run_name: str | None = None  # given to the run, or typed
    n_asked: int  # cases that the run asked it
    left_out: dict[str, int] = Field(default_factory=dict)  # cases of its run that are not compared, by reason
    n_failed: int = 0  # answers that the system failed to give, on the compared cases: wrong, openly
    n_missing: int = 0  # answers that we failed to get: unscored
    failures: dict[str, int] = Field(default_factory=dict)  # reason -> answers, of both kinds


class Standing(Noun):
    """One system under one metric."""

    name: str
    n: int  # cases that were scored
    n_unscored: int = 0
    point: Finite | None
    lo: Finite | None  # the system's own two-sided interval at `level`, with the unscored at their worst and best
    hi: Finite | None
    level: float = 0.95
    method: str = ""
    reason: str | None = None  # why there is no value or no interval
    letters: str = ""  # systems that share a letter are not shown to differ
    rank_lo: int  # best rank that it may have: 1 + systems shown better
    rank_hi: int  # worst rank that it may have
    p_best: Finite | None = None  # share of resamples in which it is best; ties share
    correction: Correction | None = None  # of a judged metric: what point, lo and hi were corrected for
    uncorrected: str | None = None  # of a judged metric: why the judge's errors are not corrected, as a sentence
    signature: str = ""  # all that the number is made of in one line, to cite


class Difference(Noun):
    """a - b in the metric's own units, on the same cases."""

    a: str
    b: str
    n: int  # cases that `point` is of: both have scored them; of many, where one has not all, all systems have
    n_unscored: int = 0  # the other cases
    point: Finite | None
    lo: Finite | None  # at `level`, for all pairs at once where `simultaneous`
    hi: Finite | None
    level: float = 0.95
    simultaneous: bool  # whether the interval holds together with those of all other pairs
    p: Finite | None = None  # two-sided p-value of no difference, adjusted for all pairs where `simultaneous`
    shown: Shown | None = None  # what the interval shows of a, in the metric's direction
    identical: bool = False  # the same answers on every case
    method: str = ""
    reason: str | None = None  # why there is no interval
    correction: Correction | None = None  # of a judged metric: what point, lo and hi were corrected for
    uncorrected: str | None = None  # of a judged metric: why the judge's errors are not corrected, as a sentence
    signature: str = ""  # all that the number is made of in one line, to cite


class MetricComparison(Noun):
    """All systems under one metric."""

    metric: str
    better: Better
    unit: str = ""
    value_range: tuple[Finite, Finite] | None = None
    n: int  # cases that all systems have in common and that the metric belongs to
    n_clusters: int | None = None  # groups that these come in; null where none are declared
    level: float = 0.95  # of the differences
    simultaneous: bool  # whether all differences hold at once at that level
    method: str = ""  # of the differences
    replicates: int | None = None  # resamples behind `p_best` and simultaneous intervals
    seed: int | None = None  # of the resamples
    judge: Digest | None = None  # of a judged metric
    systems: list[Standing]  # best value first
    differences: list[Difference]  # every pair, in the order in which the systems were given
    decisive: bool  # one system is shown better than every other
    sentence: str  # what is decided, in words
    notes: list[str] = Field(default_factory=list)  # what to keep in mind, in sentences


class Figure(Noun):
    """One operational number of a system: cost an answer, or a quantile of its seconds."""

    point: Finite | None  # US dollars or seconds
    lo: Finite | None = None
    hi: Finite | None = None
    n: int  # answers with a known value
    n_unknown: int = 0  # answers without one
    reason: str | None = None  # why it is unknown, or has no interval


class Operation(Noun):
    """What a system costs and how long it takes."""

    name: str
    quality: Finite | None  # value under the metric that the fronts are of
    cost: Figure  # US dollars an answer
    median_seconds: Figure  # half of the answers came sooner
    p95_seconds: Figure  # 95 % of the answers came sooner


class Dominated(Noun):
    """A system that others beat on both axes."""

    name: str
    by: list[str]  # at least as good and as cheap (or quick), and one of both strictly, by their values
    shown: bool  # one of them is shown better in quality, and its cost (or time) is lower, intervals apart


class Front(Noun):
    """The systems that no other beats on both axes."""

    axis: Axis  # what quality is set against
    front: list[str]  # cheapest (or quickest) first
    dominated: list[Dominated] = Field(default_factory=list)  # the others
    left_out: dict[str, str] = Field(default_factory=dict)  # system -> why it has no place
    sentence: str


class Pareto(Noun):
    """Quality against cost and time."""

    metric: str
    better: Better
    unit: str = ""
    systems: list[Operation]  # in the order in which they were given
    fronts: list[Front]  # one an axis


class SliceDifference(Noun):
    """a - b among the cases with a tag; explored, not gated."""

    metric: str
    slice: dict[str, str]  # the tag
    a: str
    b: str
    n: int  # cases with the tag that both have scored
    n_unscored: int = 0
    value_a: Finite | None = None  # of a on these cases
    value_b: Finite | None = None  # of b on these cases
    point: Finite | None
    lo: Finite | None
    hi: Finite | None
    level: float = 0.95  # of this interval alone
    p: Finite | None = None  # two-sided, of no difference
    q: Finite | None = None  # the same, adjusted over the slices of the metric (Benjamini and Hochberg): exploratory
    shrunk: Finite | None = None  # for display: drawn towards the mean of its tag's slices by empirical Bayes
    judged: bool  # False: fewer cases than can be judged
    shown: Shown | None = None  # where q is at most 0.05
    reason: str | None = None
    corrected: bool = False  # of a judged metric: for the judge's errors


class PairFlips(Noun):
    """How two systems fared case by case under one metric. Ids are the first ones; the counts are of all."""

    metric: str
    a: str
    b: str
    binary: bool  # right or wrong; else "right" reads "at least as good"
    regressions: int  # a wrong (worse) where b is right
    fixes: int  # a right (better) where b is wrong
    both_wrong: int  # of a metric that is not binary: 0
    both_right: int  # of a metric that is not binary: cases with one value
    unscored: int  # one or both have no score
    regression_cases: list[str] = Field(default_factory=list)  # ids
    fix_cases: list[str] = Field(default_factory=list)  # ids
    both_wrong_cases: list[str] = Field(default_factory=list)  # ids
    unscored_cases: list[str] = Field(default_factory=list)  # ids


class PairAgreement(Noun):
    """How alike two systems are."""

    metric: str
    a: str
    b: str
    n: int  # cases that both have scored
    same_correctness: Finite | None  # share of them with the same value
    kappa: Finite | None = None  # Cohen's, of right and wrong; null with one class, or a metric that is not binary
    error_overlap: Finite | None = None  # wrong in both, as a share of wrong in either; null where neither is wrong
    same_answers: Finite | None = None  # share of the common cases with the same answers, whatever they score


class Comparison(Noun):
    """What a comparison of two or more systems found."""

    schema_version: int = COMPARISON_SCHEMA  # of this object
    comparison_id: str  # of what was compared: the same again gives the same
    created: str  # ISO 8601, UTC
    suite: str  # its name
    suite_version: int | str  # as its author numbers it
    scored_as: str  # whose suite and gold the scores are of
    n_cases: int  # that all systems have in common
    n_groups: int | None = None  # clusters that these come in; null where none are declared
    repeats: int = 1  # answers a case that are compared
    lead: str | None = None  # the metric that slices, fronts, flips and agreement are told for first
    systems: list[ComparedSystem]  # in the order in which they were given
    metrics: list[MetricComparison]  # values and differences of all systems
    pareto: Pareto | None = None  # quality against cost and time
    slices: list[SliceDifference] = Field(default_factory=list)  # explored, the strongest evidence first
    flips: list[PairFlips] = Field(default_factory=list)  # what broke and what was fixed, of every pair
    agreement: list[PairAgreement] = Field(default_factory=list)  # how alike two systems are, of every pair
    comparability: list[str]  # what is compared under which scoring, and what was left out: sentences

    # Set by the app, which knows the report.
    as_html: ClassVar[Callable[[Comparison], str] | None] = None

    @property
    def sentence(self) -> str:
        """What the leading metric decides, in words."""
        return next((m.sentence for m in self.metrics if m.metric == self.lead), "Nothing could be compared.")

    def metric(self, name: str | None = None) -> MetricComparison:
        """The comparison under one metric; without a name, the leading one.

        Raises:
            KeyError: there is none.
        """
        for found in self.metrics:
            if found.metric == (name or self.lead):
                return found
        raise KeyError(name or self.lead)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; missing values are None."""
        return self.model_dump(mode="json")

    def to_pandas(self, what: Literal["systems", "differences", "slices", "flips", "agreement"] = "systems") -> Any:
        """One row a standing (or difference, ...) as a pandas DataFrame; missing values are NaN or None.

        Raises:
            MissingExtra: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingExtra("pandas", "pandas", "Comparison.to_pandas") from error
        if what in ("systems", "differences"):
            rows = [{"metric": m.metric, **row.model_dump()} for m in self.metrics for row in getattr(m, what)]
        else:
            rows = [row.model_dump() for row in getattr(self, what)]
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None (the plain text) until `evalkit.app` has said how."""
        return None if Comparison.as_html is None else Comparison.as_html(self)
