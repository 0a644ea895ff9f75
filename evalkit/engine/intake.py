"""What a call brought, checked: an output that is no JSON, nothing or too much is a failure of the system."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from evalkit.core.digest import canonical_json
from evalkit.core.nouns import Failure
from evalkit.core.protocols import Answer
from evalkit.engine.limits import CallPolicy


def system_failure(answer: Answer, reason: str, message: str) -> Answer:
    """The same answer as an open failure of the system under test: no output, all else kept."""
    return dataclasses.replace(answer, output=None, failure=Failure(kind="system", reason=reason, message=message))


def checked(given: Any, max_bytes: int) -> Answer:
    """An answer that can be stored: finite, JSON, neither empty nor larger than `max_bytes` (UTF-8 JSON)."""
    if not isinstance(given, Answer):
        return system_failure(Answer(), "unparseable", f"the predictor gave a {type(given).__name__}, not an Answer")
    answer: Answer = _finite(given)
    if answer.failure is not None:
        return answer if answer.output is None else dataclasses.replace(answer, output=None)
    if answer.output is None:
        return system_failure(answer, "empty", "the system answered nothing (null)")
    if _size(answer.output, max_bytes) <= max_bytes:
        return answer
    try:
        text = canonical_json(answer.output)
    except (ValueError, RecursionError) as error:
        return system_failure(answer, "unparseable", f"the output is not JSON: {str(error)[:300]}")
    # A character is at most three bytes of UTF-8 for each of its UTF-16 units: only long texts are encoded to count.
    if len(text) * 4 > max_bytes and (size := len(text.encode())) > max_bytes:
        return system_failure(answer, "too_large", f"the output has {size:,} bytes, more than {max_bytes:,}")
    return answer


def recalled(answer: Answer, policy: CallPolicy) -> Answer | None:
    """An answer of another run under the limits of this one; None when it took longer than this run waits.

    How long a judge may take is no property of what is measured: its verdicts are good however long they took.
    """
    if (
        not policy.judging
        and answer.failure is None
        and policy.timeout is not None
        and (answer.seconds or 0.0) > policy.timeout
    ):
        return None
    return checked(answer, policy.max_output_bytes)


def _size(value: Any, most: int) -> float:
    """At least the bytes of a plain JSON value, found without writing it; infinite where only writing it can tell."""
    kind = type(value)
    if kind is str:
        return 6 * len(value) + 2 if value.isascii() else math.inf
    if value is None or kind is bool:
        return 5
    if kind is int:
        return 310 if -(2**1000) < value < 2**1000 else math.inf
    if kind is float:
        return 30 if math.isfinite(value) else math.inf
    if kind is dict:
        size = 2.0
        for name, item in value.items():
            if type(name) is not str or size > most:
                return math.inf
            size += _size(name, most) + _size(item, most) + 2
        return size
    return math.inf


def _finite(answer: Answer) -> Answer:
    """Numbers beside the output are finite and in range or unknown; a trace that is no JSON is dropped in words."""
    changes: dict[str, Any] = {}
    for name in ("seconds", "cost"):
        value = getattr(answer, name)
        if value is not None and not (math.isfinite(value) and value >= 0):
            changes[name] = None
    if answer.confidence is not None and not 0 <= answer.confidence <= 1:
        changes["confidence"] = None
    if answer.trace is not None:
        try:
            canonical_json(answer.trace)
        except (ValueError, RecursionError) as error:
            changes["trace"] = {"dropped": f"the trace is not JSON: {str(error)[:300]}"}
    return dataclasses.replace(answer, **changes) if changes else answer
