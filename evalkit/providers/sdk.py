"""The transport `sdk`: the `openai` client, for what it supports beyond one POST (its own proxies, headers, hooks).

The client's raw responses are read by the same code as those of `lean`, so that both mean the same. It neither retries
nor waits: that is the runner's. This is the only module that knows the package.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from evalkit.core.errors import InputError
from evalkit.core.protocols import CallError
from evalkit.core.texts import clip
from evalkit.providers.web import CONNECT_TIMEOUT, Body, Post, network, where
from evalkit.providers.wire import MAX_BYTES, address


@asynccontextmanager
async def opened(base_url: str, key: str | None, concurrency: int) -> AsyncIterator[Post]:
    """An `openai` client of an endpoint, as `async post(body) -> Body`.

    Raises:
        InputError: the package is not installed.
    """
    openai = _package()
    url = address(base_url)
    async with _client(openai, base_url, key, concurrency) as client:
        create = client.chat.completions.with_streaming_response.create
        # The client insists on a key; a server that wants none is sent none.
        headers = {"Authorization": openai.Omit()} if key is None else None
        troubles = (openai.APIConnectionError, _http(openai).HTTPError, OSError)

        async def post(body: Mapping[str, Any]) -> Body:
            more = {name: value for name, value in body.items() if name not in {"model", "messages"}}
            call = create(model=body["model"], messages=body["messages"], extra_body=more, extra_headers=headers)
            try:
                async with call as response:
                    return await _received(response.http_response)
            except openai.APIStatusError as error:
                return Body(error.status_code, error.response.content[:MAX_BYTES], False, error.response.headers)
            except troubles as error:
                raise network(url, _cause(error)) from None
            except (ValueError, TypeError, RecursionError) as error:
                told = f"{where(url)}: the request cannot be written as JSON: {clip(str(error), 300)}"
                raise CallError("bad_request", told) from None

        yield post


async def _received(response: Any) -> Body:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        parts.append(part)
        if size > MAX_BYTES:
            break
    return Body(response.status_code, b"".join(parts)[:MAX_BYTES], size > MAX_BYTES, response.headers)


def _package() -> Any:
    try:
        import openai
    except ImportError as error:
        raise InputError(
            f"transport: sdk needs the openai package, which cannot be imported ({clip(str(error), 200)})",
            remedy='pip install "evalkit-harness[openai]"; or leave the option out: lean needs nothing.',
        ) from None
    return openai


def _client(openai: Any, base_url: str, key: str | None, concurrency: int) -> Any:
    """A client that makes each call once, with room for every call in flight, and that follows no redirect."""
    http, parts = _http(openai), urlsplit(base_url)
    limits = http.Limits(max_connections=None, max_keepalive_connections=max(concurrency, 20), keepalive_expiry=30.0)
    timeout = http.Timeout(None, connect=CONNECT_TIMEOUT)
    transport = openai.DefaultAsyncHttpxClient(limits=limits, timeout=timeout, follow_redirects=False)
    return openai.AsyncOpenAI(
        api_key=key or "none",
        base_url=urlunsplit(parts._replace(query="", fragment="")),
        default_query=dict(parse_qsl(parts.query)),
        max_retries=0,
        timeout=timeout,
        http_client=transport,
    )


def _http(openai: Any) -> Any:
    """The HTTP package under the client: httpx below openai 3, httpx2 from there on."""
    client = next(kind for kind in openai.DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient")
    return sys.modules[client.__module__.partition(".")[0]]


def _cause(error: Exception) -> Exception:
    """What stands behind "Connection error."."""
    cause = error.__cause__
    return cause if isinstance(cause, Exception) else error
