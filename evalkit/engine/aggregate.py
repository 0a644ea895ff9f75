"""Scores -> Estimates: per-case parts become numbers with intervals; what is unscored is bounded, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.digest import digest_of
from evalkit.core.nouns import Estimate, Gate
from evalkit.core.protocols import Ranked
from evalkit.core.seeds import seed_from
from evalkit.core.tables import column_digest
from evalkit.engine.agree import same_answers
from evalkit.engine.certify import Standing
from evalkit.engine.corrections import UNCORRECTED, Paired
from evalkit.engine.hull import ALPHA, LEVEL, Found, View, gate_line, hull
from evalkit.engine.reading import (
    AGAINST,
    bounds,
    by_count,
    effort,
    ends,
    method_of,
    order_of,
    reasons_of,
    rows,
    seen,
    value_of,
    weighted,
)
from evalkit.engine.state import BoundMetric, CaseParts, Plan, where
from evalkit.stats.bootstrap import Resampled
from evalkit.stats.inference import Inference
from evalkit.stats.one_sample import Method, mean, ratio
from evalkit.stats.paired import difference, ratio_difference
from evalkit.stats.quantiles import quantile, quantile_difference
from evalkit.stats.ranked import paired_ranked, ranked
from evalkit.stats.relative import relative_difference, relative_ratio

KEPT_DRAWS = 12  # bootstrap totals kept for the views to come: of a few variants and contrasts, under a few views
MAX_SLICES = 50  # values of one tag that are broken down; more is an id, not a slice


@dataclass(frozen=True)
class Aggregator:
    """Everything an estimate is made of.

    Attributes:
        plan: the cases and repeats.
        groups: (n,) cluster codes, or None.
        bound: metrics by id.
        parts: (metric id, variant) -> CaseParts.
        answers: variant -> its predictions in plan order (schema PREDICTIONS): two variants are `identical` where these
            are, not where different answers happened to score alike.
        alpha: one-sided error of a gate: half of 0.05 where two looks are declared.
        standings: digest of a judge -> its certificate, and why it may not gate.
    """

    plan: Plan
    groups: np.ndarray | None
    bound: dict[str, BoundMetric]
    parts: dict[tuple[str, str], CaseParts]
    answers: Mapping[str, pa.Table] = field(default_factory=dict)
    alpha: float = ALPHA
    standings: Mapping[str, Standing] = field(default_factory=dict)
    _gated: dict[tuple[Any, ...], Inference] = field(default_factory=dict, repr=False, compare=False)
    _drawn: dict[tuple[Any, ...], Resampled] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_groups(self) -> int | None:
        """How many clusters the cases fall into; None when the suite declares no group."""
        return None if self.groups is None else len(np.unique(self.groups))

    def estimate(
        self, metric: str, variant: str, where_tags: dict[str, str] | None = None, gate: Gate | None = None
    ) -> Estimate:
        """The value of one metric for one variant, on a slice, held against a gate's line where there is one."""
        one = self.parts[metric, variant]
        b = self.bound[metric]
        inside = one.inside & where(self.plan.cases, where_tags)
        n = int((inside & one.scored).sum())
        asked = self.alone(metric, variant, where_tags, gate)
        found = hull(n, int(inside.sum()) - n, asked, one.unbounded, gate)
        return self._noun(b, variant, where_tags, inside, one.scored, [one], found, gate)

    def alone(
        self, metric: str, variant: str, where_tags: dict[str, str] | None = None, gate: Gate | None = None
    ) -> Callable[[View], Inference]:
        """What `estimate` is made of: the inference under each view of the unscored cases."""
        one = self.parts[metric, variant]
        b = self.bound[metric]
        inside = one.inside & where(self.plan.cases, where_tags)

        def infer(view: View) -> Inference:
            select = inside & one.scored if view == "scored" else inside
            if b.ranked is not None and (order := order_of(b)) is not None:
                return self._quantile(b.ranked, order, rows(seen(one, view), select), select)
            if b.ranked is not None:
                return ranked(rows(seen(one, view), select), b.ranked.value, **self._at_rows(select), **effort(b, gate))
            if b.metric.kind == "general":
                return self._resampled([one], [view], select).statistic(b.metric.combine)
            return self._one(b, seen(one, view)[select], select, view != "scored")

        return self._once((metric, variant, *sorted((where_tags or {}).items())), infer, gate)

    def contrast(
        self,
        metric: str,
        pair: tuple[str, str],
        where_tags: dict[str, str] | None = None,
        gate: Gate | None = None,
    ) -> Estimate:
        """candidate - baseline in the metric's units, or (a gate with a relative margin) its share; paired by case."""
        a, c = self.parts[metric, pair[0]], self.parts[metric, pair[1]]
        inside = a.inside & c.inside & where(self.plan.cases, where_tags)
        found = self.paired(metric, pair, where_tags, gate)
        relative = gate is not None and gate.relative
        variant = f"{pair[0]} / {pair[1]} - 1" if relative else f"{pair[0]} - {pair[1]}"
        return self._noun(self.bound[metric], variant, where_tags, inside, a.scored & c.scored, [a, c], found, gate)

    def paired(
        self,
        metric: str,
        pair: tuple[str, str],
        where_tags: dict[str, str] | None = None,
        gate: Gate | None = None,
    ) -> Found:
        """What `contrast` is made of: the inference itself, to be read at any level."""
        a, c = self.parts[metric, pair[0]], self.parts[metric, pair[1]]
        b = self.bound[metric]
        inside = a.inside & c.inside & where(self.plan.cases, where_tags)
        scored = a.scored & c.scored

        relative = gate is not None and gate.relative

        def infer(view: View) -> Inference:
            select = inside & scored if view == "scored" else inside
            against = AGAINST[view]
            if b.ranked is not None:
                ours, theirs = rows(seen(a, view), select), rows(seen(c, against), select)
                named = {**self._at_rows(select), **effort(b, gate), "relative": relative}
                if (order := order_of(b)) is not None:
                    return quantile_difference(ours, theirs, order, b.ranked.value, **named)
                return paired_ranked(ours, theirs, b.ranked.value, **named)
            if b.metric.kind == "general":
                drawn = self._resampled([a, c], [view, against], select)
                return drawn.relative(b.metric.combine) if relative else drawn.difference(b.metric.combine)
            return self._two(b, (seen(a, view)[select], seen(c, against)[select]), select, relative)

        asked = self._once((metric, *pair, relative, *sorted((where_tags or {}).items())), infer, gate)
        n = int((inside & scored).sum())
        found = hull(n, int(inside.sum()) - n, asked, a.unbounded or c.unbounded, gate)
        if found.complete is not None and found.complete.identical and not self._agree(b, pair, inside):
            found = found._replace(complete=found.complete._replace(identical=False))
        return found

    def pair(self, metric: str, pair: tuple[str, str], where_tags: dict[str, str] | None = None) -> Paired:
        """`paired`, with what was corrected in it, or why nothing was."""
        return Paired(self.paired(metric, pair, where_tags), None, self.uncorrected(metric))

    def uncorrected(self, metric: str) -> str | None:
        """Why nothing corrects a judged metric for its judge's errors, as a sentence; None: it is not judged."""
        judge = self.bound[metric].judge
        if judge is None:
            return None
        return self.standings.get(judge, Standing()).why or UNCORRECTED

    def _once(
        self, key: tuple[Any, ...], infer: Callable[[View], Inference], gate: Gate | None
    ) -> Callable[[View], Inference]:
        """`infer`, where what a gate asked for is kept: other gates and the display read the same number."""

        def asked(view: View) -> Inference:
            found = self._gated.get((view, *key)) or infer(view)
            if gate is not None:
                self._gated[view, *key] = found
            return found

        return asked

    def _agree(self, b: BoundMetric, pair: tuple[str, str], inside: np.ndarray) -> bool:
        """Whether two variants gave the same answers. A metric that reads no answer has nothing but its scores."""
        if "output" not in b.metric.needs:
            return True
        return bool(same_answers(self.plan, self.answers[pair[0]], self.answers[pair[1]])[inside].all())

    def slices(self, names: Sequence[str]) -> Iterator[dict[str, str]]:
        """Every value of these tags (all tags when none is named), most frequent first."""
        for name in names or sorted(self.plan.cases.tags):
            counts = pc.value_counts(self.plan.cases.tags[name].drop_null())
            found = sorted(((c.as_py(), v.as_py()) for v, c in zip(*counts.flatten(), strict=True)), key=by_count)
            if len(found) <= MAX_SLICES or name in names:
                yield from ({name: value} for _, value in found)

    def _one(self, b: BoundMetric, parts: np.ndarray, select: np.ndarray, imputed: bool) -> Inference:
        groups, weights = self._at(select)
        if b.metric.kind == "mean":
            values = value_of(parts)
            plain = imputed and groups is None and weights is None and bounds(b) == (0.0, 1.0)
            # Exact throughout, so that one more unscored case cannot narrow the hull by a change of method.
            exact = plain and bool(np.isin(values, (0.0, 1.0)).all())
            method: Method = "clopper-pearson" if exact else method_of(b, groups)
            return mean(values, groups, weights, method=method, bounds=bounds(b))
        return ratio(parts[:, 0], parts[:, 1], groups, weights)

    def _two(
        self, b: BoundMetric, sides: tuple[np.ndarray, np.ndarray], select: np.ndarray, relative: bool
    ) -> Inference:
        groups, weights = self._at(select)
        if b.metric.kind == "mean":
            a, c = map(value_of, sides)
            if relative:
                return relative_difference(a, c, groups, weights, bounds=ends(b))
            return difference(a, c, groups, weights, bounds=bounds(b) or (-np.inf, np.inf))
        a, c = (weighted(side, weights) for side in sides)
        infer = relative_ratio if relative else ratio_difference
        return infer(a[:, 0], a[:, 1], c[:, 0], c[:, 1], groups)

    def _quantile(self, metric: Ranked, order: tuple[int, float], rows: np.ndarray, select: np.ndarray) -> Inference:
        """A quantile q of one of the parts: between order statistics."""
        at, q = order
        named = self._at_rows(select)
        weights = np.ones(len(rows)) if named["weights"] is None else named["weights"]
        return quantile(rows[:, at], q, float(metric.value(rows, weights)), named["groups"], named["weights"])

    def _resampled(self, sources: list[CaseParts], views: list[View], select: np.ndarray) -> Resampled:
        """The bootstrap totals of one or two variants, drawn once for all that read the same parts."""
        arrays = [seen(source, view) for source, view in zip(sources, views, strict=True)]
        # An array that was filled for this call is nobody else's; the others live as long as the aggregator does.
        own = [array is source.parts for array, source in zip(arrays, sources, strict=True)]
        key = (*map(id, arrays), np.packbits(select).tobytes()) if all(own) else None
        if key is not None and key in self._drawn:
            return self._drawn[key]
        groups, weights = self._at(select)
        tables = [weighted(array[select], weights) for array in arrays]
        found = Resampled(tables, groups, seed=self.seed)
        if key is not None:
            while len(self._drawn) >= KEPT_DRAWS:
                self._drawn.pop(next(iter(self._drawn)))
            self._drawn[key] = found
        return found

    def _at_rows(self, select: np.ndarray) -> dict[str, Any]:
        """Groups, weights and seed of the rows of the selected cases; repeats of one case are a cluster."""
        groups, weights = self._at(select)
        r = self.plan.repeats
        if r > 1:
            groups = np.repeat(np.flatnonzero(select) if groups is None else groups, r)
            weights = None if weights is None else np.repeat(weights, r)
        return {"groups": groups, "weights": weights, "seed": self.seed}

    def _at(self, select: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        weights = self.plan.cases.weight
        return (
            None if self.groups is None else self.groups[select],
            None if weights is None else weights[select],
        )

    @cached_property
    def seed(self) -> int:
        """Of resampling: of the case ids, whatever their order in the file."""
        ids = self.plan.cases.ids
        return seed_from(self.plan.seed, column_digest([("id", ids.take(pc.array_sort_indices(ids)))]))

    def _noun(
        self,
        b: BoundMetric,
        variant: str,
        where_tags: dict[str, str] | None,
        inside: np.ndarray,
        scored: np.ndarray,
        sources: list[CaseParts],
        found: Found,
        gate: Gate | None,
    ) -> Estimate:
        n = int((inside & scored).sum())
        reasons = reasons_of(sources, inside & ~scored)
        lo, hi, why_none = found.interval(LEVEL)
        method = found.method()
        low, high = b.metric.value_range
        spec, relative = b.spec, gate is not None and gate.relative
        params = digest_of([spec.name, b.metric.version, spec.params, spec.when])[:8]
        first = found.complete
        stands = self.standings.get(b.judge or "", Standing())
        signature = "|".join(
            [
                f"{spec.name}{f'.{b.view}' if b.view else ''}:{params}|v{b.metric.version}|{variant}",
                *(f"{k}={v}" for k, v in (where_tags or {}).items()),
                f"n={n}|unscored={found.n_missing}|{'cluster=group' if self.groups is not None else 'independent'}",
                f"{method}|level={LEVEL}|repeats={self.plan.repeats}|seed={self.plan.seed}",
            ]
        )
        return Estimate(
            metric=spec.id,
            variant=variant,
            slice=where_tags,
            better=b.metric.better,
            unit="relative" if relative else b.metric.unit,
            n=n,
            n_unscored=found.n_missing,
            n_clusters=first.n_clusters if first else None if self.groups is None else 0,
            repeats=self.plan.repeats,
            point=first.point if first else None,
            lo=lo,
            hi=hi,
            level=LEVEL,
            method=method,
            reason=why_none,
            unscored=reasons,
            tail=None
            if gate is None
            else found.tail(gate_line(gate, b.metric.better), gate.basis == "census", self.alpha),
            identical=bool(first and first.identical and not found.n_missing),
            value_range=None if relative or low is None or high is None else (low, high),
            n_eff=first.n_eff if first else None,
            judge=b.judge,
            certificate=stands.certificate,
            uncertified=stands.why,
            notes=list(first.warnings) if first else [],
            signature=signature,
        )
