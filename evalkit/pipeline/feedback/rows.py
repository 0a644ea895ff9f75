"""Rows of feedback as people and programs write them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, get_args

from evalkit.core.digest import canonical_json
from evalkit.core.traffic import OutcomeKind, Reported

__all__ = ["FIELDS", "reported"]

FIELDS: Final = ("id", "value", "kind", "who", "ts")
_KINDS: Final = get_args(OutcomeKind)
_AHEAD: Final = 86_400.0  # seconds that another clock may be ahead
_LATEST: Final = 253_402_300_799.0  # the year 9999


def reported(row: Any, now: float) -> Reported:
    """One row: {"id": of the prediction, "value": JSON, "kind": outcome|correction|label, "who": text, "ts": time}.

    Args:
        row: `kind` is outcome where it is not said; `ts` is ISO 8601 (UTC where it says no zone) or seconds since 1970.
        now: seconds since 1970, where `ts` is not said.

    Raises:
        ValueError: it is no such row; a sentence.
    """
    if not isinstance(row, Mapping):
        raise ValueError("a row is an object")
    if unknown := sorted(str(key) for key in row.keys() - set(FIELDS)):
        raise ValueError(f"{unknown[0]!r:.60} is not known: a row has {', '.join(FIELDS)}")
    id_ = row.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int) or id_ == "":
        raise ValueError("id is not that of a prediction")
    if "value" not in row:
        raise ValueError("value is missing")
    kind: Any = row.get("kind") or "outcome"
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r:.60}, and not one of {', '.join(_KINDS)}")
    who = row.get("who")
    if who is not None and not isinstance(who, str):
        raise ValueError("who is not a text")
    try:
        value = canonical_json(row["value"])
    except ValueError:  # UnicodeEncodeError is one
        raise ValueError("value holds NaN, an infinite number or half a character (a lone surrogate)") from None
    return Reported(str(id_), _moment(row.get("ts"), now), kind, value, who or "")


def _moment(given: Any, now: float) -> float:
    if given is None or given == "":
        return now
    if isinstance(given, int | float) and not isinstance(given, bool):
        if not math.isfinite(given) or not 0 <= given <= _LATEST:
            raise ValueError(f"ts is {given}, and not seconds since 1970")
        return _past(float(given), given, now)
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(f"ts is {given!r:.60}, and not an ISO 8601 time") from None
    return _past((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), given, now)


def _past(at: float, given: Any, now: float) -> float:
    """A word of a time to come would stand above all that is told until then."""
    if at > now + _AHEAD:
        raise ValueError(f"ts is {given!r:.60}, which is more than a day ahead")
    return at
