"""Requests of the log, asked of a challenger that was not there; answers are kept, so that a killed replay goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyarrow.compute as pc

from evalkit.app.gateway.hosts import Host, apart, predictor_of
from evalkit.app.gateway.settings import Limits
from evalkit.app.pipeline.bench import Bench
from evalkit.app.pipeline.shadow.look import Window, champion_of
from evalkit.core.traffic import Shadowed

__all__ = ["Replayed", "replay"]

_TOGETHER = 100  # answers that are written at once


class Replayed(NamedTuple):
    """What was done: the challenger's name in the log, requests asked now, requests that it had been asked before."""

    challenger: str
    asked: int
    known: int


async def replay(
    bench: Bench,
    spec: str,
    window: Window,
    champion: str | None = None,
    *,
    seconds: float = 10.0,
    concurrency: int = 4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Replayed:
    """Ask a challenger what users asked; its code sees that it is a shadow (EVALKIT_SHADOW=1).

    Args:
        bench: the workspace.
        spec: the challenger, NAME=SCHEME:REST; under its name requests are asked once.
        window: of the requests.
        champion: whose requests; None: of what most users saw.
        seconds: that an answer may take.
        concurrency: requests at once.
        progress: called with (done, total).

    Raises:
        InputError: there is no traffic, or no such system.
    """
    name = predictor_of(spec)[0] or spec
    requests = bench.traffic.requests(*window)
    requests = requests.filter(pc.equal(requests["variant"], champion_of(requests, champion)))
    shadows = bench.traffic.shadows(since=window.since)
    known = set(shadows.filter(pc.equal(shadows["variant"], name))["id"].to_pylist())
    rows = zip(requests["id"].to_pylist(), requests["input"].to_pylist(), strict=True)
    open_ = [(request, text) for request, text in rows if request not in known]
    limits = Limits(seconds=seconds, threads=concurrency)
    async with apart(spec, limits, shadow=True) as host:
        for start in range(0, len(open_), _TOGETHER):
            some = open_[start : start + _TOGETHER]
            bench.traffic.put_shadows(await _asked(bench, host, name, some, concurrency))
            progress(start + len(some), len(open_))
    return Replayed(name, len(open_), len(requests) - len(open_))


async def _asked(
    bench: Bench, host: Host, name: str, some: Sequence[tuple[str, str]], concurrency: int
) -> list[Shadowed]:
    room = asyncio.Semaphore(concurrency)

    async def one(request: str, text: str) -> Shadowed:
        async with room:
            at = bench.clock()
            said = await host.ask(request, json.loads(text))
            return Shadowed(request, at, name, said.output, said.failure, said.seconds)

    return await asyncio.gather(*(one(request, text) for request, text in some))
