"""One POST of JSON over aiohttp, and what its outcome means: shared by `http:` and `openai:`."""

from __future__ import annotations

import asyncio
import email.utils
import io
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError
from evalkit.core.texts import clip
from evalkit.providers.environment import from_environment

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT = 15.0
_SMALL = 1 << 16  # bytes of a request that is sent at once
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
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


Post = Callable[[Any], Awaitable[Body]]


def check_url(scheme: str, url: str) -> str:
    """A usable http(s) address that holds no secret.

    Raises:
        InputError: it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise InputError(f"{scheme}: the address cannot be read: {error}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputError(f"{scheme}: {clip(url, 200)!r} is no address", remedy="Write http://host:port/path.")
    if parts.username is not None or parts.password is not None:
        remedy = "Leave it out of the address and give it in a header that names an environment variable."
        raise InputError(f"{scheme}: the address of {host} carries a user name or password", remedy=remedy)
    return url


@asynccontextmanager
async def connected(url: str, headers: Mapping[str, str], cap: int) -> AsyncIterator[Post]:
    """Connections to one address, as `async post(row) -> Body`: JSON goes out, at most `cap` bytes come back.

    There is no limit of connections and no total timeout: the runner counts both, and a queue in here would count
    against the system's time. Redirects are not followed. `post` raises a CallError `network`, to be tried again, where
    no whole response came, and `bad_request` where the row cannot be written as JSON.
    """
    import aiohttp
    from yarl import URL

    timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=CONNECT_TIMEOUT)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ttl_dns_cache=300)
    around = from_environment(url, {"Content-Type": "application/json", **headers})
    target = URL(url)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:

        async def post(row: Any) -> Body:
            data = _encoded(row, url)
            # As a file a large body is sent in pieces, between which other calls go on.
            body = data if len(data) <= _SMALL else io.BytesIO(data)
            try:
                async with http.post(target, data=body, allow_redirects=False, **around) as response:
                    return await _received(response, cap)
            except (aiohttp.ClientError, ConnectionError, OSError) as error:
                raise network(url, error) from None

        yield post
        # Transports over TLS close one step later than their session.
        await asyncio.sleep(0)


def network(url: str, error: Exception) -> CallError:
    """No whole response came."""
    told = str(error) or type(error).__name__
    return CallError("network", f"{where(url)}: {clip(told, 300)}", retry=True)


def _encoded(row: Any, url: str) -> bytes:
    try:
        return _encode(row).encode()
    except (ValueError, TypeError, RecursionError) as error:
        told = f"{where(url)}: the request cannot be written as JSON: {clip(str(error), 300)}"
        raise CallError("bad_request", told) from None


async def _received(response: aiohttp.ClientResponse, cap: int) -> Body:
    length = response.content_length
    if length is not None and length <= cap and "Content-Encoding" not in response.headers:
        return Body(response.status, await response.read(), False, response.headers)
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        parts.append(part)
        if size > cap:
            break
    return Body(response.status, b"".join(parts)[:cap], size > cap, response.headers)


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
