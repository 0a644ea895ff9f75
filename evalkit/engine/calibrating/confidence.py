"""What the judge's probabilities are worth, and from which one on it may decide alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.engine.calibrating.columns import Columns
from evalkit.engine.calibrating.figures import figure
from evalkit.stats.judging.probability import probability
from evalkit.stats.judging.recalibration import cross_fitted
from evalkit.stats.judging.shares import share
from evalkit.stats.selective import Selective, Share, Step, certify


def probability_part(of: Columns) -> dict[str, Any] | None:
    """The key `probability`; None where no labelled verdict has one."""
    stated = of.numeric(of.ratings.probability)
    rows = of.used & ~np.isnan(stated)
    if not rows.any():
        return None
    right, groups = (of.human == of.judge)[rows], of.groups_of(rows)
    found = probability(stated[rows], right, groups, seed=of.seed)
    better = cross_fitted(stated[rows], right, groups)
    return {
        "brier": figure(found.brier),
        "ece": figure(found.ece),
        "n": found.n,
        "ece_equal_mass": found.ece_equal_mass,
        "ece_by_chance": found.chance._asdict(),
        "mean_probability": found.mean_probability,
        "share_right": found.share_right,
        "bins": [one._asdict() for one in found.bins],
        "recalibration": None if better is None else better._asdict() | {"parameters": list(better.parameters)},
    }


def selective_part(of: Columns, alpha: float, delta: float) -> dict[str, Any] | None:
    """The key `selective`; None where no labelled verdict has a probability."""
    stated = of.numeric(of.ratings.probability)
    rows = of.used & ~np.isnan(stated)
    if not rows.any():
        return None
    found = certify(stated[rows], (of.human != of.judge)[rows], alpha, delta)
    kept = None if found.threshold is None else figure(share(stated[rows] >= found.threshold, of.groups_of(rows)))
    plain = {
        "alpha": alpha,
        "delta": delta,
        "threshold": found.threshold,
        "coverage": kept or {"point": 0.0, "lo": None, "hi": None, "n": found.n, "method": "none"},
        "error": _share(found.error),
        "n": found.n,
        "overall_error": found.overall,
        "aurc": found.aurc,
        "least_abstained": found.infeasible,
        "curve": [_step(step) for step in found.curve],
        "notes": _notes(of, found),
    }
    return plain if found.reason is None else plain | {"reason": found.reason}


def _share(one: Share | None) -> dict[str, float] | None:
    """With exact one-sided bounds at 1 - delta each: `hi` is what was certified."""
    return None if one is None else {"point": one.point, "lo": one.lo, "hi": one.hi}


def _step(one: Step) -> dict[str, Any]:
    return one._asdict() | {"error": _share(one.error)}


def _notes(of: Columns, found: Selective) -> list[str]:
    if of.groups is None or found.threshold is None:
        return []
    return ["the bound takes items as independent, and they come in groups: it is too low if errors go together"]
