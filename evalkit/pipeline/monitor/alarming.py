"""Bets on every signal, window by window; an alarm is a decision like any other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from evalkit.core.nouns import Decision, Estimate, Gate, Tail
from evalkit.engine.gate import decide
from evalkit.pipeline.monitor.reference import Reference
from evalkit.pipeline.monitor.signals import Signal, means
from evalkit.stats.sequential.alarm import Plan, State, advance, factors, look, start

__all__ = ["Raised", "watched"]

_SPENT = 0.8  # of alpha; the rest pays for the reference's own error


class Raised(NamedTuple):
    """An alarm.

    Attributes:
        signal: its name.
        window: place of the window in which it was raised.
        value, usual: mean of that window, and of the reference in this phase of the season.
        size: rows of the window.
        decision: of damage; None: a change that by itself is none (inputs, confidence).
    """

    signal: str
    window: int
    value: float
    usual: float
    size: int
    decision: Decision | None


def watched(
    reference: Reference,
    found: Sequence[Signal],
    windows: Sequence[np.ndarray],
    phases: Sequence[str],
    states: Mapping[str, State],
    alpha: float,
) -> tuple[dict[str, State], list[Raised]]:
    """Where the bets stand after these windows, and the alarms, in order of time.

    Args:
        reference: with its plans.
        found: signals of all rows.
        windows, phases: rows and phase of each window.
        states: where the bets stood before.
        alpha: of the setup.
    """
    after, raised = dict(states), []
    for signal in found:
        bets = reference.plans.get(signal.name)
        if bets is None:
            continue
        state = states.get(signal.name, start(bets))
        for place, (value, phase) in enumerate(zip(means(signal, windows), phases, strict=True)):
            before, alarms = state, len(state.alarms)
            mean, size = (None, None) if value is None else value
            state = look(bets, state, mean, size, phase)
            if len(state.alarms) > alarms and value is not None:
                raised.append(_raised(signal, bets, before, place, value, phase, alpha))
        after[signal.name] = state
    return after, sorted(raised, key=lambda one: (one.window, one.signal))


def _raised(
    signal: Signal, bets: Plan, before: State, place: int, value: tuple[float, int], phase: str, alpha: float
) -> Raised:
    mean, size = value
    usual = bets.means[phase]
    if signal.better is None:
        return Raised(signal.name, place, mean, usual, size, None)
    logs = advance(np.array(before.log_r), factors(bets, [mean], [size], [phase])[0])
    log_r = float(np.logaddexp.reduce(logs)) - math.log(len(logs))
    decision = _decision(signal, bets, value, phase, log_r, alpha)
    return Raised(signal.name, place, mean, usual, size, decision)


def _decision(signal: Signal, bets: Plan, value: tuple[float, int], phase: str, log_r: float, alpha: float) -> Decision:
    """p = min(1, T / R) holds at all T looks; the gate is the bound of what is usual."""
    lower = signal.better == "lower"
    line = bets.high[phase] if lower else bets.low[phase]
    p = math.exp(min(0.0, math.log(bets.looks) - log_r))
    metrics = round(math.exp(bets.log_line + math.log(_SPENT * alpha) - math.log(bets.looks)))
    lo, hi = min(value[0], line), max(value[0], line)
    tail = Tail(line=line, p_above=p if lower else None, p_below=None if lower else p, lo=lo, hi=hi)
    estimate = Estimate(
        metric=signal.name,
        variant="live",
        better=signal.better or "higher",
        n=value[1],
        point=value[0],
        method="e-shiryaev-roberts",
        reason="the bets over all windows decide, not this one",
        tail=tail,
    )
    name = f"{signal.name} as usual"
    at_least, at_most = (None, line) if lower else (line, None)
    gate = Gate(metric=signal.name, name=name, at_least=at_least, at_most=at_most, role="guardrail")
    found = decide(gate, estimate, "live", alpha=_SPENT * alpha / metrics * (1 + 1e-9))
    usual = f"the reference has {bets.means[phase]:.4g}"
    reason = f"The bets against 'as usual' have won {math.exp(min(log_r, 700)):.3g} to 1: {value[0]:.4g} here, {usual}."
    return found.model_copy(update={"reason": reason})
