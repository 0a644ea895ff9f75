"""Bootstrap replicates of one statistic for several systems under one set of weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evalkit.stats.bootstrap import Combine, part_table
from evalkit.stats.clusters import Array, clusters_of
from evalkit.stats.resampling import case_totals, distinct, totals


def replicate_values(
    parts: Sequence[npt.ArrayLike],
    combine: Combine,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    replicates: int = 10_000,
) -> Array:
    """combine(totals) of every system in every bootstrap resample of the cases (clusters, where grouped).

    All systems are resampled together, so that a difference of two columns is paired. The weights are drawn over the
    sorted cluster ids and depend on the seed and the number of clusters alone.

    Args:
        parts: m tables (n, k) of finite sufficient statistics of the same cases in the same order.
        combine: (..., k) totals -> (...) values; NaN where it is undefined.
        groups: (n,) cluster ids, or None.
        seed: from the content of the question.
        replicates: number of resamples, at least 100.

    Returns:
        (replicates, m) values; NaN where the statistic is undefined in a resample.

    Raises:
        ValueError: parts that are not finite or of different shapes, no cases, or too few replicates.
    """
    tables = [part_table(table) for table in parts]
    if len({table.shape for table in tables}) != 1:
        raise ValueError("all systems have parts of one shape (n, k): compare them on the same cases")
    if replicates < 100 or len(tables[0]) == 0:
        raise ValueError(f"{len(tables[0])} cases and {replicates} replicates: a bootstrap takes a case and 100 draws")
    # In an order of their own, so that the order in which systems are named plays no role for the draws.
    order = sorted(range(len(tables)), key=lambda i: np.sort(tables[i], axis=0).tobytes())
    joint, place = _different(np.hstack([tables[i] for i in order]))
    clusters = clusters_of(groups, len(joint))
    if clusters.codes is None:
        sums = case_totals(distinct(joint), joint, seed, replicates)
    else:
        sums = totals(np.column_stack([clusters.sums(column) for column in joint.T]), seed, replicates)
    width = tables[0].shape[1]
    with np.errstate(all="ignore"):
        each = [combine(sums[:, place[at : at + width]]) for at in range(0, len(place), width)]
    return np.column_stack(each).astype(np.float64)[:, np.argsort(order)]


def _different(joint: Array) -> tuple[Array, npt.NDArray[np.intp]]:
    """Columns without repetition, and where each went: systems share their denominators, and equal ones stay equal."""
    seen: dict[bytes, int] = {}
    place = [seen.setdefault(np.ascontiguousarray(column).tobytes(), len(seen)) for column in joint.T]
    first = [place.index(at) for at in range(len(seen))]
    return np.ascontiguousarray(joint[:, first]), np.array(place)
