"""The transport `lean`: one JSON POST a call, over aiohttp. About a tenth of the `openai` client's CPU."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from evalkit.providers.web import Post, connected
from evalkit.providers.wire import MAX_BYTES, address


def opened(base_url: str, key: str | None, concurrency: int) -> AbstractAsyncContextManager[Post]:
    """Connections to an endpoint's chat completions, each used again; as many as there are calls at once."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return connected(address(base_url), headers, MAX_BYTES)
