"""Paired differences that lean to one side: where Student's t is too hopeful, and the score bound beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array, Linearised, cr2, kish
from evalkit.stats.inference import Sides
from evalkit.stats.tango import DesignTangoTail, ScaledTail, WiderTail

SKEW = 0.15  # of the estimate: at 0.15 a one-sided t test at 0.05 has a level of about 0.066 (Edgeworth, first term)
ONE_SIDED = 0.1  # gains that are less than this share of the losses: all but only losses
PLENTY = 100.0  # effective clusters that differ, from which even only losses have an estimate of skewness below 0.1
MOST_DIFFER = 0.9  # share of the clusters: where nearly all differ, as measurements do, none is a rare event
TELLING = 20.0  # effective number of clusters that must differ for the spread between them to be believed


class Leaning(NamedTuple):
    """How the differences of clusters lie about zero.

    Attributes:
        gains, losses: sums of the positive and of the negative cluster differences, as shares of the total mass in
            units of the range.
        skew: third moment of the estimate over the third power of its standard error.
        telling: effective number of clusters that differ, by size or by amount, whichever is less.
        rare: whether most clusters do not differ at all: then those that do may be the first of many.
    """

    gains: float
    losses: float
    skew: float
    telling: float
    rare: bool

    @property
    def down(self) -> bool:
        """Whether a lower t bound cannot be trusted: nearly all differences, or the longer tail, are losses."""
        return self.skew < -SKEW or (self.gains < ONE_SIDED * self.losses and self.telling < PLENTY)

    @property
    def up(self) -> bool:
        """The mirror image."""
        return self.skew > SKEW or (self.losses < ONE_SIDED * self.gains and self.telling < PLENTY)


def leaning(line: Linearised, sizes: Array, sums: Array, span: float) -> Leaning:
    """From (count,) masses of clusters and their sums of differences."""
    total = float(sizes.sum()) * span
    squares = float(line.influence @ line.influence)
    differ = sizes[sums != 0]
    by_amount = float(np.abs(sums).sum()) ** 2 / float(sums @ sums)
    return Leaning(
        float(sums[sums > 0].sum()) / total,
        -float(sums[sums < 0].sum()) / total,
        float((line.influence**3).sum()) / squares**1.5,
        min(kish(differ), by_amount),
        kish(differ) < MOST_DIFFER * kish(sizes),
    )


def guarded(t: Sides, line: Linearised, lean: Leaning, units: float, span: float) -> Sides:
    """The t interval, each end of it no closer than the score bound where the differences lean that way.

    The score bound takes its variance at the line that is tested, where losses are as frequent as the line says, and
    not at the estimate, which has too small a variance just where it has too few losses. It is Tango's on an effective
    number of cases, which is at most the effective number of clusters where fewer than 20 tell.

    Args:
        t: both sides of the t interval.
        line: the estimate, with shares of clusters.
        lean: its leaning.
        units: Kish's effective number of clusters.
        span: width of the range of the values.
    """
    shares = np.full(len(line.influence), 1 / len(line.influence)) if line.shares is None else line.shares
    variance, df = cr2(line.influence, shares)
    gains, losses = lean.gains, lean.losses
    design = (gains + losses - (gains - losses) ** 2) * span**2 / variance
    cap = units if lean.rare and lean.telling < TELLING else np.inf
    tail, mirror = t.tail, t.mirror
    if lean.down:
        tail = WiderTail(tail, ScaledTail(DesignTangoTail(gains, losses, design, df, cap), span))
    if lean.up:
        mirror = WiderTail(mirror, ScaledTail(DesignTangoTail(losses, gains, design, df, cap), span))
    return Sides(tail, mirror)
