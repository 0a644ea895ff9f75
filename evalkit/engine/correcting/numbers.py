"""The aggregator of a run with judges: what a gate reads of a judged metric is the corrected number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.core.nouns import Correction, Estimate, Gate, Span
from evalkit.engine.aggregate import Aggregator
from evalkit.engine.correcting.by_errors import by_errors
from evalkit.engine.correcting.rows import fold_seed, not_random
from evalkit.engine.correcting.seeing import Sight, sight
from evalkit.engine.correcting.sources import JUDGED, KNOWN, Correcting
from evalkit.engine.corrections import Paired
from evalkit.engine.hull import LEVEL, View, gate_line, hull
from evalkit.engine.reading import AGAINST, seen, value_of
from evalkit.engine.state import where
from evalkit.stats.correction import FEWEST, Corrected, Means, choose, corrected, human_only, too_few
from evalkit.stats.inference import Inference

BUY = (
    100  # labels to start with: from then on an interval by PPI++ is narrower than the labels' own by a tenth and more
)
_CARRY = "The judge's errors on the calibration set carry over to these answers"
_RANDOM = "The labelled answers are a random sample of these answers, or carry their weights."


class _Way(NamedTuple):
    """How a number is corrected: the inference under each view of the unscored cases, and what is said of it."""

    infer: Callable[[View], Inference]
    note: Correction


@dataclass(frozen=True)
class CorrectedNumbers(Aggregator):
    """An aggregator whose judged estimates are corrected where labels or a certificate allow it.

    Attributes:
        corrections: judged metric -> how it is corrected.
    """

    corrections: Mapping[str, Correcting] = field(default_factory=dict)

    def estimate(
        self, metric: str, variant: str, where_tags: dict[str, str] | None = None, gate: Gate | None = None
    ) -> Estimate:
        """As `Aggregator.estimate`, corrected."""
        plain = super().estimate(metric, variant, where_tags, gate)
        how = self.corrections.get(metric)
        if how is None or plain.n == 0:
            return plain
        return self._through(plain, how, metric, (variant,), where_tags, gate)

    def contrast(
        self,
        metric: str,
        pair: tuple[str, str],
        where_tags: dict[str, str] | None = None,
        gate: Gate | None = None,
    ) -> Estimate:
        """As `Aggregator.contrast`, corrected."""
        plain = super().contrast(metric, pair, where_tags, gate)
        how = self.corrections.get(metric)
        if how is None or plain.n == 0 or plain.identical:
            return plain
        if gate is not None and gate.relative:
            said = "A share of the baseline's value is not corrected for a judge's errors; give the margin in units."
            return _refused(plain, said)
        return self._through(plain, how, metric, pair, where_tags, gate)

    def pair(self, metric: str, pair: tuple[str, str], where_tags: dict[str, str] | None = None) -> Paired:
        """As `Aggregator.pair`, corrected."""
        plain = super().pair(metric, pair, where_tags)
        how, first = self.corrections.get(metric), plain.found.complete
        if how is None or first is None or first.identical:
            return plain
        a, b = (self.parts[metric, side] for side in pair)
        n = int((a.inside & b.inside & a.scored & b.scored & where(self.plan.cases, where_tags)).sum())
        lo, hi, _ = plain.found.interval(LEVEL)
        way = self._way(Span(point=first.point, lo=lo, hi=hi, n=n), how, metric, pair, where_tags)
        if way is None or isinstance(way, str):
            return plain._replace(uncorrected=way)
        return Paired(hull(n, plain.found.n_missing, way.infer, False, None), way.note, None)

    def uncorrected(self, metric: str) -> str | None:
        """As `Aggregator.uncorrected`; where something corrects the metric, each number says itself why it is not."""
        return None if metric in self.corrections else super().uncorrected(metric)

    def _through(
        self,
        plain: Estimate,
        how: Correcting,
        metric: str,
        sides: tuple[str, ...],
        where_tags: dict[str, str] | None,
        gate: Gate | None,
    ) -> Estimate:
        """The estimate by labels, else by the certificate, else uncorrected with the reason."""
        way = self._way(_span(plain), how, metric, sides, where_tags)
        if way is None:
            return plain
        return _refused(plain, way) if isinstance(way, str) else self._filled(plain, way.infer, gate, way.note)

    def _way(
        self, judged: Span, how: Correcting, metric: str, sides: tuple[str, ...], where_tags: dict[str, str] | None
    ) -> _Way | str | None:
        """How a number is corrected; why it is not, as a sentence; None: no verdict of the judge is in it."""
        if how.why_not is not None or any(side not in how.layer for side in sides):
            return how.why_not or f"The judge of {metric} did not judge all of these systems."

        def view_of(view: View) -> Sight:
            return self._sight(how, metric, sides, where_tags, view)

        scored = view_of("scored")
        if not any((layer == JUDGED).any() for layer in scored.layers):
            return None
        why = _labels_refused(scored)
        if why is not None and how.said:
            why = f"{why} ({how.said[:1].upper()}{how.said[1:]}.)"
        if why is None:
            method, because = choose(scored.sample) if not scored.layered else _layered(scored)
            said = f"{because}; {how.said}"

            first = corrected(scored.sample, method, self._seed_of(scored))

            def infer(view: View) -> Inference:
                return first.inference if view == "scored" else self._by_labels(view_of(view), method)

            return _Way(infer, _by_labels(judged, scored, method, said, first))
        if how.errors is not None and scored.two_valued(self.plan.repeats):
            known = how.errors

            def infer(view: View) -> Inference:
                return by_errors(view_of(view), known)

            return _Way(infer, _by_certificate(judged, how, scored, why))
        return _nothing(how, scored, why)

    def _by_labels(self, found: Sight, method: Means) -> Inference:
        # What the harness lost is known to be at its worst, and no label: people alone would take it for one.
        safe: Means = "ppi++" if found.layered else method
        made: Corrected = corrected(found.sample, safe, self._seed_of(found))
        return made.inference

    def _seed_of(self, found: Sight) -> int:
        return fold_seed(self.plan.cases.ids.take(pa.array(found.cases[found.looked])).to_pylist())

    def _sight(
        self, how: Correcting, metric: str, sides: tuple[str, ...], where_tags: dict[str, str] | None, view: View
    ) -> Sight:
        """The cases as a correction reads them, unscored ones filled as the view says.

        What is filled is no verdict that labels elsewhere could correct: it is taken as it is, and in a pair so is the
        other side, at its own end, unless people labelled it.
        """
        parts = [self.parts[metric, side] for side in sides]
        inside = where(self.plan.cases, where_tags)
        for one in parts:
            inside = inside & one.inside & (one.scored if view == "scored" else True)
        views = (view, AGAINST[view])
        values = [value_of(seen(one, views[i])[inside]) for i, one in enumerate(parts)]
        missing = ~np.logical_and.reduce([one.scored for one in parts])
        if missing[inside].any():
            higher = self.bound[metric].metric.better == "higher"
            low = [(each == "worst") == higher for each in views]
            values = [np.where(missing[inside], 0.0 if low[i] else 1.0, v) for i, v in enumerate(values)]
            how = how._replace(layer={side: np.where(missing, KNOWN, how.layer[side]) for side in sides})
        groups, weights = self._at(inside)
        return sight(how, sides, values, inside, (groups, weights, self._rank[inside]))

    @cached_property
    def _rank(self) -> np.ndarray:
        """(n,) place of each case in the order of ids: what is drawn does not depend on the order of the file."""
        rank = np.empty(len(self.plan.cases), np.intp)
        rank[np.asarray(pc.array_sort_indices(self.plan.cases.ids))] = np.arange(len(rank))
        return rank

    def _filled(
        self, plain: Estimate, infer: Callable[[View], Inference], gate: Gate | None, note: Correction
    ) -> Estimate:
        found = hull(plain.n, plain.n_unscored, infer, False, gate)
        lo, hi, why = found.interval(LEVEL)
        first = found.complete
        tail = None
        if gate is not None:
            # A must-pass set is all there is, but a judge's errors are only estimated: what it shows is the interval.
            known = note.method == "human-only" and note.n_labels == plain.n
            census = gate.basis == "census"
            tail = found.tail(gate_line(gate, plain.better), census and known, self.alpha)
            tail = tail.model_copy(update={"p_above": None, "p_below": None}) if census else tail
        update: dict[str, Any] = {
            "point": first.point if first else None,
            "lo": lo,
            "hi": hi,
            "reason": why,
            "method": found.method(),
            "tail": tail,
            "n_eff": first.n_eff if first else None,
            "identical": False,
            "correction": note,
            "notes": list(first.warnings) if first else [],
            "signature": plain.signature.replace(f"|{plain.method}|", f"|{found.method()}|"),
        }
        return plain.model_copy(update=update)


def _refused(plain: Estimate, why: str) -> Estimate:
    """Uncorrected, so that it may not gate; what stands against the judge itself is said first."""
    return plain.model_copy(update={"uncertified": plain.uncertified or why, "notes": [*plain.notes, why]})


def _labels_refused(found: Sight) -> str | None:
    """Why there is no correction by labels, as a sentence; None: there is one."""
    if found.n_labels < FEWEST:
        few = (
            f"{found.n_labels} labels are about these answers" if found.n_labels else "No label is about these answers"
        )
        return f"{few}, and a correction takes at least {FEWEST}." if found.n_labels else f"{few}."
    if (why := too_few(found.sample)) is not None:
        return why[:1].upper() + why[1:] + "."
    return not_random(found.sample)


def _layered(found: Sight) -> tuple[Means, str]:
    return "ppi++", f"{found.n_labels:,} labels on these very answers, of every layer that decided them"


def _by_labels(judged: Span, found: Sight, method: Means, said: str, made: Corrected) -> Correction:
    assumes = _RANDOM
    if found.trusted:
        assumes += f" What rules decided ({found.trusted:,} cases) is taken as right: no label is about it."
    return Correction(
        method=method,
        because=said[:1].upper() + said[1:] + ".",
        assumes=assumes,
        judged=judged,
        human_only=_people(found),
        lam=made.lam,
        label_value=made.label_value,
        n_labels=found.n_labels,
    )


def _by_certificate(judged: Span, how: Correcting, found: Sight, why: str) -> Correction:
    test = "" if how.homogeneity is None else f" (do they depend on who answers? p = {how.homogeneity:.3g})"
    assumes = f"{_CARRY}{test}."
    if found.layered or found.trusted:
        assumes += " What rules decided is taken as right."
    return Correction(
        method="rogan-gladen",
        because=f"{why} The judge's certificate has its sensitivity and specificity.",
        assumes=assumes,
        judged=judged,
        human_only=_people(found) if found.n_labels > 1 else None,
        n_labels=found.n_labels,
        certificate=how.certificate,
    )


def _nothing(how: Correcting, found: Sight, why: str) -> str:
    """Why nothing corrects this number, and what to buy."""
    if not how.held:
        scale = "there is no certificate that holds"
    elif how.errors is None:
        scale = "its certificate has no sensitivity and specificity (labels that are no two classes of 0 and 1)"
    else:
        scale = "values other than 0 and 1 are corrected only by labels on these answers"
    return (
        f"The judge's errors are not corrected for: {scale}. {why} About {BUY} labels on these answers, drawn at "
        "random (`labels: FILE`), would correct it."
    )


def _people(found: Sight) -> Span:
    alone = human_only(found.labelled_only)
    lo, hi = (None, None) if alone.interval is None else alone.interval(LEVEL)
    return Span(point=alone.point, lo=lo, hi=hi, n=found.n_labels)


def _span(plain: Estimate) -> Span:
    return Span(point=plain.point, lo=plain.lo, hi=plain.hi, n=plain.n)
