"""What several readers need of values: numbers out of what tools write, and directions out of names."""

from __future__ import annotations

import math
import re
from typing import Any

from evalkit.adapters.logs.nouns import Unscored
from evalkit.core.nouns import Better, Failure

_YES = frozenset({"yes", "true", "pass", "passed", "correct"})
_NO = frozenset({"no", "false", "fail", "failed", "incorrect"})
_LOWER = re.compile(
    r"(?:^|[^a-z])(?:perplexity|ppl|wer|cer|ter|mer|brier|loss|nll|error|errors|error_rate|rmse|mse|mae|mape|latency|"
    r"seconds|duration|cost|tokens|hallucination|toxicity|bias|edit_distance|bits_per_byte)(?:$|[^a-z])",
    re.IGNORECASE,
)

TOO_LARGE = 1e300
HUGE = Unscored("the score is too large for a number")


def number_of(value: Any) -> float | Unscored:
    """A score as a number: true is 1, false 0, and a text counts only where it is yes, no, true, false, pass or fail.

    What is none is unscored with its reason, never 0.
    """
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return finite(value)
    if value is None:
        return Unscored("no score recorded")
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _YES or word in _NO:
            return float(word in _YES)
        try:
            return finite(float(word))
        except ValueError:
            return Unscored("the score is a text, no number")
    return Unscored(f"the score is {'a list' if isinstance(value, list) else 'an object'}, no number")


def finite(value: float) -> float | Unscored:
    """A number that can be averaged."""
    try:
        number = float(value)
    except OverflowError:
        return HUGE
    if math.isnan(number):
        return Unscored("the scorer gave NaN")
    return number if abs(number) <= TOO_LARGE else HUGE


def amount(value: Any) -> float | None:
    """Seconds or dollars: a finite number from 0 up, else unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= TOO_LARGE else None


def count(value: Any) -> int | None:
    """Tokens: a whole number from 0 up, else unknown."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**62
    return int(value) if whole else None


def direction(name: str) -> Better | None:
    """`lower` where the name says that less is better; None: it does not say."""
    return "lower" if _LOWER.search(name) else None


def tool_failed(reason: str, message: Any) -> Failure:
    """The tool, not the system, gave up on a sample: unscored with this reason."""
    return Failure(kind="harness", reason=reason, message=f"{message}"[:2000])


def as_dict(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
