"""The cases of one estimate as a correction reads them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.engine.correcting.sources import JUDGED, KNOWN, RULES, Correcting
from evalkit.stats.correction import Sample, sample

_APART = 10
"""Strata from here on are pairs of layers; below are layers."""


class Sight(NamedTuple):
    """One or two systems on some cases.

    Attributes:
        sample: values (or paired differences), with labels; where nobody can err, the value stands for its label.
        labelled_only: the same without what stands for a label: people only.
        n_labels: cases that people labelled (both answers of a pair).
        trusted: cases that rules decided and no label is about: taken as right.
        layered: whether several layers decided, so that the estimate is stratified.
        values: of each system, (m,).
        layers: of each system, (m,) who decided.
        groups, weights: (m,) or None.
        looked: (m,) bool: cases that people labelled.
        cases: (m,) the cases, in the order of ids.
    """

    sample: Sample
    labelled_only: Sample
    n_labels: int
    trusted: int
    layered: bool
    values: tuple[np.ndarray, ...]
    layers: tuple[np.ndarray, ...]
    groups: np.ndarray | None
    weights: np.ndarray | None
    looked: np.ndarray
    cases: np.ndarray

    def two_valued(self, repeats: int) -> bool:
        """Whether a judge's verdicts are all 0 or 1, as far as the means of so many repeats tell."""
        judged = np.concatenate([v[layer == JUDGED] for v, layer in zip(self.values, self.layers, strict=True)])
        return bool((np.abs(judged * repeats - np.round(judged * repeats)) < 1e-9).all())


def sight(
    how: Correcting,
    sides: tuple[str, ...],
    values: list[np.ndarray],
    inside: np.ndarray,
    at: tuple[np.ndarray | None, np.ndarray | None, np.ndarray],
) -> Sight:
    """Rows in the order of case ids, so that the order of the file decides nothing.

    Args:
        how: labels and layers.
        sides: one system, or two: their difference.
        values: (m,) of each.
        inside: (n cases,) bool: the m cases.
        at: (m,) groups, weights and places in the order of ids.
    """
    groups, weights, rank = at
    order = np.argsort(rank, kind="stable")
    values = [v[order] for v in values]
    groups, weights = (None if x is None else x[order] for x in (groups, weights))
    layers = [how.layer[side][inside][order] for side in sides]
    labels = [how.human[side][inside][order] if side in how.human else np.full(len(order), np.nan) for side in sides]
    who = np.maximum.reduce([np.where(layer == KNOWN, -1, layer) for layer in layers])  # a judge, else a rule, else -1
    filled = [_filled(v, layer, lab) for v, layer, lab in zip(values, layers, labels, strict=True)]
    human, judge = (x[0] if len(sides) == 1 else x[0] - x[1] for x in (filled, values))
    looked = ~np.isnan(human) & np.any([~np.isnan(lab) for lab in labels], axis=0)
    trusted = (who == RULES) & ~np.isnan(human) & ~looked
    bounds = (0.0, 1.0) if len(sides) == 1 else (-1.0, 1.0)
    strata = np.where((who == -1) | trusted, KNOWN, who)
    both = looked
    if _one_sided(layers, labels):
        strata = np.where(who == JUDGED, _APART + 3 * layers[0] + layers[-1], strata)
        known = [~np.isnan(lab) | (layer == KNOWN) for lab, layer in zip(labels, layers, strict=True)]
        both = looked & np.all(known, axis=0)  # what a rule said of the one answer is not what people said
    strata = _untested(strata, human, looked)
    extra = _extra(how, sides, inside, order, looked)
    mass = weights if extra is None else extra if weights is None else extra * weights
    people = np.where(both, human, np.nan)
    whole = (groups, weights, strata, bounds)
    return Sight(
        _whole(human, judge, looked, extra, whole),
        sample(people, judge, groups, mass, None, bounds),
        int(both.sum()),
        int(trusted.sum()),
        len(np.unique(strata)) > 1,
        tuple(values),
        tuple(layers),
        groups,
        weights,
        looked,
        np.flatnonzero(inside)[order],
    )


def _whole(
    human: np.ndarray,
    judge: np.ndarray,
    looked: np.ndarray,
    extra: np.ndarray | None,
    whole: tuple[np.ndarray | None, np.ndarray | None, np.ndarray, tuple[float, float]],
) -> Sample:
    """All cases as a correction reads them.

    Labels with weights of their own were not drawn evenly, and so neither was what they left: the judge's mean is then
    that of all cases, and each labelled case is there once more, with its label.
    """
    groups, weights, strata, bounds = whole
    if extra is None:
        found = sample(human, judge, groups, weights, strata, bounds)
        return found._replace(known=_known(strata))
    again = np.flatnonzero(looked & (strata != KNOWN))
    size = np.ones(len(judge)) if weights is None else weights
    twice = np.concatenate([np.arange(len(judge)), again])
    people = np.concatenate([np.where(strata == KNOWN, human, np.nan), human[again]])
    mass = np.concatenate([size, (size * extra)[again]])
    codes = twice if groups is None else groups[twice]
    found = sample(people, judge[twice], codes, mass, strata[twice], bounds)
    return found._replace(known=_known(strata[twice]), size=np.concatenate([size, np.zeros(len(again))]))


def _known(strata: np.ndarray) -> np.ndarray | None:
    known: np.ndarray = strata == KNOWN
    return known if known.any() else None


def _untested(strata: np.ndarray, human: np.ndarray, looked: np.ndarray) -> np.ndarray:
    """Strata; one all of whose cases have a value, and of which no two are labels, is known like the others."""
    found = strata.copy()
    for code in np.unique(strata):
        mine = strata == code
        if int((mine & looked).sum()) < 2 and not np.isnan(human[mine]).any():
            found[mine] = KNOWN
    return found


def _one_sided(layers: list[np.ndarray], labels: list[np.ndarray]) -> bool:
    """Whether of pairs that a judge decided on both sides some are labelled on one side only.

    Then a pair has both labels the more often the fewer of its sides were judged: labelled pairs are no random sample
    of the judged ones, but still one of those that the same layers decided.
    """
    if len(layers) == 1:
        return False
    both = (layers[0] == JUDGED) & (layers[1] == JUDGED)
    return bool((both & (np.isnan(labels[0]) != np.isnan(labels[1]))).any())


def _filled(values: np.ndarray, layer: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels, and the value itself where nobody can err, or where rules decided and no two labels test them."""
    rules = layer == RULES
    untested = rules & (int((rules & ~np.isnan(labels)).sum()) < 2)
    stands: np.ndarray = np.where(np.isnan(labels) & ((layer == KNOWN) | untested), values, labels)
    return stands


def _extra(
    how: Correcting, sides: tuple[str, ...], inside: np.ndarray, order: np.ndarray, labelled: np.ndarray
) -> np.ndarray | None:
    """Weights of labels, of mean 1 among the labelled cases, 1 elsewhere; None: they are all alike."""
    own = [how.weight[side][inside][order] for side in sides if side in how.weight]
    if not own or len(np.unique(own[0][labelled])) < 2:
        return None
    extra: np.ndarray = np.where(labelled, own[0] / own[0][labelled].mean(), 1.0)
    return extra
