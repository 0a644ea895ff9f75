"""Labels of people beside every layer of a suite: which of them agrees with people, and which ranks systems as they do.

Exact match put one system 17 points below a rival where people saw it 2 points ahead: which layer decides matters more
than any test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.core.seeds import seed_from
from evalkit.stats.agreement import Coefficient, grouped_agreement
from evalkit.stats.judging.scores import scores
from evalkit.stats.system_ranking import FEWEST, SystemRanking, system_ranking

Array = npt.NDArray[np.float64]


NEARLY = 0.9
"""Share of a gated layer's answers that another one has to be about to be a choice instead."""


class Audited(NamedTuple):
    """Labelled answers and what each layer says of them.

    Attributes:
        human: (n,) people's value of each answer, higher is better.
        systems: (n,) who answered.
        groups: (n,) cluster of the case.
        layers: metric -> (n,) its value, higher is better; NaN where it has none.
    """

    human: Array
    systems: Sequence[str]
    groups: Sequence[str]
    layers: Mapping[str, Array]


def audit(given: Audited) -> list[dict[str, Any]]:
    """One entry a layer, the one that is most like people first: by its ranking of systems, then by single answers.

    Each entry: {metric, n, n_unscored, raw, kappa, ac1, spearman, kendall, system_tau, n_systems}; figures of agreement
    are {point, lo, hi} or null: agreement needs a layer and labels of two values.
    """
    names = list(given.layers)
    if not len(given.human) or not names:
        return []
    seed = seed_from("audit", names, given.human.tolist(), list(given.systems))
    table = np.column_stack([given.layers[name] for name in names])
    rankings = system_ranking(given.human, table, np.array(given.systems), np.array(given.groups), seed=seed)
    found = [_layer(given, name, ranking, seed) for name, ranking in zip(names, rankings, strict=True)]
    _compare(found, rankings)
    return sorted(found, key=lambda one: (*(-x for x in _worth(one)), one["metric"]))


def misleading(found: Sequence[Mapping[str, Any]], gated: Sequence[str]) -> list[str]:
    """A sentence for each gated layer that ranks systems (or single answers) worse than another one of the suite.

    The other one has to say something of nearly as many answers: a rule that is right about the few that it can read
    does not show that the layer for the rest misleads.
    """
    said = []
    for one in found:
        best = next(other for other in found if other["n"] >= NEARLY * one["n"])
        if one["metric"] not in gated or _worth(one) == _worth(best) or one is best:
            continue
        by, ours, theirs = _measure(one, best)
        if ours is None or theirs is None or ours >= theirs:
            continue
        sure = "shown" if one["worse_than_best"] and best is found[0] else "not shown beyond chance"
        said.append(
            f"a gate stands on {one['metric']!r}, which agrees with people less than {best['metric']!r} does: "
            f"{by} {ours:.2f} against {theirs:.2f} ({sure})"
        )
    return said


def _measure(one: Mapping[str, Any], best: Mapping[str, Any]) -> tuple[str, float | None, float | None]:
    ours, theirs = one["system_tau"]["point"], best["system_tau"]["point"]
    if ours is not None and theirs is not None:
        return "Kendall's tau of the systems", ours, theirs
    return "agreement on single answers", _single(one), _single(best)


def _worth(one: Mapping[str, Any]) -> tuple[float, float]:
    tau, single = one["system_tau"]["point"], _single(one)
    return (-2.0 if tau is None else tau), (-2.0 if single is None else single)


def _single(one: Mapping[str, Any]) -> float | None:
    """Kappa, else Spearman's rho: one number for how far single answers are seen alike."""
    kappa = None if one["kappa"] is None else one["kappa"]["point"]
    found: float | None = one["spearman"] if kappa is None else kappa
    return found


def _layer(given: Audited, name: str, ranking: SystemRanking, seed: int) -> dict[str, Any]:
    values = given.layers[name]
    known = np.isfinite(values)
    human, ours, groups = given.human[known], values[known], np.array(given.groups)[known]
    pooled = scores(human, ours).pooled if len(ours) else None
    return {
        "metric": name,
        "n": int(known.sum()),
        "n_unscored": int((~known).sum()),
        **_agreement(human, ours, groups, seed),
        "spearman": None if pooled is None else pooled.spearman,
        "kendall": None if pooled is None else pooled.kendall,
        "system_tau": {"point": ranking.tau, "lo": ranking.lo, "hi": ranking.hi},
        "n_systems": len(set(given.systems)),
    }


def _agreement(human: Array, ours: Array, groups: npt.NDArray[np.str_], seed: int) -> dict[str, Any]:
    """Raw agreement, kappa and AC1 of right and wrong; null where one side has other values."""
    names = ("raw", "kappa", "ac1")
    if not len(human) or not np.isin(human, (0.0, 1.0)).all() or not np.isin(ours, (0.0, 1.0)).all():
        return dict.fromkeys(names)
    values, codes = np.unique(np.column_stack([human, ours]), return_inverse=True)
    if len(values) < 2:
        return dict.fromkeys(names) | {"raw": {"point": 1.0, "lo": None, "hi": None}}
    labels = np.array(["wrong", "right"])[values.astype(int)]
    found = grouped_agreement(codes.reshape(-1, 2), labels, groups, seed=seed)
    return {name: _figure(one) for name, one in zip(names, (found.raw, found.kappa, found.ac), strict=True)}


def _figure(of: Coefficient) -> dict[str, Any]:
    plain = {"point": of.point, "lo": of.lo, "hi": of.hi}
    return plain if of.reason is None else plain | {"reason": of.reason}


def _compare(found: list[dict[str, Any]], rankings: Sequence[SystemRanking]) -> None:
    """Whether a layer is shown to rank systems worse than the best one: on the same resamples, one-sided 95 %."""
    best = max(range(len(found)), key=lambda i: (_worth(found[i]), found[i]["metric"]))
    for one, ranking in zip(found, rankings, strict=True):
        gap = rankings[best].replicates - ranking.replicates
        gap = gap[np.isfinite(gap)]
        known = ranking.lo is not None and len(gap) > 0 and one["n_systems"] >= FEWEST
        one["worse_than_best"] = bool(known and np.quantile(gap, 0.05) > 0)
