"""What an answer is found again by in other runs: the digest of an identity and of what was asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evalkit.core.digest import canonical_json, canonical_jsons
from evalkit.core.protocols import Request


class CacheKeys:
    """`digest_of([identity, *parts(request)])`, for many requests at once: the identity is put into JSON only once."""

    def __init__(self, identity: Mapping[str, Any], parts: Callable[[Request], Sequence[Any]]) -> None:
        """`parts`: what of a request belongs to its key."""
        self._parts = parts
        self._begun = hashlib.sha256(f"[{canonical_json(identity)},".encode())

    def __call__(self, request: Request) -> str:
        """The key of one request."""
        return self.many([request])[0]

    def many(self, requests: Sequence[Request]) -> list[str]:
        """The keys of several requests, in order."""
        keys = []
        for text in canonical_jsons([list(self._parts(request)) for request in requests]):
            digest = self._begun.copy()
            digest.update(text[1:].encode())
            keys.append(digest.hexdigest())
        return keys


def keys_of(cache_key: Callable[[Request], str], requests: Sequence[Request]) -> list[str]:
    """The keys of several requests, at once where `cache_key` can."""
    return cache_key.many(requests) if isinstance(cache_key, CacheKeys) else [cache_key(r) for r in requests]
