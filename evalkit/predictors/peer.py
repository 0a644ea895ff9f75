"""One process that reads lines and writes lines: started in a session of its own, and killed with all it started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from evalkit.core.texts import clip
from evalkit.predictors.splitter import Overlong, Splitter

_STDERR_KEPT = 4_096
_PIPES_LINGER = 1.0  # seconds that a stray grandchild may hold our pipes open after the process has ended


class Peer(asyncio.SubprocessProtocol):
    """The running process. `on_line` gets each line of its stdout; `ended` is done when it is gone and all was read."""

    def __init__(self, on_line: Callable[[bytes | Overlong], None], cap: int) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_line = on_line
        self._lines = Splitter(cap)
        self._stderr = bytearray()
        self.killed = False  # by us
        self._transport: asyncio.SubprocessTransport | None = None
        self._unsent = bytearray()

    @classmethod
    async def start(
        cls,
        argv: Sequence[str],
        on_line: Callable[[bytes | Overlong], None],
        cap: int,
        env: Mapping[str, str] | None = None,
    ) -> Peer:
        """Start a program.

        Raises:
            OSError: it cannot be started.
        """
        loop = asyncio.get_running_loop()
        _, peer = await loop.subprocess_exec(lambda: cls(on_line, cap), *argv, env=env, start_new_session=True)
        return peer

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._transport is not None and self._transport.get_returncode() is None and not self.ended.done()

    @property
    def exit_code(self) -> int | None:
        """Its exit code; minus the signal's number when a signal ended it."""
        return self._transport.get_returncode() if self._transport else None

    def send(self, data: bytes) -> None:
        """Write to its stdin; what cannot be written any more is seen as its death.

        What is sent in one turn of the event loop is one write: a program that takes what waits, as a batch function
        does, would be woken by the first line and find no second one.
        """
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += data

    def _flush(self) -> None:
        data, self._unsent = bytes(self._unsent), bytearray()
        pipe: Any = self._transport.get_pipe_transport(0) if self._transport else None
        if data and pipe is not None and not pipe.is_closing():
            pipe.write(data)

    def kill(self) -> None:
        """End it and all that it started, now."""
        if self._transport is not None and self._transport.get_returncode() is None:
            self.killed = True
            _kill_group(self._transport.get_pid())

    async def close(self, grace: float) -> None:
        """Tell it that no more comes (end of input), give it `grace` seconds, then kill it. Returns when it is gone."""
        self._flush()
        pipe: Any = self._transport.get_pipe_transport(0) if self._transport else None
        if pipe is not None and grace > 0:
            pipe.close()
            await asyncio.wait({self.ended}, timeout=grace)
        self.kill()
        await asyncio.shield(self.ended)

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        return clip(self._stderr.decode("utf-8", "replace").strip(), 1_000)

    # ---------------------------------------------------------------------------------- called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It runs."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """It wrote something."""
        if fd == 2:
            self._stderr += data
            del self._stderr[:-_STDERR_KEPT]
            return
        for line in self._lines.feed(data):
            self._on_line(line)

    def process_exited(self) -> None:
        """It is gone; its children must not outlive it, nor hold its pipes."""
        if self._transport is not None:
            _kill_group(self._transport.get_pid())
            asyncio.get_running_loop().call_later(_PIPES_LINGER, self._transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone and everything that it wrote was read."""
        for line in self._lines.finish():
            self._on_line(line)
        if self._transport is not None:
            self._transport.close()
        if not self.ended.done():
            self.ended.set_result(None)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
