"""Opinions of several judges beside people's labels -> the weights of a panel, and whether a panel is worth it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import InputError
from evalkit.engine.opinions import Array, Opinions
from evalkit.stats.one_sample import mean
from evalkit.stats.paired import mcnemar_midp
from evalkit.stats.stacking import RIDGES, Stacked, error_correlation, stack

FEWEST, FEWEST_EACH = 20, 5
SURE = 0.01  # a probability of 0 or 1 counts as this far from it: no judge is that sure


@dataclass(frozen=True)
class PanelFit:
    """A fitted panel.

    Attributes:
        opinions: the labelled items.
        stacked: weights and cross-fitted probabilities.
        reads: J times "probability" (of all its verdicts) or "label".
        right: (n, J) accuracy of each member's verdict (0 or 1; NaN without a verdict).
        majority: (n,) of the unweighted majority; 1/m where m labels tie.
        stack: (n,) of the stack, cross-fitted.
    """

    opinions: Opinions
    stacked: Stacked
    reads: tuple[str, ...]
    right: Array
    majority: Array
    stack: Array

    def weights(self) -> dict[str, Any]:
        """What a panel reads: `weights.json` without the digests of its labels."""
        fitted, given = self.stacked.fit, self.opinions
        return {
            "kind": "panel",
            "version": 1,
            "menu": list(given.menu),
            "members": {
                name: {"weight": float(w), "reads": reads}
                for name, w, reads in zip(given.names, fitted.weights, self.reads, strict=True)
            },
            "intercepts": dict(zip(given.menu, map(float, fitted.intercepts), strict=True)),
            "ridge": fitted.ridge,
            "n": len(given.items),
            "accuracy": self.accuracy(),
        }

    def accuracy(self) -> dict[str, Any]:
        """Accuracy of each member, the majority and the (cross-fitted) stack, with 95 % intervals."""
        names, groups = self.opinions.names, np.array(self.opinions.groups)
        members = {name: _share(self.right[:, j], groups) for j, name in enumerate(names)}
        best = max(names, key=lambda name: (members[name]["point"] or 0.0, name))
        ours, alone = self.stack == 1, self.right[:, names.index(best)] == 1
        gained, lost = int((ours & ~alone).sum()), int((alone & ~ours).sum())
        return {
            "members": members,
            "majority": _share(self.majority, groups),
            "stack": _share(self.stack, groups),
            "best_member": best,
            "stack_vs_best": {
                "difference": float(np.mean(ours.astype(float) - alone)),
                "gained": gained,
                "lost": lost,
                "p": mcnemar_midp(gained, lost),
            },
        }

    def correlations(self) -> dict[str, dict[str, float | None]]:
        """Correlation of the errors of each two members; None where one of them never (or always) errs."""
        table = error_correlation(1 - self.right)
        names = self.opinions.names
        return {
            a: {b: None if np.isnan(table[i, j]) else float(table[i, j]) for j, b in enumerate(names) if j != i}
            for i, a in enumerate(names)
        }


def panel_fit(given: Opinions, seed: int) -> PanelFit:
    """Weights of a panel by stacking.

    Args:
        given: verdicts; items without a majority of people are left out.
        seed: of the folds, made of content.

    Raises:
        InputError: too few labelled items, one class, or fewer than two judges.
    """
    kept = given.rows(given.labelled)
    _check(kept)
    reads = tuple("probability" if _sure(kept, j) else "label" for j in range(len(kept.names)))
    said = _said(kept, reads)
    free = _alike(kept.menu) if kept.pair else None
    stacked = stack(said, kept.truth, np.array(kept.groups), seed=seed, free=free)
    right = np.where(kept.said < 0, np.nan, (kept.said == kept.truth[:, None]).astype(float))
    votes = (kept.said[:, :, None] == np.arange(len(kept.menu))).sum(axis=1)
    return PanelFit(kept, stacked, reads, right, _hit(votes, kept.truth), _hit(stacked.chance, kept.truth))


def _check(given: Opinions) -> None:
    n, counts = (
        len(given.items),
        np.bincount(given.truth, minlength=len(given.menu)) if len(given.items) else np.zeros(1),
    )
    remedy = "Label more items: `evalkit labels sample` draws them"
    if len(given.names) < 2:
        raise InputError(f"there is one judge, {given.names[0]!r:.60}", remedy="A panel has at least two members")
    if n < FEWEST:
        raise InputError(f"{n} labelled items cannot weigh {len(given.names)} judges; it takes {FEWEST}", remedy=remedy)
    if (counts >= FEWEST_EACH).sum() < 2:
        said = ", ".join(f"{label!r:.40}: {count}" for label, count in [*zip(given.menu, counts, strict=True)][:6])
        what = f"the labels are of one class, or nearly so ({said}); it takes {FEWEST_EACH} of two"
        raise InputError(what, remedy=remedy)
    silent = [name for j, name in enumerate(given.names) if (given.said[:, j] < 0).all()]
    if silent:
        what = f"{silent[0]!r:.60} gave no verdict on any labelled item"
        raise InputError(what, remedy="Leave it out, or ask it about the labelled items first")
    if len(set(given.groups)) < 2:
        raise InputError("all items are of one group, so no fold is left to check the weights on", remedy=remedy)


def _sure(given: Opinions, judge: int) -> bool:
    spoke = given.said[:, judge] >= 0
    return bool(spoke.any()) and not np.isnan(given.confidence[spoke, judge]).any()


def _said(given: Opinions, reads: tuple[str, ...]) -> Array:
    """(n, K, J): 1 for the label that a judge names, or the log probability of each label."""
    labels = len(given.menu)
    said = np.zeros((len(given.items), labels, len(reads)))
    for j, how in enumerate(reads):
        spoke = (given.said[:, j] >= 0) & (given.said[:, j] < labels)
        mine = given.said[spoke, j][:, None] == np.arange(labels)
        if how == "label":
            said[spoke, :, j] = mine
        else:
            sure = np.clip(given.confidence[spoke, j], SURE, 1 - SURE)[:, None]
            said[spoke, :, j] = np.log(np.where(mine, sure, (1 - sure) / max(1, labels - 1)))
    return said


def _alike(menu: tuple[str, ...]) -> Array:
    """Intercepts of a pair: the two sides have the same one, or the names of the answers would matter."""
    return np.array([[float(label == "tie")] for label in menu]) if "tie" in menu else np.zeros((len(menu), 0))


def _hit(support: npt.NDArray[Any], truth: npt.NDArray[np.int64]) -> Array:
    """(n,) 1 where the best supported label is right; shared where several are best."""
    top = support == support.max(axis=1, keepdims=True)
    hit: Array = top[np.arange(len(truth)), truth] / top.sum(axis=1)
    return hit


def _share(hits: Array, groups: npt.NDArray[np.str_]) -> dict[str, Any]:
    """A share of hits among those that answered, with its interval over groups."""
    known = ~np.isnan(hits)
    if not known.any():
        return {"point": None, "lo": None, "hi": None, "n": 0}
    found = mean(hits[known], groups[known], bounds=(0.0, 1.0))
    lo, hi = (None, None) if found.interval is None else found.interval(0.95)
    return {"point": found.point, "lo": lo, "hi": hi, "n": int(known.sum())}


__all__ = ["RIDGES", "PanelFit", "panel_fit"]
