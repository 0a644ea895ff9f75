"""One browser kept open for many pictures: Chromium's own protocol over two pipes, without a port or a library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

__all__ = ["Session"]

_LEAVE = 3.0
"""Seconds a browser that was asked to leave is given before it is ended."""


class Session:
    """A browser that listens on its descriptors 3 and 4: a context that ends it, and every process it started.

    Args:
        command: the browser and its flags, without the one for the pipes.
        seconds: how long starting, and then each picture, may take.
        log: where what the browser says is written.

    Raises:
        OSError: the browser cannot be started.
        ConnectionError: it ended, or refused what it was asked (from every method).
        TimeoutError: it took too long (from every method).
    """

    def __init__(self, command: Sequence[str], seconds: float, log: Path) -> None:
        self._seconds, self._rest, self._asked = seconds, b"", 0
        self._until = time.monotonic() + seconds
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        self._tab = ""
        try:
            self._child = os.posix_spawn(
                command[0],
                [command[0], "--remote-debugging-pipe", *command[1:]],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                    (os.POSIX_SPAWN_DUP2, theirs_in, 3),
                    (os.POSIX_SPAWN_DUP2, theirs_out, 4),
                ],
                setpgroup=0,
            )
        except OSError:
            self._close()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if kind is None:
                self._until = time.monotonic() + _LEAVE
                self._ask("Browser.close")
                self._left()
        except (ConnectionError, TimeoutError):
            pass  # it is ended here, whether it answers or not
        finally:
            os.killpg(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._close()

    def png(self, url: str, width: int, height: int, scale: float) -> bytes:
        """The picture of a page once it is loaded, in a window of that size, `scale` device pixels a CSS pixel."""
        self._until = time.monotonic() + self._seconds
        if not self._tab:
            self._open()
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        went = self._ask("Page.navigate", url=url)
        if failed := went.get("errorText"):
            raise ConnectionError(f"{url} cannot be opened: {failed}")
        self._await("load", str(went["loaderId"]))
        return base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])

    def _open(self) -> None:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._tab = str(self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        self._ask("Page.enable")
        self._ask("Page.setLifecycleEventsEnabled", enabled=True)

    def _ask(self, method: str, **given: Any) -> dict[str, Any]:
        """The answer to a question; what happens meanwhile is kept for `_await`."""
        self._asked += 1
        self._happened: list[tuple[str, str]] = []
        question = {"id": self._asked, "method": method, "params": given}
        if self._tab and not method.startswith("Browser."):
            question["sessionId"] = self._tab
        try:
            os.write(self._out, json.dumps(question).encode() + b"\0")
        except BrokenPipeError:
            raise ConnectionError from None
        while (told := self._hear()).get("id") != self._asked:
            self._note(told)
        if "error" in told:
            raise ConnectionError(f"{method}: {told['error'].get('message', '')}")
        answer: dict[str, Any] = told["result"]
        return answer

    def _await(self, name: str, loader: str) -> None:
        while (name, loader) not in self._happened:
            self._note(self._hear())

    def _note(self, told: dict[str, Any]) -> None:
        if told.get("method") == "Page.lifecycleEvent":
            self._happened.append((str(told["params"]["name"]), str(told["params"]["loaderId"])))
        elif told.get("method") == "Inspector.targetCrashed":
            raise ConnectionError("the page crashed")

    def _hear(self) -> dict[str, Any]:
        """The next message; each ends with a NUL."""
        parts: list[bytes] = []
        while True:
            part, end, rest = self._rest.partition(b"\0")
            parts.append(part)
            if end:
                self._rest = rest
                return _message(b"".join(parts))
            self._rest = self._more()

    def _more(self) -> bytes:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._in, selectors.EVENT_READ)
            if not waiting.select(max(self._until - time.monotonic(), 0.0)):
                raise TimeoutError
        read = os.read(self._in, 1 << 20)
        if not read:
            raise ConnectionError
        return read

    def _left(self) -> None:
        """Wait until the browser has closed its end."""
        while True:
            self._hear()

    def _close(self) -> None:
        os.close(self._in)
        os.close(self._out)


def _message(said: bytes) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(said)
    except ValueError:
        raise ConnectionError("its answer is not of Chromium's protocol") from None
    return told


def _pipe() -> tuple[int, int]:
    """Ends to read and to write, out of the way of the descriptors that the browser is given."""
    ends = os.pipe()
    read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return read, write
