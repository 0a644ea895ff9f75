"""What a request takes from the environment besides its key: a proxy, and the user's .netrc. Looked up once."""

from __future__ import annotations

import base64
import netrc
import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evalkit.core.errors import InputError


def from_environment(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of a request to `url`: its `headers`, with a login from .netrc where they have no Authorization, and
    a `proxy` (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) where there is one.

    aiohttp's own `trust_env` looks both up again for every call, in a thread.

    Raises:
        InputError: the proxy is of a kind that cannot be used (SOCKS).
    """
    from yarl import URL

    parts = urlsplit(url)
    host = parts.hostname or ""
    found: dict[str, Any] = {"headers": dict(headers)}
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(host):
        where = URL(proxy if "://" in proxy else f"http://{proxy}")
        if where.scheme not in {"http", "https"}:
            told = f"the environment names a {where.scheme} proxy for {parts.scheme} addresses, which cannot be used"
            raise InputError(
                told, remedy=f"Add {host} to NO_PROXY, or name an http proxy in {parts.scheme.upper()}_PROXY."
            )
        found["proxy"] = where
    if not any(name.lower() == "authorization" for name in headers) and (login := _login(host)) is not None:
        found["headers"]["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return found


def _login(host: str) -> str | None:
    """`user:password` of a host in .netrc; None where there is no such line, or no file that can be read."""
    path = Path(os.environ.get("NETRC") or Path("~/.netrc").expanduser())
    try:
        entry = netrc.netrc(str(path)).authenticators(host)
    except (OSError, netrc.NetrcParseError, RuntimeError):
        return None
    return None if entry is None else f"{entry[0] or entry[1] or ''}:{entry[2] or ''}"
