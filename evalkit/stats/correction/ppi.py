"""Prediction-powered inference: the judge's mean on all items, less its error on the labelled ones."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array
from evalkit.stats.correction.fit import cross_fitted, pseudo_share
from evalkit.stats.correction.sample import FEWEST, Sample
from evalkit.stats.correction.tails import SkewTail, WithinTail
from evalkit.stats.inference import Inference, Sides, Summary, conclude, few_clusters, no_interval
from evalkit.stats.student import student


class Corrected(NamedTuple):
    """A corrected number.

    Attributes:
        inference: the number, its interval and its one-sided p-values.
        lam: mean weight of the judge; None where the method has none.
        label_value: Var(Y) / SE^2: independent labels that would say as much without the judge; None: not known.
    """

    inference: Inference
    lam: float | None
    label_value: float | None


def ppi(found: Sample) -> Corrected:
    """mean_N f + mean_n (Y - f) (Angelopoulos et al., Science 382:669, 2023), with t on labelled clusters - 1.

    The mean over N is of unlabelled items. SE^2 = Var(f)/N + Var(Y - f)/n, or clustered: G/(G-1) sum psi_c^2.
    """
    weight = np.where(found.labelled, 1.0, np.nan)
    return _concluded(found, _parts(found, weight, 0.0), "ppi")


def ppi_plus_plus(found: Sample, seed: int) -> Corrected:
    """lam mean_N f + mean_n (Y - lam f) with a fitted lam (arXiv 2311.01453), made safe for few labels.

    lam is cross-fitted in five folds of clusters, in each stratum, and clipped to [0, 1]; two pseudo-labels (top,
    bottom) and (bottom, top) join the labels, so that few labels which all agree do not make an interval of no
    width; the bounds are t on labelled clusters - 1, with a correction for skewness (`SkewTail`). Strata are weighed by
    their share of all items (Fisch et al., arXiv 2406.04291), whose own uncertainty is in the standard error.

    Args:
        found: judged items, some with labels.
        seed: of the folds, made of the content.
    """
    return _concluded(found, _parts(found, cross_fitted(found, seed), 1.0), "ppi++")


class _Parts(NamedTuple):
    """Sums of a PPI estimate.

    Attributes:
        point, plain: the estimate, with and without pseudo-labels.
        influence: (n,) contribution of each item to its error.
        pseudo: (2,) of the pseudo-labels; empty without them.
        lam: mean weight of the judge.
    """

    point: float
    plain: float
    influence: Array
    pseudo: Array
    lam: float


def _parts(found: Sample, weight: Array, extra: float) -> _Parts:
    """The estimate for given weights of the judge; `extra`: of each pseudo-label, in labels."""
    labelled, mass, of = found.labelled, found.mass, found.parts
    influence, pseudo = np.zeros(len(mass)), np.zeros(2)
    means, shares, plain, lam = [], [], 0.0, 0.0
    level = np.zeros(len(mass))
    for stratum in np.unique(found.strata):
        mine = found.strata == stratum
        rows, rest = mine & labelled, mine & ~labelled
        share, part = float(of[mine].sum()), pseudo_share(found, mine)
        centre = float(np.average(found.judge[rest], weights=mass[rest])) if rest.any() else 0.0
        given = weight[rows] if rest.any() else np.zeros(int(rows.sum()))
        mean_lam = float(np.average(given, weights=mass[rows]))
        x = found.human[rows] - given * (found.judge[rows] - centre)
        low, high = found.bounds
        ends = np.array([high - mean_lam * (low - centre), low - mean_lam * (high - centre)])
        total = float(mass[rows].sum()) + 2 * extra * part
        mean = float(mass[rows] @ x + extra * part * ends.sum()) / total
        influence[rows] += share * mass[rows] * (x - mean) / total
        if rest.any():
            influence[rest] += share * mean_lam * mass[rest] * (found.judge[rest] - centre) / mass[rest].sum()
        pseudo += share * extra * part * (ends - mean) / total
        level[mine] = mean
        means.append(mean)
        shares.append(share)
        plain += share * float(np.average(x, weights=mass[rows]))
        lam += share * mean_lam
    point = float(np.dot(shares, means))
    if len(means) > 1:
        influence += of * (level - point)
    return _Parts(point, plain, influence, pseudo if extra else pseudo[:0], lam)


def _concluded(found: Sample, parts: _Parts, method: str) -> Corrected:
    """The interval of an estimate, from the influence of each cluster."""
    clusters, labelled = found.clusters, found.labelled
    count = found.n_label_clusters
    variance = _variance(found, parts)
    clustered = clusters.codes is not None
    warnings = few_clusters(count) if clustered else ()
    summary = Summary(parts.point, found.n_items, clusters.n_clusters, None, warnings)
    if variance <= 1e-26:
        said = no_interval(summary, "the judge and the people agree everywhere and all verdicts are alike")
        return Corrected(said, parts.lam, None)
    df = max(1.0, count - float(len(np.unique(found.strata if found.known is None else found.strata[~found.known]))))
    spread = float(np.cov(found.human[labelled], aweights=_of_all(found)[labelled]))
    value = spread / variance if spread > 0 else None
    if method == "ppi":
        return Corrected(conclude(summary, method, student(parts.point, variance, df)), 1.0, value)
    each = np.append(clusters.sums(parts.influence), parts.pseudo)
    third, se, moved = float((each**3).sum()) / variance, math.sqrt(variance), parts.point - parts.plain
    low, high = found.bounds
    point = min(max(parts.point, low), high)
    sides = Sides(
        WithinTail(SkewTail(parts.point, se, df, third, moved), low, high),
        WithinTail(SkewTail(-parts.point, se, df, -third, -moved), -high, -low),
    )
    return Corrected(conclude(summary._replace(point=point), method, sides), parts.lam, value)


def _variance(found: Sample, parts: _Parts) -> float:
    """By items (labelled and unlabelled apart), or by clusters: G/(G-1) sum psi_c^2."""
    if found.clusters.codes is not None:
        each = np.append(found.clusters.sums(parts.influence), parts.pseudo)
        return len(each) / (len(each) - 1) * float(each @ each)
    tested = found.tested
    ours, rest = np.append(parts.influence[tested], parts.pseudo), parts.influence[~tested]
    total = len(ours) / max(1, len(ours) - 1) * float(ours @ ours)
    return total + (len(rest) / max(1, len(rest) - 1) * float(rest @ rest) if len(rest) else 0.0)


def _of_all(found: Sample) -> Array:
    """(n,) masses by which the labels stand for all items: each stratum with its share of the population."""
    mass = found.mass.copy()
    for stratum in np.unique(found.strata):
        mine = found.strata == stratum
        mass[mine] *= float(found.parts[mine].sum()) / float(mass[mine & found.labelled].sum())
    return mass


def too_few(found: Sample) -> str | None:
    """Why these labels correct nothing, as words; None: they do."""
    labelled = found.labelled
    if found.n_labels < FEWEST:
        return f"only {found.n_labels} of the judged items carry a label, and a correction takes at least {FEWEST}"
    if found.n_label_clusters < 3:
        where = "one group" if found.n_label_clusters == 1 else f"only {found.n_label_clusters} groups"
        return f"all labels are in {where}, which does not tell how far another could lie"
    for stratum in np.unique(found.strata if found.known is None else found.strata[~found.known]):
        mine = found.strata == stratum
        if int((mine & labelled).sum()) < 2:
            return "one of the layers that decided the cases has fewer than 2 labels, so its errors are not known"
    return None
