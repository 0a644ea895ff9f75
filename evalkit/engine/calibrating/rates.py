"""Sensitivity and specificity, over all items and by who answered."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from evalkit.core.errors import InputError
from evalkit.engine.calibrating.columns import Columns, Mask
from evalkit.engine.calibrating.figures import Figure, figure
from evalkit.engine.nearest import listed, nearest
from evalkit.stats.inference import Inference
from evalkit.stats.judging.homogeneity import homogeneity
from evalkit.stats.judging.sens_spec import ErrorRates, error_rates
from evalkit.stats.judging.shares import share

MOST_SYSTEMS = 200
SAYS_YES = (
    "correct", "yes", "1", "true", "pass", "passed", "right", "good", "positive", "accept", "accepted", "ok",
    "acceptable", "supported", "faithful", "grounded", "entailed", "safe", "helpful", "compliant", "follows", "y",
)  # fmt: skip


class Positive(NamedTuple):
    """The label that sensitivity is about, or why there is none."""

    label: str | None
    reason: str | None


def positive_label(of: Columns, asked: str | None) -> Positive:
    """The label asked for; else, of two labels, the one that says yes, where it alone does.

    Raises:
        InputError: nobody gave the label that was asked for.
    """
    known = of.vocabulary
    if asked is not None:
        asked = _as_written(asked, known)
        if asked not in known and len(known) > 1:
            close = nearest(asked, known)
            hint = f"Did you mean {close!r}? " if close else ""
            raise InputError(
                f"no label is {asked!r:.60}", "--positive", f"{hint}Labels: {listed([k[:40] for k in known])}"
            )
        return Positive(asked, None)
    if of.outputs is not None and (of.outputs[1] >= 0 or of.ratings.swapped or of.ratings.length_1):
        return Positive(None, "the labels name outputs, and neither is the positive one; see `order` and `length`")
    shown = listed([label[:40] for label in known], 6)
    if len(known) > 2:
        return Positive(None, f"there are {len(known)} labels ({shown}): name one with --positive")
    saying = [label for label in known if label.casefold() in SAYS_YES]
    if len(saying) != 1:
        return Positive(None, f"which of the labels ({shown}) is positive is not plain: name it with --positive")
    return Positive(saying[0], None)


def _as_written(asked: str, known: tuple[str, ...]) -> str:
    """The one label that differs from what was asked for in case or notation of a number alone; else as asked."""
    folded = asked.strip().casefold()
    alike = [label for label in known if label.casefold() == folded or _number(label) == _number(folded) is not None]
    return asked if asked in known or len(alike) != 1 else alike[0]


def _number(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None


def rates(of: Columns, positive: str, within: Mask | None = None) -> ErrorRates:
    """Errors of the judge about one label."""
    rows = of.used if within is None else of.used & within
    code = of.code.get(positive, -2)
    return error_rates(of.human[rows] == code, of.judge[rows] == code, of.groups_of(rows))


def plain(found: Inference | None) -> Figure | None:
    """A rate, or None where no item could show it."""
    return None if found is None else figure(found)


def by_system(of: Columns, positive: Positive) -> dict[str, Any]:
    """Agreement and error rates by who answered, and whether they differ; empty where fewer than one is known."""
    names = sorted({name for name in of.systems if name is not None})
    if not names:
        return {}
    who = np.array([-1 if name is None else names.index(name) for name in of.systems])
    known = of.used & (who >= 0)
    found = homogeneity((of.human != of.judge)[known], who[known], of.human[known], of.groups_of(known), seed=of.seed)
    test = {"p": found.p, "statistic": found.statistic, "df": found.df, "method": found.method}
    return {
        "systems": {name: _one(of, positive, who == at) for at, name in enumerate(names[:MOST_SYSTEMS])},
        "n_systems": len(names),
        "homogeneity": test if found.reason is None else test | {"reason": found.reason},
    }


def _one(of: Columns, positive: Positive, theirs: Mask) -> dict[str, Any]:
    rows = of.used & theirs
    n = int(rows.sum())
    raw = figure(share((of.human == of.judge)[rows], of.groups_of(rows))) if n else None
    if positive.label is None or not n:
        return {"n": n, "raw": raw, "sensitivity": None, "specificity": None}
    found = rates(of, positive.label, theirs)
    return {
        "n": n,
        "raw": raw,
        "sensitivity": plain(found.sensitivity),
        "specificity": plain(found.specificity),
        "tp": found.tp,
        "fp": found.fp,
        "tn": found.tn,
        "fn": found.fn,
    }
