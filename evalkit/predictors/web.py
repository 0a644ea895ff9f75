"""One POST of JSON over aiohttp, and what its outcome means: shared by `http:` and `openai:`."""

from __future__ import annotations

import asyncio
import email.utils
import io
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError
from evalkit.predictors.rows import clip

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT = 15.0
_AGAIN = frozenset({408, 409, 425, 429})


class Body(NamedTuple):
    """A response: status, body (at most the cap), whether there was more."""

    status: int
    data: bytes
    cut: bool
    headers: Mapping[str, str]

    def shown(self) -> str:
        """The beginning of the body, for a sentence."""
        try:
            return clip(json.dumps(json.loads(self.data), ensure_ascii=False), 400)
        except (ValueError, RecursionError):
            return clip(self.data[:2_000].decode("utf-8", "replace").strip(), 400)


def check_url(scheme: str, url: str) -> str:
    """A usable http(s) address that holds no secret.

    Raises:
        InputError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"{scheme}: the address cannot be read: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputError(f"{scheme}: {clip(url, 200)!r} is no address", remedy="Write http://host:port/path.")
    if parts.username is not None or parts.password is not None:
        remedy = "Leave it out of the address and give it in a header that names an environment variable."
        raise InputError(f"{scheme}: the address of {host} carries a user name or password", remedy=remedy)
    return url


@asynccontextmanager
async def client(concurrency: int) -> AsyncIterator[aiohttp.ClientSession]:
    """A session with room for `concurrency` connections and no total timeout: the runner counts the time."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=CONNECT_TIMEOUT)
    # limit=0: the caller bounds concurrency; a queue in here would count against the system's time.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar, trust_env=True) as session:
        yield session
        # Transports over TLS close one step later than their session.
        await asyncio.sleep(0)


async def post(session: aiohttp.ClientSession, url: str, row: Any, headers: Mapping[str, str], cap: int) -> Body:
    """Send JSON, read at most `cap` bytes of what comes back. Redirects are not followed.

    Raises:
        CallError: `network`, to be tried again: no whole response came.
    """
    import aiohttp

    data = json.dumps(row, separators=(",", ":"), allow_nan=False).encode()
    headers = {"Content-Type": "application/json", **headers}
    try:
        # As a file a large body is sent in pieces, between which other calls go on.
        async with session.post(url, data=io.BytesIO(data), headers=headers, allow_redirects=False) as response:
            parts: list[bytes] = []
            size = 0
            async for part in response.content.iter_chunked(1 << 16):
                size += len(part)
                parts.append(part)
                if size > cap:
                    break
            return Body(response.status, b"".join(parts)[:cap], size > cap, dict(response.headers))
    except (aiohttp.ClientError, ConnectionError, OSError) as error:
        told = str(error) or type(error).__name__
        raise CallError("network", f"{where(url)}: {clip(told, 300)}", retry=True) from None


def where(url: str) -> str:
    """An address for sentences: scheme, host, port and path; a query may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def trouble(url: str, body: Body, said: str) -> CallError | None:
    """What a status means for the call; None for 2xx and for a 4xx that speaks of this one request."""
    status, place = body.status, where(url)
    if status == 429:
        wait = retry_after(body.headers)
        return CallError("rate_limited", f"{place}: too many requests (429): {said}", retry=True, retry_after=wait)
    if status in _AGAIN or status >= 500:
        wait = retry_after(body.headers)
        return CallError("server_error", f"{place}: status {status}: {said}", retry=True, retry_after=wait)
    if status in {401, 403}:
        return CallError("auth", f"{place}: access denied ({status}): {said}", fatal=True)
    if status == 404:
        return CallError("not_found", f"{place}: not found (404): {said}", fatal=True)
    if status < 200 or 300 <= status < 400:
        return CallError("bad_response", f"{place}: status {status}, which is no answer: {said}", fatal=True)
    return None


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds to wait, from `Retry-After` (RFC 9110, 10.2.3: seconds or a date) or `retry-after-ms`."""
    lower = {name.lower(): value for name, value in headers.items()}
    if re.fullmatch(r"\d{1,9}(\.\d+)?", ms := lower.get("retry-after-ms", "").strip()):
        return float(ms) / 1_000
    value = lower.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, date.timestamp() - (time.time() if now is None else now))
