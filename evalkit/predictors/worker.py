"""A process that answers: started when first needed and again after it ended, killed when it hangs."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.core.protocols import Answer, CallError, Request
from evalkit.predictors.inflight import InFlight, Lost, Pending
from evalkit.predictors.peer import Peer
from evalkit.predictors.rows import request_line

LINE_CAP = 10_000_000 + 65_536  # bytes of one answer, with room for what stands beside the output


@dataclass(frozen=True)
class Program:
    """How to start a process, and what it understands.

    Attributes:
        name: for sentences.
        argv: the program and its arguments.
        ours: it is evalkit's own child: says when it is ready, and which requests it has begun.
        start_timeout: seconds that it may take to start; None: as long as one answer. Of evalkit's own child it is
            the time until it must have greeted, of others what its first line may take beyond an answer's time.
        grace: seconds that a cancelled request may take to stop before the process is killed, and that the process
            has to end once no more comes.
        cap: longest line in bytes.
        env: its environment; None is ours.
    """

    name: str
    argv: tuple[str, ...]
    ours: bool = False
    start_timeout: float | None = None
    grace: float = 0.5
    cap: int = LINE_CAP
    env: Mapping[str, str] | None = None


class Worker:
    """One process at a time."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.n_deaths = 0  # that were not our doing
        self._peer: Peer | None = None
        self._books = InFlight(program.ours, program.cap)
        self._mode = ""
        self._starting = asyncio.Lock()
        self._answered_before = 0

    @property
    def mode(self) -> str:
        """What evalkit's own child says of itself: sync, async or batch."""
        return self._mode

    @property
    def n_answers(self) -> int:
        """Answers of all its processes."""
        return self._answered_before + self._books.n_answers

    # -------------------------------------------------------------------------------------------- life and death

    async def start(self) -> dict[str, Any]:
        """Have a process that is ready; gives what it says of itself.

        Raises:
            CallError: there is none to be had.
        """
        async with self._starting:
            if self._peer is None or not self._peer.alive:
                await self.close(0)
                self._answered_before += self._books.n_answers
                self._books = InFlight(self.program.ours, self.program.cap)
                await self._start(self._books)
            elif self.program.ours and not self._books.hello.done():  # who started it did not wait for it
                await self._handshake(self._peer, self._books)
        return self._books.hello.result() if self.program.ours else {}

    async def _start(self, books: InFlight) -> None:
        program = self.program
        try:
            peer = await Peer.start(program.argv, books.heard, program.cap, program.env)
        except (OSError, ValueError) as error:
            what = getattr(error, "strerror", None) or str(error)
            raise CallError("start", f"{program.name}: cannot be started: {what}", fatal=True) from None
        self._peer = peer
        peer.ended.add_done_callback(lambda _: self._ended(peer, books))
        if program.ours:
            await self._handshake(peer, books)

    async def _handshake(self, peer: Peer, books: InFlight) -> None:
        either: list[asyncio.Future[Any]] = [books.hello, peer.ended]
        await asyncio.wait(either, timeout=self.program.start_timeout, return_when=asyncio.FIRST_COMPLETED)
        if books.hello.done():
            hello = books.hello.result()
            if "fatal" not in hello:
                self._mode = hello["mode"]
                return
            message = str(hello["fatal"])
        elif peer.ended.done():
            message = f"{self.program.name}: the process ended while the code was loaded ({_how(peer)}){_said(peer)}"
        else:
            message = f"{self.program.name}: the code was not loaded within {self.program.start_timeout:g} s"
        await peer.close(0)
        raise CallError("start", message, fatal=True)

    def _ended(self, peer: Peer, books: InFlight) -> None:
        self.n_deaths += not peer.killed
        books.ended(_how(peer), _said(peer, books), peer.killed)

    def kill(self) -> None:
        """End the process now; whoever waits is told."""
        if self._peer is not None:
            self._peer.kill()

    async def close(self, grace: float) -> None:
        """End the process, `grace` seconds after telling it that no more comes. Returns when it is gone."""
        if self._peer is not None:
            await self._peer.close(grace)

    def overheard(self) -> str:
        """What the process wrote beside its answers, for a sentence."""
        return _said(self._peer, self._books) if self._peer else ""

    # -------------------------------------------------------------------------------------------------- asking

    async def ask(self, request: Request, limit: float | None) -> Answer:
        """One request to the process that runs now.

        Raises:
            TimeoutError: the system worked on it for longer than `limit` seconds.
            Lost: the process ended, or had to be killed, with several requests in flight.
        """
        peer, books = self._peer, self._books
        if peer is None or not peer.alive:
            raise Lost
        start = self.program.start_timeout if self.program.start_timeout is not None else limit or 0.0
        pending = books.add(request, self._mode != "batch", start)
        try:
            peer.send(request_line(request))
            return await pending.wait(limit)
        except TimeoutError:
            await self._stop_late(peer, books, pending)
            raise TimeoutError(f"no answer within {limit:g} s{_said(peer, books)}") from None
        except asyncio.CancelledError:
            self._let_go(peer, books, pending)
            raise
        finally:
            if not pending.leaving:
                books.remove(pending)

    async def _stop_late(self, peer: Peer, books: InFlight, pending: Pending) -> None:
        """A request is late: stop it alone if that can be done, else its process; then others may be to blame."""
        if books.alone(pending):
            peer.kill()
            return
        if self._mode == "async":
            peer.send(_cancel(pending))
            await asyncio.wait({pending.future}, timeout=self.program.grace)
            if pending.future.done() and pending.future.exception() is None:
                return
        peer.kill()
        raise Lost

    def _let_go(self, peer: Peer, books: InFlight, pending: Pending) -> None:
        """Nobody waits for this request any more: stop it, with its process if need be."""
        if pending.future.done():
            return
        if books.alone(pending) or self._mode != "async":
            peer.kill()
            return
        pending.leaving = True
        peer.send(_cancel(pending))
        deadline = asyncio.get_running_loop().call_later(self.program.grace, peer.kill)
        pending.future.add_done_callback(lambda _: deadline.cancel())
        pending.future.add_done_callback(lambda _: books.remove(pending))


def _cancel(pending: Pending) -> bytes:
    return json.dumps({"cancel": pending.key}).encode() + b"\n"


def _how(peer: Peer) -> str:
    code = peer.exit_code
    if code is None or code >= 0:
        return f"exit code {code}"
    known = {s.value: s.name for s in signal.Signals}
    return f"exit code {code}, {known.get(-code, 'unknown signal')}"


def _said(peer: Peer, books: InFlight | None = None) -> str:
    """What a process wrote beside its answers."""
    noise = f"; lines that are no answer: {' | '.join(books.noise)}" if books and books.noise else ""
    words = peer.last_words()
    return f"{noise}; it last said: {words}" if words else noise
