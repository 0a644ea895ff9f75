"""A canary's host: who is assigned to a canary that hangs or dies again and again does not wait for that each time."""

from __future__ import annotations

import asyncio
from typing import Any

from evalkit.app.gateway.hosts import Host
from evalkit.core.traffic import Said
from evalkit.pipeline.shadow.resting import PATIENCE, Resting

__all__ = ["Careful"]


class Careful:
    """Fails at once while the system is left alone. The failure counts: its units stay its own."""

    def __init__(self, host: Host, seconds: float) -> None:
        """`seconds` that an answer is waited for: so slow counts one that is not asked for."""
        self._host, self._seconds, self._under_way = host, seconds, 0
        self._resting = Resting(asyncio.get_running_loop().time)

    async def ask(self, request: str, given: Any) -> Said:
        """As the host, or a failure."""
        if not self._resting.allows(self._under_way):
            words = f"it was not asked: {PATIENCE} requests in a row had hung or died"
            return Said(None, words, self._seconds, reason="resting")
        self._under_way += 1
        try:
            said = await self._host.ask(request, given)
        finally:
            self._under_way -= 1
        self._resting.saw(said.reason if said.output is None else None)
        return said
