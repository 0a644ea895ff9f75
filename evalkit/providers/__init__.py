"""Where models are asked: transports that speak to endpoints, for systems under test and judges alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.errors import InputError
from evalkit.core.protocols import Provider

__all__ = ["open_provider"]


def open_provider(spec: str, options: Mapping[str, Any] | None = None) -> Provider:
    """The provider of a model: `openai:MODEL` is any endpoint that speaks OpenAI's chat completions.

    Args:
        spec: `openai:MODEL`.
        options: `base_url` (default: $OPENAI_BASE_URL, else OpenAI's own), `api_key_env` (default: OPENAI_API_KEY),
            `transport` (`lean`, the default, or `sdk`), `prices` (a file; else $EVALKIT_PRICES, else the shipped
            table), `parameters` and `extra_body` (sent with every call), or such parameters by name (`temperature`).

    Raises:
        InputError: there is no such provider, or an option is wrong.
    """
    scheme, colon, rest = spec.partition(":")
    if scheme != "openai" or not colon:
        remedy = "Write openai:MODEL; any OpenAI-compatible endpoint is reached with base_url."
        raise InputError(f"{spec!r:.120} is no model", remedy=remedy)
    from evalkit.providers.chat import ChatProvider

    return ChatProvider.from_spec(rest, options or {})
