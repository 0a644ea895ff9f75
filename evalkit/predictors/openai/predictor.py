"""A model behind an OpenAI-compatible endpoint as a system under test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evalkit.core.digest import digest_of
from evalkit.core.errors import InputError
from evalkit.core.protocols import Answer, CallError, Request
from evalkit.predictors.openai import transform, wire
from evalkit.predictors.openai.prices import Price, find_price
from evalkit.predictors.openai.prompt import Prompt, messages_of
from evalkit.predictors.options import check_options, plain, text
from evalkit.predictors.rows import system
from evalkit.predictors.web import check_url, client, post
from evalkit.predictors.worker import LINE_CAP

OPENAI_URL = "https://api.openai.com/v1"
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
_OPTIONS = frozenset({"base_url", "api_key_env", "prompt", "transform", "prices", "extra_body"}) | PARAMETERS


@dataclass(frozen=True)
class OpenAIPredictor:
    """One chat completion a case.

    The key is read from the environment when the session opens; it is in no field, record or message.

    Attributes:
        model: as the endpoint calls it.
        base_url: the address before `/chat/completions`.
        api_key_env: the environment variable that holds the key.
        prompt: the prompt file's content; None: the input is the question.
        parameters: sent beside model and messages (temperature, tools, ...). `seed: "plan"` sends the plan's own seed
            of each request.
        steps: output transforms.
        price: of a token; None: the cost is unknown.
    """

    model: str
    base_url: str = OPENAI_URL
    api_key_env: str = "OPENAI_API_KEY"
    prompt: Prompt | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    price: Price | None = None

    @classmethod
    def from_spec(cls, rest: str, options: Mapping[str, Any]) -> OpenAIPredictor:
        """From what stands behind `openai:`.

        Raises:
            InputError: there is no model, or an option, the prompt file or the price table is wrong.
        """
        check_options("openai", options, _OPTIONS)
        if not rest:
            raise InputError("openai: names no model", remedy="Write openai:MODEL.")
        default = os.environ.get("OPENAI_BASE_URL") or OPENAI_URL
        base_url = check_url("openai", text("openai", options, "base_url", default) or default).rstrip("/")
        prompt_file = text("openai", options, "prompt")
        prompt = Prompt.read(prompt_file) if prompt_file else None
        parameters = _parameters(prompt, options)
        steps = transform.steps_of(options.get("transform", prompt.transform if prompt else None))
        price = find_price(base_url, rest, text("openai", options, "prices"))
        key_env = text("openai", options, "api_key_env", "OPENAI_API_KEY") or "OPENAI_API_KEY"
        return cls(rest, base_url, key_env, prompt, parameters, steps, price)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """What was asked for: all that shapes an answer, and where the key is found, but not the key."""
        messages = None if self.prompt is None else [dict(message) for message in self.prompt.messages]
        return {
            "predictor": "openai",
            "base_url": self.base_url,
            "model": self.model,
            "api_key_env": self.api_key_env,
            "messages": messages,
            "messages_digest": digest_of(messages),
            "parameters": dict(self.parameters),
            "transform": list(self.steps),
        }

    @cached_property
    def identity(self) -> dict[str, Any] | None:
        """What pins an answer beside the input and the repeat; None where a prompt also reads the case id."""
        if self.prompt is not None and "case_id" in self.prompt.reads:
            return None
        pinned = {key: value for key, value in self.spec.items() if key not in {"api_key_env", "messages"}}
        return {**pinned, "seeded": True} if self.parameters.get("seed") == "plan" else pinned

    @asynccontextmanager
    async def session(self, concurrency: int) -> AsyncIterator[Callable[[Request], Awaitable[Answer]]]:
        """Open connections.

        Raises:
            CallError: fatal; OpenAI's own endpoint needs a key and there is none.
        """
        key = os.environ.get(self.api_key_env) or None
        if key is None and self.base_url == OPENAI_URL:
            message = f"openai:{self.model} needs a key: the environment variable {self.api_key_env} is not set"
            raise CallError("auth", message, fatal=True)
        if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
            message = f"openai:{self.model}: {self.api_key_env} holds characters that no key has (a space, a line end?)"
            raise CallError("auth", message, fatal=True)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        url = f"{self.base_url}/chat/completions"
        async with client(concurrency) as http:

            async def answer(request: Request) -> Answer:
                try:
                    body = await post(http, url, self._body(request), headers, LINE_CAP)
                except CallError as error:
                    error.message = wire.scrub(error.message, key)
                    raise
                if wire.filtered(body):
                    return system("refused", "the provider's content filter stopped the prompt")
                if body.cut:
                    return system("too_large", f"the response has more than {LINE_CAP:,} bytes")
                return self._answer(wire.read(url, body, key))

            yield answer

    def _body(self, request: Request) -> dict[str, Any]:
        messages = messages_of(request.input) if self.prompt is None else self.prompt.render(request)
        body = {"model": self.model, "messages": messages, **self.parameters}
        if body.get("seed") == "plan":
            body["seed"] = request.seed % 2**31
        return body

    def _answer(self, found: wire.Completion) -> Answer:
        known = self._known(found)
        if found.refusal or found.finish == "content_filter":
            return system("refused", found.refusal or "the provider's content filter stopped the answer", **known)
        if not found.text:
            return Answer(output={"tool_calls": found.tool_calls} if found.tool_calls else None, **known)
        try:
            return Answer(output=transform.apply(self.steps, found.text), **known)
        except transform.NoMatch as error:
            known["trace"] = {**(known["trace"] or {}), "text": found.text[:20_000]}
            return system("unparseable", str(error), **known)

    def _known(self, found: wire.Completion) -> dict[str, Any]:
        trace: dict[str, Any] = {}
        if found.finish not in {None, "stop"}:
            trace["finish_reason"] = found.finish
        if found.finish == "length":
            trace["note"] = "the answer was cut off at the token limit"
        if found.tool_calls:
            trace["tool_calls"] = found.tool_calls
        if self.steps and found.text:
            trace["text"] = found.text[:20_000]
        cost = None
        if self.price is not None and found.tokens_in is not None and found.tokens_out is not None:
            cost = self.price.of(found.tokens_in, found.tokens_out, found.cached)
        return {
            "cost": cost,
            "tokens_in": found.tokens_in,
            "tokens_out": found.tokens_out,
            "model": found.model,
            "trace": trace or None,
        }


def _parameters(prompt: Prompt | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Prompt file first, options over it.

    Raises:
        InputError: `extra_body` is no object, or a parameter is one that evalkit sets.
    """
    found: dict[str, Any] = {}
    if prompt is not None:
        found |= {key: value for key in ("tools", "response_format") if (value := getattr(prompt, key)) is not None}
        found |= prompt.parameters
    found |= {key: plain(value) for key, value in options.items() if key in PARAMETERS}
    extra = plain(options.get("extra_body") or {})
    if not isinstance(extra, dict):
        raise InputError(f"openai: option extra_body is {extra!r}, not an object")
    found |= extra
    if taken := sorted({"model", "messages", "stream", "n"} & set(found)):
        raise InputError(f"openai: {taken[0]} cannot be a parameter: evalkit sets it")
    return found
