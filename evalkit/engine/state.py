"""What passes between the verbs: plain data, so that the verbs need not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import digest_of
from evalkit.core.nouns import MetricSpec
from evalkit.core.protocols import Extremes, Journal, LivePredictor, Metric, Ranked, Request, StoredPredictor
from evalkit.core.seeds import seed_from
from evalkit.core.tables import CaseTable


@dataclass(frozen=True)
class Plan:
    """n cases x r repeats; row `i * r + j` is repeat j of case i.

    Attributes:
        cases: n cases.
        repeats: r, at least 1.
        seed: the suite's seed; each request gets its own, made of it, the case and the repeat.
        timeout: seconds an answer may take.
        max_output_bytes: size of the largest answer that is kept.
    """

    cases: CaseTable
    repeats: int
    seed: int
    timeout: float
    max_output_bytes: int

    def __len__(self) -> int:
        return len(self.cases) * self.repeats

    @cached_property
    def cases_digest(self) -> str:
        """Identity of the cases."""
        return self.cases.digest()

    @cached_property
    def digest(self) -> str:
        """Identity of the plan: the same calls would be made."""
        return digest_of(
            [self.cases_digest, self.repeats, self.seed, self.timeout, self.max_output_bytes],
        )

    @cached_property
    def case_row(self) -> np.ndarray:
        """(n r,) the case of each row."""
        return np.repeat(np.arange(len(self.cases)), self.repeats)

    @cached_property
    def repeat(self) -> np.ndarray:
        """(n r,) the repeat of each row."""
        return np.tile(np.arange(self.repeats, dtype=np.int32), len(self.cases))

    def requests(self) -> Iterator[Request]:
        """Every call, in row order; inputs are decoded a block at a time."""
        ids = self.cases.ids.to_pylist()
        for start in range(0, len(ids), 4096):
            stop = min(start + 4096, len(ids))
            inputs: list[Any] = self.cases.input.slice(start, stop).values()
            for case_id, value in zip(ids[start:stop], inputs, strict=True):
                for repeat in range(self.repeats):
                    yield Request(case_id, repeat, value, seed_from(self.seed, case_id, repeat))


class Variant(NamedTuple):
    """One system of a run.

    Attributes:
        name, role: as in the record.
        predictor: the system.
        covered: (n cases,) bool for stored answers that were given to only some of the cases; None: all.
        from_run: the run that stored answers come from.
        warnings: sentences about it.
        scoring: digest under which that run scored them, where another one is to be said; None: it is not.
    """

    name: str
    role: Literal["candidate", "baseline"]
    predictor: LivePredictor | StoredPredictor
    covered: np.ndarray | None = None
    from_run: str | None = None
    warnings: tuple[str, ...] = ()
    scoring: str | None = None


class Predictions(NamedTuple):
    """The answers of one system.

    Attributes:
        table: schema PREDICTIONS, one row per plan row, in plan order.
        covered: (n cases,) bool: cases that the system was asked; the others are outside, not unscored.
        n_extra: stored predictions for cases that the suite does not have.
        n_reused: answers from the journal or the cache.
        warnings: sentences.
        journal: open until the record is written, for live systems.
    """

    table: pa.Table
    covered: np.ndarray
    n_extra: int = 0
    n_reused: int = 0
    warnings: tuple[str, ...] = ()
    journal: Journal | None = None


class BoundMetric(NamedTuple):
    """A metric of the suite, bound to the suite's gold, or one of its views."""

    spec: MetricSpec  # of a view: that of its metric, under the view's id
    metric: Metric
    applies: np.ndarray  # (n cases,) bool: where `when` holds
    judge: str | None = None  # digest of the judge that it asks
    of: str | None = None  # of a view: the id of its metric
    view: str | None = None  # of a view: its name there

    @property
    def against(self) -> str | None:
        """Of a metric that holds each answer against another: against the `baseline`'s, or the `expected` one."""
        metric: Any = self.metric
        against: str | None = getattr(metric, "against", None) if self.of is None else None
        return against if "verdict" in metric.needs else None

    @property
    def ranked(self) -> Ranked | None:
        """The metric, where its value is no function of summed parts."""
        metric: Any = self.metric
        return metric if metric.kind == "general" and callable(getattr(metric, "value", None)) else None


