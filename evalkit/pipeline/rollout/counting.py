"""An observation enters the ledgers: tallies for people and intervals, products of bets for verdicts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import InputError
from evalkit.pipeline.rollout.nouns import Group, Ledger, Observation, Plan, Tally
from evalkit.stats.sequential.canary import Bets, EProcess, Tallies, against_harm, for_promotion

__all__ = ["bets", "counted", "tallies", "units"]

Array = npt.NDArray[np.float64]


def bets(plan: Plan) -> tuple[Bets, Bets]:
    """Against "no harm", and against "beyond the margin".

    Beside a champion the ratio of the rates is bet on. Alone, the odds of a loss against those of `max_loss` are: the
    same algebra, in which a loss is an error that falls with probability `max_loss` where the null holds.
    """
    return against_harm(), for_promotion(plan.margin, None if plan.relative else 1.0)


def counted(plan: Plan, ledgers: list[Ledger], seen: Observation) -> list[Ledger]:
    """The ledgers after an observation.

    Raises:
        InputError: a unit has not one loss for each metric.
    """
    if any(len(group.losses) != len(plan.metrics) for group in seen.groups):
        raise InputError(
            "an observation has not one loss a metric", "rollout", f"Its metrics are {', '.join(plan.metrics)}"
        )
    if not seen.groups:
        return ledgers
    return [_entered(plan, ledger, seen.groups, i) for i, ledger in enumerate(ledgers)]


def units(plan: Plan, weight: float, seen: Observation) -> list[int]:
    """Of each metric the units of the candidate that count for a step: beside the champion all, alone those at the
    step's weight."""
    mine = [g for g in seen.groups if g.canary and (0 < g.weight < 1 if plan.relative else g.weight == weight)]
    return [sum(group.n for group in mine if group.losses[i] is not None) for i in range(len(plan.metrics))]


def _entered(plan: Plan, ledger: Ledger, groups: list[Group], i: int) -> Ledger:
    groups = [group for group in groups if group.losses[i] is not None]
    if not groups:
        return ledger
    on, weight, n = (np.array(column) for column in zip(*((g.canary, g.weight, g.n) for g in groups), strict=True))
    loss = np.array([group.losses[i] for group in groups], float)
    if not plan.relative:
        on, weight, loss, n = _alone(plan, on, weight, loss, n)
    harm, promotion = (
        EProcess(bet, tuple(log_e)).updated(on, weight, loss, n)
        for bet, log_e in zip(bets(plan), (ledger.harm, ledger.promotion), strict=True)
    )
    return Ledger(
        metric=ledger.metric,
        harm=list(harm.log_e),
        promotion=list(promotion.log_e),
        tallies=_tallied(ledger.tallies, groups, i),
    )


def _alone(plan: Plan, on: Array, weight: Array, loss: Array, n: Array) -> tuple[Array, Array, Array, Array]:
    """Losses and what was not lost of the units that the candidate had alone, as errors of both sides."""
    mine = (on > 0) & (weight == 1)
    lost, kept = float((loss * n)[mine].sum()), float(((1 - loss) * n)[mine].sum())
    limit = plan.max_loss or 0.0
    return np.array([1.0, 0.0]), np.array([limit, limit]), np.ones(2), np.array([lost, max(0.0, kept)])


def _tallied(before: list[Tally], groups: list[Group], i: int) -> list[Tally]:
    found = {tally.weight: tally for tally in before}
    for group in groups:
        old = found.get(group.weight, Tally(weight=group.weight))
        n, lost = ("n_canary", "lost_canary") if group.canary else ("n_champion", "lost_champion")
        more = {n: getattr(old, n) + group.n, lost: getattr(old, lost) + group.n * (group.losses[i] or 0.0)}
        found[group.weight] = old.model_copy(update=more)
    return [found[weight] for weight in sorted(found)]


def tallies(plan: Plan, ledger: Ledger) -> Tallies:
    """What an interval is made of; alone, of losses and what was not lost (see `bets`)."""
    if plan.relative:
        rows = [(t.weight, t.n_canary, t.n_champion, t.lost_canary, t.lost_champion) for t in ledger.tallies]
        return Tallies(*np.array(rows, float).reshape(-1, 5).T)
    alone = [t for t in ledger.tallies if t.weight == 1]
    n, lost = sum(t.n_canary for t in alone), sum(t.lost_canary for t in alone)
    return Tallies(*(np.array([x], float) for x in (plan.max_loss or 0.0, n, n, lost, n - lost)))
