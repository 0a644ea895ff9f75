"""The requests that one process is working on, and what its lines say of them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from dataclasses import dataclass
from typing import Any

from evalkit.core.protocols import Answer, Request
from evalkit.core.texts import clip, parse
from evalkit.predictors.rows import ANSWER_KEYS, answer_of, case_id_in, system
from evalkit.predictors.splitter import Overlong

Key = tuple[str, int]


class Lost(Exception):
    """The process ended while several requests were with it: any of them may be the reason."""


@dataclass(eq=False)
class Pending:
    """A request on its way.

    Attributes:
        since: loop time at which the system began to work on it, as far as we know; None: it has not begun.
        extra: further seconds that it may take, for a process that may still be starting.
        leaving: nobody waits for it any more, but the process has not let go of it.
    """

    request: Request
    future: asyncio.Future[Answer]
    since: float | None
    extra: float = 0.0
    leaving: bool = False

    @property
    def key(self) -> Key:
        """Case id and repeat."""
        return self.request.case_id, self.request.repeat

    async def wait(self, limit: float | None) -> Answer:
        """The answer.

        Raises:
            TimeoutError: the system worked on it for longer than `limit` seconds.
            Lost: its process is gone.
        """
        loop = asyncio.get_running_loop()
        while not self.future.done():
            left = limit
            if limit is not None and self.since is not None:
                left = self.since + limit + self.extra - loop.time()
                if left <= 0:
                    raise TimeoutError
            await asyncio.wait({self.future}, timeout=left)
        return self.future.result()


class InFlight:
    """Who waits for what. `ours`: the process is evalkit's child, which also sends lines about itself."""

    def __init__(self, ours: bool, cap: int) -> None:
        self.hello: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.n_answers = 0
        self.noise: deque[str] = deque(maxlen=3)  # lines that are no answer
        self._ours, self._cap = ours, cap
        self._warm = ours  # it has written something, so it has started
        self._pending: dict[Key, Pending] = {}

    def add(self, request: Request, begun: bool, start: float) -> Pending:
        """A request is sent; a process that has not written anything yet may take `start` seconds longer."""
        loop = asyncio.get_running_loop()
        since = loop.time() if begun else None
        pending = Pending(request, loop.create_future(), since, 0.0 if self._warm else start)
        self._pending[pending.key] = pending
        return pending

    def remove(self, pending: Pending) -> None:
        """It is over."""
        if self._pending.get(pending.key) is pending:
            del self._pending[pending.key]

    def waiting(self) -> list[Pending]:
        """Those without an answer, oldest first."""
        return [p for p in self._pending.values() if not p.future.done()]

    def alone(self, pending: Pending) -> bool:
        """Whether the process works on nothing else."""
        return all(p is pending for p in self.waiting())

    def ended(self, how: str, said: str, by_us: bool) -> None:
        """The process is gone. Who was alone with it, unless we ended it, is to blame."""
        waiting = self.waiting()
        for pending in waiting:
            if len(waiting) == 1 and not by_us:
                pending.future.set_result(system("died", f"the process died ({how}){said}"))
            else:
                pending.future.set_exception(Lost())
                pending.future.exception()  # seen: its waiter may have gone

    def heard(self, line: bytes | Overlong) -> None:
        """A line of the process."""
        if not self._warm:
            self._warm = True
            for pending in self._pending.values():
                pending.since, pending.extra = asyncio.get_running_loop().time(), 0.0
        if isinstance(line, Overlong):
            case_id = case_id_in(line.head) or case_id_in(line.tail)
            answer = system("too_large", f"the answer has {line.size:,} bytes, more than {self._cap:,}")
            self._settle(self._find(case_id, None), answer, line.head)
            return
        try:
            row = parse(line)
        except ValueError as error:
            answer = system("unparseable", f"the system's line is not JSON ({error}): {_shown(line)}")
            case_id = case_id_in(line)
            self._settle(self._find(case_id, None) if case_id else None, answer, line)
            return
        if isinstance(row, dict) and "case_id" in row:
            self._settle(self._find(str(row["case_id"]), row.get("repeat")), answer_of(row), line)
        elif isinstance(row, dict) and self._ours:
            self._told(row)
        elif isinstance(row, dict) and "output" in row and row.keys() <= ANSWER_KEYS and self.waiting():
            # An answer, not a line of a log: waiting for its case until the time is up would only hide the fault.
            nameless = system("unparseable", f'the answer has no "case_id", so that it is nobody\'s: {_shown(line)}')
            self._settle(self.waiting()[0], nameless, line)
        else:
            self.noise.append(_shown(line))

    def _settle(self, pending: Pending | None, answer: Answer, line: bytes) -> None:
        if pending is None:
            self.noise.append(_shown(line))
            return
        now = asyncio.get_running_loop().time()
        if answer.seconds is None and pending.since is not None:
            answer = dataclasses.replace(answer, seconds=now - pending.since)
        self.n_answers += 1
        pending.future.set_result(answer)
        if not self._ours:
            self._reset_clocks(pending, now)

    def _reset_clocks(self, answered: Pending, now: float) -> None:
        """A program may work on one request at a time: what was sent after an answered one may only now begin."""
        later = False
        for pending in self._pending.values():
            if later:
                pending.since = now
            later = later or pending is answered

    def _find(self, case_id: str | None, repeat: Any) -> Pending | None:
        """The request that a line answers: by id and repeat, by id (the oldest), or the only one there is."""
        if case_id is not None and isinstance(repeat, int) and not isinstance(repeat, bool):
            found = self._pending.get((case_id, repeat))
            return None if found is None or found.future.done() else found
        waiting = self.waiting()
        if case_id is None:
            return waiting[0] if len(waiting) == 1 else None
        return next((p for p in waiting if p.request.case_id == case_id), None)

    def _told(self, row: dict[str, Any]) -> None:
        """Lines of evalkit's own child: ready or fatal, begun, waiting behind others again, cancelled."""
        if ("mode" in row or "fatal" in row) and not self.hello.done():
            self.hello.set_result(row)
        for case_id, repeat in row.get("begun", ()):
            if (pending := self._pending.get((case_id, repeat))) is not None:
                pending.since = asyncio.get_running_loop().time()
        for case_id, repeat in row.get("waits", ()):
            if (pending := self._pending.get((case_id, repeat))) is not None:
                pending.since = None
        if (gone := row.get("cancelled")) is not None:
            pending = self._pending.get((gone[0], gone[1]))
            if pending is not None and not pending.future.done():
                pending.future.set_result(system("timeout", "cancelled"))


def _shown(line: bytes) -> str:
    return clip(line[:1_000].decode("utf-8", "replace"), 200)
