"""Maximum likelihood of Bradley and Terry's model with ties and a covariate, and the sandwich around it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.stats.clusters import Array, Clusters
from evalkit.stats.preference.comparisons import Comparisons

STEPS = 100
CONVERGED = 1e-12  # largest change of a parameter
SINGULAR = 1e12
LARGEST = 30.0  # a log strength beyond this is one on its way to infinity


class Fit(NamedTuple):
    """Parameters and their covariance.

    Attributes:
        strengths: (m,) log strengths that sum to 0.
        log_nu: log of the tie parameter; None where there are no ties, and it is 0.
        slope: coefficient of the covariate; None where there is none.
        loglik: maximum of the log-likelihood, without the penalty.
        information: (p, p) minus the Hessian over (strengths, log nu, slope), penalty included; of rank p - 1.
        scores: (n,) derivative of each row in d, and (n,) in log nu.
    """

    strengths: Array
    log_nu: float | None
    slope: float | None
    loglik: float
    information: Array
    scores: tuple[Array, Array]


class _Model:
    """Davidson (1970, JASA 65, 317-328): the three outcomes weigh exp(d/2), exp(-d/2) and nu, with
    d = s_first - s_second + slope x covariate; without ties this is logit P(first) = d (Bradley and Terry 1952).

    The log-likelihood is concave in (s, log nu, slope). The penalty, where there is one, is half a win and half a loss
    of each system against a strength of 0: it keeps finite what the data leave infinite.
    """

    def __init__(self, of: Comparisons, penalty: float) -> None:
        self.of, self.penalty = of, penalty
        self.tied = (of.outcome == 0).astype(np.float64)
        self.ties = bool(self.tied.any())
        self.m = of.n_systems
        self.p = self.m + self.ties + (of.covariate is not None)

    def _linear(self, theta: Array) -> tuple[Array, float]:
        d = theta[self.of.first] - theta[self.of.second]
        if self.of.covariate is not None:
            d = d + theta[-1] * self.of.covariate
        return d, float(theta[self.m]) if self.ties else -np.inf

    def value(self, theta: Array) -> tuple[float, float]:
        """(log-likelihood, penalty)."""
        d, log_nu = self._linear(theta)
        total = np.logaddexp(np.logaddexp(d / 2, -d / 2), log_nu)
        rows = self.of.outcome * d / 2 - total
        if self.ties:
            rows = rows + self.tied * log_nu
        s = theta[: self.m]
        return float(rows.sum()), float(self.penalty * (s / 2 - np.logaddexp(s, 0.0)).sum())

    def derivatives(self, theta: Array) -> tuple[Array, Array, tuple[Array, Array]]:
        """Gradient, information, and the scores of the rows."""
        d, log_nu = self._linear(theta)
        total = np.logaddexp(np.logaddexp(d / 2, -d / 2), log_nu)
        ahead, behind, tie = np.exp(d / 2 - total), np.exp(-d / 2 - total), np.exp(log_nu - total)
        mean = (ahead - behind) / 2
        in_d, in_nu = self.of.outcome / 2 - mean, self.tied - tie
        gradient = self.spread(in_d, in_nu)
        var_d = (ahead + behind) / 4 - mean**2
        information = self._crossed(var_d, -mean * tie, tie * (1 - tie))
        chance = 1 / (1 + np.exp(-theta[: self.m]))
        gradient[: self.m] += self.penalty * (0.5 - chance)
        information[np.arange(self.m), np.arange(self.m)] += self.penalty * chance * (1 - chance)
        return gradient, information, (in_d, in_nu)

    def spread(self, in_d: Array, in_nu: Array) -> Array:
        """(p,) derivative in the parameters from those of the rows in d and log nu."""
        found = np.zeros(self.p)
        found[: self.m] = np.bincount(self.of.first, in_d, self.m) - np.bincount(self.of.second, in_d, self.m)
        if self.ties:
            found[self.m] = in_nu.sum()
        if self.of.covariate is not None:
            found[-1] = in_d @ self.of.covariate
        return found

    def _crossed(self, dd: Array, dn: Array, nn: Array) -> Array:
        """(p, p) sum over rows of the crossed derivatives of d and log nu, weighted."""
        m, of = self.m, self.of
        pairs = np.bincount(of.first * m + of.second, dd, m * m).reshape(m, m)
        pairs = pairs + pairs.T
        found = np.zeros((self.p, self.p))
        found[:m, :m] = np.diag(pairs.sum(axis=1)) - pairs
        x = of.covariate
        if self.ties:
            found[m, :m] = found[:m, m] = np.bincount(of.first, dn, m) - np.bincount(of.second, dn, m)
            found[m, m] = nn.sum()
        if x is not None:
            found[-1, :m] = found[:m, -1] = np.bincount(of.first, dd * x, m) - np.bincount(of.second, dd * x, m)
            found[-1, -1] = dd @ x**2
            if self.ties:
                found[-1, m] = found[m, -1] = dn @ x
        return found

    def by_cluster(self, scores: tuple[Array, Array], clusters: Clusters) -> Array:
        """(p, p) sum of the outer products of the scores of each cluster."""
        in_d, in_nu = scores
        if clusters.codes is None:
            return self._crossed(in_d**2, in_d * in_nu, in_nu**2)
        m, count, codes = self.m, clusters.count, clusters.codes
        each = np.zeros((count, self.p))
        at = codes * m
        size = count * m
        each[:, :m] = (
            np.bincount(at + self.of.first, in_d, size) - np.bincount(at + self.of.second, in_d, size)
        ).reshape(count, m)
        if self.ties:
            each[:, m] = clusters.sums(in_nu)
        if self.of.covariate is not None:
            each[:, -1] = clusters.sums(in_d * self.of.covariate)
        found: Array = each.T @ each
        return found


def fit(of: Comparisons, penalty: float = 0.0) -> Fit | None:
    """Newton's method with halved steps, on strengths that sum to 0; None where there is no finite maximum.

    Args:
        of: checked comparisons whose graph is connected.
        penalty: wins and losses against a strength of 0 that each system is given, times 2 (1: half of each).
    """
    model = _Model(of, penalty)
    theta = np.zeros(model.p)
    if model.ties:
        share = model.tied.mean()
        theta[model.m] = np.log(2 * share / (1 - share))
    for _ in range(STEPS):
        gradient, information, _ = model.derivatives(theta)
        try:
            step = _step(information, gradient, model.m)
        except np.linalg.LinAlgError:
            return None
        before, size = sum(model.value(theta)), 1.0
        while sum(model.value(theta + size * step)) < before - 1e-9 * abs(before) and size > 1e-6:
            size /= 2
        theta = theta + size * step
        if np.abs(theta).max() > LARGEST:
            return None
        if np.abs(size * step).max() < CONVERGED:
            break
    return _found(model, theta) if np.abs(step).max() < 1e-6 else None


def _step(information: Array, gradient: Array, m: int) -> Array:
    """(p,) Newton's step among strengths that sum to 0: a penalty pulls at their mean, so a multiplier holds it.

    Raises:
        np.linalg.LinAlgError: the likelihood is flat in some direction.
    """
    p = len(gradient)
    held = np.zeros((p + 1, p + 1))
    held[:p, :p] = information
    held[p, :m] = held[:m, p] = np.trace(information[:m, :m]) / m or 1.0
    step: Array = np.linalg.solve(held, np.append(gradient, 0.0))[:p]
    return step


def _found(model: _Model, theta: Array) -> Fit | None:
    """The fit at its maximum; None where the likelihood is flat there in some direction."""
    _, information, scores = model.derivatives(theta)
    if np.linalg.cond(anchored(information, model.m)) > SINGULAR:
        return None
    return Fit(
        theta[: model.m],
        float(theta[model.m]) if model.ties else None,
        float(theta[-1]) if model.of.covariate is not None else None,
        model.value(theta)[0],
        information,
        scores,
    )


def anchored(information: Array, m: int) -> Array:
    """The information with the direction that moves all strengths alike made regular: the strengths sum to 0."""
    found = information.copy()
    found[:m, :m] += np.trace(information[:m, :m]) / m**2
    return found


def covariance(of: Comparisons, found: Fit, clusters: Clusters, penalty: float = 0.0) -> Array:
    """(p, p) cluster-robust covariance of the parameters, strengths as contrasts from their mean.

    H^-1 (sum g g') H^-1 G/(G - 1) over clusters' scores g (Liang and Zeger 1986). With a penalty the scores of what is
    all but certain vanish before its uncertainty does, so the inverse information is added: too wide, not too short.
    """
    m = of.n_systems
    model = _Model(of, penalty)
    bread = np.linalg.inv(anchored(found.information, m))
    centre = np.eye(model.p)
    centre[:m, :m] -= 1.0 / m
    bread = centre @ bread @ centre
    meat = model.by_cluster(found.scores, clusters) * clusters.count / (clusters.count - 1)
    robust: Array = bread @ meat @ bread
    return robust + bread if penalty else robust
