"""From what was asked on the command line to a gateway that runs: systems loaded, log open, shadows behind a queue."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from evalkit.app.gateway.asgi import Gateway
from evalkit.app.gateway.champion import Champions, Standing, arm_of, limits_beside
from evalkit.app.gateway.hosts import apart, predictor_of
from evalkit.app.gateway.log import Log
from evalkit.app.gateway.server import run_server
from evalkit.app.gateway.settings import Wanted
from evalkit.app.gateway.state import State
from evalkit.app.pipeline.bench import Bench
from evalkit.core.errors import EvalkitError, InputError
from evalkit.pipeline.rollout.keeping import weight
from evalkit.pipeline.shadow.mirror import Mirror

__all__ = ["opened", "serve"]

_LOOK = 1.0  # seconds between looks at the rollout
_OLD = 7 * 86_400.0  # seconds after which rows of the log are sealed, when the gateway starts
_MANY = 10_000  # such rows, at least


async def serve(wanted: Wanted, bench: Bench, listening: socket.socket, ready: Callable[[State], None]) -> State:
    """Run until a signal ends it; all that was acknowledged is then on the disk.

    Args:
        wanted: what was asked for.
        bench: the workspace.
        listening: where.
        ready: called when users can be served.
    """
    async with opened(wanted, bench) as state:
        ready(state)
        await run_server(Gateway(state), listening, wanted.limits)
    return state


@asynccontextmanager
async def opened(wanted: Wanted, bench: Bench) -> AsyncIterator[State]:
    """All that a gateway needs, and its end in the right order: shadows, then the log, then the systems.

    Raises:
        InputError: there is no such rollout, or a system cannot be had. StoreError: the log cannot be written.
    """
    if wanted.rollout is not None:
        weight(bench.chains, wanted.rollout)  # is there one? To load systems takes long
    bench.traffic.seal(bench.clock() - _OLD, at_least=_MANY)
    async with AsyncExitStack() as stack:
        champions = Champions(wanted)
        standing = await stack.enter_async_context(champions)
        opening = arm_of(wanted.canary, "canary", wanted.limits) if wanted.canary else contextlib.nullcontext()
        canary = await stack.enter_async_context(opening)
        log = await stack.enter_async_context(Log(bench.traffic))
        state = State(standing.arm, canary, wanted.weight, _salt(wanted), log, wanted.limits, bench.clock)
        told = _told(wanted, state, standing)
        state.rollout, state.token = wanted.rollout, wanted.token
        state.mirrors = [mirror async for mirror in _mirrors(stack, wanted, standing, log, bench.clock)]
        state.reload = lambda: champions.replace(lambda new: _take(new, wanted, state, bench))
        if wanted.rollout is not None:
            state.weight = weight(bench.chains, wanted.rollout)
            await stack.enter_async_context(_running(_follow(state, bench, wanted.rollout)))
        bench.chains.append("gateway", "started", told | {"weight": state.weight})
        yield state


async def _mirrors(
    stack: AsyncExitStack, wanted: Wanted, standing: Standing, log: Log, clock: Callable[[], float]
) -> AsyncIterator[Mirror]:
    """A mirror a shadow, and one that asks the champion again: how much two answers of one system differ."""
    for spec in wanted.shadows:
        host = await stack.enter_async_context(apart(spec, limits_beside(wanted.mirror), shadow=True))
        yield await stack.enter_async_context(Mirror(_shadow_name(spec), host.ask, log.add, wanted.mirror, clock))
    if standing.again is not None:
        bounds = replace(wanted.mirror, sample=wanted.noise)
        mirror = Mirror(standing.arm.name, standing.again.ask, log.add, bounds, clock, again=True)
        yield await stack.enter_async_context(mirror)


def _shadow_name(spec: str) -> str:
    name, _ = predictor_of(spec)
    return name or spec


def _salt(wanted: Wanted) -> str:
    """Of the assignment: a rollout's own, else of the two systems; a restart keeps every unit where it was."""
    return wanted.rollout or f"{wanted.champion}|{wanted.canary}"


async def _take(new: Standing, wanted: Wanted, state: State, bench: Bench) -> None:
    """From now on users are served by this champion (an alias may stand on another model), and it is asked twice.

    Raises:
        InputError: another system has its name. StoreError: it cannot be written down.
    """
    told = _told(wanted, state, new) | {"weight": state.weight}
    await asyncio.get_running_loop().run_in_executor(None, bench.chains.append, "gateway", "reloaded", told)
    state.champion = new.arm
    for mirror in state.mirrors:
        if mirror.again and new.again is not None:
            mirror.turn_to(new.arm.name, new.again.ask)


async def _follow(state: State, bench: Bench, rollout: str) -> None:
    """Keep the weight where the rollout says."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_LOOK)
        with contextlib.suppress(EvalkitError):  # the registry is busy: the weight stays as it is
            state.weight = await loop.run_in_executor(None, weight, bench.chains, rollout)


@asynccontextmanager
async def _running(work: Any) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _told(wanted: Wanted, state: State, standing: Standing) -> dict[str, Any]:
    """Which system each name in the log stands for, from now on.

    Raises:
        InputError: two systems have one name.
    """
    named = [(standing.arm.name, wanted.champion), *((_shadow_name(spec), spec) for spec in wanted.shadows)]
    if state.canary is not None:
        named.append((state.canary.name, state.canary.spec))
    _apart_by_name([name for name, _ in named])
    return {"systems": dict(named), "champion": standing.arm.name, "rollout": wanted.rollout}


def _apart_by_name(names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two systems are called {twice!r}", remedy="Give each a name: NAME=SCHEME:REST")
