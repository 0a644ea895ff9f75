"""An experiment analysed: the split first, and only if it holds what the variants did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.core.errors import InputError
from evalkit.pipeline.ab.asked import Asked, Method, check_control, equal_split
from evalkit.pipeline.ab.compare import Compared, Pair, Said, Verdict, compared, verdicts
from evalkit.pipeline.ab.trial import Trial
from evalkit.pipeline.ab.values import unit_values
from evalkit.stats.sequential.sample_ratio import SampleRatio, sample_ratio, sample_ratio_once

__all__ = ["Analysis", "Finding", "Plan", "analyze", "settled"]

_MANY_EXCLUDED = 0.01


@dataclass(frozen=True)
class Plan:
    """What was meant.

    Attributes:
        control: the arm that the others are held against.
        split: arm -> share, summing to 1.
        asked: the metrics.
        method: anytime (holds at every look) or fixed (at one, whose horizon was declared).
        adjust: CUPED, by the same metric before the first exposure.
    """

    control: str
    split: dict[str, float]
    asked: tuple[Asked, ...]
    method: Method = "anytime"
    adjust: bool = False


@dataclass(frozen=True)
class Finding:
    """One metric of one arm.

    Attributes:
        asked, pair: of what.
        said: better, worse, undecided; srm where the split does not hold.
        compared, verdict: None where the split does not hold: then nothing is measured.
    """

    asked: Asked
    pair: Pair
    said: Said
    compared: Compared | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Analysis:
    """What an experiment says now.

    Attributes:
        plan: what was meant.
        srm: of the split.
        n: arm -> units, without those that were excluded.
        findings: metric by metric, arm by arm.
        notes: what a reader has to know beside the numbers, as sentences.
    """

    plan: Plan
    srm: SampleRatio
    n: dict[str, int]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def settled(
    trial: Trial,
    control: str,
    split: dict[str, float] | None,
    asked: list[Asked],
    method: Method = "anytime",
    *,
    adjust: bool = False,
) -> Plan:
    """A plan whose split is given, or equal over the arms that were seen.

    Raises:
        InputError: the control is no arm, or there is nothing to hold against it.
    """
    shares = equal_split(trial.arms) if split is None else split
    check_control(control, trial.arms, shares, "--control")
    if not [arm for arm, share in shares.items() if share > 0 and arm != control]:
        what = f"{control!r:.60} is the only variant, so there is nothing to hold against it"
        raise InputError(what, "--split" if split else "the exposures", "Give the exposures of two variants or more")
    return Plan(control, shares, tuple(asked), method, adjust)


def analyze(trial: Trial, plan: Plan) -> Analysis:
    """The sample-ratio test first; where it alarms, every outcome is `srm` and no lift is told."""
    seen = trial.counts()
    n = {arm: seen.get(arm, 0) for arm in dict.fromkeys([*plan.split, *trial.arms])}
    test = sample_ratio if plan.method == "anytime" else sample_ratio_once
    srm = test([n[arm] for arm in plan.split], list(plan.split.values()))
    pairs = [_pair(trial, plan, arm) for arm in sorted(plan.split) if arm != plan.control and plan.split[arm] > 0]
    if not srm.ok:
        found = tuple(Finding(asked, pair, "srm") for asked in plan.asked for pair in pairs)
    else:
        found = tuple(one for asked in plan.asked for one in _findings(trial, plan, asked, pairs))
    return Analysis(plan, srm, n, found, tuple(_notes(trial, plan, n, srm, found)))


def _pair(trial: Trial, plan: Plan, variant: str) -> Pair:
    codes = {arm: code for code, arm in enumerate(trial.arms)}
    ours, theirs = trial.arm == codes.get(variant, -1), trial.arm == codes[plan.control]
    units = np.flatnonzero(ours | theirs)
    share = plan.split[variant] / (plan.split[variant] + plan.split[plan.control])
    return Pair(variant, plan.control, ours[units], units, share)


def _findings(trial: Trial, plan: Plan, asked: Asked, pairs: list[Pair]) -> list[Finding]:
    values = unit_values(trial, asked, earlier=plan.adjust and asked.kind not in ("ratio", "rows"))
    family = [(pair, compared(pair, values, asked, plan.method)) for pair in pairs]
    decided = verdicts(family, asked)
    return [Finding(asked, pair, one.said, found, one) for (pair, found), one in zip(family, decided, strict=True)]


def _notes(trial: Trial, plan: Plan, n: dict[str, int], srm: SampleRatio, found: tuple[Finding, ...]) -> list[str]:
    notes = []
    if not srm.ok:
        notes.append(
            f"The units do not fall on the variants as the split says (p {srm.p:.2g}), so no lift can be trusted: look "
            "for lost exposures, bots, redirects, or a split that was changed"
        )
    arms = sum(1 for arm, share in plan.split.items() if share > 0 and arm != plan.control)
    if arms > 1 and srm.ok:
        how = "Holm" if plan.method == "fixed" else "Bonferroni on e-values"
        notes.append(
            f"Outcomes of a metric are corrected over its {arms} variants ({how}); each interval is 95 % alone"
        )
    share = trial.excluded / max(1, trial.excluded + len(trial.arm))
    if share > _MANY_EXCLUDED:
        notes.append(
            f"{share:.1%} of the units saw two variants and are left out; if a variant makes units switch, "
            "what is left is biased"
        )
    if not len(trial.after.unit) and trial.unknown + len(trial.before.unit):
        early = len(trial.before.unit)
        notes.append(
            f"No outcome counts: {trial.unknown:,} are of units that were never exposed, {early:,} came before the "
            "exposure; look whether units and times are written alike in both files"
        )
    idle = [arm for arm, units in n.items() if units and not plan.split.get(arm, 0) > 0]
    if idle:
        notes.append(f"Variants without a share are not analysed: {', '.join(idle[:5])}")
    for one in found:
        adjusted = one.compared.adjusted if one.compared is not None else None
        if adjusted is not None and adjusted.reason is not None:
            notes.append(f"{one.asked.name}, {one.pair.variant}: not adjusted (CUPED): {adjusted.reason}")
    return notes
