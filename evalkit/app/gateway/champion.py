"""The champion, wherever it is asked: opened, and replaced by what its spec stands for now, while users are served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from evalkit.app.gateway.careful import Careful
from evalkit.app.gateway.hosts import Host, apart, here, predictor_of
from evalkit.app.gateway.settings import Limits, Wanted
from evalkit.app.gateway.state import Arm
from evalkit.core.traffic import Said
from evalkit.pipeline.shadow.mirror import MirrorLimits

__all__ = ["Champions", "Held", "Standing", "arm_of", "limits_beside", "named"]


class Held:
    """A host that can be let go of: it is closed when the last of those that it was asked for has its answer."""

    def __init__(self, host: Host) -> None:
        self._host, self._under_way = host, 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def ask(self, request: str, given: Any) -> Said:
        """As the host."""
        self._under_way += 1
        self._idle.clear()
        try:
            return await self._host.ask(request, given)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def idle(self) -> None:
        """Wait until nobody waits for it."""
        await self._idle.wait()


class Standing(NamedTuple):
    """One loading of the champion.

    Attributes:
        arm: what users ask.
        again: the same in another process, for what two answers of one system differ by; None: that is not asked.
        hosts: all that has to be idle before it is closed.
        stack: closes it.
    """

    arm: Arm
    again: Held | None
    hosts: tuple[Held, ...]
    stack: AsyncExitStack


class Champions:
    """Opens champions, one after another; each is closed when nobody waits for it any more."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._one_at_a_time = asyncio.Lock()
        self._standing: Standing | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Standing:
        """The first.

        Raises:
            InputError: it cannot be had.
        """
        self._standing = await self._opened()
        return self._standing

    async def __aexit__(self, *_: object) -> None:
        for task in self._leaving:
            task.cancel()  # nobody is served any more: what hangs is not waited for
        await asyncio.gather(*self._leaving, return_exceptions=True)
        if self._standing is not None:
            await self._standing.stack.aclose()

    async def replace(self, accept: Callable[[Standing], Awaitable[None]]) -> None:
        """Load anew what the spec stands for now.

        Args:
            accept: is given what was loaded, and takes it from then on; or raises, and all stays as it is.

        Raises:
            InputError: it cannot be had.
        """
        async with self._one_at_a_time:
            before, after = self._standing, await self._opened()
            try:
                await accept(after)
            except BaseException:
                await after.stack.aclose()
                raise
            self._standing = after
            if before is not None:
                task = asyncio.get_running_loop().create_task(_left(before))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    async def _opened(self) -> Standing:
        wanted = self._wanted
        async with AsyncExitStack() as stack:
            arm, first = await _opened_arm(stack, wanted.champion, "champion", wanted.limits, alone=wanted.isolate)
            if not wanted.asks_again:
                return Standing(arm, None, (first,), stack.pop_all())
            opening = apart(wanted.champion, limits_beside(wanted.mirror), shadow=True)
            again = Held(await stack.enter_async_context(opening))
            return Standing(arm, again, (first, again), stack.pop_all())


@asynccontextmanager
async def arm_of(spec: str, role: str, limits: Limits) -> AsyncIterator[Arm]:
    """Another system that users are served by, in a process of its own.

    Raises:
        InputError: it cannot be had.
    """
    async with AsyncExitStack() as stack:
        arm, host = await _opened_arm(stack, spec, role, limits, alone=True)
        yield replace(arm, host=Careful(host, limits.seconds))


async def _opened_arm(stack: AsyncExitStack, spec: str, role: str, limits: Limits, *, alone: bool) -> tuple[Arm, Held]:
    name = await asyncio.get_running_loop().run_in_executor(None, named, spec, role)  # an alias is looked up on disk
    opening = apart(spec, limits) if alone else here(spec, limits)
    host = Held(await stack.enter_async_context(opening))
    return Arm(name, role, spec, host), host


def named(spec: str, otherwise: str) -> str:
    """What a system is called in the log: its NAME, or the version that an alias stands on now.

    Raises:
        InputError: there is no such system.
    """
    name, predictor = predictor_of(spec)
    return name or str(getattr(getattr(predictor, "model", None), "label", otherwise))


def limits_beside(bounds: MirrorLimits) -> Limits:
    """What a shadow's process may take."""
    return Limits(seconds=bounds.seconds, threads=bounds.concurrency)


async def _left(before: Standing) -> None:
    try:
        for host in before.hosts:
            await host.idle()
    finally:
        await before.stack.aclose()
