"""A JSONL file of requests -> rows of a rollout. A line that is none is refused with its number."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from evalkit.app.pipeline.rollout.called import called
from evalkit.app.pipeline.rollout.losses import FAILED, given_as, slower_than
from evalkit.core.errors import InputError
from evalkit.pipeline.rollout.nouns import Plan
from evalkit.pipeline.rollout.observing import Rows

__all__ = ["rows_of_file"]

_CANARY: Final = ("canary", "candidate")
_CHAMPION: Final = ("champion", "control", "baseline")
_REMEDY: Final = 'A line is {"unit": "ann", "variant": "canary", "weight": 0.1, "failed": false, "ts": 1767225600}'


class _Row(NamedTuple):
    unit: str
    canary: bool
    weight: float
    losses: list[float]
    at: float


def rows_of_file(path: Path, plan: Plan) -> tuple[Rows, list[str]]:
    """All rows of a file, and remarks for people.

    A row has `unit`, `variant` (canary or champion, or the name of the system), `weight`, `failed` (false, true, or a
    loss in [0, 1]) and `ts` (seconds since 1970 or ISO 8601; absent: in the order of the file). Other metrics of the
    plan stand in `losses` by name; `seconds>X` reads `seconds`. A metric of a suite may be absent, or null, until the
    right answer is known.

    Raises:
        InputError: the file cannot be read, or a line is no such row.
    """
    found = [_row(given, plan, f"{path}:{line}", line) for line, given in _lines(path)]
    canary = np.array([row.canary for row in found], bool)
    weight, said = _of_the_candidate(canary, np.array([row.weight for row in found], float))
    losses = np.array([row.losses for row in found], float).reshape(-1, len(plan.metrics))
    return Rows([row.unit for row in found], canary, weight, losses, np.array([row.at for row in found], float)), said


def _of_the_candidate(canary: Any, weight: Any) -> tuple[Any, list[str]]:
    """The weight is the candidate's; in an export of the traffic log it is that of the variant that the unit got.

    Which of both is seen from the champion's rows: whichever makes it likelier that there are so many.
    """
    champions = np.clip(weight[~canary], 1e-9, 1 - 1e-9)
    if np.log(champions).sum() <= np.log(1 - champions).sum():
        return weight, []
    said = "weights are read as the probability of the variant that a unit got, for the champion's rows say so"
    return np.where(canary, weight, 1 - weight).round(12), [said]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # as Windows writes it, or not
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"the observations cannot be read: {reason}", str(path)) from None
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                raise InputError("the line is no JSON object", f"{path}:{number}", _REMEDY)
            yield number, found


def _row(given: dict[str, Any], plan: Plan, where: str, line: int) -> _Row:
    unit, variant = given.get("unit"), given.get("variant")
    if not isinstance(unit, str | int) or isinstance(unit, bool) or unit == "":
        raise InputError(f"`unit` is {unit!r:.60}, and names nobody", where, _REMEDY)
    if variant in (*called(plan.candidate), *_CANARY):
        canary = True
    elif variant in (*called(plan.champion), *_CHAMPION):
        canary = False
    else:
        raise InputError(f"`variant` is {variant!r:.60}: neither canary nor champion", where, _REMEDY)
    losses = [_loss(given, metric, plan, where) for metric in plan.metrics]
    return _Row(str(unit), canary, _share(given.get("weight"), "weight", where), losses, _time(given, where, line))


def _loss(given: dict[str, Any], metric: str, plan: Plan, where: str) -> float:
    if metric == FAILED:
        return _share(given.get("failed"), "failed", where)
    limit = slower_than(metric)
    if limit is not None:
        return float(_number(given.get("seconds"), "seconds", where) > limit)
    losses, name = given.get("losses"), given_as(metric) or metric
    value = losses.get(name) if isinstance(losses, dict) else None
    if value is None and metric in plan.late.values():
        return math.nan
    if not isinstance(losses, dict) or name not in losses:
        raise InputError(f"`losses` has no {name!r:.60}", where, "The rollout guards it: each row needs it")
    return _share(value, f"losses.{name}", where)


def _share(value: Any, name: str, where: str) -> float:
    number = float(value) if isinstance(value, bool) else _number(value, name, where)
    if not 0 <= number <= 1:
        raise InputError(f"`{name:.60}` is {number:g}; it lies within 0 and 1", where, _REMEDY)
    return number


def _number(value: Any, name: str, where: str) -> float:
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:  # an integer of hundreds of digits
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"`{name:.60}` is {str(value)[:60]!r}, which is no number", where, _REMEDY)
    return number


def _time(given: dict[str, Any], where: str, line: int) -> float:
    value = given.get("ts")
    if value is None:
        return float(line)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(f"`ts` is {value!r:.60}, which is no time", where, _REMEDY) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return _number(value, "ts", where)
