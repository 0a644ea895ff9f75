"""Would these ratings earn the judge a vote? Why not, as sentences."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit.engine.calibrating.agreeing import other_in_swapped, other_vocabulary
from evalkit.engine.calibrating.columns import Columns
from evalkit.engine.calibrating.figures import text

FEWEST = 30
"""Items with a label and a verdict that a vote takes."""
FEWEST_OF_A_LABEL = 5
"""Items that at least two labels need: the judge's errors on a label are not known from one or two."""
MOST_UNPARSED = 0.1
"""Share of labelled items without a verdict above which the rest no longer stands for all."""


def reasons(of: Columns, findings: dict[str, Any]) -> list[str]:
    """Everything that stands against a vote; empty: it is earned."""
    n = int(of.used.sum())
    if not n:
        return ["no item has both a label (a strict majority of people) and a verdict"]
    said = _of_the_set(of, n)
    kappa, people = findings["agreement"]["kappa"], findings["agreement"]["human_human"]
    if (why := other_vocabulary(of)) is not None:
        said.append(why)
    elif len(set(of.human[of.used].tolist())) > 1:
        said += _of_kappa(kappa, findings["agreement"]["raw"])
    if (why := other_in_swapped(of)) is not None:
        said.append(why)
    if people is not None and people["alpha"]["hi"] is not None and people["alpha"]["hi"] <= 0:
        said.append(f"people agree no better than chance among themselves (alpha {text(people['alpha'])})")
    return said + _of_length(findings["length"])


def _of_the_set(of: Columns, n: int) -> list[str]:
    said = []
    if n < FEWEST:
        said.append(f"a vote takes {FEWEST} items with a label and a verdict, and there {_are(n)}")
    counts = np.bincount(of.human[of.used], minlength=len(of.vocabulary))
    often = np.argsort(-counts, kind="stable").tolist()
    if np.count_nonzero(counts) == 1:
        said.append(
            f"people gave one label only, {of.vocabulary[often[0]]!r:.60}: the judge's errors on others are unknown"
        )
    elif n >= FEWEST and counts[often[1]] < FEWEST_OF_A_LABEL:
        said.append(
            f"but for {n - int(counts[often[0]]):,} of {n:,} items people gave one label, "
            f"{of.vocabulary[often[0]]!r:.60}: a vote takes {FEWEST_OF_A_LABEL} of another one"
        )
    labelled = int((of.human >= 0).sum())
    if labelled - n > MOST_UNPARSED * labelled:
        said.append(f"{labelled - n:,} of {labelled:,} labelled items have no verdict, above {MOST_UNPARSED:.0%}")
    return said


def _of_kappa(kappa: dict[str, Any], raw: dict[str, Any]) -> list[str]:
    if kappa["point"] is None:
        return [f"agreement beyond chance is unknown: {kappa['reason']}"]
    if kappa["lo"] is None and kappa["point"] < 1:
        # Too few disagreements to resample (a good judge): raw agreement has an exact interval, chance its expectation.
        chance = (raw["point"] - kappa["point"]) / (1 - kappa["point"])
        if raw["lo"] is not None and raw["lo"] > chance:
            return []
        return [f"agreement beyond chance has no interval: {kappa['reason']}"]
    if kappa["lo"] is not None and kappa["lo"] <= 0:
        return [f"agreement with people may be no better than chance (kappa {text(kappa)})"]
    return []


def _of_length(length: dict[str, Any] | None) -> list[str]:
    """A judge that is not shown to beat "the longer one wins" has not earned a vote."""
    ahead = None if length is None else length["baseline"]["judge_minus_longer"]
    if ahead is None or ahead["lo"] is None or ahead["lo"] > 0:
        return []
    return [f'it is not shown to beat "the longer output wins" (ahead by {text(ahead)} on the same items)']


def cautions(findings: dict[str, Any], by_system: dict[str, Any]) -> list[str]:
    """What does not bar a vote, and should be read before one is given."""
    said = []
    order, length, alt = findings["order"], findings["length"], findings["alt_test"]
    if order is not None and order["p"] is not None and order["p"] < 0.05:
        side = "first" if order["first_both"] > order["second_both"] else "second"
        said.append(
            f"{order['conflicts']:,} of {order['n']:,} verdicts depend on the order, and lean to what is shown {side} "
            f"(p = {order['p']:.2g}): judge in both orders"
        )
    if length is not None and length["excess"]["lo"] is not None and length["excess"]["lo"] > 0:
        said.append(f"it prefers the longer output more often than people do, by {text(length['excess'])}")
    if alt["passed"] is False:
        said.append(
            f"it could not stand in for a person at epsilon {alt['epsilon']:g}: its winning rate is "
            f"{alt['omega']['point']:.2f}"
        )
    test = by_system.get("homogeneity", {})
    if test.get("p") is not None and test["p"] < 0.05:
        said.append(
            f"its errors depend on who answered (p = {test['p']:.2g}): its error rates do not carry over to others"
        )
    chance = (findings["probability"] or {}).get("ece_by_chance")
    if chance is not None and chance["p"] < 0.05:
        ece = findings["probability"]["ece"]["point"]
        said.append(f"its probabilities are off by {ece:.2f}, where exact ones would be by {chance['mean']:.2f}")
    return said


def _are(n: int) -> str:
    return "is 1" if n == 1 else f"are {n}"
