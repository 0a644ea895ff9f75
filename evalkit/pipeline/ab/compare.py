"""One metric, one arm against the control: the sequence or the interval that answers, and its verdict by the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.core.nouns import Decision, Estimate, Gate
from evalkit.engine.gate import decide
from evalkit.engine.live import About, live_estimate
from evalkit.pipeline.ab.asked import Asked, Method
from evalkit.pipeline.ab.values import Floats, Values
from evalkit.stats.inference import Inference
from evalkit.stats.multiplicity import holm
from evalkit.stats.sequential.arms import Arm, contrast, welch
from evalkit.stats.sequential.asymptotic import asymptotic_of
from evalkit.stats.sequential.cuped import Adjusted, cuped
from evalkit.stats.sequential.proportions import betting_difference
from evalkit.stats.sequential.sequence import Sequential
from evalkit.stats.unpaired import unpaired_difference

__all__ = ["ALPHA", "Compared", "Pair", "Said", "Verdict", "compared", "verdicts"]

ALPHA = 0.05  # two-sided
Said = Literal["better", "worse", "undecided", "srm"]


@dataclass(frozen=True)
class Pair:
    """Two arms of a trial.

    Attributes:
        variant, control: their names.
        treated: (u,) True in the variant, False in the control; only units of the two, in order of time.
        units: (u,) which units of the trial these are.
        share: of the variant among the two, as it was meant.
    """

    variant: str
    control: str
    treated: np.ndarray
    units: np.ndarray
    share: float

    @property
    def contrast(self) -> str:
        """In words."""
        return f"{self.variant} - {self.control}"


@dataclass(frozen=True)
class Compared:
    """What the data say of one metric in one pair, before any family of them is looked at.

    Attributes:
        found: a sequence (anytime) or an inference (fixed).
        n, n_control: units with a value.
        mean, mean_control: value of each arm; None without units.
        adjusted: what CUPED came to; None where it was not asked for.
    """

    found: Sequential | Inference
    n: int
    n_control: int
    mean: float | None
    mean_control: float | None
    adjusted: Adjusted | None = None

    @property
    def e_value(self) -> float | None:
        """Two-sided, of no difference; None for a fixed horizon or with no interval."""
        return self.found.e(0.0) if isinstance(self.found, Sequential) else None

    @property
    def p(self) -> float | None:
        """Two-sided p-value of a fixed horizon; None for a sequence or with no interval."""
        found = self.found
        if isinstance(found, Sequential) or found.p_above is None or found.p_below is None:
            return None
        return min(1.0, 2 * min(found.p_above(0.0), found.p_below(0.0)))


@dataclass(frozen=True)
class Verdict:
    """The verdict of a pair, corrected over the arms.

    Attributes:
        estimate: lift with its 95 % interval.
        decision: of the gate "better than the control", at the error that the family leaves it.
        said: better, worse or undecided.
        corrected: p by Holm, or e / arms; None with a single arm.
    """

    estimate: Estimate
    decision: Decision
    said: Said
    corrected: float | None


def compared(pair: Pair, values: Values, asked: Asked, method: Method) -> Compared:
    """treatment - control of one metric.

    Anytime: betting for proportions, the asymptotic confidence sequence for the others. Fixed: Miettinen and Nurminen's
    score interval for proportions, Welch's t for the others. Ratios by the delta method; CUPED where `values` has what
    was there before.
    """
    y = values.values[pair.units]
    there = ~np.isnan(y)
    y, treated = y[there], pair.treated[there]
    over = None if values.over is None else values.over[pair.units][there]
    past = None if values.earlier is None else values.earlier[pair.units][there]
    adjusted = None if past is None else cuped((y[treated], past[treated]), (y[~treated], past[~treated]))
    if adjusted is not None and adjusted.reason is None:
        arms = [Arm(adjusted.treatment), Arm(adjusted.control)]
        plain = False
    else:
        arms = [Arm(y[side], None if over is None else over[side]) for side in (treated, ~treated)]
        plain = asked.kind == "proportion"
    found: Sequential | Inference
    if plain and method == "anytime":
        found = betting_difference(treated, y, pair.share)
    elif plain:
        found = unpaired_difference(y[treated], y[~treated])
    else:
        both = contrast(*arms)
        found = asymptotic_of(both) if method == "anytime" else welch(both)
    ours, theirs = (_value(y, over, side) for side in (treated, ~treated))
    return Compared(found, int(treated.sum()), int((~treated).sum()), ours, theirs, adjusted)


def _value(y: Floats, over: Floats | None, side: np.ndarray) -> float | None:
    whole = float(side.sum()) if over is None else float(over[side].sum())
    return float(y[side].sum()) / whole if whole > 0 else None


def verdicts(family: list[tuple[Pair, Compared]], asked: Asked, alpha: float = ALPHA) -> list[Verdict]:
    """Verdicts of one metric over all arms: the chance of any false one is at most alpha.

    Fixed: Holm over the arms. Anytime: Bonferroni, which e-values keep at all looks (e >= arms / alpha). The interval
    that is shown is at 95 % for each arm alone.
    """
    return [
        _verdict(pair, found, asked, level, corrected)
        for (pair, found), (level, corrected) in zip(family, _levels([one for _, one in family], alpha), strict=True)
    ]


def _verdict(pair: Pair, one: Compared, asked: Asked, level: float, corrected: float | None) -> Verdict:
    span = (-1.0, 1.0) if asked.kind == "proportion" else None
    about = About(asked.name, pair.contrast, asked.better, value_range=span)
    estimate = live_estimate(one.found, about, alpha=level / 2)
    gate = Gate(metric=asked.name, versus="baseline", superior=True)
    decision = decide(gate, estimate, pair.variant, alpha=level / 2)
    said: dict[str, Said] = {"pass": "better", "fail": "worse"}
    return Verdict(estimate, decision, said.get(decision.outcome, "undecided"), corrected)


def _levels(family: list[Compared], alpha: float) -> list[tuple[float, float | None]]:
    """(two-sided error at which each is decided, corrected p or e)."""
    arms = len(family)
    if arms == 1:
        return [(alpha, None)]
    if any(isinstance(one.found, Sequential) for one in family):
        return [(alpha / arms, None if one.e_value is None else one.e_value / arms) for one in family]
    p = [1.0 if one.p is None else one.p for one in family]
    corrected = holm(p).tolist()
    levels, open_ = [0.0] * arms, arms
    for i in sorted(range(arms), key=p.__getitem__):
        levels[i] = alpha / open_
        if corrected[i] <= alpha:
            open_ = max(open_ - 1, 1)
    return [(level, None if one.p is None else c) for level, one, c in zip(levels, family, corrected, strict=True)]
