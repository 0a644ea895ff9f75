"""Could the judge stand in for one of the people? The alternative-annotator test."""

from __future__ import annotations

from typing import Any

from evalkit.engine.calibrating.columns import Columns
from evalkit.engine.calibrating.figures import figure
from evalkit.stats.judging.alt_test import FEWEST, AltTest, alt_test
from evalkit.stats.one_sample import mean


def alt_test_part(of: Columns, epsilon: float) -> dict[str, Any]:
    """The key `alt_test`, over all items that two people labelled; nulls and a reason where it is skipped."""
    found = None if of.crowd else alt_test(of.people, of.judge, epsilon, of.groups)
    if found is None:
        return {"omega": None, "rho": None, "passed": None, "epsilon": epsilon, "reason": _why_not(of)}
    lo, hi = found.rho_interval or (None, None)
    n = int((((of.people >= 0).sum(axis=1) >= 2) & (of.judge >= 0)).sum())
    return {
        # Annotators are a sample of those whom the judge could stand in for.
        "omega": figure(mean([float(one.rejected) for _, one in found.annotators])),
        "rho": {"point": found.rho, "lo": lo, "hi": hi, "n": n, "method": "t"},
        "passed": found.passed,
        "epsilon": epsilon,
        "per_annotator": _each(of, found),
        "notes": _notes(found),
    }


def _each(of: Columns, found: AltTest) -> dict[str, Any]:
    return {
        of.annotators[at] or "(no name)": {
            "n": one.n,
            "judge_wins": one.judge_wins,
            "human_wins": one.human_wins,
            "p": one.p,
            "p_adjusted": one.p_adjusted,
            "rejected": one.rejected,
            "method": one.method,
        }
        for at, one in found.annotators
    }


def _notes(found: AltTest) -> list[str]:
    few = sum(one.n < FEWEST for _, one in found.annotators)
    said = []
    if few:
        said.append(
            f"{few} of {len(found.annotators)} annotators have fewer than {FEWEST} items: Wilcoxon's test there, which "
            "is about the median and lenient where most items tie"
        )
    if len(found.annotators) == 2:
        said.append("with two annotators each is held against the other alone; three are better")
    return said


def _why_not(of: Columns) -> str:
    if of.crowd:
        return f"{len(of.annotators):,} annotators have too few items each for a test of every one"
    if len(of.annotators) < 2:
        return f"the test takes two annotators or more, and there {'is 1' if of.annotators else 'are none'}"
    if not ((of.people >= 0).sum(axis=1) >= 2).any():
        return "no item was labelled by two annotators"
    return "no item with labels of two annotators has a verdict"
