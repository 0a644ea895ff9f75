"""Ages as people write them: "36 hours"."""

from __future__ import annotations

import re

__all__ = ["seconds_in"]

_AGE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*")
_UNITS = {"s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
_UNITS.update({"week": 604_800, "w": 604_800})


def seconds_in(text: str) -> float:
    """Seconds of an age such as "90 min", "36 hours", "2 days".

    Raises:
        ValueError: it is none, with a sentence.
    """
    found = _AGE.fullmatch(text)
    unit = found and (_UNITS.get(found[2]) or _UNITS.get(found[2].lower().removesuffix("s")))
    if not found or not unit:
        raise ValueError(f"{text!r:.60} is no age")
    return float(found[1]) * unit
