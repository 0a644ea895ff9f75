"""A model behind an endpoint that speaks OpenAI's chat completions."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from evalkit.core.errors import InputError
from evalkit.core.options import check_options, plain, text
from evalkit.core.protocols import CallError, Completion
from evalkit.providers import lean, sdk
from evalkit.providers.keys import read_key, scrubbed, without
from evalkit.providers.prices import Price, find_price
from evalkit.providers.web import check_url
from evalkit.providers.wire import NOT_OURS, address, read

OPENAI_URL = "https://api.openai.com/v1"
_KEYS = frozenset({"key", "apikey", "api_key", "subscription_key", "token", "access_token", "secret", "sig"})
TRANSPORTS = {"lean": lean.opened, "sdk": sdk.opened}
PARAMETERS = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "parallel_tool_calls",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "service_tier",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_k",
        "top_logprobs",
        "top_p",
        "verbosity",
    }
)
PLACE = frozenset({"base_url", "api_key_env", "transport", "prices"})
"""Options that say where and how a model is reached."""
OPTIONS = PLACE | PARAMETERS | {"extra_body", "parameters"}

Complete = Callable[..., Awaitable[Completion]]


@dataclass(frozen=True)
class ChatProvider:
    """One POST a completion, by either transport.

    The key is read from the environment when the session opens; it is in no field, record or message.

    Attributes:
        model: as the endpoint calls it.
        base_url: the address before `/chat/completions`.
        api_key_env: the environment variable that holds the key.
        transport: `lean` or `sdk`; both send the same and mean the same.
        parameters: sent with every call, under those of the call.
        price: of a token; None: the cost is unknown.
    """

    model: str
    base_url: str = OPENAI_URL
    api_key_env: str = "OPENAI_API_KEY"
    transport: str = "lean"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    price: Price | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> ChatProvider:
        """From what stands behind `openai:`.

        Raises:
            InputError: there is no model, or an option or the price table is wrong.
        """
        check_options("openai", options, OPTIONS)
        parameters = {name: plain(value) for name, value in options.items() if name in PARAMETERS}
        for name in ("parameters", "extra_body"):
            parameters |= mapping_option(options, name)
        return placed(rest, options, parameters)

    @property
    def spec(self) -> dict[str, Any]:
        """What pins an answer beside the messages and the call's parameters."""
        return {
            "provider": "openai",
            "base_url": self.base_url,
            "model": self.model,
            "parameters": dict(self.parameters),
        }

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Complete]:
        """Open connections; gives `async complete(messages, parameters=None) -> Completion`.

        Raises:
            CallError: fatal; OpenAI's own endpoint needs a key and there is none, or the key cannot be one.
            InputError: `transport` is `sdk` and the openai package is not installed.
        """
        key = read_key(f"openai:{self.model}", self.api_key_env, needed=self.base_url == OPENAI_URL)
        url = address(self.base_url)
        async with TRANSPORTS[self.transport](self.base_url, key, concurrency) as post:

            async def complete(
                messages: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any] | None = None
            ) -> Completion:
                sent = {"model": self.model, "messages": messages, **self.parameters, **(parameters or {})}
                try:
                    reply = await post(sent)
                    return read(url, reply._replace(data=without(reply.data, key)), sent, self.price)
                except CallError as error:
                    if error.reason == "auth" and key is None:
                        error.message += f" (the environment variable {self.api_key_env} is not set)"
                    raise scrubbed(error, key) from None

            yield complete


def placed(model: str, options: Mapping[str, Any], parameters: Mapping[str, Any]) -> ChatProvider:
    """A provider of a model, where the options of `PLACE` say.

    Raises:
        InputError: there is no model, or one of these options, a parameter or the price table is wrong.
    """
    if not model:
        raise InputError("openai: names no model", remedy="Write openai:MODEL.")
    if taken := sorted(NOT_OURS & set(parameters)):
        raise InputError(f"openai: {taken[0]} cannot be a parameter: evalkit sets it")
    default = os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
    base_url = _keyless(check_url("openai", text("openai", options, "base_url", default) or default)).rstrip("/")
    transport = text("openai", options, "transport", "lean")
    if transport not in TRANSPORTS:
        known = " or ".join(TRANSPORTS)
        raise InputError(f"openai: option transport is {transport!r}", remedy=f"Write {known}.")
    key_env = text("openai", options, "api_key_env", "OPENAI_API_KEY") or "OPENAI_API_KEY"
    price = find_price(base_url, model, text("openai", options, "prices"))
    return ChatProvider(model, base_url, key_env, transport, parameters, price)


def _keyless(url: str) -> str:
    """The address, which is in every record and report, and so must hold no key."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if value and name.lower().replace("-", "_") in _KEYS:
            what = f"openai: the address of {parts.hostname} has a key in it ({name}=...)"
            raise InputError(what, remedy="Leave it out, and put it into the environment variable of `api_key_env`.")
    return url


def mapping_option(options: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An option that is an object, {} where it is not given.

    Raises:
        InputError: it is something else.
    """
    value = plain(options.get(name) or {})
    if not isinstance(value, dict):
        raise InputError(f"openai: option {name} is {value!r}, not an object")
    return value
