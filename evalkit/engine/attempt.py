"""One attempt at one request: an answer (perhaps a failure of the system), or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from evalkit.core.protocols import Answer, CallError, Request
from evalkit.engine.intake import checked, system_failure
from evalkit.engine.limits import CallPolicy


async def attempt(
    answer: Any, request: Request, policy: CallPolicy, clock: Callable[[], float], limit: float | None
) -> Answer | CallError:
    """Ask once, within a time and the policy's size.

    Args:
        answer: what the predictor's session gave; see `run_calls`.
        request: the question.
        policy: `max_output_bytes` and `judging` count.
        clock: monotonic seconds, for answers that do not say how long they took.
        limit: seconds; None is no limit.

    Raises:
        CallError: a fatal one: no later call can succeed either.
    """
    within = getattr(answer, "within", None)
    started = clock()
    try:
        if within is not None:
            found = await within(request, limit)
        elif limit is None:
            found = await answer(request)
        else:
            async with asyncio.timeout(limit):
                found = await answer(request)
    except TimeoutError as error:
        message = str(error) or (f"no answer within {limit:.3g} s" if limit is not None else "the call timed out")
        if policy.judging:
            return CallError("timeout", message, retry=True)
        return system_failure(Answer(seconds=limit), "timeout", message)
    except CallError as error:
        if error.fatal:
            raise
        return error
    if isinstance(found, Answer) and found.seconds is None:
        found = _timed(found, max(0.0, clock() - started))
    return checked(found, policy.max_output_bytes)


def _timed(a: Answer, seconds: float) -> Answer:
    # dataclasses.replace takes five times as long, and every call comes through here
    return Answer(a.output, a.failure, seconds, a.cost, a.tokens_in, a.tokens_out, a.confidence, a.model, a.trace)
