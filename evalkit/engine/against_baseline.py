"""A judge beside a judge that knows nothing: whether it is right more often on the same items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.stats.paired import mcnemar_midp
from evalkit.stats.proportions import wilson

BARRING = "length"
"""The baseline that a judge has to beat; others may know the expected answer."""


def against_baselines(
    human: Sequence[str | None],
    judge: Sequence[str | None],
    baselines: Mapping[str, Sequence[str | None]],
    alpha: float = 0.05,
) -> dict[str, dict[str, Any]]:
    """McNemar's one-sided mid-p test of a judge against each baseline, on the items that have both verdicts.

    Args:
        human: (n,) what people say; None: not known.
        judge: (n,) verdicts; None: none.
        baselines: name -> (n,) verdicts.
        alpha: of the test.

    Returns:
        name -> {n, judge, baseline (accuracies, {point, lo, hi}), difference, gained, lost, p, beats, says}. `beats`
        says whether the judge is shown to be right more often.
    """
    return {name: _one(name, human, judge, said, alpha) for name, said in baselines.items()}


def _one(
    name: str, human: Sequence[str | None], judge: Sequence[str | None], said: Sequence[str | None], alpha: float
) -> dict[str, Any]:
    rows = [(j == h, b == h) for h, j, b in zip(human, judge, said, strict=True) if None not in (h, j, b)]
    n, gained, lost = len(rows), sum(j and not b for j, b in rows), sum(b and not j for j, b in rows)
    p = mcnemar_midp(gained, lost, "greater")
    ours, theirs = (_share(sum(row[i] for row in rows), n) for i in (0, 1))
    beats = n > 0 and p <= alpha
    return {
        "n": n,
        "judge": ours,
        "baseline": theirs,
        "difference": (gained - lost) / n if n else None,
        "gained": gained,
        "lost": lost,
        "p": p if n else None,
        "beats": beats,
        "says": _says(name, n, ours["point"], theirs["point"], beats),
    }


def _says(name: str, n: int, ours: float | None, theirs: float | None, beats: bool) -> str:
    if ours is None or theirs is None:
        return f"no item has a verdict of the judge and of the {name} baseline"
    both = f"right on {100 * ours:.1f} % of {n:,} items, the {name} baseline on {100 * theirs:.1f} %"
    follows = ", so it has not earned a vote" if name == BARRING else ", which bars no vote"
    return both if beats else f"{both}: the judge is not shown to beat it{follows}"


def _share(hits: int, n: int) -> dict[str, float | None]:
    if not n:
        return {"point": None, "lo": None, "hi": None}
    lo, hi = wilson(hits, n).interval(0.95)
    return {"point": hits / n, "lo": lo, "hi": hi}
