"""Agreement of the judge with people, and of people with one another."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from evalkit.engine.calibrating.columns import Codes, Columns
from evalkit.engine.calibrating.figures import Figure, none, of_coefficient
from evalkit.stats.agreement import Agreement, agreement, grouped_agreement

MOST_LABELS = 500  # different labels, above which they are no vocabulary
MOST_ANNOTATORS = 50  # whose labels are told one by one
FOREIGN = 0.2  # share of each side's labels that the other never gives, from which on notations differ


def agreeing(of: Columns) -> dict[str, Any]:
    """The key `agreement`; every figure is null with a reason where there is nothing to measure."""
    table = np.column_stack([of.human, of.judge])[of.used]
    found = _coefficients(table, of, of.groups_of(of.used))
    if isinstance(found, str):
        plain = {name: none(found) for name in ("raw", "kappa", "ac1", "alpha")}
    else:
        n = found.n_items
        plain = {
            "raw": of_coefficient(found.raw, n),
            "kappa": of_coefficient(found.kappa, n),
            "ac1": of_coefficient(found.ac, n),
            "alpha": of_coefficient(found.alpha, n),
        }
        if (why := other_vocabulary(of)) is not None:
            plain["kappa"] = none(why)
    return plain | {"human_human": _people(of), "balance": _balance(of), "unparsed": _bounds(of)}


def other_vocabulary(of: Columns) -> str | None:
    """Why the labels of judge and people seem to be in two notations, or None.

    Two labels each that are not the same two ({0, 1} and {1, 2}) are two notations however rare the odd ones; with more
    labels, each side has to give the other's unknown ones often. A menu says that there is one notation.
    """
    if of.ratings.menu or not of.used.any():
        return None
    human, judge = of.human[of.used], of.judge[of.used]
    by_people, by_judge = set(human.tolist()), set(judge.tolist())
    if by_people <= by_judge or by_judge <= by_people:
        return None
    alone = min(float(np.isin(human, judge, invert=True).mean()), float(np.isin(judge, human, invert=True).mean()))
    if max(len(by_people), len(by_judge)) > 2 and alone < FOREIGN:
        return None
    people, verdicts = (_listed(of, used) for used in (by_people, by_judge))
    folded = [{of.vocabulary[code].casefold() for code in used} for used in (by_people, by_judge)]
    how = " (in case alone)" if folded[0] <= folded[1] or folded[1] <= folded[0] else ""
    return f"the vocabularies differ{how}: people say {people}, the judge says {verdicts}; write both in one notation"


def other_in_swapped(of: Columns) -> str | None:
    """Why `judge_swapped` seems to be in a notation of its own (positions, not outputs), or None.

    No label of it is one that people or the judge gave elsewhere: one common label is enough, since a judge that only
    looks at the place always names output 1 in one order and output 2 in the other.
    """
    both = of.used & (of.swapped >= 0)
    swapped, others = set(of.swapped[both].tolist()), set(of.human[both].tolist()) | set(of.judge[both].tolist())
    if of.ratings.menu or not swapped or swapped & others:
        return None
    return (
        f"the vocabularies differ: judge_swapped says {_listed(of, swapped)}, judge and people say "
        f"{_listed(of, others)}; all of them name the winning output, never a position"
    )


def _listed(of: Columns, used: set[int]) -> str:
    names = [of.vocabulary[code][:40] for code in sorted(used)]
    return "{" + ", ".join(names[:6]) + (", ..." if len(names) > 6 else "") + "}"


def _coefficients(table: Codes, of: Columns, groups: Codes | None) -> Agreement | str:
    """All coefficients, or why there are none."""
    if not len(table):
        return "no item has both a label and a verdict"
    used, dense = np.unique(table[table >= 0], return_inverse=True)
    if len(used) > MOST_LABELS:
        return f"{len(used):,} different labels are no vocabulary (at most {MOST_LABELS}); see `scores` for numbers"
    codes = np.full(table.shape, -1)
    codes[table >= 0] = dense
    names = np.array(of.vocabulary)[used]
    if groups is None:
        return agreement(codes, names, seed=of.seed)
    return grouped_agreement(codes, names, groups, seed=of.seed)


def _people(of: Columns) -> dict[str, Any] | None:
    """Agreement of the annotators, over all items with two of them, those without a majority among them."""
    rows = (of.people >= 0).sum(axis=1) >= 2
    if not rows.any():
        return None
    found = _coefficients(of.people[rows], of, of.groups_of(rows))
    if isinstance(found, str):
        return {"raw": none(found), "alpha": none(found), "n": 0, "annotators": len(of.annotators)}
    kappa = {"kappa": of_coefficient(found.kappa, found.n_items)} if len(of.annotators) == 2 else {}
    return {
        "raw": of_coefficient(found.raw, found.n_items),
        "alpha": of_coefficient(found.alpha, found.n_items),
        "ac1": of_coefficient(found.ac, found.n_items),
        **kappa,
        "n": found.n_items,
        "annotators": len(of.annotators),
    }


def _balance(of: Columns) -> dict[str, Any] | None:
    """label -> how often people and the judge give it, and which verdict it met."""
    if not of.used.any() or len(of.vocabulary) > 50:
        return None
    q = len(of.vocabulary)
    matrix = np.bincount(of.human[of.used] * q + of.judge[of.used], minlength=q * q).reshape(q, q)
    return {
        label: {
            "human": int(matrix[at].sum()),
            "judge": int(matrix[:, at].sum()),
            "verdicts": {other: int(matrix[at, k]) for k, other in enumerate(of.vocabulary) if matrix[at, k]},
        }
        for at, label in enumerate(of.vocabulary)
    }


def annotators(of: Columns) -> dict[str, Any]:
    """The key `annotators`: how many there are, and of the busiest how many labels of which kind each gave."""
    counted: dict[str, Counter[str]] = {}
    for one in of.ratings.human:
        for name, label in one.items():
            counted.setdefault(name, Counter())[label] += 1
    busiest = sorted(counted, key=lambda name: (-counted[name].total(), name))[:MOST_ANNOTATORS]
    return {
        "n": len(counted),
        "labels": {
            name or "(no name)": {"n": counted[name].total(), "given": dict(sorted(counted[name].most_common(20)))}
            for name in busiest
        },
    }


def _bounds(of: Columns) -> Figure | None:
    """Raw agreement were every missing verdict wrong, and were it right; None where none is missing."""
    labelled = int((of.human >= 0).sum())
    missing = labelled - int(of.used.sum())
    if not missing:
        return None
    agreed = int((of.human == of.judge)[of.used].sum())
    return {"n": missing, "raw_if_wrong": agreed / labelled, "raw_if_right": (agreed + missing) / labelled}
