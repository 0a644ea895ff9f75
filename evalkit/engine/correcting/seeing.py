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
        binary: whether a judge's values are all 0 or 1.
        values: of each system, (m,).
        layers: of each system, (m,) who decided.
        groups, weights: (m,) or None.
    """

    sample: Sample
    labelled_only: Sample
    n_labels: int
    trusted: int
    layered: bool
    binary: bool
    values: tuple[np.ndarray, ...]
    layers: tuple[np.ndarray, ...]
    groups: np.ndarray | None
    weights: np.ndarray | None


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
    if _one_sided(layers, labels):
        strata = np.where(who == JUDGED, _APART + 3 * layers[0] + layers[-1], strata)
    mass = _mass(how, sides, inside, order, weights, looked)
    people = np.where(looked, human, np.nan)
    judged = np.concatenate([v[layer == JUDGED] for v, layer in zip(values, layers, strict=True)])
    return Sight(
        sample(human, judge, groups, mass, strata, bounds),
        sample(people, judge, groups, mass, None, bounds),
        int(looked.sum()),
        int(trusted.sum()),
        len(np.unique(strata)) > 1,
        bool(np.isin(judged, (0.0, 1.0)).all()),
        tuple(values),
        tuple(layers),
        groups,
        weights,
    )


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


def _mass(
    how: Correcting,
    sides: tuple[str, ...],
    inside: np.ndarray,
    order: np.ndarray,
    weights: np.ndarray | None,
    labelled: np.ndarray,
) -> np.ndarray | None:
    """Weights of cases, times those of labels where they differ."""
    own = [how.weight[side][inside][order] for side in sides if side in how.weight]
    extra = np.where(labelled, own[0], 1.0) if own else None
    if extra is None or len(np.unique(extra[labelled])) < 2:
        return weights
    mass: np.ndarray = extra if weights is None else extra * weights
    return mass