@dataclass
class ScoreBlock:
    """Scores of one metric and variant over all plan rows.

    Attributes:
        parts: (rows, k), zeros where there is no score.
        why: (rows,) int32: -1 scored, else an index into `reasons`.
        open_rows: the unscored rows, ascending, a batch at a time.
        worst, best: what each of them could have been at worst / best, (u, k) a batch; none where `unbounded`.
        unbounded: some unscored row could have had any value.
        detail: name -> (rows,) what the metric says of each row.
        borrowed: parts and reasons are those of another block: this is a view that reads its metric's own parts.
        about: (n cases,) bool: the only cases that it is about; None: all to which the metric applies.
    """

    parts: np.ndarray
    why: np.ndarray
    reasons: list[str] = field(default_factory=list)
    open_rows: list[np.ndarray] = field(default_factory=list)
    worst: list[np.ndarray] = field(default_factory=list)
    best: list[np.ndarray] = field(default_factory=list)
    unbounded: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    borrowed: bool = False
    about: np.ndarray | None = None
    _codes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, rows: int, width: int) -> ScoreBlock:
        """Of that many rows and parts, nothing scored yet."""
        return cls(np.zeros((rows, width)), np.full(rows, -1, np.int32))

    def lent(self) -> ScoreBlock:
        """The same scores for a view, which bounds unscored rows in its own way."""
        return ScoreBlock(self.parts, self.why, self.reasons, detail=self.detail, borrowed=True, _codes=self._codes)

    def bound(self, rows: np.ndarray, extremes: Extremes | None) -> None:
        """Note what these unscored rows could have been; None: anything."""
        if extremes is None:
            self.unbounded, self.open_rows, self.worst, self.best = True, [], [], []
            return
        self.open_rows.append(rows)
        self.worst.append(extremes.worst)
        self.best.append(extremes.best)

    def code(self, reason: str) -> int:
        """The index of a reason, new or known."""
        if reason not in self._codes:
            self._codes[reason] = len(self.reasons)
            self.reasons.append(reason)
        return self._codes[reason]

    def translate(self, why: np.ndarray, reasons: Sequence[str]) -> np.ndarray:
        """A batch's codes as this block's."""
        lookup = np.array([*(self.code(reason) for reason in reasons), -1], np.int32)
        codes: np.ndarray = lookup[why]
        return codes

    def counts(self) -> dict[str, int]:
        """Unscored rows by reason, most frequent first."""
        found = np.bincount(self.why[self.why >= 0], minlength=len(self.reasons))
        order = np.argsort(-found, kind="stable")
        return {self.reasons[i]: int(found[i]) for i in order if found[i]}


@dataclass(frozen=True)
class CaseParts:
    """One metric and variant, reduced to cases.

    Attributes:
        parts: (n, k), repeats averaged inside each case; (n, repeats, k) for ranked metrics. Zeros where not scored.
        scored: (n,) bool: every repeat of the case has a score.
        inside: (n,) bool: the metric applies to the case and the system was asked.
        open: (u,) the unscored cases.
        open_worst, open_best: (u, ...) like `parts`, with unscored repeats at their worst / best.
        unbounded: some unscored case could have had any value.
        reasons: (n,) object, why a case is unscored (its first reason), else None.
    """

    parts: np.ndarray
    scored: np.ndarray
    inside: np.ndarray
    open: np.ndarray
    open_worst: np.ndarray
    open_best: np.ndarray
    unbounded: bool
    reasons: np.ndarray

    @property
    def worst(self) -> np.ndarray:
        """`parts`, with what is unscored at its worst."""
        return self._filled(self.open_worst)

    @property
    def best(self) -> np.ndarray:
        """`parts`, with what is unscored at its best."""
        return self._filled(self.open_best)

    def _filled(self, extreme: np.ndarray) -> np.ndarray:
        if not len(self.open):
            return self.parts
        whole = self.parts.copy()
        whole[self.open] = extreme
        return whole


def where(cases: CaseTable, tags: Mapping[str, str] | None) -> np.ndarray:
    """(n,) bool: cases that have all of these tags."""
    mask = np.ones(len(cases), bool)
    for name, value in (tags or {}).items():
        column = cases.tags.get(name)
        mask &= False if column is None else np.asarray(pc.fill_null(pc.equal(column, value), False))
    return mask
