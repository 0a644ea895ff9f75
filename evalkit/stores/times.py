"""Times as the workspace writes them: ISO 8601 in UTC, from a clock that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from evalkit.core.errors import InputError

Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970, as `time.time` gives."""

DAY = 86_400.0


def iso(seconds: float) -> str:
    """ISO 8601 with microseconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def seconds_of(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 text; without an offset it is UTC.

    Raises:
        InputError: not such a text.
    """
    try:
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):  # which is a year that UTC does not have
        what = f"{text!r:.80} is not an ISO 8601 time"
        raise InputError(what, remedy="Write it as 2026-01-31T12:00:00+00:00") from None
