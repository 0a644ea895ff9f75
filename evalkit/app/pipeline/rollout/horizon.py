"""What a canary would take, and what it would catch: the numbers of `evalkit rollout plan`."""

from __future__ import annotations

import math
from typing import Any, Final

from evalkit.core.errors import InputError
from evalkit.stats.sequential.canary_plan import (
    Setting,
    TooLong,
    horizon,
    passed_when,
    promoted,
    rolled_back,
    rolled_back_when,
)

__all__ = ["lines", "planned"]

_HARMS: Final = (1.0, 1.5, 2.0, 5.0)


def planned(setting: Setting, chance: float, per_day: float | None = None) -> dict[str, Any]:
    """One JSON object.

    Args:
        setting: with the last weight of the rollout: earlier ones tell more a request of the canary.
        chance: of promotion, for an identical candidate.
        per_day: requests of all traffic, for days.

    Raises:
        InputError: it cannot be computed, or never comes.
    """
    _checked(setting, chance, per_day)
    try:
        canary = horizon(setting, chance)
        promoted_then = promoted(setting, canary)
    except TooLong as error:
        raise InputError(str(error), "rollout plan") from None
    requests = math.ceil(canary / setting.weight)
    return {
        **setting._asdict(),
        "chance": chance,
        "horizon": {
            "canary_requests": canary,
            "requests": requests,
            "errors": round(requests * setting.base_rate),
            "days": None if per_day is None else requests / per_day,
            "promoted": promoted_then,
        },
        "looking_always": {"median": _soon(setting, 0.5), "canary_requests": _soon(setting, chance)},
        "rollback": [_harm(setting, ratio, canary) for ratio in _HARMS if setting.base_rate * ratio < 1],
    }


def _soon(setting: Setting, chance: float) -> int | None:
    try:
        return passed_when(setting, chance)
    except TooLong:
        return None


def _harm(setting: Setting, ratio: float, canary: int) -> dict[str, Any]:
    found: dict[str, Any] = {"ratio": ratio, "chance": rolled_back(setting, canary, ratio)}
    for name, chance in (("median", 0.5), ("within_95", 0.95)):
        try:
            found[name] = rolled_back_when(setting, ratio, chance) if found["chance"] >= chance else None
        except TooLong:
            found[name] = None
    return found


def _checked(setting: Setting, chance: float, per_day: float | None) -> None:
    for name, value, low, high in (
        ("--base", setting.base_rate, 0.0, 1.0),
        ("--weights", setting.weight, 0.0, 1.0),
        ("--alpha", setting.alpha, 0.0, 0.5),
        ("--alpha-harm", setting.alpha_harm, 0.0, 0.5),
        ("--chance", chance, 0.0, 1.0),
        ("--margin", setting.margin, 1.0, math.inf),
        ("--per-day", 1.0 if per_day is None else per_day, 0.0, math.inf),
    ):
        if not low < value < high:
            raise InputError(
                f"{value:g} does not lie between {low:g} and {high:g}", name, "See: evalkit rollout plan -h"
            )


def lines(found: dict[str, Any]) -> list[str]:
    """For a terminal."""
    then, soon = found["horizon"], found["looking_always"]
    days = f", {then['days']:.3g} days" if then["days"] is not None else ""
    told = [
        f"An identical candidate is promoted within {then['canary_requests']:,} requests of the canary "
        f"({then['requests']:,} in all, about {then['errors']:,} errors{days}) with a chance of "
        f"{then['promoted']:.1%}, "
        "even if it is looked at only then.",
    ]
    if soon["canary_requests"] is not None:
        told.append(
            f"Looked at after every error: half of the times within {soon['median']:,}, {found['chance']:.0%} within "
            f"{soon['canary_requests']:,}."
        )
    told.append("Rolled back within that horizon:")
    return told + [_harm_line(one) for one in found["rollback"]]


def _harm_line(one: dict[str, Any]) -> str:
    what = "identical" if one["ratio"] == 1 else f"{one['ratio']:g} x the errors"
    when = [
        f"{name} {one[key]:,}" for name, key in (("half within", "median"), ("95 % within", "within_95")) if one[key]
    ]
    return f"  {what}: {one['chance']:.1%}" + (f" ({', '.join(when)} requests of the canary)" if when else "")
