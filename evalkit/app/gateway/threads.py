"""A function of this process, called in threads: one that hangs is left behind, and the next call finds another."""

from __future__ import annotations

import asyncio
import json
import math
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from time import monotonic
from typing import Any

from evalkit.app.gateway.settings import Limits
from evalkit.core.texts import clip
from evalkit.core.traffic import Said
from evalkit.predictors import _child

__all__ = ["Threads", "called"]

_TICK = 0.02  # seconds between looks for calls that hang, while there are any calls
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_child.plain).encode
_SLOW = 0.005  # a call that takes longer keeps the others waiting: they get a thread of their own


class _Job:
    __slots__ = ("future", "given", "since")

    def __init__(self, given: Any, future: asyncio.Future[Said]) -> None:
        self.given, self.future, self.since = given, future, monotonic()


class _Worker:
    """A thread; `job` is what it works on, `lost` that nobody waits for it any more."""

    __slots__ = ("begun", "job", "lost")

    def __init__(self) -> None:
        self.job: _Job | None = None
        self.begun = 0.0
        self.lost = False


class Threads:
    """`ask(id, input) -> Said`, by a sync function.

    There is one thread while calls are quick: results are then handed over in bunches, which is what makes it cheap.
    Calls that take long get more threads, up to `limits.threads`.
    """

    def __init__(self, function: Callable[[Any], Any], limits: Limits) -> None:
        self._function, self._limits = function, limits
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[tuple[_Job, Said]] = deque()
        self._flushing = False
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()  # over `job` and `lost`, where a call ends while it is given up
        self._waiting: dict[int, _Job] = {}  # oldest first
        self._watch: asyncio.TimerHandle | None = None
        self.n_stuck = 0

    async def __aenter__(self) -> Threads:
        self._loop = asyncio.get_running_loop()
        self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for _i in range(len(self._workers)):
            self._jobs.put(None)

    async def ask(self, request: str, given: Any) -> Said:
        """What the function says; a failure after `limits.seconds`."""
        if self.n_stuck >= self._limits.stuck:
            return Said(None, f"{self.n_stuck} earlier calls still hang, so that no more is asked", reason="busy")
        job = _Job(given, self._loop.create_future())
        self._waiting[id(job)] = job
        self._jobs.put(job)
        if self._watch is None:
            self._watch = self._loop.call_later(_TICK, self._look)
        try:
            return await job.future
        finally:
            del self._waiting[id(job)]

    def _start(self) -> None:
        worker = _Worker()
        self._workers.append(worker)
        threading.Thread(target=self._work, args=(worker,), name="evalkit-gateway", daemon=True).start()

    def _work(self, worker: _Worker) -> None:
        """In the thread."""
        while (job := self._jobs.get()) is not None:
            if job.future.done():
                continue
            worker.begun, worker.job = monotonic(), job
            said = called(self._function, job.given)
            with self._lock:
                worker.job = None
                if worker.lost:
                    self.n_stuck -= 1
                    return
            self._done.append((job, said))
            if not self._flushing:
                self._flushing = True
                try:
                    self._loop.call_soon_threadsafe(self._flush)
                except RuntimeError:  # the loop is closed
                    return

    def _flush(self) -> None:
        self._flushing = False  # first: what is done from now on is told again
        while self._done:
            job, said = self._done.popleft()
            if not job.future.done():
                job.future.set_result(said)

    def _look(self) -> None:
        """Leave behind what hangs, and make room where calls take long."""
        now, limit = monotonic(), self._limits.seconds
        for worker in list(self._workers):
            job = worker.job
            if job is not None and now - worker.begun > limit:
                self._leave(worker, job)
        for job in list(self._waiting.values()):
            if now - job.since <= 2 * limit:
                break
            _settle(job, Said(None, f"no thread was free within {2 * limit:g} s", 2 * limit, reason="busy"))
        busy = all(w.job is not None and now - w.begun > _SLOW for w in self._workers)
        if busy and not self._jobs.empty() and len(self._workers) < self._limits.threads:
            self._start()
        self._watch = self._loop.call_later(_TICK, self._look) if self._waiting else None

    def _leave(self, worker: _Worker, job: _Job) -> None:
        with self._lock:
            if worker.job is not job:  # it has come back just now
                return
            worker.lost = True
            self.n_stuck += 1
        self._workers.remove(worker)
        limit = self._limits.seconds
        _settle(job, Said(None, f"no answer within {limit:g} s", limit, reason="timeout"))
        self._start()


def _settle(job: _Job, said: Said) -> None:
    if not job.future.done():
        job.future.set_result(said)


def called(function: Callable[[Any], Any], given: Any) -> Said:
    """What a function says to one input; what it raises, and what is no JSON, is a failure in words."""
    try:
        fields = _child.timed(function, given)
        return _said(fields)
    except BaseException as error:  # noqa: BLE001 - even KeyboardInterrupt of a thread is only this answer's end
        return Said(None, f"it raised {type(error).__name__}", reason="raised")


def _said(fields: dict[str, Any]) -> Said:
    seconds = _between(fields.get("seconds"), math.inf) or 0.0
    if (failure := fields.get("failure")) is not None:
        return Said(None, clip(failure["message"]), seconds, reason=failure["reason"])
    output = fields["output"]
    if output is None:
        return Said(None, "the system answered nothing (null)", seconds, reason="empty")
    try:
        text = _encode(output)
    except (TypeError, ValueError, RecursionError) as error:
        return Said(None, clip(f"the output is not JSON: {error}"), seconds, reason="unparseable")
    if len(text) > _child.MAX_OUTPUT:
        return Said(None, f"the output has more than {_child.MAX_OUTPUT:,} bytes", seconds, reason="too_large")
    return Said(text, None, seconds, _between(fields.get("confidence"), 1.0))


def _between(value: Any, most: float) -> float | None:
    """A finite number from 0 to `most`; anything else is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found <= most and found < math.inf else None
