"""What the judge's probabilities are worth, and how much may be left to it alone."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.judge_card import JudgeCard
from evalkit.report import numbers
from evalkit.report.card.parts import SHARE, Part, coefficient, p_is, percent, share
from evalkit.report.card.read import entries, figure_in, number, part, text, texts, whole, within
from evalkit.report.charts.curve import Curves, Line, Point
from evalkit.report.charts.reliability import Bin, ReliabilityPlot
from evalkit.report.charts.spec import Range, Series
from evalkit.report.figures import Figure, draw
from evalkit.report.text import count

__all__ = ["stated"]


def stated(card: JudgeCard) -> Part | None:
    """The reliability plot, and the curve of risk against coverage with the certified threshold."""
    findings = card.certificate.findings
    probability, selective = part(findings, "probability"), part(findings, "selective")
    if not probability and not selective:
        why = text(part(findings, "why_null").get("probability"))
        return Part(missing=[("Stated probabilities", why)]) if why else None
    figures = [figure for figure in (_reliability(card), _curve(card)) if figure is not None]
    return Part(
        said=[*_probability(card), *_selective(card)],
        figures=figures,
        facts=_facts(card),
        notes=texts(selective.get("notes")),
    )


def _probability(card: JudgeCard) -> Iterator[str]:
    found = part(card.certificate.findings, "probability")
    ece = figure_in(found, "ece", bounds=SHARE)
    says, right = within(found.get("mean_probability")), within(found.get("share_right"))
    if says is not None and right is not None:
        yield f"It is sure by {percent(says)} on average, and right on {percent(right)}."
    chance = part(found, "ece_by_chance")
    mean, p = number(chance.get("mean")), within(chance.get("p"))
    if ece is not None and mean is not None and p is not None:
        off = "exact ones would be off by less" if p < 0.05 else "exact ones could be off by as much"
        yield (
            f"Its probabilities are off by {coefficient(ece)} (expected calibration error); with so many items {off} "
            f"({numbers.number(mean, 2)} by chance, {p_is(p)})."
        )


def _selective(card: JudgeCard) -> Iterator[str]:
    found = part(card.certificate.findings, "selective")
    alpha, delta = within(found.get("alpha")), within(found.get("delta"))
    if alpha is None or delta is None:
        return
    threshold, coverage = number(found.get("threshold")), figure_in(found, "coverage", bounds=SHARE)
    if threshold is None or coverage is None or coverage.point is None:
        yield f"No threshold is certified at {percent(alpha)} disagreement: {text(found.get('reason')) or 'see below'}."
        return
    yield (
        f"Where it states {numbers.number(threshold, 3)} or more, which is {share(coverage)} of items, it disagrees "
        f"with people on at most {percent(alpha)}, with {percent(1 - delta)} confidence; "
        f"{percent(1 - coverage.point)} would go to people."
    )


def _facts(card: JudgeCard) -> list[tuple[str, str]]:
    found = part(card.certificate.findings, "probability")
    aurc = number(part(card.certificate.findings, "selective").get("aurc"))
    facts = []
    for key, name in (("brier", "Brier score"), ("ece", "expected calibration error")):
        if (one := figure_in(found, key, bounds=SHARE)) is not None:
            facts.append((name, coefficient(one)))
    better = part(found, "recalibration")
    how = text(better.get("method"), 20)
    facts += [
        (f"{key} after {how} recalibration", numbers.number(after, 3))
        for key in ("brier", "ece")
        if (after := number(better.get(key))) is not None
    ]
    return facts + ([("area under risk and coverage", numbers.number(aurc, 3))] if aurc is not None else [])


def _reliability(card: JudgeCard) -> Figure | None:
    bins = []
    for one in entries(part(card.certificate.findings, "probability").get("bins"), 100):
        says, right, n = number(one.get("mean_probability")), number(one.get("share_right")), whole(one.get("n"))
        if says is not None and right is not None and n and 0 <= says <= 1 and 0 <= right <= 1:
            bins.append(Bin(0, says, right, n))
    if not bins:
        return None
    spec = ReliabilityPlot(
        "What it states against what comes true",
        tuple(bins),
        (Series("the judge", "candidate"),),
        about="A dot a tenth of the scale of probabilities, its area the number of items; on the diagonal the two are "
        "one.",
    )
    return draw(spec, "stated-reliability", "half", "Below the dashed line it is surer than it is right.")


def _curve(card: JudgeCard) -> Figure | None:
    """Error among the items kept, by the share that is kept."""
    found = part(card.certificate.findings, "selective")
    alpha = within(found.get("alpha"))
    at = []
    for one in entries(found.get("curve"), 100):
        coverage, error = number(one.get("coverage")), figure_in(one, "error", bounds=SHARE)
        if coverage is None or not 0 <= coverage <= 1 or error is None or error.point is None:
            continue
        span = Range(error.lo, error.hi) if error.lo is not None and error.hi is not None else None
        at.append(Point(0, coverage, error.point, span))
    if not at:
        return None
    kept = figure_in(found, "coverage", bounds=SHARE)
    certified = number(found.get("threshold")) is not None and kept is not None and kept.point is not None
    overall = within(found.get("overall_error"))
    tail = "" if overall is None else f" ({percent(overall)} on all {count(whole(found.get('n')) or 0)} items)"
    spec = Curves(
        f"Disagreement with people by how much is left to the judge{tail}",
        "items left to the judge, its surest first",
        tuple(sorted(at, key=lambda p: p.x)),
        (Series("disagreement", "candidate"),),
        across=(Line(alpha, f"allowed: {percent(alpha)}"),) if alpha is not None and 0 <= alpha <= 1 else (),
        upright=(Line(kept.point, "certified"),) if certified and kept is not None and kept.point is not None else (),
        about="Risk against coverage, with one-sided bounds as whiskers.",
        most=min(1.0, 1.15 * max([p.y if p.span is None else p.span.hi for p in at] + [min(alpha or 0.0, 1.0), 0.02])),
        percent=True,
    )
    delta = within(found.get("delta"))
    sure = "" if delta is None else f", each at {percent(1 - delta)}"
    return draw(spec, "stated-curve", "half", f"Whiskers: one-sided bounds{sure}; the upper one is what is certified.")
