"""The chain of a rollout -> its evidence for the release report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from evalkit.core.evidence import Measured, Moment, Rollout, Series, Stage
from evalkit.core.nouns import Outcome
from evalkit.core.versions import Event
from evalkit.pipeline.rollout.nouns import Ledger, State
from evalkit.pipeline.rollout.verdicts import log_values

__all__ = ["evidence", "outcome"]

_OUTCOMES: Final[dict[str, Outcome]] = {"promoted": "pass", "rolled_back": "fail", "aborted": "fail"}
_MOST: Final = 600.0  # natural log of what is still written as a number


def outcome(state: State) -> Outcome:
    """pass: promoted. fail: rolled back or aborted. Otherwise inconclusive, expired too."""
    return _OUTCOMES.get(state.phase, "inconclusive")


def evidence(events: Sequence[Event], created: str, made_by: str = "evalkit rollout") -> Rollout:
    """What the release report shows of a rollout.

    Args:
        events: all of its chain, oldest first; at least one.
        created: ISO 8601, UTC.
        made_by: command or stage.
    """
    states = [State(**event.data["state"]) for event in events]
    last = states[-1]
    return Rollout(
        created=created,
        made_by=made_by,
        outcome=outcome(last),
        strategy=last.plan.strategy,
        stages=[
            Stage(at=event.at, state=state.phase, weight=state.weight, n=_served(state), said=state.said)
            for i, (event, state) in enumerate(zip(events, states, strict=True))
            if event.kind != "held" or i == len(events) - 1
        ],
        measured=[_measured(events, states, i) for i in range(len(last.plan.metrics))],
    )


def _served(state: State) -> int:
    """Units of the candidate until then."""
    return max(_n(ledger) for ledger in state.ledgers)  # those that wait for right answers have fewer


def _measured(events: Sequence[Event], states: Sequence[State], i: int) -> Measured:
    state = states[-1]
    ledger, relative = state.ledgers[i], state.plan.relative
    harm, promotion = log_values(state.plan, ledger)
    passed = any(d.gate.metric == ledger.metric and d.outcome == "pass" for d in state.decisions)
    bad = state.phase == "rolled_back" and state.decisions[0].gate.metric == ledger.metric
    points = [(event, s.ledgers[i]) for event, s in zip(events, states, strict=True)]
    moments = [Moment(at=e.at, n=_n(x), point=difference(x)) for e, x in points if difference(x) is not None]
    candidate, champion = _name(state.plan.candidate), _name(state.plan.champion)
    variant = f"{candidate} − {champion}" if relative else candidate
    return Measured(
        metric=ledger.metric,
        variant=variant,
        unit="share",
        better="lower",
        n=_n(ledger),
        point=difference(ledger) if relative else None,
        e_value=math.exp(min(_MOST, harm if bad else promotion)),
        said="worse" if bad else "not worse" if passed else "undecided",
        series=Series(metric=ledger.metric, variant=variant, unit="share", better="lower", moments=moments)
        if relative and len(moments) > 1
        else None,
    )


def _name(spec: str | None) -> str:
    """The name in `NAME=SPEC`, where there is one."""
    name, given, _ = (spec or "").partition("=")
    return name if given and name.replace("-", "_").isidentifier() else spec or ""


def _n(ledger: Ledger) -> int:
    return sum(tally.n_canary for tally in ledger.tallies)


def difference(ledger: Ledger) -> float | None:
    """Rate of the candidate less the champion's, stratified by weight (Greenland & Robins 1985); None: never beside."""
    up = down = 0.0
    for tally in ledger.tallies:
        n = tally.n_canary + tally.n_champion
        if n:
            up += (tally.lost_canary * tally.n_champion - tally.lost_champion * tally.n_canary) / n
            down += tally.n_canary * tally.n_champion / n
    return up / down if down else None
