"""Asking twice where a call is slow: the first answer wins (Dean and Barroso 2013, "The Tail at Scale")."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from evalkit.core.protocols import Answer, CallError

Outcome = Answer | CallError


async def hedged(
    attempt: Callable[[], Awaitable[Outcome]], after: float, another: Callable[[], bool]
) -> tuple[Outcome, list[Outcome]]:
    """One attempt, and a second one beside it where the first takes longer than `after` seconds.

    Args:
        attempt: begins one; never raises but for what ends the run.
        after: seconds.
        another: whether a second one may begin now (there is room, and money).

    Returns:
        The first answer, or where both failed the first failure; and what else is to be paid: a failure that the other
        one made good, or `overtaken` for the one that was cancelled.
    """
    flying: set[asyncio.Future[Outcome]] = {asyncio.ensure_future(attempt())}
    try:
        done, _ = await asyncio.wait(flying, timeout=after)
        if not done and another():
            flying.add(asyncio.ensure_future(attempt()))
        failed: list[Outcome] = []
        while flying:
            done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
            outcomes = [task.result() for task in done]
            won = next((outcome for outcome in outcomes if isinstance(outcome, Answer)), None)
            if won is not None:
                beside = [outcome for outcome in outcomes if outcome is not won]
                slower: list[Outcome] = [CallError("overtaken", "another request was quicker") for _ in flying]
                return won, [*failed, *beside, *slower]
            failed += outcomes
        return failed[0], failed[1:]
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
