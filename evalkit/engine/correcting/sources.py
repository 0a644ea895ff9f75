"""What a judged metric is corrected by in a run: labels on its own answers, or the errors in a certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from evalkit.core.nouns import Certificate
from evalkit.core.tables import Column
from evalkit.engine.correcting.human import HumanLabels, label_values, matched
from evalkit.engine.judge import Judgement
from evalkit.engine.state import BoundMetric, Plan, Predictions
from evalkit.stats.correction import Errors, effective_n

RULES, JUDGED, KNOWN = 0, 1, 2
"""Who decided a case: an earlier layer, the judge, or nobody who can err (a system failure, two answers alike)."""


class Correcting(NamedTuple):
    """How one judged metric is corrected.

    Attributes:
        human: system -> (n,) values by people, NaN where there is none.
        weight: system -> (n,) weights of those labels.
        layer: system -> (n,) who decided each case: RULES, JUDGED or KNOWN.
        errors: of the judge, from its certificate; None: there is none that holds, or its labels are no two classes.
        certificate: digest of that certificate.
        homogeneity: p-value for "the judge's errors depend on who answered", as of the certificate; None: not known.
        said: about the labels, as a sentence; "" without labels.
        why_not: why nothing can be corrected, as a sentence; None: it can.
        held: whether a certificate holds, whatever it says.
    """

    human: Mapping[str, np.ndarray]
    weight: Mapping[str, np.ndarray]
    layer: Mapping[str, np.ndarray]
    errors: Errors | None = None
    certificate: str | None = None
    homogeneity: float | None = None
    said: str = ""
    why_not: str | None = None
    held: bool = False


def correcting(
    plan: Plan,
    bound: Mapping[str, BoundMetric],
    answers: Mapping[str, Predictions],
    verdicts: Sequence[Judgement],
    labels: Mapping[str, HumanLabels],
    held: tuple[Mapping[str, Certificate], Mapping[str, str | None], str | None],
) -> dict[str, Correcting]:
    """By id of the judged metrics; a metric without labels and without a certificate that holds has none.

    Args:
        plan, bound, answers, verdicts: of the run.
        labels: by metric, read from its `labels:`.
        held: certificates by judge, why one does not hold by judge, and the name of the baseline.
    """
    certificates, refused, baseline = held
    found = {}
    for name, b in bound.items():
        if b.judge is None:
            continue
        holds = None if refused.get(b.judge) else certificates.get(b.judge)
        root = b.of or name
        if holds is None and root not in labels:
            continue
        if b.of is not None:
            found[name] = Correcting({}, {}, {}, why_not=_VIEW.format(name=name, root=root))
            continue
        if b.metric.kind != "mean" or b.metric.value_range != (0.0, 1.0):
            found[name] = Correcting({}, {}, {}, why_not=_OTHER.format(name=name))
            continue
        found[name] = _of_metric(plan, b, answers, verdicts, labels.get(name), holds, baseline)
    return found


_OTHER = "{name} is no mean of values from 0 to 1, so the judge's errors in it are not corrected."
_IN_PART = (
    "Of some cases the judge of {name} decided some repeats, and rules or failures the others: such means are not "
    "corrected for its errors. Ask each case once (repeats: 1)."
)
_VIEW = "{name} is one criterion of {root}, and the judge's errors in one criterion are not corrected; gate {root}."


def _of_metric(
    plan: Plan,
    b: BoundMetric,
    answers: Mapping[str, Predictions],
    verdicts: Sequence[Judgement],
    labels: HumanLabels | None,
    holds: Certificate | None,
    baseline: str | None,
) -> Correcting:
    asked = {
        v.info.variant: np.asarray(v.asked.reshape(-1, plan.repeats).any(axis=1))
        for v in verdicts
        if v.info is not None and v.info.metric == b.spec.id
    }
    layer = {name: _layers(plan, b, answers[name], mask) for name, mask in asked.items()}
    human, weight, other = {}, {}, 0
    if labels is not None:
        beside = [] if b.against == "baseline" else [plan.cases.expected]
        if baseline is not None and b.against != "expected":
            beside.append(Column(answers[baseline].table["output"].take(np.arange(len(plan.cases)) * plan.repeats)))
        for name in asked:
            got = matched(labels, plan, name, answers[name], beside)
            human[name], weight[name], other = got.human, got.weight, other + got.n_other
    if plan.repeats > 1 and any(_in_part(plan, v) for v in verdicts if v.info and v.info.metric == b.spec.id):
        return Correcting({}, {}, {}, why_not=_IN_PART.format(name=b.spec.id), held=holds is not None)
    errors = None if holds is None else _errors(b, holds)
    test = (holds.by_system.get("homogeneity") or {}) if holds is not None else {}
    return Correcting(
        human,
        weight,
        layer,
        errors,
        holds.digest if holds is not None and errors is not None else None,
        test.get("p") if isinstance(test, Mapping) else None,
        "" if labels is None else _said(labels, human, other, plan.repeats),
        held=holds is not None,
    )


def _in_part(plan: Plan, found: Judgement) -> bool:
    """Whether the judge was asked about some repeats of a case and not about others."""
    asked = found.asked.reshape(-1, plan.repeats)
    return bool((asked.any(axis=1) & ~asked.all(axis=1)).any())


def _layers(plan: Plan, b: BoundMetric, found: Predictions, asked: np.ndarray) -> np.ndarray:
    answered = np.asarray(found.table["failure_kind"].is_null()).reshape(-1, plan.repeats).all(axis=1)
    rules = answered & (b.spec.params.get("after") is not None)
    layer: np.ndarray = np.where(asked, JUDGED, np.where(rules, RULES, KNOWN))
    return layer


def _errors(b: BoundMetric, holds: Certificate) -> Errors | None:
    """Of a certificate of two classes, which side of them is up as the metric reads it.

    The counts are of the positive label against all others, so all others have to be worth the same: a label in the
    middle is no error of that size, and one that the metric leaves unscored is not among its values.
    """
    if getattr(b.metric, "views", None):  # a mean over criteria, of which the label is a summary
        return None
    if holds.positive is None or None in (holds.tp, holds.fp, holds.tn, holds.fn):
        return None
    values = label_values(b.metric, [holds.positive, *holds.menu])
    worth = values[holds.positive]
    tp, fp, tn, fn = (float(x or 0.0) for x in (holds.tp, holds.fp, holds.tn, holds.fn))
    rest = {value for label, value in values.items() if label != holds.positive}
    if worth not in (0.0, 1.0) or rest - {1.0 - worth} or tp + fn == 0 or tn + fp == 0:
        return None
    found = Errors.of_counts(tp, fp, tn, fn)
    m0, m1 = (_worth(holds.findings.get(name), m) for name, m in (("specificity", tn + fp), ("sensitivity", tp + fn)))
    if m0 is None or m1 is None:
        return None
    found = found._replace(m0=m0, m1=m1)
    return found if worth == 1.0 else Errors(found.sensitivity, found.specificity, found.m1, found.m0)


def _worth(rate: Any, m: float) -> float | None:
    """Independent items that a class of m labelled ones is worth, whose errors may come in groups; None: one group.

    Of a clustered interval (Korn and Graubard: Clopper and Pearson's on an effective number) that number is read off.
    """
    if not isinstance(rate, Mapping) or not rate.get("n_clusters"):
        return m
    if rate.get("lo") is None or rate.get("point") is None:
        return None
    return effective_n(float(rate["point"]), float(rate["hi"]) - float(rate["lo"]), m)


def _said(labels: HumanLabels, human: Mapping[str, np.ndarray], other: int, repeats: int) -> str:
    used = sum(int((~np.isnan(values)).sum()) for values in human.values())
    said = f"{used:,} labels of {labels.source} ({labels.digest[:12]}) are about this run's answers"
    if repeats > 1:
        return f"labels of {labels.source} are about one answer, and each case was asked {repeats} times"
    return said + (f", {other:,} are about other answers and are left out" if other else "")
