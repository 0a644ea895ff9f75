"""A ranking from preferences: strengths with intervals, ranks that remain possible, and what the data cannot say."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.stats.clusters import Array, Clusters, clusters_of
from evalkit.stats.distributions import t_quantile
from evalkit.stats.inference import few_clusters
from evalkit.stats.many.letters import letters, rank_intervals
from evalkit.stats.many.pairs import Pairs, all_pairs
from evalkit.stats.preference.comparisons import Comparisons, checked, cycles, groups_of, one_sided, wins
from evalkit.stats.preference.likelihood import Fit, anchored, covariance, fit

DRAWS = 10_000
PENALTY = 1.0


class Slope(NamedTuple):
    """The coefficient of the covariate; NaN ends where there is no interval, and a reason where there is no value."""

    point: float
    lo: float
    hi: float
    reason: str | None = None


class Ranking(NamedTuple):
    """Bradley-Terry strengths of m systems. NaN marks an interval that does not exist; `reason` says why.

    Attributes:
        strengths: (m,) log strengths that sum to 0; a difference of d is a win rate of 1/(1 + exp(-d)) without ties.
        lo, hi: (m,) pointwise intervals at the level; NaN where there is none, infinite where the data set no bound.
        ranks: (m, 2) best and worst rank that is possible, simultaneously at the level.
        win_rate: (m,) wins and half the ties over comparisons; NaN for a system that was never compared.
        compared: (m,) comparisons.
        letters: (m,) systems that share one are not shown different.
        better: (m, m) True where i is shown stronger than j.
        best: (m,) probability of being the strongest, from the normal approximation.
        tie_parameter: Davidson's nu: a tie of equals has odds nu : 2; NaN where every comparison is a tie.
        slope: of the covariate; None where there was none.
        loglik: of the fit; NaN where there is none.
        n_clusters: items, or comparisons where there are none.
        cyclic, triples: intransitive triples, and how many triples were decided.
        reason: why there are no intervals, or None.
        warnings: what to know before reading the numbers; systems are named by `names`.
        method: in words.
    """

    strengths: Array
    lo: Array
    hi: Array
    ranks: npt.NDArray[np.intp]
    win_rate: Array
    compared: npt.NDArray[np.intp]
    letters: list[str]
    better: npt.NDArray[np.bool_]
    best: Array
    tie_parameter: float
    slope: Slope | None
    loglik: float
    n_clusters: int
    cyclic: int
    triples: int
    reason: str | None
    warnings: tuple[str, ...]
    method: str

    @property
    def decisive(self) -> bool:
        """Whether every system has one rank left."""
        return bool((self.ranks[:, 0] == self.ranks[:, 1]).all())


def bradley_terry(of: Comparisons, names: list[str] | None = None, *, level: float = 0.95) -> Ranking:
    """Bradley and Terry's model (1952) with Davidson's ties (1970) and a covariate, clustered by item.

    Intervals are cluster-robust (t with clusters - 1 degrees of freedom); ranks come from simultaneous intervals of all
    differences. Where a system (or a group) never lost to the rest or never won, the likelihood has no maximum: the fit
    then gives every system half a win and half a loss against an average one, and says so; the interval of such a
    system is open on its side.

    Args:
        of: the comparisons.
        names: (m,) of the systems, for sentences; None: their numbers.
        level: of intervals, and of all ranks together.

    Raises:
        ValueError: columns that do not belong together, a level not in (0, 1), or systems between which there is no
            chain of comparisons (which no ranking orders).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level!r}; 0.95 is usual")
    return _Fitting(checked(of), names or [str(i) for i in range(of.n_systems)], level).ranking()


