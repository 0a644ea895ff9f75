"""Folds that keep a cluster together: a fold is never predicted from its own cluster's other items."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def folds(groups: npt.ArrayLike, count: int, seed: int) -> npt.NDArray[np.int64]:
    """(n,) fold of each item, `count` folds of about the same size.

    Clusters are taken in an order drawn from `seed`, larger ones first, each into the smallest fold.

    Args:
        groups: (n,) cluster of each item.
        count: at most as many as there are clusters.
        seed: made of content.

    Raises:
        ValueError: fewer clusters than folds, or fewer than two folds.
    """
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(codes)
    if not 2 <= count <= len(sizes):
        raise ValueError(f"{count} folds of {len(sizes)} clusters: there are from 2 to as many folds as clusters")
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    order = drawn[np.argsort(-sizes[drawn], kind="stable")]
    fold_of, held = np.empty(len(sizes), np.int64), np.zeros(count, np.int64)
    for cluster in order:
        fold_of[cluster] = held.argmin()
        held[fold_of[cluster]] += sizes[cluster]
    return fold_of[codes]
