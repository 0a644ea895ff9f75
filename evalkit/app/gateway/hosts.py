"""Where systems live: in threads of this process, in the event loop, or apart in a process of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Protocol, cast

from evalkit.app.gateway.child import SHADOW_FLAG
from evalkit.app.gateway.settings import Limits
from evalkit.app.gateway.threads import Threads
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, CallError, LivePredictor, Request
from evalkit.core.texts import clip
from evalkit.core.traffic import Said
from evalkit.engine.attempt import attempt
from evalkit.engine.limits import CallPolicy

__all__ = ["Host", "apart", "here", "predictor_of"]

_START = 120.0  # seconds that a process may take to load its system
_LATER = 1.0  # seconds after which a process that does not keep the time itself is ended


class Host(Protocol):
    """Asks one system."""

    async def ask(self, request: str, given: Any) -> Said: ...


def predictor_of(spec: str) -> tuple[str | None, LivePredictor]:
    """The name that a system was given, and the system of `SCHEME:REST` or `NAME=SCHEME:REST`.

    Raises:
        InputError: there is none, there are several, or it holds answers to cases that are known.
    """
    from evalkit.app.catalog import PREDICTORS, load, names

    found = _systems().expand(spec, None)
    if len(found) != 1:
        raise InputError(f"{spec!r} makes {len(found)} systems", remedy="Name one of them")
    one, known = found[0], names("evalkit.predictors", PREDICTORS)
    if one.scheme in ("run", "baseline", "recorded"):
        raise InputError(f"{spec!r} holds answers to cases that are known, and cannot answer others")
    if one.scheme not in known:
        raise InputError(f"{spec!r} is no system", remedy=f"It is SCHEME:REST with one of {', '.join(sorted(known))}")
    return one.name, load(known[one.scheme]).from_spec(one.rest, one.options)


def _systems() -> Any:
    """Reads specs as `evalkit run` does, where there is no suite."""
    from evalkit.app.systems import Systems
    from evalkit.core.nouns import Suite
    from evalkit.core.tables import CaseTable

    nothing: Any = None  # neither cases nor a store are looked at for what is live
    return Systems(Suite(name="gateway", cases="-", layers={}), Path(), cast("CaseTable", nothing), nothing)


@asynccontextmanager
async def here(spec: str, limits: Limits) -> AsyncIterator[Host]:
    """The system in this process: a sync function in threads, anything else by its own session.

    Raises:
        InputError: it cannot be had.
    """
    _, predictor = predictor_of(spec)
    function = _function_of(predictor)
    manager: AbstractAsyncContextManager[Host] = (
        Threads(function, limits) if function is not None else _session(predictor, limits)
    )
    async with manager as host:
        yield host


def _function_of(predictor: Any) -> Callable[[Any], Any] | None:
    """The sync function that a system is; None: it is something else."""
    from evalkit.predictors.loading import LoadError, load
    from evalkit.predictors.python import PythonPredictor

    if isinstance(predictor, PythonPredictor):
        try:
            loaded = load(predictor.target)
        except LoadError as error:
            raise InputError(str(error)) from None
        return loaded.function if loaded.mode == "sync" else None
    return None


@asynccontextmanager
async def _session(predictor: LivePredictor, limits: Limits) -> AsyncIterator[Host]:
    async with _told(predictor.session(limits.in_flight)) as answer:
        yield _Asked(answer, limits.seconds)


@asynccontextmanager
async def apart(spec: str, limits: Limits, *, shadow: bool = False) -> AsyncIterator[Host]:
    """The system in a process of its own: what it does to itself or to its process it does to nobody else.

    A system that lives elsewhere anyway (a model, a program, an endpoint) needs no other process, but as a shadow.

    Raises:
        InputError: it cannot be had.
    """
    from evalkit.predictors.lanes import shared_lane
    from evalkit.predictors.python import PythonPredictor
    from evalkit.predictors.worker import Program

    if not shadow and not isinstance(predictor_of(spec)[1], PythonPredictor):
        async with here(spec, limits) as host:
            yield host
        return

    argv = [sys.executable, "-m", "evalkit.app.gateway.child", spec, f"{limits.seconds}", f"{limits.threads}"]
    env = {**os.environ, **({SHADOW_FLAG: "1"} if shadow else {})}
    program = Program(spec, tuple(argv), ours=True, start_timeout=_START, env=env)
    async with _told(shared_lane(program)) as answer:
        yield _Asked(answer, limits.seconds + _LATER)


@asynccontextmanager
async def _told(opening: AbstractAsyncContextManager[Any]) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
    """A session; what keeps it from opening is a sentence."""
    try:
        answer = await opening.__aenter__()
    except CallError as error:
        raise InputError(str(error)) from None
    try:
        yield answer
    finally:
        await opening.__aexit__(None, None, None)


class _Asked:
    """A session of a predictor as a host."""

    def __init__(self, answer: Callable[[Request], Awaitable[Answer]], seconds: float) -> None:
        self._answer, self._seconds = answer, seconds
        self._policy = CallPolicy(timeout=seconds)

    async def ask(self, request: str, given: Any) -> Said:
        """One attempt: a user waits."""
        began = monotonic()
        try:
            found = await attempt(self._answer, Request(request, 0, given, 0), self._policy, monotonic, self._seconds)
        except CallError as error:
            found = error
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a system that breaks its form breaks nothing else
            found = CallError("raised", f"{type(error).__name__}: {error}")
        return _said(found, monotonic() - began)


def _said(found: Answer | CallError, seconds: float) -> Said:
    if isinstance(found, CallError):
        return Said(None, clip(str(found) or found.reason), seconds, reason=found.reason)
    taken = found.seconds if found.seconds is not None else seconds
    if found.failure is not None:
        return Said(None, found.failure.message or found.failure.reason, taken, reason=found.failure.reason)
    text = json.dumps(found.output, separators=(",", ":"), allow_nan=False)
    return Said(text, None, taken, found.confidence)