class _Fitting:
    def __init__(self, of: Comparisons, names: list[str], level: float) -> None:
        self.of, self.names, self.level = of, names, level
        self.won = wins(of)
        self.clusters: Clusters = clusters_of(of.item, len(of.first))
        self.warnings: list[str] = []
        parts = groups_of((self.won + self.won.T) > 0)
        if len(parts) > 1:
            sets = "; ".join(", ".join(names[i] for i in part) for part in parts)
            raise ValueError(
                f"no chain of comparisons links these groups of systems, so no ranking orders them: {sets}"
            )

    def ranking(self) -> Ranking:
        """See `bradley_terry`."""
        unbeaten, beaten = one_sided(self.won)
        penalty = PENALTY if unbeaten or beaten else 0.0
        self._say_one_sided(unbeaten, beaten)
        found, slope = (None, None) if not self.of.outcome.any() else self._fitted(penalty)
        if found is None and self.of.outcome.any() and not penalty:
            # wins and ties without a loss: every tie remains as likely as it was under any larger strength
            unbeaten, beaten = one_sided(wins(self.of, ties=0.0))
            penalty = PENALTY
            self._say_one_sided(unbeaten, beaten)
            found, slope = self._fitted(penalty)
        if found is None:
            return self._without(slope)
        if self.clusters.count < 2:
            what = "there is one comparison" if len(self.of.first) == 1 else "all comparisons are of one item"
            return self._without(slope, found, f"{what}, so their spread is not known")
        self.warnings += few_clusters(self.clusters.count)
        spread = covariance(self.of, found, self.clusters, penalty)
        if (shortage := self._shortage(found, spread)) is not None:
            return self._without(slope, found, shortage)
        t = -t_quantile(self.clusters.count - 1, (1.0 - self.level) / 2.0)
        half = t * np.sqrt(np.maximum(np.diag(spread), 0.0))
        m = self.of.n_systems
        lo, hi = found.strengths - half[:m], found.strengths + half[:m]
        hi[[i for group in unbeaten for i in group]] = np.inf
        lo[[i for group in beaten for i in group]] = -np.inf
        if found.slope is not None:
            slope = Slope(found.slope, found.slope - half[-1], found.slope + half[-1])
        pairs = _contrasts(found.strengths, spread[:m, :m], self.clusters.count, self.level)
        return self._told(found, lo, hi, pairs, slope)

    def _shortage(self, found: Fit, spread: Array) -> str | None:
        """Why the spread of the items says nothing of some parameter, or None."""
        free = len(spread) - 1
        what = "comparisons" if self.of.item is None else "items"
        if self.clusters.count <= free:
            return f"{self.clusters.count} {what} are too few for the spread of {free} parameters"
        m = self.of.n_systems
        known = np.diag(np.linalg.inv(anchored(found.information, m)))
        flat = bool((np.diag(spread) <= 1e-9 * known).any())
        return f"the {what} do not vary in some strength, so its spread is not known" if flat else None

    def _fitted(self, penalty: float) -> tuple[Fit | None, Slope | None]:
        """The fit, without the covariate where its coefficient is not finite."""
        found = fit(self.of, penalty)
        if found is not None or self.of.covariate is None:
            return found, None
        reason = "the covariate decides the comparisons, or goes with the systems: its coefficient has no finite value"
        self.warnings.append(f"{reason}; strengths are not adjusted for it")
        self.of = self.of._replace(covariate=None)
        return fit(self.of, penalty), Slope(math.nan, math.nan, math.nan, reason)

    def _say_one_sided(self, unbeaten: list[list[int]], beaten: list[list[int]]) -> None:
        for groups, what, side in ((unbeaten, "never lost", "upper"), (beaten, "never won", "lower")):
            for group in groups:
                who = ", ".join(self.names[i] for i in group)
                rest = "" if len(group) == 1 else " against the rest"
                self.warnings.append(f"{who} {what} a comparison{rest}: the data set no {side} bound to the strength")
        if unbeaten or beaten:
            self.warnings.append(
                "strengths are regularised: every system is given half a win and half a loss against an average one"
            )

    def _told(self, found: Fit, lo: Array, hi: Array, pairs: Pairs, slope: Slope | None) -> Ranking:
        order = np.argsort(-found.strengths, kind="stable")
        items = "cluster-robust by item" if self.of.item is not None else "robust"
        ties = "Davidson ties" if found.log_nu is not None else "no ties"
        return self._base(found, slope)._replace(
            lo=lo,
            hi=hi,
            ranks=rank_intervals(pairs.better),
            letters=letters(pairs.better, order),
            better=pairs.better,
            best=pairs.best,
            method=f"Bradley-Terry, {ties}, {items} t intervals; ranks by simultaneous intervals of all differences",
        )

    def _without(self, slope: Slope | None, found: Fit | None = None, reason: str | None = None) -> Ranking:
        """Point values at most, and why there is no more."""
        if found is None and reason is None:
            ties = not self.of.outcome.any()
            reason = "every comparison is a tie" if ties else "the likelihood has no maximum that could be found"
        self.warnings.append(f"There are no intervals: {reason}")
        return self._base(found, slope)._replace(reason=reason)

    def _base(self, found: Fit | None, slope: Slope | None) -> Ranking:
        m = self.of.n_systems
        nothing = np.full(m, np.nan)
        counted = np.bincount(self.of.first, minlength=m) + np.bincount(self.of.second, minlength=m)
        cyclic, triples = cycles(self.won)
        nu = math.nan if found is None else math.exp(found.log_nu) if found.log_nu is not None else 0.0
        if slope is None and found is not None and found.slope is not None:
            slope = Slope(found.slope, math.nan, math.nan)
        return Ranking(
            np.zeros(m) if found is None else found.strengths,
            nothing,
            nothing.copy(),
            np.tile([1, m], (m, 1)),
            self.won.sum(axis=1) / counted,
            counted,
            ["a"] * m,
            np.zeros((m, m), bool),
            np.full(m, 1.0 / m),
            nu,
            slope,
            math.nan if found is None else found.loglik,
            self.clusters.count,
            cyclic,
            triples,
            None,
            tuple(self.warnings),
            "Bradley-Terry",
        )


def _contrasts(strengths: Array, spread: Array, units: int, level: float) -> Pairs:
    """Simultaneous intervals of all differences from normal draws whose sample covariance is exactly the given one."""
    m = len(strengths)
    rng = np.random.default_rng([m, DRAWS])
    normal = rng.standard_normal((DRAWS, m))
    normal -= normal.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(normal.T, bias=True).reshape(m, m)), normal.T).T
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    # `all_pairs` makes bootstrap errors those of n - 1; these are that already
    draws = strengths + math.sqrt((units - 1) / units) * white @ root.T
    return all_pairs(draws, strengths, higher=True, level=level, units=units)
