"""The gateway on a socket: uvicorn, with limits on how slowly a request may come, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from evalkit.app.gateway.asgi import Gateway
from evalkit.app.gateway.settings import Limits
from evalkit.core.errors import InputError, MissingExtra

if TYPE_CHECKING:
    import uvicorn

__all__ = ["bound", "loop_factory", "require_uvicorn", "run_server"]

_HEAD = 64 * 1024  # bytes of a request's head
_KEPT_ALIVE = 30  # seconds that a connection may be idle between two requests


def require_uvicorn() -> None:
    """Refuse where the extra is missing.

    Raises:
        MissingExtra: so.
    """
    try:
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtra("uvicorn", "serve", "evalkit serve") from None


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop's, where that is installed: as uvicorn itself chooses; None: asyncio's own."""
    try:
        found: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        return None
    return found


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens from now on; port 0 is any that is free.

    Raises:
        InputError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio looks at it to set TCP_NODELAY
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except (OSError, OverflowError) as error:
        found.close()
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot listen on {host}:{port}: {why}", "--port", "Choose another port, or 0") from None
    found.setblocking(False)
    return found


async def run_server(gateway: Gateway, listening: socket.socket, limits: Limits) -> None:
    """Serve until SIGTERM or SIGINT; then no new connection is taken, and what is under way is finished."""
    import uvicorn

    config = uvicorn.Config(
        gateway,
        http=_guarded(limits),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what a stranger sends is no line on our terminal
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=round(limits.drain_seconds),
        limit_concurrency=limits.connections,
    )
    server = _server(config)

    def end() -> None:
        gateway.state.draining = True
        server.should_exit, server.force_exit = True, server.should_exit  # the second signal waits for nobody

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await server.serve(sockets=[listening])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _server(config: uvicorn.Config) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to the gateway: a drained end is no error of the command."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Capture none."""
            yield

    return Server(config)


def _guarded(limits: Limits) -> type[asyncio.Protocol]:
    """Uvicorn's protocol, which ends connections whose request's head is too slow or too long."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    base: Any = AutoHTTPProtocol

    class Guarded(base):  # type: ignore[misc]
        """Uvicorn itself waits for a head for as long as it takes."""

        _timer: asyncio.TimerHandle | None = None
        _seen = 0

        def connection_made(self, transport: Any) -> None:
            """The head of the first request is awaited."""
            super().connection_made(transport)
            self._await_head()

        def data_received(self, data: bytes) -> None:
            """A piece of a request."""
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._head_came()
                return
            self._seen += len(data)
            if self._seen > _HEAD:
                self.transport.abort()
            elif self._timer is None:
                self._await_head()

        def eof_received(self) -> bool:
            """The client sends no more, and may still wait for what it asked."""
            waits = self.cycle is not None and not self.cycle.more_body and not self.cycle.response_complete
            if waits:
                self.cycle.keep_alive = False
            return waits

        def connection_lost(self, exc: Exception | None) -> None:
            """It is over."""
            self._head_came()
            super().connection_lost(exc)

        def _await_head(self) -> None:
            self._timer = self.loop.call_later(limits.header_seconds, self.transport.abort)

        def _head_came(self) -> None:
            self._seen = 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Guarded
