"""How many calls a question takes of a judge: the one place that reads its `asks`."""

from __future__ import annotations

from evalkit.core.errors import InputError
from evalkit.core.protocols import Judge

MOST_ASKS = 10_000


def asks_of(judge: Judge) -> int:
    """Calls that one question takes.

    Raises:
        InputError: the judge says something else than a number of calls.
    """
    asks = getattr(judge, "asks", 1)
    if isinstance(asks, bool) or not isinstance(asks, int) or not 1 <= asks <= MOST_ASKS:
        what = f"a question takes {asks!r:.40} calls of it, not a whole number from 1 to {MOST_ASKS:,}"
        raise InputError(what, f"judge {named(judge)}")
    return asks


def named(judge: Judge) -> str:
    """What a judge is called in sentences: its kind, else its class."""
    return str(judge.spec.get("judge") or type(judge).__name__)[:80]
