"""Opinions of judges with probabilities, cheapest first -> thresholds of a cascade, certified stage by stage.

The same alpha at every stage and delta/J each, so that with probability 1 - delta none of the J stages errs more often
than alpha on what it keeps. Every stage is calibrated on a part of the labels of its own: the labels that chose the
threshold of one stage say nothing about the next. Source: Jung, Brahman and Choi 2025 (arXiv 2407.18370), section 3;
their code does not split delta.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import InputError
from evalkit.engine.opinions import Opinions
from evalkit.stats.selective import Selective, certify
from evalkit.stats.stacking import folds

Rows = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CascadeFit:
    """A fitted cascade.

    Attributes:
        names: the stages.
        found: of each stage, on its own part of the labels.
        kept: of each stage, (n,) bool of all items: what it decides.
        wrong: (n,) bool: decided, labelled, and not as people say; for show, as the thresholds were fitted on it.
        labelled: (n,) bool.
        n_silent: of each stage, items that came to it and that it gave no verdict with a probability on.
        alpha, delta: asked for.
    """

    names: tuple[str, ...]
    found: tuple[Selective, ...]
    kept: tuple[Rows, ...]
    wrong: Rows
    labelled: Rows
    n_silent: tuple[int, ...]
    alpha: float
    delta: float

    @property
    def coverage(self) -> float:
        """Share of all items that a judge decides."""
        return float(np.mean(np.any(self.kept, axis=0)))

    def sentence(self) -> str:
        """What is promised, in words."""
        left = 100 * (1 - self.coverage)
        if not any(selective.threshold is not None for selective in self.found):
            why = self.found[0].reason or "nothing was labelled"
            return f"No threshold is certified: every item goes to people. {why[0].upper()}{why[1:]}."
        return (
            f"At most {100 * self.alpha:g} % disagreement with {100 * (1 - self.delta):g} % confidence on "
            f"{100 * self.coverage:.0f} % of items; {left:.0f} % go to people."
        )

    def thresholds(self) -> dict[str, Any]:
        """What a cascade reads: `thresholds.json` without the digests of its labels."""
        return {
            "kind": "cascade",
            "version": 1,
            "alpha": self.alpha,
            "delta": self.delta,
            "stages": [self._stage(at) for at in range(len(self.names))],
            "coverage": self.coverage,
            "to_people": 1 - self.coverage,
            "n": len(self.labelled),
            "n_labelled": int(self.labelled.sum()),
            "says": self.sentence(),
        }

    def _stage(self, at: int) -> dict[str, Any]:
        found = self.found[at]
        error = None if found.error is None else found.error._asdict()
        return {
            "name": self.names[at],
            "threshold": found.threshold,
            "keeps": float(self.kept[at].mean()),
            "error": error,
            "n_labels": found.n,
            "overall_error": found.overall,
            "least_abstained": found.infeasible,
            "aurc": found.aurc,
            "n_silent": self.n_silent[at],
            "reason": found.reason,
            "curve": [step._replace(error=None)._asdict() | {"error": _error(step)} for step in found.curve],
        }


def cascade_fit(given: Opinions, order: Sequence[str], alpha: float, delta: float, seed: int) -> CascadeFit:
    """Thresholds of a cascade.

    Args:
        given: verdicts with probabilities; items without a label give the shares that a stage would keep.
        order: the stages, cheapest first.
        alpha: disagreement allowed on what is kept.
        delta: probability allowed of allowing more, over all stages.
        seed: of the parts, made of content.

    Raises:
        InputError: an unknown stage, one without probabilities, or no labelled item.
    """
    columns = [_column(given, name) for name in order]
    labelled = given.labelled
    if not labelled.any():
        raise InputError("no item has a label that most people agree on", remedy="Label some: `evalkit labels sample`")
    part, groups = _parts(given, len(order), seed), np.array(given.groups)
    left = np.ones(len(given.items), bool)
    wrong = np.zeros(len(given.items), bool)
    found, kept, silent = [], [], []
    for at, column in enumerate(columns):
        sure = given.confidence[:, column]
        spoke = left & ~np.isnan(sure) & (given.said[:, column] >= 0)
        mine = spoke & labelled & (part == at)
        errs = given.said[:, column] != given.truth
        one = certify(sure[mine], errs[mine], alpha, delta / len(order), sure[spoke], groups[mine])
        keeps = spoke & (sure >= np.inf if one.threshold is None else sure >= one.threshold)
        wrong |= keeps & labelled & errs
        found.append(one)
        kept.append(keeps)
        silent.append(int((left & ~spoke).sum()))
        left = left & ~keeps
    return CascadeFit(tuple(order), tuple(found), tuple(kept), wrong, labelled, tuple(silent), alpha, delta)


def _column(given: Opinions, name: str) -> int:
    if name not in given.names:
        raise InputError(f"there are no verdicts of {name!r:.60}", "--stages", f"Judges: {', '.join(given.names)}")
    column = given.names.index(name)
    if np.isnan(given.confidence[:, column]).all():
        what = f"no verdict of {name!r:.60} has a probability, so nothing says how sure it is"
        raise InputError(what, remedy='Give {"label", "probability"}: from log probabilities, or from several votes')
    return column


def _parts(given: Opinions, count: int, seed: int) -> npt.NDArray[np.int64]:
    """(n,) stage whose calibration part an item is in; groups stay together. -1: not labelled."""
    part = np.full(len(given.items), -1)
    rows = np.flatnonzero(given.labelled)
    groups = np.array(given.groups)[rows]
    enough = len(np.unique(groups))
    if count == 1:
        part[rows] = 0
    elif enough >= count:
        part[rows] = folds(groups, count, seed)
    else:
        what = f"the labels are of {enough} groups, and each of {count} stages needs a part of its own"
        raise InputError(what, remedy="Label more items")
    return part


def _error(step: Any) -> dict[str, float] | None:
    return None if step.error is None else dict(step.error._asdict())
