"""Options that a caller of the Python API gave: each out of range, or against another, is an error in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.core.errors import InputError

if TYPE_CHECKING:
    from evalkit.app.api import Options

_LONGEST = 604_800.0  # seconds: a week, as in a suite file


def check_options(options: Options) -> None:
    """Refuse what cannot be meant.

    Raises:
        InputError: naming the option, its value and its bound.
    """
    _whole("limit", options.limit)
    _whole("concurrency", options.concurrency)
    _positive("timeout", options.timeout, _LONGEST)
    _positive("budget", options.budget, math.inf)
    for name in ("filters", "tags"):
        value = getattr(options, name)
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise InputError(f"{name} is {value!r}, not a list of texts", remedy=f"Write {name}=[...].")
    if options.fresh and (options.replay or options.retry_failed):
        other = "replay" if options.replay else "retry_failed"
        raise InputError(f"fresh ignores what is recorded and {other} relies on it", remedy="Give one of the two.")


def _whole(name: str, value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InputError(f"{name} is {value!r}, not a whole number from 1 up")


def _positive(name: str, value: float | None, most: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most or value == math.inf:
        bound = "above 0" if most == math.inf else f"above 0, at most {most:,.0f}"
        raise InputError(f"{name} is {value!r}, not a number {bound}")
