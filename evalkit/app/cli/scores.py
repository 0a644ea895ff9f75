"""`--score NAME[=higher|lower][:LOW..HIGH]` as typed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import cast

from evalkit.adapters.logs.nouns import Declared
from evalkit.core.errors import InputError
from evalkit.core.nouns import Better

_WRITTEN = re.compile(
    r"(?P<name>.+?)(?:=(?P<better>higher|lower))?(?:[:=](?P<low>[^:=]*)\.\.(?P<high>[^:=]*))?", re.DOTALL
)


def declared(given: Sequence[str]) -> dict[str, Declared]:
    """Name -> what was said of it.

    Raises:
        InputError: it is not written so, or one name stands twice.
    """
    found: dict[str, Declared] = {}
    for text in given:
        match = _WRITTEN.fullmatch(text)
        if match is None or not match["name"].strip():
            raise InputError(f"{text!r:.80} is no score", "--score", "Write NAME, NAME=lower or NAME=lower:0..5.")
        name = match["name"]
        if "=" in name and name.rpartition("=")[2].strip().lower() in ("low", "high", "up", "down", "min", "max"):
            what = f"{name.rpartition('=')[2]!r} says no direction"
            raise InputError(what, "--score", "Write NAME=higher or NAME=lower.")
        if name in found:
            raise InputError(f"the score {name!r:.80} is given twice", "--score", "Give each once.")
        ends = None if match["low"] is None else (_end(match["low"], text), _end(match["high"], text))
        if ends is not None and None not in ends and cast("float", ends[0]) >= cast("float", ends[1]):
            raise InputError(f"{text!r:.80}: the range ends before it begins", "--score", "Write LOW..HIGH.")
        found[name] = Declared(cast("Better | None", match["better"]), ends)
    return found


def _end(text: str, whole: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(
            f"{whole!r:.80}: {text!r:.40} is no number", "--score", "Write NAME:0..1, or NAME:0.. without an end."
        )
    return number
