"""What is special about judges of pairs: order and length."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.engine.calibrating.agreeing import other_in_swapped
from evalkit.engine.calibrating.columns import Codes, Columns, Floats, Mask
from evalkit.engine.calibrating.figures import Figure, figure
from evalkit.stats.judging.length import length
from evalkit.stats.judging.order import order
from evalkit.stats.judging.shares import share
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import difference

NO_OUTPUTS = "the labels do not name outputs (1 and 2): which was shown first is not known"

NO_DIRECTION = (
    "no item was won by what was shown first in both orders, nor by what was shown second: no direction to test"
)


def order_part(of: Columns) -> dict[str, Any] | None:
    """The key `order`, over labelled items with verdicts in both orders; None without any, or in two notations."""
    rows = of.used & (of.swapped >= 0)
    if not rows.any() or other_in_swapped(of) is not None:
        return None
    groups = of.groups_of(rows)
    found = order(_places(of, of.judge[rows]), _places(of, of.swapped[rows]), groups)
    known = of.outputs is not None
    plain = {
        "consistency": figure(found.consistency),
        "conflicts": found.conflicts,
        "first_share": figure(found.first_share) if known and found.first_share is not None else None,
        "p": found.p if known else None,
        "n": found.n,
        "first_both": found.first_both if known else None,
        "second_both": found.second_both if known else None,
        "with_tie": found.conflicts - found.first_both - found.second_both if known else None,
        **_accuracies(of, rows, groups),
    }
    if known and found.p is not None:
        return plain
    return plain | {"reason": NO_DIRECTION if known else NO_OUTPUTS}


def _places(of: Columns, verdicts: Codes) -> Codes:
    """0 for output 1, 1 for output 2, 2 and more for other verdicts."""
    first, second = of.outputs or (-9, -9)
    found: Codes = np.where(verdicts == first, 0, np.where(verdicts == second, 1, verdicts + 2))
    return found


def _accuracies(of: Columns, rows: Mask, groups: Codes | None) -> dict[str, Figure | None]:
    """Agreement in the other order, in both, over both (an item is one case), and where the orders agree."""
    one, two = (of.judge == of.human)[rows], (of.swapped == of.human)[rows]
    same = (of.judge == of.swapped)[rows]
    return {
        "swapped_accuracy": figure(share(two, groups)),
        "strict_accuracy": figure(share(one & two, groups)),
        "mean_accuracy": figure(mean((one + two.astype(np.float64)) / 2, groups, bounds=(0.0, 1.0))),
        "consistent_accuracy": (
            figure(share(one[same], None if groups is None else groups[same])) if same.any() else None
        ),
    }


def length_part(of: Columns) -> dict[str, Any] | None:
    """The key `length`, on labelled items whose lengths differ; None where there are none."""
    longer = _longer(of)
    if of.outputs is None or longer is None:
        return None
    either = (of.judge >= 0) | (of.swapped >= 0)
    known = (of.human >= 0) & either
    measured = ~np.isnan(longer)
    rows = known & measured & (longer != 0)
    if not rows.any():
        return None
    code = np.where(longer > 0, *of.outputs)[rows]
    orders = np.column_stack([of.judge[rows], of.swapped[rows]])
    by_judge = (orders == code[:, None]).sum(axis=1) / (orders >= 0).sum(axis=1)
    by_people = of.human[rows] == code
    groups = of.groups_of(rows)
    found = length(by_judge, by_people, groups)
    return {
        "judge": figure(found.judge),
        "human": figure(found.human),
        "excess": figure(found.excess, (-1.0, 1.0)),
        "n": found.n,
        "n_equal": int((known & (longer == 0)).sum()),
        "n_unknown": int((known & ~measured).sum()),
        "orders": 2 if bool((orders[:, 1] >= 0).any()) else 1,
        "ties": int((~np.isin(orders, [-1, *of.outputs])).any(axis=1).sum()),
        "baseline": _baseline(of, rows, code, groups),
    }


def _longer(of: Columns) -> Floats | None:
    """(rows,) length_1 - length_2, NaN where unknown; None where no item has both."""
    gap = of.numeric(of.ratings.length_1) - of.numeric(of.ratings.length_2)
    return None if np.isnan(gap).all() else gap


def _baseline(of: Columns, rows: Mask, code: Codes, groups: Codes | None) -> dict[str, Any]:
    """The judge beside "the longer one wins", on the same items: how often each names people's winner."""
    judged = of.judge[rows] >= 0
    truth = of.human[rows][judged]
    ours, theirs = of.judge[rows][judged] == truth, code[judged] == truth
    some = None if groups is None else groups[judged]
    if not len(truth):
        return {"longer": None, "judge_minus_longer": None}
    return {
        "longer": figure(share(theirs, some)),
        "judge_minus_longer": figure(difference(ours.astype(float), theirs.astype(float), some), (-1.0, 1.0)),
    }
