"""What was typed -> the plan of a rollout; every misfit is a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import ValidationError

from evalkit.app.pipeline.rollout.losses import FAILED, given_as, slower_than
from evalkit.core.errors import InputError
from evalkit.pipeline.rollout.nouns import Plan, Scoring, Step, Strategy

if TYPE_CHECKING:
    from evalkit.app.pipeline.rollout.scoring import Chosen

__all__ = ["Asked", "numbers", "plan_of"]

_TIME: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)?")
_UNITS: Final = {"s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_REMEDY: Final = "See: evalkit rollout start --help"


class Asked(NamedTuple):
    """As typed: lists with commas, times such as `10min`."""

    strategy: Strategy
    candidate: str
    champion: str
    weights: str
    min_units: str
    pause: str
    metrics: Sequence[str]
    margin: float
    max_loss: float | None
    alpha: float
    alpha_harm: float
    patience: str
    warm_up: str = "0s"
    warm_units: int = 20
    suite: Path | None = None
    guards: Sequence[str] = ()


def plan_of(asked: Asked) -> Plan:
    """The plan that was asked for.

    Raises:
        InputError: what is wrong, with the option.
    """
    if asked.candidate == asked.champion:
        raise InputError(f"candidate and champion are both {asked.champion!r:.80}", "rollout start", "Name two systems")
    metrics, n, scoring = _metrics(asked)
    try:
        return Plan(
            strategy=asked.strategy,
            candidate=asked.candidate,
            champion=asked.champion,
            steps=_steps(asked),
            metrics=metrics,
            guards=metrics[n:],
            margin=asked.margin,
            max_loss=asked.max_loss,
            alpha=asked.alpha,
            alpha_harm=asked.alpha_harm,
            patience=_seconds(asked.patience, "--patience"),
            scoring=scoring,
        )
    except ValidationError as error:
        raise InputError(_said(error), "rollout start", _REMEDY) from None


def _metrics(asked: Asked) -> tuple[list[str], int, Scoring | None]:
    """Names of the losses, how many of them are more than guards, and what scores those of the suite."""
    from evalkit.app.pipeline.rollout.scoring import Chosen

    asks = list(asked.metrics) or [FAILED]
    chosen = Chosen(asked.suite) if asked.suite else None
    names, scored = [], []
    for metric in [*asks, *asked.guards]:
        own = metric == FAILED or slower_than(metric) is not None or given_as(metric) is not None
        loss = metric if own else chosen.loss(metric) if chosen else None
        if loss is None:
            raise InputError(f"no step can read the metric {metric!r:.60}", "--metric", _readable(chosen, metric))
        names.append(loss)
        if not own:
            scored.append(loss)
    if chosen and not scored:
        raise InputError("no metric of the suite is guarded", "--suite", _readable(chosen, ""))
    return names, len(asks), chosen.scoring(scored) if chosen else None


def _readable(chosen: Chosen | None, metric: str) -> str:
    """What a step can read, as a remedy."""
    if chosen is None:
        scored = "a metric of --suite SUITE on what has a right answer"
    else:
        why = [sentence for sentence in chosen.left if sentence.startswith(f"the metric {metric} ")]
        scored = f"of the suite {' or '.join(chosen.names) or 'nothing'}" + "".join(f" ({said})" for said in why)
    return f"Name failed, seconds>X, {scored}; or losses.NAME, which each step reads of its --observations"


def _steps(asked: Asked) -> list[Step]:
    units, pauses = numbers(asked.min_units, "--min-units"), [_seconds(t, "--pause") for t in _listed(asked.pause)]
    if asked.strategy == "canary":
        weights = numbers(asked.weights, "--weights")
        each = zip(weights, _for_all(units, weights, "--min-units"), _for_all(pauses, weights, "--pause"), strict=True)
        return [Step(weight=w, min_units=_whole(n), pause=pause) for w, n, pause in each]
    serving = Step(weight=1.0, min_units=_whole(units[-1]), pause=pauses[-1])
    if asked.strategy == "direct":
        return [serving]
    return [Step(weight=0.0, min_units=asked.warm_units, pause=_seconds(asked.warm_up, "--warm-up")), serving]


def _for_all(given: list[float], weights: list[float], option: str) -> list[float]:
    """One for each weight, or one for all."""
    if len(given) not in (1, len(weights)):
        raise InputError(f"{len(given)} numbers for {len(weights)} weights", option, "Give one, or one for each weight")
    return given * len(weights) if len(given) == 1 else given


def numbers(text: str, option: str) -> list[float]:
    """Numbers with commas between them.

    Raises:
        InputError: one is none.
    """
    try:
        return [float(part) for part in _listed(text)]
    except ValueError:
        raise InputError(f"{text!r:.80} is no list of numbers", option, "Write: 0.01,0.05,0.1") from None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _whole(number: float) -> int:
    if not number.is_integer() or number < 1:
        raise InputError(f"{number:g} is no number of units", "--min-units", "Give a whole number from 1 up")
    return int(number)


def _seconds(text: str, option: str) -> float:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r:.60} is no time", option, "Write: 90s, 10min, 2h, 7d")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _said(error: ValidationError) -> str:
    first: Any = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}" if place else message
